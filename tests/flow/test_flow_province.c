/* The district level of a whole province is dissolved into communes and departments on one day, with 50,000 dossiers in flight:
 * held, offered and waiting, offered and fetched, on their way to a department. Nothing is lost, every dossier has exactly one
 * agency that acts, and others' hand-offs go on while mail passes over. The number is smaller under sanitizers, or as the first
 * argument says. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "state/mailbox.h"
#include "sim.h"
#include "simcentre.h"
#include "simreform.h"
#include "state/succession.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum { DISTRICTS = 12, COMMUNES = 10, DEPARTMENTS = 3, AGENCIES = DISTRICTS * (1 + COMMUNES) + DEPARTMENTS };
enum { HELD, WAITING, FETCHED, FLYING, STATES };
#define CUT (SIM_START + 3600 * SIM_SECOND)
#define PROVINCE "H40"

static uint32_t dossiers = SANITIZED ? 2000 : 50000;

struct dossier_made {
	uint8_t offer[16];
};
struct province {
	struct sim *sim;
	struct simreform *reform;
	struct simcentre *centre; /* one data centre for all of them */
	struct dossier_made *made;
	double longest; /* seconds of one round with the broker's own work and others' envelopes */
};

static const char *district(uint32_t i)
{
	static char text[4][LT_AGENCY_MAX];
	static unsigned next;
	char *out = text[next++ % 4];
	snprintf(out, LT_AGENCY_MAX, PROVINCE ".%02u", i % DISTRICTS + 20);
	return out;
}

static const char *commune(uint32_t i, uint32_t k)
{
	static char text[4][LT_AGENCY_MAX];
	static unsigned next;
	char *out = text[next++ % 4];
	snprintf(out, LT_AGENCY_MAX, PROVINCE ".%02u.%02u", i % DISTRICTS + 20, k % COMMUNES + 1);
	return out;
}

static const char *department(uint32_t i)
{
	static const char *const codes[DEPARTMENTS] = { PROVINCE ".11", PROVINCE ".12", PROVINCE ".13" };
	return codes[i % DEPARTMENTS];
}

/* Where dossier i came from: one of ten new communes, or one that no rule names: the department's from now on. */
static uint32_t place(uint32_t i)
{
	return i / DISTRICTS / STATES % (COMMUNES + 1);
}

static const char *expected(uint32_t i)
{
	return place(i) < COMMUNES ? commune(i, place(i)) : department(i);
}

static const char *code_of(uint32_t i)
{
	static char text[LT_DOSSIER_MAX];
	snprintf(text, sizeof(text), "%s-20261118-%07u", district(i), i + 1);
	return text;
}

/* ---- the province ---- */

static void connect(struct province *province)
{
	static char codes[AGENCIES][LT_AGENCY_MAX];
	size_t n = 0;
	for (uint32_t d = 0; d < DEPARTMENTS; d++)
		snprintf(codes[n++], LT_AGENCY_MAX, "%s", department(d));
	for (uint32_t i = 0; i < DISTRICTS; i++) {
		snprintf(codes[n++], LT_AGENCY_MAX, "%s", district(i));
		for (uint32_t k = 0; k < COMMUNES; k++)
			snprintf(codes[n++], LT_AGENCY_MAX, "%s", commune(i, k));
	}
	assert_int_equal(n, AGENCIES);
	simcentre_connect(province->centre, codes, n);
}

/* Leg 1 is the origin's; then every department and every district has a leg, from which each other may follow, and the origin ends it. */
static void define_procedure(struct province *province)
{
	enum { LEGS = 2 + DEPARTMENTS + DISTRICTS };
	static uint32_t next[LEGS][LEGS];
	static char ids[LEGS][8], agencies[LEGS][LT_AGENCY_MAX];
	static const char *makes[] = { "KQ" };
	struct lt_route_leg legs[LEGS];
	struct lt_buf buf = { 0 };
	for (uint32_t i = 0; i < LEGS; i++) {
		size_t count = 0;
		bool ends = i + 1 == LEGS;
		for (uint32_t to = 2; to <= LEGS && !ends; to++) {
			if (to != i + 1)
				next[i][count++] = to;
		}
		snprintf(ids[i], sizeof(ids[i]), "leg-%u", i + 1);
		snprintf(agencies[i], LT_AGENCY_MAX, "%s",
			 i == 0 || ends     ? "origin"
			 : i <= DEPARTMENTS ? department(i - 1)
					    : district(i - 1 - DEPARTMENTS));
		legs[i] = (struct lt_route_leg){ .number = i + 1, .id = ids[i], .name = "n", .name_en = "n" };
		legs[i].agency = agencies[i];
		legs[i].next = next[i];
		legs[i].next_count = count;
		legs[i].choose = ends ? LT_CHOOSE_ALL : LT_CHOOSE_ONE;
		legs[i].makes = makes;
		legs[i].make_count = i > 0 && !ends;
	}
	struct lt_procedure procedure = { .code = "1.000900", .version = 1, .name = "n", .name_en = "n", .lead = "" };
	procedure.leg_count = LEGS;
	procedure.legs = legs;
	assert_int_equal(lt_procedure_encode(&procedure, &buf), LT_OK);
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	request.define = (struct lt_define_command){
		.type = LT_DEFINE_PROCEDURE, .data = lt_buf_bytes(&buf), .operator_name = "tester", .reason = "test"
	};
	assert_int_equal(sim_control(province->sim, &request)->reason, LT_REASON_NONE);
	lt_buf_fini(&buf);
	province->centre->procedure = "1.000900";
}

static void found(struct province *province)
{
	memset(province, 0, sizeof(*province));
	province->sim = sim_new(11);
	province->reform = simreform_new(SIM_START);
	province->made = calloc(dossiers, sizeof(*province->made));
	province->centre = simcentre_new(province->sim);
	simreform_add(province->reform, PROVINCE);
	for (uint32_t i = 0; i < DEPARTMENTS; i++)
		simreform_add(province->reform, department(i));
	for (uint32_t i = 0; i < DISTRICTS; i++) {
		simreform_add(province->reform, district(i));
		for (uint32_t k = 0; k < COMMUNES; k++)
			simreform_add(province->reform, commune(i, k));
	}
	simcentre_directory(province->centre, province->reform);
	define_procedure(province);
	connect(province);
}

static void make_one(struct province *province, uint32_t i, const char *value)
{
	uint8_t *offer = province->made[i].offer;
	struct simcentre_send open = { .kind = LT_KIND_OPEN, .dossier = code_of(i), .value = value };
	bool own = i % STATES == HELD || i % STATES == FLYING;
	open.sender = own ? district(i) : commune(i, i);
	open.to = district(i);
	simcentre_post(province->centre, &open, offer);
	if (i % STATES == FLYING)
		simcentre_post(province->centre,
			       &(struct simcentre_send){ .kind = LT_KIND_FORWARD,
							 .sender = district(i),
							 .to = department(i),
							 .dossier = code_of(i),
							 .version = 1 },
			       offer);
}

static void make_dossiers(struct province *province, int state)
{
	for (uint32_t i = 0; i < dossiers; i++) {
		char value[32];
		if ((int)(i % STATES) != state)
			continue;
		snprintf(value, sizeof(value), "xa-%u", place(i));
		make_one(province, i, value);
	}
	simcentre_run(province->centre);
}

static void dissolve_districts(struct province *province)
{
	for (uint32_t i = 0; i < DISTRICTS; i++) {
		char rules[COMMUNES + 1][64];
		const char *list[COMMUNES + 2] = { 0 };
		for (uint32_t k = 0; k < COMMUNES; k++) {
			snprintf(rules[k], sizeof(rules[k]), "xa-%u=%s", k, commune(i, k));
			list[k] = rules[k];
		}
		snprintf(rules[COMMUNES], sizeof(rules[COMMUNES]), "=%s", department(i));
		list[COMMUNES] = rules[COMMUNES];
		simreform_split(province->reform, district(i), CUT, "xa", list);
	}
	simcentre_directory(province->centre, province->reform);
}

/* ---- the moment ---- */

static double read_clock(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* What the round itself took, on a machine that does other things too. */
static double cpu_seconds(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* Two departments hand a dossier of theirs to and fro all the while. */
static uint64_t others_go_on(struct province *province, uint64_t version)
{
	const char *code = PROVINCE ".11-20261118-9999999";
	uint8_t offer[16];
	bool there = version % 4 == 1;
	uint64_t before = province->centre->admitted;
	const char *from = there ? department(0) : department(1), *to = there ? department(1) : department(0);
	simcentre_post(province->centre,
		       &(struct simcentre_send){ .kind = LT_KIND_FORWARD,
						 .sender = from,
						 .to = to,
						 .dossier = code,
						 .version = version,
						 .leg = there ? "leg-3" : "leg-2" },
		       offer);
	simcentre_post(province->centre,
		       &(struct simcentre_send){ .kind = LT_KIND_ACCEPT,
						 .sender = to,
						 .to = from,
						 .dossier = code,
						 .version = version + 1,
						 .reply = offer },
		       NULL);
	simcentre_round(province->centre);
	assert_int_equal(province->centre->admitted, before + 2); /* within this round, whatever passes over */
	return version + 2;
}

static bool all_passed(struct province *province)
{
	struct mailboxes mailboxes = { 0 };
	bool passed = true;
	mailboxes_load(&mailboxes, province->sim->store);
	for (uint32_t i = 0; i < DISTRICTS; i++) {
		uint32_t index = mailboxes_find(&mailboxes, district(i));
		passed = passed && index != MAILBOX_NONE && mailboxes.items[index].passed;
	}
	mailboxes_fini(&mailboxes);
	return passed;
}

static void pass_the_moment(struct province *province)
{
	struct sim *sim = province->sim;
	uint64_t version = 1;
	unsigned rounds = 0;
	simcentre_post(province->centre,
		       &(struct simcentre_send){ .kind = LT_KIND_OPEN,
						 .sender = department(0),
						 .to = department(0),
						 .dossier = PROVINCE ".11-20261118-9999999",
						 .value = "x" },
		       NULL);
	simcentre_run(province->centre);
	sim->boot += CUT - sim->now;
	sim->now = CUT;
	double started = seconds();
	uint64_t first = engine_sequence(sim->engine);
	do {
		double from = cpu_seconds();
		engine_tick(sim->engine, sim->batch);
		version = others_go_on(province, version);
		double took = cpu_seconds() - from;
		if (took > province->longest)
			province->longest = took;
		sim->now += 20000; /* the pause between two commands is 10 ms */
		sim->boot += 20000;
		assert_true(++rounds < 100000);
	} while (rounds % 16 != 0 || !all_passed(province));
	print_message("%u dossiers: passed over in %.2f s and %u rounds, %llu records; the longest round with others' "
		      "hand-offs %.1f ms of processor time\n",
		      dossiers, seconds() - started, rounds, (unsigned long long)(engine_sequence(sim->engine) - first),
		      province->longest * 1e3);
}

/* ---- what must hold ---- */

static void read_dossier(struct sim *sim, const char *code, struct dossier *out)
{
	assert_int_equal(dossier_find(sim->store, code, out), LT_OK);
}

static bool in_force(const struct rulebook *rulebook, const char *code, int64_t time)
{
	return rulebook_agency(rulebook, code) && !succession_closed(rulebook, code, time);
}

static void check_one_acts(struct province *province, struct dossier *dossier)
{
	struct sim *sim = province->sim;
	const struct rulebook *rulebook = sim->rulebook;
	for (uint32_t i = 0; i < dossiers; i++) {
		read_dossier(sim, code_of(i), dossier);
		const struct branch *branch = &dossier->branches[0];
		assert_int_equal(dossier->branch_count, 1);
		const char *acting = succession_of(rulebook, branch->holder, dossier, sim->now);
		assert_true(in_force(rulebook, acting, sim->now));
		const char *answers = succession_of(rulebook, branch->offered_to, dossier, sim->now);
		switch (i % STATES) {
		case HELD:
			assert_string_equal(acting, expected(i));
			assert_int_equal(branch->custody, LT_CUSTODY_HELD);
			break;
		case FLYING:
			assert_string_equal(acting, expected(i));
			assert_string_equal(answers, department(i));
			break;
		default:
			assert_string_equal(acting, commune(i, i));
			assert_string_equal(answers, expected(i));
			break;
		}
	}
}

/* Every entry that waited or must be answered stands once in the mailbox of who acts, none in another's. */
static void check_mailboxes(struct province *province, struct dossier *dossier)
{
	struct sim *sim = province->sim;
	struct mailboxes mailboxes = { 0 };
	uint8_t *seen = calloc(dossiers + 2, 1);
	const struct rulebook *rulebook = sim->rulebook;
	mailboxes_load(&mailboxes, sim->store);
	for (uint32_t m = 0; m < mailboxes.count; m++) {
		const struct mailbox *mailbox = &mailboxes.items[m];
		if (!in_force(rulebook, mailbox->code, sim->now))
			continue;
		for (uint64_t n = 1; n <= mailbox->head; n++) {
			struct mailbox_entry entry;
			assert_int_equal(mailbox_entry(mailbox, sim->store, n, &entry), LT_OK);
			assert_int_equal(dossier_load(sim->store, entry.dossier, dossier), LT_OK);
			if (entry.sequence != dossier->branches[0].offer_sequence || entry.dossier > dossiers)
				continue;
			const char *answers =
				succession_of(rulebook, dossier->branches[0].offered_to, dossier, sim->now);
			assert_string_equal(answers, mailbox->code);
			seen[entry.dossier]++;
		}
	}
	for (uint32_t i = 0; i < dossiers; i++) {
		read_dossier(sim, code_of(i), dossier);
		if (dossier->branches[0].custody == LT_CUSTODY_OFFERED)
			assert_int_equal(seen[dossier->number], 1);
	}
	mailboxes_fini(&mailboxes);
	free(seen);
}

/* And they do act: each hundredth of them. */
static void act_on(struct province *province)
{
	static const char *const legs[DEPARTMENTS] = { "leg-2", "leg-3", "leg-4" };
	uint64_t before = province->centre->admitted, sent = 0;
	for (uint32_t i = 0; i < dossiers; i += 97) {
		struct simcentre_send what = { .dossier = code_of(i), .version = 2, .reply = province->made[i].offer };
		what.kind = LT_KIND_ACCEPT;
		what.sender = expected(i);
		what.to = commune(i, i);
		if (i % STATES == HELD)
			what = (struct simcentre_send){ .kind = LT_KIND_FORWARD,
							.sender = expected(i),
							.to = department(i + 1),
							.leg = legs[(i + 1) % DEPARTMENTS],
							.dossier = code_of(i),
							.version = 1 };
		if (i % STATES == FLYING) {
			what.sender = department(i);
			what.to = district(i); /* as the offer that it answers */
		}
		simcentre_post(province->centre, &what, NULL);
		sent++;
	}
	simcentre_run(province->centre);
	assert_int_equal(province->centre->admitted - before, sent);
}

static void check_replay(struct province *province)
{
	uint8_t live[32], again[32];
	simcentre_run(province->centre);
	sim_hash(province->sim, live);
	double from = seconds();
	sim_rebuild(province->sim);
	print_message("rebuilt from the journal in %.2f s\n", seconds() - from);
	sim_hash(province->sim, again);
	assert_memory_equal(live, again, 32);
}

static void a_province_loses_its_districts_in_one_day(void **state)
{
	struct province province;
	struct dossier *dossier = calloc(1, sizeof(*dossier));
	(void)state;
	found(&province);
	for (uint32_t i = 0; i < DISTRICTS; i++)
		simcentre_credit(province.centre, district(i), 512);
	for (uint32_t i = 0; i < DEPARTMENTS; i++)
		simcentre_credit(province.centre, department(i), 512);
	make_dossiers(&province, HELD);
	make_dossiers(&province, FETCHED);
	for (uint32_t i = 0; i < DISTRICTS; i++)
		simcentre_credit(province.centre, district(i), 0); /* their adapters are down from now on */
	make_dossiers(&province, WAITING);
	make_dossiers(&province, FLYING);
	assert_int_equal(province.centre->refused, 0);
	dissolve_districts(&province);
	pass_the_moment(&province);
	assert_true(province.longest < (SANITIZED ? 2.0 : 0.05));
	check_one_acts(&province, dossier);
	check_mailboxes(&province, dossier);
	act_on(&province);
	assert_int_equal(province.centre->refused, 0);
	check_replay(&province);
	simreform_free(province.reform);
	simcentre_free(province.centre);
	sim_free(province.sim);
	free(province.made);
	free(dossier);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_province_loses_its_districts_in_one_day),
	};
	if (argc > 1)
		dossiers = (uint32_t)strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
