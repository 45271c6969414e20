/* test_state.c: the keys of the tables, through their owners: what stands together, and in which order it is found. */
#include "test.h"

#include <string.h>

#include <lienthong/time.h>

#include "simstate.h"
#include "state/dedup.h"
#include "state/definition_store.h"
#include "state/parts/part_expiry.h"
#include "state/notices.h"
#include "state/owed/lists.h"

static struct lt_bytes text(const char *string)
{
	return lt_bytes(string, strlen(string));
}

static void expect(struct store *store, struct definition_walk *walk, const char *value)
{
	struct lt_bytes found;
	assert_true(definition_next(store, walk, &found));
	assert_int_equal(found.len, strlen(value));
	assert_memory_equal(found.data, value, found.len);
}

static void put_procedure(struct store *store, const char *code, uint32_t version, const char *value)
{
	struct store_key key = definition_procedure(code, version);
	definition_put(store, &key, text(value));
}

/* 256 comes after 2, and no code's versions stand among those of a code that begins with it. */
static void definitions_stand_by_type_name_and_number(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	struct lt_bytes value;
	put_procedure(s->store, "1.1", 256, "1.1 v256");
	put_procedure(s->store, "1.12", 1, "1.12 v1");
	put_procedure(s->store, "1.1", 2, "1.1 v2");
	struct store_key directory = definition_directory(), office = definition_office("");
	definition_put(s->store, &directory, text("directory"));
	definition_put(s->store, &office, text("hours of all"));
	struct definition_walk walk = definition_walk(DEFINITION_PROCEDURE);
	expect(s->store, &walk, "1.1 v2");
	expect(s->store, &walk, "1.1 v256");
	expect(s->store, &walk, "1.12 v1");
	assert_false(definition_next(s->store, &walk, &value));
	walk = definition_walk_procedure("1.1");
	expect(s->store, &walk, "1.1 v2");
	expect(s->store, &walk, "1.1 v256");
	assert_false(definition_next(s->store, &walk, &value));
	walk = definition_walk_procedure("1.");
	assert_false(definition_next(s->store, &walk, &value));
	struct store_key missing = definition_procedure("1.1", 3);
	assert_int_equal(definition_get(s->store, &missing, &value), LT_ENOENT);
	simstate_free(s);
}

static uint64_t next_of(const struct mailbox *mailbox, struct store *store, uint64_t number)
{
	struct mailbox_entry entry;
	return mailbox_next_entry(mailbox, store, &number, &entry) ? 0 : number;
}

static void an_agencys_numbers_stand_together(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	struct mailbox above = { .code = "H99" }, below = { .code = "H99.02" };
	struct mailbox_entry entry = { .sequence = 7 };
	above.head = 254;
	assert_int_equal(mailbox_append(&above, s->store, &entry), 255);
	assert_int_equal(mailbox_append(&above, s->store, &entry), 256);
	below.head = 299;
	assert_int_equal(mailbox_append(&below, s->store, &entry), 300);
	assert_int_equal(next_of(&above, s->store, 1), 255);
	assert_int_equal(next_of(&above, s->store, 256), 256);
	assert_int_equal(next_of(&above, s->store, 257), 0); /* not the other's 300 */
	assert_int_equal(next_of(&below, s->store, 1), 300);
	assert_int_equal(mailbox_waiting(&above, s->store, 0), 2);
	assert_int_equal(mailbox_waiting(&above, s->store, 255), 1);
	assert_int_equal(mailbox_waiting(&above, s->store, 256), 0);
	assert_int_equal(mailbox_waiting(&below, s->store, 7), 1);
	assert_int_equal(mailbox_entry(&above, s->store, 254, &entry), LT_ENOENT);
	simstate_free(s);
}

static void put_answer(struct store *store, int64_t time_us, const char *sender)
{
	uint8_t id[16], random[8] = { 0 };
	struct dedup_entry entry = { .sequence = 1 };
	lt_uuid_make(time_us, random, id);
	dedup_put(store, id, sender, &entry);
	assert_int_equal(dedup_find(store, id, sender, &entry), LT_OK);
	assert_int_equal(dedup_find(store, id, "H99", &entry), LT_ENOENT);
}

/* Two senders may make one id; the oldest ids go first, whoever made them. */
static void answers_stand_by_the_time_of_their_id(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	assert_true(dedup_ids_from(s->store, INT64_MAX >> 20) == 0);
	put_answer(s->store, 2000000, "A");
	put_answer(s->store, 1000000, "Z");
	put_answer(s->store, 1000000, "B");
	assert_true(dedup_ids_from(s->store, 1000) == 0);
	assert_true(dedup_ids_from(s->store, 1990) == 1001); /* behind the newest that goes, not what was asked for */
	dedup_forget_ids(s->store, 1001);
	assert_true(dedup_ids_from(s->store, 1990) == 0);
	assert_true(dedup_ids_from(s->store, 2001) == 2001);
	put_answer(s->store, 1001000, "A"); /* made behind the newest that went */
	assert_true(dedup_ids_from(s->store, 1001) == 0);
	assert_true(dedup_ids_from(s->store, 1990) == 1002);
	simstate_free(s);
}

/* The id is known longer than the whole answer. */
static void whole_answers_go_first(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	uint8_t id[16] = { 1 }, random[8] = { 0 };
	struct dedup_entry entry = { 0 }, found;
	for (uint64_t sequence = 3; sequence <= 300; sequence += 3) {
		entry.sequence = sequence;
		entry.time = (int64_t)sequence * 10;
		lt_uuid_make(1000000, random, id);
		memcpy(id + 8, &sequence, 8);
		dedup_put(s->store, id, "A", &entry);
	}
	assert_true(dedup_answers_floor(s->store) == 1);
	assert_true(dedup_answers_from(s->store, 0, 400) <= 3);
	assert_true(dedup_answers_from(s->store, 1000, 400) == 100); /* behind 99, whose time is 990 */
	assert_true(dedup_answers_from(s->store, 5000, 400) >= 301);
	dedup_forget_answers(s->store, 100);
	assert_true(dedup_answers_floor(s->store) == 100);
	for (uint64_t sequence = 3; sequence <= 300; sequence += 3) {
		memcpy(id + 8, &sequence, 8);
		assert_int_equal(dedup_find(s->store, id, "A", &found), LT_OK);
		assert_true(found.sequence == sequence);
		assert_int_equal(found.whole, sequence >= 100);
		if (found.whole)
			assert_true(found.time == (int64_t)sequence * 10);
	}
	simstate_free(s);
}

/* Parts that are fetched after the time was set back come behind what is forgotten, not before it. */
static void part_bytes_after_the_time_was_set_back(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	struct part_expiry due;
	part_expiry_wait(s->store, 9, 0, 500);
	assert_int_equal(part_expiry_due(s->store, 600, &due), 1);
	assert_int_equal(part_expiry_forget(s->store, due.sequences, 1), 1);
	part_expiry_wait(s->store, 10, 0, 100);
	part_expiry_wait(s->store, 4, 0, 500);
	part_expiry_wait(s->store, 11, 0, 900);
	assert_int_equal(part_expiry_due(s->store, 600, &due), 2);
	assert_true(due.sequences[0] == 4 && due.sequences[1] == 10 && due.next == 900);
	simstate_free(s);
}

static void part_bytes_go_by_the_time_of_their_last_fetch(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	struct part_expiry due;
	part_expiry_wait(s->store, 1, 1, 100);
	part_expiry_wait(s->store, 2, 0, 300);
	part_expiry_wait(s->store, 300, 0, 200);
	part_expiry_wait(s->store, 4, 2, 100);
	part_expiry_fetched(s->store, 1, 256);
	part_expiry_fetched(s->store, 4, 100); /* one of two: it waits */
	assert_int_equal(part_expiry_due(s->store, 300, &due), 2);
	assert_true(due.sequences[0] == 300 && due.sequences[1] == 1 && due.next == 300);
	assert_int_equal(part_expiry_forget(s->store, due.sequences, 2), 2);
	assert_int_equal(part_expiry_due(s->store, INT64_MAX, &due), 1);
	assert_true(due.sequences[0] == 2 && due.next == INT64_MAX);
	simstate_free(s);
}

/* Who could not read one of them passes over it, and it stays, also where it can be read. */
static void part_bytes_go_from_among_others(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	struct part_expiry due;
	const uint64_t named[] = { 2, 4 };
	for (uint64_t sequence = 1; sequence <= 4; sequence++)
		part_expiry_wait(s->store, sequence, 0, 100 * (int64_t)sequence);
	assert_int_equal(part_expiry_forget_among(s->store, named, 2), 2);
	assert_int_equal(part_expiry_due(s->store, 600, &due), 2);
	assert_true(due.sequences[0] == 1 && due.sequences[1] == 3 && !due.some_stay);
	assert_int_equal(part_expiry_forget_among(s->store, named, 2), 0);
	simstate_free(s);
}

static void notices_wait_in_the_order_they_were_made(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	static const char *const to[] = { "H37.01", "H37.02" };
	struct notice_waiting waiting;
	uint64_t sequence = 0;
	uint32_t index = 0, recipients;
	uint64_t dossier;
	notices_put(s->store, 256, 0, 5, to, 2);
	notices_put(s->store, 3, 1, 6, to, 1);
	notices_put(s->store, 3, 0, 6, to, 1);
	assert_int_equal(notices_next(s->store, &sequence, &index, &recipients, &dossier), LT_OK);
	assert_true(sequence == 3 && index == 0 && recipients == 1);
	index = 2;
	assert_int_equal(notices_next(s->store, &sequence, &index, &recipients, &dossier), LT_OK);
	assert_true(sequence == 256 && index == 0 && recipients == 2);
	assert_int_equal(notices_take(s->store, 256, 0, &waiting), LT_OK);
	assert_true(waiting.dossier == 5 && waiting.to_count == 2);
	assert_string_equal(waiting.to[1], "H37.02");
	assert_int_equal(notices_take(s->store, 256, 0, &waiting), LT_ENOENT);
	assert_int_equal(notices_next(s->store, &sequence, &index, &recipients, &dossier), LT_ENOENT);
	simstate_free(s);
}

static void a_dossier_is_found_by_number_and_by_code(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	struct lt_buf scratch = { 0 };
	struct dossier *dossier = &s->dossier;
	dossier_clear(dossier);
	dossier->number = 256;
	strcpy(dossier->code, "000.00.00.H37-260101-0001");
	dossier_save(s->store, dossier, &scratch);
	dossier_register(s->store, dossier->code, dossier->number);
	dossier_clear(dossier);
	assert_int_equal(dossier_load(s->store, 1, dossier), LT_ENOENT);
	assert_int_equal(dossier_load(s->store, 256, dossier), LT_OK);
	assert_string_equal(dossier->code, "000.00.00.H37-260101-0001");
	dossier_clear(dossier);
	assert_int_equal(dossier_find(s->store, "000.00.00.H37-260101-0002", dossier), LT_ENOENT);
	char longest[STORE_KEY_MAX + 2] = "";
	assert_int_equal(dossier_find(s->store, longest, dossier), LT_ENOENT);
	memset(longest, 'A', STORE_KEY_MAX + 1); /* no key is so long: whoever asks may ask for it all the same */
	assert_int_equal(dossier_find(s->store, longest, dossier), LT_ENOENT);
	assert_int_equal(dossier_find(s->store, "000.00.00.H37-260101-0001", dossier), LT_OK);
	assert_true(dossier->number == 256);
	lt_buf_fini(&scratch);
	simstate_free(s);
}

/* One that grew would split its page of LMDB; what fills it up is no part of it. */
static void a_dossier_keeps_its_length(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	struct lt_buf scratch = { 0 };
	static struct dossier read;
	struct dossier *dossier = &s->dossier;
	dossier_clear(dossier);
	dossier->number = 1;
	strcpy(dossier->code, "H37.24-20261124-0000001");
	dossier_save(s->store, dossier, &scratch);
	for (size_t more = 0; more < sizeof(dossier->lead); more++) {
		memset(dossier->lead, 'a', more);
		dossier->lead[more] = '\0';
		dossier_save(s->store, dossier, &scratch);
		assert_int_equal(scratch.len % 143, 0);
		assert_int_equal(dossier_load(s->store, 1, &read), LT_OK);
		assert_string_equal(read.lead, dossier->lead);
	}
	dossier_save(s->store, dossier, &scratch);
	scratch.data[1] = 143; /* more room than there can be */
	assert_int_equal(dossier_read(lt_buf_bytes(&scratch), 1, &read), LT_ECORRUPT);
	scratch.data[1] = 142; /* it would end within the dossier */
	assert_int_equal(dossier_read(lt_bytes(scratch.data, 143), 1, &read), LT_ECORRUPT);
	lt_buf_fini(&scratch);
	simstate_free(s);
}

static struct legal_clock clock_from(int64_t started)
{
	int64_t due = started + 30 * INT64_C(86400000000);
	return (struct legal_clock){ .limit = { LT_LIMIT_WORKING_DAYS, 80 },
				     .started = started,
				     .due_first = due,
				     .due_lawful = due,
				     .appointment = due,
				     .allotted = 9600,
				     .facts = 60,
				     .generation = 2,
				     .next_kind = LT_CLOCK_LEG_DUE_SOON,
				     .next_due = due - INT64_C(86400000000),
				     .armed = 1000000 };
}

/* Held at the second leg, offered for the third: what a dossier is on its way. */
static void on_its_way(struct dossier *dossier, int64_t now)
{
	struct legal_clock ended = clock_from(now);
	dossier_clear(dossier);
	dossier->number = 1;
	strcpy(dossier->code, "H37.24-20261124-0000001");
	strcpy(dossier->procedure, "1.010828");
	strcpy(dossier->origin, "H37.24");
	strcpy(dossier->lead, "H37.24");
	dossier->opened_at = dossier->intake.received = now;
	dossier->last_sequence = 4000000;
	dossier->clock = clock_from(now);
	ended.ended = true;
	ended.ended_at = now + 3000000;
	dossier->branch_count = dossier->past_count = 1;
	dossier_clock_keep(&ended, &dossier->past[0].clock);
	dossier->past[0].leg = 1;
	struct branch *branch = &dossier->branches[0];
	*branch = (struct branch){ .number = 1,
				   .version = 4,
				   .custody = LT_CUSTODY_OFFERED,
				   .holder = "H37.24",
				   .came_from = "H37.11",
				   .leg = 2,
				   .since = now + 3000000,
				   .begun = now + 3000000,
				   .begun_by = 4000000,
				   .handoff = { 3, LT_CLOCK_HANDOFF_REMIND, now + INT64_C(86400000000), 4000001 },
				   .came_leg = 1,
				   .accepted_id = { 1 },
				   .silence = { 3, LT_CLOCK_LEG_SILENT, now + 4 * INT64_C(86400000000), 4000000 },
				   .acted_at = now + 3000000,
				   .offered_to = "H37.11",
				   .offer_id = { 2 },
				   .offer_sequence = 4000001,
				   .offer_leg = 3,
				   .offer_kind = LT_KIND_FORWARD,
				   .offer_due = now + INT64_C(86400000000),
				   .arrived = now + 4000000 };
	branch->clock = clock_from(now + 3000000);
	dossier_add_party(dossier, "H37.24");
	dossier_add_party(dossier, "H37.11");
}

/* Twelve stand on a page of LMDB, from OPEN on. */
static void a_dossier_on_its_way_is_short(void **state)
{
	(void)state;
	struct simstate *s = simstate_new();
	struct lt_buf scratch = { 0 }, again = { 0 };
	static struct dossier in, out;
	on_its_way(&in, INT64_C(1795000000000000));
	dossier_save(s->store, &in, &scratch);
	assert_int_equal(scratch.len, 286);
	assert_int_equal(dossier_load(s->store, 1, &out), LT_OK);
	dossier_save(s->store, &out, &again);
	assert_int_equal(again.len, scratch.len);
	assert_memory_equal(again.data, scratch.data, scratch.len);
	assert_true(out.branches[0].clock.due_lawful == in.branches[0].clock.due_lawful);
	assert_true(out.branches[0].offer_due == in.branches[0].offer_due);
	lt_buf_fini(&scratch);
	lt_buf_fini(&again);
	simstate_free(s);
}

/* What is due at one time stands by since when it is owed, whatever the dossiers: as acts have brought it. */
static void rows_of_one_time_stand_as_they_came(void **state)
{
	enum { COUNT = 5 };
	const int64_t now = INT64_C(1795000000000000), due = now + INT64_C(86400000000);
	struct simstate *s = simstate_new();
	struct lt_buf scratch = { 0 };
	static struct dossier dossier;
	struct lists_range range = { .range = LISTS_DUE + LT_OWED_ACCEPT };
	struct lists_place place = { 0 };
	(void)state;
	for (uint64_t number = 1; number <= COUNT; number++) {
		on_its_way(&dossier, now);
		dossier.number = number;
		dossier.branches[0].offer_due = due;
		dossier.branches[0].since = now + (int64_t)(COUNT - number) * 1000000;
		dossier_save(s->store, &dossier, &scratch);
	}
	store_mark(s->store, 1);
	store_committed(s->store, 1);
	assert_int_equal(store_flush_now(s->store), LT_OK);
	for (uint64_t number = COUNT; number >= 1; number--, lists_step(&range, &place)) {
		assert_int_equal(lists_next(s->store, &range, &place), LT_OK);
		assert_int_equal(place.number, number);
		assert_int_equal(place.branch, 1);
		assert_true(place.time == (uint64_t)due && place.since == lists_since(now) + COUNT - number);
	}
	assert_int_equal(lists_next(s->store, &range, &place), LT_ENOENT);
	lt_buf_fini(&scratch);
	simstate_free(s);
}

TEST_MAIN(cmocka_unit_test(definitions_stand_by_type_name_and_number),
	  cmocka_unit_test(an_agencys_numbers_stand_together), cmocka_unit_test(answers_stand_by_the_time_of_their_id),
	  cmocka_unit_test(whole_answers_go_first), cmocka_unit_test(part_bytes_after_the_time_was_set_back),
	  cmocka_unit_test(part_bytes_go_by_the_time_of_their_last_fetch),
	  cmocka_unit_test(part_bytes_go_from_among_others), cmocka_unit_test(notices_wait_in_the_order_they_were_made),
	  cmocka_unit_test(a_dossier_is_found_by_number_and_by_code), cmocka_unit_test(a_dossier_keeps_its_length),
	  cmocka_unit_test(a_dossier_on_its_way_is_short), cmocka_unit_test(rows_of_one_time_stand_as_they_came))
