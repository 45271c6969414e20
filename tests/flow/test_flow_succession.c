/* test_flow_succession.c: a successor that ends as well, before its predecessor's mail has found rest. */
#include "test.h"

#include <string.h>

#include "simcut.h"

static uint64_t head_of(struct sim *sim, const char *code)
{
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = code };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	return answer->mailboxes.count == 1 ? answer->mailboxes.mailboxes[0].head : 0;
}

/* The successor ends as well. Until its mail has gone over, what comes for its predecessor waits behind it; and who was asked for an
 * opinion has it asked of who follows. */
static void two_in_a_row_pass_through_the_middle(void **state)
{
	struct simcut cut;
	(void)state;
	simcut_begin(&cut, 12);
	struct sim *sim = cut.sim;
	simcut_make_dossiers(&cut);
	simreform_add(cut.reform, "H38.15");
	simreform_close(cut.reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simreform_close(cut.reform, sim_codes[OTHER], SIMCUT + 7200 * SIM_SECOND, "H38.15");
	simcut_put_directory(&cut);
	simcut_pass_cut(sim);
	simcut_admitted(sim_do(sim, &(struct sim_act){ .kind = LT_KIND_ACCEPT,
						       .sender = DEPARTMENT,
						       .to = DISTRICT,
						       .version = 2,
						       .dossier = simcut_codes[FLYING],
						       .reply = cut.offer[FLYING] }));
	/* Another dossier, about which the successor is asked. */
	uint8_t offer[16];
	simcut_admitted(sim_do(sim, &(struct sim_act){ .kind = LT_KIND_FORWARD,
						       .sender = OTHER,
						       .to = DEPARTMENT,
						       .version = 1,
						       .dossier = simcut_codes[HELD] }));
	memcpy(offer, sim->last_id, 16);
	simcut_admitted(sim_do(sim, &(struct sim_act){ .kind = LT_KIND_ACCEPT,
						       .sender = DEPARTMENT,
						       .to = DISTRICT,
						       .version = 2,
						       .dossier = simcut_codes[HELD],
						       .reply = offer }));
	/* The stay at DISTRICT ended with OTHER's offer: a part for each of them, and the clock went on. */
	const struct lt_dossier_view *held = sim_dossier(sim, simcut_codes[HELD]);
	assert_int_equal(held->stays[0].how, LT_STAY_HANDED_ON);
	assert_string_equal(held->stays[0].holder, sim_codes[DISTRICT]);
	assert_int_equal(held->stays[0].part_count, 2);
	assert_string_equal(held->stays[0].parts[0].agency, sim_codes[DISTRICT]);
	assert_string_equal(held->stays[0].parts[1].agency, sim_codes[OTHER]);
	assert_true(held->stays[0].parts[0].ended == SIMCUT && held->stays[0].parts[1].begun == SIMCUT);
	assert_true(held->stays[0].parts[0].begun == held->stays[0].begun &&
		    held->stays[0].parts[1].ended == held->stays[0].ended);
	simcut_admitted(sim_do(sim, &(struct sim_act){ .kind = LT_KIND_CONSULT,
						       .sender = DEPARTMENT,
						       .to = OTHER,
						       .version = 3,
						       .dossier = simcut_codes[HELD] }));
	simcut_set_time(sim, SIMCUT + 7201 * SIM_SECOND); /* and no tick yet */
	uint64_t before = head_of(sim, sim_codes[OTHER]);
	simcut_admitted(sim_do(sim, &(struct sim_act){ .kind = LT_KIND_RETURN,
						       .sender = DEPARTMENT,
						       .to = DISTRICT,
						       .version = 3,
						       .dossier = simcut_codes[FLYING] }));
	assert_int_equal(head_of(sim, sim_codes[OTHER]), before + 1);
	assert_int_equal(head_of(sim, "H38.15"), 0);
	for (int i = 0; i < 20; i++)
		sim_advance(sim, SIM_SECOND);
	assert_true(head_of(sim, "H38.15") >= 2); /* the offer, and the question */
	assert_string_equal(sim_dossier(sim, simcut_codes[FLYING])->branches[0].acting_offered, "H38.15");
	simcut_check_replay(&cut);
	simcut_end(&cut);
}

TEST_MAIN(cmocka_unit_test(two_in_a_row_pass_through_the_middle))
