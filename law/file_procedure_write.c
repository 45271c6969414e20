/* file_procedure_write.c: procedures as texts and as JSON. */
#include "file_procedure_internal.h"
#include "worktime.h"

#include <string.h>

#include "base/date.h"

void procedure_day_text(int64_t day, char out[PROCEDURE_DAY_TEXT])
{
	int year, month, date;
	lt_date_from_days(day, &year, &month, &date);
	snprintf(out, PROCEDURE_DAY_TEXT, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
		 (unsigned)date % 100);
}

void procedure_limit_text(const struct lt_limit *limit, char out[PROCEDURE_LIMIT_TEXT])
{
	char text[WORKTIME_LIMIT_TEXT] = "";
	struct worktime_limit same = { (enum worktime_unit)limit->unit, limit->quarters };
	if (limit->unit != LT_LIMIT_NONE)
		worktime_limit_text(&same, text);
	snprintf(out, PROCEDURE_LIMIT_TEXT, "%s", text);
}

const char *procedure_kind_name(enum lt_leg_kind kind)
{
	return kind >= LT_LEG_RECEIVE && kind <= LT_LEG_RETURN ? procedure_kinds[kind] : "?";
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text && text[0] != '\0')
		json_object_set_new(object, key, json_string(text));
}

static void set_limit(json_t *object, const char *key, const struct lt_limit *limit)
{
	char text[PROCEDURE_LIMIT_TEXT];
	procedure_limit_text(limit, text);
	set_text(object, key, text);
}

/* A text, or by a field. */
static void set_limit_by(json_t *object, const char *key, const struct lt_limit *limit, enum lt_limit_of of,
			 const struct lt_limit_by *by, size_t count)
{
	char text[PROCEDURE_LIMIT_TEXT];
	while (count > 0 && by->of != of) {
		by++;
		count--;
	}
	if (count == 0) {
		set_limit(object, key, limit);
		return;
	}
	json_t *cases = json_object(), *whole = json_object();
	set_text(whole, "by", by->field);
	for (size_t i = 0; i < by->case_count; i++) {
		procedure_limit_text(&by->cases[i].limit, text);
		set_text(cases, by->cases[i].value, text);
	}
	json_object_set_new(whole, "is", cases);
	if (!by->only)
		set_limit(whole, "else", limit);
	json_object_set_new(object, key, whole);
}

static void set_leg(json_t *object, const char *key, const struct lt_procedure *procedure, uint32_t number)
{
	if (number >= 1 && number <= procedure->leg_count)
		set_text(object, key, procedure->legs[number - 1].id);
}

static void set_list(json_t *object, const char *key, const char *const *texts, size_t count)
{
	if (count == 0)
		return;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(texts[i]));
	json_object_set_new(object, key, list);
}

static json_t *consult_to_json(const struct lt_route_leg *leg)
{
	json_t *object = json_object();
	set_list(object, "ask", leg->consult, leg->consult_count);
	set_limit_by(object, "limit", &leg->consult_limit, LT_LIMIT_OF_CONSULT, leg->by, leg->by_count);
	return object;
}

/* A number where it says all. */
static void set_supplements(json_t *leg_object, const struct lt_route_leg *leg)
{
	json_t *times = json_integer((json_int_t)leg->supplements), *object = json_object();
	set_limit(object, "ask_within", &leg->ask_within);
	set_limit_by(object, "limit", &leg->supplement_limit, LT_LIMIT_OF_SUPPLEMENT, leg->by, leg->by_count);
	if (leg->refuse_within.unit != LT_LIMIT_NONE) {
		json_t *missed = json_object();
		set_limit(missed, "refuse_within", &leg->refuse_within);
		json_object_set_new(object, "on_missed", missed);
	}
	if (json_object_size(object) > 0) {
		json_object_set_new(object, "times", times);
		json_object_set_new(leg_object, "supplements", object);
		return;
	}
	json_decref(object);
	if (leg->supplements > 0)
		json_object_set_new(leg_object, "supplements", times);
	else
		json_decref(times);
}

static const char *id_of(const struct lt_procedure *procedure, uint32_t number)
{
	return number >= 1 && number <= procedure->leg_count ? procedure->legs[number - 1].id : "?";
}

static void set_legs(json_t *object, const char *key, const struct lt_procedure *procedure, const uint32_t *legs,
		     size_t count)
{
	if (count == 0)
		return;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(id_of(procedure, legs[i])));
	json_object_set_new(object, key, list);
}

static void set_choice(json_t *object, const struct lt_procedure *procedure, const struct lt_route_leg *leg)
{
	if (leg->choose == LT_CHOOSE_ALL || (unsigned)leg->choose > LT_CHOOSE_SOME)
		return;
	set_text(object, "choose", procedure_choices[leg->choose]);
	json_t *when = json_object();
	for (size_t i = 0; i < leg->when_count; i++) {
		json_t *one = json_object();
		set_list(one, leg->when[i].field, leg->when[i].values, leg->when[i].value_count);
		json_object_set_new(when, id_of(procedure, leg->when[i].leg), one);
	}
	if (leg->when_count > 0)
		json_object_set_new(object, "when", json_incref(when));
	json_decref(when);
	set_legs(object, "else", procedure, leg->otherwise, leg->otherwise_count);
}

static void set_minute(json_t *object, const char *key, uint32_t minute)
{
	char text[8];
	snprintf(text, sizeof(text), "%02u:%02u", minute / 60 % 24, minute % 60);
	set_text(object, key, minute != 0 ? text : "");
}

static json_t *leg_to_json(const struct lt_procedure *procedure, const struct lt_route_leg *leg)
{
	json_t *object = json_object();
	set_text(object, "id", leg->id);
	set_text(object, "name", leg->name);
	set_text(object, "name_en", leg->name_en);
	set_text(object, "agency", leg->agency);
	set_text(object, "unit", leg->unit);
	set_text(object, "kind", procedure_kind_name(leg->kind));
	set_limit_by(object, leg->until ? "until" : "limit", &leg->limit, LT_LIMIT_OF_LEG, leg->by, leg->by_count);
	set_limit(object, "again", &leg->again);
	if (leg->uncounted && leg->uncounted[0] != '\0')
		json_object_set_new(object, "counts", json_false());
	set_text(object, "ground", leg->uncounted);
	set_legs(object, "next", procedure, leg->next, leg->next_count);
	set_choice(object, procedure, leg);
	set_list(object, "makes", leg->makes, leg->make_count);
	set_list(object, "transfer_to", leg->transfer_to, leg->transfer_count);
	set_list(object, "sets", leg->sets, leg->set_count);
	set_leg(object, "on_refusal", procedure, leg->on_refusal);
	set_leg(object, "on_supplement", procedure, leg->on_supplement);
	if (leg->consult_count > 0)
		json_object_set_new(object, "consult", consult_to_json(leg));
	if (leg->kind == LT_LEG_CONSULT && (unsigned)leg->on_silence < 2)
		set_text(object, "on_silence", procedure_silences[leg->on_silence]);
	set_supplements(object, leg);
	if (leg->policy == LT_CLOCK_SUSPEND)
		set_text(object, "policy", procedure_policies[LT_CLOCK_SUSPEND]);
	if (!leg->fee_stops_clock)
		json_object_set_new(object, "fee_stops_clock", json_false());
	return object;
}

json_t *procedure_to_json(const struct lt_procedure *procedure)
{
	char day[PROCEDURE_DAY_TEXT];
	json_t *object = json_object(), *legs = json_array();
	set_text(object, "code", procedure->code);
	json_object_set_new(object, "version", json_integer((json_int_t)procedure->version));
	set_text(object, "name", procedure->name);
	set_text(object, "name_en", procedure->name_en);
	set_text(object, "sector", procedure->sector);
	procedure_day_text(procedure->valid_from, day);
	set_text(object, "valid_from", day);
	procedure_day_text(procedure->valid_to, day);
	json_object_set_new(object, "valid_to", procedure->valid_to ? json_string(day) : json_null());
	set_limit_by(object, "total", &procedure->total, LT_LIMIT_OF_TOTAL, procedure->by, procedure->by_count);
	set_limit_by(object, "promised", &procedure->promised, LT_LIMIT_OF_PROMISED, procedure->by,
		     procedure->by_count);
	set_text(object, "source", procedure->source);
	set_text(object, "lead", procedure->lead);
	if (procedure->open_count > 0)
		set_list(object, "open_by", procedure->open_by, procedure->open_count);
	if (procedure->withdraw_count > 0 || procedure->withdraw_until != 0) {
		json_t *withdraw = json_object();
		set_list(withdraw, "by", procedure->withdraw_by, procedure->withdraw_count);
		set_leg(withdraw, "until", procedure, procedure->withdraw_until);
		json_object_set_new(object, "withdraw", withdraw);
	}
	set_limit(object, "handoff_limit", &procedure->handoff_limit);
	set_limit(object, "intake_limit", &procedure->intake_limit);
	set_limit(object, "due_soon", &procedure->due_soon);
	set_limit_by(object, "supplement_limit", &procedure->supplement_limit, LT_LIMIT_OF_SUPPLEMENT, procedure->by,
		     procedure->by_count);
	set_limit(object, "apology_before", &procedure->apology_before);
	set_minute(object, "same_day_until", procedure->same_day_until);
	for (size_t i = 0; i < procedure->leg_count; i++)
		json_array_append_new(legs, leg_to_json(procedure, &procedure->legs[i]));
	json_object_set_new(object, "legs", legs);
	return object;
}
