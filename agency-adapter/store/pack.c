/* pack.c: fields of values on disk. */
#include "pack.h"

#include <string.h>

void pack_raw(struct packer *packer, const void *data, size_t len)
{
	if (!packer->failed && lt_buf_append(&packer->buf, data, len))
		packer->failed = true;
}

static void pack_number(struct packer *packer, uint64_t value, size_t bytes)
{
	uint8_t out[8];
	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> (8 * i));
	pack_raw(packer, out, bytes);
}

void pack_u8(struct packer *packer, uint8_t value)
{
	pack_number(packer, value, 1);
}

void pack_u32(struct packer *packer, uint32_t value)
{
	pack_number(packer, value, 4);
}

void pack_u64(struct packer *packer, uint64_t value)
{
	pack_number(packer, value, 8);
}

void pack_bytes(struct packer *packer, struct lt_bytes data)
{
	if (data.len > UINT32_MAX) {
		packer->failed = true;
		return;
	}
	pack_u32(packer, (uint32_t)data.len);
	pack_raw(packer, data.data, data.len);
}

void pack_text(struct packer *packer, const char *text)
{
	const char *present = text ? text : "";
	pack_bytes(packer, lt_bytes(present, strlen(present) + 1));
}

enum lt_err pack_failed(const struct packer *packer)
{
	return packer->failed ? LT_ENOMEM : LT_OK;
}

void pack_fini(struct packer *packer)
{
	if (packer)
		lt_buf_fini(&packer->buf);
}

static struct lt_bytes take(struct unpacker *unpacker, size_t len)
{
	if (unpacker->failed || len > unpacker->rest.len) {
		unpacker->failed = true;
		return lt_bytes(NULL, 0);
	}
	struct lt_bytes out = lt_bytes(unpacker->rest.data, len);
	unpacker->rest = lt_bytes(unpacker->rest.data + len, unpacker->rest.len - len);
	return out;
}

static uint64_t unpack_number(struct unpacker *unpacker, size_t bytes)
{
	struct lt_bytes in = take(unpacker, bytes);
	uint64_t value = 0;
	for (size_t i = 0; i < in.len; i++)
		value |= (uint64_t)in.data[i] << (8 * i);
	return value;
}

uint8_t unpack_u8(struct unpacker *unpacker)
{
	return (uint8_t)unpack_number(unpacker, 1);
}

uint32_t unpack_u32(struct unpacker *unpacker)
{
	return (uint32_t)unpack_number(unpacker, 4);
}

uint64_t unpack_u64(struct unpacker *unpacker)
{
	return unpack_number(unpacker, 8);
}

void unpack_raw(struct unpacker *unpacker, void *out, size_t len)
{
	struct lt_bytes in = take(unpacker, len);
	if (in.len == len && len > 0)
		memcpy(out, in.data, len);
	else
		memset(out, 0, len);
}

struct lt_bytes unpack_bytes(struct unpacker *unpacker)
{
	return take(unpacker, unpack_u32(unpacker));
}

const char *unpack_text(struct unpacker *unpacker)
{
	struct lt_bytes in = unpack_bytes(unpacker);
	if (in.len == 0 || in.data[in.len - 1] != 0 || strlen((const char *)in.data) != in.len - 1) {
		unpacker->failed = true;
		return "";
	}
	return (const char *)in.data;
}

enum lt_err unpack_end(const struct unpacker *unpacker)
{
	return unpacker->failed || unpacker->rest.len ? LT_ECORRUPT : LT_OK;
}

void pack_key_u64(uint64_t value, uint8_t out[8])
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (8 * (7 - i)));
}

uint64_t unpack_key_u64(const uint8_t key[8])
{
	uint64_t value = 0;
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | key[i];
	return value;
}
