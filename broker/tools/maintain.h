/* maintain.h: `lienthong store check|stat|rebuild|skip`, on the data folder of a stopped broker or on a copy of one.
 * Each takes the journal's lock: LT_EEXIST when a broker is running there. Errors come with words in `fault`. */
#ifndef BROKER_MAINTAIN_H
#define BROKER_MAINTAIN_H

#include <lienthong/base.h>
#include "store/store.h"

#define MAINTAIN_FAULT 400u

/* Called now and then; `what` is a word for the step ("journal", "store", "replay"), last the record that it goes to. May be NULL. */
struct maintain_progress {
	void (*step)(void *ctx, const char *what, uint64_t sequence, uint64_t last);
	/* Asked at each record and piece of a rebuild or a skip; false ends it, and the folder is as it was: LT_ECLOSED. May be NULL. */
	bool (*goes_on)(void *ctx);
	void *ctx;
};

struct maintain_report {
	uint64_t journal_first, journal_last; /* 0: empty */
	uint64_t torn_bytes;                  /* at the end; the next start cuts them: not a fault */
	uint64_t store_sequence;
	size_t snapshots;
	uint64_t large_count, large_bytes; /* files of large parts that were looked at */
	char fault[MAINTAIN_FAULT];        /* "" or the first fault, where, and the remedy */
};
/* Every batch of the journal, every value of the store, that the store is not ahead of the journal, that each large part the state refers to
 * is there, every file of one. Changes nothing.
 * LT_OK: sound. LT_ECORRUPT: see fault. */
enum lt_err maintain_check(const char *data, const struct maintain_progress *progress, struct maintain_report *report);

struct maintain_stat {
	uint64_t journal_first, journal_last, journal_bytes, journal_disk_bytes; /* disk: what the file system gave */
	size_t segments;
	uint64_t store_sequence, store_bytes;
	uint64_t counts[STORE_TABLES]; /* entries of each table: store_table_name */
	size_t snapshots;
	uint64_t snapshot_newest, snapshot_bytes;
	size_t skips;  /* records that are skipped and that the store has not passed */
	bool restored; /* the marker is there */
	char fault[MAINTAIN_FAULT];
};
/* Does not check the journal's older segments. */
enum lt_err maintain_stat(const char *data, struct maintain_stat *stat);

struct maintain_rebuilt {
	uint64_t from;     /* sequence of the snapshot it began with, 0: from the first record */
	uint64_t sequence; /* reached: the journal's head */
	uint64_t
		lost; /* committed records that the journal no longer has: old store and newer snapshots are kept aside */
	bool had_before; /* the old store could be read */
	uint64_t before_sequence;
	uint8_t before_hash[32], after_hash[32]; /* equal when before_sequence == sequence and all was well */
	char fault[MAINTAIN_FAULT];
};
/* Makes the store anew: newest sound snapshot (or nothing), then every record after it, outcomes compared. The old store is
 * replaced only when all of it is there and synced. LT_ECORRUPT, and nothing changed: the journal ends below what the old store or a
 * snapshot proves to have been committed, by more records than may_lose. */
enum lt_err maintain_rebuild(const char *data, uint64_t may_lose, const struct maintain_progress *progress,
			     struct maintain_rebuilt *rebuilt);

struct maintain_skip_act {
	uint64_t sequence; /* of the record */
	bool dry_run;      /* everything but the record of the skip */
	const char *operator_name, *reason, *login;
	uint32_t uid;
	int64_t time;                                        /* when, by this machine's clock */
	void (*random)(void *ctx, uint8_t *out, size_t len); /* salts of the record */
	void *ctx;
};
/* Appends the record of a skip to the journal (engine/skips.h). LT_ENOENT: there is no such record. LT_EINVAL: the store has passed it, it is
 * skipped already, operator or reason is missing, the journal's end has to be looked at first. LT_ECORRUPT: it is not of one dossier, or
 * what stands behind it does not hold. After any of these nothing has changed. fault has room for MAINTAIN_FAULT. */
enum lt_err maintain_skip(const char *data, const struct maintain_skip_act *by,
			  const struct maintain_progress *progress, char *fault);

#endif
