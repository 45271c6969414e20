/* A bit flips on the broker's disk: it is the misfortune of one item, not of the broker. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "journal/segment.h"
#include "sim.h"

#define CODE "H37.02-20261118-0000001"
#define LATER "H37.02-20261118-0000002"
#define OTHERS "H37.02-20261118-0000003"

static const struct lt_mailbox_view *box_of(struct sim *sim, int agency)
{
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = sim_codes[agency] };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->mailboxes.count, 1);
	return &answer->mailboxes.mailboxes[0];
}

static const struct sim_answer *open_to(struct sim *sim, const char *code, int to, size_t part)
{
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = to, .dossier = code, .part_bytes = part
	};
	return sim_do(sim, &act);
}

/* Others' work until the first segment is full: then a start, in which the store has it all and nothing is in memory. */
static void fill(struct sim *sim)
{
	char code[LT_DOSSIER_MAX];
	for (int i = 100; i < 106; i++) {
		snprintf(code, sizeof(code), "H37.02-20261118-%07d", i);
		assert_int_equal(open_to(sim, code, MINISTRY, 200000)->reason, 0);
	}
	sim_flush(sim);
	sim_crash(sim, 0);
	sim_open(sim);
	sim_connect(sim, DISTRICT);
}

static uint64_t place_of(struct sim *sim, const void *what, size_t len)
{
	char name[SEGMENT_NAME];
	struct lt_bytes file;
	segment_name(1, "ltj", name);
	assert_int_equal(simdisk_look(sim->folder, name, &file), LT_OK);
	const uint8_t *at = memmem(file.data, file.len, what, len);
	assert_non_null(at);
	return (uint64_t)(at - file.data);
}

/* Of the first such text in the first segment. */
static uint64_t place(struct sim *sim, const char *text)
{
	return place_of(sim, text, strlen(text));
}

static void flip(struct sim *sim, uint64_t at)
{
	char name[SEGMENT_NAME];
	segment_name(1, "ltj", name);
	assert_int_equal(simdisk_flip(sim->folder, name, at, 1), LT_OK);
}

/* Its mailbox stands, and says why; the session lives, the others go on, and when the disk gives it again so does the mailbox. */
static void stands_and_goes_on(struct sim *sim, uint64_t at, uint64_t sequence)
{
	struct sim_agency *to = &sim->agencies[DEPARTMENT];
	flip(sim, at);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->delivered, 0);
	assert_int_equal(to->bye, 0);
	assert_int_equal(box_of(sim, DEPARTMENT)->unreadable, sequence);
	assert_true(box_of(sim, DEPARTMENT)->unreadable_since > 0);
	sim_connect(sim, COMMUNE);
	assert_int_equal(open_to(sim, OTHERS, COMMUNE, 0)->reason, 0);
	assert_int_equal(sim->agencies[COMMUNE].received, 1);
	sim_advance(sim, 200 * SIM_SECOND);
	assert_int_equal(to->delivered, 0); /* what is behind it does not overtake it */
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(to->delivered, 0);
	flip(sim, at);
	sim_advance(sim, 61 * SIM_SECOND);
	assert_int_equal(to->received, 2);
	assert_int_equal(to->delivered, 2);
	assert_int_equal(box_of(sim, DEPARTMENT)->unreadable, 0);
	sim_free(sim);
}

static void a_record_stops_its_mailbox(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t sequence = open_to(sim, CODE, DEPARTMENT, 100)->sequence;
	open_to(sim, LATER, DEPARTMENT, 100);
	fill(sim);
	stands_and_goes_on(sim, place(sim, CODE), sequence);
}

/* It would be the sender's fault in the recipient's eyes. */
static void a_part_stops_its_mailbox(void **state)
{
	struct sim *sim = sim_new(1);
	char part[41];
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t sequence = open_to(sim, CODE, DEPARTMENT, 5000)->sequence;
	open_to(sim, LATER, DEPARTMENT, 100);
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence, .parts = true };
	const struct lt_control_answer *record = sim_control(sim, &request);
	memcpy(part, record->record.parts[0].data, 40);
	part[40] = '\0';
	assert_int_equal(strlen(part), 40);
	fill(sim);
	stands_and_goes_on(sim, place(sim, part) + 20, sequence);
}

/* The sender's outbox offers it again: the first answer, the whole of it, without the record. */
static void a_repetition_is_answered(void **state)
{
	struct sim *sim = sim_new(1);
	struct lt_buf header = { 0 }, refused = { 0 };
	struct sim_act good = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE };
	struct sim_act bad = {
		.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .dossier = CODE, .version = 9
	};
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	sim_header(sim, &good, &header);
	struct sim_answer first = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(first.reason, 0);
	sim_header(sim, &bad, &refused);
	struct sim_answer no = *sim_again(sim, DEPARTMENT, lt_buf_bytes(&refused));
	assert_true(no.reason != 0 && no.detail[0] != '\0');
	fill(sim);
	sim_connect(sim, DEPARTMENT);
	flip(sim, place(sim, CODE));
	struct sim_answer again = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(again.reason, 0);
	assert_int_equal(again.sequence, first.sequence);
	assert_int_equal(again.time, first.time);
	assert_int_equal(again.branch_version, first.branch_version);
	assert_memory_equal(&again.receipt, &first.receipt, sizeof(first.receipt));
	again = *sim_again(sim, DEPARTMENT, lt_buf_bytes(&refused));
	assert_int_equal(again.reason, no.reason);
	assert_int_equal(again.sequence, no.sequence);
	assert_string_equal(again.detail, no.detail);
	lt_buf_fini(&header);
	lt_buf_fini(&refused);
	sim_free(sim);
}

/* Its part bytes cannot be found: they stay, the others' go, now and in every replay. */
static void elision_passes_over_it(void **state)
{
	struct sim *sim = sim_new(1);
	char name[SEGMENT_NAME];
	struct lt_bytes file;
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	open_to(sim, CODE, DEPARTMENT, 100);
	uint64_t later = open_to(sim, LATER, DEPARTMENT, 100)->sequence;
	sim_advance(sim, SIM_SECOND);
	fill(sim);
	segment_name(1, "ltj", name);
	assert_int_equal(simdisk_look(sim->folder, name, &file), LT_OK);
	uint64_t at = place(sim, CODE);
	while (memcmp(file.data + at, "LTJBATCH", 8) != 0) /* the head of its batch */
		at--;
	flip(sim, at + 20);
	for (int i = 0; i < 32 * 24; i++)
		sim_advance(sim, SIM_DAY / 24);
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = later, .parts = true };
	assert_true(sim_control(sim, &request)->record.parts_elided);
	sim_crash(sim, 0); /* the ELIDE is replayed */
	sim_open(sim);
	sim_free(sim);
}

/* The hop is shown as one that cannot be read, and those before and behind it as they are. */
static void a_dossier_is_shown(void **state)
{
	struct sim *sim = sim_new(1);
	struct sim_act act = {
		.kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .dossier = CODE, .version = 2
	};
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	uint64_t first = open_to(sim, CODE, DEPARTMENT, 0)->sequence;
	open_to(sim, LATER, DEPARTMENT, 0);
	act.reply = sim->agencies[DEPARTMENT].inbox[0].id;
	struct sim_act forward = {
		.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .dossier = CODE, .version = 3
	};
	uint64_t second = sim_do(sim, &act)->sequence, third = sim_do(sim, &forward)->sequence;
	uint8_t id[16];
	memcpy(id, sim->last_id, 16);
	fill(sim);
	flip(sim, place_of(sim, id, 16));
	sim_connect(sim, DEPARTMENT);
	uint64_t fourth = sim_do(sim, &forward)->sequence; /* refused: it is offered already */
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_non_null(view);
	assert_int_equal(view->hop_count, 4);
	const uint64_t sequences[] = { first, second, third, fourth };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(view->hops[i].sequence, sequences[i]);
		assert_int_equal(view->hops[i].outcome == LT_RECORD_UNREADABLE, i == 2);
	}
	assert_int_equal(view->hops[0].kind, LT_KIND_OPEN);
	assert_int_equal(sim_query(sim, DISTRICT, CODE, 0)->reason, 0);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(a_record_stops_its_mailbox), cmocka_unit_test(a_part_stops_its_mailbox),
	  cmocka_unit_test(a_repetition_is_answered), cmocka_unit_test(elision_passes_over_it),
	  cmocka_unit_test(a_dossier_is_shown))
