/* test_flow_foreign.c: the codes of a dossier. It is found by those that other systems have for it: by each, all that have it, and nothing
 * by a code that nobody has; and by every spelling of its own, of which it has one; the same out of the journal alone. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "sim.h"
#include "wire/link.h"
#include "store/store.h"

#define FIRST "H37.02-20261118-0000001"
#define SECOND "H37.02-20261118-0000002"
#define MINISTRYS "G12.18.37-26-00017"
#define PROVINCES "01/TN-2026"

static enum lt_reason open_with(struct sim *sim, const char *dossier, const char *one, const char *other)
{
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = dossier };
	open.foreign[0] = one;
	open.foreign[1] = other;
	return sim_do(sim, &open)->reason;
}

static const struct lt_control_answer *find(struct sim *sim, const char *code, uint64_t after)
{
	return sim_control(sim,
			   &(struct lt_control_request){ .type = LT_CONTROL_FIND, .code = code, .sequence = after });
}

static void finds(struct sim *sim, const char *code, const char *one, const char *other)
{
	const struct lt_control_answer *answer = find(sim, code, 0);
	assert_int_equal(answer->reason, 0);
	assert_int_equal(answer->found.count, (one != NULL) + (other != NULL));
	if (one)
		assert_string_equal(answer->found.dossiers[0].code, one);
	if (other)
		assert_string_equal(answer->found.dossiers[1].code, other);
	assert_int_equal(answer->found.next, 0);
}

static void both_are_found(struct sim *sim)
{
	finds(sim, PROVINCES, FIRST, NULL);
	finds(sim, MINISTRYS, FIRST, SECOND);
	finds(sim, "G12.18.37-26-00018", NULL, NULL);
	finds(sim, "G12.18.37-26-0001", NULL, NULL);
	finds(sim, FIRST, NULL, NULL);
}

static void test_found_by_each(void **state)
{
	(void)state;
	struct sim *sim = sim_new(1);
	uint8_t before[32], after[32];
	sim_connect(sim, DISTRICT);
	assert_int_equal(open_with(sim, FIRST, PROVINCES, MINISTRYS), 0);
	assert_int_equal(open_with(sim, SECOND, MINISTRYS, NULL), 0);
	assert_int_equal(open_with(sim, "H37.02-20261118-0000003", NULL, NULL), 0);
	/* What is refused opens nothing, and is found by nothing. */
	assert_int_not_equal(open_with(sim, FIRST, "G12.18.37-26-00018", NULL), 0);
	both_are_found(sim);
	const struct lt_control_answer *answer = find(sim, PROVINCES, 0);
	assert_int_equal(answer->found.dossiers[0].status, 2);
	assert_string_equal(answer->found.dossiers[0].procedure, SIM_PROCEDURE);
	assert_string_equal(answer->found.dossiers[0].origin, sim_codes[DISTRICT]);
	sim_hash(sim, before);
	sim_rebuild(sim);
	sim_hash(sim, after);
	assert_memory_equal(before, after, sizeof(after));
	both_are_found(sim);
	sim_free(sim);
}

enum { MANY = 2 * LT_FOUND_PAGE + 3 };

static void test_page_by_page(void **state)
{
	(void)state;
	struct sim *sim = sim_new(2);
	char code[LT_DOSSIER_MAX];
	uint64_t next = 0;
	unsigned seen = 0, pages = 0;
	sim_connect(sim, DISTRICT);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(code, sizeof(code), "H37.02-20261118-%07u", i);
		assert_int_equal(open_with(sim, code, PROVINCES, NULL), 0);
	}
	do {
		const struct lt_control_answer *answer = find(sim, PROVINCES, next);
		assert_int_equal(answer->reason, 0);
		for (size_t i = 0; i < answer->found.count; i++) {
			snprintf(code, sizeof(code), "H37.02-20261118-%07u", seen++);
			assert_string_equal(answer->found.dossiers[i].code, code);
		}
		next = answer->found.next;
		pages++;
	} while (next != 0);
	assert_int_equal(seen, MANY);
	assert_int_equal(pages, 3);
	sim_free(sim);
}

/* As an agency's system asks: in pages, of all that have the code, those of which the agency is a party. */
static void lists(struct sim *sim, int party, const char *one, const char *other)
{
	uint8_t place[LT_DOSSIERS_PLACE];
	struct lt_control_request request = {
		.type = LT_CONTROL_DOSSIERS,
		.dossiers = { .foreign = MINISTRYS, .party = sim_codes[party], .limit = 1 },
	};
	const char *seen[2] = { one, other };
	size_t count = 0;
	for (;;) {
		const struct lt_control_answer *answer = sim_control(sim, &request);
		assert_int_equal(answer->reason, 0);
		for (size_t i = 0; i < answer->dossiers.count; i++) {
			assert_true(count < 2 && seen[count]);
			assert_string_equal(answer->dossiers.rows[i].code, seen[count++]);
		}
		if (answer->dossiers.next.len == 0)
			break;
		memcpy(place, answer->dossiers.next.data, sizeof(place));
		request.dossiers.after = lt_bytes(place, sizeof(place));
	}
	assert_int_equal(count, (one != NULL) + (other != NULL));
}

static void test_a_party_finds_its_own(void **state)
{
	(void)state;
	struct sim *sim = sim_new(6);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(open_with(sim, FIRST, PROVINCES, MINISTRYS), 0);
	assert_int_equal(open_with(sim, SECOND, MINISTRYS, NULL), 0);
	lists(sim, DISTRICT, FIRST, SECOND);
	lists(sim, DEPARTMENT, NULL, NULL);
	struct sim_act forward = {
		.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .version = 1, .dossier = SECOND
	};
	assert_int_equal(sim_do(sim, &forward)->reason, 0);
	lists(sim, DEPARTMENT, SECOND, NULL);
	lists(sim, MINISTRY, NULL, NULL);
	sim_free(sim);
}

static void test_what_is_no_question(void **state)
{
	(void)state;
	static const struct lt_dossiers_request none[] = {
		{ .party = "H37.02" },
		{ .foreign = MINISTRYS, .party = "H37.02", .late = true },
		{ .foreign = MINISTRYS, .status = 4 },
		{ .foreign = MINISTRYS, .lead = "H37.02" },
		{ .foreign = "e\xcc\x81", .party = "H37.02" },
	};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(lt_dossiers_request_check(&none[i], NULL, NULL), LT_REQUEST_UNKNOWN);
}

/* A dossier of the code that cannot be read is not silently left out: the filing would be counted twice. */
static void test_damage_is_told(void **state)
{
	(void)state;
	static const uint8_t number[8] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	struct sim *sim = sim_new(3);
	sim_connect(sim, DISTRICT);
	assert_int_equal(open_with(sim, FIRST, MINISTRYS, NULL), 0);
	assert_int_equal(open_with(sim, SECOND, MINISTRYS, PROVINCES), 0);
	store_put(sim->store, STORE_DOSSIER, lt_bytes(number, sizeof(number)), lt_bytes("x", 1));
	assert_int_equal(find(sim, MINISTRYS, 0)->reason, LT_STORE_DAMAGED);
	finds(sim, PROVINCES, SECOND, NULL);
	sim_free(sim);
}

static const struct sim_answer *act(struct sim *sim, enum lt_kind kind, int sender, const char *code,
				    const char *replaces)
{
	struct sim_act what = {
		.kind = kind, .sender = sender, .to = DISTRICT, .dossier = code, .version = kind != LT_KIND_OPEN
	};
	what.replaces = replaces;
	return sim_do(sim, &what);
}

/* A slip of the pen: the dossier is stopped, and another is opened for it, once, by who opened it. Both show it; the first goes on no more, and a foreign
 * code of the same letters is another thing. */
static void test_replaced(void **state)
{
	(void)state;
	struct sim *sim = sim_new(4);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, COMMUNE);
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, SECOND, FIRST)->reason, LT_DOSSIER_UNKNOWN);
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, FIRST, NULL)->reason, 0);
	assert_int_equal(act(sim, LT_KIND_OPEN, COMMUNE, "H37.02.01-20261118-0000001", FIRST)->reason,
			 LT_DOSSIER_UNKNOWN);
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, SECOND, FIRST)->reason, LT_STATUS_EDGE_ILLEGAL);
	assert_null(sim_dossier(sim, SECOND));
	assert_int_equal(act(sim, LT_KIND_STOP, DISTRICT, FIRST, NULL)->reason, 0);
	assert_int_equal(open_with(sim, "H37.02-20261118-0000003", FIRST, NULL), 0);
	assert_string_equal(sim_dossier(sim, FIRST)->replaced_by, "");
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, SECOND, FIRST)->reason, 0);
	assert_string_equal(sim_dossier(sim, FIRST)->replaced_by, SECOND);
	assert_string_equal(sim_dossier(sim, SECOND)->replaces, FIRST);
	assert_string_equal(sim_dossier(sim, SECOND)->replaced_by, "");
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, "H37.02-20261118-0000004", FIRST)->reason, LT_DOSSIER_EXISTS);
	assert_int_equal(act(sim, LT_KIND_RESUME, DISTRICT, FIRST, NULL)->reason, LT_STATUS_EDGE_ILLEGAL);
	assert_int_equal(act(sim, LT_KIND_HANDED_OVER, DISTRICT, FIRST, NULL)->reason, 0);
	sim_rebuild(sim);
	assert_string_equal(sim_dossier(sim, FIRST)->replaced_by, SECOND);
	sim_free(sim);
}

/* ---- spellings of one code: the district's old code and its other one, the day in 6 digits, the number in 4 ---- */

#define LONG "H37.02-20261118-0000007"
#define SHORT "H37.02-261118-0007"
#define OLD "000.00.02.H37-261118-0007"
static const char *const spellings[] = { LONG, SHORT, OLD, "H37.2-20261118-00007", "000.00.02.H37-20261118-0000007" };
enum { SPELLINGS = sizeof(spellings) / sizeof(spellings[0]) };

static enum lt_reason show(struct sim *sim, const char *code, const char **opened)
{
	const struct lt_control_answer *answer =
		sim_control(sim, &(struct lt_control_request){ .type = LT_CONTROL_DOSSIER, .code = code });
	*opened = answer->reason ? "" : answer->dossier->code;
	return answer->reason;
}

static void all_lead_to(struct sim *sim, const char *code)
{
	for (int i = 0; i < SPELLINGS; i++) {
		const char *opened;
		assert_int_equal(show(sim, spellings[i], &opened), 0);
		assert_string_equal(opened, code);
		const struct lt_query_answer *told = sim_query(sim, DISTRICT, spellings[i], 0);
		assert_int_equal(told->reason, 0);
		assert_string_equal(told->dossier->code, code);
		assert_int_equal(sim_query(sim, OTHER, spellings[i], 0)->reason, LT_DOSSIER_UNKNOWN);
	}
}

static bool is_told(const struct sim_answer *answer, const char *code)
{
	return strstr(answer->detail, code) != NULL;
}

/* Whatever it was opened as, no other spelling opens a second one, all find it, and its acts name it as it was opened. */
static void test_spellings_are_one(void **state)
{
	(void)state;
	for (int first = 0; first < SPELLINGS; first++) {
		struct sim *sim = sim_new(5);
		uint8_t before[32], after[32];
		sim_connect(sim, DISTRICT);
		sim_connect(sim, COMMUNE);
		sim_connect(sim, OTHER);
		assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, spellings[first], NULL)->reason, 0);
		for (int i = 0; i < SPELLINGS; i++) {
			const struct sim_answer *answer = act(sim, LT_KIND_OPEN, DISTRICT, spellings[i], NULL);
			assert_int_equal(answer->reason, LT_DOSSIER_EXISTS);
			assert_true(is_told(answer, spellings[first]));
			if (i == first)
				continue;
			/* To who is no party only that it is in use. */
			answer = act(sim, LT_KIND_OPEN, OTHER, spellings[i], NULL);
			assert_int_equal(answer->reason, LT_DOSSIER_EXISTS);
			assert_false(is_told(answer, spellings[first]));
			answer = act(sim, LT_KIND_STOP, OTHER, spellings[i], NULL);
			assert_int_equal(answer->reason, LT_DOSSIER_UNKNOWN);
			assert_false(is_told(answer, spellings[first]));
			answer = act(sim, LT_KIND_STOP, DISTRICT, spellings[i], NULL);
			assert_int_equal(answer->reason, LT_DOSSIER_UNKNOWN);
			assert_true(is_told(answer, spellings[first]));
		}
		assert_int_equal(sim_dossier(sim, spellings[first])->status, 2);
		assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, "H37.02-261118-0008", NULL)->reason, 0);
		all_lead_to(sim, spellings[first]);
		sim_hash(sim, before);
		sim_rebuild(sim);
		sim_hash(sim, after);
		assert_memory_equal(before, after, sizeof(after));
		sim_connect(sim, DISTRICT);
		sim_connect(sim, OTHER);
		all_lead_to(sim, spellings[first]);
		sim_free(sim);
	}
}

/* What was opened in error is named in whatever spelling, once. */
static void test_replaced_in_another_spelling(void **state)
{
	(void)state;
	struct sim *sim = sim_new(6);
	sim_connect(sim, DISTRICT);
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, OLD, NULL)->reason, 0);
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, SHORT, OLD)->reason, LT_DOSSIER_EXISTS);
	assert_int_equal(act(sim, LT_KIND_STOP, DISTRICT, OLD, NULL)->reason, 0);
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, FIRST, SHORT)->reason, 0);
	assert_string_equal(sim_dossier(sim, FIRST)->replaces, OLD);
	assert_string_equal(sim_dossier(sim, OLD)->replaced_by, FIRST);
	assert_int_equal(act(sim, LT_KIND_OPEN, DISTRICT, SECOND, LONG)->reason, LT_DOSSIER_EXISTS);
	assert_int_equal(act(sim, LT_KIND_RESUME, DISTRICT, OLD, NULL)->reason, LT_STATUS_EDGE_ILLEGAL);
	sim_rebuild(sim);
	assert_string_equal(sim_dossier(sim, LONG)->replaced_by, FIRST);
	sim_free(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_by_each),         cmocka_unit_test(test_page_by_page),
		cmocka_unit_test(test_a_party_finds_its_own), cmocka_unit_test(test_what_is_no_question),
		cmocka_unit_test(test_damage_is_told),        cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_spellings_are_one),     cmocka_unit_test(test_replaced_in_another_spelling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
