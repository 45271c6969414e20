/* vault.h: the adapter's durable tables (LMDB) and the one thread that writes them.
 *
 * Every change is a job. The store thread runs all jobs that wait in one transaction, commits it with a sync, and only
 * then calls their `done`: what is answered is on disk, and many requests share one sync. A job either returns LT_OK
 * or leaves no trace. One that fails before it has changed anything, as an asker's mistake does, costs the others nothing; for one that
 * fails later the transaction is thrown away, and what stood before it, it and what stood behind it run again apart, so `run`
 * must be able to run twice. A failed sync ends the process (the page cache lies after it); a full disk or map is LT_EFULL.
 * Below the watermark of disk or map no new work is taken (LT_EFULL), so that answers, receipts and deletions have room.
 * Values end in a checksum over table, key and value, checked on each read (LT_ECORRUPT). */
#ifndef ADAPTER_VAULT_H
#define ADAPTER_VAULT_H

#include <lienthong/base.h>

enum vault_table {
	VAULT_META,        /* name -> value */
	VAULT_ENVELOPE,    /* outbox number -> header, which never changes, and its signatures */
	VAULT_STATE,       /* outbox number -> what became of it */
	VAULT_ID,          /* envelope id -> outbox number */
	VAULT_KEY,         /* Idempotency-Key -> digest of the request, outbox number */
	VAULT_QUEUE,       /* outbox number -> 0 new, 1 offered again; present while it has no final answer */
	VAULT_INBOX,       /* inbox number -> item; never changes */
	VAULT_INBOX_STATE, /* inbox number -> what we answered */
	VAULT_SEEN,        /* id, agency, sender -> inbox number */
	VAULT_MAILBOX,     /* agency -> highest mailbox number on disk */
	VAULT_PART,        /* SHA-256 -> references, time, size */
	VAULT_PART_DATA,   /* SHA-256 -> bytes */
	VAULT_DOSSIER,     /* code -> branch, versions, last offer, newest marks of what passed through here */
	VAULT_TRACE, /* code NUL letter number -> an older mark: s sent, r received, o received and still open to answer */
	VAULT_HELD, /* agency NUL mailbox number digest -> item that waits for us: for our list, directory, clock */
	VAULT_WAIT, /* agency NUL dossier NUL mailbox number -> what later items of the dossier wait behind */
	VAULT_EXCEPTION, /* agency NUL mailbox number -> what RECEIVED says of it */
	VAULT_TIME,      /* 2^64-1 less sequence -> time of the record */
	VAULT_EVIDENCE, /* id, sequence, digest -> a receipt that was not believed, and ours; id of zeros: checkpoints */
	VAULT_UNPROVED, /* sequence of a receipt that is not complete -> outbox number */
	VAULT_PROOF,    /* outbox number -> where the ledger holds its receipt */
	VAULT_REPLY,    /* outbox number, recipient's index -> what that one did */
	VAULT_EVENT,    /* number -> tag, what happened */
	VAULT_CODE,     /* d agency-day, n code, k Idempotency-Key -> numbers that were given out: mail/codes.h */
	VAULT_SENT, /* last 8 bytes of an id -> the id, its dossier, whom the broker told that it was sent before a restore */
	VAULT_ARRIVING, /* outbox number -> time: an offer that was admitted then and that not every recipient is known to have */
	VAULT_SPOOL,  /* outbox number -> the name under which it lies in the spool's `sent` */
	VAULT_UPLOAD, /* id of an upload (16) -> length, offset and when it was touched: http/upload */
	VAULT_HOOK, /* h hook, r hook number, w hook due number -> what webhooks are told: mail/history/deliveries.h */
	VAULT_TABLES,
};
#define VAULT_KEY_MAX 160u /* bytes of a key; LMDB takes 511 */

struct vault;
struct vault_tx;
struct vault_limits {
	uint64_t map_bytes; /* upper limit of the file: address space, not disk */
	uint64_t
		disk_reserve; /* bytes free on its disk below which no new work is taken; at most an eighth of the disk counts */
};
/* Opens or makes DIR/store.mdb. LT_EIO (errno), LT_ECORRUPT. */
enum lt_err vault_open(const char *dir, const struct vault_limits *limits, struct vault **out);
/* Copies DIR/store.mdb to a new TO/store.mdb as it is at one moment, also while another process writes it; free pages are left out. */
enum lt_err vault_copy(const char *dir, const char *to);
enum lt_err vault_start(struct vault *vault); /* starts the store thread */
/* Runs what waits, stops the thread and closes. */
void vault_close(struct vault *vault);
/* Of the file that it is in: another one when it was copied. 0: the file system does not say. */
uint64_t vault_mark(struct vault *vault);
uint64_t vault_waiting(struct vault *vault); /* jobs that wait; any thread */
/* Rises between two calls as long as the store thread lives, busy or idle; for the watchdog, any thread. */
uint64_t vault_rounds(struct vault *vault);

/* How much room there is; any thread. */
enum vault_fill { VAULT_ROOMY, VAULT_LOW, VAULT_NO_ROOM }; /* low: no new work; no room: nothing is written at all */
struct vault_space {
	enum vault_fill fill;
	bool by_map; /* it is the map that is full, not the disk */
	uint64_t disk_free, disk_size, disk_reserve, map_bytes, map_used, file_bytes;
};
void vault_space(struct vault *vault, struct vault_space *out);
bool vault_takes_work(struct vault *vault);

struct vault_job {
	bool work;                                          /* new work: not run (LT_EFULL) when room is low */
	enum lt_err (*run)(void *ctx, struct vault_tx *tx); /* store thread */
	void (*done)(void *ctx, enum lt_err err);           /* store thread, after the sync; owns ctx again */
	void *ctx;
};
/* Any thread. The job is copied. Ends the process when out of memory. */
void vault_post(struct vault *vault, const struct vault_job *job);
/* Posts and waits; not from the store thread. */
enum lt_err vault_run(struct vault *vault, enum lt_err (*run)(void *ctx, struct vault_tx *tx), void *ctx);

/* In a write transaction: `run` is called once behind all its jobs, before the sync, with all notes in their order: for what is
 * cheaper for many at once. One `run` and one ctx a transaction. An error is one of the transaction. */
typedef enum lt_err vault_deferred(void *ctx, struct vault_tx *tx, struct lt_bytes notes);
enum lt_err vault_defer(struct vault_tx *tx, vault_deferred *run, void *ctx, struct lt_bytes note); /* LT_ENOMEM */

/* Reading; any thread, short. Views live until vault_read_end. */
enum lt_err vault_read_begin(struct vault *vault, struct vault_tx **out);
void vault_read_end(struct vault_tx *tx);

/* In a transaction. Views live until the next write in it or its end. LT_ENOENT, LT_ECORRUPT, LT_EIO. */
enum lt_err vault_get(struct vault_tx *tx, enum vault_table table, struct lt_bytes key, struct lt_bytes *value);
/* The first entry at or after `from`. */
enum lt_err vault_seek(struct vault_tx *tx, enum vault_table table, struct lt_bytes from, struct lt_bytes *key,
		       struct lt_bytes *value);
enum lt_err vault_last(struct vault_tx *tx, enum vault_table table, struct lt_bytes *key, struct lt_bytes *value);
enum lt_err vault_count(struct vault_tx *tx, enum vault_table table, uint64_t *out);
/* Whether every row of a table can be found: as many as the table says that it has, in order, each by its own key. A page that leads
 * elsewhere shows nothing wrong and hides rows. Values are not looked at, they are when they are read. 0.2 s a million rows of which
 * the pages are in memory. LT_ECORRUPT: not so; *name is the table's. */
enum lt_err vault_check(struct vault_tx *tx, enum vault_table table, const char **name);
/* Write transactions only. LT_EFULL. */
enum lt_err vault_put(struct vault_tx *tx, enum vault_table table, struct lt_bytes key, struct lt_bytes value);
enum lt_err vault_delete(struct vault_tx *tx, enum vault_table table, struct lt_bytes key); /* LT_OK when not there */

/* The same with a number for key. vault_seek_u64: LT_ECORRUPT when the value under *key, which is then told, is damaged: who
 * walks may go on behind it; LT_EIO when the table is. */
enum lt_err vault_get_u64(struct vault_tx *tx, enum vault_table table, uint64_t key, struct lt_bytes *value);
enum lt_err vault_put_u64(struct vault_tx *tx, enum vault_table table, uint64_t key, struct lt_bytes value);
enum lt_err vault_delete_u64(struct vault_tx *tx, enum vault_table table, uint64_t key);
enum lt_err vault_seek_u64(struct vault_tx *tx, enum vault_table table, uint64_t from, uint64_t *key,
			   struct lt_bytes *value);
/* Highest number in the table, also when what lies under it is damaged; 0 when empty. */
enum lt_err vault_last_u64(struct vault_tx *tx, enum vault_table table, uint64_t *out);
/* A number kept in META under a name; 0 when not there. */
enum lt_err vault_meta_get(struct vault_tx *tx, const char *name, uint64_t *out);
enum lt_err vault_meta_put(struct vault_tx *tx, const char *name, uint64_t value);

/* ---- between store.c and vault_thread.c ---- */
struct MDB_txn;
enum lt_err vault_write_begin(struct vault *vault, struct vault_tx **out);
enum lt_err vault_write_commit(struct vault_tx *tx); /* synced when LT_OK; the transaction is gone in any case */
void vault_write_abort(struct vault_tx *tx);
void vault_only_read(struct vault_tx *tx);        /* there is no room: what would change something is LT_EFULL */
uint64_t vault_writes(const struct vault_tx *tx); /* changes made in it so far */
struct vault_room;
struct vault_room *vault_room_of(struct vault *vault);
void vault_check_readers(struct vault *vault);
struct vault_thread;
struct vault_thread *vault_thread_of(struct vault *vault);
enum lt_err vault_thread_new(struct vault *vault, struct vault_thread **out);
enum lt_err vault_thread_start(struct vault_thread *thread);
void vault_thread_free(struct vault_thread *thread); /* runs what waits first */

#endif
