/* api_dossier_state.c: what a dossier's view has beyond custody: who is next, consultations, facts. */
#include "api_view.h"

#include "json_write.h"

static json_t *said(enum lt_agreement agree)
{
	static const char *const names[] = { NULL, "yes", "no", "with_conditions" };
	return (unsigned)agree < 4 && names[agree] ? json_string(names[agree]) : json_null();
}

static json_t *answer_of(const struct lt_consult_view *consult, const struct lt_consult_answer *answer)
{
	static const char *const states[] = { "open", "agreed", "not_agreed", "late", "silent", "deemed_consent" };
	const char *silence = !answer->silent_at ? NULL : consult->on_silence == 1 ? "deemed_consent" : "escalated";
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:s?, s:o}", "agency", answer->agency, "state",
			 states[lt_consult_state(consult, answer)], "time",
			 json_time(answer->answered_at ? answer->answered_at : answer->silent_at), "due",
			 json_time(answer->due), "agree", said(answer->agree), "answered_at",
			 json_time(answer->answered_at), "late", (int)answer->late, "silence", silence, "silent_at",
			 json_time(answer->silent_at));
}

static json_t *consult_of(const struct lt_consult_view *consult)
{
	json_t *answers = json_array();
	for (size_t i = 0; i < consult->answer_count; i++)
		json_array_append_new(answers, answer_of(consult, &consult->answers[i]));
	return json_pack("{s:I, s:o, s:s, s:o, s:b, s:s, s:o}", "number", (json_int_t)consult->number, "id",
			 consult->id.len == 16 ? json_id(consult->id.data) : json_null(), "asked_by", consult->asked_by,
			 "due", json_time(consult->due), "stands", (int)consult->stands, "on_silence",
			 consult->on_silence == 1 ? "deemed_consent" : "escalate", "answers", answers);
}

json_t *view_ask(const struct lt_branch_view *branch)
{
	if (branch->ask_count == 0)
		return json_null();
	return json_pack("{s:o, s:s?}", "ask", json_texts(branch->ask, branch->ask_count), "limit",
			 branch->consult_limit[0] ? branch->consult_limit : NULL);
}

json_t *view_next(const struct lt_branch_view *branch)
{
	json_t *next = json_array();
	for (size_t i = 0; i < branch->next_count; i++)
		json_array_append_new(next, json_pack("{s:s, s:s?}", "agency", branch->next[i].agency, "leg",
						      json_leg(branch->next[i].leg)));
	return next;
}

json_t *view_owed(const struct lt_owed *owed)
{
	json_t *json =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o}", "what", lt_owed_name(owed->what), "text",
			  lt_owed_text(owed->what), "text_vi", lt_owed_vietnamese(owed->what), "who", owed->who,
			  "acting", owed->acting, "branch", (json_int_t)owed->branch, "consult",
			  (json_int_t)owed->consult, "since", json_time(owed->since), "until", json_time(owed->until));
	if (owed->closed_until != 0)
		json_object_set_new(json, "closed",
				    json_pack("{s:o, s:o, s:s}", "from", json_time(owed->closed_from), "until",
					      json_time(owed->closed_until), "reason", owed->closed_why));
	return json;
}

static json_t *can_of(const struct lt_can *can)
{
	json_t *kinds = json_array();
	for (size_t i = 0; i < can->kind_count; i++)
		json_array_append_new(kinds, json_string(lt_kind_name((enum lt_kind)can->kinds[i])));
	return json_pack("{s:s, s:s, s:I, s:o}", "who", can->who, "acting", can->acting, "branch",
			 (json_int_t)can->branch, "kinds", kinds);
}

static void set_owed(json_t *out, const struct lt_dossier_view *view)
{
	json_t *owed = json_array(), *can = json_array();
	for (size_t i = 0; i < view->owed_count; i++)
		json_array_append_new(owed, view_owed(&view->owed[i]));
	for (size_t i = 0; i < view->can_count; i++)
		json_array_append_new(can, can_of(&view->can[i]));
	json_object_set_new(out, "owed", owed);
	json_object_set_new(out, "can", can);
	json_object_set_new(out, "procedure_name", json_string(view->procedure_name));
}

void view_set_state(json_t *out, const struct lt_dossier_view *view)
{
	json_object_set_new(out, "stays", view_stays(view));
	json_object_set_new(out, "stays_total", json_integer((json_int_t)view->stays_total));
	json_t *consults = json_array(), *fields = json_object(), *transferred = json_array();
	for (size_t i = 0; i < view->transferred_count; i++)
		json_array_append_new(transferred, json_pack("{s:s, s:s}", "leg", view->transferred[i].leg, "agency",
							     view->transferred[i].agency));
	json_object_set_new(out, "transferred", transferred);
	json_object_set_new(out, "replaces", json_string(view->replaces));
	json_object_set_new(out, "replaced_by", json_string(view->replaced_by));
	for (size_t i = 0; i < view->consult_count; i++)
		json_array_append_new(consults, consult_of(&view->consults[i]));
	for (size_t i = 0; i < view->field_count; i++)
		json_object_set_new(fields, view->fields[i].name, json_string(view->fields[i].value));
	json_object_set_new(out, "consults", consults);
	json_object_set_new(out, "fields", fields);
	json_object_set_new(out, "supplements", json_integer((json_int_t)view->supplements));
	json_object_set_new(out, "outcome", json_string(view->outcome ? view->outcome : ""));
	set_owed(out, view);
}
