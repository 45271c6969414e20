/* verify_read.c: certificates and CRLs from files, PEM or DER. PEM is only base64 between two lines (RFC 7468). */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX (16u * 1024u * 1024u) /* bytes: a CRL of a national CA with 100,000 entries is about 4 MiB */

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static enum lt_err decode(const char *text, size_t len, struct lt_buf *out)
{
	uint32_t bits = 0;
	int count = 0;
	for (size_t i = 0; i < len; i++) {
		int value = value_of(text[i]);
		if (text[i] == '=' || text[i] == '\n' || text[i] == '\r' || text[i] == ' ' || text[i] == '\t')
			continue;
		if (value < 0)
			return LT_EPARSE;
		bits = bits << 6 | (uint32_t)value;
		count += 6;
		if (count >= 8) {
			uint8_t byte = (uint8_t)(bits >> (count - 8));
			count -= 8;
			if (lt_buf_append(out, &byte, 1))
				return LT_ENOMEM;
		}
	}
	return LT_OK;
}

static enum lt_err read_pem(const char *text, enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	enum lt_err err = LT_EPARSE;
	for (const char *at = text; (at = strstr(at, "-----BEGIN ")) != NULL;) {
		struct lt_buf der = { 0 };
		const char *from = strchr(at, '\n'), *to = from ? strstr(from, "-----END ") : NULL;
		if (!to)
			return LT_EPARSE;
		err = decode(from, (size_t)(to - from), &der);
		if (!err)
			err = each(ctx, lt_buf_bytes(&der));
		lt_buf_fini(&der);
		if (err)
			return err;
		at = to + 9;
	}
	return err;
}

enum lt_err verify_read_der(const char *path, enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	struct lt_buf file = { 0 };
	enum lt_err err = lt_file_read(path, FILE_MAX, &file);
	if (err)
		return err;
	if (file.len > 0 && file.data[0] == 0x30) {
		err = each(ctx, lt_buf_bytes(&file));
	} else {
		uint8_t end = 0;
		err = lt_buf_append(&file, &end, 1);
		if (!err)
			err = read_pem((const char *)file.data, each, ctx);
	}
	lt_buf_fini(&file);
	return err;
}
