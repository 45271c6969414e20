/* api_answer.c: POST /v1/inbox/{id}/accept and /refuse. */
#include "exchange.h"

#include "api_header.h"
#include "api_inbox.h"
#include "json_write.h"
#include "program/json.h"

#include <lienthong/text.h>
#include <lienthong/time.h>

#include <stdlib.h>
#include <string.h>

struct answer {
	struct json_reader reader;
	struct outbox_request request; /* texts are in the reader's root */
	struct lt_actor actor;
	bool accept;
	uint64_t number;
	struct outbox_receipt receipt;
	struct inbox_state state;
};

static void answer_free(void *work)
{
	struct answer *answer = work;
	json_reader_fini(&answer->reader);
	free(answer);
}

static enum lt_err answer_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	struct answer *answer = exchange->work;
	enum lt_err err = api_inbox_find(exchange, tx, &answer->number);
	if (!err)
		err = inbox_answer(tx, adapter_speaker(exchange->adapter), answer->number, &answer->request,
				   &answer->receipt);
	return err || answer->receipt.refusal.reason ? err : inbox_get_state(tx, answer->number, &answer->state);
}

static void answer_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	struct answer *answer = exchange->work;
	char id[LT_UUID_TEXT];
	if (err)
		exchange_error(exchange, err);
	else if (answer->receipt.refusal.reason)
		exchange_refuse(exchange, &answer->receipt.refusal,
				strncmp(answer->receipt.refusal.detail, "reason:", 7) == 0 ? "/reason" : NULL);
	else {
		lt_uuid_format(answer->receipt.id, id);
		exchange_header(exchange, "Location", "/v1/envelopes/%s", id);
		exchange_json(exchange, 202,
			      json_pack("{s:o, s:s, s:I, s:s}", "id", json_id(answer->receipt.id), "state",
					outbox_status_name(answer->receipt.status), "number",
					(json_int_t)answer->number, "item_state",
					inbox_status_name(answer->state.status)));
	}
}

static void read_body(struct exchange *exchange, struct answer *answer)
{
	struct json_reader *reader = &answer->reader;
	static const char *const accepts[] = { "actor", NULL };
	static const char *const refuses[] = { "actor", "reason", "ground", NULL };
	struct lt_header *header = &answer->request.header;
	header->kind = answer->accept ? LT_KIND_ACCEPT : LT_KIND_REFUSE;
	header->reason = header->ground = "";
	if (exchange->body.len > 0 && json_read_body(lt_buf_bytes(&exchange->body), NULL, reader) == LT_OK) {
		json_check_keys(reader, reader->root, "", answer->accept ? accepts : refuses);
		if (json_bring(json_object_get(reader->root, "reason")) ||
		    json_bring(json_object_get(reader->root, "actor")))
			json_refuse(reader, "", "no memory to bring its texts into form");
		json_read_text(reader, reader->root, "", "reason", false, &header->reason);
		json_read_text(reader, reader->root, "", "ground", false, &header->ground);
		header->actor = api_actor_read(reader, "actor", &answer->actor);
	}
	if (!answer->accept && !reader->refusal.reason && lt_text_blank(header->reason))
		json_refuse_as(reader, "/reason", LT_REASON_REQUIRED, "reason: missing or blank");
}

static void handle(struct exchange *exchange, bool accept)
{
	struct answer *answer = calloc(1, sizeof(*answer));
	if (!answer) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	answer->accept = accept;
	exchange->work = answer;
	exchange->work_free = answer_free;
	if (exchange->token && !token_may_send(exchange->token, accept ? LT_KIND_ACCEPT : LT_KIND_REFUSE)) {
		exchange_problem(exchange, LT_TOKEN_NOT_ALLOWED, "%s may not send %s", exchange->token->name,
				 accept ? "ACCEPT" : "REFUSE");
		return;
	}
	read_body(exchange, answer);
	if (answer->reader.refusal.reason)
		exchange_refuse_body(exchange, &answer->reader);
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
