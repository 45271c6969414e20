/* journal_erase.c: what stood in a record goes, in place, so that every length, offset and hash stays.
 *
 * A record that is written over half would be damage. So what is to stand there goes first into a file `erasing` beside the segments,
 * synced; then over the records, synced; then the file goes. It holds nothing but heads, digests, outcomes and zeros. A crash before it
 * is whole has changed nothing: it is thrown away, and the replay of the ERASE record does all of it again. A crash behind that: the
 * next open writes the same bytes once more.
 *
 *   erasing   magic (8); for each record its segment (8), its offset there (8), length (8), and the bytes; XXH64 of all before (8) */
#include "journal_internal.h"

#include "base/checksum.h"
#include "base/fields.h"

#include <string.h>

enum { MAGIC = 8, ITEM = 8 + 8 + 8, SUM = 8 };
static const char magic[MAGIC + 1] = "LTERASE1";
static const char name_of[] = "erasing";

/* ---- the plan ---- */

struct erasing {
	uint64_t segment, offset;
	struct lt_bytes bytes;
};

/* False: at the end, or at what is none. */
static bool next_item(struct lt_bytes *rest, struct erasing *out)
{
	if (rest->len < ITEM)
		return false;
	out->segment = fields_raw_get64(rest->data);
	out->offset = fields_raw_get64(rest->data + 8);
	uint64_t len = fields_raw_get64(rest->data + 16);
	if (len > rest->len - ITEM)
		return false;
	out->bytes = lt_bytes(rest->data + ITEM, (size_t)len);
	*rest = lt_bytes(rest->data + ITEM + len, rest->len - ITEM - (size_t)len);
	return true;
}

static enum lt_err add_item(struct lt_buf *plan, const struct erasing *item)
{
	enum lt_err err = lt_buf_reserve(plan, ITEM + item->bytes.len);
	if (err)
		return err;
	fields_raw_put64(plan->data + plan->len, item->segment);
	fields_raw_put64(plan->data + plan->len + 8, item->offset);
	fields_raw_put64(plan->data + plan->len + 16, item->bytes.len);
	memcpy(plan->data + plan->len + ITEM, item->bytes.data, item->bytes.len);
	plan->len += ITEM + item->bytes.len;
	return LT_OK;
}

static enum lt_err write_plan(const struct disk *disk, struct lt_buf *plan)
{
	int file = -1;
	enum lt_err err = lt_buf_reserve(plan, SUM);
	if (err)
		return err;
	fields_raw_put64(plan->data + plan->len, checksum64(0, plan->data, plan->len));
	err = disk->open(disk->ctx, name_of, true, &file);
	if (!err)
		err = disk->truncate(disk->ctx, file, 0);
	if (!err)
		err = disk->write(disk->ctx, file, 0, plan->data, plan->len + SUM);
	if (!err)
		err = disk->sync(disk->ctx, file);
	if (file >= 0)
		disk->close(disk->ctx, file);
	return err ? err : disk->sync_folder(disk->ctx);
}

/* LT_ENOENT: there is none, or it is not whole. */
static enum lt_err read_plan(const struct disk *disk, struct lt_buf *plan)
{
	uint64_t size = 0;
	size_t got = 0;
	int file;
	enum lt_err err = disk->open(disk->ctx, name_of, false, &file);
	if (err)
		return err;
	err = disk->size(disk->ctx, file, &size);
	if (!err && (size < MAGIC + SUM || size > ERASING_MAX))
		err = LT_ENOENT;
	if (!err)
		err = lt_buf_reserve(plan, (size_t)size);
	if (!err)
		err = disk->read(disk->ctx, file, 0, plan->data, (size_t)size, &got);
	disk->close(disk->ctx, file);
	if (err)
		return err;
	plan->len = got - SUM;
	bool whole = got == size && memcmp(plan->data, magic, MAGIC) == 0 &&
		     fields_raw_get64(plan->data + plan->len) == checksum64(0, plan->data, plan->len);
	return whole ? LT_OK : LT_ENOENT;
}

static enum lt_err write_over(const struct disk *disk, const struct erasing *item)
{
	char name[SEGMENT_NAME];
	int file;
	segment_name(item->segment, "ltj", name);
	enum lt_err err = disk->open(disk->ctx, name, false, &file);
	if (err)
		return err;
	err = disk->write(disk->ctx, file, item->offset, item->bytes.data, item->bytes.len);
	if (!err)
		err = disk->sync(disk->ctx, file);
	disk->close(disk->ctx, file);
	return err;
}

/* And the plan goes. */
static enum lt_err carry_out(const struct disk *disk, const struct lt_buf *plan)
{
	struct lt_bytes rest = lt_bytes(plan->data + MAGIC, plan->len - MAGIC);
	struct erasing item;
	enum lt_err err = LT_OK;
	while (!err && next_item(&rest, &item))
		err = write_over(disk, &item);
	if (err)
		return err;
	err = disk->remove(disk->ctx, name_of);
	return err ? err : disk->sync_folder(disk->ctx);
}

enum lt_err journal_end_erasing(const struct disk *disk)
{
	struct lt_buf plan = { 0 };
	enum lt_err err = read_plan(disk, &plan);
	if (!err)
		err = carry_out(disk, &plan);
	else if (err == LT_ENOENT)
		err = disk->remove(disk->ctx, name_of);
	lt_buf_fini(&plan);
	return err == LT_ENOENT ? LT_OK : err;
}

/* ---- records ---- */

static enum lt_err erase_cached(struct journal *journal, uint64_t sequence, uint64_t act)
{
	size_t len;
	struct lt_buf out = { 0 };
	uint8_t *record = cache_record(&journal->cache, sequence, &len);
	if (!record)
		return LT_OK;
	enum lt_err err = journal->options.erase(lt_bytes(record, len), act, 0, &out);
	if (!err && out.len == len)
		memcpy(record, out.data, len);
	lt_buf_fini(&out);
	return err;
}

/* What is to stand on the disk in place of the record. A piece that it shared with others stays theirs. */
static enum lt_err make_bytes(struct journal *journal, struct lt_bytes record, uint64_t act,
			      const struct table_walk *walk, struct lt_buf *out)
{
	static const uint8_t alone = FRAME_ALONE_MARK;
	uint8_t before[32], after[32];
	size_t mark = walk->shared_len > 0 ? 1 : 0;
	if (record.len + mark < walk->disk_len || !journal->options.leaf(record, before))
		return LT_ECORRUPT;
	enum lt_err err = mark ? lt_buf_append(out, &alone, 1) : LT_OK;
	if (!err)
		err = journal->options.erase(record, act, record.len + mark - walk->disk_len, out);
	if (err)
		return err == LT_ENOMEM ? err : LT_ECORRUPT;
	bool same = out->len == walk->disk_len &&
		    journal->options.leaf(lt_bytes(out->data + mark, out->len - mark), after) &&
		    memcmp(before, after, 32) == 0;
	return same ? LT_OK : LT_ECORRUPT;
}

static enum lt_err plan_record(struct journal *journal, uint64_t sequence, uint64_t act, struct lt_buf *plan)
{
	struct lt_buf read = { 0 }, made = { 0 };
	struct journal_entry entry;
	struct segment *segment;
	struct table_walk walk;
	struct frame frame;
	uint64_t offset;
	enum lt_err err = journal_read_disk(journal, sequence, &read, &entry);
	if (!err)
		err = journal_find(journal, sequence, &segment, &offset, &frame, &walk);
	if (!err)
		err = make_bytes(journal, entry.record, act, &walk, &made);
	if (!err) {
		uint64_t records = offset + FRAME_HEADER + frame.table_len + frame.shared_len;
		struct erasing item = { segment->first, records + walk.record_offset, lt_buf_bytes(&made) };
		err = add_item(plan, &item);
		segment->changes++;
	}
	lt_buf_fini(&read);
	lt_buf_fini(&made);
	return err;
}

enum lt_err journal_erase(struct journal *journal, const uint64_t *sequences, size_t count, uint64_t act,
			  uint64_t *unread)
{
	struct lt_buf plan = { 0 };
	enum lt_err err = lt_buf_append(&plan, magic, MAGIC);
	*unread = 0;
	for (size_t i = 0; i < count && !err; i++) {
		err = erase_cached(journal, sequences[i], act);
		if (!err)
			err = plan_record(journal, sequences[i], act, &plan);
		if (err != LT_ECORRUPT && err != LT_ENOENT)
			continue;
		*unread = sequences[i];
		err = LT_OK;
	}
	if (!err && plan.len > MAGIC)
		err = write_plan(journal->disk, &plan);
	if (!err && plan.len > MAGIC)
		err = carry_out(journal->disk, &plan);
	lt_buf_fini(&plan);
	return err;
}
