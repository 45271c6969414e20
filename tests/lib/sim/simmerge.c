/* simmerge.c: see simmerge.h. */
#include "test.h"

#include "simmerge.h"

#include "simreform.h"
#include "simroute.h"
#include "trust/trust.h"

void simmerge_end(struct simmerge *merge, struct sim *sim, int agency, int successor)
{
	struct lt_buf directory = { 0 };
	struct lt_refusal refusal;
	struct rulebook *rulebook = sim->rulebook;
	struct simreform *reform = simreform_new(sim->now);
	simreform_take(reform, trust_directory(rulebook));
	assert_true(merge->count < SIMMERGE_MAX);
	merge->ended[merge->count].agency = agency;
	merge->ended[merge->count].successor = successor;
	merge->ended[merge->count++].at = sim->now;
	for (int i = 0; i < merge->count; i++)
		simreform_close(reform, sim_codes[merge->ended[i].agency], merge->ended[i].at,
				sim_codes[merge->ended[i].successor]);
	if (simreform_encode(reform, "lienthong.test", rulebook_directory_version(rulebook) + 1, sim->now, &directory,
			     &refusal))
		fail_msg("directory: %s", refusal.detail);
	simroute_define_one(sim, LT_DEFINE_DIRECTORY, &directory);
	simreform_free(reform);
	sim_advance(sim, 5 * SIM_SECOND);
}
