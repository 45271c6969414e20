/* applicant.c: what the applicant is answered about a dossier: where it is, until when, and what is asked of them; of anybody else nothing, and no
 * word of what offices write to each other. The bytes are signed as they stand (reader.c). Source: SPEC.md section 7; NĐ 224/2026
 * article 15.1g: agency, receipt, work and return. */
#include "query_internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

#include "law/status.h"
#include "program/log.h"

#define ANSWER_TYPE "lienthong.applicant-answer.v1"

static json_t *agency_json(const struct query *query, const char *code)
{
	const struct lt_agency *agency = rulebook_agency(query->state->rulebook, code);
	return json_pack("{s:s, s:s}", "code", code, "name", agency ? agency->name : "");
}

/* Who works on it; who has offered it on holds it until it is taken. */
static json_t *holders_json(const struct query *query, const struct lt_dossier_view *view)
{
	json_t *out = json_array();
	for (size_t i = 0; i < view->branch_count; i++) {
		const struct lt_branch_view *branch = &view->branches[i];
		const struct branch *own = &query->dossier.branches[i];
		const char *acting = branch->acting[0] ? branch->acting : branch->holder;
		if (branch->custody == LT_CUSTODY_CLOSED)
			continue;
		json_array_append_new(out, json_pack("{s:o, s:s, s:o}", "agency", agency_json(query, acting), "work",
						     branch->leg_name ? branch->leg_name : "", "since",
						     query_time_json(own->begun ? own->begun : own->since)));
	}
	return out;
}

/* The papers as they were asked for: they stand in the record of the request alone. Empty: it cannot be read any more. */
static json_t *items_json(struct query *query, const struct lt_dossier_view *view, const uint8_t id[16])
{
	json_t *out = json_array();
	struct journal_entry entry;
	struct lt_record record;
	struct lt_command command;
	struct lt_header *header = query_alloc(query, sizeof(*header));
	struct lt_refusal refusal = { 0 };
	uint64_t sequence = 0;
	for (size_t i = 0; i < view->hop_count; i++) {
		const struct lt_hop *hop = &view->hops[i];
		if (hop->id.len == 16 && memcmp(hop->id.data, id, 16) == 0 && hop->outcome == 0)
			sequence = hop->sequence;
	}
	if (sequence == 0 || query_entry(query, sequence, &entry) ||
	    lt_record_decode(query_keep(query, entry.record), &record, &refusal) ||
	    lt_record_command(&record, query->arena, &command, &refusal) || command.type != LT_COMMAND_SUBMIT ||
	    lt_header_parse(command.u.submit.header, query->arena, header, &refusal))
		return out;
	for (size_t i = 0; i < header->item_count; i++)
		json_array_append_new(out, json_string(header->items[i]));
	return out;
}

static json_t *asked_json(struct query *query, const struct lt_dossier_view *view)
{
	json_t *out = json_array();
	for (uint32_t i = 0; i < query->dossier.branch_count; i++) {
		const struct branch *branch = &query->dossier.branches[i];
		if (dossier_id_is(branch->supplement_id, branch->supplement_id))
			json_array_append_new(out, json_pack("{s:s, s:o, s:o}", "what", "papers", "items",
							     items_json(query, view, branch->supplement_id), "until",
							     query_time_json(branch->papers.told)));
		if (dossier_id_is(branch->fee_id, branch->fee_id))
			json_array_append_new(
				out, json_pack("{s:s, s:I}", "what", "fee", "amount", (json_int_t)branch->fee_amount));
	}
	return out;
}

/* 0: it was not handed over. */
static int64_t handed_over(const struct lt_dossier_view *view)
{
	int64_t at = 0;
	for (size_t i = 0; i < view->hop_count; i++) {
		if (view->hops[i].kind == LT_KIND_HANDED_OVER && view->hops[i].outcome == 0)
			at = view->hops[i].time;
	}
	return view->status == LT_DOSSIER_HANDED_OVER ? at : 0;
}

struct lt_bytes query_applicant(struct query *query, uint64_t sequence)
{
	const struct lt_dossier_view *view = query_view(query);
	const struct legal_clock *clock = &query->dossier.clock;
	json_t *json = json_pack("{s:s, s:s, s:s, s:o, s:I, s:s, s:o, s:o}", "type", ANSWER_TYPE, "domain",
				 rulebook_domain(query->state->rulebook), "dossier", view->code, "procedure",
				 json_pack("{s:s, s:s}", "code", view->procedure, "name",
					   view->procedure_name ? view->procedure_name : ""),
				 "status", (json_int_t)view->status, "status_name", status_vietnamese(view->status),
				 "origin", agency_json(query, view->origin), "holders", holders_json(query, view));
	LT_ASSERT(json);
	json_object_set_new(json, "received_at", query_time_json(view->received_at));
	json_object_set_new(json, "due_first", query_time_json(view->clock ? view->clock->due_first : 0));
	json_object_set_new(json, "appointment", query_time_json(view->clock ? view->clock->appointment : 0));
	json_object_set_new(
		json, "done_at",
		query_time_json(view->status >= LT_DOSSIER_DONE && !query->dossier.stopped ? clock->ended_at : 0));
	json_object_set_new(json, "handed_over_at", query_time_json(handed_over(view)));
	json_object_set_new(json, "asked", asked_json(query, view));
	json_object_set_new(json, "replaced_by", json_string(view->replaced_by));
	json_object_set_new(json, "sequence", json_integer((json_int_t)sequence));
	json_object_set_new(json, "time", query_time_json(view->time));
	char *text = json_dumps(json, JSON_COMPACT);
	LT_ASSERT(text);
	struct lt_bytes out = query_keep(query, lt_bytes((const uint8_t *)text, strlen(text)));
	free(text);
	json_decref(json);
	return out;
}
