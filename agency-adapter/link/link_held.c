/* link_held.c: what is held is checked again: with every new directory and list, when our own trouble ends, and once a minute; from the
 * first to the last, a few at a time. And the state of our own trust, which is looked at before anything has to be held. */
#include "link_thread.h"

#include "mail/held.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>

#define EVERY_US 60000000LL     /* "now and then": clocks are set, files are mended without a word to us */
#define OWN_TRUST_US 10000000LL /* between looks at our own certificates */
#define AT_A_TIME 16u           /* in one transaction, with their parts: at most 20 MiB */

struct held_job {
	struct adapter *adapter;
	struct job_walk walk;
	struct held_one {
		struct held_key key;
		struct inbox_delivery *delivery;
		enum inbox_outcome outcome;
		uint64_t item;
		enum lt_err err;
		bool damaged; /* what is here of its dossier cannot be read */
	} ones[AT_A_TIME];
};

static enum lt_err settle_run(void *ctx, struct vault_tx *tx)
{
	struct held_job *job = ctx;
	enum lt_err err = LT_OK;
	for (size_t i = walk_from(&job->walk); i < walk_to(&job->walk) && !err; i++) {
		struct held_one *one = &job->ones[i];
		err = held_settle(tx, &job->adapter->speaker, &one->key, one->delivery, &one->outcome, &one->item);
	}
	return err;
}

/* The same item once more, to stay as what it is; else the next one by itself. */
static bool runs_again(struct held_job *job, enum lt_err err)
{
	struct job_walk *walk = &job->walk;
	struct held_one *one = walk->alone ? &job->ones[walk->at] : NULL;
	if (one && err == LT_ECORRUPT && !one->damaged) {
		one->damaged = true;
		link_damaged(one->delivery);
		return true;
	}
	for (size_t i = walk_from(walk); i < walk_to(walk); i++)
		job->ones[i].err = err;
	return walk_again(walk, err);
}

static void settle_done(void *ctx, enum lt_err result)
{
	struct held_job *job = ctx;
	struct adapter *adapter = job->adapter;
	uint64_t last = 0;
	if (runs_again(job, result)) {
		vault_post(adapter->vault, &(struct vault_job){ .run = settle_run, .done = settle_done, .ctx = job });
		return;
	}
	for (size_t i = 0; i < job->walk.count; i++) {
		enum lt_err err = job->ones[i].err;
		if (err)
			lt_log_peer(LT_LOG_ERROR, "a held item cannot be looked at again",
				    job->ones[i].delivery->agency, lt_err_text(err), "agency",
				    job->ones[i].delivery->agency, "mailbox", lt_log_u64(job->ones[i].delivery->number),
				    "error", lt_err_text(err), NULL);
		if (!err && job->ones[i].outcome == INBOX_STORED)
			last = job->ones[i].item;
		if (!err && job->ones[i].outcome == INBOX_STORED && job->ones[i].delivery->fault.reason) {
			atomic_store(&adapter->except_again, true);
			atomic_store(&adapter->except_more, true);
		}
		inbox_delivery_free(job->ones[i].delivery);
	}
	free(job);
	atomic_store(&adapter->retrying, false);
	adapter_wake(adapter);
	if (last && adapter->events.items)
		adapter->events.items(adapter->ctx, last);
}

/* The next few behind the cursor; LT_ENOENT when there are no more. */
static enum lt_err load(struct adapter *adapter, struct held_job *job)
{
	struct vault_tx *tx;
	enum lt_err err = vault_read_begin(adapter->vault, &tx);
	if (err)
		return err;
	while (job->walk.count < AT_A_TIME && !err) {
		struct held_one *one = &job->ones[job->walk.count];
		err = held_next(tx, &adapter->held_cursor, &one->delivery);
		if (!err) {
			one->key = adapter->held_cursor;
			job->walk.count++;
		}
	}
	vault_read_end(tx);
	return job->walk.count > 0 ? LT_OK : err;
}

static void round_ends(struct adapter *adapter, int64_t now)
{
	adapter->held_walking = false;
	adapter->held_next_round = now + EVERY_US;
}

static void go_on(struct adapter *adapter, int64_t now)
{
	struct held_job *job = calloc(1, sizeof(*job));
	if (!job)
		lt_fatal("out of memory");
	job->adapter = adapter;
	enum lt_err err = load(adapter, job);
	if (err) {
		if (err != LT_ENOENT)
			lt_log(LT_LOG_ERROR, "held items cannot be read", "error", lt_err_text(err), NULL);
		free(job);
		round_ends(adapter, now);
		return;
	}
	for (size_t i = 0; i < job->walk.count; i++)
		link_verify(adapter, job->ones[i].delivery);
	atomic_store(&adapter->retrying, true);
	vault_post(adapter->vault, &(struct vault_job){ .run = settle_run, .done = settle_done, .ctx = job });
}

static void log_held(struct adapter *adapter, int64_t now)
{
	struct vault_tx *tx;
	struct held_figures held;
	if (now < adapter->held_logged + EVERY_US || vault_read_begin(adapter->vault, &tx))
		return;
	adapter->held_logged = now;
	enum lt_err err = held_figures(tx, &held);
	vault_read_end(tx);
	if (!err && held.count > 0)
		lt_log(LT_LOG_WARNING, "items are held", "count", lt_log_u64(held.count), "reason",
		       held.cause.reason ? lt_reason_name(held.cause.reason) : "QUARANTINED", "detail",
		       held.cause.detail, NULL);
}

static void say_own_trouble(struct adapter *adapter, const char *agency, const struct lt_refusal *found, int64_t now)
{
	if (adapter->own_trouble.reason == found->reason && now - adapter->own_said < EVERY_US)
		return;
	adapter->own_said = now;
	lt_log(LT_LOG_ERROR, "our own certificate does not hold by our own files", "agency", agency, "reason",
	       lt_reason_name(found->reason), "detail", found->detail, NULL);
}

void link_own_trust(struct adapter *adapter, int64_t now)
{
	struct lt_refusal found = { 0 };
	adapter->own_looked = now;
	link_ages(adapter, now);
	for (size_t i = 0; i < adapter->speaker.agency_count && !found.reason; i++) {
		if (verifier_check_own(adapter->verifier, adapter->own_certs[i], now, &found))
			say_own_trouble(adapter, adapter->speaker.agencies[i].code, &found, now);
	}
	pthread_mutex_lock(&adapter->own_mutex);
	bool better = adapter->own_trouble.reason && !found.reason;
	adapter->own_trouble = found;
	pthread_mutex_unlock(&adapter->own_mutex);
	if (better)
		link_held_again(adapter);
}

void link_held_again(struct adapter *adapter)
{
	atomic_store(&adapter->held_again, true);
}

void link_held_step(struct adapter *adapter, int64_t now)
{
	if (now < adapter->own_looked || now - adapter->own_looked >= OWN_TRUST_US)
		link_own_trust(adapter, now);
	log_held(adapter, now);
	if (atomic_load(&adapter->retrying))
		return;
	bool back = now < adapter->held_next_round - EVERY_US; /* our clock was set back */
	if (!adapter->held_walking && !back && now < adapter->held_next_round && !atomic_load(&adapter->held_again))
		return;
	if (atomic_exchange(&adapter->held_again, false) || !adapter->held_walking) {
		adapter->held_walking = true;
		adapter->held_cursor.len = 0;
	}
	go_on(adapter, now);
}
