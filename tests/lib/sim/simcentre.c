/* simcentre.c: the broker by hand. */
#include "test.h"

#include "simcentre.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

struct simcentre *simcentre_new(struct sim *sim)
{
	struct simcentre *centre = calloc(1, sizeof(*centre));
	assert_non_null(centre);
	centre->sim = sim;
	assert_int_equal(lt_arena_new(16 << 20, &centre->arena), LT_OK);
	return centre;
}

void simcentre_free(struct simcentre *centre)
{
	lt_arena_free(centre->arena);
	lt_buf_fini(&centre->outputs);
	free(centre);
}

static void take_delivery(struct simcentre *centre, const struct lt_deliver *deliver)
{
	struct input input = { .type = INPUT_ACK, .session = centre->session };
	input.u.ack.number = deliver->items[deliver->count - 1].number;
	snprintf(input.u.ack.agency, sizeof(input.u.ack.agency), "%s", deliver->agency);
	assert_int_equal(input_encode(&input, &centre->sim->jobs), LT_OK);
}

static void read_outputs(struct simcentre *centre)
{
	struct output out;
	size_t used, at = 0;
	struct lt_buf *buf = &centre->outputs;
	while ((used = output_decode(lt_bytes(buf->data + at, buf->len - at), &out)) > 0) {
		struct lt_link link;
		struct lt_refusal refusal;
		at += used;
		if (out.type == OUTPUT_CONTROL)
			continue;
		lt_arena_reset(centre->arena);
		assert_int_equal(lt_link_decode(out.data, centre->arena, &link, &refusal), LT_REASON_NONE);
		if (link.type == LT_LINK_DELIVER)
			take_delivery(centre, &link.u.deliver);
		for (size_t i = 0; link.type == LT_LINK_ANSWERS && i < link.u.answers.count; i++) {
			const struct lt_answer *answer = &link.u.answers.answers[i];
			if (answer->reason)
				print_message("%s: %s\n", lt_reason_name(answer->reason), answer->detail);
			centre->admitted += answer->reason == LT_REASON_NONE;
			centre->refused += answer->reason != LT_REASON_NONE;
		}
	}
	lt_buf_clear(buf);
}

void simcentre_round(struct simcentre *centre)
{
	struct sim *sim = centre->sim;
	sim_seal(sim);
	sim_write(sim);
	engine_release(sim->engine, sim->flying, &sim->commit, &centre->outputs);
	read_outputs(centre);
	bool more = true;
	while (more) {
		more = engine_pump(sim->engine, &centre->outputs, 1 << 20);
		read_outputs(centre);
	}
}

void simcentre_run(struct simcentre *centre)
{
	do
		simcentre_round(centre);
	while (centre->sim->jobs.len > 0);
}

void simcentre_post(struct simcentre *centre, const struct simcentre_send *what, uint8_t id[16])
{
	static const uint8_t signature[] = { 0x0a, 4, 'f', 'a', 'k', 'e' }, certificate[32] = { 9 };
	struct sim *sim = centre->sim;
	struct lt_recipient to = { 0 };
	struct lt_field field = { "xa", what->value };
	struct lt_refusal refusal = { 0 };
	struct lt_header header = { .domain = "lienthong.test", .kind = what->kind, .to_count = 1, .to = &to };
	uint8_t random[8];
	for (size_t i = 0; i < 8; i++)
		random[i] = (uint8_t)sim_random(sim, 256);
	lt_uuid_make(sim->now, random, header.id);
	snprintf(header.sender, sizeof(header.sender), "%s", what->sender);
	snprintf(to.agency, sizeof(to.agency), "%s", what->to);
	snprintf(header.dossier, sizeof(header.dossier), "%s", what->dossier);
	header.sent_at = sim->now;
	header.reason = what->kind == LT_KIND_FORWARD ? "ly do" : ""; /* it may choose the way */
	header.subject = "";
	snprintf(to.leg, sizeof(to.leg), "%s", what->leg ? what->leg : "");
	header.branch = what->kind == LT_KIND_OPEN ? 0 : 1;
	header.branch_version = what->version;
	if (what->kind == LT_KIND_OPEN) {
		strcpy(header.procedure, centre->procedure ? centre->procedure : SIM_PROCEDURE);
		header.procedure_version = 1;
		header.received = true;
		header.field_count = 1;
		header.fields = &field;
	}
	if (what->reply) {
		header.has_reply = true;
		memcpy(header.in_reply_to, what->reply, 16);
	}
	struct lt_buf bytes = { 0 }, command_bytes = { 0 };
	if (lt_header_encode(&header, &bytes, &refusal))
		fail_msg("header: %s", refusal.detail);
	struct rulebook *rulebook = sim->rulebook;
	struct lt_command command = { .type = LT_COMMAND_SUBMIT };
	command.u.submit.header = lt_buf_bytes(&bytes);
	command.u.submit.signature = lt_bytes(signature, sizeof(signature));
	command.u.submit.verdict = (struct lt_verdict){
		.certificate_sha256 = lt_bytes(certificate, 32),
		.directory_version = rulebook_directory_version(rulebook),
		.trust_version = rulebook_trust_version(rulebook),
	};
	assert_int_equal(lt_command_encode(&command, &command_bytes), LT_OK);
	struct input input = { .type = INPUT_SUBMIT, .session = centre->session, .u.submit.bytes = 100 };
	input.u.submit.command = lt_buf_bytes(&command_bytes);
	sim_take(sim, &input);
	if (id)
		memcpy(id, header.id, 16);
	lt_buf_fini(&bytes);
	lt_buf_fini(&command_bytes);
	if (batch_full(sim->batch))
		simcentre_run(centre);
}

void simcentre_connect(struct simcentre *centre, char (*codes)[LT_AGENCY_MAX], size_t count)
{
	static const uint8_t key[32] = { 7 };
	struct lt_ack_item items[LT_LINK_AGENCIES_MAX];
	struct sim *sim = centre->sim;
	struct lt_buf buf = { 0 };
	assert_true(count <= LT_LINK_AGENCIES_MAX);
	for (size_t i = 0; i < count; i++)
		items[i] = (struct lt_ack_item){ .agency = codes[i] };
	centre->session = (struct session_ref){ .slot = 1, .serial = ++sim->serial };
	struct lt_command command = { .type = LT_COMMAND_SESSION };
	command.u.session = (struct lt_session_command){
		.curve_key = lt_bytes(key, 32), .software = "sim/1", .count = count, .agencies = items
	};
	assert_int_equal(lt_command_encode(&command, &buf), LT_OK);
	struct input input = { .type = INPUT_SESSION, .session = centre->session, .u.command = lt_buf_bytes(&buf) };
	sim_take(sim, &input);
	simcentre_run(centre);
	lt_buf_fini(&buf);
}

void simcentre_credit(struct simcentre *centre, const char *agency, uint32_t envelopes)
{
	struct input input = { .type = INPUT_CREDIT, .session = centre->session, .u.credit.envelopes = envelopes };
	input.u.credit.bytes = 8 << 20;
	snprintf(input.u.credit.agency, sizeof(input.u.credit.agency), "%s", agency);
	sim_take(centre->sim, &input);
}

void simcentre_directory(struct simcentre *centre, struct simreform *reform)
{
	struct lt_buf out = { 0 };
	struct lt_refusal refusal;
	struct sim *sim = centre->sim;
	uint64_t version = rulebook_directory_version(sim->rulebook) + 1;
	if (simreform_encode(reform, "lienthong.test", version, sim->now, &out, &refusal))
		fail_msg("directory: %s", refusal.detail);
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	request.define = (struct lt_define_command){ .type = LT_DEFINE_DIRECTORY,
						     .data = lt_buf_bytes(&out),
						     .operator_name = "registrar",
						     .reason = "reform" };
	struct lt_buf encoded = { 0 };
	assert_int_equal(lt_control_request_encode(&request, &encoded), LT_OK);
	struct input input = { .type = INPUT_CONTROL, .u.control = { 1, lt_buf_bytes(&encoded) } };
	sim_take(sim, &input);
	simcentre_run(centre);
	assert_int_equal(rulebook_directory_version(sim->rulebook), version);
	lt_buf_fini(&encoded);
	lt_buf_fini(&out);
}
