/* journal.h: the commit point and the only source of truth. docs/disk-format.md has the bytes.
 *
 * Segments of framed batches. A batch: header (magic, format, segment id, first sequence, count, lengths, hash of the
 * batch before, term, hash, secret), table of lengths, shared bytes, records, part bytes. The hash covers header, table, shared bytes and the
 * leaves of the records, not their bytes: a leaf binds its record, and a piece of a record may be replaced by its digest and every
 * hash stays. Nor does it cover part bytes: the signed header in a record binds each part by its SHA-256, so parts can be punched out.
 * What a record is the journal does not know: it is given the leaf, and a function that makes it of a record's bytes. What several
 * records of one batch have in common (the signed root of a batch of envelopes) stands on the disk once, in that batch and for it
 * alone; whoever reads a record gets it whole.
 * Threads: journal_write is the journal thread's; everything else is the engine thread's, but where it says "any". Other threads
 * read through a follower. */
#ifndef BROKER_JOURNAL_H
#define BROKER_JOURNAL_H

#include <lienthong/base.h>
#include "disk.h"

#define JOURNAL_SEGMENT_BYTES (64u << 20) /* default; about 20,000 hand-offs of 3 KiB */

#define JOURNAL_SHARED_RECENT \
	16u              /* shared pieces that are looked among: as many senders of batches take turns in one frame */
#define JOURNAL_STEP 34u /* bytes of a step of a path: a hash, as a signature has it */
#define JOURNAL_STEPS_MAX 8u /* a tree over 256 headers has no longer paths */

/* What the engine hands over: records in order, each with its parts behind it. */
struct journal_batch {
	uint64_t first; /* sequence of the first record */
	uint64_t term;  /* of the broker among its standbys; journal_batch_clear leaves it */
	uint32_t count;
	struct lt_buf records; /* record bytes one after the other, each whole */
	struct lt_buf shared;  /* what records of this batch have in common, once */
	size_t shared_spared;  /* bytes of records that the disk is spared by it */
	struct {
		uint32_t from;
		uint16_t len;
		uint8_t steps;                    /* of the path of the last record that has this piece */
		uint32_t path[JOURNAL_STEPS_MAX]; /* where they stand in shared, the last one first */
	} recent[JOURNAL_SHARED_RECENT];          /* in shared; the last one is at recent_count - 1, modulo its size */
	uint32_t recent_count;
	struct lt_buf parts;  /* part bytes one after the other */
	struct lt_buf table;  /* see journal_batch_add */
	struct lt_buf leaves; /* count * 32 bytes: leaf hashes */
};
void journal_batch_clear(struct journal_batch *batch, uint64_t first);
void journal_batch_fini(struct journal_batch *batch);
/* Appends one record with its leaf hash. All is copied. `shared`: the ranges of it that other records may have too. LT_ENOMEM. */
struct journal_shared {
	uint32_t at; /* a piece; length 0: nothing is shared */
	uint16_t len;
	/* So many bytes behind it the steps of a path, JOURNAL_STEP bytes each, at most JOURNAL_STEPS_MAX: two paths that meet go on
	 * together to their end. */
	uint8_t gap, steps;
};
enum lt_err journal_batch_add(struct journal_batch *batch, struct lt_bytes record, struct journal_shared shared,
			      const uint8_t leaf[32], const struct lt_bytes *parts, size_t part_count);
/* Record, parts and leaf hash of one sequence in a batch that is still in memory; views. */
struct journal_entry {
	uint64_t sequence;
	struct lt_bytes record;
	size_t part_count;
	struct lt_bytes parts[32];
	bool in_memory;    /* from the batches that were written last: the disk had no chance to spoil it */
	bool parts_elided; /* part bytes are gone; parts[i].len still tells their size */
	uint8_t leaf_hash[32];
};
void journal_batch_entry(const struct journal_batch *batch, uint64_t sequence, struct journal_entry *out);

/* Proof that a batch is on disk. Only journal_write makes one, and engine_release asks for it. */
struct commit {
	uint64_t first, last; /* sequences; both 0: nothing */
	uint64_t segment, offset;
};

/* The leaf hash of a record's bytes. False: they are no record. */
typedef bool journal_leaf(struct lt_bytes record, uint8_t leaf[32]);
/* Appends a record without what an ERASE takes, by so many bytes shorter: lt_record_erase. */
typedef enum lt_err journal_eraser(struct lt_bytes record, uint64_t act, size_t shorter, struct lt_buf *out);

struct journal;
struct journal_options {
	journal_leaf *leaf;
	journal_eraser *erase;
	uint64_t segment_bytes;
	bool preallocate; /* zeros kept ahead of the cursor: a sync has less metadata to write, and 1 MiB more each time they are used up; the broker has none */
	bool read_only;   /* tools: nothing is cut, rewritten or made */
	uint64_t secret;  /* of a journal that has no batch yet: random, and known to nobody who sends parts */
	uint64_t
		proven; /* a witness (store, snapshot) knows that the journal was committed up to here; 0: none. What it
			  * proves is never called a torn tail: that would be damage, and nothing is cut */
};
/* What opening found, for the log and for `store check`. */
struct journal_report {
	uint64_t first, last; /* sequences on disk */
	uint64_t torn_bytes;  /* cut from the end; what was cut is kept beside the segments, in torn_file */
	char torn_file[64];   /* "" when nothing was cut */
	char damage[240];     /* "" or where and what: the journal does not open (LT_ECORRUPT) */
};
/* Recovers: checks from sequence `check_from` on; a bad last batch is a torn tail and is cut, a bad batch with a valid one
 * behind it is damage. The tail from check_from on (at most the last two segments: older ones were synced again when sealed) is rewritten
 * and synced before it returns (after a failed sync the page cache lies). `disk` must outlive the journal. */
enum lt_err journal_open(const struct disk *disk, const struct journal_options *options, uint64_t check_from,
			 struct journal_report *report, struct journal **out);
void journal_close(struct journal *journal);
uint64_t journal_head(const struct journal *journal); /* last published sequence */
/* From here on every record is there; before it some may be, when only some files of the archive are. */
uint64_t journal_first(const struct journal *journal);
uint64_t journal_bytes(const struct journal *journal);

/* Writes and syncs one batch; the batch before must have returned. Any failure is final: LT_EIO or LT_EFULL, and the caller
 * stops the process at once. Journal thread. */
enum lt_err journal_write(struct journal *journal, const struct journal_batch *batch, struct commit *out);
/* Makes a committed batch readable. Engine thread. */
void journal_publish(struct journal *journal, const struct commit *commit, const struct journal_batch *batch);

/* Reads one published record into buf (views in out point there). Recent records come from memory. Checks the leaf hash where an
 * index has it and every part against nothing: digests are in the signed header. LT_ENOENT below journal_first, LT_ECORRUPT. */
enum lt_err journal_read(struct journal *journal, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out);
/* The same, of records that are in memory: LT_EAGAIN when it is not, and no disk is asked. Nothing is copied: the views live until the
 * next journal_publish or journal_elide, and buf is left alone. */
enum lt_err journal_read_recent(struct journal *journal, uint64_t sequence, struct lt_buf *buf,
				struct journal_entry *out);
/* A second journal over the same files, which reads alone, for one other thread: it has files and indexes of its own, and no memory of
 * recent records. It sees what was published up to its last journal_follow, its own thread's, which waits for no disk and keeps
 * nobody waiting. `journal` and `disk` must outlive it. LT_ENOMEM. */
enum lt_err journal_open_follower(struct journal *journal, const struct disk *disk, struct journal **out);
void journal_follow(struct journal *journal); /* of any other journal: nothing */
/* Every record from..to in order, whole batches checked. The callback's error ends it and is returned. */
enum lt_err journal_scan(struct journal *journal, uint64_t from, uint64_t to,
			 enum lt_err (*each)(void *ctx, const struct journal_entry *entry), void *ctx);
/* Punches the part bytes of one record out. Idempotent. Only after the ELIDE record that names it was committed. LT_EAGAIN
 * while the record is in the last batch, which is told from a torn one by its part bytes. */
enum lt_err journal_elide(struct journal *journal, uint64_t sequence);
/* What stood in these records goes by the ERASE record `act`, which is committed: from the disk, synced, and from memory. No hash
 * changes, and no length. A crash in the middle is ended by the next journal_open. What is gone already stays as it is. *unread: the
 * last of them that is not here or cannot be read, and is as it was; 0: none. LT_EIO, LT_EFULL, LT_ENOMEM: nobody knows. */
enum lt_err journal_erase(struct journal *journal, const uint64_t *sequences, size_t count, uint64_t act,
			  uint64_t *unread);
/* A sealed segment for the archive: the first one that begins at `from` or later. False: there is none. `changes` counts what was
 * done to it in place. Whoever has copied it and finds the count unchanged may remove the original, and says so with
 * journal_moved: it is opened in the archive from then on, by followers too. Engine thread. */
struct journal_sealed {
	uint64_t first, last;
	uint32_t changes;
};
bool journal_next_sealed(struct journal *journal, uint64_t from, struct journal_sealed *out);
void journal_moved(struct journal *journal, uint64_t first);
/* Every batch of one segment's file: a copy. LT_ECORRUPT: report->damage says where. Any thread, `disk` its own. */
enum lt_err journal_check_copy(const struct disk *disk, journal_leaf *leaf, uint64_t first, uint64_t last,
			       struct journal_report *report);
/* Checks every segment from the start: `store check`. `progress` may be NULL. Any thread, on its own journal. */
enum lt_err journal_check(struct journal *journal, void (*progress)(void *ctx, uint64_t sequence), void *ctx,
			  struct journal_report *report);

/* The background scrub, beside a journal that is being written: every segment but the last, on which the journal thread may be at
 * work. `goes_on` is asked after each batch; false ends it: LT_ECLOSED. LT_ECORRUPT: report->damage says where. Any thread; `disk`
 * is its own (disk_open_beside). */
enum lt_err journal_scrub(const struct disk *disk, journal_leaf *leaf,
			  bool (*goes_on)(void *ctx, uint64_t sequence, size_t bytes), void *ctx,
			  struct journal_report *report);

#endif
