/* text.c: UTF-8, hexadecimal. */
#include <lienthong/base.h>

#include <string.h>

void lt_hex(struct lt_bytes in, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < in.len; i++) {
		out[2 * i] = digits[in.data[i] >> 4];
		out[2 * i + 1] = digits[in.data[i] & 15];
	}
	out[2 * in.len] = 0;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum lt_err lt_unhex(const char *hex, uint8_t *out, size_t out_len)
{
	size_t len = strlen(hex);
	if (len % 2 != 0 || len / 2 != out_len)
		return LT_EPARSE;
	for (size_t i = 0; i < len; i++)
		if (hex_value(hex[i]) < 0)
			return LT_EPARSE;
	for (size_t i = 0; i < out_len; i++)
		out[i] = (uint8_t)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
	return LT_OK;
}

static bool in_range(uint8_t byte, uint8_t low, uint8_t high)
{
	return byte >= low && byte <= high;
}

/* The length of the well-formed sequence at s (RFC 3629 section 4), 0 when there is none.
 * The second byte's range keeps out overlong forms, surrogates and what lies over U+10FFFF. */
static size_t sequence_length(const uint8_t *s, size_t len)
{
	uint8_t lead = s[0], low = 0x80, high = 0xbf;
	size_t need;
	if (lead < 0x80)
		return 1;
	if (in_range(lead, 0xc2, 0xdf)) {
		need = 2;
	} else if (in_range(lead, 0xe0, 0xef)) {
		need = 3;
		low = lead == 0xe0 ? 0xa0 : 0x80;
		high = lead == 0xed ? 0x9f : 0xbf;
	} else if (in_range(lead, 0xf0, 0xf4)) {
		need = 4;
		low = lead == 0xf0 ? 0x90 : 0x80;
		high = lead == 0xf4 ? 0x8f : 0xbf;
	} else {
		return 0;
	}
	if (len < need || !in_range(s[1], low, high))
		return 0;
	for (size_t i = 2; i < need; i++)
		if (!in_range(s[i], 0x80, 0xbf))
			return 0;
	return need;
}

bool lt_text_valid(const char *s, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)s;
	size_t i = 0;
	while (i < len) {
		size_t n = bytes[i] == 0 ? 0 : sequence_length(bytes + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t lt_text_length(const char *s, size_t len)
{
	size_t count = 0;
	for (size_t i = 0; i < len; i++)
		count += ((uint8_t)s[i] & 0xc0) != 0x80;
	return count;
}
