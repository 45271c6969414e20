/* calendars.c: from definitions in the store to what counts. Days off of single provinces make a calendar of their own for those
 * whom they concern: one for each set of codes that cover an agency, made when it is first asked for. */
#include "calendars.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/code.h>

#include "definition_store.h"
#include "base/fields.h"
#include "program/log.h"

enum { ARENA_MAX = 32 << 20 }; /* CALENDAR_YEARS_MAX years with a note on every day */

struct office_entry {
	char agency[LT_AGENCY_MAX];
	struct worktime_office office;
};
enum {
	REGIONS_MAX = 256, /* codes with days of their own, over all years: 63 provinces and some communes */
	VARIANTS_MAX = 64  /* calendars that are kept; a further one takes the oldest one's place */
};
/* Which of the codes cover an agency. */
struct region_set {
	uint64_t bits[REGIONS_MAX / 64];
};
struct variant {
	struct region_set regions;
	struct calendar *calendar;
};
struct calendars {
	_Atomic uint32_t refs;
	struct calendar *calendar; /* of those without days of their own */
	struct years *years;
	const struct law *law;
	const char *regions[REGIONS_MAX];
	size_t region_count;
	pthread_mutex_t lock; /* of what follows: another thread may count too */
	struct variant variants[VARIANTS_MAX];
	size_t variant_count, oldest;
	struct calendar **replaced; /* that the other one may be counting with */
	size_t replaced_count;
	struct worktime_office default_office;
	struct office_entry *offices; /* sorted, as the keys are */
	size_t office_count, office_cap;
	struct calendars_outage *outages;
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
			.agencies = in->days[i].agencies,
			.agency_count = in->days[i].agency_count,
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
		reason = calendars_check_year(&year, refusal);
	if (!reason && take_days(&year, arena, out))
		reason = lt_refuse(refusal, LT_DEFINITION_INVALID, "calendar: too large");
	return reason;
}

enum lt_reason calendars_check_year(const struct lt_calendar_year *year, struct lt_refusal *refusal)
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
			definition_fault(store, store_key_bytes(&walk.key));
		else if ((uint32_t)year.year != skip)
			out->items[out->count++] = year;
	}
}

/* Every code that has days of its own, once. False: more than REGIONS_MAX. */
static bool collect_regions(const struct years *years, const char *regions[REGIONS_MAX], size_t *count)
{
	*count = 0;
	for (size_t y = 0; y < years->count; y++)
		for (size_t d = 0; d < years->items[y].day_count; d++)
			for (size_t a = 0; a < years->items[y].days[d].agency_count; a++) {
				const char *code = years->items[y].days[d].agencies[a];
				size_t i = 0;
				while (i < *count && strcmp(regions[i], code) != 0)
					i++;
				if (i == REGIONS_MAX)
					return false;
				regions[i] = code;
				*count += i == *count;
			}
	return true;
}

static enum lt_reason check_regions(const struct years *years, struct lt_refusal *refusal)
{
	const char *regions[REGIONS_MAX];
	size_t count;
	if (collect_regions(years, regions, &count))
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_DEFINITION_INVALID,
			 "calendar: more than %u agencies have days of their own; name those above them",
			 (unsigned)REGIONS_MAX);
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
	enum lt_err err = law->calendar.make(years->items, years->count, NULL, &calendar, &fault);
	calendar_free(calendar);
	if (!err)
		return check_regions(years, refusal);
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

enum lt_reason calendars_check_calendar(struct store *store, const struct law *law, struct lt_bytes data,
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

static void load_calendar(struct calendars *calendars, struct store *store, const struct law *law)
{
	struct years *years = calloc(1, sizeof(*years));
	struct calendar_fault fault = { 0 };
	LT_ASSERT(years && lt_arena_new(ARENA_MAX, &years->arena) == LT_OK);
	collect_years(store, 0, years);
	if (years->count > 0 && law->calendar.make(years->items, years->count, NULL, &calendars->calendar, &fault))
		definition_fault(store, lt_bytes("K", 1)); /* each for itself does */
	LT_ASSERT(collect_regions(years, calendars->regions, &calendars->region_count));
	calendars->years = years;
	calendars->law = law;
}

static void free_replaced(struct calendars *calendars)
{
	for (size_t i = 0; i < calendars->replaced_count; i++)
		calendar_free(calendars->replaced[i]);
	free(calendars->replaced);
	calendars->replaced = NULL;
	calendars->replaced_count = 0;
}

static void replace(struct calendars *calendars, struct calendar *old)
{
	if (atomic_load(&calendars->refs) == 1)
		free_replaced(calendars);
	size_t count = calendars->replaced_count;
	calendars->replaced = realloc(calendars->replaced, (count + 1) * sizeof(struct calendar *));
	LT_ASSERT(calendars->replaced);
	calendars->replaced[calendars->replaced_count++] = old;
}

static const struct calendar *find_variant(struct calendars *calendars, const struct region_set *regions,
					   const char *agency)
{
	struct calendar_fault fault = { 0 };
	struct calendar *calendar;
	for (size_t i = 0; i < calendars->variant_count; i++)
		if (memcmp(&calendars->variants[i].regions, regions, sizeof(*regions)) == 0)
			return calendars->variants[i].calendar;
	if (calendars->law->calendar.make(calendars->years->items, calendars->years->count, agency, &calendar, &fault))
		lt_fatal("the calendars that were checked do not hold for %s: %s", agency, fault.text);
	size_t at = calendars->variant_count;
	if (at == VARIANTS_MAX) {
		at = calendars->oldest++ % VARIANTS_MAX;
		replace(calendars, calendars->variants[at].calendar);
	} else {
		calendars->variant_count++;
	}
	calendars->variants[at] = (struct variant){ *regions, calendar };
	return calendar;
}

const struct calendar *calendars_calendar(struct calendars *calendars, const char *agency)
{
	struct region_set regions = { { 0 } };
	bool own = false;
	for (size_t i = 0; i < calendars->region_count; i++)
		if (calendar_code_covers(calendars->regions[i], agency)) {
			regions.bits[i / 64] |= UINT64_C(1) << i % 64;
			own = true;
		}
	if (!own)
		return calendars->calendar;
	pthread_mutex_lock(&calendars->lock);
	const struct calendar *calendar = find_variant(calendars, &regions, agency);
	pthread_mutex_unlock(&calendars->lock);
	return calendar;
}

/* ---- office hours ---- */

static struct worktime_office take_office(const struct lt_office_hours *hours)
{
	struct worktime_office office = {
		.hours = { (uint16_t)hours->morning_open, (uint16_t)hours->morning_close,
			   (uint16_t)hours->afternoon_open, (uint16_t)hours->afternoon_close },
		.same_day_until = (uint16_t)hours->same_day_until,
		.except_count = hours->except_count,
	};
	for (size_t i = 0; i < hours->except_count; i++) {
		const struct lt_office_except *except = &hours->excepts[i];
		office.excepts[i] = (struct worktime_except){
			.from = except->from,
			.to = except->to,
			.weekdays = (uint8_t)except->weekdays,
			.hours = { (uint16_t)except->morning_open, (uint16_t)except->morning_close,
				   (uint16_t)except->afternoon_open, (uint16_t)except->afternoon_close },
		};
	}
	return office;
}

/* Into the narrower integers of worktime.h. */
static bool except_fits(const struct lt_office_except *except)
{
	const uint32_t day = 24 * 60;
	return except->weekdays <= WORKTIME_ALL_WEEKDAYS && except->morning_open <= day &&
	       except->morning_close <= day && except->afternoon_open <= day && except->afternoon_close <= day;
}

enum lt_reason calendars_check_office(const struct law *law, const struct lt_office_hours *hours,
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
	if (hours->except_count > WORKTIME_EXCEPTS_MAX)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "office hours of %s: %zu exceptions, at most %u",
				 agency[0] ? agency : "all", hours->except_count, WORKTIME_EXCEPTS_MAX);
	for (size_t i = 0; i < hours->except_count; i++)
		if (!except_fits(&hours->excepts[i]))
			return lt_refuse(refusal, LT_DEFINITION_INVALID,
					 "office hours of %s: excepts[%zu]: a minute of the day "
					 "over 1440, or a day of the week over bit 6",
					 agency[0] ? agency : "all", i);
	struct worktime_office office = take_office(hours);
	if (!law->worktime.office_valid(&office))
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "office hours of %s: opening and closing must rise, the morning before the afternoon",
				 agency[0] ? agency : "all");
	return LT_REASON_NONE;
}

/* False: it does not hold. */
static bool load_office(struct calendars *calendars, const struct law *law, struct lt_bytes value,
			struct lt_arena *arena)
{
	struct lt_office_hours hours;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(arena);
	if (lt_office_hours_decode(value, arena, &hours, &refusal) || calendars_check_office(law, &hours, &refusal))
		return false;
	if (!hours.agency || hours.agency[0] == '\0') {
		calendars->default_office = take_office(&hours);
		return true;
	}
	if (calendars->office_count == calendars->office_cap) {
		calendars->office_cap = calendars->office_cap ? calendars->office_cap * 2 : 64;
		calendars->offices = realloc(calendars->offices, calendars->office_cap * sizeof(*calendars->offices));
		LT_ASSERT(calendars->offices);
	}
	struct office_entry *entry = &calendars->offices[calendars->office_count++];
	*entry = (struct office_entry){ .office = take_office(&hours) };
	memcpy(entry->agency, hours.agency, strlen(hours.agency) + 1);
	return true;
}

static void load_offices(struct calendars *calendars, struct store *store, const struct law *law)
{
	struct definition_walk walk = definition_walk(DEFINITION_OFFICE);
	struct lt_bytes value;
	struct lt_arena *arena;
	LT_ASSERT(lt_arena_new(1 << 20, &arena) == LT_OK);
	while (definition_next(store, &walk, &value)) {
		if (!load_office(calendars, law, value, arena))
			definition_fault(store, store_key_bytes(&walk.key));
	}
	lt_arena_free(arena);
}

static void load_outages(struct calendars *calendars, struct store *store)
{
	struct definition_walk walk = definition_walk(DEFINITION_OUTAGE);
	struct lt_bytes value;
	calendars->outages = calloc(TIMETABLE_OUTAGES_MAX, sizeof(*calendars->outages));
	LT_ASSERT(calendars->outages);
	while (calendars->outage_count < TIMETABLE_OUTAGES_MAX && definition_next(store, &walk, &value)) {
		struct fields_reader in = { .rest = value };
		struct calendars_outage *outage = &calendars->outages[calendars->outage_count++];
		outage->from = (int64_t)fields_get_u64(&in);
		outage->to = (int64_t)fields_get_u64(&in);
		if (fields_end(&in))
			definition_fault(store, store_key_bytes(&walk.key));
	}
}

struct calendars *calendars_load(struct store *store, const struct law *law)
{
	struct calendars *calendars = calloc(1, sizeof(*calendars));
	LT_ASSERT(calendars);
	atomic_init(&calendars->refs, 1);
	pthread_mutex_init(&calendars->lock, NULL);
	calendars->default_office = WORKTIME_OFFICE_DEFAULT;
	load_calendar(calendars, store, law);
	load_offices(calendars, store, law);
	load_outages(calendars, store);
	return calendars;
}

struct calendars *calendars_ref(struct calendars *calendars)
{
	atomic_fetch_add(&calendars->refs, 1);
	return calendars;
}

void calendars_unref(struct calendars *calendars)
{
	if (!calendars || atomic_fetch_sub(&calendars->refs, 1) != 1)
		return;
	calendar_free(calendars->calendar);
	free_replaced(calendars);
	pthread_mutex_destroy(&calendars->lock);
	for (size_t i = 0; i < calendars->variant_count; i++)
		calendar_free(calendars->variants[i].calendar);
	if (calendars->years)
		lt_arena_free(calendars->years->arena);
	free(calendars->years);
	free(calendars->offices);
	free(calendars->outages);
	free(calendars);
}

static int by_agency(const void *code, const void *entry)
{
	return strcmp(code, ((const struct office_entry *)entry)->agency);
}

const struct worktime_office *calendars_office(const struct calendars *calendars, const char *agency)
{
	const struct office_entry *entry = calendars->office_count == 0
						   ? NULL
						   : bsearch(agency, calendars->offices, calendars->office_count,
							     sizeof(*calendars->offices), by_agency);
	return entry ? &entry->office : &calendars->default_office;
}

uint32_t calendars_outages(const struct calendars *calendars)
{
	return calendars->outage_count;
}

const struct calendars_outage *calendars_outage(const struct calendars *calendars, uint32_t index)
{
	LT_ASSERT(index < calendars->outage_count);
	return &calendars->outages[index];
}
