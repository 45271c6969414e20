/* copy.c: for who keeps a copy of all dossiers: which have changed since a record, and dossiers as a copy has them.
 *
 * What has changed the flush has written down (store_list_changes), so nobody walks the journal for it. A dossier is told with its stays
 * that the copy has not, what is open, what is owed, and how its time stands: what a list or a count needs. Who looks at one dossier asks
 * for that one. */
#include "query_internal.h"

#include <string.h>

#include "rules/deadline.h"
#include "rules/route_at.h"
#include "rules/stay_record.h"
#include "state/definition_store.h"

enum {
	COPY_STAYS = 4096, /* rows of one answer, about: 1 MiB, and 10 ms of the thread that others wait for */
	LOOK = 4096,       /* numbers of one page: of those that are not flushed yet nothing is there */
};

void query_changes(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out)
{
	struct lt_changes_view *view = &out->changes;
	struct store_place place = { .since = request->sequence, .after = request->after };
	view->numbers = query_alloc(query, LT_CHANGES_MAX * sizeof(*view->numbers));
	view->anew = store_list_changes(query->state->store, &place, view->numbers, LT_CHANGES_MAX, &view->count) != 0;
	if (view->anew)
		view->count = 0;
	view->since = place.since;
	view->after = place.after;
	view->sequence = store_sequence(query->state->store);
	view->time = query->legal;
	view->dossiers = query->state->dossiers;
	view->incarnation = query_keep(query, lt_bytes(query->state->incarnation, sizeof(query->state->incarnation)));
}

/* ---- one dossier ---- */

struct copier {
	struct query *query;
	struct state state; /* of the act below, whose parts are those of the view: rules are asked by an act */
	struct act act;
	struct lt_procedure *procedure; /* that was read last: dossiers often follow each other in one */
	struct owed_act *owed;
	struct lt_buf bytes;
	size_t stays; /* so far */
};

static const struct lt_procedure *procedure_of(struct copier *copier)
{
	struct query *query = copier->query;
	const struct dossier *dossier = &query->dossier;
	struct lt_refusal refusal = { 0 };
	struct lt_bytes value;
	struct lt_procedure *known = copier->procedure;
	if (known && known->version == dossier->procedure_version && strcmp(known->code, dossier->procedure) == 0)
		return known;
	struct store_key key = definition_procedure(dossier->procedure, dossier->procedure_version);
	copier->procedure = query_alloc(query, sizeof(*known));
	if (definition_get(query->state->store, &key, &value) ||
	    lt_procedure_decode(query_keep(query, value), query->arena, copier->procedure, &refusal))
		copier->procedure = NULL;
	return copier->procedure;
}

/* Those that have ended, from behind what is known on. */
static void fill_ended(struct copier *copier, uint64_t known, struct lt_dossier_view *view)
{
	struct query *query = copier->query;
	uint64_t total = query->dossier.stay_count, end = known + LT_STAYS_MAX < total ? known + LT_STAYS_MAX : total;
	size_t open = 2 * (size_t)query->dossier.branch_count, ended = known < end ? (size_t)(end - known) : 0;
	view->stays = query_alloc(query, (ended + open + 1) * sizeof(*view->stays));
	view->stays_total = total;
	for (uint64_t number = known + 1; number <= end; number++) {
		struct lt_stay *stay = &view->stays[view->stay_count];
		if (!dossier_get_stay(query->state->store, query->dossier.number, number, query->arena, stay))
			view->stay_count++;
	}
}

static void fill_open(struct copier *copier, struct lt_dossier_view *view)
{
	struct act *act = &copier->act;
	const struct dossier *dossier = act->dossier;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		const struct lt_route_leg *leg = route_at_of(act, branch);
		view->branches[i].leg = leg ? leg->id : "";
		view->branches[i].leg_name = leg ? leg->name : "";
		view->stay_count += stay_record_view(act, branch, act_legal(act), &view->stays[view->stay_count]);
		view->stay_count += stay_record_view_wait(act, branch, act_legal(act), &view->stays[view->stay_count]);
	}
	for (size_t i = 0; i < view->stay_count; i++) {
		const struct lt_route_leg *leg = act->state->law->route.find(act->procedure, view->stays[i].leg);
		view->stays[i].unit = leg && leg->unit ? leg->unit : "";
	}
}

static void fill_clock(struct copier *copier, struct lt_dossier_view *view)
{
	struct act *act = &copier->act;
	if (act->dossier->clock.started == 0)
		return;
	view->clock = query_alloc(copier->query, sizeof(*view->clock));
	deadline_view(act, &act->dossier->clock, act->dossier->origin, act_legal(act), view->clock);
}

static void fill_silent(struct copier *copier, struct lt_copied *out)
{
	const struct dossier *dossier = &copier->query->dossier;
	out->silent = query_alloc(copier->query, (dossier->branch_count + 1) * sizeof(*out->silent));
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		if (branch->custody != LT_CUSTODY_CLOSED && branch->silent_since != 0)
			out->silent[out->silent_count++] =
				(struct lt_copied_silent){ branch->number, branch->silent_since };
	}
}

const char *copier_view(struct copier *copier, uint64_t known, struct lt_dossier_view *view)
{
	LT_ASSERT(dossier_view(&copier->query->dossier, copier->query->arena, view) == LT_OK);
	view->consult_count = 0;
	fill_ended(copier, known, view);
	copier->act.procedure = procedure_of(copier);
	if (!copier->act.procedure)
		return "";
	view->procedure_name = copier->act.procedure->name;
	fill_clock(copier, view);
	fill_open(copier, view);
	return copier->act.procedure->sector;
}

/* query->dossier as bytes, since the next one comes into its place. */
static struct lt_bytes copy_one(struct copier *copier, uint64_t known)
{
	struct query *query = copier->query;
	struct lt_copied out = { .number = query->dossier.number };
	struct lt_dossier_view *view = &out.dossier;
	out.sector = copier_view(copier, known, view);
	query_fill_owed(query, copier->owed, view);
	view->stuck_count = query_stuck(query, &query->stuck, NULL, query->dossier.number, &view->stuck);
	fill_silent(copier, &out);
	copier->stays += view->stay_count;
	lt_buf_clear(&copier->bytes);
	LT_ASSERT(lt_copied_encode(&out, &copier->bytes) == LT_OK);
	return query_keep(query, lt_buf_bytes(&copier->bytes));
}

struct copier *copier_new(struct query *query)
{
	struct copier *copier = query_alloc(query, sizeof(*copier));
	*copier = (struct copier){ .query = query, .state = *query->state };
	copier->act = (struct act){
		.state = &copier->state,
		.rules = copier->state.rules,
		.arena = query->arena,
		.time = copier->state.time,
		.dossier = &query->dossier,
	};
	copier->owed = query_alloc(query, OWED_MAX * sizeof(*copier->owed));
	return copier;
}

static void load_stuck(struct query *query)
{
	stuck_fini(&query->stuck);
	stuck_load(&query->stuck, query->state->store);
}

static bool has_room(const struct copier *copier, const struct lt_copy_view *view)
{
	return view->count < LT_COPY_PAGE && copier->stays < COPY_STAYS;
}

/* Numbers are dense: each up to the newest was given to a dossier. */
static void copy_page(struct copier *copier, uint64_t after, struct lt_copy_view *view)
{
	struct query *query = copier->query;
	uint64_t number = after + 1;
	for (; number <= query->state->dossiers && number - after <= LOOK && has_room(copier, view); number++) {
		if (dossier_load(query->state->store, number, &query->dossier) == LT_OK)
			view->dossiers[view->count++] = copy_one(copier, 0);
	}
	view->next = number <= query->state->dossiers ? number - 1 : 0;
}

static void copy_these(struct copier *copier, const struct lt_control_request *request, struct lt_copy_view *view)
{
	struct query *query = copier->query;
	size_t i = 0;
	for (; i < request->number_count && has_room(copier, view); i++) {
		uint64_t known = request->known_count == request->number_count ? request->known[i] : 0;
		if (dossier_load(query->state->store, request->numbers[i], &query->dossier) == LT_OK)
			view->dossiers[view->count++] = copy_one(copier, known);
	}
	view->next = i < request->number_count ? i : 0;
}

void query_copy(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out)
{
	struct copier *copier = copier_new(query);
	struct lt_copy_view *view = &out->copy;
	load_stuck(query);
	view->dossiers = query_alloc(query, LT_COPY_PAGE * sizeof(*view->dossiers));
	view->sequence = store_sequence(query->state->store);
	view->time = query->legal;
	if (request->number_count > 0)
		copy_these(copier, request, view);
	else
		copy_page(copier, request->after, view);
	lt_buf_fini(&copier->bytes);
}
