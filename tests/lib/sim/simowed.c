/* simowed.c: see simowed.h. */
#include "test.h"

#include "simowed.h"
#include "simfacts.h"

#include <string.h>

#include "state/owed/owed.h"

static bool is_open(const struct lt_dossier_view *view)
{
	for (size_t i = 0; i < view->branch_count; i++) {
		if (view->branches[i].custody != LT_CUSTODY_CLOSED)
			return true;
	}
	return false;
}

static uint64_t kinds_of(const struct lt_can *can)
{
	uint64_t kinds = 0;
	for (size_t i = 0; i < can->kind_count; i++)
		kinds |= UINT64_C(1) << can->kinds[i];
	return kinds;
}

static bool may_end(const struct lt_dossier_view *view, const struct lt_owed *owed)
{
	for (size_t i = 0; i < view->can_count; i++) {
		const struct lt_can *can = &view->can[i];
		if (strcmp(can->who, owed->who) == 0 && (can->branch == 0 || can->branch == owed->branch) &&
		    (kinds_of(can) & owed_ended_by((enum lt_owed_what)owed->what)) != 0)
			return true;
	}
	return false;
}

void simowed_check(const struct lt_dossier_view *view)
{
	if (is_open(view) != (view->owed_count > 0))
		fail_msg("%s, status %u: %zu acts are owed", view->code, view->status, view->owed_count);
	for (size_t i = 0; i < view->owed_count; i++) {
		const struct lt_owed *owed = &view->owed[i];
		if (owed->who[0] == '\0' || owed->since == 0 || !may_end(view, owed))
			fail_msg("%s, status %u: %s owes %s of branch %u and may send nothing that ends it", view->code,
				 view->status, owed->who, lt_owed_name(owed->what), owed->branch);
	}
}

/* It is said of the agency that stands in the dossier; after a reorganisation whoever acts for it. */
static bool acts_as(const char *who, int agency)
{
	for (int i = 0; i < SIM_AGENCIES; i++) {
		if (strcmp(who, sim_codes[i]) == 0)
			return simfacts_is(i, agency);
	}
	return false;
}

/* What the lead says of the whole dossier may name any branch, also one that is closed. */
static bool about(const struct lt_dossier_view *view, const struct lt_can *can, uint32_t branch)
{
	if (can->branch == 0 || can->branch == branch)
		return true;
	return branch <= view->branch_count && view->branches[branch - 1].custody == LT_CUSTODY_CLOSED;
}

bool simowed_could(const struct lt_dossier_view *view, const struct sim_act *act)
{
	uint64_t kind = UINT64_C(1) << act->kind;
	if (!view || act->kind == LT_KIND_OPEN || act->kind == LT_KIND_REFUSE || act->kind == LT_KIND_FEE_PAID ||
	    act->kind == LT_KIND_WITHDRAW)
		return true;
	for (size_t i = 0; i < view->can_count; i++) {
		const struct lt_can *can = &view->can[i];
		if (acts_as(can->who, act->sender) && about(view, can, act->branch ? act->branch : 1) &&
		    (kinds_of(can) & kind) != 0)
			return true;
	}
	return false;
}
