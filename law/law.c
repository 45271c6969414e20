/* law.c: see law.h. A version stays as it is for ever once a journal was written by it: what changes gets a function of its own and
 * a table that names it. tests/kept/ replays a journal of each. */
#include "law.h"

const struct law law_1 = {
	.version = 1,
	.calendar = { .make = calendar_new },
	.worktime = { .limit_minutes = worktime_limit_minutes,
		      .office_valid = worktime_office_valid,
		      .due = worktime_due,
		      .used = worktime_used,
		      .add = worktime_add,
		      .due_soon = worktime_due_soon },
	.route = { .leg = route_leg,
		   .find = route_find,
		   .unknown = route_unknown,
		   .next = route_next,
		   .joins = route_joins,
		   .reached = route_reached,
		   .by_fields = route_chosen_by_fields,
		   .by_holder = route_chosen_by_holder,
		   .choose = route_choose,
		   .makes = route_makes,
		   .will_make = route_will_make,
		   .makes_elsewhere = route_makes_elsewhere,
		   .needs = route_needs,
		   .takes = route_need_takes,
		   .limit = route_limit,
		   .leg_limit = route_leg_limit,
		   .whole_limit = route_whole_limit,
		   .counts = route_counts,
		   .sets = route_sets,
		   .in_force = route_in_force,
		   .resolve_role = route_resolve_role,
		   .resolve_lead = route_resolve_lead },
	.procedure = { .check_form = procedure_check_form },
	.access = { .code = access_code,
		    .spellings = access_spellings,
		    .open = access_open,
		    .registers = access_registers,
		    .offer = access_offer,
		    .unknown = access_unknown,
		    .answers = access_answers },
	.status = { .set = status_set, .derive = status_derive },
	.limits = { .due_soon_minutes = WORKTIME_DUE_SOON_MINUTES,
		    .apology_minutes = WORKTIME_DAY_MINUTES,
		    .handoff = { LT_LIMIT_WORKING_HOURS, 32 },     /* 8 working hours */
		    .intake = { LT_LIMIT_WORKING_HOURS, 32 },      /* 8 working hours */
		    .supplement = { LT_LIMIT_WORKING_DAYS, 28 } }, /* 7 working days */
};

const struct law *law_of(uint32_t version)
{
	return version == law_1.version ? &law_1 : NULL;
}
