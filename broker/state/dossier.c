/* dossier.c: the bytes of a dossier in the store.
 *
 * One value holds a whole dossier: its branches, requests, consults, fields and clocks, each written field by field with
 * a layout version in front. An act reads one value and writes one value, and a page of LMDB goes to the disk for each:
 * numbers are as short as they are small, and ids that are not there cost a byte. Short things come first and long lists
 * last; only what is used is written. */
#include "dossier.h"

#include <stddef.h>
#include <string.h>

#include "base/fields.h"
#include "program/log.h"

void dossier_clear(struct dossier *dossier)
{
	memset(dossier, 0, offsetof(struct dossier, branches));
}

/* ---- writing ---- */

static void put_text(struct fields_writer *out, const char *text)
{
	size_t len = strlen(text);
	fields_put_number(out, len);
	fields_put_raw(out, text, len);
}

static void put_made(const struct branch *branch, struct fields_writer *out)
{
	fields_put_number(out, branch->made_leg);
	if (branch->made_leg == 0)
		return;
	fields_put_u8(out, branch->made_refused);
	fields_put_name(out, branch->made_by);
	fields_put_id(out, branch->made_id);
}

static bool was_asked(const struct branch *branch)
{
	return dossier_id_is(branch->supplement_id, branch->supplement_id) ||
	       dossier_id_is(branch->fee_id, branch->fee_id) || branch->fee_stands || branch->fee_amount != 0 ||
	       branch->supplement_wait.generation != 0 || branch->supplement_wait.next_kind != 0 ||
	       branch->papers.from != 0 || dossier_id_is(branch->missed.id, branch->missed.id);
}

/* For papers or a fee: most never were. */
static void put_asked(const struct branch *branch, struct fields_writer *out)
{
	fields_put_u8(out, was_asked(branch));
	if (!was_asked(branch))
		return;
	fields_put_id(out, branch->supplement_id);
	fields_put_id(out, branch->fee_id);
	fields_put_u8(out, branch->fee_stands);
	fields_put_number(out, branch->fee_amount);
	dossier_wait_encode(&branch->supplement_wait, out);
	dossier_papers_encode(&branch->papers, out);
	dossier_missed_encode(&branch->missed, out);
}

static void put_branch(const struct branch *branch, struct fields_writer *out)
{
	fields_put_number(out, branch->number);
	fields_put_number(out, branch->version);
	fields_put_u8(out, (uint8_t)branch->custody);
	fields_put_name(out, branch->holder);
	fields_put_name(out, branch->came_from);
	fields_put_number(out, branch->leg);
	fields_put_time(out, branch->since);
	out->base = branch->since;
	fields_put_time(out, branch->begun);
	fields_put_record(out, branch->begun_by);
	dossier_clock_encode(&branch->clock, out);
	dossier_wait_encode(&branch->handoff, out);
	fields_put_number(out, branch->came_leg);
	fields_put_number(out, branch->came_fork_leg);
	fields_put_u8(out, branch->came_back);
	fields_put_name(out, branch->came_before);
	fields_put_number(out, branch->came_before_leg);
	fields_put_number(out, branch->came_before_fork_leg);
	fields_put_id(out, branch->accepted_id);
	fields_put_id(out, branch->recall_id);
	fields_put_number(out, branch->parent);
	fields_put_number(out, branch->fork_leg);
	fields_put_number(out, branch->joined);
	put_made(branch, out);
	fields_put_u8(out, branch->trace);
	fields_put_u8(out, branch->trace_work);
	put_asked(branch, out);
	dossier_wait_encode(&branch->silence, out);
	fields_put_time(out, branch->acted_at);
	fields_put_time(out, branch->silent_since);
	if (branch->custody != LT_CUSTODY_OFFERED)
		return;
	fields_put_name(out, branch->offered_to);
	fields_put_id(out, branch->offer_id);
	fields_put_record(out, branch->offer_sequence);
	fields_put_number(out, branch->offer_leg);
	fields_put_u8(out, (uint8_t)branch->offer_kind);
	fields_put_time(out, branch->offer_due);
	fields_put_time(out, branch->arrived);
	fields_put_code(out, branch->offer_late);
	fields_put_time(out, branch->away_until);
}

static void put_consult(const struct consult *consult, struct fields_writer *out)
{
	fields_put_number(out, consult->number);
	fields_put_id(out, consult->id);
	fields_put_number(out, consult->sequence);
	fields_put_name(out, consult->asked_by);
	fields_put_number(out, consult->branch);
	fields_put_number(out, consult->leg);
	fields_put_time(out, consult->asked_at);
	fields_put_u8(out, (uint8_t)consult->limit.unit);
	fields_put_number(out, consult->limit.quarters);
	fields_put_time(out, consult->due_at);
	fields_put_time(out, consult->stopped_at);
	fields_put_u8(out, (uint8_t)consult->on_silence);
	dossier_wait_encode(&consult->wait, out);
	fields_put_u8(out, (uint8_t)consult->answer_count);
	for (uint32_t i = 0; i < consult->answer_count; i++) {
		const struct consult_answer *answer = &consult->answers[i];
		fields_put_name(out, answer->agency);
		fields_put_time(out, answer->due);
		fields_put_number(out, answer->given);
		fields_put_time(out, answer->silent_at);
		fields_put_u8(out, (uint8_t)answer->agree);
		fields_put_time(out, answer->answered_at);
	}
}

/* Most have none. */
static void put_apology(const struct dossier_apology *apology, struct fields_writer *out)
{
	fields_put_time(out, apology->at);
	if (apology->at == 0)
		return;
	fields_put_name(out, apology->by);
	fields_put_time(out, apology->from);
	fields_put_number(out, apology->branch);
	fields_put_time(out, apology->leg_from);
	fields_put_u8(out, apology->corrected);
}

static void put_intake(const struct dossier_intake *intake, struct fields_writer *out)
{
	fields_put_name(out, intake->by);
	fields_put_u8(out, (uint8_t)intake->channel);
	put_text(out, intake->place);
	fields_put_time(out, intake->received);
	fields_put_time(out, intake->since);
	if (intake->since == 0)
		return;
	fields_put_number(out, intake->since_by);
	fields_put_time(out, intake->due);
}

static void put_proposal(const struct dossier_proposal *proposal, struct fields_writer *out)
{
	fields_put_number(out, proposal->sequence);
	if (proposal->sequence == 0)
		return;
	fields_put_number(out, proposal->stay);
	fields_put_number(out, proposal->uid);
	fields_put_u8(out, (uint8_t)proposal->verdict);
	fields_put_number(out, proposal->branch);
	fields_put_number(out, proposal->version);
}

static void put_state(const struct dossier *dossier, struct fields_writer *out)
{
	dossier_clock_encode(&dossier->clock, out);
	put_apology(&dossier->apology, out);
	put_intake(&dossier->intake, out);
	fields_put_u8(out, (uint8_t)(dossier->refused | dossier->stopped << 1));
	fields_put_number(out, dossier->stay_count);
	fields_put_id(out, dossier->withdrawal_id);
	fields_put_number(out, dossier->frozen);
	put_proposal(&dossier->proposal, out);
	fields_put_code(out, dossier->replaces);
	fields_put_time(out, dossier->carried.at);
	fields_put_time(out, dossier->carried.since);
}

static void put_lists(const struct dossier *dossier, struct fields_writer *out)
{
	LT_ASSERT(dossier->branch_count <= DOSSIER_BRANCHES_MAX && dossier->party_count <= DOSSIER_PARTIES_MAX &&
		  dossier->request_count <= DOSSIER_REQUESTS_MAX && dossier->field_count <= LT_FIELDS_MAX &&
		  dossier->consult_count <= DOSSIER_CONSULTS_MAX);
	fields_put_u8(out, (uint8_t)dossier->branch_count);
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		out->base = dossier->opened_at;
		put_branch(&dossier->branches[i], out);
	}
	out->base = dossier->opened_at;
	fields_put_u8(out, (uint8_t)dossier->party_count);
	for (uint32_t i = 0; i < dossier->party_count; i++)
		fields_put_name(out, dossier->parties[i]);
	fields_put_u8(out, (uint8_t)dossier->request_count);
	for (uint32_t i = 0; i < dossier->request_count; i++)
		fields_put_number(out, dossier->request_legs[i]);
	fields_put_u8(out, (uint8_t)dossier->past_count);
	for (uint32_t i = 0; i < dossier->past_count; i++) {
		fields_put_number(out, dossier->past[i].leg);
		fields_put_u8(out, dossier->past[i].how);
		fields_put_u8(out, dossier->past[i].anew);
		fields_put_name(out, dossier->past[i].by);
		fields_put_number(out, dossier->past[i].clock.len);
		fields_put_raw(out, dossier->past[i].clock.bytes, dossier->past[i].clock.len);
	}
	fields_put_u8(out, (uint8_t)dossier->field_count);
	for (uint32_t i = 0; i < dossier->field_count; i++) {
		fields_put_code(out, dossier->fields[i].name);
		put_text(out, dossier->fields[i].value);
	}
	fields_put_u8(out, (uint8_t)dossier->consult_count);
	for (uint32_t i = 0; i < dossier->consult_count; i++)
		put_consult(&dossier->consults[i], out);
}

void dossier_encode(const struct dossier *dossier, struct lt_buf *out)
{
	struct fields_writer writer = { .buf = out };
	fields_put_code(&writer, dossier->code);
	fields_put_code(&writer, dossier->procedure);
	fields_put_number(&writer, dossier->procedure_version);
	fields_put_u8(&writer, (uint8_t)dossier->stage);
	fields_put_u8(&writer, (uint8_t)dossier->status);
	fields_put_name(&writer, dossier->origin);
	fields_put_name(&writer, dossier->lead);
	fields_put_time(&writer, dossier->opened_at);
	writer.base = dossier->opened_at;
	fields_put_number(&writer, dossier->last_sequence);
	writer.record = dossier->last_sequence;
	fields_put_number(&writer, dossier->records);
	fields_put_number(&writer, dossier->refused_sequence);
	fields_put_number(&writer, dossier->refused_records);
	put_state(dossier, &writer);
	put_lists(dossier, &writer);
	LT_ASSERT(!writer.failed);
}

/* ---- reading ---- */

static void get_made(struct fields_reader *in, struct branch *out)
{
	out->made_leg = fields_get_number32(in);
	if (out->made_leg == 0)
		return;
	out->made_refused = fields_get_u8(in) != 0;
	fields_get_name(in, out->made_by, sizeof(out->made_by));
	fields_get_id(in, out->made_id);
}

static void get_asked(struct fields_reader *in, struct branch *out)
{
	if (fields_get_u8(in) == 0)
		return;
	fields_get_id(in, out->supplement_id);
	fields_get_id(in, out->fee_id);
	out->fee_stands = fields_get_u8(in) != 0;
	out->fee_amount = fields_get_number(in);
	dossier_wait_decode(in, &out->supplement_wait);
	dossier_papers_decode(in, &out->papers);
	dossier_missed_decode(in, &out->missed);
}

static void get_branch(struct fields_reader *in, struct branch *out)
{
	memset(out, 0, sizeof(*out));
	out->number = fields_get_number32(in);
	out->version = fields_get_number(in);
	out->custody = (enum lt_custody)fields_get_u8(in);
	if (out->custody < LT_CUSTODY_HELD || out->custody > LT_CUSTODY_CLOSED)
		in->failed = true;
	fields_get_name(in, out->holder, sizeof(out->holder));
	fields_get_name(in, out->came_from, sizeof(out->came_from));
	out->leg = fields_get_number32(in);
	out->since = in->base = fields_get_time(in);
	out->begun = fields_get_time(in);
	out->begun_by = fields_get_record(in);
	dossier_clock_decode(in, &out->clock);
	dossier_wait_decode(in, &out->handoff);
	out->came_leg = fields_get_number32(in);
	out->came_fork_leg = fields_get_number32(in);
	out->came_back = fields_get_u8(in) != 0;
	fields_get_name(in, out->came_before, sizeof(out->came_before));
	out->came_before_leg = fields_get_number32(in);
	out->came_before_fork_leg = fields_get_number32(in);
	fields_get_id(in, out->accepted_id);
	fields_get_id(in, out->recall_id);
	out->parent = fields_get_number32(in);
	out->fork_leg = fields_get_number32(in);
	out->joined = fields_get_number32(in);
	get_made(in, out);
	out->trace = fields_get_u8(in);
	out->trace_work = fields_get_u8(in);
	get_asked(in, out);
	dossier_wait_decode(in, &out->silence);
	out->acted_at = fields_get_time(in);
	out->silent_since = fields_get_time(in);
	if (out->custody != LT_CUSTODY_OFFERED)
		return;
	fields_get_name(in, out->offered_to, sizeof(out->offered_to));
	fields_get_id(in, out->offer_id);
	out->offer_sequence = fields_get_record(in);
	out->offer_leg = fields_get_number32(in);
	out->offer_kind = (enum lt_kind)fields_get_u8(in);
	out->offer_due = fields_get_time(in);
	out->arrived = fields_get_time(in);
	fields_get_code(in, out->offer_late, sizeof(out->offer_late));
	out->away_until = fields_get_time(in);
}

static void get_consult(struct fields_reader *in, struct consult *out)
{
	out->number = fields_get_number32(in);
	fields_get_id(in, out->id);
	out->sequence = fields_get_number(in);
	fields_get_name(in, out->asked_by, sizeof(out->asked_by));
	out->branch = fields_get_number32(in);
	out->leg = fields_get_number32(in);
	out->asked_at = fields_get_time(in);
	out->limit.unit = (enum lt_limit_unit)fields_get_u8(in);
	out->limit.quarters = fields_get_number32(in);
	out->due_at = fields_get_time(in);
	out->stopped_at = fields_get_time(in);
	out->on_silence = (enum lt_on_silence)fields_get_u8(in);
	dossier_wait_decode(in, &out->wait);
	out->answer_count = fields_get_u8(in);
	if (out->answer_count > LT_TO_MAX) {
		in->failed = true;
		out->answer_count = 0;
	}
	for (uint32_t i = 0; i < out->answer_count; i++) {
		struct consult_answer *answer = &out->answers[i];
		fields_get_name(in, answer->agency, sizeof(answer->agency));
		answer->due = fields_get_time(in);
		answer->given = fields_get_number32(in);
		answer->silent_at = fields_get_time(in);
		answer->agree = (enum lt_agreement)fields_get_u8(in);
		answer->answered_at = fields_get_time(in);
	}
}

static void get_apology(struct fields_reader *in, struct dossier_apology *out)
{
	*out = (struct dossier_apology){ .at = fields_get_time(in) };
	if (out->at == 0)
		return;
	fields_get_name(in, out->by, sizeof(out->by));
	out->from = fields_get_time(in);
	out->branch = fields_get_number32(in);
	out->leg_from = fields_get_time(in);
	out->corrected = fields_get_u8(in) != 0;
}

static void get_text(struct fields_reader *in, char *out, size_t size)
{
	size_t len = fields_get_number32(in);
	if (len >= size) {
		in->failed = true;
		len = 0;
	}
	fields_get_raw(in, out, len);
	out[len] = '\0';
}

static void get_intake(struct fields_reader *in, struct dossier_intake *out)
{
	*out = (struct dossier_intake){ 0 };
	fields_get_name(in, out->by, sizeof(out->by));
	out->channel = (enum lt_channel)fields_get_u8(in);
	get_text(in, out->place, sizeof(out->place));
	out->received = fields_get_time(in);
	out->since = fields_get_time(in);
	if (out->since == 0)
		return;
	out->since_by = fields_get_number(in);
	out->due = fields_get_time(in);
}

static void get_proposal(struct fields_reader *in, struct dossier_proposal *out)
{
	*out = (struct dossier_proposal){ .sequence = fields_get_number(in) };
	if (out->sequence == 0)
		return;
	out->stay = fields_get_number(in);
	out->uid = fields_get_number32(in);
	out->verdict = fields_get_u8(in);
	out->branch = fields_get_number32(in);
	out->version = fields_get_number(in);
}

static void get_state(struct fields_reader *in, struct dossier *out)
{
	dossier_clock_decode(in, &out->clock);
	get_apology(in, &out->apology);
	get_intake(in, &out->intake);
	uint8_t flags = fields_get_u8(in);
	out->refused = (flags & 1) != 0;
	out->stopped = (flags & 2) != 0;
	out->stay_count = fields_get_number(in);
	fields_get_id(in, out->withdrawal_id);
	out->frozen = fields_get_number(in);
	get_proposal(in, &out->proposal);
	fields_get_code(in, out->replaces, sizeof(out->replaces));
	out->carried.at = fields_get_time(in);
	out->carried.since = fields_get_time(in);
}

static uint32_t get_count(struct fields_reader *in, uint32_t max)
{
	uint32_t count = fields_get_u8(in);
	if (count > max)
		in->failed = true;
	return in->failed ? 0 : count;
}

static void get_kept(struct fields_reader *in, struct kept_clock *out)
{
	uint32_t len = fields_get_number32(in);
	if (len > sizeof(out->bytes)) {
		in->failed = true;
		len = 0;
	}
	out->len = (uint16_t)len;
	fields_get_raw(in, out->bytes, len);
}

static void get_lists(struct fields_reader *in, struct dossier *out)
{
	out->branch_count = get_count(in, DOSSIER_BRANCHES_MAX);
	for (uint32_t i = 0; i < out->branch_count; i++) {
		in->base = out->opened_at;
		get_branch(in, &out->branches[i]);
	}
	in->base = out->opened_at;
	out->party_count = get_count(in, DOSSIER_PARTIES_MAX);
	for (uint32_t i = 0; i < out->party_count; i++)
		fields_get_name(in, out->parties[i], sizeof(out->parties[i]));
	out->request_count = get_count(in, DOSSIER_REQUESTS_MAX);
	for (uint32_t i = 0; i < out->request_count; i++)
		out->request_legs[i] = fields_get_number32(in);
	out->past_count = get_count(in, DOSSIER_LEGS_MAX);
	for (uint32_t i = 0; i < out->past_count; i++) {
		out->past[i].leg = fields_get_number32(in);
		out->past[i].how = fields_get_u8(in);
		out->past[i].anew = fields_get_u8(in) != 0;
		fields_get_name(in, out->past[i].by, sizeof(out->past[i].by));
		get_kept(in, &out->past[i].clock);
	}
	out->field_count = get_count(in, LT_FIELDS_MAX);
	for (uint32_t i = 0; i < out->field_count; i++) {
		struct dossier_field *field = &out->fields[i];
		fields_get_code(in, field->name, sizeof(field->name));
		get_text(in, field->value, sizeof(field->value));
	}
	out->consult_count = get_count(in, DOSSIER_CONSULTS_MAX);
	for (uint32_t i = 0; i < out->consult_count; i++)
		get_consult(in, &out->consults[i]);
}

enum lt_err dossier_decode(struct lt_bytes bytes, uint64_t number, struct dossier *out)
{
	struct fields_reader in = { .rest = bytes };
	out->number = number;
	fields_get_code(&in, out->code, sizeof(out->code));
	fields_get_code(&in, out->procedure, sizeof(out->procedure));
	out->procedure_version = fields_get_number32(&in);
	out->stage = (enum status)fields_get_u8(&in);
	out->status = (enum status)fields_get_u8(&in);
	fields_get_name(&in, out->origin, sizeof(out->origin));
	fields_get_name(&in, out->lead, sizeof(out->lead));
	out->opened_at = in.base = fields_get_time(&in);
	out->last_sequence = in.record = fields_get_number(&in);
	out->records = fields_get_number(&in);
	out->refused_sequence = fields_get_number(&in);
	out->refused_records = fields_get_number(&in);
	get_state(&in, out);
	get_lists(&in, out);
	enum lt_err err = fields_end(&in);
	out->work_count = err ? 0 : dossier_list_work(out, out->work);
	return err;
}
