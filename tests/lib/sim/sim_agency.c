/* sim_agency.c: the agencies of the simulator, and its operator. */
#include "sim_internal.h"
#include "queue/limits.h"
#include "wire/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

static int find_agency(const char *code)
{
	for (int i = 0; i < SIM_AGENCIES; i++) {
		if (strcmp(code, sim_codes[i]) == 0)
			return i;
	}
	fail_msg("no agency %s", code);
	return -1;
}

static int find_session(const struct sim *sim, struct session_ref ref)
{
	for (int i = 0; i < SIM_AGENCIES; i++) {
		if (sim->agencies[i].session.serial == ref.serial)
			return i;
	}
	return -1;
}

/* The receipt, and the envelope as it was sent, make the leaf that stands in the journal. */
static struct lt_receipt read_receipt(struct sim *sim, const struct lt_answer *in)
{
	struct lt_receipt out = { 0 };
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	struct lt_record record;
	uint8_t leaf[32];
	if (in->reason)
		return out;
	assert_int_equal(in->head.len, LT_RECORD_HEAD_LEN);
	assert_int_equal(in->verdict_digest.len, 32);
	assert_int_equal(in->outcome_digest.len, 32);
	memcpy(out.head, in->head.data, sizeof(out.head));
	memcpy(out.verdict, in->verdict_digest.data, 32);
	memcpy(out.outcome, in->outcome_digest.data, 32);
	if (journal_read(sim->journal, in->sequence, &buf, &entry)) { /* rotten: answered from what is remembered */
		lt_buf_fini(&buf);
		return out;
	}
	assert_int_equal(lt_record_decode(entry.record, &record, NULL), 0);
	assert_int_equal(lt_receipt_leaf(&out, record.header, record.signature, leaf), LT_OK);
	assert_memory_equal(leaf, entry.leaf_hash, 32);
	lt_buf_fini(&buf);
	return out;
}

static void take_answers(struct sim *sim, const struct lt_answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		const struct lt_answer *in = &answers->answers[i];
		struct sim_answer *out = &sim->answers[sim->answer_count++ % SIM_ANSWERS];
		*out = (struct sim_answer){ .reason = in->reason, .retry = in->retry, .sequence = in->sequence };
		out->time = in->time;
		out->branch = in->branch;
		out->branch_version = in->branch_version;
		out->index = in->index;
		if (in->id.len == 16)
			memcpy(out->id, in->id.data, 16);
		out->receipt = read_receipt(sim, in);
		if (in->reason && in->detail)
			strncpy(out->detail, in->detail, sizeof(out->detail) - 1);
		if (in->reason && in->vietnamese)
			strncpy(out->vietnamese, in->vietnamese, sizeof(out->vietnamese) - 1);
		if (!in->reason) /* G1: admitted means on disk */
			assert_true(in->sequence <= journal_head(sim->journal) && in->head.len == LT_RECORD_HEAD_LEN);
	}
}

/* Each item names the one before it in the session; a repeat is the same envelope. */
static void take_item(struct sim *sim, struct sim_agency *agency, const struct lt_delivery *in)
{
	struct lt_header header;
	struct lt_refusal refusal;
	assert_true(in->number >= 1 && in->sequence <= journal_head(sim->journal));
	struct sim_item *item = &agency->inbox[(in->number - 1) % SIM_INBOX];
	assert_true(in->number > in->previous);
	assert_int_equal(in->previous, agency->last);
	agency->last = in->number;
	agency->delivered++;
	if (in->erased_by) {
		*item = (struct sim_item){ .number = in->number, .sequence = in->sequence, .erased_by = in->erased_by };
		return;
	}
	assert_int_equal(lt_header_parse(in->envelope.header, sim->arena, &header, &refusal), 0);
	if (!in->parts_elided)
		assert_int_equal(lt_envelope_check_parts(&header, &in->envelope, &refusal), 0);
	if (item->number == in->number) {
		assert_int_equal(item->sequence, in->sequence);
		assert_memory_equal(item->id, header.id, 16);
	}
	item->number = in->number;
	item->sequence = in->sequence;
	item->branch = in->branch;
	item->branch_version = in->branch_version;
	item->recipient = in->recipient;
	item->kind = header.kind;
	if (header.digest) {
		item->digest = *header.digest;
		item->digest.tallies = NULL;
		item->tally = header.digest->tally_count > 0 ? header.digest->tallies[0] : (struct lt_tally){ 0 };
	}
	item->part_count = in->envelope.part_count;
	item->elided = in->parts_elided;
	memcpy(item->id, header.id, 16);
	memcpy(item->sender, header.sender, sizeof(item->sender));
	memcpy(item->dossier, header.dossier, sizeof(item->dossier));
}

static void take_deliver(struct sim *sim, const struct lt_deliver *deliver)
{
	int at = find_agency(deliver->agency);
	struct sim_agency *agency = &sim->agencies[at];
	assert_in_range(deliver->count, 1, BROKER_DELIVER_ENVELOPES);
	for (size_t i = 0; i < deliver->count; i++)
		take_item(sim, agency, &deliver->items[i]);
	if (!agency->receives)
		return;
	uint64_t last = deliver->items[deliver->count - 1].number;
	if (last > agency->received)
		agency->received = last;
	struct input input = { .type = INPUT_ACK, .session = agency->session, .u.ack.number = agency->received };
	memcpy(input.u.ack.agency, deliver->agency, strlen(deliver->agency) + 1);
	assert_int_equal(input_encode(&input, &sim->jobs), LT_OK);
}

static void take_welcome(struct sim *sim, const struct lt_welcome *welcome)
{
	for (size_t i = 0; i < welcome->count; i++) {
		struct sim_agency *agency = &sim->agencies[find_agency(welcome->agencies[i].agency)];
		agency->welcome = welcome->agencies[i];
		agency->epoch = welcome->epoch;
		agency->last = agency->welcome.acknowledged;
	}
}

static void take_link(struct sim *sim, const struct output *out)
{
	struct lt_link link;
	struct lt_refusal refusal = { 0 };
	int at = find_session(sim, out->session);
	lt_arena_reset(sim->arena);
	if (lt_link_decode(out->data, sim->arena, &link, &refusal))
		fail_msg("the broker's message cannot be read: %s", refusal.detail);
	switch ((int)link.type) {
	case LT_LINK_ANSWERS:
		assert_int_equal(out->answered, link.u.answers.count);
		take_answers(sim, &link.u.answers);
		return;
	case LT_LINK_DELIVER:
		assert_true(at >= 0);
		take_deliver(sim, &link.u.deliver);
		return;
	case LT_LINK_WELCOME:
		take_welcome(sim, &link.u.welcome);
		return;
	case LT_LINK_BYE:
		if (at >= 0 && link.u.bye.agency_count == 0)
			sim->agencies[at].bye = link.u.bye.reason;
		else if (at >= 0)
			sim->agencies[at].taken_away += link.u.bye.agency_count;
		return;
	case LT_LINK_PART_STATE:
		sim->part_state = link.u.part_state;
		sim->part_states++;
		return;
	case LT_LINK_QUERY_ANSWER:
		lt_arena_reset(sim->control_arena);
		assert_int_equal(lt_link_decode(out->data, sim->control_arena, &link, &refusal), 0);
		sim->query = link.u.query_answer;
		return;
	default:
		fail_msg("link message %d", (int)link.type);
	}
}

void sim_outputs(struct sim *sim)
{
	struct output out;
	size_t used, at = 0;
	while ((used = output_decode(lt_bytes(sim->outputs.data + at, sim->outputs.len - at), &out)) > 0) {
		at += used;
		if (out.type == OUTPUT_CONTROL) {
			struct lt_refusal refusal = { 0 };
			lt_arena_reset(sim->control_arena);
			if (lt_control_answer_decode(out.data, sim->control_arena, &sim->control, &refusal))
				fail_msg("control answer: %s", refusal.detail);
		} else {
			take_link(sim, &out);
		}
	}
}

static void say_hello(struct sim *sim, const int *agencies, size_t count)
{
	static const uint8_t key[32] = { 7 };
	struct lt_ack_item items[SIM_AGENCIES];
	struct lt_buf buf = { 0 };
	struct session_ref ref = { .slot = (uint32_t)(++sim->serial % 37), .serial = sim->serial };
	for (size_t i = 0; i < count; i++) {
		struct sim_agency *agency = &sim->agencies[agencies[i]];
		items[i] = (struct lt_ack_item){ .agency = sim_codes[agencies[i]], .number = agency->received };
		agency->session = ref;
		agency->receives = true;
		agency->bye = LT_REASON_NONE;
		agency->epoch = 0;
	}
	struct lt_command command = { .type = LT_COMMAND_SESSION };
	const struct sim_agency *first = &sim->agencies[agencies[0]];
	command.u.session = (struct lt_session_command){
		.curve_key = lt_bytes(key, 32),
		.software = "sim/1",
		.count = count,
		.agencies = items,
		.directory_version = first->directory_version,
		.directory_sha256 = lt_bytes(first->directory_sha256, first->directory_version ? 32 : 0),
		.definitions = first->definitions,
	};
	assert_int_equal(lt_command_encode(&command, &buf), LT_OK);
	struct input input = { .type = INPUT_SESSION, .session = ref, .u.command = lt_buf_bytes(&buf) };
	sim_take(sim, &input);
	sim_run(sim);
	lt_buf_fini(&buf);
}

void sim_connect_window(struct sim *sim, int agency, uint32_t envelopes)
{
	say_hello(sim, &agency, 1);
	if (envelopes > 0)
		sim_credit(sim, agency, envelopes, 16 << 20);
	sim_run(sim);
}

void sim_connect_many(struct sim *sim, const int *agencies, size_t count)
{
	say_hello(sim, agencies, count);
	for (size_t i = 0; i < count; i++) {
		assert_true(sim->agencies[agencies[i]].epoch > 0);
		sim_credit(sim, agencies[i], 512, 16 << 20);
	}
	sim_run(sim);
}

void sim_connect(struct sim *sim, int agency)
{
	sim_connect_many(sim, &agency, 1);
}

void sim_credit(struct sim *sim, int agency, uint32_t envelopes, uint64_t bytes)
{
	struct input input = { .type = INPUT_CREDIT, .session = sim->agencies[agency].session };
	input.u.credit.bytes = bytes;
	input.u.credit.envelopes = envelopes;
	memcpy(input.u.credit.agency, sim_codes[agency], strlen(sim_codes[agency]) + 1);
	sim_take(sim, &input);
}

void sim_lost(struct sim *sim, int agency)
{
	struct input input = { .type = INPUT_LOST, .session = sim->agencies[agency].session };
	sim_take(sim, &input);
	sim->agencies[agency].session = (struct session_ref){ 0 };
	sim_run(sim);
}

static void submit(struct sim *sim, int sender, struct lt_bytes header, const struct lt_verdict *verdict, size_t bytes)
{
	static const uint8_t signature[] = { 0x0a, 4, 'f', 'a', 'k', 'e' };
	struct lt_buf buf = { 0 };
	struct lt_command command = { .type = LT_COMMAND_SUBMIT };
	command.u.submit.header = header;
	command.u.submit.signature = lt_bytes(signature, sizeof(signature));
	command.u.submit.verdict = *verdict;
	size_t count = bytes > 0 ? 1 : 0;
	if (bytes == SIM_LARGE)
		bytes = 0;
	command.u.submit.verdict.parts = (uint32_t)count;
	assert_int_equal(lt_command_encode(&command, &buf), LT_OK);
	struct input input = { .type = INPUT_SUBMIT, .session = sim->agencies[sender].session, .u.submit.bytes = 100 };
	input.u.submit.command = lt_buf_bytes(&buf);
	input.u.submit.part_count = count;
	uint8_t *body = malloc(bytes + 1);
	sim_part_bytes(body, bytes);
	input.u.submit.parts[0] = lt_bytes(body, bytes);
	sim_take(sim, &input);
	lt_buf_fini(&buf);
	free(body);
}

void sim_submit_verdict(struct sim *sim, int sender, struct lt_bytes header, const struct lt_verdict *verdict)
{
	submit(sim, sender, header, verdict, 0);
}

void sim_submit(struct sim *sim, int sender, struct lt_bytes header, size_t bytes)
{
	static const uint8_t certificate[32] = { 9 };
	struct rulebook *rulebook = sim->rulebook;
	struct lt_verdict verdict = {
		.certificate_sha256 = lt_bytes(certificate, 32),
		.directory_version = rulebook_directory_version(rulebook),
		.trust_version = rulebook_trust_version(rulebook),
	};
	submit(sim, sender, header, &verdict, bytes);
}

const struct sim_answer *sim_answer_to(const struct sim *sim, const uint8_t id[16])
{
	for (size_t i = sim->answer_count; i-- > 0 && sim->answer_count - i <= SIM_ANSWERS;) {
		if (memcmp(sim->answers[i % SIM_ANSWERS].id, id, 16) == 0)
			return &sim->answers[i % SIM_ANSWERS];
	}
	return NULL;
}

const struct sim_answer *sim_do(struct sim *sim, const struct sim_act *act)
{
	uint8_t id[16];
	sim_header(sim, act, &sim->scratch);
	memcpy(id, sim->last_id, 16);
	sim_submit(sim, act->sender, lt_buf_bytes(&sim->scratch), act->large_bytes ? SIM_LARGE : act->part_bytes);
	size_t before = sim->answer_count;
	sim_run(sim);
	assert_int_equal(sim->answer_count, before + 1);
	return sim_answer_to(sim, id);
}

const struct sim_answer *sim_again(struct sim *sim, int sender, struct lt_bytes header)
{
	size_t before = sim->answer_count;
	sim_submit(sim, sender, header, 0);
	sim_run(sim);
	assert_int_equal(sim->answer_count, before + 1);
	return &sim->answers[before % SIM_ANSWERS];
}

const struct sim_item *sim_last_item(const struct sim *sim, int agency)
{
	const struct sim_agency *of = &sim->agencies[agency];
	return of->received > 0 ? &of->inbox[(of->received - 1) % SIM_INBOX] : NULL;
}

static void ask(struct sim *sim, const struct lt_control_request *request)
{
	struct lt_buf buf = { 0 };
	assert_int_equal(lt_control_request_encode(request, &buf), LT_OK);
	struct input input = { .type = INPUT_CONTROL, .u.control = { 1, lt_buf_bytes(&buf) } };
	sim_take(sim, &input);
	lt_buf_fini(&buf);
	sim->control = (struct lt_control_answer){ .reason = LT_INTERNAL_ERROR };
	sim_run(sim);
	assert_int_not_equal(sim->control.reason, LT_INTERNAL_ERROR);
}

static bool is_act(const struct lt_control_request *request)
{
	return request->type == LT_CONTROL_DEFINE || request->type == LT_CONTROL_ADMIN ||
	       request->type == LT_CONTROL_OUTAGE || request->type == LT_CONTROL_ACTIVATE ||
	       request->type == LT_CONTROL_ERASE;
}

/* Every act of every test is tried first: what was answered then is what is answered now. */
const struct lt_control_answer *sim_control(struct sim *sim, const struct lt_control_request *request)
{
	struct lt_control_request tried = *request;
	char would[LT_SENTENCE_TEXT];
	if (!is_act(request) || request->dry_run) {
		ask(sim, request);
		return &sim->control;
	}
	tried.dry_run = true;
	ask(sim, &tried);
	enum lt_reason reason = sim->control.reason;
	snprintf(would, sizeof(would), "%s", sim->control.detail);
	assert_true(reason || sim->control.act.sequence == 0);
	ask(sim, request);
	assert_int_equal(sim->control.reason, reason);
	assert_string_equal(sim->control.detail, would);
	assert_true(reason || sim->control.act.sequence != 0);
	return &sim->control;
}

bool sim_try(struct sim *sim, const struct lt_command *command, enum lt_reason *out)
{
	uint8_t before[32], after[32];
	struct lt_control_request request = { .dry_run = true };
	if (command->type == LT_COMMAND_DEFINE) {
		request.type = LT_CONTROL_DEFINE;
		request.define = command->u.define;
	} else if (command->type == LT_COMMAND_ADMIN) {
		request.type = LT_CONTROL_ADMIN;
		request.admin = command->u.admin;
	} else if (command->type == LT_COMMAND_OUTAGE) {
		request.type = LT_CONTROL_OUTAGE;
		request.outage = command->u.outage;
	} else {
		return false;
	}
	sim_run(sim);
	uint64_t head = engine_sequence(sim->engine);
	sim_hash(sim, before);
	*out = sim_control(sim, &request)->reason;
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_hash(sim, after);
	assert_memory_equal(before, after, sizeof(before));
	return true;
}

const struct lt_dossier_view *sim_dossier(struct sim *sim, const char *code)
{
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIER, .code = code };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	return answer->reason ? NULL : answer->dossier;
}

const struct lt_control_answer *sim_admin(struct sim *sim, enum lt_admin_act act, const char *subject)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){
		.act = act, .subject = subject, .operator_name = "tester", .reason = "because"
	};
	return sim_control(sim, &request);
}

const struct lt_control_answer *sim_set_time(struct sim *sim, int64_t seen)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){
		.act = LT_ADMIN_TIME_SET, .subject = "", .operator_name = "tester", .reason = "because", .time = seen
	};
	return sim_control(sim, &request);
}

const struct lt_query_answer *sim_query(struct sim *sim, int agency, const char *dossier, uint64_t min_seq)
{
	struct input input = { .type = INPUT_QUERY, .session = sim->agencies[agency].session };
	input.u.query.min_seq = min_seq;
	input.u.query.token = 42;
	memcpy(input.u.query.agency, sim_codes[agency], strlen(sim_codes[agency]) + 1);
	memcpy(input.u.query.dossier, dossier, strlen(dossier) + 1);
	sim->query = (struct lt_query_answer){ 0 };
	sim_take(sim, &input);
	sim_run(sim);
	assert_int_equal(sim->query.token, 42);
	return &sim->query;
}
