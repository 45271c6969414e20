/* form_parts.c: see form_parts.h. */
#include "form_parts.h"

#include <stdio.h>
#include <string.h>

#include <lienthong/time.h>

json_t *form_time_json(int64_t time)
{
	char text[LT_TIME_TEXT];
	if (time == 0)
		return json_null();
	lt_time_format(time, text);
	return json_string(text);
}

static const char *name_of(const struct lt_directory *directory, const char *code)
{
	const struct lt_agency *agency = lt_directory_find(directory, code);
	return agency ? agency->name : "";
}

void form_set_time(json_t *object, const char *key, int64_t time)
{
	if (time != 0)
		json_object_set_new(object, key, form_time_json(time));
}

void form_set_text(json_t *object, const char *key, const char *text)
{
	if (text && text[0])
		json_object_set_new(object, key, json_string(text));
}

void form_set_actor(json_t *object, const char *key, const struct lt_actor *actor)
{
	if (!actor)
		return;
	json_t *json = json_object();
	form_set_text(json, "unit", actor->unit);
	form_set_text(json, "officer", actor->officer);
	form_set_text(json, "title", actor->title);
	json_object_set_new(object, key, json);
}

json_t *form_agency_json(const struct lt_directory *directory, const char *code)
{
	const struct lt_agency *agency = lt_directory_find(directory, code);
	json_t *json = json_object();
	form_set_text(json, "code", code);
	form_set_text(json, "name", agency ? agency->name : code);
	form_set_text(json, "name_en", agency ? agency->name_en : NULL);
	return json;
}

/* Decree 118/2025, article 1: of ministries, provinces and communes; other agencies have none of their own. */
static const char *one_stop_of(const struct lt_agency *agency)
{
	if (agency->one_stop && agency->one_stop[0])
		return agency->one_stop;
	if (agency->level == LT_LEVEL_MINISTRY)
		return "Bộ phận Tiếp nhận và Trả kết quả";
	return agency->level == LT_LEVEL_PROVINCE || agency->level == LT_LEVEL_COMMUNE
		       ? "Trung tâm Phục vụ hành chính công"
		       : "";
}

json_t *form_heading_json(const struct lt_directory *directory, const char *code)
{
	const struct lt_agency *agency = lt_directory_find(directory, code);
	json_t *json = form_agency_json(directory, code);
	if (agency && agency->parent[0])
		form_set_text(json, "parent_name", name_of(directory, agency->parent));
	if (agency)
		form_set_text(json, "one_stop", one_stop_of(agency));
	return json;
}

json_t *form_procedure_json(const char *code, uint32_t version, const struct lt_procedure *procedure)
{
	json_t *json = json_object();
	form_set_text(json, "code", code);
	json_object_set_new(json, "version", json_integer((json_int_t)version));
	if (procedure) {
		form_set_text(json, "name", procedure->name);
		form_set_text(json, "name_en", procedure->name_en);
		form_set_text(json, "sector", procedure->sector);
	}
	return json;
}

/* "1,5" or "12". */
static const char *quantity(uint32_t quarters, char comma, char out[16])
{
	static const char *const parts[] = { "", "25", "5", "75" };
	int used = snprintf(out, 16, "%u", quarters / 4);
	if (quarters % 4 != 0)
		snprintf(out + used, 16 - (size_t)used, "%c%s", comma, parts[quarters % 4]);
	return out;
}

json_t *form_limit_json(uint32_t unit, uint32_t quarters)
{
	static const struct {
		const char *vi, *en;
	} names[] = { [LT_LIMIT_WORKING_MINUTES] = { "phút làm việc", "working minutes" },
		      [LT_LIMIT_WORKING_HOURS] = { "giờ làm việc", "working hours" },
		      [LT_LIMIT_WORKING_DAYS] = { "ngày làm việc", "working days" },
		      [LT_LIMIT_CALENDAR_DAYS] = { "ngày", "days" } };
	char vi[16], en[16];
	if (unit == LT_LIMIT_SAME_DAY)
		return json_pack("{s:s, s:s}", "vi", "trong ngày", "en", "the same day");
	if (unit == 0 || unit >= sizeof(names) / sizeof(names[0]))
		return json_object();
	return json_pack("{s:o, s:o}", "vi", json_sprintf("%s %s", quantity(quarters, ',', vi), names[unit].vi), "en",
			 json_sprintf("%s %s", quantity(quarters, '.', en), names[unit].en));
}

json_t *form_dossier_json(const struct form_facts *facts, const struct lt_directory *directory,
			  const struct lt_dossier_view *view, const struct lt_header *open, const json_t *body,
			  json_t *procedure)
{
	json_t *json = json_object();
	json_object_set_new(json, "code", json_string(view->code));
	json_object_set_new(json, "procedure", procedure);
	json_t *own = form_facts_find(facts, "subject", body, view->fields, view->field_count);
	form_set_text(json, "subject", open->subject && open->subject[0] ? open->subject : json_string_value(own));
	json_decref(own);
	form_set_time(json, "received_at", view->received_at);
	form_set_time(json, "carried_at", view->carried_at);
	if (view->clock) {
		form_set_time(json, "due_first", view->clock->due_first);
		form_set_time(json, "appointment", view->clock->appointment);
		if (view->clock->limit_unit != 0)
			json_object_set_new(json, "limit",
					    form_limit_json(view->clock->limit_unit, view->clock->limit_quarters));
		json_object_set_new(json, "limit_minutes", json_integer((json_int_t)view->clock->allotted));
		json_object_set_new(json, "used_minutes", json_integer((json_int_t)view->clock->used));
		json_object_set_new(json, "verdict", json_integer((json_int_t)view->clock->verdict));
	}
	json_object_set_new(json, "origin", form_agency_json(directory, view->origin));
	if (view->lead[0])
		json_object_set_new(json, "lead", form_agency_json(directory, view->lead));
	return json;
}

void form_number_put(const struct form_facts *facts, const char *form, const struct lt_dossier_view *view,
		     uint64_t sequence, const json_t *body, json_t *out)
{
	const char *suffix = form_facts_suffix(facts, form);
	json_t *own = form[1] == '1' ? form_facts_find(facts, "number", body, view->fields, view->field_count) : NULL;
	json_t *number = json_is_string(own) ? json_sprintf("%s/%s", json_string_value(own), suffix)
					     : json_sprintf("%llu/%s", (unsigned long long)sequence, suffix);
	if (suffix[0])
		json_object_set(out, "number", number);
	json_decref(number);
	json_decref(own);
}
