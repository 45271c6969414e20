/* calendar.c: working calendars and office hours as definitions. Source: proto/directory.proto. */
#include "definitions.h"
#include "wire/map.h"
#include "directory.pb-c.h"

static const struct codec_field day_fields[] = {
	CODEC_FIELD(1, CODEC_SINT, struct lt_calendar_day, day),
	CODEC_FIELD(2, CODEC_U32, struct lt_calendar_day, kind),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_calendar_day, note),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_calendar_day, note_en),
	CODEC_FIELD_LIST(5, CODEC_TEXTS, struct lt_calendar_day, agencies, agency_count),
};
static const struct codec_map day_map = CODEC_MAP(day_fields, struct lt_calendar_day);

static const struct codec_field year_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_calendar_year, year),
	CODEC_FIELD(2, CODEC_U32, struct lt_calendar_year, version),
	CODEC_FIELD(3, CODEC_BOOL, struct lt_calendar_year, announced),
	CODEC_FIELD_RECORDS(4, struct lt_calendar_year, days, day_count, day_map),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_calendar_year, source),
};
static const struct codec_map year_map = CODEC_MAP(year_fields, struct lt_calendar_year);

static const struct codec_field except_fields[] = {
	CODEC_FIELD(1, CODEC_SINT, struct lt_office_except, from),
	CODEC_FIELD(2, CODEC_SINT, struct lt_office_except, to),
	CODEC_FIELD(3, CODEC_U32, struct lt_office_except, weekdays),
	CODEC_FIELD(4, CODEC_U32, struct lt_office_except, morning_open),
	CODEC_FIELD(5, CODEC_U32, struct lt_office_except, morning_close),
	CODEC_FIELD(6, CODEC_U32, struct lt_office_except, afternoon_open),
	CODEC_FIELD(7, CODEC_U32, struct lt_office_except, afternoon_close),
};
static const struct codec_map except_map = CODEC_MAP(except_fields, struct lt_office_except);

static const struct codec_field hours_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_office_hours, agency),
	CODEC_FIELD(2, CODEC_U32, struct lt_office_hours, morning_open),
	CODEC_FIELD(3, CODEC_U32, struct lt_office_hours, morning_close),
	CODEC_FIELD(4, CODEC_U32, struct lt_office_hours, afternoon_open),
	CODEC_FIELD(5, CODEC_U32, struct lt_office_hours, afternoon_close),
	CODEC_FIELD(6, CODEC_U32, struct lt_office_hours, same_day_until),
	CODEC_FIELD_RECORDS(7, struct lt_office_hours, excepts, except_count, except_map),
};
static const struct codec_map hours_map = CODEC_MAP(hours_fields, struct lt_office_hours);

enum lt_reason lt_calendar_year_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_calendar_year *out,
				       struct lt_refusal *refusal)
{
	return codec_map_decode(&year_map, &lienthong__v1__calendar_year__descriptor, bytes, arena, out, refusal);
}

enum lt_err lt_calendar_year_encode(const struct lt_calendar_year *year, struct lt_buf *out)
{
	return codec_map_encode(&year_map, year, out);
}

enum lt_reason lt_office_hours_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_office_hours *out,
				      struct lt_refusal *refusal)
{
	return codec_map_decode(&hours_map, &lienthong__v1__office_hours__descriptor, bytes, arena, out, refusal);
}

enum lt_err lt_office_hours_encode(const struct lt_office_hours *hours, struct lt_buf *out)
{
	return codec_map_encode(&hours_map, hours, out);
}
