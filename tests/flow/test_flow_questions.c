/* The reader stands still: acts, deliveries and receipts go on. When it goes on, each answer is of the moment it was asked at. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "query/reader.h"
#include "sim.h"

#define CODE "H37.02-20261118-0000001"

static const struct sim_answer *act(struct sim *sim, const struct sim_act *what)
{
	return sim_do(sim, what);
}

static void ask_operator(struct sim *sim, const struct lt_control_request *request)
{
	struct lt_buf buf = { 0 };
	assert_int_equal(lt_control_request_encode(request, &buf), LT_OK);
	struct input input = { .type = INPUT_CONTROL, .u.control = { 1, lt_buf_bytes(&buf) } };
	sim->control = (struct lt_control_answer){ .reason = LT_INTERNAL_ERROR };
	sim_take(sim, &input);
	sim_run(sim);
	lt_buf_fini(&buf);
	assert_int_equal(sim->control.reason, LT_INTERNAL_ERROR); /* no answer yet */
}

static void ask_adapter(struct sim *sim, int agency, const char *dossier)
{
	struct input input = { .type = INPUT_QUERY, .session = sim->agencies[agency].session };
	input.u.query.token = 42;
	memcpy(input.u.query.agency, sim_codes[agency], strlen(sim_codes[agency]) + 1);
	memcpy(input.u.query.dossier, dossier, strlen(dossier) + 1);
	sim->query = (struct lt_query_answer){ 0 };
	sim_take(sim, &input);
	sim_run(sim);
	assert_int_equal(sim->query.token, 0);
}

static void answer(struct sim *sim, struct reader *reader, size_t index)
{
	lt_buf_clear(&sim->outputs);
	reader_answer(reader, sim->held[index], &sim->outputs);
	sim_outputs(sim);
}

static void ask_all(struct sim *sim)
{
	ask_adapter(sim, DISTRICT, CODE);
	ask_operator(sim, &(struct lt_control_request){ .type = LT_CONTROL_MAILBOXES, .code = sim_codes[DEPARTMENT] });
	ask_operator(sim, &(struct lt_control_request){ .type = LT_CONTROL_JOURNAL });
	ask_operator(sim, &(struct lt_control_request){ .type = LT_CONTROL_STATUS });
	ask_operator(sim,
		     &(struct lt_control_request){ .type = LT_CONTROL_REORGANISATION, .code = sim_codes[DISTRICT] });
	ask_operator(sim, &(struct lt_control_request){ .type = LT_CONTROL_PROCEDURES });
	assert_int_equal(sim->held_count, 6);
}

static void answers_are_of_then(struct sim *sim, uint64_t asked_at)
{
	struct reader_options options = { 0 };
	struct reader *reader;
	assert_int_equal(journal_open_follower(sim->journal, &sim->disk, &options.journal), LT_OK);
	assert_int_equal(store_open_follower(sim->store, &options.store), LT_OK);
	assert_int_equal(reader_new(&options, &reader), LT_OK);
	answer(sim, reader, 0); /* needs no flush */
	assert_int_equal(sim->query.token, 42);
	assert_int_equal(sim->query.reason, 0);
	assert_int_equal(sim->query.sequence, asked_at);
	assert_int_equal(sim->query.dossier->hop_count, 1);
	assert_int_equal(sim->query.dossier->branches[0].custody, LT_CUSTODY_HELD);
	assert_true(sim->held[1]->flushed >= asked_at);
	sim_flush(sim);
	answer(sim, reader, 1); /* a list is of the store, which has come at least so far */
	assert_int_equal(sim->control.reason, 0);
	assert_int_equal(sim->control.mailboxes.count, 1);
	assert_int_equal(sim->control.mailboxes.mailboxes[0].head, 1);
	answer(sim, reader, 2);
	assert_int_equal(sim->control.journal.head, engine_sequence(sim->engine));
	assert_int_equal(sim->control.journal.count, engine_sequence(sim->engine));
	answer(sim, reader, 3);
	assert_true(sim->control.status.head >= asked_at);
	assert_int_equal(sim->control.status.session_count, 2);
	answer(sim, reader, 4);
	assert_int_equal(sim->control.reorganisation.counts[0].held, 1);
	answer(sim, reader, 5);
	assert_int_equal(sim->control.procedures.count, 1);
	reader_free(reader);
	store_close(options.store);
	journal_close(options.journal);
}

static void test_reader_stands_still(void **state)
{
	(void)state;
	struct sim *sim = sim_new(1);
	sim->holds = true;
	sim_crash(sim, 0);
	sim_open(sim);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = CODE };
	assert_int_equal(act(sim, &open)->reason, 0);
	uint64_t asked_at = engine_sequence(sim->engine);
	ask_all(sim);
	uint64_t delivered = sim->agencies[DEPARTMENT].delivered;
	struct sim_act forward = {
		.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE, .version = 1
	};
	assert_int_equal(act(sim, &forward)->reason, 0);
	assert_int_equal(sim->agencies[DEPARTMENT].delivered, delivered + 1);
	answers_are_of_then(sim, asked_at);
	sim_free(sim);
}

/* ---- the signed answer to the applicant ---- */

#define COMMUNES "H37.02.01-20261118-0000001"

static enum lt_err sign(void *ctx, struct lt_bytes text, struct lt_buf *out)
{
	(void)ctx;
	return lt_buf_append(out, text.data, text.len < 8 ? text.len : 8);
}

static void ask_applicant(struct sim *sim, int agency, const char *dossier)
{
	struct input input = { .type = INPUT_QUERY, .session = sim->agencies[agency].session };
	input.u.query.token = 42;
	input.u.query.applicant = true;
	memcpy(input.u.query.agency, sim_codes[agency], strlen(sim_codes[agency]) + 1);
	memcpy(input.u.query.dossier, dossier, strlen(dossier) + 1);
	sim->query = (struct lt_query_answer){ 0 };
	sim_take(sim, &input);
	sim_run(sim);
}

static const struct lt_applicant_answer *applicant(struct sim *sim, int agency, const char *dossier)
{
	struct reader_options options = { .sign = sign, .certificate = lt_bytes("cert", 4) };
	struct reader *reader;
	assert_int_equal(journal_open_follower(sim->journal, &sim->disk, &options.journal), LT_OK);
	assert_int_equal(store_open_follower(sim->store, &options.store), LT_OK);
	assert_int_equal(reader_new(&options, &reader), LT_OK);
	ask_applicant(sim, agency, dossier);
	answer(sim, reader, sim->held_count - 1);
	reader_free(reader);
	store_close(options.store);
	journal_close(options.journal);
	assert_int_equal(sim->query.reason, 0);
	assert_non_null(sim->query.applicant);
	return sim->query.applicant;
}

static void has(const struct lt_applicant_answer *answer, const char *words, bool so)
{
	if ((memmem(answer->text.data, answer->text.len, words, strlen(words)) != NULL) != so)
		fail_msg("%s: %.*s", words, (int)answer->text.len, (const char *)answer->text.data);
}

/* For who has received it and who answers for that agency; of what is asked all, of anybody's words nothing. */
static void test_applicant(void **state)
{
	(void)state;
	struct sim *sim = sim_new(3);
	sim->holds = true;
	sim_crash(sim, 0);
	sim_open(sim);
	for (int i = COMMUNE; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = COMMUNE, .to = DEPARTMENT, .dossier = COMMUNES };
	open.field = "cmnd";
	open.value = "0123456789";
	assert_int_equal(act(sim, &open)->reason, 0);
	const struct lt_applicant_answer *got = applicant(sim, COMMUNE, COMMUNES);
	has(got,
	    "{\"type\":\"lienthong.applicant-answer.v1\",\"domain\":\"lienthong.test\",\"dossier\":\"" COMMUNES "\"",
	    true);
	has(got, "\"status\":2", true);
	has(got, "\"asked\":[]", true);
	has(got, "0123456789", false);
	assert_int_equal(got->signature.len, 8);
	assert_memory_equal(got->signature.data, got->text.data, 8);
	assert_int_equal(got->certificate.len, 4);
	has(applicant(sim, OTHER, COMMUNES), COMMUNES, true); /* the portal of the district above */
	ask_applicant(sim, DEPARTMENT, COMMUNES);
	assert_int_equal(sim->query.reason, LT_NOT_ORIGIN);
	ask_applicant(sim, MINISTRY, COMMUNES);
	assert_int_equal(sim->query.reason, LT_DOSSIER_UNKNOWN);
	ask_applicant(sim, MINISTRY, "H37.02.01-20261118-0000009");
	assert_int_equal(sim->query.reason, LT_DOSSIER_UNKNOWN);
	sim_free(sim);
}

static void bring(struct sim *sim, struct journal *journal, struct parcel *parcel)
{
	struct backlog *backlog = sim->owed[0];
	sim->owed_count--;
	memmove(sim->owed, sim->owed + 1, sim->owed_count * sizeof(sim->owed[0]));
	backlog_read(backlog, journal, parcel);
	lt_buf_clear(&sim->outputs);
	engine_backlog(sim->engine, backlog, &sim->outputs);
	sim_outputs(sim);
	sim_run(sim);
}

enum { OWED = 40 };

static void make_backlog(struct sim *sim)
{
	char code[LT_DOSSIER_MAX];
	sim_connect(sim, DISTRICT);
	for (int i = 0; i < OWED; i++) {
		snprintf(code, sizeof(code), "H37.02-20261118-%07d", 100 + i);
		struct sim_act open = {
			.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = code, .part_bytes = 100
		};
		assert_int_equal(act(sim, &open)->reason, 0);
	}
	sim_flush(sim);
	sim->holds = true;
	sim_crash(sim, 0);
	sim_open(sim);
}

/* An agency comes back, and what it is owed is no longer in memory: others' acts and deliveries do not wait for the disk. */
static void test_backlog_waits_alone(void **state)
{
	(void)state;
	struct sim *sim = sim_new(2);
	struct sim_agency *late = &sim->agencies[DEPARTMENT];
	struct parcel *parcel = parcel_new();
	struct journal *journal;
	make_backlog(sim);
	assert_int_equal(journal_open_follower(sim->journal, &sim->disk, &journal), LT_OK);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, COMMUNE);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(late->delivered, 0);
	assert_int_equal(sim->owed_count, 1);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = COMMUNE, .dossier = CODE };
	assert_int_equal(act(sim, &open)->reason, 0);
	assert_int_equal(sim->agencies[COMMUNE].delivered, 1);
	assert_int_equal(sim->owed_count, 1); /* one of each mailbox at a time */
	sim_connect(sim, DEPARTMENT); /* a session of its own again: what was asked for the one before is nobody's */
	assert_int_equal(sim->owed_count, 2);
	bring(sim, journal, parcel);
	assert_int_equal(late->delivered, 0);
	while (sim->owed_count > 0)
		bring(sim, journal, parcel);
	assert_int_equal(late->delivered, OWED);
	assert_int_equal(late->received, OWED);
	for (int i = 0; i < OWED; i++)
		assert_int_equal(late->inbox[i].part_count, 1);
	parcel_free(parcel);
	journal_close(journal);
	sim_free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_applicant),
		cmocka_unit_test(test_reader_stands_still),
		cmocka_unit_test(test_backlog_waits_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
