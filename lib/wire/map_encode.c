/* map_encode.c: writing plain records along a table.
 * The size is counted once; then the message is written from its end to its beginning, so that the length of every
 * nested message is known when its place is reached, without keeping lengths anywhere. */
#include "map.h"

#include <string.h>

static size_t varint_size(uint64_t value)
{
	unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
	return (bits + 6) / 7;
}

static size_t tag_size(const struct codec_field *field)
{
	return varint_size((uint64_t)field->id << 3);
}

static size_t blob_size(const struct codec_field *field, size_t length)
{
	return tag_size(field) + varint_size(length) + length;
}

static size_t text_length(const char *text)
{
	return text ? strlen(text) : 0;
}

/* The value of a number field as it goes on the wire: enums are int32 and go sign-extended. */
static uint64_t number_of(const struct codec_field *field, const char *record)
{
	const void *at = record + field->offset;
	if (field->kind == CODEC_U32)
		return *(const uint32_t *)at;
	if (field->kind == CODEC_ENUM) {
		int32_t value = *(const int32_t *)at;
		return (uint64_t)(int64_t)value;
	}
	if (field->kind == CODEC_SINT) {
		int32_t value = *(const int32_t *)at;
		return (uint32_t)value << 1 ^ (value < 0 ? UINT32_MAX : 0);
	}
	if (field->kind == CODEC_BOOL)
		return *(const bool *)at;
	return *(const uint64_t *)at;
}

/* The bytes of a field that holds one text or byte string. */
static struct lt_bytes blob_of(const struct codec_field *field, const char *record)
{
	const void *at = record + field->offset;
	if (field->kind == CODEC_TEXT) {
		const char *text = *(const char *const *)at;
		return lt_bytes(text, text_length(text));
	}
	if (field->kind == CODEC_CODE || field->kind == CODEC_FORM)
		return lt_bytes(at, strnlen(at, field->size));
	if (field->kind == CODEC_FIXED)
		return lt_bytes(at, field->size);
	if (field->kind == CODEC_FIXED_IF)
		return lt_bytes(at, *(const bool *)(record + field->count) ? field->size : 0);
	return *(const struct lt_bytes *)at;
}

static const char *array_of(const struct codec_field *field, const char *record)
{
	return *(const char *const *)(const void *)(record + field->offset);
}

static size_t count_of(const struct codec_field *field, const char *record)
{
	return *(const size_t *)(const void *)(record + field->count);
}

/* A member of the oneof that does not stand is not written, one that stands is, whatever it holds. */
static bool stands(const struct codec_map *map, const struct codec_field *field, uint32_t chosen)
{
	return !field->choice || (map->get && field->id == chosen);
}

/* ---- size ---- */

static size_t record_size(const struct codec_map *map, const char *record);

static bool is_numbers(enum codec_kind kind)
{
	return kind == CODEC_U64_LIST || kind == CODEC_U32_LIST;
}

static uint64_t number_at(const struct codec_field *field, const char *array, size_t index)
{
	if (field->kind == CODEC_U32_LIST)
		return ((const uint32_t *)(const void *)array)[index];
	return ((const uint64_t *)(const void *)array)[index];
}

static size_t numbers_size(const struct codec_field *field, const char *array, size_t count)
{
	size_t size = 0;
	for (size_t i = 0; i < count; i++)
		size += varint_size(number_at(field, array, i));
	return size;
}

static size_t list_size(const struct codec_field *field, const char *record)
{
	const char *array = array_of(field, record);
	size_t count = count_of(field, record), size = 0;
	if (is_numbers(field->kind))
		return count ? blob_size(field, numbers_size(field, array, count)) : 0;
	for (size_t i = 0; i < count; i++) {
		size_t length;
		if (field->kind == CODEC_RECORDS)
			length = record_size(field->child, array + i * field->child->size);
		else if (field->kind == CODEC_TEXTS)
			length = text_length(((const char *const *)(const void *)array)[i]);
		else
			length = ((const struct lt_bytes *)(const void *)array)[i].len;
		size += blob_size(field, length);
	}
	return size;
}

static size_t field_size(const struct codec_field *field, const char *record)
{
	const char *child;
	struct lt_bytes blob;
	uint64_t number;
	switch (field->kind) {
	case CODEC_U32:
	case CODEC_SINT:
	case CODEC_U64:
	case CODEC_BOOL:
	case CODEC_ENUM:
		number = number_of(field, record);
		return number ? tag_size(field) + varint_size(number) : 0;
	case CODEC_TEXT:
	case CODEC_CODE:
	case CODEC_FORM:
	case CODEC_FIXED:
	case CODEC_FIXED_IF:
	case CODEC_BYTES:
	case CODEC_ENCODED:
		blob = blob_of(field, record);
		return blob.len || field->kind == CODEC_ENCODED ? blob_size(field, blob.len) : 0;
	case CODEC_MESSAGE:
		return blob_size(field, record_size(field->child, record + field->offset));
	case CODEC_POINTER:
		child = array_of(field, record);
		return child ? blob_size(field, record_size(field->child, child)) : 0;
	case CODEC_RECORDS:
	case CODEC_TEXTS:
	case CODEC_BYTES_LIST:
	case CODEC_U64_LIST:
	case CODEC_U32_LIST:
		return list_size(field, record);
	}
	return 0;
}

static size_t record_size(const struct codec_map *map, const char *record)
{
	uint32_t chosen = map->get ? map->get(record) : 0;
	size_t size = 0;
	for (size_t i = 0; i < map->field_count; i++) {
		if (stands(map, &map->fields[i], chosen))
			size += field_size(&map->fields[i], record);
	}
	return size;
}

/* ---- writing, backwards: each function takes the end of its place and returns the beginning ---- */

static uint8_t *put_record(uint8_t *end, const struct codec_map *map, const char *record);

static uint8_t *put_varint(uint8_t *end, uint64_t value)
{
	if (value < 0x80) { /* nearly all are: tags, lengths, small numbers */
		end[-1] = (uint8_t)value;
		return end - 1;
	}
	uint8_t *at = end - varint_size(value);
	for (uint8_t *to = at; to < end; to++, value >>= 7)
		*to = (uint8_t)((value & 0x7f) | (to + 1 < end ? 0x80 : 0));
	return at;
}

static uint8_t *put_tag(uint8_t *end, const struct codec_field *field, uint8_t type)
{
	return put_varint(end, (uint64_t)field->id << 3 | type);
}

/* Length and tag before what was written from `end` down to `at`. */
static uint8_t *put_frame(uint8_t *at, const uint8_t *end, const struct codec_field *field)
{
	return put_tag(put_varint(at, (uint64_t)(end - at)), field, 2);
}

static uint8_t *put_blob(uint8_t *end, const struct codec_field *field, struct lt_bytes blob)
{
	uint8_t *at = end - blob.len;
	if (blob.len > 0)
		memcpy(at, blob.data, blob.len);
	return put_frame(at, end, field);
}

static uint8_t *put_numbers(uint8_t *end, const struct codec_field *field, const char *array, size_t count)
{
	uint8_t *at = end;
	if (count == 0)
		return end;
	for (size_t i = count; i-- > 0;)
		at = put_varint(at, number_at(field, array, i));
	return put_frame(at, end, field);
}

static uint8_t *put_list(uint8_t *end, const struct codec_field *field, const char *record)
{
	const char *array = array_of(field, record);
	size_t count = count_of(field, record);
	if (is_numbers(field->kind))
		return put_numbers(end, field, array, count);
	for (size_t i = count; i-- > 0;) {
		if (field->kind == CODEC_RECORDS) {
			uint8_t *at = put_record(end, field->child, array + i * field->child->size);
			end = put_frame(at, end, field);
		} else if (field->kind == CODEC_TEXTS) {
			const char *text = ((const char *const *)(const void *)array)[i];
			end = put_blob(end, field, lt_bytes(text, text_length(text)));
		} else {
			end = put_blob(end, field, ((const struct lt_bytes *)(const void *)array)[i]);
		}
	}
	return end;
}

static uint8_t *put_field(uint8_t *end, const struct codec_field *field, const char *record)
{
	const char *child;
	struct lt_bytes blob;
	uint64_t number;
	switch (field->kind) {
	case CODEC_U32:
	case CODEC_SINT:
	case CODEC_U64:
	case CODEC_BOOL:
	case CODEC_ENUM:
		number = number_of(field, record);
		return number ? put_tag(put_varint(end, number), field, 0) : end;
	case CODEC_TEXT:
	case CODEC_CODE:
	case CODEC_FORM:
	case CODEC_FIXED:
	case CODEC_FIXED_IF:
	case CODEC_BYTES:
	case CODEC_ENCODED:
		blob = blob_of(field, record);
		return blob.len || field->kind == CODEC_ENCODED ? put_blob(end, field, blob) : end;
	case CODEC_MESSAGE:
		return put_frame(put_record(end, field->child, record + field->offset), end, field);
	case CODEC_POINTER:
		child = array_of(field, record);
		return child ? put_frame(put_record(end, field->child, child), end, field) : end;
	case CODEC_RECORDS:
	case CODEC_TEXTS:
	case CODEC_BYTES_LIST:
	case CODEC_U64_LIST:
	case CODEC_U32_LIST:
		return put_list(end, field, record);
	}
	return end;
}

static uint8_t *put_record(uint8_t *end, const struct codec_map *map, const char *record)
{
	uint32_t chosen = map->get ? map->get(record) : 0;
	for (size_t i = map->field_count; i-- > 0;) {
		if (stands(map, &map->fields[i], chosen))
			end = put_field(end, &map->fields[i], record);
	}
	return end;
}

enum lt_err codec_map_encode(const struct codec_map *map, const void *record, struct lt_buf *out)
{
	size_t size = record_size(map, record);
	enum lt_err err = lt_buf_reserve(out, size);
	if (err)
		return err;
	if (size > 0) {
		uint8_t *begin = put_record(out->data + out->len + size, map, record);
		if (begin != out->data + out->len) /* the two walks agree, a test compares them with protobuf-c */
			return LT_EINVAL;
	}
	out->len += size;
	return LT_OK;
}
