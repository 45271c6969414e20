/* api_parts.c: PUT /v1/parts. */
#include "exchange.h"

#include "json_write.h"
#include "mail/parts.h"

#include <stdlib.h>

static enum lt_err put_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	const uint8_t *digest = exchange->work;
	return parts_put(tx, digest, lt_buf_bytes(&exchange->body), adapter_speaker(exchange->adapter)->now());
}

static void put_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	char hex[65];
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	lt_hex(lt_bytes(exchange->work, 32), hex);
	json_t *digest = json_sprintf("sha256:%s", hex);
	exchange_json(
		exchange, 200,
		json_pack("{s:o, s:s, s:I}", "digest", digest, "sha256", hex, "size", (json_int_t)exchange->body.len));
}

void api_part_put(struct exchange *exchange)
{
	if (exchange->body.len == 0) {
		exchange_problem(exchange, LT_BODY_MALFORMED, "an empty part");
		return;
	}
	exchange->work = malloc(32);
	exchange->work_free = free;
	if (!exchange->work) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	lt_sha256(lt_buf_bytes(&exchange->body), exchange->work);
	exchange_run(exchange, put_run, put_then);
}
