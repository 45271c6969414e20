/* engine_reorganise.c: the moment of a reorganisation: mail goes over in bounded commands, and the closed agency's session
 * ends. And what can be seen of it before and after. */
#include "engine_internal.h"

#include <string.h>

#include "program/log.h"
#include "state/succession.h"

bool engine_reorganise(struct engine *engine, struct batch *batch)
{
	struct state *state = &engine->state;
	if (engine_now(engine) < state->reorganise_at)
		return false;
	char code[LT_AGENCY_MAX];
	memcpy(code, state->reorganise_agency, sizeof(code));
	struct lt_command command = { .type = LT_COMMAND_CLOCK };
	command.u.clock.kind = LT_CLOCK_REORGANISE;
	command.u.clock.due = state->reorganise_at;
	command.u.clock.subject = code;
	engine_record_own(engine, batch, &command);
	uint32_t index = mailboxes_find(&state->mailboxes, code);
	LT_ASSERT(index != MAILBOX_NONE);
	batch_add(batch, EFFECT_CLOSED)->mailbox = index;
	if (state->mailboxes.items[index].passed)
		lt_log(LT_LOG_NOTICE, "an agency's mail has gone to its successors", "agency", code, NULL);
	return engine_now(engine) >= state->reorganise_at;
}

/* A session that speaks for others too goes on for them. */
void engine_closed_released(struct engine *engine, uint32_t mailbox, struct lt_buf *outputs)
{
	struct courier *courier = &engine->courier;
	struct session_ref ref = courier->mailboxes[mailbox].session;
	const char *code = engine->state.mailboxes.items[mailbox].code;
	struct courier_session *session = courier_session(courier, ref);
	courier_unbind(courier, mailbox);
	for (uint32_t i = 0; session && i < session->agency_count; i++) {
		if (courier_speaks(courier, session->agencies[i], ref))
			return;
	}
	if (!session || session->closed)
		return;
	lt_log(LT_LOG_NOTICE, "session closed: its agency is", "agency", code, "session", lt_log_u64(ref.serial), NULL);
	courier_close_session(courier, ref, LT_SENDER_CLOSED);
	engine_put_bye(engine, ref, LT_SENDER_CLOSED, code, outputs);
}

const char *engine_handled_by(struct engine *engine, const char *agency)
{
	const char *acting = succession_of(engine->state.rulebook, agency, NULL, engine_now(engine));
	return strcmp(acting, agency) == 0 ? "" : acting;
}

static const char *acting(struct engine *engine, const char *agency)
{
	const char *now = succession_of(engine->state.rulebook, agency, &engine->dossier, engine_now(engine));
	return agency[0] == '\0' || strcmp(now, agency) == 0 ? "" : now;
}

void engine_view_acting(struct engine *engine, struct lt_dossier_view *view)
{
	for (size_t i = 0; i < view->leg_count; i++) {
		struct lt_leg_view *leg = &view->legs[i];
		leg->acting = acting(engine, leg->holder);
		leg->acting_offered = acting(engine, leg->offered_to ? leg->offered_to : "");
	}
}

enum { PAGE_DOSSIERS = 2000 }; /* of one preview: about 5 ms of the engine */

/* The count of a value; what is over counts under the empty one, which is the first. */
static struct lt_reorganisation_count *count_of(struct engine *engine, struct lt_control_answer *out, const char *value)
{
	for (size_t i = 0; i < out->reorganisation.count; i++) {
		if (strcmp(out->reorganisation.counts[i].value, value) == 0)
			return &out->reorganisation.counts[i];
	}
	if (out->reorganisation.count == LT_REORGANISATION_VALUES)
		return &out->reorganisation.counts[0];
	struct lt_reorganisation_count *count = &out->reorganisation.counts[out->reorganisation.count++];
	size_t len = strlen(value) + 1;
	char *copy = engine_query_alloc(engine, len);
	memcpy(copy, value, len);
	*count = (struct lt_reorganisation_count){ .value = copy };
	return count;
}

static bool acts(struct engine *engine, const char *code, const char *agency)
{
	return succession_acts_for(engine->state.rulebook, code, agency, &engine->dossier, engine_now(engine));
}

static void count_dossier(struct engine *engine, const struct lt_control_request *request,
			  struct lt_control_answer *out)
{
	const struct dossier *dossier = &engine->dossier;
	const char *value = request->path && request->path[0] ? dossier_field(dossier, request->path) : "";
	for (uint32_t i = 0; i < dossier->visit_count; i++) {
		const struct visit *visit = &dossier->visits[i];
		bool open = visit->custody != LT_CUSTODY_CLOSED;
		bool held = open && acts(engine, request->code, visit->holder);
		bool offered = visit->custody == LT_CUSTODY_OFFERED && acts(engine, request->code, visit->offered_to);
		if (!held && !offered)
			continue;
		struct lt_reorganisation_count *count = count_of(engine, out, value ? value : "");
		count->held += held;
		count->offered += offered;
		count->clocks += held && visit->clock.next_kind != 0;
		count->clocks += offered && visit->handoff.next_kind != 0;
	}
}

void engine_view_reorganisation(struct engine *engine, const struct lt_control_request *request,
				struct lt_control_answer *out)
{
	uint64_t limit = request->limit == 0 || request->limit > PAGE_DOSSIERS ? PAGE_DOSSIERS : request->limit;
	uint64_t last = engine->state.dossiers;
	uint32_t index = mailboxes_find(&engine->state.mailboxes, request->code);
	out->reorganisation.counts =
		engine_query_alloc(engine, LT_REORGANISATION_VALUES * sizeof(*out->reorganisation.counts));
	count_of(engine, out, "");
	if (index != MAILBOX_NONE) {
		const struct mailbox *mailbox = &engine->state.mailboxes.items[index];
		out->reorganisation.waiting = mailbox->head - mailbox->acknowledged;
	}
	if (!rulebook_agency(engine->state.rulebook, request->code)) {
		out->reason = LT_AGENCY_UNKNOWN;
		out->detail = "";
		return;
	}
	if (request->sequence < last && last - request->sequence > limit)
		out->reorganisation.next = last = request->sequence + limit;
	for (uint64_t number = request->sequence + 1; number != 0 && number <= last; number++) {
		if (dossier_load(engine->store, number, &engine->dossier) == LT_OK)
			count_dossier(engine, request, out);
	}
}
