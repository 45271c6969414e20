/* fields.h: what stands on a disk or goes from thread to thread, field by field: numbers little-endian, the same on every machine;
 * numbers in keys big-endian, so that keys sort as they do. No struct is ever written as it lies in memory.
 * Writing and reading never stop on the way: an error sticks, and who owns the value looks once at the end. What an error means
 * is the owner's: an answer, or a broken invariant. In-tree programs only. Any thread, distinct objects. */
#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include <string.h>

#include <lienthong/base.h>

/* ---- raw: for frames of a fixed size ---- */
static inline void fields_raw_put16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}
static inline void fields_raw_put32(uint8_t *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}
static inline void fields_raw_put64(uint8_t *to, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}
static inline uint16_t fields_raw_get16(const uint8_t *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}
static inline uint32_t fields_raw_get32(const uint8_t *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}
static inline uint64_t fields_raw_get64(const uint8_t *from)
{
	return (uint64_t)fields_raw_get32(from) | (uint64_t)fields_raw_get32(from + 4) << 32;
}
/* A number of 1 to 8 bytes in a key. */
static inline void fields_key_put(uint8_t *to, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
}
static inline uint64_t fields_key_get(const uint8_t *from, size_t size)
{
	uint64_t value = 0;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | from[i];
	return value;
}

/* Codes that a value has named so far. Zeroed: none. */
enum { FIELDS_NAMES_MAX = 32 }; /* more stand in full each time: they are looked through for each that is named */
struct fields_names {
	uint32_t count;
	const char *items[FIELDS_NAMES_MAX]; /* borrowed */
};

/* ---- writing: { .buf = &buffer } appends to it ---- */
struct fields_writer {
	struct lt_buf *buf; /* borrowed */
	bool failed;        /* out of memory, or a text that does not fit: what was appended is of no use */
	int64_t base;       /* times are written as how far they are from it */
	uint64_t record;    /* and sequences of records as how far from this one */
	struct fields_names names;
};
static inline void fields_put_raw(struct fields_writer *writer, const void *data, size_t len)
{
	struct lt_buf *buf = writer->buf;
	if (!writer->failed && len > 0 && len <= buf->cap - buf->len) { /* nearly always: no call for a byte or two */
		memcpy(buf->data + buf->len, data, len);
		buf->len += len;
	} else if (!writer->failed && lt_buf_append(buf, data, len) != LT_OK) {
		writer->failed = true;
	}
}
static inline void fields_put_u8(struct fields_writer *writer, uint8_t value)
{
	fields_put_raw(writer, &value, 1);
}
static inline void fields_put_u32(struct fields_writer *writer, uint32_t value)
{
	uint8_t bytes[4];
	fields_raw_put32(bytes, value);
	fields_put_raw(writer, bytes, sizeof bytes);
}
static inline void fields_put_u64(struct fields_writer *writer, uint64_t value)
{
	uint8_t bytes[8];
	fields_raw_put64(bytes, value);
	fields_put_raw(writer, bytes, sizeof bytes);
}
/* A number of which most are small: seven bits a byte, the lowest first; the highest bit says that more follow. */
static inline void fields_put_number(struct fields_writer *writer, uint64_t value)
{
	uint8_t bytes[10];
	size_t len = 0;
	for (; value >= 0x80; value >>= 7)
		bytes[len++] = (uint8_t)(value | 0x80);
	bytes[len++] = (uint8_t)value;
	fields_put_raw(writer, bytes, len);
}
/* 0: none; as a number that is small when it is near the base, before or behind it. */
static inline void fields_put_near(struct fields_writer *writer, uint64_t value, uint64_t base)
{
	uint64_t away = value - base;
	fields_put_number(writer, value == 0 ? 0 : (away << 1 ^ (0 - (away >> 63))) + 1);
}
/* Microseconds since the epoch. */
static inline void fields_put_time(struct fields_writer *writer, int64_t time)
{
	fields_put_near(writer, (uint64_t)time, (uint64_t)writer->base);
}
static inline void fields_put_record(struct fields_writer *writer, uint64_t sequence)
{
	fields_put_near(writer, sequence, writer->record);
}
void fields_put_code(struct fields_writer *writer, const char *text); /* length (1 byte) and text, at most 255 bytes */
void fields_put_id(struct fields_writer *writer,
		   const uint8_t id[16]); /* one byte when it is zero: most are not there */
/* A code of at most 127 bytes that is named again and again: in full once, then by a byte. It stays where it is until the value is
 * written. */
void fields_put_name(struct fields_writer *writer, const char *text);
void fields_put_bytes(struct fields_writer *writer, struct lt_bytes bytes); /* length (4 bytes) and bytes */
void fields_put_text(struct fields_writer *writer, const char *text);       /* as bytes, with its NUL; NULL is "" */
enum lt_err fields_written(const struct fields_writer *writer);             /* LT_ENOMEM */

/* ---- reading: { .rest = bytes } takes them off the front ---- */
struct fields_reader {
	struct lt_bytes rest;
	bool failed;  /* a field was cut short, or did not fit: it and all behind it are zero and empty */
	int64_t base; /* the writer's */
	uint64_t record;
	struct fields_names names;
};
/* NULL when there are not so many bytes; also, without failing, when len is 0 and there are none. */
static inline const uint8_t *fields_take(struct fields_reader *reader, size_t len)
{
	const uint8_t *data = reader->rest.data;
	if (reader->failed || len > reader->rest.len) {
		reader->failed = true;
		return NULL;
	}
	if (len > 0)
		reader->rest = lt_bytes(data + len, reader->rest.len - len);
	return data;
}
static inline uint8_t fields_get_u8(struct fields_reader *reader)
{
	const uint8_t *data = fields_take(reader, 1);
	return data ? *data : 0;
}
static inline uint32_t fields_get_u32(struct fields_reader *reader)
{
	const uint8_t *data = fields_take(reader, 4);
	return data ? fields_raw_get32(data) : 0;
}
static inline uint64_t fields_get_u64(struct fields_reader *reader)
{
	const uint8_t *data = fields_take(reader, 8);
	return data ? fields_raw_get64(data) : 0;
}
uint64_t fields_get_long_number(struct fields_reader *reader);
/* In the one form that fields_put_number writes. */
static inline uint64_t fields_get_number(struct fields_reader *reader)
{
	bool small = !reader->failed && reader->rest.len > 0 && reader->rest.data[0] < 0x80;
	return small ? fields_get_u8(reader) : fields_get_long_number(reader);
}
static inline uint64_t fields_get_near(struct fields_reader *reader, uint64_t base)
{
	uint64_t number = fields_get_number(reader), folded = number - 1;
	return number == 0 ? 0 : base + (folded >> 1 ^ (0 - (folded & 1)));
}
static inline int64_t fields_get_time(struct fields_reader *reader)
{
	return (int64_t)fields_get_near(reader, (uint64_t)reader->base);
}
static inline uint64_t fields_get_record(struct fields_reader *reader)
{
	return fields_get_near(reader, reader->record);
}
uint32_t fields_get_number32(struct fields_reader *reader); /* a larger one does not fit */
void fields_get_raw(struct fields_reader *reader, void *out, size_t len);
void fields_get_code(struct fields_reader *reader, char *out, size_t size); /* with its NUL; "" when it does not fit */
void fields_get_id(struct fields_reader *reader, uint8_t out[16]);
void fields_get_name(struct fields_reader *reader, char *out, size_t size); /* out stays until the value is read */
struct lt_bytes fields_get_bytes(struct fields_reader *reader);             /* a view */
const char *fields_get_text(struct fields_reader *reader);                  /* a view, never NULL */
/* LT_ECORRUPT: something was cut short or did not fit, or bytes are left. */
enum lt_err fields_end(const struct fields_reader *reader);

#endif
