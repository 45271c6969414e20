/* api_dossiers.c: GET /v1/dossiers/{code}: the broker is asked; without it, what passed through here. */
#include "exchange.h"

#include "api_view.h"
#include "law/status.h"
#include "wire/link.h"
#include "mail/dossiers.h"
#include "json_write.h"

#include <string.h>

#define LOCAL_MAX 500u /* entries of the local time line */

static const char *custody_name(enum lt_custody custody)
{
	switch (custody) {
	case LT_CUSTODY_HELD:
		return "held";
	case LT_CUSTODY_OFFERED:
		return "offered";
	case LT_CUSTODY_CLOSED:
		return "closed";
	}
	return "unknown";
}

json_t *view_hop(const struct lt_hop *hop)
{
	json_t *to = json_array();
	for (size_t i = 0; i < hop->to_count; i++)
		json_array_append_new(
			to, json_pack("{s:s, s:s?}", "agency", hop->to[i].agency, "leg", json_leg(hop->to[i].leg)));
	json_t *out =
		json_pack("{s:I, s:o, s:o, s:s, s:s, s:o, s:s, s:o, s:I, s:I, s:I}", "sequence",
			  (json_int_t)hop->sequence, "time", json_time(hop->time), "sent_at", json_time(hop->sent_at),
			  "kind", lt_kind_name(hop->kind), "sender", hop->sender, "to", to, "reason", hop->reason,
			  "leaf_hash", json_hex(hop->leaf_hash), "branch", (json_int_t)hop->branch, "branch_version",
			  (json_int_t)hop->branch_version, "status", (json_int_t)hop->status);
	if (!out)
		return NULL;
	json_object_set_new(out, "status_name", json_string(status_name((enum status)hop->status)));
	json_object_set_new(out, "id", hop->id.len == 16 ? json_id(hop->id.data) : json_null());
	if (hop->actor)
		json_object_set_new(out, "actor", json_actor(hop->actor));
	if (hop->channel)
		json_object_set_new(out, "channel", json_channel(hop->channel));
	if (hop->ground[0])
		json_object_set_new(out, "ground", json_string(hop->ground));
	if (hop->late_reason)
		json_object_set_new(out, "late_reason", json_late_reason(hop->late_reason));
	if (hop->foreign_count > 0)
		json_object_set_new(out, "foreign_codes", json_texts(hop->foreign_codes, hop->foreign_count));
	if (hop->result_count > 0)
		json_object_set_new(out, "results", json_results(hop->results, hop->result_count));
	if (hop->erased_by)
		json_object_set_new(out, "erased_by", json_integer((json_int_t)hop->erased_by));
	json_object_set_new(out, "certificate_sha256", json_hex(hop->certificate_sha256));
	json_object_set_new(out, "outcome",
			    json_string(hop->outcome ? lt_reason_name((enum lt_reason)hop->outcome) : "ADMITTED"));
	return out;
}

static json_t *clock_of(const struct lt_clock_view *clock)
{
	if (!clock)
		return json_null();
	/* due_original and due_current: what programs have read from the beginning, due_first and what was told last. */
	int64_t current = clock->appointment ? clock->appointment : clock->due_lawful;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:I, s:I, s:I, s:s?, s:b, s:b, s:o}", "due_original",
			 json_time(clock->due_first), "due_current", json_time(current), "started",
			 json_time(clock->started), "due_first", json_time(clock->due_first), "due_lawful",
			 json_time(clock->due_lawful), "appointment", json_time(clock->appointment), "suspended",
			 (int)clock->suspended, "allotted_minutes", (json_int_t)clock->allotted, "used_minutes",
			 (json_int_t)clock->used, "verdict", (json_int_t)clock->verdict, "verdict_name",
			 view_verdict(clock->verdict), "apologised", (int)clock->apologised, "time_set_back",
			 (int)clock->set_back, "ended_at", json_time(clock->ended_at));
}

static json_t *branch_of(const struct lt_branch_view *branch)
{
	json_t *out = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s?, s:o}", "branch", (json_int_t)branch->branch, "version",
				(json_int_t)branch->version, "custody", custody_name(branch->custody), "holder",
				branch->holder, "offered_to", branch->offered_to, "leg", json_leg(branch->leg), "since",
				json_time(branch->since));
	if (out) /* who acts since a reorganisation; "": the holder, the one that it is offered to */
		json_object_update_new(out, json_pack("{s:s, s:s}", "acting", branch->acting ? branch->acting : "",
						      "acting_offered",
						      branch->acting_offered ? branch->acting_offered : ""));
	if (out)
		json_object_update_new(out, json_pack("{s:o, s:s, s:s, s:I, s:o}", "clock", clock_of(branch->clock),
						      "leg_name", branch->leg_name ? branch->leg_name : "", "unit",
						      branch->unit ? branch->unit : "", "trace",
						      (json_int_t)branch->trace, "next", view_next(branch)));
	if (out)
		json_object_set_new(out, "consult", view_ask(branch));
	if (out)
		json_object_set_new(out, "offer_id",
				    branch->offer_id.len == 16 ? json_id(branch->offer_id.data) : json_null());
	return out;
}

static json_t *broker_view(const struct lt_dossier_view *view, uint64_t sequence)
{
	json_t *branches = json_array(), *hops = json_array();
	for (size_t i = 0; i < view->branch_count; i++)
		json_array_append_new(branches, branch_of(&view->branches[i]));
	for (size_t i = 0; i < view->hop_count; i++)
		json_array_append_new(hops, view_hop(&view->hops[i]));
	const char *holder = view->branch_count ? view->branches[view->branch_count - 1].holder : "";
	json_t *out = json_pack(
		"{s:o, s:s, s:s, s:I, s:s, s:I, s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:I}", "clock",
		clock_of(view->clock), "source", "broker", "code", view->code, "sequence", (json_int_t)sequence,
		"procedure", view->procedure, "procedure_version", (json_int_t)view->procedure_version, "status",
		(json_int_t)view->status, "origin", view->origin, "lead", view->lead, "holder", holder, "opened_at",
		json_time(view->opened_at), "legs", branches, "hops", hops, "hops_total", (json_int_t)view->hops_total);
	if (out)
		json_object_set(out, "branches", branches); /* the same; a leg is the route's */
	if (out)
		json_object_update_new(out,
				       json_pack("{s:s, s:s}", "status_name", status_name((enum status)view->status),
						 "status_name_vi", status_vietnamese(view->status)));
	if (out)
		json_object_update_new(out,
				       json_pack("{s:o, s:s, s:s, s:o, s:o}", "channel", json_channel(view->channel),
						 "place_of_help", view->place_of_help, "registered_by",
						 view->registered_by, "received_at", json_time(view->received_at),
						 "carried_at", json_time(view->carried_at)));
	if (out)
		json_object_set_new(out, "frozen", view->frozen ? json_integer((json_int_t)view->frozen) : json_null());
	if (out)
		view_set_state(out, view);
	return out;
}

static enum lt_err add_sent(const struct exchange *exchange, struct vault_tx *tx, const char *code,
			    struct lt_arena *arena, json_t *out)
{
	enum lt_err err = LT_OK;
	uint64_t number = 0;
	for (unsigned i = 0; i < LOCAL_MAX && !err; i++) {
		struct outbox_state state;
		err = dossiers_trace_next(tx, code, 's', number + 1, &number);
		if (!err)
			err = outbox_get_state(tx, number, &state);
		if (!err && exchange_may_speak(exchange, state.sender))
			json_array_append_new(out, view_envelope(tx, number, &state, arena, false));
		err = err == LT_ECORRUPT ? LT_OK : err; /* what lies behind it is shown */
	}
	return err == LT_ENOENT ? LT_OK : err;
}

static enum lt_err add_received(const struct exchange *exchange, struct vault_tx *tx, const char *code,
				struct lt_arena *arena, json_t *out)
{
	enum lt_err err = LT_OK;
	uint64_t number = 0;
	for (unsigned i = 0; i < LOCAL_MAX && !err; i++) {
		struct inbox_item item;
		struct inbox_state state;
		err = dossiers_trace_next(tx, code, 'r', number + 1, &number);
		if (!err)
			err = inbox_get(tx, number, &item);
		if (!err)
			err = inbox_get_state(tx, number, &state);
		if (!err && exchange_may_speak(exchange, item.agency))
			json_array_append_new(out, view_item(number, &item, &state, arena));
		err = err == LT_ECORRUPT ? LT_OK : err;
	}
	return err == LT_ENOENT ? LT_OK : err;
}

static void answer_local(struct exchange *exchange)
{
	const char *code = exchange->segments[0];
	struct dossier_note note = { 0 };
	struct vault_tx *tx = NULL;
	struct lt_arena *arena = NULL;
	json_t *sent = json_array(), *received = json_array();
	enum lt_err err = lt_arena_new(API_ARENA_MAX, &arena);
	if (!err)
		err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err)
		err = dossiers_get(tx, code, &note);
	if (!err)
		err = add_sent(exchange, tx, code, arena, sent);
	if (!err)
		err = add_received(exchange, tx, code, arena, received);
	vault_read_end(tx);
	lt_arena_free(arena);
	if (err) {
		json_decref(sent);
		json_decref(received);
		if (err == LT_ENOENT)
			exchange_problem(exchange, LT_ADAPTER_OFFLINE,
					 "the broker cannot be asked, and the dossier has not passed through here");
		else
			exchange_error(exchange, err);
		return;
	}
	exchange_json(exchange, 200,
		      json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "source", "local", "code", code, "branch",
				(json_int_t)note.branch, "branch_version", (json_int_t)note.known,
				"branch_version_queued", (json_int_t)note.predicted, "sent", sent, "received",
				received));
}

static void on_answer(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct exchange *exchange = ctx;
	if (!why->reason && dossier)
		exchange_json(exchange, 200, broker_view(dossier, sequence));
	else if (why->reason == LT_ADAPTER_OFFLINE)
		answer_local(exchange);
	else
		exchange_refuse(exchange, why->reason ? why : &(struct lt_refusal){ .reason = LT_DOSSIER_UNKNOWN },
				NULL);
	exchange_resume(exchange);
}

void api_dossier_get(struct exchange *exchange)
{
	const struct speaker_agency *agency = exchange_agency(exchange);
	struct adapter_health health;
	if (!agency)
		return;
	if (!lt_dossier_code_valid(exchange->segments[0])) {
		exchange_problem(exchange, LT_DOSSIER_CODE_INVALID, "not of the form agency-date-number");
		return;
	}
	adapter_get_health(exchange->adapter, &health);
	if (!health.connected) {
		answer_local(exchange);
		return;
	}
	exchange_suspend(exchange);
	enum lt_err err = adapter_query(exchange->adapter, agency->code, exchange->segments[0], on_answer, exchange);
	if (!err)
		return;
	if (err == LT_EAGAIN)
		answer_local(exchange);
	else
		exchange_problem(exchange, LT_ADAPTER_OFFLINE, "too many questions wait: %s", lt_err_text(err));
	exchange_resume(exchange);
}
