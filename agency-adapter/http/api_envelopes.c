/* api_envelopes.c: GET /v1/envelopes/{id}. */
#include "exchange.h"

#include "api_view.h"
#include "json_write.h"
#include "mail/proofs.h"

#include <lienthong/time.h>

#include <string.h>

static json_t *answer_of(const struct outbox_state *state)
{
	if (!state->has_answer)
		return json_null();
	return json_pack("{s:o, s:o, s:s, s:s}", "id", json_id(state->answer_id), "time", json_time(state->answered_at),
			 "by", state->to, "reason", state->answer_text);
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

json_t *view_envelope(const struct outbox_state *state)
{
	bool accepted = state->status == OUTBOX_ACCEPTED, refused = state->status == OUTBOX_REFUSED;
	json_t *out = json_pack("{s:o, s:s, s:s, s:s, s:s, s:s}", "id", json_id(state->id), "state",
				outbox_status_name(state->status), "kind", lt_kind_name(state->kind), "sender",
				state->sender, "to", state->to, "dossier", state->dossier);
	if (!out)
		return NULL;
	json_object_set_new(out, "queued", json_time(state->created));
	json_object_set_new(out, "admitted", json_time(state->admitted_at));
	json_object_set_new(out, "rejected", json_time(state->rejected_at));
	json_object_set_new(out, "delivered", json_null()); /* the link does not tell it */
	json_object_set_new(out, "accepted", json_time(accepted ? state->answered_at : 0));
	json_object_set_new(out, "refused", json_time(refused ? state->answered_at : 0));
	json_object_set_new(out, "receipt", receipt_of(state));
	json_object_set_new(out, "answer", answer_of(state));
	if (state->reason) {
		json_object_set_new(out, "reason", json_string(lt_reason_name(state->reason)));
		json_object_set_new(out, "reason_text", json_string(lt_reason_text(state->reason)));
		json_object_set_new(out, "reason_text_vi", json_string(lt_reason_vietnamese(state->reason)));
		json_object_set_new(out, "detail", json_string(state->detail));
		json_object_set_new(out, "detail_vi", json_string(state->vietnamese));
	} else {
		json_object_set_new(out, "reason", refused ? json_string(state->answer_text) : json_null());
	}
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

void api_envelope_get(struct exchange *exchange)
{
	struct vault_tx *tx;
	struct outbox_state state;
	struct lt_bytes header, signature;
	uint8_t id[16];
	uint64_t number;
	if (lt_uuid_parse(exchange->segments[0], id)) {
		exchange_problem(exchange, LT_NOT_FOUND, "not a UUID");
		return;
	}
	enum lt_err err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	err = outbox_find(tx, id, &number);
	if (!err)
		err = outbox_get_state(tx, number, &state);
	if (!err)
		err = outbox_envelope(tx, number, &header, &signature);
	if (err) {
		exchange_error(exchange, err);
	} else {
		json_t *out = view_envelope(&state);
		view_set_signed(out, header, signature);
		set_proof(tx, number, &state, out);
		exchange_json(exchange, 200, out);
	}
	vault_read_end(tx);
}
