/* view_consult.c: consultations of a dossier, as JSON and as lines. */
#include "view_dossier.h"

#include <stdio.h>

#include <lienthong/time.h>

#include "cli_output.h"

static const char *state_name(uint32_t state)
{
	static const char *const names[] = { "open", "agreed", "not agreed", "late", "silent", "deemed consent" };
	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static json_t *consult_json(const struct lt_consult_view *consult)
{
	char id[LT_UUID_TEXT] = "";
	json_t *answers = json_array();
	if (consult->id.len == 16)
		lt_uuid_format(consult->id.data, id);
	for (size_t i = 0; i < consult->answer_count; i++)
		json_array_append_new(answers, json_pack("{s:s, s:s, s:o}", "agency", consult->answers[i].agency,
							 "state", state_name(consult->answers[i].state), "time",
							 output_json_time(consult->answers[i].time)));
	return json_pack("{s:I, s:s, s:s, s:o, s:I, s:o}", "number", (json_int_t)consult->number, "id", id, "asked_by",
			 consult->asked_by, "due", output_json_time(consult->due), "on_silence",
			 (json_int_t)consult->on_silence, "answers", answers);
}

void view_state_json(const struct lt_dossier_view *dossier, json_t *out)
{
	json_t *consults = json_array(), *fields = json_object();
	for (size_t i = 0; i < dossier->consult_count; i++)
		json_array_append_new(consults, consult_json(&dossier->consults[i]));
	for (size_t i = 0; i < dossier->field_count; i++)
		json_object_set_new(fields, dossier->fields[i].name, json_string(dossier->fields[i].value));
	json_object_set_new(out, "consults", consults);
	json_object_set_new(out, "fields", fields);
	json_object_set_new(out, "supplements", json_integer((json_int_t)dossier->supplements));
	json_object_set_new(out, "outcome", json_string(dossier->outcome));
}

void view_consults_print(const struct lt_dossier_view *dossier)
{
	for (size_t i = 0; i < dossier->consult_count; i++) {
		const struct lt_consult_view *consult = &dossier->consults[i];
		char head[40], text[200];
		snprintf(head, sizeof(head), "consultation %u", consult->number);
		snprintf(text, sizeof(text), "asked by %s, due %s", consult->asked_by, output_time(consult->due));
		output_line(head, text);
		for (size_t k = 0; k < consult->answer_count; k++)
			output_line(consult->answers[k].agency, state_name(consult->answers[k].state));
	}
}

void view_route_line(const struct lt_branch_view *leg, char *out, size_t size)
{
	int used = snprintf(out, size, "%s %s", leg->leg, leg->leg_name);
	if (leg->trace != 0 && used >= 0 && (size_t)used < size)
		used += snprintf(out + used, size - (size_t)used, ", code %02u", leg->trace);
	for (size_t i = 0; i < leg->next_count && used >= 0 && (size_t)used < size; i++)
		used += snprintf(out + used, size - (size_t)used, "%s%s %s", i == 0 ? "; next " : ", ",
				 leg->next[i].leg, leg->next[i].agency);
}
