/* store_internal.h: what the files of STORE share. */
#ifndef BROKER_STORE_INTERNAL_H
#define BROKER_STORE_INTERNAL_H

#include "store.h"

#include <lmdb.h>
#include <stdatomic.h>

enum {
	STORE_FORMAT = 1,
	STORE_CHECKSUM = 8,             /* bytes behind every value */
	OVERLAY_CHUNK = (2 << 20) - 24, /* arena memory comes in such pieces */
	OVERLAY_TAIL = 256,             /* keys that are not yet sorted in: a seek looks at each of them */
	STORE_HASH_BLOCK =
		64 << 10, /* entries are hashed in blocks of about this size; part of the state hash's definition */
	STORE_EXACT_COUNT = 4096, /* up to so many overlay keys store_count is exact */
};

/* One key of one generation. Its address stays until the generation is cleared. */
struct entry {
	uint8_t *value;
	uint32_t len, cap;
	uint8_t table, key_len;
	bool deleted;
	uint8_t key[STORE_KEY_MAX];
};
/* Entries of one table in key order, but for the last few. */
struct sorted {
	struct entry **list;
	size_t count, cap, ordered;
};
struct chunk;
/* The hash beside the place: a probe that does not match costs no second cache miss. Eight bytes, since a look-up is nearly always a miss
 * of the cache, and a table of half the size is one half as often. */
struct slot {
	uint32_t hash;
	uint32_t place; /* chunk from 1, and where in it: store_overlay.c; 0: empty */
};
struct overlay {
	struct slot *slots; /* open addressing, power of two */
	size_t slot_count, count;
	struct chunk **chunks, *spare;
	size_t chunk_count, chunk_cap;
	size_t bytes;
	struct sorted tables[STORE_TABLES]; /* engine thread only */
	uint64_t applied;
	/* Since it was frozen: its entries, table by table, as they came; for the flush thread. The engine goes on sorting `tables`. */
	struct entry **run;
	size_t run_cap, run_counts[STORE_TABLES];
};
void overlay_fini(struct overlay *overlay);
void overlay_clear(struct overlay *overlay);
uint32_t overlay_hash(enum store_table table, struct lt_bytes key);
/* By its hash. NULL when this generation says nothing about the key. */
struct entry *overlay_find(const struct overlay *overlay, uint32_t hash, enum store_table table, struct lt_bytes key);
void overlay_put(struct overlay *overlay, enum store_table table, struct lt_bytes key, struct lt_bytes value);
void overlay_del(struct overlay *overlay, enum store_table table, struct lt_bytes key);
/* First entry with a key >= from (> from when `after`), deleted ones too. */
struct entry *overlay_seek(struct overlay *overlay, enum store_table table, struct lt_bytes from, bool after);
/* Fills `run`. */
void overlay_hand_over(struct overlay *overlay);
int store_key_order(struct lt_bytes a, struct lt_bytes b);

/* Where a table begins: store_floor.c. */
struct store_floor {
	uint8_t len; /* 0: none */
	uint8_t key[STORE_KEY_MAX];
};
struct lt_bytes store_floor_key(const struct store_floor *floor);
bool store_below(const struct store_floor *floor, struct lt_bytes key);
enum lt_err store_floor_read(MDB_txn *txn, MDB_dbi flush, enum store_table table, struct store_floor *out);
int store_floor_write(MDB_txn *txn, MDB_dbi flush, enum store_table table, const struct store_floor *floor);
int store_floor_clear(MDB_cursor *cursor, const struct store_floor *floor); /* some of what lies below */

/* A table that follows from another: store_derive.c. */
struct deriving {
	enum store_table from;
	const struct store_derived *derived;
	void *scratch;
	struct lt_buf before, after; /* keys of one value's rows, each with its length in front */
	struct overlay rows;         /* what one flush changes of them */
};
void deriving_free(struct deriving *deriving);
/* Adds to `rows` what follows from the change of one value; an empty one is none. */
void deriving_change(struct deriving *deriving, struct lt_bytes key, struct lt_bytes old, struct lt_bytes value);
/* Whether the rows are those that follow. store->deriving is there. */
enum lt_err deriving_verify(struct store *store, MDB_txn *txn, char *report, size_t report_size);

/* New rows that follow each other: store_run.c. Codes of LMDB. */
struct row_run {
	struct lt_buf behind; /* rows taken out */
};
void row_run_fini(struct row_run *run);
/* The first row at or behind a key; empty: none. The cursor stands on it. Until the next write. */
int row_run_find(MDB_cursor *cursor, struct lt_bytes key, struct lt_bytes *next);
/* Before and behind the puts of a run that ends before the row on which the cursor stands. */
int row_run_begin(struct row_run *run, MDB_cursor *cursor);
int row_run_end(struct row_run *run, MDB_cursor *cursor);

/* The numbers that a flush has written: store_changes.c. */
struct changes {
	struct lt_buf row; /* that is begun */
	uint64_t first, last;
	size_t count;
};
void changes_fini(struct changes *changes);
/* By rising keys. Codes of LMDB. */
int changes_add(struct changes *changes, MDB_txn *txn, MDB_dbi table, uint64_t sequence, struct lt_bytes key);
bool changes_is_from(MDB_val name); /* the row of "flush" from where on they are known */
int changes_end(struct store *store, struct changes *changes, MDB_txn *txn, uint64_t sequence);

enum { STORE_DBS = STORE_TABLES + 2 }; /* "flush" and "changes" beside them */
struct store {
	MDB_env *env;
	MDB_dbi tables[STORE_TABLES], flush, changes_table;
	bool changes_known; /* the file has that table: a copy has none until it is flushed to */
	MDB_txn *reader;    /* engine's; renewed on thaw */
	MDB_cursor *cursors[STORE_TABLES];
	struct overlay generations[2], *active, *frozen; /* frozen: NULL when none */
	uint64_t overlay_bytes;
	uint64_t applied, committed;
	struct store_floor floors[STORE_TABLES], frozen_floors[STORE_TABLES];
	bool only_read; /* a change is a broken invariant */
	bool unmarked;  /* something was put since the last store_mark */
	_Atomic uint64_t flushed;
	bool read_only;
	uint64_t faults; /* store_faults.c */
	struct store_fault listed[STORE_FAULTS_LISTED];
	size_t listed_count;
	struct changes changes;    /* likewise the flush thread's */
	struct row_run run;        /* the flush thread's */
	struct deriving *deriving; /* the flush thread's; NULL: none */
	bool follower, reading;    /* follower: env and tables are another's; reading: between begin and end */
};
/* LMDB's word for what it refuses; LT_ECORRUPT. */
enum lt_err store_page_fault(struct store *store, enum store_table table, int code);
extern const char *const store_table_names[STORE_TABLES];
enum lt_err store_err(int code);
uint64_t store_checksum(enum store_table table, struct lt_bytes key, struct lt_bytes value);
/* Cuts the checksum off a stored value. False when it does not hold. */
bool store_unseal(enum store_table table, struct lt_bytes key, MDB_val stored, struct lt_bytes *value);
/* Begins the read transaction and opens a cursor on each table. */
enum lt_err store_open_reader(struct store *store);
enum lt_err store_read_sequence(MDB_txn *txn, MDB_dbi flush, uint64_t *out);

/* State hash: entries are appended to a block, full blocks fold into the hash. */
struct state_hash {
	struct lt_buf block;
	uint8_t hash[32];
};
enum lt_err state_hash_add(struct state_hash *state, enum store_table table, struct lt_bytes key,
			   struct lt_bytes value);
void state_hash_end(struct state_hash *state, uint8_t out[32]);

#endif
