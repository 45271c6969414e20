/* link_ledger.h: the watch over the broker's ledger: what it has signed once it must stand by. Link thread, unless it says otherwise. */
#ifndef ADAPTER_LINK_LEDGER_H
#define ADAPTER_LINK_LEDGER_H

#include "mail/ledger/checkpoints.h"
#include "mail/ledger/proofs.h"

#define LEDGER_CHECK_US 3600000000LL /* between two proofs that it has grown, when nothing else is asked of it */
/* Between two looks for receipts to complete. A checkpoint comes once a second, so what waited at the look before is covered. 4,000 busy
 * adapters ask 1,300 times a second then. */
#define LEDGER_PROOFS_US 3000000LL
#define LEDGER_MORE_US \
	100000LL /* when there are more than a question takes: 640 a second, and the thread is there for others */
#define LEDGER_AGAIN_US 10000000LL       /* after an answer that says nothing, or none */
#define LEDGER_SHOWN_US 30000000LL       /* so long a new session may need until its ledger agrees; then it is said */
#define LEDGER_TOKEN (UINT64_C(1) << 63) /* of our questions; those about dossiers count from 1 */

struct adapter;
enum ledger_state {
	LEDGER_OPEN,   /* in this session it has not been shown yet that the ledger agrees */
	LEDGER_AGREES, /* or the broker keeps none, and never did */
	LEDGER_BROKEN, /* a person must look */
};
struct link_ledger {
	enum ledger_state state;
	bool loaded;
	struct checkpoints_kept kept;
	struct checkpoints_base base; /* what the question asked last is about */
	bool welcomed;                /* there was a WELCOME */
	struct lt_buf welcome;        /* its checkpoint */
	int64_t opened;               /* since when the state is OPEN */
	bool asking;
	uint64_t token; /* of the question asked last */
	int64_t asked_at, checked_at, looked_at, not_before;
	uint64_t ripe; /* receipts up to this record waited at the look before */
	int64_t ripened_at;
	size_t count; /* of the receipts whose proofs were asked for */
	struct proofs_open waiting[LT_LEDGER_PROOFS_MAX];
};
void link_ledger_fini(struct link_ledger *ledger);
/* WELCOME has told a checkpoint; empty: none. */
void link_ledger_welcome(struct adapter *adapter, struct lt_bytes note, int64_t now);
void link_ledger_lost(struct adapter *adapter);
/* Asks what is to be asked. */
void link_ledger_step(struct adapter *adapter, int64_t now);
void link_ledger_answer(struct adapter *adapter, uint64_t token, const struct lt_refusal *why,
			const struct lt_ledger_view *view);
/* Envelopes may go. */
bool link_ledger_agrees(const struct adapter *adapter);

#endif
