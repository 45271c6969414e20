/* dossier.c: one dossier: who has it and had it, who acts for them, where it stands on its route, how its clocks stand, and every
 * hop. The hops are walked back record by record: each names the one before. */
#include "query_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/file_procedure.h"
#include "program/log.h"
#include "rules/deadline.h"
#include "rules/opinions.h"
#include "rules/route_at.h"
#include "rules/stay_record.h"
#include "state/foreign.h"
#include "state/frozen.h"
#include "state/notices.h"
#include "state/owed/owed.h"
#include "state/succession.h"

#define REFUSED_HOPS 64u /* refused acts in one view: what was tried lately */

/* ---- hops ---- */

enum { LOOK_BACK = 1000 }; /* records that are searched for the hop before one that cannot be read: some milliseconds */

/* A hop is an envelope, or a clock event or an operator's act that made a notice. */
static bool header_of(const struct lt_command *command, const struct lt_outcome *outcome, struct lt_bytes *out)
{
	if (command->type == LT_COMMAND_SUBMIT)
		*out = command->u.submit.header;
	else if ((command->type == LT_COMMAND_CLOCK || command->type == LT_COMMAND_ADMIN) && outcome->notice_count > 0)
		*out = outcome->notices[0];
	else
		return false;
	return true;
}

/* The certificate of the broker's batch signature over a notice, which another record has. Empty: it is not signed yet, or that was
 * seconds ago. */
static struct lt_bytes notice_signer(struct query *query, uint64_t sequence, uint64_t *signed_by)
{
	struct notice_place place;
	struct journal_entry entry;
	struct lt_record record;
	struct lt_command command;
	struct lt_refusal refusal = { 0 };
	if (notices_get_signed(query->state->store, sequence, 0, &place) ||
	    query_entry(query, place.sequence, &entry) ||
	    lt_record_decode(query_keep(query, entry.record), &record, &refusal) ||
	    lt_record_command(&record, query->arena, &command, &refusal) || command.type != LT_COMMAND_NOTICES)
		return lt_bytes(NULL, 0);
	*signed_by = place.sequence;
	return command.u.notices.certificate_sha256;
}

/* False: it is no hop. */
static bool fill_hop(struct query *query, const struct journal_entry *entry, struct lt_hop *out, uint64_t *previous)
{
	struct lt_record record;
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_bytes bytes;
	struct lt_refusal refusal = { 0 };
	struct lt_header *header = query_alloc(query, sizeof(*header));
	if (lt_record_decode(query_keep(query, entry->record), &record, &refusal) ||
	    lt_record_command(&record, query->arena, &command, &refusal) ||
	    lt_outcome_decode(record.outcome, query->arena, &outcome, &refusal) ||
	    !header_of(&command, &outcome, &bytes) || lt_header_parse(bytes, query->arena, header, &refusal))
		return false;
	*previous = record.previous;
	*out = (struct lt_hop){
		.sequence = entry->sequence,
		.time = lt_outcome_time(&outcome, record.time),
		.kind = header->kind,
		.sender = header->sender,
		.to_count = header->to_count,
		.to = header->to,
		.id = lt_bytes(header->id, sizeof(header->id)),
		.reason = header->reason,
		.leaf_hash = query_keep(query, lt_bytes(entry->leaf_hash, sizeof(entry->leaf_hash))),
		.certificate_sha256 = command.type == LT_COMMAND_SUBMIT ? command.u.submit.verdict.certificate_sha256
									: lt_bytes(NULL, 0),
		.outcome = (uint32_t)outcome.reason,
		.sentence = outcome.sentence,
		.branch = outcome.branch,
		.branch_version = outcome.branch_version,
		.status = outcome.status,
		.sent_at = header->sent_at,
		.trust_stale = command.type == LT_COMMAND_SUBMIT && command.u.submit.verdict.stale,
		.actor = header->actor,
		.channel = header->channel,
		.ground = header->ground,
		.late_reason = header->late_reason,
		.foreign_count = header->foreign_count,
		.foreign_codes = header->foreign_codes,
		.result_count = header->result_count,
		.results = header->results,
	};
	if (command.type != LT_COMMAND_SUBMIT)
		out->certificate_sha256 = notice_signer(query, entry->sequence, &out->signed_by);
	return true;
}

/* A hop whose envelope an operator has erased: what the head and the outcome say. False: it is none. */
static bool erased_hop(struct query *query, const struct journal_entry *entry, struct lt_hop *out, uint64_t *previous)
{
	struct lt_record record;
	struct lt_outcome outcome;
	struct lt_refusal refusal;
	if (lt_record_decode(entry->record, &record, &refusal) || !record.submit || !record.erased_by ||
	    lt_outcome_decode(record.outcome, query->arena, &outcome, &refusal))
		return false;
	*previous = record.previous;
	*out = (struct lt_hop){
		.sequence = entry->sequence,
		.time = lt_outcome_time(&outcome, record.time),
		.sender = "",
		.reason = "",
		.ground = "",
		.leaf_hash = query_keep(query, lt_bytes(entry->leaf_hash, sizeof(entry->leaf_hash))),
		.outcome = (uint32_t)outcome.reason,
		.sentence = query_keep(query, outcome.sentence),
		.branch = outcome.branch,
		.branch_version = outcome.branch_version,
		.status = outcome.status,
		.erased_by = record.erased_by,
	};
	return true;
}

/* The dossier that a record is about, in its chain of what took effect or of what was refused; 0: of none, or it cannot be read. */
static uint64_t dossier_of(struct query *query, uint64_t sequence, bool refused)
{
	struct journal_entry entry;
	struct lt_record record;
	struct lt_outcome outcome;
	struct lt_refusal refusal;
	if (query_entry(query, sequence, &entry) || lt_record_decode(entry.record, &record, &refusal) ||
	    lt_outcome_decode(record.outcome, query->arena, &outcome, &refusal))
		return 0;
	return (outcome.reason != LT_REASON_NONE) == refused ? outcome.dossier : 0;
}

/* A hop that the disk does not give any more: shown as that. It named the one before, which is looked for a little. */
static uint64_t unreadable_hop(struct query *query, uint64_t sequence, bool refused, struct lt_hop *out)
{
	*out = (struct lt_hop){
		.sequence = sequence, .sender = "", .reason = "", .ground = "", .outcome = LT_RECORD_UNREADABLE
	};
	for (uint64_t back = 1; back <= LOOK_BACK && back < sequence; back++) {
		if (dossier_of(query, sequence - back, refused) == query->dossier.number)
			return sequence - back;
	}
	return 0;
}

/* Records that took no effect, because one of this dossier was skipped, stand in its chain as what they are. */
static void mark_poisoned(struct query *query, struct lt_dossier_view *view)
{
	struct store *store = query->state->store;
	if (!frozen_any_marked(store, query->dossier.number))
		return;
	for (size_t i = 0; i < view->hop_count; i++) {
		if (frozen_marked(store, query->dossier.number, view->hops[i].sequence))
			view->hops[i].outcome = LT_POISONED;
	}
}

static struct lt_hop archived_hop(uint64_t sequence)
{
	return (struct lt_hop){
		.sequence = sequence, .sender = "", .reason = "", .ground = "", .outcome = LT_RECORD_ARCHIVED
	};
}

/* Walks a chain back from `sequence`, newest first. Returns how many were found. */
static size_t walk_hops(struct query *query, uint64_t sequence, bool refused, size_t most, struct lt_hop *out)
{
	size_t count = 0;
	while (count < most && sequence != 0) {
		struct journal_entry entry;
		enum lt_err err = query_entry(query, sequence, &entry);
		if (err ==
		    LT_ENOENT) { /* in a file of the archive that is not here: what was before it nobody can tell */
			out[count++] = archived_hop(sequence);
			break;
		}
		if (err || (!erased_hop(query, &entry, &out[count], &sequence) &&
			    !fill_hop(query, &entry, &out[count], &sequence)))
			sequence = unreadable_hop(query, sequence, refused, &out[count]);
		count++;
	}
	return count;
}

/* What took effect comes first; of what was refused the newest, as far as there is room. Shown together, oldest first. */
static void fill_hops(struct query *query, struct lt_dossier_view *view)
{
	const struct dossier *dossier = &query->dossier;
	struct lt_hop *done = query_alloc(query, LT_HOPS_MAX * sizeof(*done));
	struct lt_hop *refused = query_alloc(query, REFUSED_HOPS * sizeof(*refused));
	size_t count = walk_hops(query, dossier->last_sequence, false, LT_HOPS_MAX, done);
	size_t room = LT_HOPS_MAX - count < REFUSED_HOPS ? LT_HOPS_MAX - count : REFUSED_HOPS;
	size_t more = walk_hops(query, dossier->refused_sequence, true, room, refused);
	view->hops = query_alloc(query, (count + more + 1) * sizeof(*view->hops));
	view->hop_count = count + more;
	for (size_t i = 0; i < view->hop_count; i++) {
		bool older = more == 0 || (count > 0 && done[count - 1].sequence < refused[more - 1].sequence);
		view->hops[i] = older ? done[--count] : refused[--more];
	}
	mark_poisoned(query, view);
}

/* ---- who acts, where it stands, how its clocks stand ---- */

static const char *acting(const struct query *query, const char *agency)
{
	const char *now = succession_of(query->state->rulebook, agency, &query->dossier, query->now);
	return agency[0] == '\0' || strcmp(now, agency) == 0 ? "" : now;
}

static void fill_acting(const struct query *query, struct lt_dossier_view *view)
{
	for (size_t i = 0; i < view->branch_count; i++) {
		struct lt_branch_view *leg = &view->branches[i];
		leg->acting = acting(query, leg->holder);
		leg->acting_offered = acting(query, leg->offered_to ? leg->offered_to : "");
	}
}

/* The version that the dossier keeps, read for this question alone: the state's cache is the engine's. NULL: it cannot be read. */
static const struct lt_procedure *read_procedure(struct query *query)
{
	const struct dossier *dossier = &query->dossier;
	struct lt_procedure *procedure = query_alloc(query, sizeof(*procedure));
	struct lt_refusal refusal = { 0 };
	if (query->procedure.len > 0 && !lt_procedure_decode(query->procedure, query->arena, procedure, &refusal))
		return procedure;
	lt_log(LT_LOG_ERROR, "a dossier's procedure cannot be read", "dossier", dossier->code, "procedure",
	       dossier->procedure, "detail", refusal.detail, NULL);
	return NULL;
}

static struct lt_clock_view *clock_view(struct query *query, struct act *act, const struct legal_clock *clock,
					const char *agency, int64_t until)
{
	if (clock->started == 0)
		return NULL;
	struct lt_clock_view *out = query_alloc(query, sizeof(*out));
	deadline_view(act, clock, agency, until, out);
	return out;
}

static void fill_ask(struct query *query, struct act *act, const struct branch *branch, struct lt_branch_view *out)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	char *limit = query_alloc(query, PROCEDURE_LIMIT_TEXT);
	out->ask_count = opinions_list_unasked(act, branch, &out->ask);
	if (leg) {
		struct lt_limit consult = route_at_consult_limit(act, leg);
		procedure_limit_text(&consult, limit);
	}
	out->consult_limit = limit;
}

static void fill_transferred(struct query *query, struct act *act, struct lt_dossier_view *view)
{
	const struct dossier *dossier = &query->dossier;
	view->transferred = query_alloc(query, (dossier->past_count + 1) * sizeof(*view->transferred));
	for (uint32_t i = 0; i < dossier->past_count; i++) {
		const struct past_leg *past = &dossier->past[i];
		struct lt_recipient *out = &view->transferred[view->transferred_count];
		if (past->by[0] == '\0')
			continue;
		*out = (struct lt_recipient){ 0 };
		dossier_copy_code(out->agency, past->by);
		snprintf(out->leg, sizeof(out->leg), "%s", route_at_id(act, past->leg));
		view->transferred_count++;
	}
}

/* Rules are asked by an act: this one never is applied, and has a state of its own whose parts are those of the view. */
static void fill_route(struct query *query, struct lt_dossier_view *view)
{
	struct state state = *query->state;
	struct act act = {
		.state = &state,
		.rules = state.rules,
		.arena = query->arena,
		.time = state.time,
		.dossier = &query->dossier,
		.procedure = read_procedure(query),
	};
	if (!act.procedure)
		return; /* all else is shown */
	view->procedure_name = act.procedure->name;
	fill_transferred(query, &act, view);
	view->clock = clock_view(query, &act, &query->dossier.clock, query->dossier.origin, act_legal(&act));
	for (size_t i = 0; i < view->branch_count; i++) {
		const struct branch *branch = &query->dossier.branches[i];
		const struct lt_route_leg *leg = route_at_of(&act, branch);
		view->branches[i].leg_name = leg ? leg->name : "";
		view->branches[i].leg = leg ? leg->id : "";
		view->branches[i].unit = leg && leg->unit ? leg->unit : "";
		view->branches[i].clock = clock_view(query, &act, &branch->clock, branch->holder,
						     stay_record_until(branch, act_legal(&act)));
		if (branch->custody == LT_CUSTODY_HELD)
			view->branches[i].next_count = route_at_list_next(&act, branch, &view->branches[i].next);
		if (branch->custody == LT_CUSTODY_HELD)
			fill_ask(query, &act, branch, &view->branches[i]);
		view->stay_count += stay_record_view(&act, branch, act_legal(&act), &view->stays[view->stay_count]);
		view->stay_count +=
			stay_record_view_wait(&act, branch, act_legal(&act), &view->stays[view->stay_count]);
	}
	for (size_t i = 0; i < view->stay_count; i++) {
		const struct lt_route_leg *leg = state.law->route.find(act.procedure, view->stays[i].leg);
		view->stays[i].unit = leg && leg->unit ? leg->unit : "";
	}
}

/* ---- what has to be done ---- */

void query_fill_owed(struct query *query, struct owed_act *acts, struct lt_dossier_view *view)
{
	size_t count = owed_list(&query->dossier, acts);
	view->owed_count = count < LT_OWED_MAX ? count : LT_OWED_MAX;
	view->owed = query_alloc(query, (view->owed_count + 1) * sizeof(*view->owed));
	for (size_t i = 0; i < view->owed_count; i++)
		view->owed[i] = (struct lt_owed){
			.what = acts[i].what,
			.who = acts[i].who,
			.acting = acting(query, acts[i].who),
			.branch = acts[i].branch,
			.consult = acts[i].consult,
			.since = acts[i].since,
			.until = acts[i].until,
		};
}

/* What is announced is the agency's, and comes and goes without the dossier: no copy has it. */
static void fill_closed(struct query *query, struct lt_dossier_view *view)
{
	for (size_t i = 0; i < view->owed_count; i++)
		query_fill_closed(query, &view->owed[i]);
}

static size_t list_kinds(struct query *query, uint64_t kinds, uint32_t **out)
{
	size_t count = 0;
	*out = query_alloc(query, 64 * sizeof(**out));
	for (uint32_t kind = 0; kind < 64; kind++) {
		if (kinds >> kind & 1u)
			(*out)[count++] = kind;
	}
	return count;
}

static void fill_can(struct query *query, struct lt_dossier_view *view)
{
	struct owed_can *all = query_alloc(query, OWED_CAN_MAX * sizeof(*all));
	size_t count = owed_can_list(&query->dossier, all);
	view->can_count = count < LT_HOPS_MAX ? count : LT_HOPS_MAX;
	view->can = query_alloc(query, (view->can_count + 1) * sizeof(*view->can));
	for (size_t i = 0; i < view->can_count; i++) {
		struct lt_can *can = &view->can[i];
		*can = (struct lt_can){ .who = all[i].who,
					.acting = acting(query, all[i].who),
					.branch = all[i].branch };
		can->kind_count = list_kinds(query, all[i].kinds, &can->kinds);
	}
}

/* Those that have ended; what is open comes behind them. */
static void fill_stays(struct query *query, struct lt_dossier_view *view)
{
	size_t open = 2 * (size_t)query->dossier.branch_count;
	view->stays = query_alloc(query, (query->stay_count + open + 1) * sizeof(*view->stays));
	if (query->stay_count > 0)
		memcpy(view->stays, query->stays, query->stay_count * sizeof(*view->stays));
	view->stay_count = query->stay_count;
	view->stays_total = query->dossier.stay_count;
}

/* Its code is in its own value. */
static void fill_replaced(struct query *query, struct lt_dossier_view *view)
{
	uint64_t number;
	struct store *store = query->state->store;
	if (foreign_replaced_by(store, query->dossier.code, &number))
		return;
	struct dossier *other = calloc(1, sizeof(*other));
	LT_ASSERT(other);
	if (dossier_load_known(store, number, other) == LT_OK)
		view->replaced_by =
			(const char *)query_keep(query, lt_bytes(other->code, strlen(other->code) + 1)).data;
	free(other);
}

struct lt_dossier_view *query_view(struct query *query)
{
	struct lt_dossier_view *view = query_alloc(query, sizeof(*view));
	LT_ASSERT(dossier_view(&query->dossier, query->arena, view) == LT_OK);
	fill_hops(query, view);
	fill_acting(query, view);
	view->stuck_count = query_stuck(query, &query->state->stuck, NULL, query->dossier.number, &view->stuck);
	fill_stays(query, view);
	fill_route(query, view);
	query_fill_owed(query, query_alloc(query, OWED_MAX * sizeof(struct owed_act)), view);
	fill_closed(query, view);
	fill_can(query, view);
	fill_replaced(query, view);
	view->time = query->legal;
	return view;
}
