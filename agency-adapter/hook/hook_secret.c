/* hook_secret.c: secrets and signatures of webhooks. */
#include "hook_secret.h"

#include "base/base64.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "whsec_"
#define BLOCK 64u /* bytes of SHA-256's block */

void hook_hmac(struct lt_bytes key, struct lt_bytes data, uint8_t out[32])
{
	uint8_t inner[BLOCK] = { 0 }, outer[BLOCK], digest[32];
	if (key.len > BLOCK)
		lt_sha256(key, inner);
	else if (key.len > 0)
		memcpy(inner, key.data, key.len);
	for (size_t i = 0; i < BLOCK; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	lt_sha256_two(lt_bytes(inner, BLOCK), data, digest);
	lt_sha256_two(lt_bytes(outer, BLOCK), lt_bytes(digest, sizeof(digest)), out);
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(outer, sizeof(outer));
}

static enum lt_err wrong(char *error, size_t size, unsigned line, const char *what)
{
	snprintf(error, size, "line %u: %s", line, what);
	return LT_EINVAL;
}

static enum lt_err read_line(const char *line, size_t len, unsigned number, struct hook_secrets *out, char *error,
			     size_t size)
{
	struct lt_buf bytes = { 0 };
	if (out->count == HOOK_SECRETS_MAX)
		return wrong(error, size, number, "over 4 secrets");
	if (len < strlen(PREFIX) || memcmp(line, PREFIX, strlen(PREFIX)) != 0)
		return wrong(error, size, number, "a secret is whsec_ and base64");
	enum lt_err err = base64_decode(line + strlen(PREFIX), len - strlen(PREFIX), &bytes);
	if (!err && bytes.len >= HOOK_SECRET_MIN && bytes.len <= HOOK_SECRET_MAX) {
		out->list[out->count].len = bytes.len;
		memcpy(out->list[out->count++].bytes, bytes.data, bytes.len);
	} else {
		err = wrong(error, size, number,
			    err ? "what follows whsec_ is no base64" : "24 to 64 bytes are needed");
	}
	if (bytes.len > 0)
		explicit_bzero(bytes.data, bytes.len);
	lt_buf_fini(&bytes);
	return err;
}

enum lt_err hook_secrets_read(const char *text, struct hook_secrets *out, char *error, size_t error_size)
{
	enum lt_err err = LT_OK;
	unsigned number = 1;
	*out = (struct hook_secrets){ 0 };
	for (const char *line = text; *line && !err; number++) {
		size_t len = strcspn(line, "\n"), used = len;
		while (used > 0 && strchr(" \t\r", line[used - 1]))
			used--;
		if (used > 0 && *line != '#')
			err = read_line(line, used, number, out, error, error_size);
		line += len + (line[len] == '\n');
	}
	return err || out->count > 0 ? err : wrong(error, error_size, 1, "no secret in it");
}

enum lt_err hook_sign(const struct hook_secrets *secrets, const char *id, int64_t seconds, struct lt_bytes body,
		      struct lt_buf *out)
{
	struct lt_buf text = { 0 };
	uint8_t mac[32];
	enum lt_err err = lt_buf_printf(&text, "%s.%lld.", id, (long long)seconds);
	if (!err)
		err = lt_buf_append(&text, body.data, body.len);
	for (size_t i = 0; i < secrets->count && !err; i++) {
		hook_hmac(lt_bytes(secrets->list[i].bytes, secrets->list[i].len), lt_buf_bytes(&text), mac);
		err = lt_buf_printf(out, "%sv1,", i > 0 ? " " : "");
		if (!err)
			err = base64_encode(lt_bytes(mac, sizeof(mac)), 0, out);
	}
	lt_buf_fini(&text);
	return err;
}
