/* api_dossier_stays.c: stays and waits of the broker's view as JSON. */
#include "api_view.h"

#include "wire/link.h"
#include "json_write.h"

const char *view_verdict(uint32_t verdict)
{
	static const char *const names[] = { NULL, "early", "on_time", "late", "within", "overdue", "unknown" };
	return verdict < sizeof(names) / sizeof(names[0]) ? names[verdict] : "unknown";
}

static json_t *parts_of(const struct lt_stay *stay)
{
	json_t *parts = json_array();
	for (size_t i = 0; i < stay->part_count; i++)
		json_array_append_new(parts, json_pack("{s:s, s:o, s:o, s:I}", "agency", stay->parts[i].agency, "begun",
						       json_time(stay->parts[i].begun), "ended",
						       json_time(stay->parts[i].ended), "used_minutes",
						       (json_int_t)stay->parts[i].used));
	return parts;
}

static json_t *stay_of(const struct lt_stay *stay)
{
	json_t *out =
		json_pack("{s:I, s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:s}", "number", (json_int_t)stay->number,
			  "branch", (json_int_t)stay->branch, "leg", stay->leg, "holder", stay->holder, "to", stay->to,
			  "begun", json_time(stay->begun), "ended", json_time(stay->ended), "arrived",
			  json_time(stay->arrived), "begun_by", (json_int_t)stay->begun_by, "ended_by",
			  (json_int_t)stay->ended_by, "how", lt_stay_end_name(stay->how));
	if (!out)
		return NULL;
	json_object_update_new(out, json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:s?, s:s, s:o}", "allotted_minutes",
					      (json_int_t)stay->allotted, "used_minutes", (json_int_t)stay->used,
					      "carried_minutes", (json_int_t)stay->carried, "stood_minutes",
					      (json_int_t)stay->stood, "due_first", json_time(stay->due_first),
					      "due_lawful", json_time(stay->due_lawful), "verdict",
					      (json_int_t)stay->verdict, "verdict_name", view_verdict(stay->verdict),
					      "late_reason", stay->late, "parts", parts_of(stay)));
	json_object_set_new(out, "unit", json_string(stay->unit ? stay->unit : ""));
	if (stay->corrects)
		json_object_set_new(out, "corrects", json_integer((json_int_t)stay->corrects));
	return out;
}

json_t *view_stays(const struct lt_dossier_view *view)
{
	json_t *list = json_array();
	for (size_t i = 0; i < view->stay_count; i++)
		json_array_append_new(list, stay_of(&view->stays[i]));
	return list;
}
