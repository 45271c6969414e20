/* timetable.c: from definitions in the store to one object that counts. */
#include "timetable.h"

#include <stdlib.h>
#include <string.h>

#include <lienthong/code.h>

#include "definition_store.h"
#include "base/fields.h"
#include "program/log.h"

enum { ARENA_MAX = 32 << 20 }; /* CALENDAR_YEARS_MAX years with a note on every day */

struct office_entry {
	char agency[LT_AGENCY_MAX];
	struct clock_office office;
};
struct timetable {
	struct calendar *calendar;
	struct clock_office default_office;
	struct office_entry *offices; /* sorted, as the keys are */
	size_t office_count, office_cap;
	struct timetable_outage *outages;
	uint32_t outage_count;
};

/* ---- calendars ---- */

struct years {
	struct lt_arena *arena;
	struct calendar_year items[CALENDAR_YEARS_MAX + 1];
	size_t count;
};

/* The two records differ in their integer types alone; kinds that do not exist are found by calendar_new. */
static enum lt_err take_days(const struct lt_calendar_year *in, struct lt_arena *arena, struct calendar_year *out)
{
	struct calendar_day *days = lt_arena_alloc(arena, (in->day_count + 1) * sizeof(*days));
	if (!days)
		return LT_ENOMEM;
	for (size_t i = 0; i < in->day_count; i++) {
		days[i] = (struct calendar_day){
			.day = in->days[i].day,
			.kind = (enum calendar_kind)in->days[i].kind,
			.note = in->days[i].note ? in->days[i].note : "",
			.note_en = in->days[i].note_en,
		};
	}
	*out = (struct calendar_year){
		.year = (int)in->year,
		.version = in->version,
		.announced = in->announced,
		.days = days,
		.day_count = in->day_count,
	};
	return LT_OK;
}

static enum lt_reason decode_year(struct lt_bytes bytes, struct lt_arena *arena, struct calendar_year *out,
				  struct lt_refusal *refusal)
{
	struct lt_calendar_year year;
	enum lt_reason reason = lt_calendar_year_decode(bytes, arena, &year, refusal);
	if (!reason)
		reason = timetable_check_year(&year, refusal);
	if (!reason && take_days(&year, arena, out))
		reason = lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar: too large");
	return reason;
}

enum lt_reason timetable_check_year(const struct lt_calendar_year *year, struct lt_refusal *refusal)
{
	if (year->year < 1970 || year->year > 9999)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar: year %u", year->year);
	if (year->version == 0)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar %u: version 0", year->year);
	if (year->day_count > CALENDAR_DAYS_MAX)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar %u: %zu days", year->year, year->day_count);
	for (size_t i = 0; i < year->day_count; i++) {
		uint32_t kind = year->days[i].kind;
		if (kind < CALENDAR_HOLIDAY || kind > CALENDAR_SWAP_OFF)
			return lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar %u: days[%zu].kind: %u", year->year,
					 i, kind);
	}
	return LT_REASON_NONE;
}

/* All years in force; `skip`: without this one. */
static void collect_years(struct store *store, uint32_t skip, struct years *out)
{
	struct definition_walk walk = definition_walk(DEFINITION_CALENDAR);
	struct lt_bytes value;
	struct lt_refusal refusal = { 0 };
	while (definition_next(store, &walk, &value)) {
		struct calendar_year year;
		if (decode_year(value, out->arena, &year, &refusal) || out->count == CALENDAR_YEARS_MAX)
			lt_fatal("a calendar in the store does not hold: %s; remedy: `lienthong store rebuild`",
				 refusal.detail);
		if ((uint32_t)year.year != skip)
			out->items[out->count++] = year;
	}
}

static enum lt_reason join_year(const struct law *law, struct years *years, const struct calendar_year *year,
				struct lt_refusal *refusal)
{
	struct calendar *calendar = NULL;
	struct calendar_fault fault = { 0 };
	if (years->count == CALENDAR_YEARS_MAX)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar: %u years are in force, no more are taken",
				 CALENDAR_YEARS_MAX);
	years->items[years->count++] = *year;
	enum lt_err err = law->calendar.make(years->items, years->count, &calendar, &fault);
	calendar_free(calendar);
	if (!err)
		return LT_REASON_NONE;
	if (fault.year == years->count - 1 && fault.day != SIZE_MAX)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar %d: days[%zu]: %.180s", year->year,
				 fault.day, fault.text);
	return lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar %d: %.180s", year->year, fault.text);
}

static enum lt_reason check_version(struct store *store, struct lt_bytes data, const struct calendar_year *year,
				    struct lt_arena *arena, struct lt_refusal *refusal)
{
	struct lt_bytes value;
	struct calendar_year old;
	struct lt_refusal ignored = { 0 };
	struct store_key key = definition_calendar((uint32_t)year->year);
	if (definition_get(store, &key, &value))
		return LT_REASON_NONE;
	if (lt_bytes_equal(value, data))
		return lt_refuse(refusal, LT_ALREADY_SO, "calendar %d version %u is in force", year->year,
				 year->version);
	if (decode_year(value, arena, &old, &ignored) == LT_REASON_NONE && old.version >= year->version)
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "calendar %d: version %u is in force with another content; give it a higher version",
				 year->year, old.version);
	return LT_REASON_NONE;
}

enum lt_reason timetable_check_calendar(struct store *store, const struct law *law, struct lt_bytes data,
					struct lt_arena *arena, uint32_t *version, struct lt_refusal *refusal)
{
	struct calendar_year year = { 0 };
	enum lt_reason reason = decode_year(data, arena, &year, refusal);
	if (reason) {
		refusal->reason = LT_DEFINITION_INVALID;
		return LT_DEFINITION_INVALID;
	}
	*version = year.version;
	reason = check_version(store, data, &year, arena, refusal);
	if (reason)
		return reason;
	struct years *years = calloc(1, sizeof(*years));
	LT_ASSERT(years && lt_arena_new(ARENA_MAX, &years->arena) == LT_OK);
	collect_years(store, (uint32_t)year.year, years);
	reason = join_year(law, years, &year, refusal);
	lt_arena_free(years->arena);
	free(years);
	return reason;
}

static void load_calendar(struct timetable *timetable, struct store *store, const struct law *law)
{
	struct years *years = calloc(1, sizeof(*years));
	struct calendar_fault fault = { 0 };
	LT_ASSERT(years && lt_arena_new(ARENA_MAX, &years->arena) == LT_OK);
	collect_years(store, 0, years);
	if (years->count > 0 && law->calendar.make(years->items, years->count, &timetable->calendar, &fault))
		lt_fatal("the calendars in the store do not hold: %s; remedy: `lienthong store rebuild`", fault.text);
	lt_arena_free(years->arena);
	free(years);
}

/* ---- office hours ---- */

static struct clock_office take_office(const struct lt_office_hours *hours)
{
	return (struct clock_office){
		.morning_open = (uint16_t)hours->morning_open,
		.morning_close = (uint16_t)hours->morning_close,
		.afternoon_open = (uint16_t)hours->afternoon_open,
		.afternoon_close = (uint16_t)hours->afternoon_close,
		.same_day_until = (uint16_t)hours->same_day_until,
	};
}

enum lt_reason timetable_check_office(const struct law *law, const struct lt_office_hours *hours,
				      struct lt_refusal *refusal)
{
	const uint32_t minutes[] = { hours->morning_open, hours->morning_close, hours->afternoon_open,
				     hours->afternoon_close, hours->same_day_until };
	const char *agency = hours->agency ? hours->agency : "";
	if (agency[0] && !lt_agency_code_valid(agency))
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "office hours: agency: not a canonical code");
	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		if (minutes[i] > 24 * 60)
			return lt_refuse(refusal, LT_DEFINITION_INVALID, "office hours of %s: minute %u of the day",
					 agency[0] ? agency : "all", minutes[i]);
	}
	struct clock_office office = take_office(hours);
	if (!law->worktime.office_valid(&office))
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "office hours of %s: opening and closing must rise, the morning before the afternoon",
				 agency[0] ? agency : "all");
	return LT_REASON_NONE;
}

static void load_office(struct timetable *timetable, const struct law *law, struct lt_bytes value,
			struct lt_arena *arena)
{
	struct lt_office_hours hours;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(arena);
	if (lt_office_hours_decode(value, arena, &hours, &refusal) || timetable_check_office(law, &hours, &refusal))
		lt_fatal("office hours in the store do not hold: %s; remedy: `lienthong store rebuild`",
			 refusal.detail);
	if (!hours.agency || hours.agency[0] == '\0') {
		timetable->default_office = take_office(&hours);
		return;
	}
	if (timetable->office_count == timetable->office_cap) {
		timetable->office_cap = timetable->office_cap ? timetable->office_cap * 2 : 64;
		timetable->offices = realloc(timetable->offices, timetable->office_cap * sizeof(*timetable->offices));
		LT_ASSERT(timetable->offices);
	}
	struct office_entry *entry = &timetable->offices[timetable->office_count++];
	*entry = (struct office_entry){ .office = take_office(&hours) };
	memcpy(entry->agency, hours.agency, strlen(hours.agency) + 1);
}

static void load_offices(struct timetable *timetable, struct store *store, const struct law *law)
{
	struct definition_walk walk = definition_walk(DEFINITION_OFFICE);
	struct lt_bytes value;
	struct lt_arena *arena;
	LT_ASSERT(lt_arena_new(1 << 20, &arena) == LT_OK);
	while (definition_next(store, &walk, &value))
		load_office(timetable, law, value, arena);
	lt_arena_free(arena);
}

static void load_outages(struct timetable *timetable, struct store *store)
{
	struct definition_walk walk = definition_walk(DEFINITION_OUTAGE);
	struct lt_bytes value;
	timetable->outages = calloc(TIMETABLE_OUTAGES_MAX, sizeof(*timetable->outages));
	LT_ASSERT(timetable->outages);
	while (timetable->outage_count < TIMETABLE_OUTAGES_MAX && definition_next(store, &walk, &value)) {
		struct fields_reader in = { .rest = value };
		struct timetable_outage *outage = &timetable->outages[timetable->outage_count++];
		outage->from = (int64_t)fields_get_u64(&in);
		outage->to = (int64_t)fields_get_u64(&in);
		LT_ASSERT(fields_end(&in) == LT_OK);
	}
}

struct timetable *timetable_load(struct store *store, const struct law *law)
{
	struct timetable *timetable = calloc(1, sizeof(*timetable));
	LT_ASSERT(timetable);
	timetable->default_office = CLOCK_OFFICE_DEFAULT;
	load_calendar(timetable, store, law);
	load_offices(timetable, store, law);
	load_outages(timetable, store);
	return timetable;
}

void timetable_free(struct timetable *timetable)
{
	if (!timetable)
		return;
	calendar_free(timetable->calendar);
	free(timetable->offices);
	free(timetable->outages);
	free(timetable);
}

const struct calendar *timetable_calendar(const struct timetable *timetable)
{
	return timetable->calendar;
}

static int by_agency(const void *code, const void *entry)
{
	return strcmp(code, ((const struct office_entry *)entry)->agency);
}

const struct clock_office *timetable_office(const struct timetable *timetable, const char *agency)
{
	const struct office_entry *entry = timetable->office_count == 0
						   ? NULL
						   : bsearch(agency, timetable->offices, timetable->office_count,
							     sizeof(*timetable->offices), by_agency);
	return entry ? &entry->office : &timetable->default_office;
}

uint32_t timetable_outages(const struct timetable *timetable)
{
	return timetable->outage_count;
}

const struct timetable_outage *timetable_outage(const struct timetable *timetable, uint32_t index)
{
	LT_ASSERT(index < timetable->outage_count);
	return &timetable->outages[index];
}
