/* test_flow_rules.c: versions of the rules: a broker that knows two moves from one to the other, and replays each record by the rules
 * that made it; one that knows less ends by name. */
/* clang-format off: cmocka needs these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <stdio.h>
#include <string.h>

#include "rules/apply.h"
#include "simclock.h"

#define FIRST "H37.02-20261119-0000001"
#define SECOND "H37.02-20261119-0000002"

/* ---- a version 2: its law counts an hour more ---- */

static enum lt_err due_later(const struct calendar *calendar, const struct worktime_office *office,
			     const struct worktime_limit *limit, int64_t received, struct worktime_due *out)
{
	enum lt_err err = law_of(1)->worktime.due(calendar, office, limit, received, out);
	out->due += SIMCLOCK_HOUR;
	return err;
}

static const struct rules *one_and_two(uint32_t version)
{
	static struct law law;
	static struct rules two;
	law = *law_of(1);
	law.version = 2;
	law.worktime.due = due_later;
	two = *rules_of(1);
	two.version = 2;
	two.law = &law;
	return version == 2 ? &two : rules_of(version);
}

static enum lt_reason activate(struct sim *sim, uint32_t version, const char *words)
{
	struct lt_control_request request = { .type = LT_CONTROL_ACTIVATE };
	request.activate = (struct lt_activate_command){ .rules_version = version,
							 .operator_name = "tester",
							 .reason = "new law" };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	if (!strstr(answer->detail, words))
		fail_msg("\"%s\" does not say \"%s\"", answer->detail, words);
	return answer->reason;
}

static uint32_t in_force(struct sim *sim, uint32_t *newest)
{
	struct lt_control_request request = { .type = LT_CONTROL_RULES };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	*newest = answer->rules.newest;
	return answer->rules.active;
}

/* Opens a dossier at its department's door; what its whole limit comes to. */
static int64_t due_of_new(struct sim *sim, const char *code)
{
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = code };
	open.procedure = SIMCLOCK_PROCEDURE;
	open.route_leg = 2;
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	return sim_dossier(sim, code)->clock->due_lawful;
}

static uint32_t rules_of_record(struct sim *sim, uint64_t sequence)
{
	struct journal_entry entry;
	struct lt_record record;
	struct lt_buf buf = { 0 };
	assert_int_equal(journal_read(sim->journal, sequence, &buf, &entry), LT_OK);
	assert_int_equal(lt_record_decode(entry.record, &record, NULL), LT_REASON_NONE);
	lt_buf_fini(&buf);
	return record.rules_version;
}

static void fails(struct sim *sim, const char *words)
{
	char error[240] = "";
	assert_int_not_equal(sim_try_open(sim, error), LT_OK);
	if (!strstr(error, words))
		fail_msg("\"%s\" does not say \"%s\"", error, words);
}

static struct sim *begin(uint64_t seed, struct simclock **clock)
{
	struct sim *sim = sim_new(seed);
	sim->options.rules = one_and_two;
	*clock = simclock_new(sim, true);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	return sim;
}

static void test_moves_on(void **state)
{
	uint8_t before[32], after[32];
	uint32_t newest;
	struct simclock *clock;
	(void)state;
	struct sim *sim = begin(1, &clock);
	assert_int_equal(in_force(sim, &newest), 1);
	assert_int_equal(newest, 1);
	sim_crash(sim, 1);
	sim_open(sim); /* the program that knows two; the journal goes on under the first */
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(in_force(sim, &newest), 1);
	assert_int_equal(newest, 2);
	uint64_t head = engine_sequence(sim->engine);
	assert_int_equal(activate(sim, 3, "this broker knows 1 to 2"), LT_DEFINITION_INVALID);
	assert_int_equal(activate(sim, 0, "this broker knows 1 to 2"), LT_DEFINITION_INVALID);
	assert_int_equal(engine_sequence(sim->engine), head); /* refused before there is a record */
	assert_int_equal(activate(sim, 1, "rules 1 are in force"), LT_ALREADY_SO);
	int64_t first = due_of_new(sim, FIRST);
	assert_int_equal(activate(sim, 2, ""), LT_REASON_NONE);
	uint64_t moved = sim->control.act.sequence;
	assert_int_equal(in_force(sim, &newest), 2);
	int64_t second = due_of_new(sim, SECOND);
	assert_int_equal(second - first, SIMCLOCK_HOUR);
	assert_int_equal(activate(sim, 1, "there is no way back"), LT_DEFINITION_INVALID);
	assert_int_equal(rules_of_record(sim, moved), 1); /* the act itself is made by the rules before it */
	assert_int_equal(rules_of_record(sim, moved + 1), 2);
	/* A crash, and the whole journal anew: both under the rules that made them. */
	sim_crash(sim, 2);
	sim_open(sim);
	assert_int_equal(in_force(sim, &newest), 2);
	sim_flush(sim);
	sim_hash(sim, before);
	sim_rebuild(sim);
	sim_flush(sim);
	sim_hash(sim, after);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(sim_dossier(sim, FIRST)->clock->due_lawful, first);
	assert_int_equal(sim_dossier(sim, SECOND)->clock->due_lawful, second);
	simclock_free(clock);
	sim_free(sim);
}

/* A program that knows less does not start: whether the store or the journal says it. */
static void test_no_way_back(void **state)
{
	struct simclock *clock;
	(void)state;
	struct sim *sim = begin(2, &clock);
	sim_crash(sim, 1);
	sim_open(sim);
	assert_int_equal(activate(sim, 2, ""), LT_REASON_NONE);
	uint64_t moved = sim->control.act.sequence;
	char words[80];
	snprintf(words, sizeof(words), "record %llu: moves on to rules 2; this program knows 1 to 1",
		 (unsigned long long)moved);
	sim_crash(sim, 2); /* the store is behind */
	sim->options.rules = NULL;
	fails(sim, words);
	sim_crash(sim, 3);
	sim->options.rules = one_and_two;
	sim_open(sim);
	sim_flush(sim);
	sim_crash(sim, 4);
	sim->options.rules = NULL;
	fails(sim, "the store is under rules 2; this program knows 1 to 1");
	sim_crash(sim, 5);
	sim->options.rules = one_and_two;
	sim_open(sim);
	simclock_free(clock);
	sim_free(sim);
}

/* ---- sentences: the same rules, said in other words ---- */

static void rewrite_notices(struct act *act, void (*change)(struct lt_header *header))
{
	for (size_t i = 0; i < act->outcome.notice_count; i++) {
		struct lt_header header;
		struct lt_refusal refusal;
		struct lt_buf bytes = { 0 };
		assert_int_equal(lt_header_parse(act->notices[i], act->arena, &header, &refusal), 0);
		change(&header);
		assert_int_equal(lt_header_encode(&header, &bytes, &refusal), LT_OK);
		uint8_t *copy = lt_arena_alloc(act->arena, bytes.len);
		memcpy(copy, bytes.data, bytes.len);
		act->notices[i] = lt_bytes(copy, bytes.len);
		lt_buf_fini(&bytes);
	}
}

static void say_otherwise(struct lt_header *header)
{
	header->subject = "Tiêu đề khác";
	header->reason = "Viết lại cho đúng chính tả.";
}

static void tell_another(struct lt_header *header)
{
	strcpy(header->to[0].agency, "H37.99");
}

static enum lt_reason other_words(struct act *act)
{
	enum lt_reason reason = rules_of(1)->command(act);
	if (reason)
		strcpy(act->refusal.detail, "said in other words");
	rewrite_notices(act, say_otherwise);
	return reason;
}

/* The same reason, and another sentence, or the same with another parameter. */
static enum lt_reason other_sentence(struct act *act)
{
	enum lt_reason reason = rules_of(1)->command(act);
	if (reason == LT_DOSSIER_EXISTS)
		lt_refuse(&act->refusal, reason, "%s may withdraw %s", act->dossier->origin, act->header->dossier);
	return reason;
}

static enum lt_reason other_parameter(struct act *act)
{
	enum lt_reason reason = rules_of(1)->command(act);
	if (reason == LT_DOSSIER_EXISTS)
		lt_refuse(&act->refusal, reason, "%s was opened by %s", act->header->dossier, "H37.99");
	return reason;
}

static enum lt_reason other_recipient(struct act *act)
{
	enum lt_reason reason = rules_of(1)->command(act);
	rewrite_notices(act, tell_another);
	return reason;
}

/* Leaves the dossier a little otherwise, of which no number of the outcome says anything. */
static enum lt_reason other_value(struct act *act)
{
	enum lt_reason reason = rules_of(1)->command(act);
	if (!reason && act->command->type == LT_COMMAND_SUBMIT) {
		act->dossier->branches[0].since++;
		act->outcome.value = dossier_save(act->state->store, act->dossier, &act->state->scratch);
	}
	return reason;
}

static const struct rules *kept_otherwise(uint32_t version)
{
	static struct rules rules;
	rules = *rules_of(1);
	rules.command = other_value;
	return version == 1 ? &rules : NULL;
}

static const struct rules *said_otherwise(uint32_t version)
{
	static struct rules rules;
	rules = *rules_of(1);
	rules.command = other_words;
	return version == 1 ? &rules : NULL;
}

static const struct rules *refused_otherwise(uint32_t version)
{
	static struct rules rules;
	rules = *rules_of(1);
	rules.command = other_sentence;
	return version == 1 ? &rules : NULL;
}

static const struct rules *refused_about_another(uint32_t version)
{
	static struct rules rules;
	rules = *rules_of(1);
	rules.command = other_parameter;
	return version == 1 ? &rules : NULL;
}

static const struct rules *told_others(uint32_t version)
{
	static struct rules rules;
	rules = *rules_of(1);
	rules.command = other_recipient;
	return version == 1 ? &rules : NULL;
}

static void differs(struct sim *sim, const struct rules *(*rules)(uint32_t version))
{
	char error[240] = "";
	sim->options.rules = rules;
	sim_rebuild_fails(sim, error);
	assert_non_null(strstr(error, "the record has another outcome"));
}

/* A journal with refusals and notices, replayed by a broker that words its notices otherwise: no difference, and the same state. The
 * sentences of refusals are numbers, and are compared. */
static void test_words_are_no_rules(void **state)
{
	uint8_t before[32], after[32];
	struct simclock *clock;
	(void)state;
	struct sim *sim = begin(4, &clock);
	due_of_new(sim, FIRST);
	struct sim_act again = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = FIRST };
	again.procedure = SIMCLOCK_PROCEDURE;
	assert_int_equal(sim_do(sim, &again)->reason, LT_DOSSIER_EXISTS);
	simclock_run(clock, 6 * 24 * SIMCLOCK_HOUR, SIMCLOCK_HOUR); /* reminders, warnings, and the limit is over */
	assert_true(clock->signed_notices > 2);
	sim_flush(sim);
	sim_hash(sim, before);
	sim->options.rules = said_otherwise;
	sim_rebuild(sim); /* from record 1 on */
	sim_flush(sim);
	sim_hash(sim, after);
	assert_memory_equal(before, after, sizeof(before));
	differs(sim, told_others);
	differs(sim, kept_otherwise);
	differs(sim, refused_otherwise);
	differs(sim, refused_about_another);
	sim->options.rules = NULL;
	sim_rebuild(sim);
	simclock_free(clock);
	sim_free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves_on),
		cmocka_unit_test(test_no_way_back),
		cmocka_unit_test(test_words_are_no_rules),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
