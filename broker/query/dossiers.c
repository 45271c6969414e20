/* dossiers.c: many dossiers, page by page: who owes what, who is late, what is due, unanswered, silent, of a status, procedure or lead;
 * or those that another system calls by a code.
 *
 * One range of the lists leads (state/owed/lists.h), the narrowest of what is asked for; an agency's has its predecessors' beside it, and
 * what is due has one for each thing that can be owed: they are walked as one, by time. Each row only says where to look: the dossier's
 * own value says whether it is so, and the other things that are asked for are looked at there. */
#include "query_internal.h"

#include <string.h>

#include "base/fields.h"
#include "state/definition_store.h"
#include "state/foreign.h"
#include "state/owed/lists.h"
#include "state/succession.h"

/* Rows that a page looks at: each is a dossier read at random, some 10 us. */
enum { LOOK = 2000 };

struct source {
	struct lists_range range;
	struct lists_place at; /* the next row, unless it is over */
	bool over;
};
struct listing {
	struct query *query;
	const struct lt_dossiers_request *request;
	size_t count, limit;
	struct source *sources;
	uint64_t end; /* rows behind this time are not asked for */
	struct owed_act *acts;
	struct lt_dossiers_view *out;
	/* The procedure that was read last: rows often follow each other in one. */
	const struct lt_procedure *procedure;
};

/* ---- what leads ---- */

static void add_source(struct listing *list, uint8_t range, uint32_t name, uint64_t from)
{
	list->sources[list->count++] = (struct source){ .range = { range, name }, .at = { .time = from } };
}

static bool asked(const char *text)
{
	return text && text[0] != '\0';
}

/* Whether what an agency leaves may come to another. */
static bool leads_to(const struct lt_directory *directory, const struct lt_agency *agency, const char *target,
		     unsigned steps)
{
	for (size_t i = 0; agency && steps > 0 && i < agency->successor_count; i++) {
		const char *next = agency->successors[i];
		if (strcmp(next, target) == 0 ||
		    leads_to(directory, lt_directory_find(directory, next), target, steps - 1))
			return true;
	}
	return false;
}

/* Its own rows, and those of the closed agencies for which it may act. */
static void add_agency(struct listing *list, uint8_t range, const char *agency, uint64_t from)
{
	const struct lt_directory *directory = rulebook_directory(list->query->state->rulebook);
	size_t count = directory ? lt_directory_count(directory) : 0;
	list->sources = query_alloc(list->query, (count + 1) * sizeof(*list->sources));
	add_source(list, range, lists_name(agency), from);
	for (size_t i = 0; i < count; i++) {
		const struct lt_agency *other = lt_directory_at(directory, i);
		if (succession_closed(list->query->state->rulebook, other->code, list->query->now) &&
		    leads_to(directory, other, agency, SUCCESSION_STEPS))
			add_source(list, range, lists_name(other->code), from);
	}
}

static void add_due(struct listing *list, uint64_t from)
{
	for (uint8_t what = 0; what <= LT_OWED_REFUSAL; what++)
		add_source(list, (uint8_t)(LISTS_DUE + what), 0, from);
}

/* What is late is what was due before now, the oldest first; what is due soon begins now. */
static void choose_sources(struct listing *list)
{
	const struct lt_dossiers_request *request = list->request;
	uint64_t now = (uint64_t)list->query->legal, from = request->due_within > 0 && !request->late ? now : 0;
	list->end = UINT64_MAX;
	if (request->due_within > 0)
		list->end = now + (uint64_t)request->due_within;
	else if (request->late)
		list->end = now;
	if (asked(request->owed_by) || asked(request->holder)) {
		add_agency(list, LISTS_PARTY, asked(request->owed_by) ? request->owed_by : request->holder, from);
		return;
	}
	list->sources = query_alloc(list->query, (LISTS_DUE + 1) * sizeof(*list->sources));
	if (request->unanswered) {
		add_source(list, LISTS_DUE + LT_OWED_RECEIVE, 0, from);
		add_source(list, LISTS_DUE + LT_OWED_ACCEPT, 0, from);
	} else if (request->silent) {
		list->end = UINT64_MAX;
		add_source(list, LISTS_SILENT, 0, 0);
	} else if (request->late || request->due_within > 0) {
		add_due(list, from);
	} else if (asked(request->lead)) {
		add_agency(list, LISTS_LEAD, request->lead, 0);
	} else if (asked(request->procedure)) {
		add_source(list, LISTS_PROCEDURE, lists_name(request->procedure), 0);
	} else if (request->status != 0) {
		add_source(list, LISTS_STATUS, request->status, 0);
	} else {
		for (uint32_t status = STATUS_REGISTERED; status < STATUS_COUNT; status++)
			add_source(list, LISTS_STATUS, status, 0);
	}
}

/* ---- walking the sources as one ---- */

static int order(const struct source *a, const struct source *b)
{
	if (a->at.time != b->at.time)
		return a->at.time < b->at.time ? -1 : 1;
	if (a->at.since != b->at.since)
		return a->at.since < b->at.since ? -1 : 1;
	if (a->at.number != b->at.number)
		return a->at.number < b->at.number ? -1 : 1;
	if (a->at.branch != b->at.branch)
		return a->at.branch < b->at.branch ? -1 : 1;
	if (a->range.range != b->range.range)
		return a->range.range < b->range.range ? -1 : 1;
	return (a->range.name > b->range.name) - (a->range.name < b->range.name);
}

/* LT_ECORRUPT: no row can be read any more. */
static enum lt_err find_next(struct listing *list, struct source *source)
{
	enum lt_err err = lists_next(list->query->state->store, &source->range, &source->at);
	source->over = err != LT_OK || source->at.time > list->end;
	return err == LT_ENOENT ? LT_OK : err;
}

static struct source *first(struct listing *list)
{
	struct source *found = NULL;
	for (size_t i = 0; i < list->count; i++) {
		struct source *source = &list->sources[i];
		if (!source->over && (!found || order(source, found) < 0))
			found = source;
	}
	return found;
}

/* A place is told as bytes: time, number, branch, range, name, since. */
static struct lt_bytes place_of(struct query *query, const struct source *source)
{
	uint8_t *bytes = query_alloc(query, LT_DOSSIERS_PLACE);
	fields_key_put(bytes, source->at.time, 8);
	fields_key_put(bytes + 8, source->at.number, 8);
	fields_key_put(bytes + 16, source->at.branch, 4);
	bytes[20] = source->range.range;
	fields_key_put(bytes + 21, source->range.name, 4);
	fields_key_put(bytes + 25, source->at.since, 4);
	return lt_bytes(bytes, LT_DOSSIERS_PLACE);
}

/* Each source goes on behind the place where the page before has ended. */
static void resume(struct listing *list)
{
	struct lt_bytes after = list->request->after;
	if (after.len != LT_DOSSIERS_PLACE)
		return;
	const struct source last = {
		.range = { after.data[20], (uint32_t)fields_key_get(after.data + 21, 4) },
		.at = { .time = fields_key_get(after.data, 8),
			.number = fields_key_get(after.data + 8, 8),
			.branch = (uint32_t)fields_key_get(after.data + 16, 4),
			.since = (uint32_t)fields_key_get(after.data + 25, 4) },
	};
	for (size_t i = 0; i < list->count; i++) {
		struct source *source = &list->sources[i];
		if (last.at.time < source->at.time)
			continue; /* what is due soon begins later by now */
		source->at = last.at;
		if (order(source, &last) <= 0)
			lists_step(&source->range, &source->at);
	}
}

/* ---- what a row is ---- */

static bool acts_for(const struct listing *list, const char *agency, const char *who)
{
	return succession_acts_for(list->query->state->rulebook, agency, who, &list->query->dossier, list->query->now);
}

static struct branch *branch_of(struct listing *list, uint32_t number)
{
	return dossier_branch(&list->query->dossier, number);
}

static bool held_by(const struct listing *list, const char *agency)
{
	const struct dossier *dossier = &list->query->dossier;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED &&
		    acts_for(list, agency, dossier->branches[i].holder))
			return true;
	}
	return false;
}

static bool is_late(const struct listing *list, int64_t until)
{
	return until != 0 && until < list->query->legal;
}

static bool is_soon(const struct listing *list, int64_t until)
{
	return until >= list->query->legal && until - list->query->legal <= list->request->due_within;
}

/* Whether an act of the dossier is asked for, as far as the row that led here does not say it already. */
static bool fits(struct listing *list, const struct owed_act *act)
{
	const struct lt_dossiers_request *request = list->request;
	const struct dossier *dossier = &list->query->dossier;
	if (asked(request->owed_by) && !acts_for(list, request->owed_by, act->who))
		return false;
	if (asked(request->holder) && !held_by(list, request->holder))
		return false;
	if (asked(request->lead) && !acts_for(list, request->lead, dossier->lead))
		return false;
	if (asked(request->procedure) && strcmp(dossier->procedure, request->procedure) != 0)
		return false;
	if (request->status != 0 && dossier->status != (enum status)request->status)
		return false;
	if (request->unanswered && act->what != LT_OWED_ACCEPT && act->what != LT_OWED_RECEIVE)
		return false;
	if (request->late || request->due_within > 0)
		return (request->late && is_late(list, act->until)) ||
		       (request->due_within > 0 && is_soon(list, act->until));
	return true;
}

static void read_procedure(struct listing *list)
{
	struct query *query = list->query;
	const struct dossier *dossier = &query->dossier;
	struct lt_refusal refusal = { 0 };
	struct lt_bytes value;
	if (list->procedure && list->procedure->version == dossier->procedure_version &&
	    strcmp(list->procedure->code, dossier->procedure) == 0)
		return;
	struct store_key key = definition_procedure(dossier->procedure, dossier->procedure_version);
	struct lt_procedure *procedure = query_alloc(query, sizeof(*procedure));
	list->procedure = NULL;
	if (!definition_get(query->state->store, &key, &value) &&
	    !lt_procedure_decode(query_keep(query, value), query->arena, procedure, &refusal))
		list->procedure = procedure;
}

static const char *keep(struct query *query, const char *text)
{
	return (const char *)query_keep(query, lt_bytes(text, strlen(text))).data;
}

static void add_row(struct listing *list, const struct owed_act *act)
{
	struct query *query = list->query;
	const struct dossier *dossier = &query->dossier;
	const struct branch *branch = branch_of(list, act->branch);
	read_procedure(list);
	const struct lt_route_leg *leg =
		branch && list->procedure ? query->state->law->route.leg(list->procedure, dossier_branch_leg(branch))
					  : NULL;
	const char *acting = act->who[0] ? succession_of(query->state->rulebook, act->who, dossier, query->now) : "";
	list->out->rows[list->out->count++] = (struct lt_dossiers_row){
		.code = keep(query, dossier->code),
		.procedure = keep(query, dossier->procedure),
		.procedure_name = list->procedure ? list->procedure->name : "",
		.procedure_version = dossier->procedure_version,
		.status = (uint32_t)dossier->status,
		.origin = keep(query, dossier->origin),
		.lead = keep(query, dossier->lead),
		.holder = branch ? keep(query, branch->holder) : "",
		.channel = dossier->intake.channel,
		.place_of_help = keep(query, dossier->intake.place[0] ? dossier->intake.place : dossier->intake.by),
		.carried_at = dossier->carried.at,
		.owed = { .what = (uint32_t)act->what,
			  .who = keep(query, act->who),
			  .acting = strcmp(acting, act->who) == 0 ? "" : keep(query, acting),
			  .branch = act->branch,
			  .consult = act->consult,
			  .since = act->since,
			  .until = act->until },
		.leg = leg ? leg->id : "",
	};
	query_fill_closed(query, &list->out->rows[list->out->count - 1].owed);
}

static uint64_t time_of(int64_t until)
{
	return until != 0 ? (uint64_t)until : LISTS_NEVER;
}

/* The dossier itself: its own time. */
static struct owed_act whole(const struct dossier *dossier)
{
	const struct legal_clock *clock = &dossier->clock;
	bool runs = dossier_clock_runs(clock) && !dossier_closed(dossier);
	return (struct owed_act){ .who = "", .since = dossier->opened_at, .until = runs ? clock->appointment : 0 };
}

/* What is due first, for lists of dossiers. */
static void add_dossier(struct listing *list, size_t count)
{
	struct owed_act best = whole(&list->query->dossier);
	for (size_t i = 0; i < count; i++) {
		if (best.who[0] == '\0' || time_of(list->acts[i].until) < time_of(best.until))
			best = list->acts[i];
	}
	if (fits(list, &best))
		add_row(list, &best);
}

/* -1, 0, 1: the act's row stands before this place, there, or behind it. */
static int stands(const struct owed_act *act, const struct lists_place *at)
{
	uint64_t until = time_of(act->until);
	uint32_t since = lists_since(act->since);
	if (until != at->time)
		return until < at->time ? -1 : 1;
	return since < at->since ? -1 : since > at->since;
}

/* Who holds without owing has a row at no time, and each thing that it owes has one: shown at the first. */
static bool is_first(struct listing *list, const struct source *source, size_t count)
{
	const struct dossier *dossier = &list->query->dossier;
	for (size_t i = 0; i < count; i++) {
		if (stands(&list->acts[i], &source->at) < 0 && lists_name(list->acts[i].who) == source->range.name)
			return false;
	}
	return dossier->branch_count > 0;
}

static void add_acts(struct listing *list, const struct source *source, size_t count)
{
	bool party = source->range.range == LISTS_PARTY;
	uint32_t what = party ? 0 : (uint32_t)source->range.range - LISTS_DUE;
	for (size_t i = 0; i < count && list->out->count < LT_DOSSIERS_ROWS; i++) {
		const struct owed_act *act = &list->acts[i];
		bool here = party ? lists_name(act->who) == source->range.name
				  : (uint32_t)act->what == what && act->branch == source->at.branch;
		if (here && stands(act, &source->at) == 0 && fits(list, act))
			add_row(list, act);
	}
}

static void add_silent(struct listing *list, const struct source *source, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (list->acts[i].branch == source->at.branch && list->acts[i].what == LT_OWED_WORK &&
		    fits(list, &list->acts[i]))
			add_row(list, &list->acts[i]);
	}
}

static void add_source_row(struct listing *list, const struct source *source)
{
	struct query *query = list->query;
	if (query->dossier.number != source->at.number &&
	    dossier_load_known(query->state->store, source->at.number, &query->dossier))
		return; /* counted */
	size_t count = owed_list(&query->dossier, list->acts);
	struct owed_act own = whole(&query->dossier);
	if (source->range.range == LISTS_PARTY && asked(list->request->holder) && !asked(list->request->owed_by)) {
		if (is_first(list, source, count))
			add_dossier(list, count);
	} else if (source->range.range == LISTS_SILENT) {
		add_silent(list, source, count);
	} else if (source->range.range == LISTS_DUE) {
		if (fits(list, &own))
			add_row(list, &own);
	} else if (source->range.range == LISTS_PARTY || source->range.range > LISTS_DUE) {
		add_acts(list, source, count);
	} else {
		add_dossier(list, count);
	}
}

static enum lt_err walk(struct listing *list)
{
	enum lt_err err = LT_OK;
	struct source *source;
	size_t looked = 0;
	for (size_t i = 0; i < list->count && !err; i++)
		err = find_next(list, &list->sources[i]);
	while (!err && (source = first(list)) != NULL) {
		add_source_row(list, source);
		struct source last = *source;
		lists_step(&source->range, &source->at);
		err = find_next(list, source);
		if (list->out->count >= list->limit || ++looked == LOOK) {
			list->out->next = first(list) ? place_of(list->query, &last) : lt_bytes(NULL, 0);
			return err;
		}
	}
	return err;
}

/* All that were opened with a code of another system, in the order in which they were. A place is the number of the last. */
static enum lt_err walk_foreign(struct listing *list)
{
	struct query *query = list->query;
	const struct lt_dossiers_request *request = list->request;
	struct source last = { 0 };
	if (request->after.len == LT_DOSSIERS_PLACE)
		last.at.number = fields_key_get(request->after.data + 8, 8);
	for (size_t looked = 0; looked < LOOK && list->out->count < list->limit; looked++) {
		enum lt_err err = foreign_next(query->state->store, request->foreign, last.at.number, &last.at.number);
		if (err)
			return err == LT_ENOENT ? LT_OK : err;
		if (dossier_load_known(query->state->store, last.at.number, &query->dossier))
			continue; /* counted */
		if (!asked(request->party) ||
		    succession_is_party(query->state->rulebook, request->party, &query->dossier, query->now))
			add_dossier(list, owed_list(&query->dossier, list->acts));
	}
	list->out->next = place_of(query, &last);
	return LT_OK;
}

enum lt_reason query_dossiers(struct query *query, const struct lt_dossiers_request *request,
			      struct lt_dossiers_view *out, struct lt_refusal *refusal)
{
	struct store *store = query->state->store;
	uint64_t faults = store_faults(store);
	struct listing list = { .query = query, .request = request, .out = out };
	*out = (struct lt_dossiers_view){ .sequence = store_sequence(store), .time = query->legal };
	out->rows = query_alloc(query, LT_DOSSIERS_ROWS * sizeof(*out->rows));
	list.acts = query_alloc(query, OWED_MAX * sizeof(*list.acts));
	list.limit = request->limit != 0 ? request->limit : LT_DOSSIERS_PAGE;
	query->dossier.number = 0;
	enum lt_err err;
	if (asked(request->foreign)) {
		err = walk_foreign(&list);
	} else {
		choose_sources(&list);
		resume(&list);
		err = walk(&list);
	}
	if (err || store_faults(store) != faults)
		return lt_refuse(refusal, LT_STORE_DAMAGED, "%s", "list");
	return LT_REASON_NONE;
}
