/* store_follow.c: a second store over the same LMDB, for a thread that only reads: nothing but a read transaction of its own, renewed
 * for each question and let go behind it. Its generations are empty for ever, so every read goes to LMDB. */
#include "store_guard.h"
#include "store_internal.h"

#include "program/log.h"

#include <stdlib.h>
#include <string.h>

enum lt_err store_open_follower(struct store *store, struct store **out)
{
	struct store *follower = calloc(1, sizeof *follower);
	if (!follower)
		return LT_ENOMEM;
	follower->env = store->env;
	follower->flush = store->flush;
	follower->changes_table = store->changes_table;
	follower->changes_known = store->changes_known;
	memcpy(follower->tables, store->tables, sizeof follower->tables);
	follower->active = &follower->generations[0];
	follower->read_only = follower->follower = true;
	store_guard_enter();
	enum lt_err err = store_open_reader(follower);
	store_guard_leave();
	if (err) {
		store_close(follower);
		return err;
	}
	follower->reading = true;
	store_end_read(follower);
	*out = follower;
	return LT_OK;
}

void store_begin_read(struct store *store)
{
	uint64_t sequence = 0;
	if (!store->follower || store->reading)
		return;
	store->reading = true;
	int code = mdb_txn_renew(store->reader);
	for (int i = 0; i < STORE_TABLES && !code; i++)
		code = mdb_cursor_renew(store->reader, store->cursors[i]);
	if (code)
		store_end("the store cannot be read (renew: %s)", mdb_strerror(code));
	store_guard_enter();
	enum lt_err err = store_read_sequence(store->reader, store->flush, &sequence);
	for (int i = 0; i < STORE_TABLES && !err; i++)
		err = store_floor_read(store->reader, store->flush, (enum store_table)i, &store->floors[i]);
	if (err)
		store_end("the store's sequence or a floor cannot be read");
	store_guard_leave();
	atomic_store(&store->flushed, sequence);
}

void store_end_read(struct store *store)
{
	if (store->reading)
		mdb_txn_reset(store->reader);
	store->reading = false;
}
