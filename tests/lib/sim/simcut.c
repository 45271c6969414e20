/* simcut.c: one dossier in each state, and the moment. */
#include "test.h"

#include "simcut.h"
#include "trust/trust.h"

#include <stdio.h>
#include <string.h>

const char *const simcut_codes[DOSSIERS] = { "H37.02-20261118-0000001", "H37.02.01-20261118-0000002",
					     "H37.02.01-20261118-0000003", "H37.02-20261118-0000004" };

void simcut_begin(struct simcut *cut, uint64_t seed)
{
	memset(cut, 0, sizeof(*cut));
	cut->sim = sim_new(seed);
	cut->reform = simreform_new(SIM_START);
	simreform_take(cut->reform, trust_directory(cut->sim->rulebook));
}

void simcut_end(struct simcut *cut)
{
	/* The reform's certificates are the directory's. */
	simreform_free(cut->reform);
	sim_free(cut->sim);
}

int simcut_set_up(void **state)
{
	static struct simcut cut;
	static uint64_t seed;
	simcut_begin(&cut, ++seed);
	simcut_make_dossiers(&cut);
	*state = &cut;
	return 0;
}

int simcut_tear_down(void **state)
{
	simcut_check_replay(*state);
	simcut_end(*state);
	return 0;
}

static const struct lt_control_answer *try_directory(struct simcut *cut)
{
	struct lt_buf out = { 0 };
	struct lt_refusal refusal;
	struct sim *sim = cut->sim;
	uint64_t version = rulebook_directory_version(sim->rulebook) + 1;
	if (simreform_encode(cut->reform, "lienthong.test", version, sim->now, &out, &refusal))
		fail_msg("directory: %s", refusal.detail);
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	request.define = (struct lt_define_command){ .type = LT_DEFINE_DIRECTORY,
						     .data = lt_buf_bytes(&out),
						     .operator_name = "registrar",
						     .reason = "reform" };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	lt_buf_fini(&out);
	/* Certificates that the reform borrowed went with the old directory: take those of the new one. */
	const struct lt_directory *directory = trust_directory(sim->rulebook);
	for (size_t i = 0; i < cut->reform->count; i++) {
		const struct lt_agency *now = lt_directory_find(directory, cut->reform->agencies[i].code);
		cut->reform->agencies[i].certs = now->certs;
		cut->reform->agencies[i].curve_keys = now->curve_keys;
	}
	return answer;
}

void simcut_put_directory(struct simcut *cut)
{
	const struct lt_control_answer *answer = try_directory(cut);
	if (answer->reason)
		fail_msg("directory: %s: %s", lt_reason_name(answer->reason), answer->detail);
}

void simcut_admitted(const struct sim_answer *answer)
{
	assert_non_null(answer);
	if (answer->reason)
		fail_msg("%s: %s", lt_reason_name(answer->reason), answer->detail);
}

void simcut_refused(const struct sim_answer *answer, enum lt_reason reason)
{
	assert_non_null(answer);
	if (answer->reason != reason)
		fail_msg("%s instead of %s: %s", lt_reason_name(answer->reason), lt_reason_name(reason),
			 answer->detail);
}

const struct sim_answer *simcut_act(struct simcut *cut, enum lt_kind kind, int sender, int to, uint64_t version,
				    int dossier)
{
	bool answers = kind == LT_KIND_ACCEPT || kind == LT_KIND_REFUSE || kind == LT_KIND_RECALL;
	struct sim_act act = { .kind = kind, .sender = sender, .to = to, .version = version };
	act.dossier = simcut_codes[dossier];
	act.reply = answers ? cut->offer[dossier] : NULL;
	return sim_do(cut->sim, &act);
}

/* The act opens or offers the dossier. */
static void offer(struct simcut *cut, int dossier, struct sim_act what)
{
	what.dossier = simcut_codes[dossier];
	simcut_admitted(sim_do(cut->sim, &what));
	memcpy(cut->offer[dossier], cut->sim->last_id, 16);
}

/* One dossier in each state that the district can have it in. */
void simcut_make_dossiers(struct simcut *cut)
{
	struct sim *sim = cut->sim;
	const int all[] = { COMMUNE, DEPARTMENT, OTHER };
	sim_connect_many(sim, all, 3);
	sim_connect(sim, DISTRICT);
	offer(cut, HELD, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .field = "xa", .value = "a"));
	offer(cut, FETCHED,
	      ACT(.kind = LT_KIND_OPEN, .sender = COMMUNE, .to = DISTRICT, .part_bytes = 100, .field = "xa",
		  .value = "b"));
	offer(cut, FLYING, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .field = "xa", .value = "b"));
	sim_lost(sim, DEPARTMENT); /* with the commune and the other: they come back */
	offer(cut, FLYING,
	      ACT(.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .version = 1, .part_bytes = 50));
	sim_lost(sim, DISTRICT);
	sim_connect_many(sim, all, 3);
	offer(cut, WAITING,
	      ACT(.kind = LT_KIND_OPEN, .sender = COMMUNE, .to = DISTRICT, .part_bytes = 200, .field = "xa",
		  .value = "a"));
}

/* Both clocks: a step of one alone would need an operator. */
void simcut_set_time(struct sim *sim, int64_t now)
{
	sim->boot += now - sim->now;
	sim->now = now;
}

void simcut_pass_cut(struct sim *sim)
{
	if (sim->now < SIMCUT)
		simcut_set_time(sim, SIMCUT);
	for (int i = 0; i < 10; i++)
		sim_advance(sim, 2 * SIM_SECOND);
}

size_t simcut_copies(const struct sim *sim, int agency, const uint8_t id[16])
{
	size_t count = 0;
	for (uint64_t i = 0; i < SIM_INBOX && sim->agencies[agency].inbox[i].sequence != 0; i++)
		count += memcmp(sim->agencies[agency].inbox[i].id, id, 16) == 0;
	return count;
}

void simcut_check_replay(struct simcut *cut)
{
	uint8_t live[32], again[32];
	sim_run(cut->sim);
	sim_hash(cut->sim, live);
	sim_rebuild(cut->sim);
	sim_hash(cut->sim, again);
	assert_memory_equal(live, again, 32);
}
