/* api_todo.c: GET /v1/todo: what this agency has to do now; GET /v1/dossiers: the dossiers that it holds or
 * leads, or of which it is a party and that another system calls by a code. The broker is asked. */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#include <lienthong/text.h>

#include "api_view.h"
#include "json_write.h"
#include "mail/speaker.h"

#define HOUR_US (INT64_C(3600) * 1000000)
#define HOURS_MAX 87840u /* ten years: no limit is longer */
#define QUESTION_TAG 4u  /* bytes behind the broker's place: of which list it is, narrowed to what */

/* What a place belongs to: with another list or another choice of rows it would step over some in silence. */
static void tag_question(const struct adapter_list *list, const char *agency, uint8_t out[QUESTION_TAG])
{
	char text[sizeof(list->foreign) + LT_AGENCY_MAX + 64];
	uint8_t digest[32];
	int len = snprintf(text, sizeof(text), "%s %d %d %d %u %lld %s", agency, (int)list->by, list->late,
			   list->unanswered, (unsigned)list->status, (long long)list->due_within, list->foreign);
	lt_sha256(lt_bytes((const uint8_t *)text, (size_t)len), digest);
	memcpy(out, digest, QUESTION_TAG);
}

static json_t *show_place(struct lt_bytes next, const uint8_t *tag)
{
	uint8_t place[LT_DOSSIERS_PLACE + QUESTION_TAG];
	if (next.len != LT_DOSSIERS_PLACE)
		return json_null();
	memcpy(place, next.data, LT_DOSSIERS_PLACE);
	memcpy(place + LT_DOSSIERS_PLACE, tag, QUESTION_TAG);
	return json_hex(lt_bytes(place, sizeof(place)));
}

static json_t *row_of(const struct lt_dossiers_row *row, int64_t time, struct vault_tx *tx, struct lt_arena *arena)
{
	json_t *out = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s?}", "code", row->code, "procedure",
				row->procedure, "procedure_name", row->procedure_name, "procedure_version",
				(json_int_t)row->procedure_version, "status", (json_int_t)row->status, "origin",
				row->origin, "lead", row->lead, "holder", row->holder, "leg", json_leg(row->leg));
	if (!out)
		return NULL;
	json_object_set_new(out, "owed", row->owed.what ? view_owed(&row->owed) : json_null());
	json_object_set_new(out, "calls", view_calls(tx, row, arena));
	json_object_set_new(out, "channel", json_channel(row->channel));
	json_object_set_new(out, "place_of_help", json_string(row->place_of_help));
	json_object_set_new(out, "carried_at", json_time(row->carried_at));
	json_object_set_new(out, "due", json_time(row->owed.until));
	json_object_set_new(out, "late", json_boolean(row->owed.until != 0 && row->owed.until < time));
	return out;
}

static void on_answer(void *ctx, const struct lt_refusal *why, const struct lt_dossiers_view *dossiers)
{
	struct exchange *exchange = ctx;
	if (why->reason) {
		exchange_refuse(exchange, why, NULL);
		exchange_resume(exchange);
		return;
	}
	json_t *rows = json_array();
	struct vault_tx *tx = NULL;
	struct lt_arena *arena = NULL;
	if (lt_arena_new(API_ARENA_MAX, &arena) || vault_read_begin(adapter_vault(exchange->adapter), &tx))
		tx = NULL;
	for (size_t i = 0; i < dossiers->count; i++)
		json_array_append_new(rows, row_of(&dossiers->rows[i], dossiers->time, tx, arena));
	vault_read_end(tx);
	lt_arena_free(arena);
	json_t *out = json_pack("{s:o, s:I, s:o}", "dossiers", rows, "sequence", (json_int_t)dossiers->sequence, "time",
				json_time(dossiers->time));
	if (out)
		json_object_set_new(out, "after", show_place(dossiers->next, exchange->work));
	exchange_json(exchange, 200, out);
	exchange_resume(exchange);
}

static const char *text(struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* False: answered. */
static bool read_list(struct exchange *exchange, struct adapter_list *list)
{
	uint64_t status, limit, hours;
	if (!exchange_query_u64(exchange, "status", 0, 1, LT_DOSSIER_HANDED_OVER, &status) ||
	    !exchange_query_u64(exchange, "limit", 100, 1, LT_DOSSIERS_PAGE, &limit) ||
	    !exchange_query_u64(exchange, "due_within_hours", 0, 1, HOURS_MAX, &hours) ||
	    !exchange_query_bool(exchange, "late", &list->late) ||
	    !exchange_query_bool(exchange, "unanswered", &list->unanswered))
		return false;
	list->status = (uint32_t)status;
	list->limit = (uint32_t)limit;
	list->due_within = (int64_t)hours * HOUR_US;
	return true;
}

/* False: answered. */
static bool read_place(struct exchange *exchange, const uint8_t *tag, struct adapter_list *list)
{
	const char *after = text(exchange, "after");
	uint8_t place[LT_DOSSIERS_PLACE + QUESTION_TAG];
	if (!after)
		return true;
	if (lt_unhex(after, place, sizeof(place)) || memcmp(place + LT_DOSSIERS_PLACE, tag, QUESTION_TAG) != 0) {
		exchange_problem(exchange, LT_QUERY_INVALID,
				 "query after: what the page before of this very list gave is needed");
		return false;
	}
	memcpy(list->after, place, LT_DOSSIERS_PLACE);
	list->after_len = LT_DOSSIERS_PLACE;
	return true;
}

/* What another system calls a dossier, composed as headers have it. False: answered. */
static bool read_foreign(struct exchange *exchange, struct adapter_list *list)
{
	const char *code = text(exchange, "foreign");
	struct lt_buf brought = { 0 };
	struct lt_refusal refusal = { 0 };
	if (!code)
		return true;
	bool others =
		list->by != ADAPTER_LIST_HOLDER || list->late || list->unanswered || list->status || list->due_within;
	enum lt_err err = lt_text_bring(code, &brought);
	const char *in_form = err ? "" : (const char *)brought.data;
	if (others)
		lt_refuse(&refusal, LT_QUERY_INVALID,
			  "query foreign: it stands alone, but for agency, limit and after");
	else if (lt_text_blank(in_form) || strlen(in_form) >= sizeof(list->foreign))
		lt_refuse(&refusal, LT_QUERY_INVALID, "query foreign: a code of at most %u characters is needed",
			  LT_FOREIGN_CODE_MAX);
	else
		lt_text_refuse(in_form, LT_TEXT_LINE, LT_QUERY_INVALID, "query foreign", &refusal);
	if (refusal.reason)
		exchange_problem(exchange, refusal.reason, "%s", refusal.detail);
	else
		memcpy(list->foreign, in_form, strlen(in_form) + 1);
	lt_buf_fini(&brought);
	list->by = ADAPTER_LIST_PARTY;
	return refusal.reason == LT_REASON_NONE;
}

static void answer_list(struct exchange *exchange, enum adapter_list_by by)
{
	struct adapter_list list = { .by = by };
	const struct speaker_agency *agency = exchange_agency(exchange);
	if (!agency || !read_list(exchange, &list) || !read_foreign(exchange, &list))
		return;
	uint8_t *tag = malloc(QUESTION_TAG);
	if (!tag) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	exchange->work = tag;
	exchange->work_free = free;
	tag_question(&list, agency->code, tag);
	if (!read_place(exchange, tag, &list))
		return;
	exchange_suspend(exchange);
	enum lt_err err = adapter_list(exchange->adapter, agency->code, &list, on_answer, exchange);
	if (!err)
		return;
	exchange_problem(exchange, LT_ADAPTER_OFFLINE, "the broker cannot be asked: %s", lt_err_text(err));
	exchange_resume(exchange);
}

void api_todo(struct exchange *exchange)
{
	answer_list(exchange, ADAPTER_LIST_OWED_BY);
}

void api_dossier_list(struct exchange *exchange)
{
	bool lead;
	if (exchange_query_bool(exchange, "lead", &lead))
		answer_list(exchange, lead ? ADAPTER_LIST_LEAD : ADAPTER_LIST_HOLDER);
}
