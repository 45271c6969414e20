/* field.h: values of the store and jobs, written field by field in little-endian order; keys in big-endian order, so that they
 * sort as numbers. Reading asserts: the store has checked each value's checksum, so a short value is a broken invariant. */
#ifndef BROKER_FIELD_H
#define BROKER_FIELD_H

#include <string.h>

#include <lienthong/base.h>
#include "log.h"

static inline void field_put(struct lt_buf *buf, const void *data, size_t len)
{
	LT_ASSERT(lt_buf_append(buf, data, len) == LT_OK);
}
static inline void field_put_number(struct lt_buf *buf, uint64_t value, size_t size)
{
	uint8_t bytes[8];
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	field_put(buf, bytes, size);
}
static inline void field_put_u8(struct lt_buf *buf, uint8_t value)
{
	field_put(buf, &value, 1);
}
static inline void field_put_u32(struct lt_buf *buf, uint32_t value)
{
	field_put_number(buf, value, 4);
}
static inline void field_put_u64(struct lt_buf *buf, uint64_t value)
{
	field_put_number(buf, value, 8);
}
/* Texts of at most 255 bytes: codes. */
static inline void field_put_code(struct lt_buf *buf, const char *text)
{
	size_t len = strlen(text);
	LT_ASSERT(len <= UINT8_MAX);
	field_put_u8(buf, (uint8_t)len);
	field_put(buf, text, len);
}

struct field_reader {
	struct lt_bytes bytes;
	size_t at;
};
static inline const uint8_t *field_get(struct field_reader *reader, size_t len)
{
	LT_ASSERT(len <= reader->bytes.len - reader->at);
	const uint8_t *data = reader->bytes.data + reader->at;
	reader->at += len;
	return data;
}
static inline uint64_t field_get_number(struct field_reader *reader, size_t size)
{
	const uint8_t *bytes = field_get(reader, size);
	uint64_t value = 0;
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}
static inline uint8_t field_get_u8(struct field_reader *reader)
{
	return *field_get(reader, 1);
}
static inline uint32_t field_get_u32(struct field_reader *reader)
{
	return (uint32_t)field_get_number(reader, 4);
}
static inline uint64_t field_get_u64(struct field_reader *reader)
{
	return field_get_number(reader, 8);
}
static inline void field_get_code(struct field_reader *reader, char *out, size_t size)
{
	size_t len = field_get_u8(reader);
	LT_ASSERT(len < size);
	memcpy(out, field_get(reader, len), len);
	out[len] = '\0';
}
static inline void field_end(const struct field_reader *reader)
{
	LT_ASSERT(reader->at == reader->bytes.len);
}

static inline void field_key_u64(uint8_t out[8], uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (8 * (7 - i)));
}
static inline uint64_t field_key_get(const uint8_t in[8])
{
	uint64_t value = 0;
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | in[i];
	return value;
}

#endif
