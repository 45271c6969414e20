/* dossier.c: the bytes of a dossier in the store. */
#include "dossier.h"

#include <string.h>

#include "field.h"

enum { DOSSIER_FORMAT = 1 };

static void put_visit(const struct visit *visit, struct lt_buf *out)
{
	field_put_u32(out, visit->number);
	field_put_u64(out, visit->version);
	field_put_u8(out, (uint8_t)visit->custody);
	field_put_code(out, visit->holder);
	field_put_code(out, visit->came_from);
	field_put_u32(out, visit->route_leg);
	field_put_u64(out, (uint64_t)visit->since);
	if (visit->custody != LT_CUSTODY_OFFERED)
		return;
	field_put_code(out, visit->offered_to);
	field_put(out, visit->offer_id, sizeof(visit->offer_id));
	field_put_u64(out, visit->offer_sequence);
	field_put_u32(out, visit->offer_leg);
	field_put_u8(out, (uint8_t)visit->offer_kind);
}

static void get_visit(struct field_reader *in, struct visit *out)
{
	*out = (struct visit){ 0 };
	out->number = field_get_u32(in);
	out->version = field_get_u64(in);
	out->custody = (enum lt_custody)field_get_u8(in);
	LT_ASSERT(out->custody >= LT_CUSTODY_HELD && out->custody <= LT_CUSTODY_CLOSED);
	field_get_code(in, out->holder, sizeof(out->holder));
	field_get_code(in, out->came_from, sizeof(out->came_from));
	out->route_leg = field_get_u32(in);
	out->since = (int64_t)field_get_u64(in);
	if (out->custody != LT_CUSTODY_OFFERED)
		return;
	field_get_code(in, out->offered_to, sizeof(out->offered_to));
	memcpy(out->offer_id, field_get(in, sizeof(out->offer_id)), sizeof(out->offer_id));
	out->offer_sequence = field_get_u64(in);
	out->offer_leg = field_get_u32(in);
	out->offer_kind = (enum lt_kind)field_get_u8(in);
}

void dossier_encode(const struct dossier *dossier, struct lt_buf *out)
{
	field_put_u8(out, DOSSIER_FORMAT);
	field_put_code(out, dossier->code);
	field_put_code(out, dossier->procedure);
	field_put_u32(out, dossier->procedure_version);
	field_put_u8(out, (uint8_t)dossier->status);
	field_put_code(out, dossier->origin);
	field_put_code(out, dossier->lead);
	field_put_u64(out, (uint64_t)dossier->opened_at);
	field_put_u64(out, dossier->last_sequence);
	field_put_u64(out, dossier->records);
	LT_ASSERT(dossier->visit_count <= BROKER_LEGS_MAX && dossier->party_count <= BROKER_PARTIES_MAX);
	field_put_u8(out, (uint8_t)dossier->visit_count);
	for (uint32_t i = 0; i < dossier->visit_count; i++)
		put_visit(&dossier->visits[i], out);
	field_put_u8(out, (uint8_t)dossier->party_count);
	for (uint32_t i = 0; i < dossier->party_count; i++)
		field_put_code(out, dossier->parties[i]);
}

void dossier_decode(struct lt_bytes bytes, uint64_t number, struct dossier *out)
{
	struct field_reader in = { .bytes = bytes };
	LT_ASSERT(field_get_u8(&in) == DOSSIER_FORMAT);
	out->number = number;
	field_get_code(&in, out->code, sizeof(out->code));
	field_get_code(&in, out->procedure, sizeof(out->procedure));
	out->procedure_version = field_get_u32(&in);
	out->status = (enum status)field_get_u8(&in);
	field_get_code(&in, out->origin, sizeof(out->origin));
	field_get_code(&in, out->lead, sizeof(out->lead));
	out->opened_at = (int64_t)field_get_u64(&in);
	out->last_sequence = field_get_u64(&in);
	out->records = field_get_u64(&in);
	out->visit_count = field_get_u8(&in);
	LT_ASSERT(out->visit_count <= BROKER_LEGS_MAX);
	for (uint32_t i = 0; i < out->visit_count; i++)
		get_visit(&in, &out->visits[i]);
	out->party_count = field_get_u8(&in);
	LT_ASSERT(out->party_count <= BROKER_PARTIES_MAX);
	for (uint32_t i = 0; i < out->party_count; i++)
		field_get_code(&in, out->parties[i], sizeof(out->parties[i]));
	field_end(&in);
}

struct visit *dossier_visit(struct dossier *dossier, uint32_t number)
{
	for (uint32_t i = 0; i < dossier->visit_count; i++) {
		if (dossier->visits[i].number == number)
			return &dossier->visits[i];
	}
	return NULL;
}

bool dossier_closed(const struct dossier *dossier)
{
	for (uint32_t i = 0; i < dossier->visit_count; i++) {
		if (dossier->visits[i].custody != LT_CUSTODY_CLOSED)
			return false;
	}
	return true;
}

bool dossier_has_party(const struct dossier *dossier, const char *agency)
{
	for (uint32_t i = 0; i < dossier->party_count; i++) {
		if (strcmp(dossier->parties[i], agency) == 0)
			return true;
	}
	return false;
}

void dossier_add_party(struct dossier *dossier, const char *agency)
{
	if (dossier->party_count == BROKER_PARTIES_MAX || dossier_has_party(dossier, agency))
		return;
	char *party = dossier->parties[dossier->party_count++];
	size_t len = strlen(agency);
	LT_ASSERT(len < LT_AGENCY_MAX);
	memcpy(party, agency, len + 1);
}

enum lt_err dossier_view(const struct dossier *dossier, struct lt_arena *arena, struct lt_dossier_view *out)
{
	*out = (struct lt_dossier_view){
		.code = dossier->code,
		.procedure = dossier->procedure,
		.procedure_version = dossier->procedure_version,
		.status = (uint32_t)dossier->status,
		.origin = dossier->origin,
		.lead = dossier->lead,
		.opened_at = dossier->opened_at,
		.hops_total = dossier->records,
		.leg_count = dossier->visit_count,
	};
	out->legs = lt_arena_alloc(arena, dossier->visit_count * sizeof(*out->legs));
	if (!out->legs)
		return LT_ENOMEM;
	for (uint32_t i = 0; i < dossier->visit_count; i++) {
		const struct visit *visit = &dossier->visits[i];
		bool offered = visit->custody == LT_CUSTODY_OFFERED;
		out->legs[i] = (struct lt_leg_view){
			.visit = visit->number,
			.version = visit->version,
			.custody = visit->custody,
			.holder = visit->holder,
			.offered_to = offered ? visit->offered_to : "",
			.offer_id = offered ? lt_bytes(visit->offer_id, 16) : (struct lt_bytes){ 0 },
			.route_leg = visit->route_leg,
			.since = visit->since,
		};
	}
	return LT_OK;
}
