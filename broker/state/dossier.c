/* dossier.c: the bytes of a dossier in the store. */
#include "dossier.h"

#include <stddef.h>
#include <string.h>

#include "program/field.h"

enum { DOSSIER_FORMAT = 2 };

void dossier_clear(struct dossier *dossier)
{
	memset(dossier, 0, offsetof(struct dossier, visits));
}

/* ---- writing ---- */

static void put_time(struct lt_buf *out, int64_t time)
{
	field_put_u64(out, (uint64_t)time);
}

static void put_id(struct lt_buf *out, const uint8_t id[16])
{
	field_put(out, id, 16);
}

static void put_wait(const struct clock_wait *wait, struct lt_buf *out)
{
	field_put_u32(out, wait->generation);
	field_put_u8(out, (uint8_t)wait->next_kind);
	if (wait->next_kind != 0)
		put_time(out, wait->next_due);
}

static void put_visit(const struct visit *visit, struct lt_buf *out)
{
	field_put_u32(out, visit->number);
	field_put_u64(out, visit->version);
	field_put_u8(out, (uint8_t)visit->custody);
	field_put_code(out, visit->holder);
	field_put_code(out, visit->came_from);
	field_put_u32(out, visit->route_leg);
	put_time(out, visit->since);
	dossier_clock_encode(&visit->clock, out);
	put_wait(&visit->handoff, out);
	field_put_u32(out, visit->came_leg);
	field_put_u32(out, visit->came_branch);
	field_put_code(out, visit->came_before);
	put_id(out, visit->accepted_id);
	put_id(out, visit->recall_id);
	field_put_u32(out, visit->parent);
	field_put_u32(out, visit->branch);
	field_put_u32(out, visit->joined);
	field_put_u8(out, visit->trace);
	field_put_u8(out, visit->trace_work);
	if (visit->custody != LT_CUSTODY_OFFERED)
		return;
	field_put_code(out, visit->offered_to);
	put_id(out, visit->offer_id);
	field_put_u64(out, visit->offer_sequence);
	field_put_u32(out, visit->offer_leg);
	field_put_u8(out, (uint8_t)visit->offer_kind);
}

static void put_consult(const struct consult *consult, struct lt_buf *out)
{
	field_put_u32(out, consult->number);
	put_id(out, consult->id);
	field_put_u64(out, consult->sequence);
	field_put_code(out, consult->asked_by);
	field_put_u32(out, consult->visit);
	put_time(out, consult->asked_at);
	put_time(out, consult->due);
	field_put_u8(out, (uint8_t)consult->on_silence);
	put_wait(&consult->wait, out);
	field_put_u8(out, (uint8_t)consult->answer_count);
	for (uint32_t i = 0; i < consult->answer_count; i++) {
		const struct consult_answer *answer = &consult->answers[i];
		field_put_code(out, answer->agency);
		field_put_u8(out, answer->state);
		field_put_u8(out, (uint8_t)answer->agree);
		put_time(out, answer->time);
	}
}

static void put_request(const struct dossier_request *request, struct lt_buf *out)
{
	put_id(out, request->id);
	field_put_u32(out, request->visit);
	field_put_u8(out, (uint8_t)request->before);
}

static void put_state(const struct dossier *dossier, struct lt_buf *out)
{
	dossier_clock_encode(&dossier->clock, out);
	field_put_u8(out, (uint8_t)(dossier->clocks_stand | dossier->refused << 1));
	put_request(&dossier->supplement, out);
	put_request(&dossier->fee, out);
	put_request(&dossier->withdrawal, out);
	put_wait(&dossier->supplement_wait, out);
	field_put_u64(out, dossier->fee_amount);
	put_id(out, dossier->result_id);
	field_put_u32(out, dossier->result_visit);
}

static void put_lists(const struct dossier *dossier, struct lt_buf *out)
{
	LT_ASSERT(dossier->visit_count <= DOSSIER_LEGS_MAX && dossier->party_count <= DOSSIER_PARTIES_MAX &&
		  dossier->request_count <= DOSSIER_REQUESTS_MAX && dossier->field_count <= LT_FIELDS_MAX &&
		  dossier->consult_count <= DOSSIER_CONSULTS_MAX);
	field_put_u8(out, (uint8_t)dossier->visit_count);
	for (uint32_t i = 0; i < dossier->visit_count; i++)
		put_visit(&dossier->visits[i], out);
	field_put_u8(out, (uint8_t)dossier->party_count);
	for (uint32_t i = 0; i < dossier->party_count; i++)
		field_put_code(out, dossier->parties[i]);
	field_put_u8(out, (uint8_t)dossier->request_count);
	for (uint32_t i = 0; i < dossier->request_count; i++)
		field_put_u32(out, dossier->request_legs[i]);
	field_put_u8(out, (uint8_t)dossier->field_count);
	for (uint32_t i = 0; i < dossier->field_count; i++) {
		size_t len = strlen(dossier->fields[i].value);
		field_put_code(out, dossier->fields[i].name);
		field_put_u32(out, (uint32_t)len);
		field_put(out, dossier->fields[i].value, len);
	}
	field_put_u8(out, (uint8_t)dossier->consult_count);
	for (uint32_t i = 0; i < dossier->consult_count; i++)
		put_consult(&dossier->consults[i], out);
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
	put_time(out, dossier->opened_at);
	field_put_u64(out, dossier->last_sequence);
	field_put_u64(out, dossier->records);
	put_state(dossier, out);
	put_lists(dossier, out);
}

/* ---- reading ---- */

static int64_t get_time(struct field_reader *in)
{
	return (int64_t)field_get_u64(in);
}

static void get_id(struct field_reader *in, uint8_t out[16])
{
	memcpy(out, field_get(in, 16), 16);
}

static void get_wait(struct field_reader *in, struct clock_wait *out)
{
	out->generation = field_get_u32(in);
	out->next_kind = field_get_u8(in);
	out->next_due = out->next_kind != 0 ? get_time(in) : 0;
}

static void get_visit(struct field_reader *in, struct visit *out)
{
	memset(out, 0, sizeof(*out));
	out->number = field_get_u32(in);
	out->version = field_get_u64(in);
	out->custody = (enum lt_custody)field_get_u8(in);
	LT_ASSERT(out->custody >= LT_CUSTODY_HELD && out->custody <= LT_CUSTODY_CLOSED);
	field_get_code(in, out->holder, sizeof(out->holder));
	field_get_code(in, out->came_from, sizeof(out->came_from));
	out->route_leg = field_get_u32(in);
	out->since = get_time(in);
	dossier_clock_decode(in, &out->clock);
	get_wait(in, &out->handoff);
	out->came_leg = field_get_u32(in);
	out->came_branch = field_get_u32(in);
	field_get_code(in, out->came_before, sizeof(out->came_before));
	get_id(in, out->accepted_id);
	get_id(in, out->recall_id);
	out->parent = field_get_u32(in);
	out->branch = field_get_u32(in);
	out->joined = field_get_u32(in);
	out->trace = field_get_u8(in);
	out->trace_work = field_get_u8(in);
	if (out->custody != LT_CUSTODY_OFFERED)
		return;
	field_get_code(in, out->offered_to, sizeof(out->offered_to));
	get_id(in, out->offer_id);
	out->offer_sequence = field_get_u64(in);
	out->offer_leg = field_get_u32(in);
	out->offer_kind = (enum lt_kind)field_get_u8(in);
}

static void get_consult(struct field_reader *in, struct consult *out)
{
	out->number = field_get_u32(in);
	get_id(in, out->id);
	out->sequence = field_get_u64(in);
	field_get_code(in, out->asked_by, sizeof(out->asked_by));
	out->visit = field_get_u32(in);
	out->asked_at = get_time(in);
	out->due = get_time(in);
	out->on_silence = (enum lt_on_silence)field_get_u8(in);
	get_wait(in, &out->wait);
	out->answer_count = field_get_u8(in);
	LT_ASSERT(out->answer_count <= LT_TO_MAX);
	for (uint32_t i = 0; i < out->answer_count; i++) {
		struct consult_answer *answer = &out->answers[i];
		field_get_code(in, answer->agency, sizeof(answer->agency));
		answer->state = field_get_u8(in);
		answer->agree = (enum lt_agreement)field_get_u8(in);
		answer->time = get_time(in);
	}
}

static void get_request(struct field_reader *in, struct dossier_request *out)
{
	get_id(in, out->id);
	out->visit = field_get_u32(in);
	out->before = (enum status)field_get_u8(in);
}

static void get_state(struct field_reader *in, struct dossier *out)
{
	dossier_clock_decode(in, &out->clock);
	uint8_t flags = field_get_u8(in);
	out->clocks_stand = (flags & 1) != 0;
	out->refused = (flags & 2) != 0;
	get_request(in, &out->supplement);
	get_request(in, &out->fee);
	get_request(in, &out->withdrawal);
	get_wait(in, &out->supplement_wait);
	out->fee_amount = field_get_u64(in);
	get_id(in, out->result_id);
	out->result_visit = field_get_u32(in);
}

static uint32_t get_count(struct field_reader *in, uint32_t max)
{
	uint32_t count = field_get_u8(in);
	LT_ASSERT(count <= max);
	return count;
}

static void get_lists(struct field_reader *in, struct dossier *out)
{
	out->visit_count = get_count(in, DOSSIER_LEGS_MAX);
	for (uint32_t i = 0; i < out->visit_count; i++)
		get_visit(in, &out->visits[i]);
	out->party_count = get_count(in, DOSSIER_PARTIES_MAX);
	for (uint32_t i = 0; i < out->party_count; i++)
		field_get_code(in, out->parties[i], sizeof(out->parties[i]));
	out->request_count = get_count(in, DOSSIER_REQUESTS_MAX);
	for (uint32_t i = 0; i < out->request_count; i++)
		out->request_legs[i] = field_get_u32(in);
	out->field_count = get_count(in, LT_FIELDS_MAX);
	for (uint32_t i = 0; i < out->field_count; i++) {
		struct dossier_field *field = &out->fields[i];
		field_get_code(in, field->name, sizeof(field->name));
		size_t len = field_get_u32(in);
		LT_ASSERT(len < sizeof(field->value));
		memcpy(field->value, field_get(in, len), len);
		field->value[len] = '\0';
	}
	out->consult_count = get_count(in, DOSSIER_CONSULTS_MAX);
	for (uint32_t i = 0; i < out->consult_count; i++)
		get_consult(in, &out->consults[i]);
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
	out->opened_at = get_time(&in);
	out->last_sequence = field_get_u64(&in);
	out->records = field_get_u64(&in);
	get_state(&in, out);
	get_lists(&in, out);
	field_end(&in);
}
