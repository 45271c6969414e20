/* store.h: the routing state. An overlay in memory over LMDB, written behind the engine.
 *
 * Two generations of the overlay: `active`, which the engine writes, and `frozen`, which the flush thread writes to LMDB in
 * one synced transaction together with the sequence it stands for. Reads: active, frozen, LMDB. Generations are swapped at the end
 * of a batch, also when the engine is ahead of the journal's sync; LMDB never holds what is not yet synced there: a frozen
 * generation waits until store_committed has reached it.
 * Every value in LMDB ends in a checksum over table, key and value, checked on each read. What does not hold is never given out as
 * something or as nothing: it is LT_ECORRUPT, counted and listed; who reads decides what stops for it, and the remedy is `lienthong
 * store rebuild`. No DUPSORT, WRITEMAP, NOSYNC; MDB_NOTLS; readers are short.
 * Engine thread, but where it says otherwise. */
#ifndef BROKER_STORE_H
#define BROKER_STORE_H

#include <lienthong/base.h>

enum store_table {
	STORE_META = 0,   /* names -> values: counters, incarnation, domain */
	STORE_DOSSIER,    /* dense number, 8 bytes big-endian -> dossier */
	STORE_CODE,       /* dossier code -> dense number */
	STORE_DEDUP,      /* id (16) || sender code -> sequence of the record that answered; ids rise with time */
	STORE_MAILBOX,    /* agency code || 0 || number, 8 bytes big-endian -> sequence */
	STORE_AGENCY,     /* agency code -> mailbox head, acknowledged, suspension */
	STORE_DEFINITION, /* type and name -> full bytes of what is in force */
	STORE_PARTS,      /* due time, 8 bytes big-endian || sequence -> what is to be elided then */
	STORE_DUE,        /* legal clocks: due.h */
	STORE_NOTICE,     /* sequence, 8 bytes big-endian || index, 4 -> nothing: a notice that is not signed yet */
	STORE_STUCK,  /* agency code || 0 || number, 8 bytes big-endian -> what its receiver could not take: stuck.h */
	STORE_ANSWER, /* sequence, 8 bytes big-endian -> the whole answer to an envelope: dedup.h */
	STORE_FOREIGN, /* digest of another system's code (32) || dense number, 8 bytes big-endian -> nothing: foreign.h */
	STORE_STAY, /* dense dossier number, 8 bytes big-endian || number, 4 -> a stay or wait that has ended: dossier.h */
	STORE_SIGNED, /* sequence, 8 bytes big-endian || index, 4 -> where its signature stands: notices.h */
	STORE_LIST,   /* range, name, time || dense number || branch -> nothing: state/owed/lists.h; derived */
	STORE_FROZEN, /* dossiers that stand, and what of their records took no effect: frozen.h */
	STORE_LARGE,  /* large parts, for whom, and what refers to them: state/large.h */
	STORE_TALLY,  /* agency code -> what it has in hand, and its week: state/digest/tally.h */
	STORE_TABLES,
};
const char *store_table_name(enum store_table table); /* as it is named on disk and shown to people */
#define STORE_KEY_MAX 64u                             /* bytes: agency code, NUL and number fit */
/* A flush is due above this. LMDB keeps the pages of its largest transaction in memory: random dossiers are a page each. Measured:
 * docs/decisions/0091. */
#define STORE_OVERLAY_BYTES (20u << 20)
#define STORE_FLUSH_SECONDS 2
#define STORE_DROP_MAX \
	8192 /* entries below a floor that one flush removes: more than a nation's peak adds in that time */
/* Records over which it is told what has changed: a third of a nation's busiest day. Two or three bytes a value and flush. */
#define STORE_CHANGES_KEPT (UINT64_C(8) << 20)
#define STORE_FULL 3u /* overlays: one is flushed, one waits for that, and room for the batches meanwhile */
/* Address space only, the file grows as needed: large enough never to be grown while transactions are open. */
#define STORE_MAP_BYTES (UINT64_C(64) << 30)

struct store;
struct store_options {
	const char *path; /* folder of LMDB's files */
	uint64_t
		map_bytes; /* address space, 0: STORE_MAP_BYTES; at least twice the file. A full map is LT_EFULL from store_flush */
	bool create, read_only;
	uint64_t overlay_bytes; /* 0: STORE_OVERLAY_BYTES */
};
enum lt_err store_open(const struct store_options *options, struct store **out);
void store_close(struct store *store);              /* does not flush */
uint64_t store_sequence(const struct store *store); /* what LMDB holds: the sequence of its last flush; any thread */

/* A table whose rows follow from the values of another. Nobody puts them: each flush makes them of the values that it replaces and of
 * those that it writes, in the same transaction, so whoever reads them sees what was flushed. They are no part of the state hash, which
 * has what they follow from; store_verify makes them anew and compares. */
static inline bool store_is_derived(enum store_table table)
{
	return table == STORE_LIST;
}
struct store_derived {
	enum store_table to;
	size_t scratch; /* bytes, zeroed at first, that `rows` works in: one for each thread */
	/* Appends the keys of the rows of one value, in order, each once and with its length in front (1 byte). A value that cannot be read
	 * has none. */
	void (*rows)(void *scratch, struct lt_bytes key, struct lt_bytes value, struct lt_buf *out);
	struct lt_bytes value; /* of each row */
};
/* From which it follows; that stands before it. Before the first flush or check. Borrowed. */
void store_derive(struct store *store, enum store_table from, const struct store_derived *derived);

/* What was read and did not hold: the values with a wrong checksum, those that their owner could not read, a row whose key has
 * changed. */
enum { STORE_FAULTS_LISTED = 64 };
struct store_fault {
	enum store_table table;
	size_t key_len;
	uint8_t key[STORE_KEY_MAX];
};
/* How often that was: who compares it before and after knows whether what it has read can be believed. */
uint64_t store_faults(const struct store *store);
/* The first different ones. Borrowed. */
size_t store_fault_list(const struct store *store, const struct store_fault **out);
/* The owner of a table cannot read a value whose checksum holds. Counts, lists and logs it; LT_ECORRUPT. */
enum lt_err store_fault_note(struct store *store, enum store_table table, struct lt_bytes key);

/* A second store over the same LMDB, which reads alone, for one other thread: what was flushed, as of one moment. What it reads may be
 * used between store_begin_read and store_end_read, which must lie close together: pages that a reader holds are not used again, and
 * the file grows. `store` must outlive it. LT_ENOMEM. */
enum lt_err store_open_follower(struct store *store, struct store **out);
/* store_sequence then says at which record it stands. Of any other store: nothing. */
void store_begin_read(struct store *store);
void store_end_read(struct store *store);

/* Which values of the table that others follow from (store_derive; its keys are numbers of 8 bytes, big-endian) flushes have written
 * since the record place->since: their numbers, at most `room`, which is at least 1. Each is told once for a flush, in rising order. The
 * place moves on; when place->after is 0 behind it, all is told, and place->since is the store's own sequence. Begin: { sequence, 0 }.
 * Of a follower while it reads. LT_ENOENT: what has changed since then is not known (STORE_CHANGES_KEPT, or the store was made anew
 * since), or the store is not so far; LT_ECORRUPT: likewise, for a row does not hold. */
struct store_place {
	uint64_t since; /* all flushes up to this record are told */
	uint64_t after; /* and of the next one the numbers up to this */
};
enum lt_err store_list_changes(struct store *store, struct store_place *place, uint64_t *out, size_t room,
			       size_t *count);

/* The view lives until the next put, del, freeze or flush end. LT_ENOENT; LT_ECORRUPT: nobody can tell. */
enum lt_err store_get(struct store *store, enum store_table table, struct lt_bytes key, struct lt_bytes *value);
void store_put(struct store *store, enum store_table table, struct lt_bytes key, struct lt_bytes value);
void store_del(struct store *store, enum store_table table, struct lt_bytes key);
/* First entry with a key >= from, in key order over overlay and LMDB. Slow on a large overlay: timers, tools, start.
 * What does not hold is stepped over, and counted (store_faults): the entries behind it are others'. key has room for
 * STORE_KEY_MAX. LT_ENOENT at the end; LT_ECORRUPT: LMDB refuses a page, there is no going on. */
enum lt_err store_seek(struct store *store, enum store_table table, struct lt_bytes from, uint8_t *key, size_t *key_len,
		       struct lt_bytes *value);
/* All keys of a table below this one are gone, at once and however many: a floor, which only rises. Nothing may be put below it.
 * Flushes remove the entries from LMDB, STORE_DROP_MAX at a time. */
void store_drop_below(struct store *store, enum store_table table, struct lt_bytes key);
/* Empty: none. Lives until it is raised. */
struct lt_bytes store_floor(const struct store *store, enum store_table table);
/* The last key below another, for tables from which nothing is deleted one by one. Walks what is not flushed: once an hour, not for
 * each act. LT_ENOENT, LT_ECORRUPT. key has room for STORE_KEY_MAX. */
enum lt_err store_last(struct store *store, enum store_table table, struct lt_bytes below, uint8_t *key,
		       size_t *key_len);
uint64_t store_count(struct store *store, enum store_table table); /* about; for status */

/* From now on, until it is lifted, a change ends the process: something is only tried, and its change would be in no record. */
void store_only_read(struct store *store, bool only);
/* Everything put so far belongs to sequences up to `applied`. Called at the end of each batch's apply. */
void store_mark(struct store *store, uint64_t applied);
/* Sequences up to this one are on disk in the journal. Called on release. */
void store_committed(struct store *store, uint64_t sequence);
/* True when a flush is due by bytes, or when `elapsed_us` since the last is over STORE_FLUSH_SECONDS and something changed. */
bool store_flush_due(const struct store *store, int64_t elapsed_us);
/* True when both generations together are at STORE_FULL times the limit: the engine takes no new work. */
bool store_full(const struct store *store);
/* Swaps generations. LT_EAGAIN: one is frozen already, or something was put since the last store_mark. */
enum lt_err store_freeze(struct store *store);
/* Whether a generation is frozen and all of it is committed: it may be flushed. */
bool store_flush_ready(const struct store *store);
/* Writes the frozen generation, which must be ready, to LMDB and syncs. Flush thread. Failure is final: the process stops. */
enum lt_err store_flush(struct store *store);
/* Lets the frozen generation go after store_flush has returned. */
void store_thaw(struct store *store);
/* Freeze, flush and thaw in this thread, for who has no flush thread. LT_EAGAIN: not all is committed, nothing was done. */
enum lt_err store_flush_now(struct store *store);

/* Asked while a copy is made: while it reads, what flushes replace cannot be used again, and LMDB's file grows for good. `grown`:
 * bytes by which it has. False ends the copy: LT_ECLOSED, and what is there of it is the caller's to remove. */
struct store_copy_watch {
	bool (*goes_on)(void *ctx, uint64_t grown);
	void *ctx;
};
/* A consistent copy of what LMDB holds into a folder (made new), synced, with its sequence and state hash (SHA-256 over tables, keys
 * and values in order, without the flush bookkeeping). Each value is checked on the way. watch may be NULL. Beside flushes; any
 * thread. */
enum lt_err store_copy(struct store *store, const char *folder, const struct store_copy_watch *watch,
		       uint64_t *sequence, uint8_t state_hash[32]);
uint64_t store_bytes(const struct store *store); /* of LMDB's file; any thread */
/* State hash over overlay and LMDB. Slow; tests and tools. */
enum lt_err store_hash(struct store *store, uint8_t state_hash[32]);
/* Checks every value of every table, and the derived one against what it follows from. `report` gets the first fault in words. */
enum lt_err store_verify(struct store *store, char *report, size_t report_size);
/* Closes readers of dead processes; once a minute. */
void store_reader_check(struct store *store);

#endif
