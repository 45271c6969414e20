/* journal_internal.h: what the files of JOURNAL share. docs/disk-format.md has the bytes. */
#ifndef BROKER_JOURNAL_INTERNAL_H
#define BROKER_JOURNAL_INTERNAL_H

#include "journal.h"
#include "segment.h"

#include <pthread.h>

enum {
	FRAME_HEADER = 136,
	FRAME_ALIGN = 64,
	FRAME_FORMAT = 5,
	FRAME_RECORDS_MAX = 65536, /* a batch has 512; more is not one of ours */
	FRAME_PART_MARK = 0xA5,    /* stands before a record's parts; zero when they were punched out */
	FRAME_SHARED_MARK = 0xA5,  /* stands before a record that has a piece among the shared bytes */
	FRAME_ALONE_MARK = 0,      /* or: that piece was erased, what follows is all of it */
	LINE_FIXED = 6,            /* bytes of a line of the table, without what is said of a shared piece and parts */
	LINE_WHOLE = 0,            /* what of the record is shared: nothing */
	LINE_PIECE = 1,
	LINE_PIECE_AND_PATH = 2,
	LINE_SHARED = 10,
	LINE_PATH = 6,
	STEP_NEXT = 4,           /* stand before a step among the shared bytes: where the next one of its path stands */
	SEGMENT_AHEAD = 1 << 20, /* zeros kept ahead of the cursor: 4 ms of disk, once for 350 small batches */
	SEGMENTS_OPEN = 16,      /* sealed segments with index and descriptor in memory: 300 KB each */
	CACHE_BYTES = 16 << 20,  /* recent batches in memory: about one second of the peak */
	CACHE_BATCHES = 4096,    /* power of two; as many batches of 4 KiB as fit */
	TORN_FILES_MAX = 1000,   /* torn tails kept aside at one sequence; each is one crash */
	SEARCH_BYTES = 1 << 20,  /* one read when looking for a valid batch */
	ERASING_MAX = 64 << 20,  /* bytes of a file `erasing`: 256 records are less */
};
#define FRAME_BYTES_MAX (UINT64_C(1) << 30) /* of one batch: bounds what a damaged header makes us allocate */

struct frame {
	uint64_t segment, first, term;
	uint64_t secret; /* the journal's */
	uint32_t count, table_len, shared_len, records_len;
	uint64_t parts_len, parts_sum;
	uint8_t before[32], hash[32];
};
/* A batch in memory as it is read: header, table, shared bytes, records, perhaps part bytes; and the leaves of its records. */
struct frame_buf {
	journal_leaf *leaf;
	struct lt_buf bytes, leaves;
	struct lt_buf record; /* one that was made whole */
};
void frame_buf_fini(struct frame_buf *buf);
void frame_encode(const struct frame *frame, uint8_t out[FRAME_HEADER]);
/* False when it cannot be a header: magic, format, lengths. */
bool frame_decode(const uint8_t in[FRAME_HEADER], struct frame *out);
uint64_t frame_size(const struct frame *frame); /* with padding */
uint64_t frame_parts_offset(const struct frame *frame);
/* Reads and checks header, table, shared bytes and records at an offset into buf, and makes their leaves. LT_ENOENT: no batch, or one that does
 * not hold. */
enum lt_err frame_load(const struct disk *disk, int file, uint64_t offset, uint64_t segment, struct frame_buf *buf,
		       struct frame *out);
/* Reads the part bytes behind what frame_load has left in buf. LT_ENOENT when they are not all there. */
enum lt_err frame_load_parts(const struct disk *disk, int file, uint64_t offset, const struct frame *frame,
			     struct frame_buf *buf);
struct lt_bytes frame_table(const struct frame *frame, const struct frame_buf *buf);
const uint8_t *frame_parts(const struct frame *frame, const struct frame_buf *buf);

/* One walk over a table: lengths of record after record. */
struct table_walk {
	struct lt_bytes table;
	bool on_disk; /* records stand as on the disk, without their shared pieces; else whole */
	size_t at;
	uint64_t record_offset, parts_offset;        /* of this record, in records and parts */
	uint32_t record_len, disk_len;               /* whole; on the disk */
	uint32_t shared_at, shared_from, shared_len; /* in the record, among the shared bytes; length 0: none */
	uint32_t path_gap, path_from, steps;         /* behind that piece, of the first step among the shared bytes */
	uint32_t part_count;
	const uint8_t *part_lens; /* little-endian, 4 bytes each */
	uint64_t parts_len;       /* with the mark */
};
void table_begin(struct table_walk *walk, struct lt_bytes table, bool on_disk);
bool table_next(struct table_walk *walk); /* false at the end or on damage */
bool table_to(struct table_walk *walk, uint64_t index);
/* Appends the whole record of what stands on the disk, disk_len bytes; shared: all of the frame. LT_ECORRUPT. */
enum lt_err table_join(const struct table_walk *walk, const uint8_t *record, struct lt_bytes shared,
		       struct lt_buf *out);
/* Appends the record as it stands on the disk. There is room. */
void table_split(const struct table_walk *walk, const uint8_t *record, struct lt_buf *out);
/* The record at which the walk over a loaded frame stands, whole: a view, until the next call. LT_ECORRUPT. */
enum lt_err frame_record(const struct frame *frame, struct frame_buf *buf, const struct table_walk *walk,
			 struct lt_bytes *out);
/* Fills an entry whose bytes are in memory; parts points at this record's mark, or is NULL when not wanted. */
void table_entry(const struct table_walk *walk, struct lt_bytes record, const uint8_t *parts,
		 struct journal_entry *out);

#define INDEX_UNREADABLE UINT64_MAX /* instead of an offset: in a batch that does not hold */
struct index_entry {
	uint64_t offset; /* of the batch in its segment */
	uint64_t leaf;   /* first 8 bytes of the record's leaf hash */
};
struct index {
	struct index_entry *entries;
	size_t count, cap;
};
enum lt_err index_push(struct index *index, uint64_t offset, uint64_t leaf);
enum lt_err index_add(struct index *index, uint64_t offset, const uint8_t leaf[32]);
enum lt_err index_add_frame(struct index *index, uint64_t offset, const struct frame *frame,
			    const struct frame_buf *buf);
void index_fini(struct index *index);
enum lt_err index_save(const struct disk *disk, uint64_t segment, const struct index *index);
/* How many entries the sidecar says there are; LT_ENOENT when it is missing or none of that segment. */
enum lt_err index_count(const struct disk *disk, uint64_t segment, uint64_t *count);

struct segment {
	uint64_t first, last;  /* sequences; last is first - 1 while empty */
	uint64_t bytes;        /* up to the end of its last batch */
	int file;              /* -1: not open */
	bool archived;         /* it was when the journal was opened */
	bool indexed, partial; /* partial: some of its batches do not hold */
	struct index index;
	uint64_t used;    /* when last read, for eviction */
	uint32_t changes; /* in place: punched out or erased since the start */
};
/* Opens and indexes for reading; rebuilds a missing or damaged sidecar. */
enum lt_err segment_ready(struct journal *journal, struct segment *segment);
void segment_release(struct journal *journal, struct segment *segment);
/* A sealed segment is open now: of SEGMENTS_OPEN others the one that was read longest ago is released. */
void segment_note_open(struct journal *journal, const struct segment *opened);
struct segment *segment_of(struct journal *journal, uint64_t sequence);

/* The journal thread's side. */
struct writer {
	uint64_t segment, offset, zeroed;
	uint64_t next; /* sequence */
	int file;      /* -1: the next batch begins a segment */
	bool failed;
	uint8_t before[32];
	struct lt_buf frame;
	struct index index;
};

struct cached {
	uint64_t first;
	uint32_t count;
	size_t start, len; /* in the ring */
	size_t records, parts, leaves, places;
	size_t table_len;
};
struct cache {
	uint8_t *ring; /* NULL until the first batch */
	size_t head;   /* where the next goes */
	struct cached slots[CACHE_BATCHES];
	uint64_t oldest, next; /* slot numbers, not wrapped */
};
void cache_fini(struct cache *cache);
void cache_add(struct cache *cache, const struct journal_batch *batch);
/* Copies one entry into buf. False when it is not there. */
bool cache_read(const struct cache *cache, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out);
/* The same as views into the cache, which live until the next cache_add or cache_elide. */
bool cache_view(const struct cache *cache, uint64_t sequence, struct journal_entry *out);
void cache_elide(struct cache *cache, uint64_t sequence);
/* The record as it is kept, to be written over; NULL: it is not there. */
uint8_t *cache_record(struct cache *cache, uint64_t sequence, size_t *len);

struct journal {
	const struct disk *disk;
	uint64_t open[SEGMENTS_OPEN]; /* first sequences of the sealed segments that are open */
	size_t open_count;
	struct journal_options options;
	/* In every batch of this journal and told to nobody: part bytes are a peer's and may be made to look like a batch, but not
	 * like one of ours. */
	uint64_t secret;
	struct journal *leader; /* NULL but for a follower */
	/* Held while the list of segments, the index of the last one, or the head change, and while a follower copies them. */
	pthread_mutex_t published;
	struct segment *segments; /* engine's; in order */
	size_t segment_count, segment_cap;
	uint64_t head;
	uint64_t reads;
	size_t moves,
		moves_seen; /* segments that went to the archive; up to which one a follower has let its files go */
	size_t chain;       /* from this segment on none is missing; those before are an archive with gaps */
	struct frame_buf scratch;
	struct cache cache;
	struct writer writer; /* journal thread's */
};
/* Header and table of the batch that holds a sequence, into scratch; the walk stands at its record. */
enum lt_err journal_find(struct journal *journal, uint64_t sequence, struct segment **segment, uint64_t *offset,
			 struct frame *frame, struct table_walk *walk);
/* journal_read without its memory. */
enum lt_err journal_read_disk(struct journal *journal, uint64_t sequence, struct lt_buf *buf,
			      struct journal_entry *out);
/* What a crash has left of an erasing is ended, or was not begun. */
enum lt_err journal_end_erasing(const struct disk *disk);
enum lt_err journal_add_segment(struct journal *journal, uint64_t first);
/* Fills segments, head and writer. */
enum lt_err journal_recover(struct journal *journal, uint64_t check_from, struct journal_report *report);

#endif
