/* rulebook_make.h: from the definitions in the store to the rulebook in force. */
#ifndef BROKER_RULEBOOK_MAKE_H
#define BROKER_RULEBOOK_MAKE_H

#include "state.h"

/* A definition that is being tried: not yet in the store. */
struct rulebook_change {
	struct lt_bytes signed_directory; /* or empty */
	struct lt_bytes crl, list;        /* in DER, and whose: lt_crl_verdict.list; or empty */
};
/* Makes the rulebook from the store and the change, and puts it in force. On refusal nothing has changed. */
enum lt_reason rulebook_renew(struct state *state, const struct rulebook_change *change, struct lt_refusal *refusal);
/* How long work goes on with a CRL past its nextUpdate: RULEBOOK_GRACE_HOURS, or what an operator has set. */
uint32_t trust_grace_hours(const struct state *state);

#endif
