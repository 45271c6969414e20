/* ERASE: personal data that had no business in a record is gone from journal, memory and state; every hash, number and custody stays. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/segment.h"
#include "sim.h"

#define CODE "H37.02-20261118-0000001"
#define OTHERS "H37.02-20261118-0000002"
#define NAME "Nguyen Van An, 0912345678"

static char folder[64];

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/dev/shm/lienthong-erase-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static const char *snapshot(const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* OPEN with a name in a field, on its way to the department: number 1 of its mailbox. */
static uint64_t open_with_name(struct sim *sim)
{
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE };
	act.field = "nguoi_nop";
	act.value = NAME;
	act.part_bytes = 2000;
	const struct sim_answer *answer = sim_do(sim, &act);
	assert_int_equal(answer->reason, 0);
	return answer->sequence;
}

static const struct lt_control_answer *erase(struct sim *sim, uint64_t *sequences, size_t count, bool dry_run)
{
	struct lt_control_request request = { .type = LT_CONTROL_ERASE, .dry_run = dry_run };
	request.erase = (struct lt_erase_command){ .count = count,
						   .sequences = sequences,
						   .operator_name = "an.nguyen",
						   .reason = "personal data in a field",
						   .uid = 1001,
						   .login = "an" };
	return sim_control(sim, &request);
}

static uint64_t erase_one(struct sim *sim, uint64_t sequence)
{
	const struct lt_control_answer *answer = erase(sim, &sequence, 1, false);
	if (answer->reason)
		fail_msg("%s: %s", lt_reason_name(answer->reason), answer->detail);
	return answer->act.sequence;
}

static bool in_journal(struct sim *sim, const char *text)
{
	char name[SEGMENT_NAME];
	struct lt_bytes file;
	bool found = false;
	for (uint64_t first = 1; first <= journal_head(sim->journal); first++) {
		segment_name(first, "ltj", name);
		if (simdisk_look(sim->folder, name, &file) == LT_OK)
			found |= memmem(file.data, file.len, text, strlen(text)) != NULL;
	}
	return found;
}

static const struct lt_control_answer *look(struct sim *sim, uint64_t sequence)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence, .parts = true };
	return sim_control(sim, &request);
}

static uint64_t gone_by(struct sim *sim, uint64_t sequence)
{
	struct lt_record record;
	const struct lt_control_answer *answer = look(sim, sequence);
	assert_int_equal(answer->reason, 0);
	assert_int_equal(lt_record_decode(answer->record.record, &record, NULL), LT_REASON_NONE);
	return record.erased_by;
}

static const char *field_of(struct sim *sim, const char *code)
{
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_non_null(view);
	assert_int_equal(view->field_count, 1);
	return view->fields[0].value;
}

static void check_journal(struct sim *sim)
{
	struct journal_report report;
	if (journal_check(sim->journal, NULL, NULL, &report))
		fail_msg("%s", report.damage);
}

static void above_the_snapshot_it_waits(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t sequence = open_with_name(sim);
	assert_int_equal(engine_snapshot_wanted(sim->engine), 0);
	assert_int_equal(erase(sim, &sequence, 1, false)->reason, LT_NOT_YET);
	assert_int_equal(engine_snapshot_wanted(sim->engine), sequence); /* and one is asked for */
	assert_int_equal(gone_by(sim, sequence), 0);
	sim_snapshot(sim, snapshot("one"));
	assert_int_equal(erase(sim, &sequence, 1, true)->reason, 0);
	assert_int_equal(sim->control.act.sequence, 0); /* a dry run is no record */
	assert_int_equal(gone_by(sim, sequence), 0);
	uint64_t act = erase_one(sim, sequence);
	assert_int_equal(gone_by(sim, sequence), act);
	assert_int_equal(engine_snapshot_wanted(sim->engine), act); /* until none has the name any more */
	assert_int_equal(erase(sim, &sequence, 1, false)->reason, LT_ALREADY_SO);
	sim_free(sim);
}

static void what_cannot_go(void **state)
{
	struct sim *sim = sim_new(2);
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t sequences[2] = { open_with_name(sim), 1 };
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = OTHERS };
	uint64_t others = sim_do(sim, &act)->sequence, nothing = 1, far = 10000;
	sim_snapshot(sim, snapshot("one"));
	assert_int_equal(erase(sim, &nothing, 1, false)->reason, LT_DEFINITION_INVALID); /* genesis */
	assert_int_equal(erase(sim, &far, 1, false)->reason, LT_RECORD_UNKNOWN);
	assert_int_equal(erase(sim, sequences, 2, false)->reason, LT_DEFINITION_INVALID); /* in no order */
	sequences[1] = others;
	assert_int_equal(erase(sim, sequences, 2, false)->reason, LT_DEFINITION_INVALID); /* of another dossier */
	assert_int_equal(gone_by(sim, sequences[0]), 0);
	sim_free(sim);
}

static void everywhere_at_once(void **state)
{
	struct sim *sim = sim_new(3);
	uint8_t leaf[32];
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t sequence = open_with_name(sim);
	assert_string_equal(field_of(sim, CODE), NAME);
	assert_true(in_journal(sim, NAME));
	memcpy(leaf, look(sim, sequence)->record.leaf_hash.data, 32);
	sim_snapshot(sim, snapshot("one"));
	uint64_t act = erase_one(sim, sequence);
	assert_false(in_journal(sim, NAME));
	assert_string_equal(field_of(sim, CODE), "");
	assert_memory_equal(look(sim, sequence)->record.leaf_hash.data, leaf, 32);
	assert_true(sim->control.record.parts_elided); /* the papers go with it */
	check_journal(sim);
	/* The trace has the hop, and by which act it is gone; custody is what it was. */
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->hop_count, 1);
	assert_int_equal(view->hops[0].erased_by, act);
	assert_int_equal(view->hops[0].sequence, sequence);
	assert_int_equal(view->hops[0].outcome, 0);
	assert_string_equal(view->branches[0].offered_to, sim_codes[DEPARTMENT]);
	/* The receiver gets a gap that names the act, and goes on. */
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(sim->agencies[DEPARTMENT].received, 1);
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->erased_by, act);
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->sequence, sequence);
	struct sim_act next = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = OTHERS };
	assert_int_equal(sim_do(sim, &next)->reason, 0);
	assert_int_equal(sim->agencies[DEPARTMENT].received, 2);
	sim_free(sim);
}

/* A refusal's text is gone too; the reason stays, also for who offers the envelope again. */
static void a_refusal(void **state)
{
	struct sim *sim = sim_new(4);
	struct lt_buf header = { 0 };
	(void)state;
	sim_connect(sim, DISTRICT);
	open_with_name(sim);
	struct sim_act again = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE };
	sim_header(sim, &again, &header);
	struct sim_answer first = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(first.reason, LT_DOSSIER_EXISTS);
	sim_snapshot(sim, snapshot("one"));
	uint64_t act = erase_one(sim, first.sequence);
	assert_int_equal(gone_by(sim, first.sequence), act);
	struct sim_answer second = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(second.reason, LT_DOSSIER_EXISTS);
	assert_int_equal(second.sequence, first.sequence);
	assert_string_equal(second.detail, "");
	lt_buf_fini(&header);
	sim_free(sim);
}

/* The act itself can go: its reason had the name in it. */
static void an_operators_words(void **state)
{
	struct sim *sim = sim_new(5);
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t suspended = sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[MINISTRY])->act.sequence;
	sim_snapshot(sim, snapshot("one"));
	uint64_t act = erase_one(sim, suspended);
	assert_int_equal(gone_by(sim, suspended), act);
	sim_snapshot(sim, snapshot("two"));
	assert_int_equal(gone_by(sim, act), 0);
	uint64_t second = erase_one(sim, act);
	assert_int_equal(gone_by(sim, act), second);
	check_journal(sim);
	sim_free(sim);
}

/* Two machines rebuild from the snapshot, one of which had not erased yet; from before it nobody can, and nothing is made of a guess. */
static void rebuilds(void **state)
{
	struct sim *sim = sim_new(6);
	uint8_t live[32], rebuilt[32];
	char error[240], one[128];
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	uint64_t sequence = open_with_name(sim);
	snprintf(one, sizeof(one), "%s", snapshot("one"));
	sim_snapshot(sim, one);
	uint64_t act = erase_one(sim, sequence);
	struct sim_act next = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = OTHERS };
	assert_int_equal(sim_do(sim, &next)->reason, 0);
	sim_flush(sim);
	sim_hash(sim, live);
	sim_rebuild_from(sim, one);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	assert_int_equal(gone_by(sim, sequence), act);
	assert_string_equal(field_of(sim, CODE), "");
	assert_int_equal(engine_snapshot_wanted(sim->engine), act); /* over a start too */
	sim_rebuild_fails(sim, error);
	assert_non_null(strstr(error, "was erased by record"));
	assert_non_null(strstr(error, "remedy"));
	sim_rebuild_from(sim, one);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	sim_free(sim);
}

/* The process is killed between the sync of the act and the erasing: the next start does it. */
static void killed_before_it(void **state)
{
	struct sim *sim = sim_new(7);
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t sequence = open_with_name(sim);
	sim_snapshot(sim, snapshot("one"));
	struct lt_erase_command what = { .count = 1,
					 .sequences = &sequence,
					 .dossier = 1,
					 .operator_name = "an.nguyen",
					 .reason = "personal data in a field" };
	struct lt_command command = { .type = LT_COMMAND_ERASE, .u.erase = what };
	struct lt_buf bytes = { 0 };
	assert_int_equal(lt_command_encode(&command, &bytes), LT_OK);
	struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&bytes) };
	sim_take(sim, &input);
	lt_buf_fini(&bytes);
	sim_seal(sim);
	sim_write(sim);
	assert_true(in_journal(sim, NAME));
	sim_crash(sim, 0);
	sim_open(sim);
	assert_false(in_journal(sim, NAME));
	assert_int_equal(gone_by(sim, sequence), journal_head(sim->journal));
	check_journal(sim);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(above_the_snapshot_it_waits, setup, teardown),
	  cmocka_unit_test_setup_teardown(what_cannot_go, setup, teardown),
	  cmocka_unit_test_setup_teardown(everywhere_at_once, setup, teardown),
	  cmocka_unit_test_setup_teardown(a_refusal, setup, teardown),
	  cmocka_unit_test_setup_teardown(an_operators_words, setup, teardown),
	  cmocka_unit_test_setup_teardown(rebuilds, setup, teardown),
	  cmocka_unit_test_setup_teardown(killed_before_it, setup, teardown))
