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

static const char *silence_name(uint32_t on_silence)
{
	static const char *const names[] = { "escalate", "deemed_consent" };
	return on_silence < sizeof(names) / sizeof(names[0]) ? names[on_silence] : "unknown";
}

static const char *agree_name(uint32_t agree)
{
	static const char *const names[] = { "", "yes", "no", "with conditions" };
	return agree < sizeof(names) / sizeof(names[0]) ? names[agree] : "unknown";
}

/* The words of an answer stand in its envelope: the OPINION of that agency at that time, when it is among the hops. */
static const char *words_of(const struct lt_dossier_view *dossier, const struct lt_consult_answer *answer)
{
	for (size_t i = 0; i < dossier->hop_count && answer->agree != 0; i++) {
		const struct lt_hop *hop = &dossier->hops[i];
		if (hop->kind == LT_KIND_OPINION && hop->outcome == 0 && hop->time == answer->time)
			return hop->reason;
	}
	return "";
}

static json_t *consult_json(const struct lt_dossier_view *dossier, const struct lt_consult_view *consult)
{
	char id[LT_UUID_TEXT] = "";
	json_t *answers = json_array();
	if (consult->id.len == 16)
		lt_uuid_format(consult->id.data, id);
	for (size_t i = 0; i < consult->answer_count; i++)
		json_array_append_new(answers,
				      json_pack("{s:s, s:s, s:o, s:s, s:s}", "agency", consult->answers[i].agency,
						"state", state_name(consult->answers[i].state), "time",
						output_json_time(consult->answers[i].time), "agree",
						agree_name(consult->answers[i].agree), "reason",
						words_of(dossier, &consult->answers[i])));
	return json_pack("{s:I, s:s, s:s, s:o, s:s, s:o}", "number", (json_int_t)consult->number, "id", id, "asked_by",
			 consult->asked_by, "due", output_json_time(consult->due), "on_silence",
			 silence_name(consult->on_silence), "answers", answers);
}

void view_state_json(const struct lt_dossier_view *dossier, json_t *out)
{
	json_t *consults = json_array(), *fields = json_object();
	for (size_t i = 0; i < dossier->consult_count; i++)
		json_array_append_new(consults, consult_json(dossier, &dossier->consults[i]));
	for (size_t i = 0; i < dossier->field_count; i++)
		json_object_set_new(fields, dossier->fields[i].name, json_string(dossier->fields[i].value));
	json_object_set_new(out, "consults", consults);
	json_object_set_new(out, "fields", fields);
	json_object_set_new(out, "supplements", json_integer((json_int_t)dossier->supplements));
	json_object_set_new(out, "outcome", json_string(dossier->outcome));
}

static void print_answer(const struct lt_dossier_view *dossier, const struct lt_consult_answer *answer)
{
	char text[CLI_TEXT_MAX];
	const char *words = words_of(dossier, answer);
	if (answer->time == 0)
		snprintf(text, sizeof(text), "%s", state_name(answer->state));
	else
		snprintf(text, sizeof(text), "%s%s%s, %s%s%s", state_name(answer->state), answer->agree ? ": " : "",
			 agree_name(answer->agree), output_time(answer->time), words[0] ? ": " : "", words);
	output_line(answer->agency, text);
}

void view_consults_print(const struct lt_dossier_view *dossier)
{
	for (size_t i = 0; i < dossier->consult_count; i++) {
		const struct lt_consult_view *consult = &dossier->consults[i];
		char head[40], text[200];
		snprintf(head, sizeof(head), "consultation %u", consult->number);
		snprintf(text, sizeof(text), "asked by %s, due %s, silence is %s", consult->asked_by,
			 output_time(consult->due), consult->on_silence == 1 ? "consent" : "escalated");
		output_line(head, text);
		for (size_t k = 0; k < consult->answer_count; k++)
			print_answer(dossier, &consult->answers[k]);
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
