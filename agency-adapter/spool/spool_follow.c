/* spool_follow.c: the feed, event by event. How far it was followed is kept in the store, behind what was done; so after a crash some of it is
 * done again, which changes nothing. Whoever cannot go on from there (the spool was off for longer than the feed is kept, or is new)
 * looks at everything that is here once. */
#include "spool_internal.h"

#include "http/json_write.h"
#include "mail/inbox.h"
#include "program/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX SPOOL_OVER_MAX /* between two marks: each may find one rejected */

enum lt_err spool_write_json(struct spool *spool, int folder, const char *name, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
	enum lt_err err =
		text ? spool_write(folder, name, lt_bytes(text, strlen(text)), spool->folders.file_mode) : LT_ENOMEM;
	free(text);
	json_decref(json);
	return err;
}

static enum lt_err run_mark(void *ctx, struct vault_tx *tx)
{
	struct spool *spool = ctx;
	struct spool_row row;
	enum lt_err err = spool_place_put(tx, &spool->place);
	for (size_t i = 0; i < spool->over_count && !err; i++) {
		err = spool_row_get(tx, spool->over[i], &row);
		row.over = true;
		if (!err)
			err = spool_row_put(tx, spool->over[i], &row);
		else if (err == LT_ENOENT)
			err = LT_OK;
	}
	return err;
}

static enum lt_err mark(struct spool *spool)
{
	enum lt_err err = vault_run(adapter_vault(spool->adapter), run_mark, spool);
	if (!err)
		spool->over_count = 0;
	return err;
}

/* What cannot be read here keeps nothing else back; what cannot be written waits until it can. */
static enum lt_err go_on(enum lt_err err, uint64_t number)
{
	if (err != LT_ECORRUPT)
		return err;
	lt_log(LT_LOG_ERROR, "what is in the store cannot be laid into the spool", "number", lt_log_u64(number), NULL);
	return LT_OK;
}

static enum lt_err one_event(struct spool *spool, struct feed_place *place)
{
	struct vault_tx *tx;
	struct feed_event event;
	uint64_t number;
	atomic_fetch_add(&spool->rounds, 1);
	enum lt_err err = vault_read_begin(adapter_vault(spool->adapter), &tx);
	if (err)
		return err;
	err = feed_next(tx, place, &event);
	if (!err && event.item != 0) {
		bool arrived = event.event == LT_EVENT_ITEM_ARRIVED || event.event == LT_EVENT_ITEM_STUCK;
		err = go_on(spool_lay_item(spool, tx, event.item, arrived ? SPOOL_LAY_ALWAYS : SPOOL_LAY_NEVER),
			    event.item);
	} else if (!err && outbox_find(tx, event.id, &number) == LT_OK) {
		err = go_on(spool_tell(spool, tx, number), number);
	}
	vault_read_end(tx);
	return err;
}

/* All items that somebody still has to look at, and all that was sent. */
static enum lt_err look_at_all(struct spool *spool)
{
	struct vault_tx *tx;
	struct lt_bytes value;
	struct spool_row row;
	uint64_t item = 0, sent = 0;
	struct feed_place newest;
	enum lt_err err = vault_read_begin(adapter_vault(spool->adapter), &tx);
	if (err)
		return err;
	err = feed_newest(tx, &newest);
	vault_read_end(tx);
	for (bool more = true; more && !err && !atomic_load(&spool->stopping); item++) {
		atomic_fetch_add(&spool->rounds, 1);
		err = vault_read_begin(adapter_vault(spool->adapter), &tx);
		if (err)
			return err;
		enum lt_err found = vault_seek_u64(tx, VAULT_INBOX, item, &item, &value);
		more = found != LT_ENOENT;
		if (more)
			err = go_on(found ? found : spool_lay_item(spool, tx, item, SPOOL_LAY_OPEN), item);
		vault_read_end(tx);
	}
	for (bool more = true; more && !err && !atomic_load(&spool->stopping); sent++) {
		atomic_fetch_add(&spool->rounds, 1);
		err = vault_read_begin(adapter_vault(spool->adapter), &tx);
		if (err)
			return err;
		enum lt_err found = spool_row_next(tx, &sent, &row);
		more = found != LT_ENOENT;
		if (more)
			err = go_on(found ? found : spool_tell(spool, tx, sent), sent);
		vault_read_end(tx);
		if (!err && spool->over_count == SPOOL_OVER_MAX)
			err = mark(spool);
	}
	if (err || atomic_load(&spool->stopping))
		return err;
	spool->place = newest;
	return mark(spool);
}

static bool knows_place(struct spool *spool)
{
	struct vault_tx *tx;
	bool known = spool->place.number != 0 && !vault_read_begin(adapter_vault(spool->adapter), &tx);
	if (known) {
		known = feed_knows(tx, &spool->place);
		vault_read_end(tx);
	}
	return known;
}

/* *end: there is nothing more to follow. */
static enum lt_err some_events(struct spool *spool, bool *end)
{
	struct feed_place at = spool->place;
	size_t done = 0;
	enum lt_err err = LT_OK;
	for (; done < EVENTS_MAX && !err && !atomic_load(&spool->stopping);) {
		err = one_event(spool, &at);
		if (err)
			break;
		spool->place = at;
		done++;
	}
	*end = err == LT_ENOENT;
	enum lt_err marked = done > 0 ? mark(spool) : LT_OK;
	return err && !*end ? err : marked;
}

enum lt_err spool_follow(struct spool *spool)
{
	bool end = false;
	enum lt_err err = spool->over_count > 0 ? mark(spool) : LT_OK; /* what could not be marked before */
	if (!err && !knows_place(spool))
		err = look_at_all(spool);
	while (!err && !end && !atomic_load(&spool->stopping))
		err = some_events(spool, &end);
	return err;
}
