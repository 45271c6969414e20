/* fields.c: fields that bring their length. */
#include "fields.h"

void fields_put_code(struct fields_writer *writer, const char *text)
{
	size_t len = strlen(text);
	if (len > UINT8_MAX) {
		writer->failed = true;
		return;
	}
	fields_put_u8(writer, (uint8_t)len);
	fields_put_raw(writer, text, len);
}

void fields_put_id(struct fields_writer *writer, const uint8_t id[16])
{
	static const uint8_t none[16];
	bool present = memcmp(id, none, sizeof none) != 0;
	fields_put_u8(writer, present);
	if (present)
		fields_put_raw(writer, id, 16);
}

/* 0: none; up to 127: which of those before; else 128 and the length, and the text. */
#define NAME_IN_FULL 0x80u

void fields_put_name(struct fields_writer *writer, const char *text)
{
	struct fields_names *names = &writer->names;
	size_t len = strlen(text);
	for (uint32_t i = 0; len > 0 && i < names->count; i++) {
		if (strcmp(names->items[i], text) == 0) {
			fields_put_u8(writer, (uint8_t)(i + 1));
			return;
		}
	}
	writer->failed |= len >= NAME_IN_FULL;
	fields_put_u8(writer, (uint8_t)(len > 0 ? NAME_IN_FULL | len : 0));
	fields_put_raw(writer, text, len);
	if (len > 0 && names->count < FIELDS_NAMES_MAX)
		names->items[names->count++] = text;
}

void fields_put_bytes(struct fields_writer *writer, struct lt_bytes bytes)
{
	if (bytes.len > UINT32_MAX) {
		writer->failed = true;
		return;
	}
	fields_put_u32(writer, (uint32_t)bytes.len);
	fields_put_raw(writer, bytes.data, bytes.len);
}

void fields_put_text(struct fields_writer *writer, const char *text)
{
	const char *present = text ? text : "";
	fields_put_bytes(writer, lt_bytes(present, strlen(present) + 1));
}

enum lt_err fields_written(const struct fields_writer *writer)
{
	return writer->failed ? LT_ENOMEM : LT_OK;
}

/* One that may take several bytes; a short end or another form of the same number fails. */
uint64_t fields_get_long_number(struct fields_reader *reader)
{
	struct lt_bytes rest = reader->rest;
	uint64_t value = 0;
	for (size_t at = 0; !reader->failed && at < rest.len; at++) {
		uint8_t byte = rest.data[at];
		if ((at == 9 && byte > 1) || (byte == 0 && at > 0))
			break;
		value |= (uint64_t)(byte & 0x7f) << (7 * at);
		if (byte < 0x80) {
			reader->rest = lt_bytes(rest.data + at + 1, rest.len - at - 1);
			return value;
		}
	}
	reader->failed = true;
	return 0;
}

uint32_t fields_get_number32(struct fields_reader *reader)
{
	uint64_t value = fields_get_number(reader);
	if (value <= UINT32_MAX)
		return (uint32_t)value;
	reader->failed = true;
	return 0;
}

void fields_get_raw(struct fields_reader *reader, void *out, size_t len)
{
	const uint8_t *data = fields_take(reader, len);
	if (data)
		memcpy(out, data, len);
	else if (len > 0)
		memset(out, 0, len);
}

void fields_get_code(struct fields_reader *reader, char *out, size_t size)
{
	size_t len = fields_get_u8(reader);
	if (len >= size) {
		reader->failed = true;
		len = 0;
	}
	fields_get_raw(reader, out, len);
	out[reader->failed ? 0 : len] = '\0';
}

void fields_get_id(struct fields_reader *reader, uint8_t out[16])
{
	memset(out, 0, 16);
	if (fields_get_u8(reader) != 0)
		fields_get_raw(reader, out, 16);
}

void fields_get_name(struct fields_reader *reader, char *out, size_t size)
{
	struct fields_names *names = &reader->names;
	uint8_t head = fields_get_u8(reader);
	const char *known = head > 0 && head <= names->count ? names->items[head - 1] : NULL;
	size_t len = known ? strlen(known) : head & ~NAME_IN_FULL;
	if (len >= size || (!known && head > 0 && (head < NAME_IN_FULL || len == 0)))
		reader->failed = true;
	out[0] = '\0';
	if (reader->failed)
		return;
	if (known) {
		memcpy(out, known, len + 1);
		return;
	}
	fields_get_raw(reader, out, len);
	out[reader->failed ? 0 : len] = '\0';
	if (!reader->failed && len > 0 && names->count < FIELDS_NAMES_MAX)
		names->items[names->count++] = out;
}

struct lt_bytes fields_get_bytes(struct fields_reader *reader)
{
	size_t len = fields_get_u32(reader);
	const uint8_t *data = fields_take(reader, len);
	return data ? lt_bytes(data, len) : lt_bytes(NULL, 0);
}

const char *fields_get_text(struct fields_reader *reader)
{
	struct lt_bytes in = fields_get_bytes(reader);
	if (in.len == 0 || memchr(in.data, 0, in.len) != in.data + in.len - 1) {
		reader->failed = true;
		return "";
	}
	return (const char *)in.data;
}

enum lt_err fields_end(const struct fields_reader *reader)
{
	return reader->failed || reader->rest.len > 0 ? LT_ECORRUPT : LT_OK;
}
