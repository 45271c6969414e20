/* admit_internal.h: one worker, for admit*.c alone. */
#ifndef BROKER_ADMIT_INTERNAL_H
#define BROKER_ADMIT_INTERNAL_H

#include "admit.h"
#include "program/log.h"

struct admit_chain {
	uint8_t sha256[32];
	uint64_t trust_version, directory_version;
	int64_t checked_at; /* boot-time clock; 0: empty */
	bool stale;         /* rests on a CRL past its nextUpdate */
};
struct admit {
	struct admit_options options;
	struct lt_arena *arena;
	struct rulebook *rulebook; /* NULL before the first */
	uint64_t seen;
	struct lt_buf command, text;
	struct lt_buf proofs;   /* SHA-256 of the certificate of each agency of the proof in work */
	struct lt_roots *roots; /* of batches, under trust and directory of the rulebook */
	struct admit_chain chains[ADMIT_CHAINS];
};

/* One envelope on its way through the checks. */
struct admit_item {
	const struct lt_envelope *envelope;
	struct lt_header header;
	const struct lt_agency *sender;
	const struct lt_cert *certificate; /* the signer's, once the signature holds */
	bool stale;                        /* its chain rests on a CRL past its nextUpdate */
};
/* Form: header and parts. Never recorded. */
enum lt_reason admit_check_header(struct admit *admit, struct admit_item *item, struct lt_refusal *refusal);
enum lt_reason admit_check_parts(struct admit_item *item, struct lt_refusal *refusal);
/* Domain, sender listed, in force, not suspended, spoken for by the session's key. Recorded. */
enum lt_reason admit_check_sender(struct admit *admit, struct admit_item *item, const uint8_t key[32],
				  struct lt_refusal *refusal);
/* Signature by an enrolled certificate, and its chain. Recorded. */
enum lt_reason admit_check_signature(struct admit *admit, struct admit_item *item, struct lt_refusal *refusal);
/* Chain verdict of a certificate now, from the cache when it is fresh. *stale: see trust_check_cert. */
enum lt_reason admit_check_chain(struct admit *admit, const struct lt_cert *certificate, bool *stale,
				 struct lt_refusal *refusal);

/* valid_to has come: SENDER_CLOSED, with who acts now. What it signed before stays good. */
/* What was refused for a reason of time: CLOCK_WRONG instead, as long as the time is not confirmed. */
enum lt_reason admit_of_time(const struct admit *admit, enum lt_reason reason, struct lt_refusal *refusal);
bool admit_agency_closed(const struct lt_agency *agency, int64_t now);
enum lt_reason admit_refuse_closed(const struct rulebook *rulebook, const char *agency, int64_t now,
				   struct lt_refusal *refusal);
bool admit_agency_in_force(const struct lt_agency *agency, int64_t now);
/* PROOF: a INPUT_SESSION, or a BYE as a reply. */
void admit_work_proof(struct admit *admit, struct ring_slot *slot);

#endif
