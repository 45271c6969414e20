/* sender.h: which waiting envelopes go to the broker next. Link thread only. Envelopes go in outbox order; one that must
 * be sent again later holds back those of its dossier behind it, and no others. */
#ifndef ADAPTER_SENDER_H
#define ADAPTER_SENDER_H

#include "carry.h"
#include "mail/outbox.h"

#include <lienthong/link.h>

#define SENDER_WINDOW 1024u /* envelopes looked at: more than any broker's credit */
#define SENDER_BATCH 16u    /* in one SUBMIT: measured best */

struct sender;
enum lt_err sender_new(struct sender **out);
void sender_free(struct sender *sender);
/* A new session: everything without an answer goes again. reload: also what was loaded is read anew from the queue. */
void sender_restart(struct sender *sender, bool reload, int64_t again_until);
void sender_lost(struct sender *sender);
/* Reads from the queue and submits as far as credit goes. */
enum lt_err sender_pump(struct sender *sender, struct vault *vault, struct carry *carry, struct lt_link_client *client,
			int64_t now);
/* True: the answer is to be stored and *out is filled; false: it goes again later, or is not ours. */
bool sender_answered(struct sender *sender, const struct lt_link_answer *answer, int64_t now,
		     struct outbox_answer *out);
/* Milliseconds until something held back may go; at most max. */
int sender_wait_ms(const struct sender *sender, int64_t now, int max);

#endif
