/* engine_session.c: a session's record, and what is in force after it. */
#include "engine_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "queue/env.h"

void engine_put_link(struct engine *engine, const struct lt_link *link)
{
	lt_buf_clear(&engine->message);
	LT_ASSERT(lt_link_encode(link, &engine->message) == LT_OK);
}

void engine_bye(struct batch *batch, struct session_ref session, const struct lt_refusal *why)
{
	struct effect *effect = batch_add(batch, EFFECT_BYE);
	effect->session = session;
	effect->reason = why->reason;
	batch_set_data(batch, effect, lt_refusal_sentence(why));
}

/* An adapter that comes back with less than it had was restored from a backup: an operator should know. */
static void warn_resume_below(const struct mailbox *mailbox, uint64_t resume)
{
	if (resume < mailbox->acknowledged)
		lt_log_peer(LT_LOG_WARNING, "adapter resumes below what it had received: delivered again",
			    mailbox->code, "", "agency", mailbox->code, "resume", lt_log_u64(resume), "acknowledged",
			    lt_log_u64(mailbox->acknowledged), NULL);
	if (resume > mailbox->head)
		lt_log_peer(LT_LOG_WARNING, "adapter has more than this broker gave: broker restored from a backup?",
			    mailbox->code, "", "agency", mailbox->code, "resume", lt_log_u64(resume), "head",
			    lt_log_u64(mailbox->head), NULL);
}

/* Its acknowledgement cannot be recorded: an entry of the mailbox cannot be read. */
static bool refuse_damaged(struct engine *engine, struct batch *batch, struct session_ref ref,
			   const struct lt_session_command *session)
{
	for (size_t i = 0; i < session->count; i++) {
		const struct lt_ack_item *item = &session->agencies[i];
		uint32_t index = mailboxes_find(&engine->state.mailboxes, item->agency);
		if (index == MAILBOX_NONE || engine_can_acknowledge(engine, index, item->number))
			continue;
		lt_log_peer(LT_LOG_ERROR, "session refused: the agency's mailbox is damaged", item->agency, "",
			    "agency", item->agency, NULL);
		struct lt_refusal why;
		lt_refuse(&why, LT_STORE_DAMAGED, "%s", item->agency);
		engine_bye(batch, ref, &why);
		return true;
	}
	return false;
}

/* What it lacks was received long ago and has gone; to begin above it in silence would be a gap that nobody sees. */
static bool refuse_old(struct batch *batch, struct session_ref ref, const struct mailbox *mailbox, uint64_t resume)
{
	struct lt_refusal why;
	if (resume >= mailbox->gone || mailbox->begin >= mailbox->gone)
		return false;
	lt_refuse(&why, LT_RESUME_TOO_OLD, "%s: resume %llu, the mailbox keeps what stands from %llu on", mailbox->code,
		  (unsigned long long)resume, (unsigned long long)mailbox->gone + 1);
	lt_log_peer(LT_LOG_WARNING, "session refused: what it lacks is no longer kept", mailbox->code, "", "detail",
		    why.detail, "remedy", "lienthong mailbox redeliver CODE --from NUMBER", NULL);
	engine_bye(batch, ref, &why);
	return true;
}

/* A claim of what no backup could have lost: to cut it down in silence would let the client take new mail for repetitions. */
static bool refuse_resume(struct engine *engine, struct batch *batch, struct session_ref ref,
			  const struct lt_session_command *session)
{
	for (size_t i = 0; i < session->count; i++) {
		const struct lt_ack_item *item = &session->agencies[i];
		uint32_t index = mailboxes_find(&engine->state.mailboxes, item->agency);
		uint64_t head = index == MAILBOX_NONE ? 0 : engine->state.mailboxes.items[index].head;
		if (index != MAILBOX_NONE &&
		    refuse_old(batch, ref, &engine->state.mailboxes.items[index], item->number))
			return true;
		if (item->number <= head || item->number - head <= MAILBOX_AHEAD_MAX)
			continue;
		struct lt_refusal why;
		lt_refuse(&why, LT_RESUME_AHEAD, "%s: resume %llu, the mailbox is at %llu, at most %u more are taken",
			  item->agency, (unsigned long long)item->number, (unsigned long long)head, MAILBOX_AHEAD_MAX);
		lt_log_peer(LT_LOG_WARNING, "session refused: its resume point cannot be", session->agencies[i].agency,
			    "", "detail", why.detail, NULL);
		engine_bye(batch, ref, &why);
		return true;
	}
	return false;
}

static void note_peer(struct courier_session *out, const struct lt_session_command *session)
{
	if (session->curve_key.len == sizeof(out->curve_key))
		memcpy(out->curve_key, session->curve_key.data, sizeof(out->curve_key));
	lt_text_clean(session->software ? session->software : "", out->software, sizeof(out->software));
}

void engine_session(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct lt_command command;
	struct lt_refusal refusal;
	uint32_t indices[LT_LINK_AGENCIES_MAX];
	if (lt_command_decode(input->u.command, engine->arena, &command, &refusal) ||
	    command.type != LT_COMMAND_SESSION || command.u.session.count > LT_LINK_AGENCIES_MAX)
		lt_fatal("a SESSION command from the gate does not hold: %s", refusal.detail);
	const struct lt_session_command *session = &command.u.session;
	if (refuse_resume(engine, batch, input->session, session) ||
	    refuse_damaged(engine, batch, input->session, session))
		return;
	for (size_t i = 0; i < session->count; i++) {
		indices[i] = mailboxes_get(&engine->state.mailboxes, session->agencies[i].agency);
		warn_resume_below(&engine->state.mailboxes.items[indices[i]], session->agencies[i].number);
	}
	courier_grow(&engine->courier, engine->state.mailboxes.count, engine->env.boottime(engine->env.ctx));
	struct courier_session *added =
		courier_add_session(&engine->courier, input->session, indices, (uint32_t)session->count);
	note_peer(added, session);
	engine_record(engine, batch, &command, input->u.command, NULL, 0);
	added->since = engine->act.time;
	engine_restored_heard(engine);
	struct effect *effect = batch_add(batch, EFFECT_SESSION);
	effect->session = input->session;
	effect->sequence = engine->act.sequence;
	effect->number = rulebook_directory_version(engine->state.rulebook);
	struct fields_writer writer = { .buf = &batch->data };
	effect->data_at = batch->data.len;
	for (size_t i = 0; i < session->count; i++) {
		const struct mailbox *mailbox = &engine->state.mailboxes.items[indices[i]];
		fields_put_u64(&writer, mailbox->acknowledged);
		fields_put_u64(&writer, mailbox->head);
		fields_put_u64(&writer, mailbox->fetched);
	}
	LT_ASSERT(!writer.failed);
	effect->data_len = batch->data.len - effect->data_at;
}

void engine_put_bye(struct engine *engine, struct session_ref session, enum lt_reason reason, const char *agency,
		    struct lt_buf *outputs)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_refusal why;
	struct lt_link link = { .type = LT_LINK_BYE };
	lt_refuse(&why, reason, "%s", agency);
	link.u.bye = (struct lt_bye){ .reason = reason, .said = lt_link_said(&why, room) };
	engine_put_link(engine, &link);
	struct output out = { .type = OUTPUT_BYE, .session = session, .data = lt_buf_bytes(&engine->message) };
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
}

void engine_end_stalled(struct engine *engine, struct batch *batch, int64_t boot)
{
	struct courier *courier = &engine->courier;
	struct lt_refusal why;
	uint32_t at = 0, index;
	while ((index = courier_unanswered(courier, &at, BROKER_UNANSWERED_SECONDS, boot)) != MAILBOX_NONE) {
		struct courier_mailbox *mailbox = &courier->mailboxes[index];
		struct session_ref ref = mailbox->session;
		const char *code = engine->state.mailboxes.items[index].code;
		if (!mailbox->told)
			lt_log(LT_LOG_WARNING, "deliveries have no RECEIVED: the adapter is stuck", "agency", code,
			       "items", lt_log_u64(mailbox->flight_count), "session", lt_log_u64(ref.serial), NULL);
		mailbox->told = true;
		if (boot - mailbox->waiting_since < (int64_t)BROKER_STALLED_SECONDS * 1000000)
			continue;
		lt_log(LT_LOG_WARNING, "session closed: no RECEIVED for minutes", "agency", code, "session",
		       lt_log_u64(ref.serial), NULL);
		lt_refuse(&why, LT_SESSION_STALLED, "%s", code);
		engine_bye(batch, ref, &why);
		courier_close_session(courier, ref, LT_SESSION_STALLED); /* takes its mailboxes out of the list */
		at = 0;
	}
}

void engine_put_partial_bye(struct engine *engine, struct session_ref session, enum lt_reason reason,
			    const char **agencies, size_t count, struct lt_buf *outputs)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_refusal why;
	struct lt_link link = { .type = LT_LINK_BYE };
	lt_refuse(&why, reason, "%s", agencies[0]);
	link.u.bye = (struct lt_bye){
		.reason = reason, .said = lt_link_said(&why, room), .agency_count = count, .agencies = agencies
	};
	engine_put_link(engine, &link);
	struct output out = { .type = OUTPUT_SEND, .session = session, .data = lt_buf_bytes(&engine->message) };
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
}

static uint32_t count_spoken(const struct courier *courier, const struct courier_session *session,
			     struct session_ref ref)
{
	uint32_t count = 0;
	for (uint32_t i = 0; session && i < session->agency_count; i++)
		count += courier_speaks(courier, session->agencies[i], ref);
	return count;
}

bool engine_taken_away(struct engine *engine, const struct courier_session *session, struct session_ref ref,
		       const char *agency)
{
	uint32_t index = mailboxes_find(&engine->state.mailboxes, agency);
	for (uint32_t i = 0; index != MAILBOX_NONE && i < session->agency_count; i++) {
		if (session->agencies[i] == index)
			return !courier_speaks(&engine->courier, index, ref);
	}
	return false;
}

void engine_session_lost(struct engine *engine, const struct input *input)
{
	if (input->u.lost.agency[0] == '\0') {
		courier_drop_session(&engine->courier, input->session);
		return;
	}
	uint32_t index = mailboxes_find(&engine->state.mailboxes, input->u.lost.agency);
	if (index != MAILBOX_NONE && courier_speaks(&engine->courier, index, input->session))
		courier_unbind(&engine->courier, index);
}

/* Whoever spoke for some of the new session's agencies before is told which, once: it goes on for its others, or ends and does not
 * come back by itself. `from`: the first of them. */
static void supersede(struct engine *engine, const struct courier_session *session, uint32_t from,
		      struct session_ref by, struct lt_buf *outputs)
{
	const char *codes[LT_LINK_AGENCIES_MAX];
	struct courier *courier = &engine->courier;
	struct session_ref old = courier->mailboxes[session->agencies[from]].session;
	size_t count = 0;
	if (old.serial == 0 || old.serial == by.serial)
		return;
	uint32_t spoken = count_spoken(courier, courier_session(courier, old), old);
	for (uint32_t i = from; i < session->agency_count; i++) {
		uint32_t index = session->agencies[i];
		if (!courier_speaks(courier, index, old))
			continue;
		codes[count++] = engine->state.mailboxes.items[index].code;
		courier_unbind(courier, index);
	}
	lt_log_peer(LT_LOG_WARNING, "session superseded by another of the same identity", codes[0], "", "agency",
		    codes[0], "agencies", lt_log_u64(count), "of", lt_log_u64(spoken), "session",
		    lt_log_u64(old.serial), "by", lt_log_u64(by.serial), NULL);
	if (count < spoken) {
		engine_put_partial_bye(engine, old, LT_SESSION_SUPERSEDED, codes, count, outputs);
		return;
	}
	courier_close_session(courier, old, LT_SESSION_SUPERSEDED);
	engine_put_bye(engine, old, LT_SESSION_SUPERSEDED, codes[0], outputs);
}

/* What the journal holds of its exceptions, so that they are not told again. The state may be ahead of what is released: then a
 * number is here that a crash would take back with this session. */
static void fill_excepted(struct engine *engine, struct lt_agency_welcome *agency)
{
	const struct stuck_list *list = &engine->state.stuck;
	size_t first = stuck_at(list, agency->agency, 0), end = stuck_at(list, agency->agency, UINT64_MAX);
	agency->excepted_count = end - first < LT_LINK_EXCEPTED_MAX ? end - first : LT_LINK_EXCEPTED_MAX;
	if (agency->excepted_count == 0)
		return;
	agency->excepted = lt_arena_alloc(engine->pump_arena, agency->excepted_count * sizeof(*agency->excepted));
	LT_ASSERT(agency->excepted);
	for (size_t i = 0; i < agency->excepted_count; i++)
		agency->excepted[i] = (struct lt_exception){
			list->items[first + i].number,
			list->items[first + i].reason,
			lt_bytes(list->items[first + i].sha256, sizeof(list->items[first + i].sha256)),
		};
}

static void put_welcome(struct engine *engine, const struct effect *effect, struct lt_agency_welcome *agencies,
			size_t count, struct lt_buf *outputs)
{
	struct lt_link link = { .type = LT_LINK_WELCOME };
	link.u.welcome = (struct lt_welcome){
		.epoch = effect->sequence,
		.head = journal_head(engine->journal),
		.directory_version = effect->number,
		.max_message = LT_LINK_MESSAGE_MAX,
		.max_envelopes = LT_LINK_BATCH_MAX,
		.credit_envelopes = BROKER_CREDIT_ENVELOPES,
		.credit_bytes = BROKER_CREDIT_BYTES,
		.ping_interval_ms = BROKER_PING_MS,
		.checkpoint = lt_buf_bytes(&engine->checkpoint),
		.count = count,
		.agencies = agencies,
	};
	engine_put_link(engine, &link);
	struct output out = { .type = OUTPUT_WELCOME,
			      .session = effect->session,
			      .data = lt_buf_bytes(&engine->message) };
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
}

void engine_session_released(struct engine *engine, struct batch *batch, const struct effect *effect,
			     struct lt_buf *outputs)
{
	struct lt_agency_welcome agencies[LT_LINK_AGENCIES_MAX];
	struct courier_session *session = courier_session(&engine->courier, effect->session);
	if (!session) /* lost in the meantime */
		return;
	struct fields_reader in = { .rest = lt_bytes(batch->data.data + effect->data_at, effect->data_len) };
	lt_arena_reset(engine->pump_arena);
	for (uint32_t i = 0; i < session->agency_count; i++) {
		uint32_t index = session->agencies[i];
		uint64_t acknowledged = fields_get_u64(&in), head = fields_get_u64(&in);
		uint64_t received = fields_get_u64(&in);
		supersede(engine, session, i, effect->session, outputs);
		courier_bind(&engine->courier, index, effect->session, acknowledged, head);
		agencies[i] = (struct lt_agency_welcome){
			.agency = engine->state.mailboxes.items[index].code,
			.acknowledged = acknowledged,
			.head = head,
			.received = received,
		};
		fill_excepted(engine, &agencies[i]);
	}
	LT_ASSERT(fields_end(&in) == LT_OK);
	session->epoch = effect->sequence;
	put_welcome(engine, effect, agencies, session->agency_count, outputs);
	engine_large_ask(engine, effect->session, outputs);
}
