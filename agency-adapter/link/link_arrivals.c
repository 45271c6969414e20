/* link_arrivals.c: whether what we offered has come to its receivers' disks. The broker knows, as their time runs from then on, and shows it in
 * the view of the dossier; so the dossiers of offers that nobody is known to have are asked about, one question after the other, at
 * first some seconds after the offer and ever more rarely. Whoever answers has it, so that who is quick is never asked about; whoever asks
 * about a dossier for another reason learns the same. */
#include "link_thread.h"

#include "program/log.h"

#include <string.h>

#define PAUSE_MIN_US INT64_C(1000000)        /* between two rounds: a receiver's disk takes some hundred milliseconds */
#define PAUSE_MAX_US (60 * INT64_C(1000000)) /* a receiver that is away for days is asked after once a minute */
#define ASKED_MAX 50u /* a second: each is a walk over a dossier, and thousands may wait for one receiver */
#define PAUSE_SHARE 4 /* of the age of the youngest offer that waits */

void link_arrivals_soon(struct adapter *adapter)
{
	atomic_store(&adapter->arrivals_soon, true);
}

static void on_answer(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct adapter *adapter = ctx;
	(void)why;
	(void)sequence;
	(void)dossier; /* link_query.c has given it to the store */
	adapter->arrivals_asking = false;
}

/* The next offer of the round; LT_ENOENT: the round is over. */
static enum lt_err next(struct adapter *adapter, int64_t now, struct outbox_state *out)
{
	struct vault_tx *tx;
	enum lt_err err = vault_read_begin(adapter->vault, &tx);
	if (err)
		return err;
	err = outbox_arriving_next(tx, now, &adapter->arrivals_at, out);
	vault_read_end(tx);
	return err;
}

/* Whether one more may be asked in this second. */
static bool may_ask(struct adapter *adapter, int64_t now)
{
	if (now - adapter->arrivals_second >= 1000000 || now < adapter->arrivals_second) {
		adapter->arrivals_second = now;
		adapter->arrivals_asked = 0;
	}
	return adapter->arrivals_asked < ASKED_MAX;
}

static void begin_pause(struct adapter *adapter, int64_t now)
{
	int64_t age = now - adapter->arrivals_youngest, pause = age / PAUSE_SHARE;
	pause = pause < PAUSE_MIN_US ? PAUSE_MIN_US : pause > PAUSE_MAX_US ? PAUSE_MAX_US : pause;
	adapter->arrivals_at = 0;
	adapter->arrivals_next = now + pause;
}

void link_arrivals_step(struct adapter *adapter, int64_t now)
{
	struct outbox_state state;
	if (atomic_exchange(&adapter->arrivals_soon, false)) {
		adapter->arrivals_youngest = now;
		if (adapter->arrivals_next > now + PAUSE_MIN_US)
			adapter->arrivals_next = now + PAUSE_MIN_US;
	}
	bool set_back = adapter->arrivals_next > now + PAUSE_MAX_US;
	if (adapter->arrivals_asking || (adapter->arrivals_next > now && !set_back) ||
	    !lt_link_client_ready(adapter->client) || !may_ask(adapter, now))
		return;
	enum lt_err err = next(adapter, now, &state);
	if (err) {
		begin_pause(adapter, now);
		return;
	}
	adapter->arrivals_asking = true;
	adapter->arrivals_asked++;
	if (adapter_query(adapter, state.sender, state.dossier, on_answer, adapter))
		adapter->arrivals_asking = false;
}
