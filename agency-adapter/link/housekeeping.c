/* housekeeping.c: once a minute, in small transactions between the others'. */
#include "link_thread.h"

#include "program/log.h"
#include "mail/history/feed.h"
#include "mail/inbox.h"
#include "mail/parts.h"

#include <stdlib.h>
#include <string.h>

#define EVERY_US 60000000LL
#define PURGE_ROWS 500u                   /* of one transaction: bounds what others wait */
#define SWEEP_FILES_US (1800LL * 1000000) /* between looks for files of large parts that nobody knows */
#define SWEEP_ROWS 2000u                  /* parts looked at in a minute: 2.8 million a day */

/* One job at a time; `busy` says whether the store has it. */
struct housekeeping {
	struct adapter *adapter;
	struct parts_cursor before, after;
	struct walk_places {
		uint64_t outbox, feed, inbox; /* 0: the next walk begins at the oldest */
	} at, next;
	atomic_bool busy;
};

static enum lt_err tidy_run(void *ctx, struct vault_tx *tx)
{
	struct housekeeping *self = ctx;
	int64_t now = self->adapter->speaker.now();
	self->after = self->before;
	self->next = self->at;
	enum lt_err err = outbox_purge(tx, now, self->adapter->outbox_keep, PURGE_ROWS, &self->next.outbox);
	if (!err)
		err = feed_purge(tx, now, PURGE_ROWS, &self->next.feed);
	if (!err)
		err = inbox_purge(tx, now, self->adapter->inbox_keep, PURGE_ROWS, &self->next.inbox);
	return err ? err : parts_sweep(tx, now, SWEEP_ROWS, &self->after);
}

static void tidy_done(void *ctx, enum lt_err err)
{
	struct housekeeping *self = ctx;
	if (err)
		lt_log(LT_LOG_ERROR, "housekeeping failed", "error", lt_err_text(err), NULL);
	self->before = self->after;
	self->at = err ? (struct walk_places){ 0 } : self->next;
	atomic_store(&self->busy, false);
}

struct housekeeping *housekeeping_new(struct adapter *adapter)
{
	struct housekeeping *self = calloc(1, sizeof(*self));
	if (self)
		self->adapter = adapter;
	return self;
}

void housekeeping_free(struct housekeeping *self)
{
	free(self);
}

/* An upload's row has its id as key. */
static bool is_known(void *ctx, const char *name)
{
	struct adapter *adapter = ctx;
	struct part_note note;
	struct lt_bytes value;
	uint8_t key[32];
	struct vault_tx *tx;
	bool upload = strncmp(name, "up-", 3) == 0;
	if (lt_unhex(upload ? name + 3 : name, key, upload ? 16 : 32) || vault_read_begin(adapter->vault, &tx))
		return true; /* nothing of ours, or nobody can tell */
	enum lt_err err = upload ? vault_get(tx, VAULT_UPLOAD, lt_bytes(key, 16), &value) : parts_find(tx, key, &note);
	vault_read_end(tx);
	return err != LT_ENOENT;
}

static void sweep_files(struct adapter *adapter, int64_t now)
{
	if (now >= adapter->files_swept && now - adapter->files_swept < SWEEP_FILES_US)
		return;
	adapter->files_swept = now;
	part_files_sweep(adapter->files, now, is_known, adapter);
}

void link_check_table(struct adapter *adapter, enum vault_table table)
{
	struct vault_tx *tx;
	const char *name;
	if (vault_read_begin(adapter->vault, &tx))
		return;
	enum lt_err err = vault_check(tx, table, &name);
	vault_read_end(tx);
	if (err != LT_ECORRUPT)
		return;
	lt_log(LT_LOG_ERROR, "store: rows of a table cannot be found; restore the adapter's data from a backup",
	       "table", name, NULL);
	pthread_mutex_lock(&adapter->own_mutex);
	lt_refuse(&adapter->damage, LT_MAIL_DAMAGED, "store: rows of its table %s cannot be found", name);
	pthread_mutex_unlock(&adapter->own_mutex);
}

/* One a minute, so that all of them are looked at twice an hour. */
static void check_next(struct adapter *adapter, int64_t now)
{
	if (now >= adapter->checked_at && now - adapter->checked_at < EVERY_US)
		return;
	adapter->checked_at = now;
	link_check_table(adapter, (enum vault_table)(adapter->check_next++ % VAULT_TABLES));
}

void link_housekeep(struct adapter *adapter, int64_t now)
{
	sweep_files(adapter, now);
	check_next(adapter, now);
	struct housekeeping *self = adapter->housekeeping;
	if (atomic_load(&self->busy))
		return; /* the store thread has the rest of it */
	bool more = self->at.outbox || self->at.feed || self->at.inbox;
	if (!more && now >= adapter->housekept && now - adapter->housekept < EVERY_US)
		return;
	adapter->housekept = now;
	atomic_store(&self->busy, true);
	vault_check_readers(adapter->vault);
	vault_post(adapter->vault, &(struct vault_job){ .run = tidy_run, .done = tidy_done, .ctx = self });
}
