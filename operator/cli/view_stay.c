/* view_stay.c: the stays and waits of a dossier, as JSON and as a table: who held it where, how long, in time or not. */
#include "view_dossier.h"

#include "cli_output.h"
#include "law/worktime.h"

static json_t *parts_json(const struct lt_stay *stay)
{
	json_t *parts = json_array();
	for (size_t i = 0; i < stay->part_count; i++)
		json_array_append_new(parts, json_pack("{s:s, s:o, s:o, s:I}", "agency", stay->parts[i].agency, "begun",
						       output_json_time(stay->parts[i].begun), "ended",
						       output_json_time(stay->parts[i].ended), "used_minutes",
						       (json_int_t)stay->parts[i].used));
	return parts;
}

static const char *limit_text(const struct lt_stay *stay, char out[WORKTIME_LIMIT_TEXT])
{
	struct worktime_limit limit = { (enum worktime_unit)stay->limit_unit, stay->limit_quarters };
	out[0] = '\0';
	if (stay->limit_unit >= WORKTIME_WORKING_MINUTES && stay->limit_unit <= WORKTIME_SAME_DAY)
		worktime_limit_text(&limit, out);
	return out;
}

static json_t *stay_json(const struct lt_stay *stay)
{
	char limit[WORKTIME_LIMIT_TEXT];
	json_t *json = json_pack("{s:I, s:I, s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:s}", "number",
				 (json_int_t)stay->number, "branch", (json_int_t)stay->branch, "leg", stay->leg,
				 "holder", stay->holder, "to", stay->to, "begun", output_json_time(stay->begun),
				 "ended", output_json_time(stay->ended), "begun_by", (json_int_t)stay->begun_by,
				 "ended_by", (json_int_t)stay->ended_by, "how", lt_stay_end_name(stay->how));
	json_object_update_new(
		json, json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:s, s:s, s:b}", "limit",
				limit_text(stay, limit), "counted_from", output_json_time(stay->counted_from),
				"allotted_minutes", (json_int_t)stay->allotted, "used_minutes", (json_int_t)stay->used,
				"carried_minutes", (json_int_t)stay->carried, "stood_minutes", (json_int_t)stay->stood,
				"given_back", (json_int_t)stay->given, "due_first", output_json_time(stay->due_first),
				"due_lawful", output_json_time(stay->due_lawful), "verdict", (json_int_t)stay->verdict,
				"verdict_name", view_verdict_name(stay->verdict), "late_reason", stay->late,
				"time_set_back", (int)stay->set_back));
	if (stay->to[0])
		json_object_set_new(json, "arrived", output_json_time(stay->arrived));
	json_object_set_new(json, "parts", parts_json(stay));
	json_object_set_new(json, "unit", json_string(stay->unit ? stay->unit : ""));
	if (stay->corrects)
		json_object_set_new(json, "corrects", json_integer((json_int_t)stay->corrects));
	return json;
}

json_t *view_stays_json(const struct lt_dossier_view *dossier)
{
	json_t *list = json_array();
	for (size_t i = 0; i < dossier->stay_count; i++)
		json_array_append_new(list, stay_json(&dossier->stays[i]));
	return list;
}

const char *view_leg(const char *leg, const char *unit, char out[CLI_TEXT_MAX])
{
	bool said = unit && unit[0] != '\0';
	snprintf(out, CLI_TEXT_MAX, "%s%s%s%s", leg, said ? " (" : "", said ? unit : "", said ? ")" : "");
	return out;
}

void view_stays_print(const struct lt_dossier_view *dossier)
{
	static const char *const heads[] = {
		"NO", "BRANCH", "LEG", "HOLDER", "FROM", "UNTIL", "USED", "RESULT", "ENDED"
	};
	if (dossier->stay_count == 0)
		return;
	struct output_table *table = output_table_new(heads, 9);
	for (size_t i = 0; i < dossier->stay_count; i++) {
		const struct lt_stay *stay = &dossier->stays[i];
		char limit[WORKTIME_LIMIT_TEXT], holder[2 * LT_AGENCY_MAX + 8], used[80], leg[CLI_TEXT_MAX];
		view_leg(stay->leg, stay->unit, leg);
		snprintf(holder, sizeof(holder), "%s%s%s", stay->holder, stay->to[0] ? " -> " : "", stay->to);
		limit_text(stay, limit);
		snprintf(used, sizeof(used), "%u min%s%s", stay->used, limit[0] ? " of " : "", limit);
		if (stay->corrects)
			snprintf(used, sizeof(used), "of %s: record %s", output_u64(stay->corrects),
				 output_u64(stay->ended_by));
		const char *row[] = { stay->number ? output_u64(stay->number) : "-",
				      output_u64(stay->branch),
				      leg,
				      holder,
				      output_time(stay->begun),
				      stay->ended ? output_time(stay->ended) : "",
				      used,
				      view_verdict_name(stay->verdict),
				      lt_stay_end_name(stay->how) };
		output_table_row(table, row);
	}
	output_table_print(table);
}
