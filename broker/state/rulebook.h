/* rulebook.h: one immutable snapshot of directory, trust and suspensions. The engine makes a new one when a definition or an
 * admin act was applied and publishes it after the sync; ADMIT and GATE read it. Reference-counted, any thread. */
#ifndef BROKER_RULEBOOK_H
#define BROKER_RULEBOOK_H

#include <pthread.h>
#include <stdatomic.h>

#include <lienthong/directory.h>
#include <lienthong/identity.h>

struct rulebook;
struct rulebook_parts {
	const char *domain;
	struct lt_bytes registrar, ca;    /* DER: registrar's certificate and its CA, from genesis */
	struct lt_bytes signed_directory; /* encoded SignedDirectory; empty before the first */
	size_t crl_count;
	const struct lt_bytes *crls; /* DER */
	size_t suspended_count;
	const char *const *suspended;              /* agency codes */
	uint64_t directory_version, trust_version; /* trust_version: sequence of the last CRL or suspension */
	bool crl_required; /* an operator has given a CRL once: every certificate needs one, a lost or withdrawn one lifts nothing */
	int64_t grace;  /* microseconds that a CRL counts past its nextUpdate */
	bool restoring; /* restored from a backup and not confirmed: definitions are taken back from adapters */
};
/* DIRECTORY_INVALID or DEFINITION_INVALID with the place in words. Does not check the registrar's signature. When `previous` has the
 * same directory version, its parsed directory is shared, not parsed again. */
enum lt_reason rulebook_new(const struct rulebook_parts *parts, struct rulebook *previous, struct rulebook **out,
			    struct lt_refusal *refusal);
struct rulebook *rulebook_ref(struct rulebook *rulebook);
void rulebook_unref(struct rulebook *rulebook);

const char *rulebook_domain(const struct rulebook *rulebook);
uint64_t rulebook_directory_version(const struct rulebook *rulebook);
uint64_t rulebook_trust_version(const struct rulebook *rulebook);
const struct lt_directory *rulebook_directory(const struct rulebook *rulebook); /* NULL before the first */
struct lt_bytes rulebook_signed_directory(const struct rulebook *rulebook);
bool rulebook_restoring(const struct rulebook *rulebook);
/* The revocation lists in force. index < count. */
size_t rulebook_list_count(const struct rulebook *rulebook);
struct lt_bytes rulebook_list(const struct rulebook *rulebook, size_t index); /* DER */
const uint8_t *rulebook_list_sha256(const struct rulebook *rulebook, size_t index);
/* NULL when not listed. */
const struct lt_agency *rulebook_agency(const struct rulebook *rulebook, const char *code);
/* The agency of level broker, which signs notices; NULL when there is none. */
const struct lt_agency *rulebook_broker(const struct rulebook *rulebook);
bool rulebook_suspended(const struct rulebook *rulebook, const char *code);
/* Chain, validity, revocation at a time (microseconds). *stale: it rests on a CRL past its nextUpdate, within the grace. */
enum lt_reason rulebook_check_cert(struct rulebook *rulebook, const struct lt_cert *cert, int64_t at, bool *stale,
				   struct lt_refusal *refusal);
/* rulebook_ends.c: when what trust rests on ends. */
#define RULEBOOK_GRACE_HOURS 24u /* a CA that is down over a day is somebody's night's work, not a stop of a province */
#define RULEBOOK_GRACE_HOURS_MAX 8760u /* a year */
struct rulebook_end {
	uint32_t type, state; /* enum lt_trust_type, enum lt_trust_state (record/control.h) */
	char name[LT_AGENCY_MAX + 256];
	int64_t from, ends;
	uint8_t sha256[32];
};
/* Gives each CRL, each missing one (ends 0), and each CA, certificate and registrar that ends within 30 days or has ended; of an
 * agency the certificate that ends last. Agencies that are closed at `now` are left out. */
void rulebook_each_end(const struct rulebook *rulebook, int64_t now,
		       void (*each)(void *ctx, const struct rulebook_end *end), void *ctx);
int64_t rulebook_grace(const struct rulebook *rulebook);
/* Checks a new SignedDirectory against the pinned registrar: signature, domain, version = previous + 1 (after a restore, until it is confirmed: above), its parse,
 * what it may change (law/directory_next.h), and whether what it brings could do its work (directory/directory_lint.h). */
enum lt_reason rulebook_check_directory(struct rulebook *rulebook, struct lt_bytes signed_directory, int64_t at,
					struct lt_refusal *refusal);
/* A CRL of one of the CAs in force, full, of today, not below the one in force (identity/lint.h). DEFINITION_INVALID. */
enum lt_reason rulebook_check_crl(struct rulebook *rulebook, struct lt_bytes der, int64_t at,
				  struct lt_refusal *refusal);

/* Where the rulebook in force is found by GATE and ADMIT. The engine puts a new one after its sync; the others look at a number
 * per message and take the lock only when it has changed. Any thread. */
struct rulebook_current {
	pthread_mutex_t lock;
	struct rulebook *rulebook; /* NULL before the first */
	_Atomic uint64_t number;   /* rises with each put */
};
void rulebook_current_init(struct rulebook_current *current);
void rulebook_current_fini(struct rulebook_current *current);
void rulebook_current_put(struct rulebook_current *current,
			  struct rulebook *rulebook); /* takes a reference of its own */
/* Brings *mine up to date; *mine and *seen start as NULL and 0. True when it has changed. The caller unrefs *mine at the end. */
bool rulebook_current_refresh(struct rulebook_current *current, struct rulebook **mine, uint64_t *seen);

#endif
