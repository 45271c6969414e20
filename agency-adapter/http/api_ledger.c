/* api_ledger.c: POST /v1/ledger/accept. A person has looked at why the broker's ledger does not agree with what it had signed, and says to
 * go on with it: with a reason, which is logged. What was kept as evidence stays. */
#include "exchange.h"

#include "mail/ledger/checkpoints.h"
#include "program/json.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>

struct acceptance {
	struct json_reader reader;
	const char *reason; /* in the reader's root */
};

static void acceptance_free(void *work)
{
	struct acceptance *acceptance = work;
	json_reader_fini(&acceptance->reader);
	free(acceptance);
}

static enum lt_err run(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	return checkpoints_accept(tx);
}

static void then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	const struct acceptance *acceptance = exchange->work;
	if (err == LT_ENOENT) {
		exchange_problem(exchange, LT_NOT_FOUND, "the broker's ledger agrees: there is nothing to accept");
	} else if (err) {
		exchange_error(exchange, err);
	} else {
		lt_log(LT_LOG_WARNING, "the broker's ledger is accepted as it is now", "reason", acceptance->reason,
		       NULL);
		adapter_ledger_accepted(exchange->adapter);
		exchange_json(exchange, 200, json_pack("{s:s}", "ledger", "accepted"));
	}
}

static void read_body(struct exchange *exchange, struct acceptance *acceptance)
{
	static const char *const keys[] = { "reason", NULL };
	struct json_reader *reader = &acceptance->reader;
	acceptance->reason = "";
	if (exchange->body.len > 0 && json_read_body(lt_buf_bytes(&exchange->body), NULL, reader) == LT_OK) {
		json_check_keys(reader, reader->root, "", keys);
		json_read_text(reader, reader->root, "", "reason", false, &acceptance->reason);
	}
	bool blank = strspn(acceptance->reason, " \t\r\n") == strlen(acceptance->reason);
	if (blank && !reader->refusal.reason)
		json_refuse_as(reader, "/reason", LT_REASON_REQUIRED, "reason: missing or blank");
}

void api_ledger_accept(struct exchange *exchange)
{
	if (exchange->token && (exchange->token->agency_count > 0 || exchange->token->kinds != 0)) {
		exchange_problem(exchange, LT_TOKEN_NOT_ALLOWED, "%s is for some agencies or kinds alone",
				 exchange->token->name);
		return;
	}
	struct acceptance *acceptance = calloc(1, sizeof(*acceptance));
	if (!acceptance) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	exchange->work = acceptance;
	exchange->work_free = acceptance_free;
	read_body(exchange, acceptance);
	if (acceptance->reader.refusal.reason)
		exchange_refuse_body(exchange, &acceptance->reader);
	else
		exchange_run(exchange, run, then);
}
