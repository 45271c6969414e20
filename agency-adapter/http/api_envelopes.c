/* api_envelopes.c: GET /v1/envelopes/{id}: what became of an envelope of ours, and what stands in it. */
#include "exchange.h"

#include "api_header.h"
#include "api_parts.h"
#include "api_view.h"
#include "json_write.h"
#include "http/lists/poll.h"
#include "http/post/post.h"
#include "mail/parts.h"
#include "mail/ledger/proofs.h"

#include <lienthong/time.h>

#include <stdlib.h>
#include <string.h>

static const char *answer_name(const struct outbox_reply *reply)
{
	if (reply->kind == 0)
		return reply->delivered_at ? "delivered" : "waiting";
	return reply->kind == LT_KIND_ACCEPT ? "accepted" : reply->kind == LT_KIND_REFUSE ? "refused" : "answered";
}

static json_t *answer_of(const struct lt_recipient *to, const struct outbox_reply *reply)
{
	json_t *out = json_pack("{s:s, s:s?, s:s, s:o}", "agency", to->agency, "leg", json_leg(to->leg), "state",
				answer_name(reply), "delivered", json_time(reply->delivered_at));
	if (!out || reply->kind == 0)
		return out;
	json_object_update_new(out, json_pack("{s:s, s:o, s:s, s:o, s:s}", "kind", lt_kind_name(reply->kind), "id",
					      json_id(reply->id), "by", reply->by, "time", json_time(reply->at),
					      "reason", reply->words));
	if (reply->agree)
		json_object_set_new(out, "agree", api_agree_show(reply->agree));
	return out;
}

static json_t *answers_of(struct vault_tx *tx, uint64_t number, const struct lt_header *header)
{
	json_t *list = json_array();
	for (size_t i = 0; i < header->to_count; i++) {
		struct outbox_reply reply;
		if (!outbox_get_reply(tx, number, i, &reply))
			json_array_append_new(list, answer_of(&header->to[i], &reply));
	}
	return list;
}

static json_t *receipt_of(const struct outbox_state *state)
{
	if (state->admitted_at == 0)
		return json_null();
	const struct lt_receipt *receipt = &state->receipt;
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "sequence", (json_int_t)state->sequence, "time",
			 json_time(state->admitted_at), "leaf_hash", json_hex(lt_bytes(state->leaf_hash, 32)), "head",
			 json_hex(lt_bytes(receipt->head, sizeof(receipt->head))), "verdict_digest",
			 json_hex(lt_bytes(receipt->verdict, 32)), "outcome_digest",
			 json_hex(lt_bytes(receipt->outcome, 32)), "branch", (json_int_t)state->branch,
			 "branch_version", (json_int_t)state->branch_version);
}

json_t *view_rejection(const struct outbox_rejection *rejection)
{
	if (rejection->reason == 0)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "code", lt_reason_name(rejection->reason), "title",
			 lt_reason_text(rejection->reason), "title_vi", lt_reason_vietnamese(rejection->reason),
			 "detail", rejection->detail, "detail_vi", rejection->vietnamese, "time",
			 json_time(rejection->at));
}

/* A rejection in the members that it always had, beside the object: what was written for them goes on. The words of the act are in the
 * signed bytes then. */
static void set_rejected(json_t *out, const struct outbox_rejection *rejection)
{
	if (rejection->reason == 0)
		return;
	json_object_update_new(out, json_pack("{s:s, s:s, s:s, s:s, s:s}", "reason", lt_reason_name(rejection->reason),
					      "reason_text", lt_reason_text(rejection->reason), "reason_text_vi",
					      lt_reason_vietnamese(rejection->reason), "detail", rejection->detail,
					      "detail_vi", rejection->vietnamese));
}

json_t *view_envelope(struct vault_tx *tx, uint64_t number, const struct outbox_state *state, struct lt_arena *arena,
		      bool whole)
{
	static const struct outbox_rejection none;
	const struct outbox_rejection *rejection = state->status == OUTBOX_REJECTED ? &state->rejection : &none;
	struct lt_bytes bytes, signature;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(arena);
	if (outbox_envelope(tx, number, &bytes, &signature) || lt_header_parse(bytes, arena, &header, &refusal))
		return NULL;
	json_t *out = json_pack("{s:I, s:s, s:o}", "number", (json_int_t)number, "state",
				outbox_status_name(state->status), "to", api_recipients_show(&header));
	if (!out)
		return NULL;
	api_header_show(out, &header, whole);
	json_object_set_new(out, "parts", view_parts(&header, header.part_count));
	json_object_set_new(out, "queued", json_time(state->created));
	json_object_set_new(out, "admitted", json_time(state->admitted_at));
	json_object_set_new(out, "rejected", json_time(rejection->at));
	json_object_set_new(out, "delivered", json_time(state->delivered_at));
	json_object_set_new(out, "receipt", receipt_of(state));
	json_object_set_new(out, "rejection", view_rejection(rejection));
	if (state->status == OUTBOX_QUEUED)
		json_object_set_new(out, "last_rejection", view_rejection(&state->rejection));
	set_rejected(out, rejection);
	json_object_set_new(out, "answers", answers_of(tx, number, &header));
	if (whole)
		view_set_signed(out, bytes, signature);
	return out;
}

/* The completed receipt, a tlog-proof; null until the ledger has been shown to hold it. */
static void set_proof(struct vault_tx *tx, uint64_t number, const struct outbox_state *state, json_t *out)
{
	struct lt_buf text = { 0 };
	json_t *receipt = json_object_get(out, "receipt");
	if (!json_is_object(receipt))
		return;
	bool complete = proofs_text(tx, number, state, &text) == LT_OK;
	json_object_set_new(receipt, "proof", complete ? json_stringn((const char *)text.data, text.len) : json_null());
	lt_buf_fini(&text);
}

/* Opens a reader and finds the envelope of the path. */
static enum lt_err find(struct exchange *exchange, struct vault_tx **tx, uint64_t *number, struct outbox_state *state)
{
	uint8_t id[16];
	*tx = NULL;
	if (lt_uuid_parse(exchange->segments[0], id))
		return LT_ENOENT;
	enum lt_err err = vault_read_begin(adapter_vault(exchange->adapter), tx);
	if (!err)
		err = outbox_find(*tx, id, number);
	if (!err)
		err = outbox_get_state(*tx, *number, state);
	return !err && !exchange_may_speak(exchange, state->sender) ? LT_ENOENT : err;
}

/* Until when an answer is held back: the broker has decided; every recipient has it; every recipient has answered. */
enum until { UNTIL_DECIDED, UNTIL_DELIVERED, UNTIL_ANSWERED, UNTILS };

struct envelope_watch {
	enum until until;
	struct lt_arena *arena;
	json_t *view;
};

static bool answered(const json_t *view)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(view, "answers"), i, one)
	{
		if (!json_object_get(one, "kind"))
			return false;
	}
	return true;
}

static bool reached(const struct envelope_watch *watch, const struct outbox_state *state)
{
	if (state->status == OUTBOX_QUEUED || state->status == OUTBOX_REJECTED)
		return state->status == OUTBOX_REJECTED;
	return watch->until == UNTIL_DECIDED ||
	       (watch->until == UNTIL_DELIVERED && state->status == OUTBOX_DELIVERED) ||
	       (watch->until == UNTIL_ANSWERED && answered(watch->view));
}

static enum lt_err look(struct exchange *exchange, void *ctx, bool *found)
{
	struct envelope_watch *watch = ctx;
	struct vault_tx *tx = NULL;
	struct outbox_state state;
	uint64_t number;
	json_decref(watch->view);
	watch->view = NULL;
	enum lt_err err = find(exchange, &tx, &number, &state);
	if (!err) {
		watch->view = view_envelope(tx, number, &state, watch->arena, true);
		set_proof(tx, number, &state, watch->view);
		*found = reached(watch, &state);
	}
	vault_read_end(tx);
	return err;
}

static bool read_until(struct exchange *exchange, enum until *out)
{
	static const char *const names[UNTILS] = { "decided", "delivered", "answered" };
	const char *text = exchange_query_text(exchange, "until");
	for (*out = 0; text && *out < UNTILS && strcmp(names[*out], text) != 0;)
		++*out;
	if (*out < UNTILS)
		return true;
	exchange_problem(exchange, LT_QUERY_INVALID, "query until: decided, delivered or answered is needed");
	return false;
}

void api_envelope_get(struct exchange *exchange)
{
	struct envelope_watch watch = { 0 };
	uint64_t wait;
	if (!poll_read(exchange, &wait) || !read_until(exchange, &watch.until))
		return;
	enum lt_err err = lt_arena_new(API_ARENA_MAX, &watch.arena);
	bool now = err || poll_run(exchange, API_EVENTS, wait, look, &watch, &err);
	lt_arena_free(watch.arena);
	if (now && !err)
		exchange_json(exchange, 200, watch.view);
	else
		json_decref(watch.view);
	if (now && err && !(err == LT_ENOENT && envelope_told(exchange)))
		exchange_error(exchange, err);
}

static enum lt_err read_part(struct vault_tx *tx, uint64_t number, size_t n, struct lt_arena *arena,
			     struct exchange *exchange)
{
	struct lt_bytes bytes, signature;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = outbox_envelope(tx, number, &bytes, &signature);
	if (err)
		return err;
	if (lt_header_parse(bytes, arena, &header, &refusal))
		return LT_ECORRUPT;
	if (n >= header.part_count)
		return LT_ENOENT;
	return api_part_give(exchange, tx, header.parts[n].sha256, header.parts[n].media_type, header.parts[n].name);
}

void api_envelope_part(struct exchange *exchange)
{
	struct vault_tx *tx = NULL;
	struct lt_arena *arena = NULL;
	struct outbox_state state;
	uint64_t number;
	const char *text = exchange->segments[1];
	size_t len = strlen(text);
	enum lt_err err = len > 0 && len < 4 && strspn(text, "0123456789") == len ? LT_OK : LT_ENOENT;
	if (!err)
		err = find(exchange, &tx, &number, &state);
	if (!err)
		err = lt_arena_new(API_ARENA_MAX, &arena);
	if (!err)
		err = read_part(tx, number, strtoul(text, NULL, 10), arena, exchange);
	if (err)
		exchange_error(exchange, err);
	lt_arena_free(arena);
	vault_read_end(tx);
}
