/* codec_procedure.c: a procedure with its route. Source: proto/directory.proto. */
#include "codec.h"
#include "codec_map.h"
#include "directory.pb-c.h"

static const struct codec_field leg_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_route_leg, number),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_route_leg, name),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_route_leg, name_en),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_route_leg, agency),
	CODEC_FIELD(5, CODEC_U32, struct lt_route_leg, limit_hours),
};
static const struct codec_map leg_map = CODEC_MAP(leg_fields, struct lt_route_leg);

static const struct codec_field procedure_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_procedure, code),
	CODEC_FIELD(2, CODEC_U32, struct lt_procedure, version),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_procedure, name),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_procedure, name_en),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_procedure, lead),
	CODEC_FIELD_RECORDS(6, struct lt_procedure, legs, leg_count, leg_map),
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
