/* base64.c: groups of three bytes and four characters. */
#include "base64.h"

#include <string.h>

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
