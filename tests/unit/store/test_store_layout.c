/* test_store_layout.c: every value of the store says how it is laid out, and one that another program wrote is told by name, and
 * is neither there nor not there. */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "simstate.h"
#include "state/digest/tally.h"
#include "state/dedup.h"
#include "state/definition_store.h"
#include "state/foreign.h"
#include "state/frozen.h"
#include "state/owed/lists.h"
#include "state/parts/large.h"
#include "state/parts/part_expiry.h"
#include "state/notices.h"

#define CODE "H37.02-20261119-0000001"

static const uint8_t id[16] = { 1 }, digest[32] = { 2 };

static struct mailbox *mailbox_of(struct simstate *s)
{
	uint32_t index = mailboxes_get(&s->state.mailboxes, "H37.14"); /* may move the items */
	return &s->state.mailboxes.items[index];
}

static void write_all(struct simstate *s)
{
	const char *to[] = { "H37.14" };
	struct store_key directory = definition_directory();
	struct mailbox_entry entry = { .sequence = 5, .dossier = 1 };
	struct timer_entry due = { .due = 77, .dossier = 1, .kind = LT_CLOCK_LEG_OVERDUE };
	state_put_number(&s->state, "time", 9);
	dossier_save(s->store, &s->dossier, &s->state.scratch);
	dossier_register(s->store, CODE, 1);
	dedup_put(s->store, id, "H37.02", &(struct dedup_entry){ .sequence = 5 });
	mailbox_append(mailbox_of(s), s->store, &entry);
	foreign_add(s->store, "G12-1", 1);
	dossier_put_stay(s->store, 1,
			 &(struct lt_stay){ .number = 1, .leg = "", .holder = "H37.14", .to = "", .late = "" },
			 &s->state.scratch);
	frozen_put(s->store, 1, &(struct frozen){ .skipped = 5 });
	definition_put(s->store, &directory, lt_bytes("x", 1));
	part_expiry_wait(s->store, 5, 2, 9);
	timer_put(&s->state.due, &due);
	notices_put(s->store, 5, 0, 1, to, 1);
	notices_put_signed(s->store, 5, 0, (struct notice_place){ 7, 1 });
	large_store(s->store, digest, 1 << 20, digest, 9);
	tally_add(&s->state, "H37.14", true, true, 60);
	tallies_save(&s->state);
	stuck_put(&s->state.stuck, s->store, &(struct stuck){ .agency = "H37.14", .number = 1, .sequence = 5 });
	store_mark(s->store, 5);
	store_committed(s->store, 5);
	assert_int_equal(store_flush_now(s->store), LT_OK); /* which makes the rows of the lists */
}

static void read_stay(struct store *store)
{
	struct lt_arena *arena;
	struct lt_stay stay;
	assert_int_equal(lt_arena_new(4096, &arena), LT_OK);
	dossier_get_stay(store, 1, 1, arena, &stay);
	lt_arena_free(arena);
}

static void read_tallies(struct store *store)
{
	struct state other = { .store = store };
	tallies_load(&other);
	tallies_fini(&other.tallies);
	mailboxes_fini(&other.mailboxes);
}

/* Reads the only value of a table through its owner. */
static void read_table(struct simstate *s, enum store_table table)
{
	uint64_t number;
	struct dedup_entry answer;
	struct mailbox_entry entry;
	struct mailboxes mailboxes = { 0 };
	struct notice_waiting notice;
	struct notice_place place;
	struct lt_bytes value;
	struct store_key directory = definition_directory();
	struct timer_entry due = { .due = 77, .dossier = 1, .kind = LT_CLOCK_LEG_OVERDUE };
	struct stuck_list stuck = { 0 };
	struct frozen frozen;
	struct large large;
	switch (table) {
	case STORE_META:
		state_get_bytes(&s->state, "time");
		return;
	case STORE_DOSSIER:
		dossier_load(s->store, 1, &s->dossier);
		return;
	case STORE_CODE:
		dossier_find(s->store, CODE, &s->dossier);
		return;
	case STORE_DEDUP:
	case STORE_ANSWER:
		dedup_find(s->store, id, "H37.02", &answer);
		return;
	case STORE_MAILBOX:
		mailbox_entry(mailbox_of(s), s->store, 1, &entry);
		return;
	case STORE_AGENCY:
		mailboxes_load(&mailboxes, s->store);
		mailboxes_fini(&mailboxes);
		return;
	case STORE_DEFINITION:
		definition_get(s->store, &directory, &value);
		return;
	case STORE_PARTS:
		part_expiry_fetched(s->store, 5, 9);
		return;
	case STORE_DUE:
		timer_take(&s->state.due, &due);
		return;
	case STORE_NOTICE:
		notices_take(s->store, 5, 0, &notice);
		return;
	case STORE_STUCK:
		stuck_load(&stuck, s->store);
		stuck_fini(&stuck);
		return;
	case STORE_FOREIGN:
		foreign_next(s->store, "G12-1", 0, &number);
		return;
	case STORE_STAY:
		read_stay(s->store);
		return;
	case STORE_SIGNED:
		notices_get_signed(s->store, 5, 0, &place);
		return;
	case STORE_LIST:
		lists_next(s->store, &(struct lists_range){ .range = LISTS_STATUS, .name = s->dossier.status },
			   &(struct lists_place){ 0 });
		return;
	case STORE_FROZEN:
		frozen_get(s->store, 1, &frozen);
		return;
	case STORE_LARGE:
		large_get(s->store, digest, &large);
		return;
	case STORE_TALLY:
		read_tallies(s->store);
		return;
	case STORE_TABLES:
		break;
	}
	fail();
}

/* Raises the first byte of every value of a table. */
static void make_foreign(struct simstate *s, enum store_table table)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	while (store_key_seek(s->store, table, &key, &value) == LT_OK) {
		uint8_t copy[4096];
		assert_true(value.len > 0 && value.len <= sizeof(copy));
		memcpy(copy, value.data, value.len);
		copy[0] = (uint8_t)(copy[0] + 90);
		store_put(s->store, table, store_key_bytes(&key), lt_bytes(copy, value.len));
		store_key_step(&key);
	}
}

/* What was told on standard error while a table was read. */
static void told(struct simstate *s, enum store_table table, const char *words)
{
	int fds[2], before = dup(STDERR_FILENO);
	char text[4000] = "";
	const struct store_fault *faults;
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	read_table(s, table);
	dup2(before, STDERR_FILENO);
	close(before);
	close(fds[1]);
	for (ssize_t n, at = 0; (n = read(fds[0], text + at, sizeof(text) - 1 - (size_t)at)) > 0;)
		at += n;
	close(fds[0]);
	if (!strstr(text, words) || !strstr(text, "lienthong store rebuild"))
		fail_msg("\"%s\" does not say \"%s\"", text, words);
	assert_true(store_faults(s->store) > 0);
	assert_true(store_fault_list(s->store, &faults) > 0);
	assert_int_equal(faults[0].table, table);
}

static void every_table(void **state)
{
	static const char *const words[STORE_TABLES] = {
		[STORE_META] = "table meta: a value has layout 91, this program knows 1",
		[STORE_DOSSIER] = "table dossier: a value has layout 104, this program knows 14",
		[STORE_CODE] = "table code: a value has layout 92",
		[STORE_DEDUP] = "table dedup: a value has layout 95",
		[STORE_MAILBOX] = "table mailbox: a value has layout 94",
		[STORE_AGENCY] = "table agency: a value has layout 94",
		[STORE_DEFINITION] = "table definition: a value has layout 91",
		[STORE_PARTS] = "table parts: a value has layout 91",
		[STORE_DUE] = "table due: a value has layout 92",
		[STORE_NOTICE] = "table notice: a value has layout 91",
		[STORE_ANSWER] = "table answer: a value has layout 91",
		[STORE_STUCK] = "table stuck: a value has layout 91",
		[STORE_FOREIGN] = "table foreign: a value has layout 91",
		[STORE_STAY] = "table stay: a value has layout 91",
		[STORE_SIGNED] = "table signed: a value has layout 91",
		[STORE_LIST] = "table list: a value has layout 92",
		[STORE_FROZEN] = "table frozen: a value has layout 91",
		[STORE_LARGE] = "table large: a value has layout 91",
		[STORE_TALLY] = "table tally: a value has layout 91",
	};
	(void)state;
	for (int table = 0; table < STORE_TABLES; table++) {
		struct simstate *s = simstate_new();
		write_all(s);
		make_foreign(s, (enum store_table)table);
		told(s, (enum store_table)table, words[table]);
		simstate_free(s);
	}
}

TEST_MAIN(cmocka_unit_test(every_table))
