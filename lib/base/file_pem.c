/* file_pem.c: base64 and PEM. */
#include "file_pem.h"

#include <stdio.h>
#include <string.h>

#define PEM_MAX (1u << 20) /* bytes of a file: a chain of certificates is under 20 KiB */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum lt_err base64_decode(const char *text, size_t len, struct lt_buf *out)
{
	if (len % 4 != 0)
		return LT_EPARSE;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t group = 0;
		size_t pad = 0;
		for (size_t j = 0; j < 4; j++) {
			char c = text[i + j];
			const char *at = c ? strchr(alphabet, c) : NULL;
			if (c == '=' && i + 4 == len && j >= 2)
				pad++;
			else if (!at || pad > 0)
				return LT_EPARSE;
			group = group << 6 | (at ? (uint32_t)(at - alphabet) : 0);
		}
		const uint8_t bytes[3] = { (uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group };
		enum lt_err err = lt_buf_append(out, bytes, 3 - pad);
		if (err != LT_OK)
			return err;
	}
	return LT_OK;
}

enum lt_err base64_encode(struct lt_bytes data, size_t width, struct lt_buf *out)
{
	size_t column = 0;
	for (size_t i = 0; i < data.len; i += 3) {
		size_t left = data.len - i;
		uint32_t group = (uint32_t)data.data[i] << 16;
		group |= left > 1 ? (uint32_t)data.data[i + 1] << 8 : 0;
		group |= left > 2 ? data.data[i + 2] : 0;
		const char four[4] = { alphabet[group >> 18], alphabet[group >> 12 & 63],
				       left > 1 ? alphabet[group >> 6 & 63] : '=',
				       left > 2 ? alphabet[group & 63] : '=' };
		enum lt_err err = lt_buf_append(out, four, 4);
		column += 4;
		if (err == LT_OK && width != 0 && column >= width && left > 3) {
			err = lt_buf_append(out, "\n", 1);
			column = 0;
		}
		if (err != LT_OK)
			return err;
	}
	return LT_OK;
}

static enum lt_err decode_block(const char *text, const char *end, struct lt_buf *der)
{
	struct lt_buf packed = { 0 };
	enum lt_err err = LT_OK;
	for (const char *p = text; p < end && err == LT_OK; p++)
		if (!strchr(" \t\r\n", *p))
			err = lt_buf_append(&packed, p, 1);
	if (err == LT_OK)
		err = base64_decode((const char *)packed.data, packed.len, der);
	lt_buf_fini(&packed);
	return err;
}

enum lt_err pem_read(const char *path, const char *label, struct lt_buf *der)
{
	struct lt_buf file = { 0 };
	char begin[64], end[64];
	snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	snprintf(end, sizeof(end), "-----END %s-----", label);
	enum lt_err err = lt_file_read(path, PEM_MAX, &file);
	if (err == LT_OK)
		err = lt_buf_append(&file, "", 1);
	if (err == LT_OK) {
		const char *from = strstr((const char *)file.data, begin);
		const char *to = from ? strstr(from, end) : NULL;
		err = to ? decode_block(from + strlen(begin), to, der) : LT_EPARSE;
	}
	lt_buf_fini(&file);
	return err;
}

enum lt_err pem_encode(struct lt_bytes der, const char *label, struct lt_buf *out)
{
	enum lt_err err = lt_buf_printf(out, "-----BEGIN %s-----\n", label);
	if (err == LT_OK)
		err = base64_encode(der, 64, out);
	if (err == LT_OK)
		err = lt_buf_printf(out, "\n-----END %s-----\n", label);
	return err;
}

static const char z85[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

void z85_encode_key(const uint8_t key[32], char out[41])
{
	for (size_t i = 0; i < 8; i++) {
		uint32_t word = (uint32_t)key[4 * i] << 24 | (uint32_t)key[4 * i + 1] << 16 |
				(uint32_t)key[4 * i + 2] << 8 | key[4 * i + 3];
		for (size_t j = 5; j-- > 0; word /= 85)
			out[5 * i + j] = z85[word % 85];
	}
	out[40] = '\0';
}

bool z85_decode_key(const char *text, uint8_t out[32])
{
	if (strlen(text) != 40)
		return false;
	for (size_t i = 0; i < 8; i++) {
		uint64_t word = 0;
		for (size_t j = 0; j < 5; j++) {
			const char *at = strchr(z85, text[5 * i + j]);
			if (!at)
				return false;
			word = word * 85 + (uint64_t)(at - z85);
		}
		if (word > UINT32_MAX)
			return false;
		for (size_t j = 0; j < 4; j++)
			out[4 * i + j] = (uint8_t)(word >> (24 - 8 * j));
	}
	return true;
}
