/* zip.c: local headers with their data, then the central directory, then where it stands. */
#include "zip.h"

#include <string.h>

enum {
	LOCAL = 0x04034b50,
	CENTRAL = 0x02014b50,
	END = 0x06054b50,
	VERSION = 20,       /* of the form: folders */
	MADE_BY = 3 << 8,   /* Unix: the mode stands in the outer attributes */
	NAMES_UTF8 = 0x800, /* bit 11 */
	DAY = 0x21,         /* 1980-01-01 */
	MODE = 0100644,
	FILES_MAX = 0xffff
};

void zip_init(struct zip *zip, struct lt_buf *out)
{
	*zip = (struct zip){ .out = out };
}

void zip_fini(struct zip *zip)
{
	lt_buf_fini(&zip->central);
}

/* The CRC of IEEE 802.3, bit by bit: evidence is megabytes at most. */
static uint32_t crc32(struct lt_bytes data)
{
	uint32_t crc = UINT32_MAX;
	for (size_t i = 0; i < data.len; i++) {
		crc ^= data.data[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

struct numbers {
	uint8_t bytes[64];
	size_t len;
};

static void put(struct numbers *numbers, uint64_t value, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		numbers->bytes[numbers->len++] = (uint8_t)(value >> 8 * i);
}

/* What both headers say of a file, from the version that reads it on. */
static void put_file(struct numbers *numbers, const char *name, struct lt_bytes data, uint32_t crc)
{
	put(numbers, VERSION, 2);
	put(numbers, NAMES_UTF8, 2);
	put(numbers, 0, 2); /* stored */
	put(numbers, 0, 2); /* the hour */
	put(numbers, DAY, 2);
	put(numbers, crc, 4);
	put(numbers, data.len, 4);
	put(numbers, data.len, 4);
	put(numbers, strlen(name), 2);
	put(numbers, 0, 2); /* no extra field */
}

static enum lt_err append(struct lt_buf *out, const struct numbers *numbers, const char *name)
{
	enum lt_err err = lt_buf_append(out, numbers->bytes, numbers->len);
	return err ? err : lt_buf_append(out, name, strlen(name));
}

enum lt_err zip_add(struct zip *zip, const char *name, struct lt_bytes data)
{
	struct numbers local = { 0 }, central = { 0 };
	uint32_t crc = crc32(data);
	uint64_t at = zip->out->len;
	if (zip->count == FILES_MAX || strlen(name) > UINT16_MAX || at + data.len > UINT32_MAX - UINT16_MAX)
		return LT_EFULL;
	put(&local, LOCAL, 4);
	put_file(&local, name, data, crc);
	put(&central, CENTRAL, 4);
	put(&central, MADE_BY | VERSION, 2);
	put_file(&central, name, data, crc);
	put(&central, 0, 2 + 2 + 2); /* no comment, the first disk, no inner attributes */
	put(&central, (uint64_t)MODE << 16, 4);
	put(&central, at, 4);
	enum lt_err err = append(zip->out, &local, name);
	if (!err)
		err = lt_buf_append(zip->out, data.data, data.len);
	if (!err)
		err = append(&zip->central, &central, name);
	zip->count++;
	return err;
}

enum lt_err zip_end(struct zip *zip)
{
	struct numbers end = { 0 };
	uint64_t at = zip->out->len, size = zip->central.len;
	if (at + size > UINT32_MAX)
		return LT_EFULL;
	put(&end, END, 4);
	put(&end, 0, 2 + 2); /* one disk */
	put(&end, zip->count, 2);
	put(&end, zip->count, 2);
	put(&end, size, 4);
	put(&end, at, 4);
	put(&end, 0, 2); /* no comment */
	enum lt_err err = lt_buf_append(zip->out, zip->central.data, zip->central.len);
	return err ? err : append(zip->out, &end, "");
}
