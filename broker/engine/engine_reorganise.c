/* engine_reorganise.c: the moment of a reorganisation: mail goes over in bounded commands, and the closed agency's session
 * ends. */
#include "engine_internal.h"

#include <string.h>

#include "program/log.h"

bool engine_reorganise(struct engine *engine, struct batch *batch)
{
	struct state *state = &engine->state;
	if (engine_now(engine) < state->reorganise_at)
		return false;
	char code[LT_AGENCY_MAX];
	memcpy(code, state->reorganise_agency, sizeof(code));
	uint32_t index = mailboxes_find(&state->mailboxes, code);
	if (index != MAILBOX_NONE && !engine_can_reorganise(engine, index)) {
		lt_log_peer(LT_LOG_ERROR, "an agency's mail does not pass on: the store is damaged", code, "", "agency",
			    code, NULL);
		return false;
	}
	struct lt_command command = { .type = LT_COMMAND_CLOCK };
	command.u.clock.kind = LT_CLOCK_REORGANISE;
	command.u.clock.due = state->reorganise_at;
	command.u.clock.subject = code;
	engine_record_own(engine, batch, &command);
	index = mailboxes_find(&state->mailboxes, code);
	LT_ASSERT(index != MAILBOX_NONE);
	batch_add(batch, EFFECT_CLOSED)->mailbox = index;
	if (state->mailboxes.items[index].passed)
		lt_log(LT_LOG_NOTICE, "an agency's mail has gone to its successors", "agency", code, NULL);
	return engine_now(engine) >= state->reorganise_at;
}

/* A session that speaks for others too goes on for them, and is told. */
void engine_closed_released(struct engine *engine, uint32_t mailbox, struct lt_buf *outputs)
{
	struct courier *courier = &engine->courier;
	struct session_ref ref = courier->mailboxes[mailbox].session;
	const char *code = engine->state.mailboxes.items[mailbox].code;
	struct courier_session *session = courier_session(courier, ref);
	courier_unbind(courier, mailbox);
	for (uint32_t i = 0; session && i < session->agency_count; i++) {
		if (courier_speaks(courier, session->agencies[i], ref)) {
			engine_put_partial_bye(engine, ref, LT_SENDER_CLOSED, &code, 1, outputs);
			return;
		}
	}
	if (!session || session->closed)
		return;
	lt_log(LT_LOG_NOTICE, "session closed: its agency is", "agency", code, "session", lt_log_u64(ref.serial), NULL);
	courier_close_session(courier, ref, LT_SENDER_CLOSED);
	engine_put_bye(engine, ref, LT_SENDER_CLOSED, code, outputs);
}
