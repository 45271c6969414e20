/* journal_segment.c: the frame of a batch, and the names of segments. */
#include "journal_internal.h"

#include "base/fields.h"

#include <stdio.h>
#include <string.h>

static const uint8_t magic[8] = { 'L', 'T', 'J', 'B', 'A', 'T', 'C', 'H' };

void frame_encode(const struct frame *frame, uint8_t out[FRAME_HEADER])
{
	memcpy(out, magic, 8);
	fields_raw_put32(out + 8, FRAME_FORMAT);
	fields_raw_put32(out + 12, frame->count);
	fields_raw_put64(out + 16, frame->segment);
	fields_raw_put64(out + 24, frame->first);
	fields_raw_put32(out + 32, frame->table_len);
	fields_raw_put32(out + 36, frame->records_len);
	fields_raw_put32(out + 40, (uint32_t)frame->parts_len);
	fields_raw_put32(out + 44, frame->shared_len);
	fields_raw_put64(out + 48, frame->parts_sum);
	fields_raw_put64(out + 56, frame->term);
	memcpy(out + 64, frame->before, 32);
	memcpy(out + 96, frame->hash, 32);
	fields_raw_put64(out + 128, frame->secret);
}

bool frame_decode(const uint8_t in[FRAME_HEADER], struct frame *out)
{
	if (memcmp(in, magic, 8) != 0 || fields_raw_get32(in + 8) != FRAME_FORMAT)
		return false;
	out->count = fields_raw_get32(in + 12);
	out->segment = fields_raw_get64(in + 16);
	out->first = fields_raw_get64(in + 24);
	out->table_len = fields_raw_get32(in + 32);
	out->records_len = fields_raw_get32(in + 36);
	out->parts_len = fields_raw_get32(in + 40);
	out->shared_len = fields_raw_get32(in + 44);
	out->parts_sum = fields_raw_get64(in + 48);
	out->term = fields_raw_get64(in + 56);
	memcpy(out->before, in + 64, 32);
	memcpy(out->hash, in + 96, 32);
	out->secret = fields_raw_get64(in + 128);
	return out->count > 0 && out->count <= FRAME_RECORDS_MAX && out->first > 0 &&
	       out->first <= UINT64_MAX - out->count && out->table_len >= LINE_FIXED * out->count &&
	       out->parts_len <= FRAME_BYTES_MAX && frame_size(out) <= FRAME_BYTES_MAX;
}

uint64_t frame_parts_offset(const struct frame *frame)
{
	return (uint64_t)FRAME_HEADER + frame->table_len + frame->shared_len + frame->records_len;
}

uint64_t frame_size(const struct frame *frame)
{
	uint64_t bytes = frame_parts_offset(frame) + frame->parts_len;
	return (bytes + FRAME_ALIGN - 1) / FRAME_ALIGN * FRAME_ALIGN;
}

void frame_buf_fini(struct frame_buf *buf)
{
	lt_buf_fini(&buf->bytes);
	lt_buf_fini(&buf->leaves);
	lt_buf_fini(&buf->record);
}

struct lt_bytes frame_table(const struct frame *frame, const struct frame_buf *buf)
{
	return lt_bytes(buf->bytes.data + FRAME_HEADER, frame->table_len);
}

static const uint8_t *frame_shared(const struct frame *frame, const struct frame_buf *buf)
{
	return buf->bytes.data + FRAME_HEADER + frame->table_len;
}

static const uint8_t *frame_records(const struct frame *frame, const struct frame_buf *buf)
{
	return frame_shared(frame, buf) + frame->shared_len;
}

enum lt_err frame_record(const struct frame *frame, struct frame_buf *buf, const struct table_walk *walk,
			 struct lt_bytes *out)
{
	const uint8_t *record = frame_records(frame, buf) + walk->record_offset;
	*out = lt_bytes(record, walk->record_len);
	if (walk->record_len == 0 || walk->record_offset + walk->disk_len > frame->records_len)
		return LT_ECORRUPT;
	if (walk->shared_len == 0)
		return LT_OK;
	lt_buf_clear(&buf->record);
	enum lt_err err = table_join(walk, record, lt_bytes(frame_shared(frame, buf), frame->shared_len), &buf->record);
	*out = lt_buf_bytes(&buf->record);
	return err;
}

const uint8_t *frame_parts(const struct frame *frame, const struct frame_buf *buf)
{
	return buf->bytes.data + frame_parts_offset(frame);
}

static enum lt_err read_more(const struct disk *disk, int file, uint64_t offset, size_t len, struct lt_buf *buf)
{
	enum lt_err err = lt_buf_reserve(buf, len);
	if (err)
		return err;
	size_t got = 0;
	err = disk->read(disk->ctx, file, offset, buf->data + buf->len, len, &got);
	if (err)
		return err;
	if (got < len)
		return LT_ENOENT;
	buf->len += len;
	return LT_OK;
}

/* The table must describe the frame, and each record must have a leaf: `leaves` has room for them. LT_ENOENT when not. */
static enum lt_err make_leaves(const struct frame *frame, struct frame_buf *buf, uint8_t *leaves)
{
	struct table_walk walk;
	table_begin(&walk, frame_table(frame, buf), true);
	for (uint32_t i = 0; i < frame->count; i++) {
		struct lt_bytes record;
		if (!table_next(&walk))
			return LT_ENOENT;
		enum lt_err err = frame_record(frame, buf, &walk, &record);
		if (err == LT_ENOMEM)
			return err;
		if (err || !buf->leaf(record, leaves + (size_t)32 * i))
			return LT_ENOENT;
	}
	bool whole = walk.at == frame->table_len && walk.record_offset + walk.disk_len == frame->records_len &&
		     walk.parts_offset + walk.parts_len == frame->parts_len;
	return whole ? LT_OK : LT_ENOENT;
}

/* The hash is over header (its own field zero), table, shared bytes and leaves, one after the other. */
static enum lt_err check_frame(const struct frame *frame, struct frame_buf *buf)
{
	size_t head = FRAME_HEADER + (size_t)frame->table_len + frame->shared_len;
	struct lt_buf *text = &buf->leaves;
	uint8_t hash[32];
	lt_buf_clear(text);
	enum lt_err err = lt_buf_reserve(text, head + (size_t)32 * frame->count);
	if (err)
		return err;
	memcpy(text->data, buf->bytes.data, head);
	memset(text->data + 96, 0, 32);
	err = make_leaves(frame, buf, text->data + head);
	if (err)
		return err;
	lt_sha256(lt_bytes(text->data, head + (size_t)32 * frame->count), hash);
	text->len = (size_t)32 * frame->count;
	memmove(text->data, text->data + head, text->len);
	return memcmp(hash, frame->hash, 32) == 0 ? LT_OK : LT_ENOENT;
}

enum lt_err frame_load(const struct disk *disk, int file, uint64_t offset, uint64_t segment, struct frame_buf *buf,
		       struct frame *out)
{
	lt_buf_clear(&buf->bytes);
	enum lt_err err = read_more(disk, file, offset, FRAME_HEADER, &buf->bytes);
	if (err)
		return err;
	uint64_t size = 0;
	if (!frame_decode(buf->bytes.data, out) || out->segment != segment)
		return LT_ENOENT;
	err = disk->size(disk->ctx, file, &size);
	if (err)
		return err;
	if (size < offset || size - offset < frame_size(out))
		return LT_ENOENT;
	err = read_more(disk, file, offset + FRAME_HEADER, (size_t)frame_parts_offset(out) - FRAME_HEADER, &buf->bytes);
	return err ? err : check_frame(out, buf);
}

enum lt_err frame_load_parts(const struct disk *disk, int file, uint64_t offset, const struct frame *frame,
			     struct frame_buf *buf)
{
	return read_more(disk, file, offset + frame_parts_offset(frame), (size_t)frame->parts_len, &buf->bytes);
}

void segment_name(uint64_t first, const char *ending, char out[SEGMENT_NAME])
{
	snprintf(out, SEGMENT_NAME, "seg-%020llu.%s", (unsigned long long)first, ending);
}

bool segment_parse_name(const char *name, uint64_t *first)
{
	char again[SEGMENT_NAME];
	unsigned long long number = 0;
	if (strlen(name) != 28 || sscanf(name, "seg-%20llu.ltj", &number) != 1 || number == 0)
		return false;
	segment_name(number, "ltj", again);
	*first = number;
	return strcmp(name, again) == 0;
}

enum lt_err segment_find_end(const struct disk *disk, const char *name, uint64_t first, uint64_t last, uint64_t *end)
{
	int file;
	uint64_t offset = 0, next = first;
	enum lt_err err = disk->open(disk->ctx, name, false, &file);
	if (err)
		return err;
	while (!err && next <= last) {
		uint8_t header[FRAME_HEADER];
		struct frame frame;
		size_t got = 0;
		err = disk->read(disk->ctx, file, offset, header, sizeof header, &got);
		if (err)
			break;
		if (got < sizeof header || !frame_decode(header, &frame) || frame.segment != first ||
		    frame.first != next) {
			err = LT_ECORRUPT;
			break;
		}
		next += frame.count;
		offset += frame_size(&frame);
	}
	disk->close(disk->ctx, file);
	*end = offset;
	return err;
}
