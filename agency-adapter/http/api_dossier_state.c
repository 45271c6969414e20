/* api_dossier_state.c: what a dossier's view has beyond custody: who is next, consultations, facts. */
#include "api_view.h"

#include "json_write.h"

static const char *answer_name(uint32_t state)
{
	static const char *const names[] = { "open", "agreed", "not_agreed", "late", "silent", "deemed_consent" };
	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static json_t *consult_of(const struct lt_consult_view *consult)
{
	json_t *answers = json_array();
	for (size_t i = 0; i < consult->answer_count; i++)
		json_array_append_new(answers, json_pack("{s:s, s:s, s:o}", "agency", consult->answers[i].agency,
							 "state", answer_name(consult->answers[i].state), "time",
							 json_time(consult->answers[i].time)));
	return json_pack("{s:I, s:o, s:s, s:o, s:s, s:o}", "number", (json_int_t)consult->number, "id",
			 consult->id.len == 16 ? json_id(consult->id.data) : json_null(), "asked_by", consult->asked_by,
			 "due", json_time(consult->due), "on_silence",
			 consult->on_silence == 1 ? "deemed_consent" : "escalate", "answers", answers);
}

json_t *view_next(const struct lt_branch_view *branch)
{
	json_t *next = json_array();
	for (size_t i = 0; i < branch->next_count; i++)
		json_array_append_new(next, json_pack("{s:s, s:s?}", "agency", branch->next[i].agency, "leg",
						      json_leg(branch->next[i].leg)));
	return next;
}

void view_set_state(json_t *out, const struct lt_dossier_view *view)
{
	json_t *consults = json_array(), *fields = json_object();
	for (size_t i = 0; i < view->consult_count; i++)
		json_array_append_new(consults, consult_of(&view->consults[i]));
	for (size_t i = 0; i < view->field_count; i++)
		json_object_set_new(fields, view->fields[i].name, json_string(view->fields[i].value));
	json_object_set_new(out, "consults", consults);
	json_object_set_new(out, "fields", fields);
	json_object_set_new(out, "supplements", json_integer((json_int_t)view->supplements));
	json_object_set_new(out, "outcome", json_string(view->outcome ? view->outcome : ""));
}
