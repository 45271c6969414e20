/* Sessions: who is told, what is delivered again, what credit does, what an adapter restored from a backup gets. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/fields.h"
#include "sim.h"
#include "queue/limits.h"

/* District and department are connected. */
static struct sim *begin(void)
{
	struct sim *sim = sim_new(1);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	return sim;
}

static void open_to(struct sim *sim, int number, int from, int to)
{
	char code[LT_DOSSIER_MAX];
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = from, .to = to, .dossier = code, .part_bytes = 10 };
	snprintf(code, sizeof(code), "H37.02-20261118-%07d", number);
	assert_int_equal(sim_do(sim, &act)->reason, 0);
}

static const struct lt_mailbox_view *box_of(struct sim *sim, int agency)
{
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = sim_codes[agency] };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->mailboxes.count, 1);
	return &answer->mailboxes.mailboxes[0];
}

static uint64_t counter_of(struct sim *sim, const char *name)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	for (size_t i = 0; i < answer->status.counter_count; i++) {
		if (strcmp(answer->status.counters[i].name, name) == 0)
			return answer->status.counters[i].value;
	}
	fail_msg("no counter %s", name);
	return 0;
}

static void test_supersede(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	struct session_ref old = sim->agencies[DISTRICT].session;
	sim_connect(sim, DEPARTMENT);
	sim->agencies[OTHER].session = old; /* so that the simulator knows whom the BYE is for */
	sim_connect(sim, DISTRICT);
	assert_int_equal(sim->agencies[OTHER].bye, LT_SESSION_SUPERSEDED);
	/* A job of the old session is not applied. */
	struct session_ref now = sim->agencies[DISTRICT].session;
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000001"
	};
	sim->agencies[DISTRICT].session = old;
	assert_int_equal(sim_do(sim, &act)->reason, LT_SESSION_SUPERSEDED);
	sim->agencies[DISTRICT].session = now;
	assert_null(sim_dossier(sim, act.dossier));
	/* A session that was never there. */
	sim->agencies[DISTRICT].session = (struct session_ref){ 99, 12345 };
	assert_int_equal(sim_do(sim, &act)->reason, LT_SESSION_UNKNOWN);
	/* A sender of another session: recorded. */
	sim->agencies[DISTRICT].session = sim->agencies[DEPARTMENT].session;
	assert_int_equal(sim_do(sim, &act)->reason, LT_SENDER_NOT_SESSION);
	sim->agencies[DISTRICT].session = now;
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	sim_free(sim);
}

static void test_many_agencies(void **state)
{
	struct sim *sim = sim_new(1);
	const int both[] = { DISTRICT, COMMUNE };
	(void)state;
	sim_connect_many(sim, both, 2);
	sim_connect(sim, DEPARTMENT);
	open_to(sim, 1, DISTRICT, COMMUNE);
	open_to(sim, 2, COMMUNE, DEPARTMENT);
	assert_int_equal(sim->agencies[COMMUNE].received, 1);
	/* One of them is taken over: the session is told so and goes on for the other; the old one's acts for it come again. */
	struct session_ref old = sim->agencies[DISTRICT].session;
	sim_connect(sim, COMMUNE);
	assert_int_equal(sim->agencies[DISTRICT].bye, 0);
	assert_int_equal(sim->agencies[DISTRICT].taken_away, 1);
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000003"
	};
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	struct session_ref new = sim->agencies[COMMUNE].session;
	struct sim_act other = {
		.kind = LT_KIND_OPEN, .sender = COMMUNE, .to = DEPARTMENT, .dossier = "H37.02.01-20261118-0000004"
	};
	sim->agencies[COMMUNE].session = old;
	const struct sim_answer *answer = sim_do(sim, &other);
	assert_int_equal(answer->reason, LT_SESSION_UNKNOWN);
	assert_true(lt_reason_retry(answer->reason));
	sim->agencies[COMMUNE].session = new;
	assert_int_equal(sim_do(sim, &other)->reason, 0);
	/* The last one is taken: it is over. */
	sim->agencies[OTHER].session = old;
	sim_connect(sim, DISTRICT);
	assert_int_equal(sim->agencies[OTHER].bye, LT_SESSION_SUPERSEDED);
	sim_free(sim);
}

/* The transport loses nothing: what was sent is not sent again in its session. An adapter that answers with nothing for minutes is
 * sent away, and gets all of it in its next session. */
static void test_an_adapter_that_is_stuck(void **state)
{
	struct sim *sim = begin();
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	(void)state;
	to->receives = false;
	for (int i = 1; i <= 5; i++)
		open_to(sim, i, DISTRICT, DEPARTMENT);
	assert_int_equal(to->delivered, 5);
	sim_advance(sim, 61 * SIM_SECOND);
	assert_int_equal(to->delivered, 5);
	assert_true(box_of(sim, DEPARTMENT)->unanswered_since > 0);
	assert_int_equal(counter_of(sim, "mailboxes_unanswered"), 1);
	open_to(sim, 6, DISTRICT, DEPARTMENT); /* what comes later does not hide it */
	sim_advance(sim, 230 * SIM_SECOND);
	assert_int_equal(to->delivered, 6);
	assert_int_equal(to->bye, 0);
	sim_advance(sim, 20 * SIM_SECOND);
	assert_int_equal(to->bye, LT_SESSION_STALLED);
	assert_int_equal(sim->agencies[DISTRICT].bye, 0); /* the others go on */
	assert_int_equal(box_of(sim, DEPARTMENT)->unanswered_since, 0);
	sim_lost(sim, DEPARTMENT);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->received, 6);
	assert_int_equal(to->delivered, 12);
	sim_advance(sim, 1000 * SIM_SECOND);
	assert_int_equal(to->delivered, 12);
	sim_free(sim);
}

static void test_credit(void **state)
{
	struct sim *sim = begin();
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	(void)state;
	to->receives = false;
	sim_credit(sim, DEPARTMENT, 3, 1 << 20);
	for (int i = 1; i <= 40; i++)
		open_to(sim, i, DISTRICT, DEPARTMENT);
	assert_int_equal(to->delivered, 3);
	sim_credit(sim, DEPARTMENT, 10, 1 << 20);
	sim_run(sim);
	assert_int_equal(to->delivered, 10);
	sim_credit(sim, DEPARTMENT, 1000, 1); /* by bytes: one more than fits, none while over */
	sim_run(sim);
	assert_int_equal(to->delivered, 10);
	/* RECEIVED for what was never sent is cut to what was. */
	struct input input = { .type = INPUT_ACK, .session = to->session, .u.ack.number = 1000000 };
	strcpy(input.u.ack.agency, sim_codes[DEPARTMENT]);
	sim_take(sim, &input);
	sim_credit(sim, DEPARTMENT, 0, 0);
	sim_run(sim);
	sim_advance(sim, SIM_SECOND);
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = sim_codes[DEPARTMENT] };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->mailboxes.count, 1);
	assert_int_equal(answer->mailboxes.mailboxes[0].head, 40);
	assert_int_equal(answer->mailboxes.mailboxes[0].acknowledged, 10);
	assert_true(answer->mailboxes.mailboxes[0].oldest > 0);
	to->receives = true;
	sim_credit(sim, DEPARTMENT, 512, 1 << 20);
	sim_run(sim);
	assert_int_equal(to->received, 40);
	assert_int_equal(to->delivered, 40);
	sim_free(sim);
}

static void test_lost_and_back(void **state)
{
	struct sim *sim = begin();
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	(void)state;
	open_to(sim, 1, DISTRICT, DEPARTMENT);
	sim_lost(sim, DEPARTMENT);
	open_to(sim, 2, DISTRICT, DEPARTMENT);
	assert_int_equal(to->received, 1);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->received, 2);
	assert_int_equal(to->welcome.acknowledged, 1);
	assert_int_equal(to->welcome.head, 2);
	sim_free(sim);
}

static void test_resume_below_and_above(void **state)
{
	struct sim *sim = begin();
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	(void)state;
	for (int i = 1; i <= 6; i++)
		open_to(sim, i, DISTRICT, DEPARTMENT);
	sim_advance(sim, SIM_SECOND);
	assert_int_equal(to->delivered, 6);
	to->received = 2; /* the adapter was restored from a backup */
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->welcome.acknowledged, 2);
	assert_int_equal(to->welcome.received, 6); /* so that it knows */
	assert_int_equal(to->received, 6);
	assert_int_equal(to->delivered, 10);
	/* The broker was: it does not give numbers again that the adapter has. */
	to->received = 100;
	for (int i = 6; i < 100; i++)
		to->inbox[i].sequence = 1;
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->welcome.head, 100);
	open_to(sim, 7, DISTRICT, DEPARTMENT);
	assert_int_equal(to->received, 101);
	uint8_t live[32], rebuilt[32];
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	sim_free(sim);
}

/* A claim of what no backup can have lost ends the session by name: cut down in silence, new mail would be old to that client. */
static void test_resume_far_above(void **state)
{
	struct sim *sim = begin();
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	static const uint64_t claims[] = { UINT64_MAX, UINT64_C(1) << 53, 1000000001 };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint64_t head = engine_sequence(sim->engine);
		to->received = claims[i];
		to->bye = 0;
		sim_connect_window(sim, DEPARTMENT, 0);
		assert_int_equal(to->bye, LT_RESUME_AHEAD);
		assert_int_equal(engine_sequence(sim->engine), head); /* not recorded */
		assert_int_equal(box_of(sim, DEPARTMENT)->head, 0);
	}
	to->received = 1000000000; /* as far as can be: told so in WELCOME */
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->welcome.acknowledged, 1000000000);
	sim_free(sim);
}

static void connect_at(struct sim *sim, uint64_t resume, uint32_t window)
{
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	sim_lost(sim, DEPARTMENT);
	to->received = resume;
	sim_connect_window(sim, DEPARTMENT, window);
}

/* Numbers that a restored broker has jumped over are nowhere: they neither fill a window nor are waited for. */
static void test_gaps(void **state)
{
	struct sim *sim = begin();
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	(void)state;
	for (int i = 1; i <= 3; i++)
		open_to(sim, i, DISTRICT, DEPARTMENT);
	connect_at(sim, 5000, 512); /* the adapter knows more than this broker */
	open_to(sim, 4, DISTRICT, DEPARTMENT);
	open_to(sim, 5, DISTRICT, DEPARTMENT);
	connect_at(sim, 7000, 512);
	open_to(sim, 6, DISTRICT, DEPARTMENT);
	assert_int_equal(to->received, 7001);
	to->delivered = 0;
	connect_at(sim, 0, 2); /* and later it is restored itself */
	assert_int_equal(to->delivered, 6);
	assert_int_equal(to->received, 7001);
	assert_int_equal(to->inbox[5000].number, 5001);
	sim_advance(sim, SIM_SECOND);
	assert_int_equal(box_of(sim, DEPARTMENT)->acknowledged, 7001);
	connect_at(sim, 2, 0);
	assert_int_equal(box_of(sim, DEPARTMENT)->waiting, 4);
	to->receives = false;
	sim_credit(sim, DEPARTMENT, 2, 1 << 20);
	sim_run(sim);
	assert_int_equal(to->last, 5001); /* the window holds two items: 3 and 5001 */
	connect_at(sim, 5500, 1);
	assert_int_equal(to->received, 7001);
	connect_at(sim, 8000, 512); /* a gap at the end: nothing waits, nothing is looked for without end */
	connect_at(sim, 7001, 512);
	assert_int_equal(box_of(sim, DEPARTMENT)->waiting, 0);
	open_to(sim, 7, DISTRICT, DEPARTMENT);
	assert_int_equal(to->received, 8001);
	uint8_t live[32], rebuilt[32];
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	sim_free(sim);
}

static void test_refusal_budget(void **state)
{
	struct sim *sim = begin();
	struct lt_verdict verdict = { .reason = LT_SIGNATURE_WRONG, .directory_version = 1 };
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000001"
	};
	(void)state;
	for (int i = 0; i <= BROKER_REFUSALS; i++) {
		sim_header(sim, &act, &sim->scratch);
		sim_submit_verdict(sim, DISTRICT, lt_buf_bytes(&sim->scratch), &verdict);
		sim_run(sim);
		const struct sim_answer *answer = sim_answer_to(sim, sim->last_id);
		assert_int_equal(answer->reason, i < BROKER_REFUSALS ? LT_SIGNATURE_WRONG : LT_SESSION_REFUSALS);
		assert_int_equal(answer->sequence > 0, i < BROKER_REFUSALS);
	}
	assert_int_equal(sim->agencies[DISTRICT].bye, LT_SESSION_REFUSALS);
	sim_connect(sim, DISTRICT); /* a good one still goes */
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	sim_free(sim);
}

/* More answers than one message holds, in order; and an agency's flood does not stand in another's way (G10). */
static void test_many_answers_and_fairness(void **state)
{
	struct sim *sim = begin();
	struct lt_buf header = { 0 };
	char code[LT_DOSSIER_MAX];
	(void)state;
	sim_connect(sim, MINISTRY);
	sim->agencies[DEPARTMENT].receives = sim->agencies[MINISTRY].receives = false;
	for (int i = 0; i < 200; i++) {
		struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = code };
		if (i == 199)
			act.to = MINISTRY;
		snprintf(code, sizeof(code), "H37.02-20261118-%07d", i);
		sim_header(sim, &act, &header);
		sim_submit(sim, DISTRICT, lt_buf_bytes(&header), 0);
	}
	sim_seal(sim);
	sim_write(sim);
	lt_buf_clear(&sim->outputs);
	engine_release(sim->engine, sim->flying, &sim->commit, &sim->outputs);
	sim_outputs(sim);
	assert_int_equal(sim->answer_count, 200);
	for (int i = 1; i < 200; i++)
		assert_int_equal(sim->answers[i].sequence, sim->answers[i - 1].sequence + 1);
	for (int i = 0; i < 2; i++) { /* one DELIVER each */
		lt_buf_clear(&sim->outputs);
		assert_true(engine_pump(sim->engine, &sim->outputs, 1));
		sim_outputs(sim);
	}
	assert_int_equal(sim->agencies[DEPARTMENT].delivered, BROKER_DELIVER_ENVELOPES);
	assert_int_equal(sim->agencies[MINISTRY].delivered, 1);
	lt_buf_fini(&header);
	sim_free(sim);
}

/* ---- what a receiver cannot take ---- */

static void received_but(struct sim *sim, uint64_t number, uint64_t except, enum lt_reason reason)
{
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	struct input input = { .type = INPUT_ACK, .session = to->session, .u.ack.number = number };
	uint8_t digest[32] = { 7 };
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	strcpy(input.u.ack.agency, sim_codes[DEPARTMENT]);
	fields_put_u64(&writer, except);
	fields_put_u32(&writer, (uint32_t)reason);
	fields_put_raw(&writer, digest, sizeof(digest));
	input.u.ack.except = lt_buf_bytes(&buf);
	sim_take(sim, &input);
	lt_buf_fini(&buf);
	to->received = number > to->received ? number : to->received;
	sim_advance(sim, SIM_SECOND);
}

static const struct lt_mailbox_view *mailbox(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = sim_codes[DEPARTMENT] };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->mailboxes.count, 1);
	return &answer->mailboxes.mailboxes[0];
}

static const struct lt_control_answer *redeliver(struct sim *sim, const char *code, uint64_t number)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){
		.act = LT_ADMIN_REDELIVER, .subject = code, .number = number, .operator_name = "an", .reason = "test"
	};
	return sim_control(sim, &request);
}

static size_t stuck_of_dossier(struct sim *sim, struct lt_stuck_view *first)
{
	const struct lt_query_answer *answer = sim_query(sim, DISTRICT, "H37.02-20261118-0000001", 0);
	assert_int_equal(answer->reason, 0);
	assert_int_equal(answer->dossier->branches[0].custody, LT_CUSTODY_OFFERED); /* whatever came of it */
	if (answer->dossier->stuck_count > 0)
		*first = answer->dossier->stuck[0];
	return answer->dossier->stuck_count;
}

/* It is RECEIVED and stuck: no legal effect, shown to operator and sender, over a crash and a rebuild; sent again by an operator's act it
 * is stuck until it is taken, and its parts are there. */
static void test_exception(void **state)
{
	struct sim *sim = begin();
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	struct lt_stuck_view stuck;
	uint8_t before[32], after[32];
	(void)state;
	to->receives = false;
	open_to(sim, 1, DISTRICT, DEPARTMENT);
	open_to(sim, 2, DISTRICT, DEPARTMENT);
	received_but(sim, 2, 1, LT_SIGNATURE_WRONG);
	received_but(sim, 2, 1, LT_PART_DIGEST_WRONG); /* told again: the first stands */
	received_but(sim, 2, 9, LT_SIGNATURE_WRONG);   /* of a number that was never given */
	assert_int_equal(mailbox(sim)->acknowledged, 2);
	assert_int_equal(mailbox(sim)->stuck_count, 1);
	assert_int_equal(mailbox(sim)->stuck[0].reason, LT_SIGNATURE_WRONG);
	assert_int_equal(stuck_of_dossier(sim, &stuck), 1);
	assert_int_equal(stuck.number, 1);
	assert_int_equal(stuck.sequence, to->inbox[0].sequence);
	assert_int_equal(stuck.redelivered, 0);
	sim_hash(sim, before);
	sim_rebuild(sim);
	sim_hash(sim, after);
	assert_memory_equal(before, after, 32);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->welcome.excepted_count, 1); /* said back */
	to->receives = false;
	assert_int_equal(redeliver(sim, "H37.99", 1)->reason, LT_AGENCY_UNKNOWN);
	assert_int_equal(redeliver(sim, sim_codes[DEPARTMENT], 7)->reason, LT_RECORD_UNKNOWN);
	assert_int_equal(redeliver(sim, sim_codes[DEPARTMENT], 1)->reason, 0);
	assert_int_equal(redeliver(sim, sim_codes[DEPARTMENT], 1)->reason, LT_ALREADY_SO); /* on its way */
	sim_run(sim);
	assert_int_equal(mailbox(sim)->head, 3);
	assert_int_equal(mailbox(sim)->stuck[0].redelivered, 3);
	assert_memory_equal(to->inbox[2].id, to->inbox[0].id, 16);
	assert_int_equal(to->inbox[2].part_count, 1);
	received_but(sim, 3, 3, LT_SIGNATURE_WRONG); /* broken again */
	assert_int_equal(mailbox(sim)->stuck_count, 2);
	assert_int_equal(redeliver(sim, sim_codes[DEPARTMENT], 3)->reason, 0);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->received, 4);
	sim_advance(sim, SIM_SECOND);
	assert_int_equal(mailbox(sim)->stuck_count, 0);
	assert_int_equal(stuck_of_dossier(sim, &stuck), 0);
	sim_hash(sim, before);
	sim_rebuild(sim);
	sim_hash(sim, after);
	assert_memory_equal(before, after, 32);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_exception), cmocka_unit_test(test_supersede), cmocka_unit_test(test_many_agencies),
	  cmocka_unit_test(test_an_adapter_that_is_stuck), cmocka_unit_test(test_credit),
	  cmocka_unit_test(test_lost_and_back), cmocka_unit_test(test_resume_below_and_above),
	  cmocka_unit_test(test_resume_far_above), cmocka_unit_test(test_gaps), cmocka_unit_test(test_refusal_budget),
	  cmocka_unit_test(test_many_answers_and_fairness))
