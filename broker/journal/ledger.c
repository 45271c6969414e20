/* ledger.c: rows of hashes on the disk, and proofs out of them. */
#include "ledger.h"

#include "program/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LEVELS = 8,  /* 256^8 leaves */
	WIDTH = 256, /* entries of a tile, c2sp.org/tlog-tiles */
	WIDTH_BITS = 8,
	FILE_BITS = 16, /* entries of a file: 2 MiB */
	NAME = 48,
	REPLAY_STORE = 1 << 16, /* leaves taken from the journal between two stores of a replay */
};

/* Of each level the entries that no entry above covers yet, and those that are not on the disk yet. */
struct hash_row {
	uint64_t stored;         /* entries on the disk */
	uint8_t tile[WIDTH][32]; /* entries from the last multiple of 256 on */
	struct lt_buf fresh;     /* to be written */
};
struct ledger {
	const struct disk *disk;
	/* engine */
	uint64_t appended;
	struct lt_buf waiting;
	int64_t waiting_time;
	/* handed over */
	struct lt_buf taken;
	int64_t taken_time, stored_time;
	/* ledger thread */
	struct lt_merkle tree;
	struct hash_row rows[LEVELS];
	bool new_file;
};

static void file_name(unsigned level, uint64_t number, char out[NAME])
{
	snprintf(out, NAME, "tiles-%u-%012llu", level, (unsigned long long)number);
}

/* ---- reading ---- */

/* `count` entries that lie in one file. */
static enum lt_err read_entries(const struct ledger *ledger, unsigned level, uint64_t first, size_t count,
				uint8_t (*out)[32])
{
	const struct disk *disk = ledger->disk;
	char name[NAME];
	int file;
	size_t got = 0;
	file_name(level, first >> FILE_BITS, name);
	enum lt_err err = disk->open(disk->ctx, name, false, &file);
	if (err)
		return err == LT_ENOENT ? LT_ECORRUPT : err;
	uint64_t at = (first & ((UINT64_C(1) << FILE_BITS) - 1)) * 32;
	err = disk->read(disk->ctx, file, at, out, 32 * count, &got);
	disk->close(disk->ctx, file);
	return !err && got != 32 * count ? LT_ECORRUPT : err;
}

/* Root of the full subtree of 2^height leaves that begins at index << height. */
static enum lt_err node(const struct ledger *ledger, unsigned height, uint64_t index, uint8_t out[32])
{
	uint8_t entries[WIDTH / 2][32];
	unsigned level = height / WIDTH_BITS, rest = height % WIDTH_BITS;
	enum lt_err err = read_entries(ledger, level, index << rest, (size_t)1 << rest, entries);
	if (!err)
		lt_merkle_root_of((const uint8_t(*)[32])entries, (size_t)1 << rest, out);
	return err;
}

static unsigned height_of(uint64_t count)
{
	return 63u - (unsigned)__builtin_clzll(count);
}

/* Root of the leaves [first, first + count), count over 0: full subtrees from the left, largest first; first is a multiple of the largest. */
static enum lt_err range_root(const struct ledger *ledger, uint64_t first, uint64_t count, uint8_t out[32])
{
	uint8_t parts[64][32];
	size_t len = 0;
	while (count > 0) {
		unsigned height = height_of(count);
		enum lt_err err = node(ledger, height, first >> height, parts[len++]);
		if (err)
			return err;
		first += UINT64_C(1) << height;
		count -= UINT64_C(1) << height;
	}
	LT_ASSERT(len > 0);
	memcpy(out, parts[len - 1], 32);
	for (size_t i = len - 1; i-- > 0;)
		lt_node_hash(parts[i], out, out);
	return LT_OK;
}

enum lt_err ledger_root_of(const struct ledger *ledger, uint64_t size, uint8_t root[32])
{
	if (size == 0) {
		lt_sha256(lt_bytes(NULL, 0), root);
		return LT_OK;
	}
	return range_root(ledger, 0, size, root);
}

static void turn_round(uint8_t (*hashes)[32], size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		uint8_t kept[32];
		memcpy(kept, hashes[i], 32);
		memcpy(hashes[i], hashes[count - 1 - i], 32);
		memcpy(hashes[count - 1 - i], kept, 32);
	}
}

/* The largest power of two below count; count is over 1. */
static uint64_t split_of(uint64_t count)
{
	return UINT64_C(1) << height_of(count - 1);
}

enum lt_err ledger_inclusion(const struct ledger *ledger, uint64_t index, uint64_t size,
			     uint8_t path[LT_MERKLE_PATH_MAX][32], size_t *count)
{
	uint64_t first = 0;
	size_t depth = 0;
	enum lt_err err = LT_OK;
	if (index >= size)
		return LT_EINVAL;
	while (size > 1 && !err) {
		uint64_t split = split_of(size);
		if (index < split) {
			err = range_root(ledger, first + split, size - split, path[depth++]);
			size = split;
		} else {
			err = range_root(ledger, first, split, path[depth++]);
			first += split;
			size -= split;
			index -= split;
		}
	}
	turn_round(path, depth);
	*count = depth;
	return err;
}

enum lt_err ledger_consistency(const struct ledger *ledger, uint64_t old_size, uint64_t size,
			       uint8_t proof[LT_MERKLE_PATH_MAX + 1][32], size_t *count)
{
	uint64_t first = 0;
	size_t depth = 0;
	bool known = true; /* the checker has the old root itself, until the walk has gone right */
	enum lt_err err = LT_OK;
	if (old_size == 0 || old_size > size)
		return LT_EINVAL;
	while (old_size < size && !err) {
		uint64_t split = split_of(size);
		if (old_size <= split) {
			err = range_root(ledger, first + split, size - split, proof[depth++]);
			size = split;
		} else {
			err = range_root(ledger, first, split, proof[depth++]);
			first += split;
			size -= split;
			old_size -= split;
			known = false;
		}
	}
	if (!known && !err)
		err = range_root(ledger, first, size, proof[depth++]);
	turn_round(proof, depth);
	*count = depth;
	return err;
}

/* ---- writing ---- */

/* An entry of a level; the 256th of a tile makes one of the level above. */
static enum lt_err add_entry(struct ledger *ledger, unsigned level, const uint8_t hash[32])
{
	struct hash_row *row = &ledger->rows[level];
	uint64_t index = row->stored + row->fresh.len / 32;
	size_t at = (size_t)(index % WIDTH);
	memcpy(row->tile[at], hash, 32);
	enum lt_err err = lt_buf_append(&row->fresh, hash, 32);
	if (err || at + 1 < WIDTH || level + 1 == LEVELS)
		return err;
	uint8_t above[32];
	lt_merkle_root_of((const uint8_t(*)[32])row->tile, WIDTH, above);
	return add_entry(ledger, level + 1, above);
}

static enum lt_err write_piece(struct ledger *ledger, unsigned level, uint64_t first, const uint8_t *hashes,
			       size_t count)
{
	const struct disk *disk = ledger->disk;
	char name[NAME];
	int file;
	uint64_t at = first & ((UINT64_C(1) << FILE_BITS) - 1);
	file_name(level, first >> FILE_BITS, name);
	enum lt_err err = disk->open(disk->ctx, name, true, &file);
	if (err)
		return err;
	ledger->new_file |= at == 0;
	err = disk->write(disk->ctx, file, 32 * at, hashes, 32 * count);
	if (!err)
		err = disk->sync(disk->ctx, file);
	disk->close(disk->ctx, file);
	return err;
}

static enum lt_err write_row(struct ledger *ledger, unsigned level)
{
	struct hash_row *row = &ledger->rows[level];
	size_t done = 0, count = row->fresh.len / 32;
	enum lt_err err = LT_OK;
	while (done < count && !err) {
		uint64_t first = row->stored + done,
			 room = (UINT64_C(1) << FILE_BITS) - (first & ((1u << FILE_BITS) - 1));
		size_t piece = count - done < room ? count - done : (size_t)room;
		err = write_piece(ledger, level, first, row->fresh.data + 32 * done, piece);
		done += piece;
	}
	if (!err)
		row->stored += count;
	lt_buf_clear(&row->fresh);
	return err;
}

enum lt_err ledger_store(struct ledger *ledger)
{
	enum lt_err err = LT_OK;
	for (size_t at = 0; at < ledger->taken.len && !err; at += 32) {
		lt_merkle_append(&ledger->tree, ledger->taken.data + at);
		err = add_entry(ledger, 0, ledger->taken.data + at);
	}
	ledger->new_file = false;
	for (unsigned level = 0; level < LEVELS && !err; level++)
		err = write_row(ledger, level);
	if (!err && ledger->new_file)
		err = ledger->disk->sync_folder(ledger->disk->ctx);
	ledger->stored_time = ledger->taken_time;
	lt_buf_clear(&ledger->taken);
	return err;
}

void ledger_tree(const struct ledger *ledger, uint64_t *size, uint8_t root[32], int64_t *time)
{
	*size = ledger->tree.size;
	*time = ledger->stored_time;
	lt_merkle_root(&ledger->tree, root);
}

/* ---- the engine's side ---- */

uint64_t ledger_size(const struct ledger *ledger)
{
	return ledger->appended;
}

void ledger_append(struct ledger *ledger, const struct journal_batch *batch, int64_t time)
{
	if (batch->count == 0)
		return;
	LT_ASSERT(batch->first == ledger->appended + 1);
	if (lt_buf_append(&ledger->waiting, batch->leaves.data, batch->leaves.len))
		lt_fatal("out of memory for leaves of the ledger");
	ledger->appended += batch->count;
	ledger->waiting_time = time;
}

bool ledger_take(struct ledger *ledger)
{
	LT_ASSERT(ledger->taken.len == 0);
	if (ledger->waiting.len == 0)
		return false;
	struct lt_buf empty = ledger->taken;
	ledger->taken = ledger->waiting;
	ledger->taken_time = ledger->waiting_time;
	ledger->waiting = empty;
	return true;
}

static enum lt_err add_leaf(void *ctx, const struct journal_entry *entry)
{
	struct ledger *ledger = ctx;
	LT_ASSERT(entry->sequence == ledger->appended + 1);
	enum lt_err err = lt_buf_append(&ledger->waiting, entry->leaf_hash, 32);
	ledger->appended++;
	if (err || ledger->waiting.len < 32 * (size_t)REPLAY_STORE)
		return err;
	ledger_take(ledger);
	return ledger_store(ledger);
}

enum lt_err ledger_replay(struct ledger *ledger, struct journal *journal, int64_t time)
{
	uint64_t head = journal_head(journal);
	enum lt_err err = LT_OK;
	if (ledger->appended < head)
		err = journal_scan(journal, ledger->appended + 1, head, add_leaf, ledger);
	ledger->waiting_time = time;
	ledger->stored_time = time;
	if (!err && ledger_take(ledger))
		err = ledger_store(ledger);
	return err;
}

/* ---- opening ---- */

/* What stands above `keep` may be torn: it goes, and comes again from the journal. LT_ECORRUPT: less is there. */
static enum lt_err cut_row(struct ledger *ledger, unsigned level, uint64_t keep)
{
	const struct disk *disk = ledger->disk;
	char name[NAME];
	uint64_t number = keep >> FILE_BITS, rest = (keep & ((UINT64_C(1) << FILE_BITS) - 1)) * 32, size = 0;
	int file;
	for (uint64_t above = number + 1;; above++) {
		file_name(level, above, name);
		enum lt_err err = disk->remove(disk->ctx, name);
		if (err == LT_ENOENT)
			break;
		if (err)
			return err;
	}
	file_name(level, number, name);
	enum lt_err err = disk->open(disk->ctx, name, false, &file);
	if (err == LT_ENOENT)
		return rest == 0 ? LT_OK : LT_ECORRUPT;
	if (err)
		return err;
	err = disk->size(disk->ctx, file, &size);
	if (!err && size < rest)
		err = LT_ECORRUPT;
	if (!err && size > rest)
		err = disk->truncate(disk->ctx, file, rest);
	disk->close(disk->ctx, file);
	return err;
}

static enum lt_err open_row(struct ledger *ledger, unsigned level, uint64_t keep)
{
	struct hash_row *row = &ledger->rows[level];
	size_t part = (size_t)(keep % WIDTH);
	row->stored = keep;
	enum lt_err err = cut_row(ledger, level, keep);
	if (!err && part > 0)
		err = read_entries(ledger, level, keep - part, part, row->tile);
	return err;
}

static enum lt_err find_peaks(struct ledger *ledger, uint64_t size)
{
	uint64_t first = 0;
	enum lt_err err = LT_OK;
	for (unsigned i = 64; i-- > 0 && !err;) {
		if (!(size >> i & 1))
			continue;
		err = node(ledger, i, first >> i, ledger->tree.peaks[i]);
		first += UINT64_C(1) << i;
	}
	ledger->tree.size = size;
	return err;
}

enum lt_err ledger_open(const struct disk *disk, uint64_t trusted, struct ledger **out)
{
	struct ledger *ledger = calloc(1, sizeof *ledger);
	if (!ledger)
		return LT_ENOMEM;
	ledger->disk = disk;
	lt_merkle_init(&ledger->tree);
	enum lt_err err = LT_OK;
	uint64_t keep = trusted;
	for (unsigned level = 0; level < LEVELS && !err; level++, keep /= WIDTH)
		err = open_row(ledger, level, keep);
	if (!err)
		err = find_peaks(ledger, trusted);
	ledger->appended = trusted;
	if (err) {
		ledger_close(ledger);
		return err;
	}
	*out = ledger;
	return LT_OK;
}

void ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (unsigned level = 0; level < LEVELS; level++)
		lt_buf_fini(&ledger->rows[level].fresh);
	lt_buf_fini(&ledger->waiting);
	lt_buf_fini(&ledger->taken);
	free(ledger);
}
