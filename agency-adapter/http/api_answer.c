/* api_answer.c: POST /v1/inbox/{id}/accept and /refuse. */
#include "exchange.h"

#include "api_inbox.h"
#include "json_read.h"

#include <stdlib.h>
#include <string.h>

struct answer {
	json_t *root;
	const char *text;
	bool accept;
	uint64_t number;
	struct outbox_receipt receipt;
};

static void answer_free(void *work)
{
	struct answer *answer = work;
	json_decref(answer->root);
	free(answer);
}

static enum lt_err answer_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	struct answer *answer = exchange->work;
	enum lt_err err = api_inbox_find(tx, exchange->segments[0], &answer->number);
	if (!err)
		err = inbox_answer(tx, adapter_office(exchange->adapter), answer->number, answer->accept, answer->text,
				   &answer->receipt);
	return err;
}

static void answer_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	struct answer *answer = exchange->work;
	if (err)
		exchange_error(exchange, err);
	else if (answer->receipt.refusal.reason)
		exchange_refuse(exchange, &answer->receipt.refusal, NULL);
	else
		exchange_json(exchange, 200,
			      json_pack("{s:o, s:s, s:I}", "id", json_id(answer->receipt.id), "state",
					answer->accept ? "accepted" : "refused", "number", (json_int_t)answer->number));
}

static void read_body(struct exchange *exchange, struct answer *answer, struct json_reader *reader)
{
	static const char *const nothing[] = { NULL };
	static const char *const reason[] = { "reason", NULL };
	answer->text = "";
	if (exchange->body.len > 0)
		answer->root = json_body_object(reader, lt_buf_bytes(&exchange->body));
	if (answer->root) {
		json_body_known(reader, answer->root, "", answer->accept ? nothing : reason);
		answer->text = json_body_text(reader, answer->root, "", "reason", false);
	}
	if (!answer->accept && !reader->refusal.reason && strspn(answer->text, " \t\r\n") == strlen(answer->text))
		lt_refuse(&reader->refusal, LT_REASON_REQUIRED, "reason: missing or blank");
}

static void handle(struct exchange *exchange, bool accept)
{
	struct json_reader reader = { 0 };
	struct answer *answer = calloc(1, sizeof(*answer));
	if (!answer) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	answer->accept = accept;
	exchange->work = answer;
	exchange->work_free = answer_free;
	read_body(exchange, answer, &reader);
	if (reader.refusal.reason)
		exchange_refuse(exchange, &reader.refusal, reader.pointer);
	else
		exchange_run(exchange, answer_run, answer_then);
}

void api_inbox_accept(struct exchange *exchange)
{
	handle(exchange, true);
}

void api_inbox_refuse(struct exchange *exchange)
{
	handle(exchange, false);
}
