/* view_consult.c: consultations of a dossier, as JSON and as lines. */
#include "view_dossier.h"

#include <stdio.h>

#include <lienthong/time.h>

#include "cli_output.h"

static const char *said(enum lt_agreement agree)
{
	static const char *const names[] = { NULL, "yes", "no", "with_conditions" };
	return (unsigned)agree < 4 ? names[agree] : "?";
}

static const char *silence(const struct lt_consult_view *consult, const struct lt_consult_answer *answer)
{
	return !answer->silent_at ? NULL : consult->on_silence == 1 ? "deemed_consent" : "escalated";
}

/* The words of an answer stand in its envelope: the OPINION of that agency at that time, when it is among the hops. */
static const char *words_of(const struct lt_dossier_view *dossier, const struct lt_consult_answer *answer)
{
	for (size_t i = 0; i < dossier->hop_count && answer->agree != LT_AGREE_NONE; i++) {
		const struct lt_hop *hop = &dossier->hops[i];
		if (hop->kind == LT_KIND_OPINION && hop->outcome == 0 && hop->time == answer->answered_at)
			return hop->reason;
	}
	return "";
}

static const char *const states[] = { "open", "agreed", "not agreed", "late", "silent", "deemed consent" };

static json_t *answer_json(const struct lt_dossier_view *dossier, const struct lt_consult_view *consult,
			   const struct lt_consult_answer *answer)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:s?, s:o, s:b, s:s?, s:o, s:s}", "agency", answer->agency, "state",
			 states[lt_consult_state(consult, answer)], "time",
			 output_json_time(answer->answered_at ? answer->answered_at : answer->silent_at), "due",
			 output_json_time(answer->due), "agree", said(answer->agree), "answered_at",
			 output_json_time(answer->answered_at), "late", (int)answer->late, "silence",
			 silence(consult, answer), "silent_at", output_json_time(answer->silent_at), "reason",
			 words_of(dossier, answer));
}

static json_t *consult_json(const struct lt_dossier_view *dossier, const struct lt_consult_view *consult)
{
	char id[LT_UUID_TEXT] = "";
	json_t *answers = json_array();
	if (consult->id.len == 16)
		lt_uuid_format(consult->id.data, id);
	for (size_t i = 0; i < consult->answer_count; i++)
		json_array_append_new(answers, answer_json(dossier, consult, &consult->answers[i]));
	return json_pack("{s:I, s:s, s:s, s:o, s:b, s:s, s:o}", "number", (json_int_t)consult->number, "id", id,
			 "asked_by", consult->asked_by, "due", output_json_time(consult->due), "stands",
			 (int)consult->stands, "on_silence", consult->on_silence == 1 ? "deemed_consent" : "escalate",
			 "answers", answers);
}

void view_state_json(const struct lt_dossier_view *dossier, json_t *out)
{
	json_t *consults = json_array(), *fields = json_object(), *transferred = json_array();
	for (size_t i = 0; i < dossier->transferred_count; i++)
		json_array_append_new(transferred, json_pack("{s:s, s:s}", "leg", dossier->transferred[i].leg, "agency",
							     dossier->transferred[i].agency));
	json_object_set_new(out, "transferred", transferred);
	json_object_set_new(out, "replaces", json_string(dossier->replaces));
	json_object_set_new(out, "replaced_by", json_string(dossier->replaced_by));
	for (size_t i = 0; i < dossier->consult_count; i++)
		json_array_append_new(consults, consult_json(dossier, &dossier->consults[i]));
	for (size_t i = 0; i < dossier->field_count; i++)
		json_object_set_new(fields, dossier->fields[i].name, json_string(dossier->fields[i].value));
	json_object_set_new(out, "consults", consults);
	json_object_set_new(out, "fields", fields);
	json_object_set_new(out, "supplements", json_integer((json_int_t)dossier->supplements));
	json_object_set_new(out, "outcome", json_string(dossier->outcome));
}

/* Both facts in one line. */
static void print_answer(const struct lt_dossier_view *dossier, const struct lt_consult_view *consult,
			 const struct lt_consult_answer *answer)
{
	char text[CLI_TEXT_MAX];
	const char *words = words_of(dossier, answer);
	int used = 0;
	if (!answer->silent_at && answer->agree == LT_AGREE_NONE)
		used = snprintf(text, sizeof(text), "open, until %s", output_time(answer->due));
	if (answer->silent_at)
		used = snprintf(text, sizeof(text), "silent at %s: %s", output_time(answer->silent_at),
				silence(consult, answer));
	if (answer->agree != LT_AGREE_NONE && used >= 0)
		snprintf(text + used, sizeof(text) - (size_t)used, "%s%s%s, %s%s%s", used > 0 ? "; " : "",
			 answer->late ? "late: " : "", said(answer->agree), output_time(answer->answered_at),
			 words[0] ? ": " : "", words);
	output_line(answer->agency, text);
}

void view_consults_print(const struct lt_dossier_view *dossier)
{
	for (size_t i = 0; i < dossier->consult_count; i++) {
		const struct lt_consult_view *consult = &dossier->consults[i];
		char head[40], text[200];
		snprintf(head, sizeof(head), "consultation %u", consult->number);
		snprintf(text, sizeof(text), "asked by %s, due %s, silence is %s%s", consult->asked_by,
			 output_time(consult->due), consult->on_silence == 1 ? "consent" : "escalated",
			 consult->stands ? "; its time stands" : "");
		output_line(head, text);
		for (size_t k = 0; k < consult->answer_count; k++)
			print_answer(dossier, consult, &consult->answers[k]);
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
