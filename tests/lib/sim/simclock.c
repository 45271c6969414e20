/* simclock.c: clocks in the simulator. */
#include "test.h"

#include "simclock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/file_calendar.h"
#include "start/signing.h"
#include "simreform.h"
#include "trust/trust.h"

static void define(struct sim *sim, enum lt_definition type, struct lt_bytes data)
{
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	request.define =
		(struct lt_define_command){ .type = type, .data = data, .operator_name = "tester", .reason = "clocks" };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	if (answer->reason)
		fail_msg("definition %d: %s: %s", (int)type, lt_reason_name(answer->reason), answer->detail);
}

void simclock_calendar(struct sim *sim, int year)
{
	char path[512];
	struct calendar_file file;
	struct lt_buf bytes = { 0 };
	snprintf(path, sizeof(path), "%s/conf/calendars/%d.json", LT_SOURCE_DIR, year);
	if (calendar_file_load(path, &file))
		fail_msg("%s", file.file.error);
	assert_int_equal(calendar_file_encode(&file, &bytes), LT_OK);
	define(sim, LT_DEFINE_CALENDAR, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	calendar_file_fini(&file);
}

void simclock_procedure(struct sim *sim, const char *code, enum lt_clock_policy policy)
{
	struct lt_buf bytes = { 0 };
	uint32_t next = 2;
	struct lt_route_leg legs[2] = {
		{ .number = 1, .id = "leg-1", .name = "Tiep nhan", .name_en = "", .agency = sim_codes[DISTRICT] },
		{ .number = 2, .id = "leg-2", .name = "Xu ly", .name_en = "", .agency = sim_codes[DEPARTMENT] },
	};
	struct lt_procedure procedure = { .code = code,
					  .version = 1,
					  .name = "Thu tuc",
					  .name_en = "",
					  .lead = sim_codes[DEPARTMENT],
					  .sector = "",
					  .source = "",
					  .leg_count = 2,
					  .legs = legs };
	legs[0].kind = LT_LEG_RECEIVE;
	legs[0].next_count = 1;
	legs[0].next = &next;
	legs[1].kind = LT_LEG_PROCESS;
	legs[1].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
	legs[1].supplements = 2;
	legs[1].policy = policy;
	legs[1].on_supplement = 2;
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 12 };
	procedure.due_soon = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 4 }; /* said, and the same as when it is not */
	assert_int_equal(lt_procedure_encode(&procedure, &bytes), LT_OK);
	define(sim, LT_DEFINE_PROCEDURE, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
}

static void add_broker(struct simclock *clock)
{
	struct sim *sim = clock->sim;
	struct lt_refusal refusal;
	struct rulebook *rulebook = sim->rulebook;
	struct simreform *reform = simreform_new(sim->now);
	const struct testpki_id *id = testpki_issue(clock->pki, "broker", NULL);
	struct lt_cert *cert = testpki_cert(id);
	simreform_take(reform, trust_directory(rulebook));
	struct lt_agency *broker = simreform_add(reform, SIMCLOCK_BROKER);
	broker->level = LT_LEVEL_BROKER;
	broker->cert_count = 1;
	broker->certs = &cert;
	clock->signer = testpki_signer(id, false);
	if (simreform_encode(reform, "lienthong.test", rulebook_directory_version(rulebook) + 1, sim->now,
			     &clock->directory, &refusal))
		fail_msg("directory: %s", refusal.detail);
	define(sim, LT_DEFINE_DIRECTORY, lt_buf_bytes(&clock->directory));
	simreform_free(reform);
	lt_cert_free(cert);
}

struct simclock *simclock_new(struct sim *sim, bool calendars)
{
	struct simclock *clock = calloc(1, sizeof(*clock));
	assert_non_null(clock);
	clock->sim = sim;
	sim->boot += SIMCLOCK_MORNING - sim->now;
	sim->now = SIMCLOCK_MORNING;
	clock->pki = testpki_new(sim->now);
	add_broker(clock);
	if (calendars) {
		simclock_calendar(sim, 2026);
		simclock_calendar(sim, 2027);
	}
	simclock_procedure(sim, SIMCLOCK_PROCEDURE, LT_CLOCK_SUSPEND);
	simclock_procedure(sim, SIMCLOCK_RESTART, LT_CLOCK_RESTART);
	return clock;
}

void simclock_free(struct simclock *clock)
{
	lt_signer_free(clock->signer);
	testpki_free(clock->pki);
	lt_buf_fini(&clock->directory);
	free(clock);
}

uint64_t simclock_sign(struct simclock *clock)
{
	struct lt_buf again = { 0 }, request = { 0 }, command = { 0 };
	uint64_t before = clock->signed_notices;
	/* The signer fails the first time: the lot is given out again, whole, and nothing is signed twice. */
	if (engine_unsigned(clock->sim->engine, &request)) {
		engine_sign_again(clock->sim->engine);
		lt_buf_clear(&again);
		assert_true(engine_unsigned(clock->sim->engine, &again));
		assert_true(lt_bytes_equal(lt_buf_bytes(&again), lt_buf_bytes(&request)));
		engine_sign_again(clock->sim->engine);
		lt_buf_clear(&request);
	}
	lt_buf_fini(&again);
	while (engine_unsigned(clock->sim->engine, &request)) {
		assert_int_equal(signing_make(clock->signer, lt_buf_bytes(&request), &command), LT_OK);
		struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&command) };
		sim_take(clock->sim, &input);
		sim_run(clock->sim);
		clock->signed_notices++;
		lt_buf_clear(&request);
		lt_buf_clear(&command);
	}
	lt_buf_fini(&request);
	lt_buf_fini(&command);
	return clock->signed_notices - before;
}

void simclock_run(struct simclock *clock, int64_t us, int64_t step)
{
	for (int64_t done = 0; done < us; done += step) {
		sim_advance(clock->sim, step);
		simclock_sign(clock);
	}
}

unsigned simclock_count(const struct sim *sim, int agency, enum lt_kind kind)
{
	unsigned count = 0;
	for (size_t i = 0; i < SIM_INBOX && sim->agencies[agency].inbox[i].sequence != 0; i++)
		count += sim->agencies[agency].inbox[i].kind == kind;
	return count;
}
