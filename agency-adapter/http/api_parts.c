/* api_parts.c: PUT /v1/parts, GET /v1/parts/{sha256}, and the headers that bytes of parts are given out with. */
#include "exchange.h"

#include "api_parts.h"
#include "json_write.h"
#include "mail/parts.h"
#include "store/part_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct put {
	uint8_t digest[32];
	bool there; /* it was put before */
};

static enum lt_err put_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	struct put *put = exchange->work;
	struct part_note note;
	put->there = parts_find(tx, put->digest, &note) == LT_OK;
	return parts_put(tx, put->digest, lt_buf_bytes(&exchange->body), adapter_speaker(exchange->adapter)->now());
}

static void put_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	const struct put *put = exchange->work;
	char hex[65];
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	lt_hex(lt_bytes(put->digest, 32), hex);
	json_t *digest = json_sprintf("sha256:%s", hex);
	exchange_header(exchange, "Location", "/v1/parts/%s", hex);
	exchange_json(
		exchange, put->there ? 200 : 201,
		json_pack("{s:o, s:s, s:I}", "digest", digest, "sha256", hex, "size", (json_int_t)exchange->body.len));
}

void api_part_put(struct exchange *exchange)
{
	if (exchange->body.len == 0) {
		exchange_problem(exchange, LT_BODY_MALFORMED, "an empty part");
		return;
	}
	struct put *put = calloc(1, sizeof(*put));
	exchange->work = put;
	exchange->work_free = free;
	if (!put) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	lt_sha256(lt_buf_bytes(&exchange->body), put->digest);
	exchange->new_work = true;
	exchange_run(exchange, put_run, put_then);
}

void api_part_get(struct exchange *exchange)
{
	struct vault_tx *tx = NULL;
	uint8_t digest[32];
	const char *hex = exchange->segments[0];
	enum lt_err err = lt_unhex(strncmp(hex, "sha256:", 7) == 0 ? hex + 7 : hex, digest, sizeof(digest));
	err = err ? LT_ENOENT : vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err)
		err = api_part_give(exchange, tx, digest, "application/octet-stream", "");
	if (err)
		exchange_error(exchange, err);
	vault_read_end(tx);
}

/* RFC 8187: what is not a letter, a digit or one of these is written in per cent. */
static void write_name(const char *name, char *out, size_t size)
{
	size_t used = 0;
	for (const unsigned char *c = (const unsigned char *)name; *c && used + 4 < size; c++) {
		bool plain = (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') ||
			     strchr("-._~", *c);
		used += (size_t)snprintf(out + used, size - used, plain ? "%c" : "%%%02X", *c);
	}
	out[used] = '\0';
}

/* A name that whoever sent it has chosen is for saving, never for showing in a browser, which would run what it says. */
enum lt_err api_part_give(struct exchange *exchange, struct vault_tx *tx, const uint8_t digest[32],
			  const char *media_type, const char *name)
{
	char hex[65], written[3 * LT_PART_NAME_MAX + 1];
	struct part_note note;
	struct lt_bytes data;
	enum lt_err err = parts_find(tx, digest, &note);
	bool large = !err && note.size > LT_PART_MAX;
	if (!err && !large)
		err = parts_read(tx, digest, &data);
	int file = large ? part_files_read(adapter_files(exchange->adapter), digest) : -1;
	if (err || (large && file < 0))
		return err ? err : LT_ENOENT;
	lt_hex(lt_bytes(digest, 32), hex);
	write_name(name, written, sizeof(written));
	if (large)
		exchange_file(exchange, file, note.size, media_type);
	else
		exchange_bytes(exchange, data, media_type);
	if (exchange->status != 200)
		return LT_OK;
	snprintf(exchange->tag, sizeof(exchange->tag), "\"%s\"", hex);
	exchange->ranges = true;
	exchange_header(exchange, "Content-Disposition", "attachment%s%s", *name ? "; filename*=UTF-8''" : "", written);
	exchange_header(exchange, "Content-Security-Policy", "sandbox");
	return LT_OK;
}
