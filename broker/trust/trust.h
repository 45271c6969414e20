/* trust.h: what OpenSSL makes of a rulebook: certificates, CAs, revocation lists. Made of its bytes outside of apply, by whoever asks
 * first, and shared by all threads; the parsed certificates by all rulebooks of one directory version. What cannot be read (by a
 * later library, say) is left out and logged: whoever it is of is refused, the others go on. Any thread. */
#ifndef BROKER_TRUST_H
#define BROKER_TRUST_H

#include <lienthong/identity.h>

#include "record/record.h"
#include "state/rulebook.h"

/* Makes it now, so that nobody waits for it in the middle of other work. */
void trust_make(struct rulebook *rulebook);
/* The directory in force with its certificates; NULL before the first. Lives as long as the rulebook. */
const struct lt_directory *trust_directory(struct rulebook *rulebook);
/* One agency of it; NULL when it is not listed. */
const struct lt_agency *trust_agency(struct rulebook *rulebook, const char *code);
/* Chain, validity, revocation at a time (microseconds). *stale: it rests on a CRL past its nextUpdate, within the grace. */
enum lt_reason trust_check_cert(struct rulebook *rulebook, const struct lt_cert *cert, int64_t at, bool *stale,
				struct lt_refusal *refusal);

/* ---- trust_door.c: what shall come into force, before its record is written ---- */

/* A new SignedDirectory against the pinned registrar: signature, domain, version = previous + 1 (after a restore, until it is
 * confirmed: above), its parse, what it may change (law/directory_next.h), and whether what it brings could do its work
 * (directory/directory_lint.h). */
enum lt_reason trust_check_directory(struct rulebook *rulebook, struct lt_bytes signed_directory, int64_t at,
				     struct lt_refusal *refusal);
/* A CRL of one of the CAs in force, full, of today, not below the one in force (identity/lint.h). DEFINITION_INVALID. What was read
 * in it goes into the command: *verdict, which points into `der` and `list`. */
enum lt_reason trust_check_crl(struct rulebook *rulebook, struct lt_bytes der, int64_t at, uint8_t list[32],
			       struct lt_crl_verdict *verdict, struct lt_refusal *refusal);
/* The verdict alone, of a list that is good. DEFINITION_INVALID: not a CRL. */
enum lt_reason trust_read_crl(struct lt_bytes der, uint8_t list[32], struct lt_crl_verdict *verdict,
			      struct lt_refusal *refusal);

/* ---- trust_ends.c: when what trust rests on ends ---- */

struct trust_end {
	uint32_t type, state; /* enum lt_trust_type, enum lt_trust_state (record/control.h) */
	char name[LT_AGENCY_MAX + 256];
	int64_t from, ends;
	uint8_t sha256[32];
};
/* Gives each CRL, each missing one (ends 0), and each CA, certificate and registrar that ends within 30 days or has ended; of an
 * agency the certificate that ends last. Agencies that are closed at `now` are left out. */
void trust_each_end(struct rulebook *rulebook, int64_t now, void (*each)(void *ctx, const struct trust_end *end),
		    void *ctx);
/* When the certificate of an agency (of trust_directory) ends that ends last; 0: it has none. */
int64_t trust_last_end(const struct lt_agency *agency);

#endif
