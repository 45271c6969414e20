/* procedure.c: a procedure with its route. Source: proto/directory.proto. */
#include "definitions.h"
#include "wire/map.h"
#include "directory.pb-c.h"

static const struct codec_field limit_fields[] = {
	CODEC_FIELD(1, CODEC_ENUM, struct lt_limit, unit),
	CODEC_FIELD(2, CODEC_U32, struct lt_limit, quarters),
};
static const struct codec_map limit_map = CODEC_MAP(limit_fields, struct lt_limit);

static const struct codec_field when_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_route_when, leg),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_route_when, field),
	CODEC_FIELD_LIST(3, CODEC_TEXTS, struct lt_route_when, values, value_count),
};
static const struct codec_map when_map = CODEC_MAP(when_fields, struct lt_route_when);

static const struct codec_field case_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_limit_case, value),
	CODEC_FIELD_RECORD(2, CODEC_MESSAGE, struct lt_limit_case, limit, limit_map),
};
static const struct codec_map case_map = CODEC_MAP(case_fields, struct lt_limit_case);

static const struct codec_field by_fields[] = {
	CODEC_FIELD(1, CODEC_ENUM, struct lt_limit_by, of),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_limit_by, field),
	CODEC_FIELD_RECORDS(3, struct lt_limit_by, cases, case_count, case_map),
	CODEC_FIELD(4, CODEC_BOOL, struct lt_limit_by, only),
};
static const struct codec_map by_map = CODEC_MAP(by_fields, struct lt_limit_by);

static const struct codec_field leg_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_route_leg, number),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_route_leg, name),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_route_leg, name_en),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_route_leg, agency),
	CODEC_FIELD(6, CODEC_ENUM, struct lt_route_leg, kind),
	CODEC_FIELD_RECORD(7, CODEC_MESSAGE, struct lt_route_leg, limit, limit_map),
	CODEC_FIELD(8, CODEC_TEXT, struct lt_route_leg, id),
	CODEC_FIELD_LIST(9, CODEC_U32_LIST, struct lt_route_leg, next, next_count),
	CODEC_FIELD(10, CODEC_U32, struct lt_route_leg, on_refusal),
	CODEC_FIELD(11, CODEC_U32, struct lt_route_leg, on_supplement),
	CODEC_FIELD_LIST(13, CODEC_TEXTS, struct lt_route_leg, consult, consult_count),
	CODEC_FIELD(14, CODEC_ENUM, struct lt_route_leg, on_silence),
	CODEC_FIELD(15, CODEC_U32, struct lt_route_leg, supplements),
	CODEC_FIELD(16, CODEC_ENUM, struct lt_route_leg, policy),
	CODEC_FIELD(17, CODEC_BOOL, struct lt_route_leg, fee_stops_clock),
	CODEC_FIELD(18, CODEC_ENUM, struct lt_route_leg, choose),
	CODEC_FIELD_RECORDS(19, struct lt_route_leg, when, when_count, when_map),
	CODEC_FIELD_LIST(20, CODEC_U32_LIST, struct lt_route_leg, otherwise, otherwise_count),
	CODEC_FIELD_LIST(21, CODEC_TEXTS, struct lt_route_leg, makes, make_count),
	CODEC_FIELD_LIST(22, CODEC_TEXTS, struct lt_route_leg, transfer_to, transfer_count),
	CODEC_FIELD_RECORD(30, CODEC_MESSAGE, struct lt_route_leg, consult_limit, limit_map),
	CODEC_FIELD_RECORD(31, CODEC_MESSAGE, struct lt_route_leg, ask_within, limit_map),
	CODEC_FIELD_RECORD(32, CODEC_MESSAGE, struct lt_route_leg, supplement_limit, limit_map),
	CODEC_FIELD_RECORD(33, CODEC_MESSAGE, struct lt_route_leg, refuse_within, limit_map),
	CODEC_FIELD(40, CODEC_BOOL, struct lt_route_leg, until),
	CODEC_FIELD(41, CODEC_TEXT, struct lt_route_leg, uncounted),
	CODEC_FIELD(42, CODEC_TEXT, struct lt_route_leg, unit),
	CODEC_FIELD_RECORDS(43, struct lt_route_leg, by, by_count, by_map),
	CODEC_FIELD_RECORD(50, CODEC_MESSAGE, struct lt_route_leg, again, limit_map),
	CODEC_FIELD_LIST(51, CODEC_TEXTS, struct lt_route_leg, sets, set_count),
};
static const struct codec_map leg_map = CODEC_MAP(leg_fields, struct lt_route_leg);

static const struct codec_field procedure_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_procedure, code),
	CODEC_FIELD(2, CODEC_U32, struct lt_procedure, version),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_procedure, name),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_procedure, name_en),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_procedure, lead),
	CODEC_FIELD_RECORDS(6, struct lt_procedure, legs, leg_count, leg_map),
	CODEC_FIELD(7, CODEC_TEXT, struct lt_procedure, sector),
	CODEC_FIELD(8, CODEC_U64, struct lt_procedure, valid_from),
	CODEC_FIELD(9, CODEC_U64, struct lt_procedure, valid_to),
	CODEC_FIELD_RECORD(10, CODEC_MESSAGE, struct lt_procedure, total, limit_map),
	CODEC_FIELD_LIST(11, CODEC_TEXTS, struct lt_procedure, withdraw_by, withdraw_count),
	CODEC_FIELD(12, CODEC_U32, struct lt_procedure, withdraw_until),
	CODEC_FIELD(13, CODEC_TEXT, struct lt_procedure, source),
	CODEC_FIELD_RECORD(14, CODEC_MESSAGE, struct lt_procedure, handoff_limit, limit_map),
	CODEC_FIELD_RECORD(15, CODEC_MESSAGE, struct lt_procedure, due_soon, limit_map),
	CODEC_FIELD_RECORD(16, CODEC_MESSAGE, struct lt_procedure, supplement_limit, limit_map),
	CODEC_FIELD_LIST(17, CODEC_TEXTS, struct lt_procedure, open_by, open_count),
	CODEC_FIELD_RECORD(30, CODEC_MESSAGE, struct lt_procedure, apology_before, limit_map),
	CODEC_FIELD_RECORD(31, CODEC_MESSAGE, struct lt_procedure, intake_limit, limit_map),
	CODEC_FIELD_RECORD(40, CODEC_MESSAGE, struct lt_procedure, promised, limit_map),
	CODEC_FIELD(41, CODEC_U32, struct lt_procedure, same_day_until),
	CODEC_FIELD_RECORDS(42, struct lt_procedure, by, by_count, by_map),
};
static const struct codec_map procedure_map = CODEC_MAP(procedure_fields, struct lt_procedure);

enum lt_reason lt_procedure_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_procedure *out,
				   struct lt_refusal *refusal)
{
	return codec_map_decode(&procedure_map, &lienthong__v1__procedure__descriptor, bytes, arena, out, refusal);
}

enum lt_err lt_procedure_encode(const struct lt_procedure *procedure, struct lt_buf *out)
{
	return codec_map_encode(&procedure_map, procedure, out);
}
