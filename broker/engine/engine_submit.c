/* engine_submit.c: an envelope with its verdict: what is answered before apply, and the answer after it. What is decided here
 * and recorded becomes part of the command's verdict, so that replay takes it from there. */
#include <string.h>

#include <lienthong/time.h>

#include "state/dedup.h"
#include "engine_internal.h"
#include "program/log.h"
#include "queue/env.h"
#include "state/succession.h"
#include "wire/kind.h"

/* So long after a restore an envelope from the lost time may come before what it builds on: an adapter that was off comes back
 * on the next working day at the latest. */
#define RESTORING_US (4 * ENGINE_DAY_US)

void engine_parse_header(struct engine *engine, const struct lt_command *command, struct lt_header *header)
{
	struct act *act = &engine->act;
	struct lt_refusal refusal;
	act->header = engine->state.rules->read.header(command->u.submit.header, engine->arena, header, &refusal)
			      ? NULL
			      : header;
	act->fresh = false;
	lt_sha256(command->u.submit.header, act->header_sha256);
}

static void fill_from_header(struct effect *effect, const struct lt_header *header)
{
	if (!header)
		return;
	effect->has_id = true;
	memcpy(effect->id, header->id, sizeof(effect->id));
	memcpy(effect->sender, header->sender, sizeof(effect->sender));
}

/* Who pays for refusals and for disk space: the sender's when the session speaks for it, else that of its first agency. */
static uint32_t charged(const struct engine *engine, struct session_ref ref, const struct courier_session *session)
{
	const struct lt_header *header = engine->act.header;
	uint32_t sender = header ? mailboxes_find(&engine->state.mailboxes, header->sender) : MAILBOX_NONE;
	if (sender != MAILBOX_NONE && courier_speaks(&engine->courier, sender, ref))
		return sender;
	return session->agency_count > 0 ? session->agencies[0] : MAILBOX_NONE;
}

/* Whose envelope was refused, as far as the session is known. */
static void count_refused(struct engine *engine, const struct input *input, enum lt_reason reason)
{
	const struct courier_session *session = courier_session(&engine->courier, input->session);
	uint32_t index = session ? charged(engine, input->session, session) : MAILBOX_NONE;
	engine->rejected++;
	if (index != MAILBOX_NONE)
		courier_count_refused(&engine->courier, index, reason);
}

/* An answer without a record. */
static struct effect *answer(struct engine *engine, struct batch *batch, const struct input *input,
			     enum lt_reason reason, struct lt_bytes sentence)
{
	struct effect *effect = batch_answer(engine, batch, input);
	fill_from_header(effect, engine->act.header);
	effect->reason = reason;
	effect->retry = lt_reason_retry(reason);
	if (reason) {
		batch_set_data(batch, effect, sentence);
		count_refused(engine, input, reason);
	}
	return effect;
}

/* The reason says it all, but for one word. */
static void answer_word(struct engine *engine, struct batch *batch, const struct input *input, enum lt_reason reason,
			const char *word)
{
	struct lt_refusal refusal;
	lt_refuse(&refusal, reason, "%s", word);
	answer(engine, batch, input, reason, lt_refusal_sentence(&refusal));
}

static void answer_again(struct engine *engine, struct batch *batch, const struct input *input,
			 const struct dedup_entry *entry)
{
	struct effect *effect =
		answer(engine, batch, input, entry->reason, lt_bytes(entry->sentence, entry->sentence_len));
	effect->sequence = entry->sequence;
	effect->time = entry->time;
	effect->branch = entry->branch;
	effect->branch_version = entry->branch_version;
	effect->receipt = entry->receipt;
}

static void set_verdict(struct lt_command *command, const struct lt_refusal *refusal)
{
	command->u.submit.verdict.reason = refusal->reason;
	command->u.submit.verdict.sentence = lt_refusal_sentence(refusal);
}

/* What only the engine knows; in the order of SPEC.md. True when the verdict was changed. */
static bool check_session(struct engine *engine, const struct input *input, struct lt_command *command,
			  struct lt_refusal *refusal)
{
	const struct lt_header *header = engine->act.header;
	if (!header) {
		if (command->u.submit.verdict.reason)
			return false;
		lt_refuse(refusal, LT_HEADER_MALFORMED, "the header cannot be read");
	} else {
		uint32_t index = mailboxes_find(&engine->state.mailboxes, header->sender);
		const struct courier_session *session = courier_session(&engine->courier, input->session);
		if (index != MAILBOX_NONE && courier_speaks(&engine->courier, index, input->session))
			return false;
		if (session && engine_taken_away(engine, session, input->session, header->sender))
			return false; /* check_retry says so */
		lt_refuse(refusal, LT_SENDER_NOT_SESSION, "%s", header->sender);
	}
	set_verdict(command, refusal);
	return true;
}

static enum lt_reason check_id_time(const struct engine *engine, struct lt_refusal *refusal)
{
	int64_t now = engine_now(engine), made = lt_uuid_time(engine->act.header->id);
	int64_t horizon = (int64_t)engine->options.horizon_days * ENGINE_DAY_US;
	if (made > now + (int64_t)LT_ID_FUTURE_SECONDS * 1000000)
		return lt_refuse(refusal, LT_ID_IN_FUTURE, "%lld s ahead of the broker",
				 (long long)((made - now) / 1000000));
	if (made < now - horizon)
		return lt_refuse(refusal, LT_ID_TOO_OLD, "%lld days old, the horizon is %u",
				 (long long)((now - made) / ENGINE_DAY_US), engine->options.horizon_days);
	if (made <= engine->state.dedup_floor * 1000) /* the time was set back over a PRUNE */
		return lt_refuse(refusal, LT_ID_TOO_OLD, "ids of its time have been forgotten");
	return LT_REASON_NONE;
}

/* What a wrong clock alone may have refused: the age of an id, due_at that lies behind the record's time, the day of a code. */
static bool refused_by_time(const struct engine *engine, struct lt_refusal *refusal)
{
	const struct lt_header *header = engine->act.header;
	if (!engine->time.unconfirmed)
		return false;
	enum lt_reason reason = check_id_time(engine, refusal);
	if (!reason && header->due_at != 0 && header->due_at <= state_legal(&engine->state, engine_now(engine)))
		reason = LT_DUE_INVALID;
	if (!reason && header->kind == LT_KIND_OPEN &&
	    engine->state.law->access.code(rulebook_directory(engine->state.rulebook), header->sender, header->dossier,
					   header->carried ? header->carried->received_at
							   : state_legal(&engine->state, engine_now(engine)),
					   engine_now(engine), refusal) == LT_CODE_DATE_WRONG)
		reason = LT_CODE_DATE_WRONG;
	return reason != LT_REASON_NONE;
}

/* After a restore from a backup adapters offer again what was lost, each in its own order: an envelope can come before the one
 * that it builds on. To refuse it for good would lose it. */
static bool ahead_of_restored(struct engine *engine)
{
	const struct lt_header *header = engine->act.header;
	if (engine->state.restored_at == 0 || engine_now(engine) - engine->state.restored_at > RESTORING_US ||
	    header->kind == LT_KIND_OPEN)
		return false;
	if (state_find_dossier(&engine->state, engine->state.law, header->dossier, &engine->dossier) ||
	    !succession_is_party(engine->state.rulebook, header->sender, &engine->dossier, engine_now(engine)))
		return true; /* a stranger learns no more than when there is none; and what made it a party may be lost too */
	const struct branch *branch = dossier_branch(&engine->dossier, header->branch);
	return !branch || header->branch_version > branch->version;
}

static bool no_space_for(const struct engine *engine, struct session_ref ref, const struct courier_session *session)
{
	if (engine->full || engine->room == COURIER_WHOLE)
		return engine->full;
	uint32_t index = charged(engine, ref, session);
	int64_t now = engine->env.boottime(engine->env.ctx);
	return index != MAILBOX_NONE && courier_written(&engine->courier, index, now) > engine->room;
}

/* Reasons to come again later; the dossier's later envelopes of this session wait for this one. */
static enum lt_reason check_retry(struct engine *engine, struct session_ref ref, struct courier_session *session,
				  const struct lt_command *command, struct lt_refusal *refusal)
{
	const struct lt_header *header = engine->act.header;
	const struct lt_verdict *verdict = &command->u.submit.verdict;
	enum lt_reason reason = LT_REASON_NONE;
	if (header && courier_blocked(session, header->dossier, header->id))
		return LT_RETRY_AFTER_EARLIER;
	if (engine_restored_closed(engine))
		reason = LT_RESTORING;
	else if (verdict->reason && lt_reason_retry(verdict->reason))
		reason = verdict->reason;
	else if (header && engine_taken_away(engine, session, ref, header->sender))
		reason = LT_SESSION_UNKNOWN;
	else if (!engine->state.rulebook ||
		 verdict->directory_version != rulebook_directory_version(engine->state.rulebook) ||
		 verdict->trust_version != rulebook_trust_version(engine->state.rulebook))
		reason = LT_VERDICT_OUTDATED;
	else if (header && !verdict->reason && kind_refused_when_full(header) && no_space_for(engine, ref, session))
		reason = LT_STORE_FULL;
	else if (header && !verdict->reason && ahead_of_restored(engine))
		reason = LT_RESTORING;
	else if (header && !verdict->reason && refused_by_time(engine, refusal))
		reason = LT_CLOCK_WRONG;
	else if (header && !verdict->reason)
		reason = engine_large_missing(engine, refusal);
	if (reason && header)
		courier_block(session, header->dossier, header->id);
	return reason;
}

/* The agency's budget of recorded refusals is used up: the session is told and ended. */
static void end_session(struct engine *engine, struct batch *batch, const struct input *input, uint32_t index)
{
	struct lt_refusal why;
	const char *code = index == MAILBOX_NONE ? "" : engine->state.mailboxes.items[index].code;
	lt_log_peer(LT_LOG_WARNING, "session closed: too many refusals", code, "", "agency", code, NULL);
	answer_word(engine, batch, input, LT_SESSION_REFUSALS, code);
	lt_refuse(&why, LT_SESSION_REFUSALS, "%s", code);
	engine_bye(batch, input->session, &why);
	courier_close_session(&engine->courier, input->session, LT_SESSION_REFUSALS);
}

static void log_refusal(const struct act *act, const struct input *input)
{
	lt_log_peer(LT_LOG_NOTICE, "envelope refused", act->header ? act->header->sender : "",
		    lt_reason_name(act->outcome.reason), "sequence", lt_log_u64(act->sequence), "reason",
		    lt_reason_name(act->outcome.reason), "detail", act->refusal.detail, "sender",
		    act->header ? act->header->sender : NULL, "dossier", act->header ? act->header->dossier : NULL,
		    "id", act->header ? lt_log_id(act->header->id) : NULL, "session", lt_log_u64(input->session.serial),
		    NULL);
}

/* Not recorded: the same bytes come again, or are made anew. */
static void log_again(const struct act *act, const struct input *input, enum lt_reason reason)
{
	lt_log_peer(LT_LOG_INFO, "envelope not taken", act->header ? act->header->sender : "", lt_reason_name(reason),
		    "reason", lt_reason_name(reason), "sender", act->header ? act->header->sender : NULL, "dossier",
		    act->header ? act->header->dossier : NULL, "id", act->header ? lt_log_id(act->header->id) : NULL,
		    "session", lt_log_u64(input->session.serial), NULL);
}

static void answer_recorded(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct act *act = &engine->act;
	struct effect *effect = batch_answer(engine, batch, input);
	fill_from_header(effect, act->header);
	effect->reason = act->outcome.reason;
	effect->retry = lt_reason_retry(act->outcome.reason);
	effect->sequence = act->sequence;
	effect->time = act->time;
	effect->branch = act->outcome.branch;
	effect->branch_version = act->outcome.branch_version;
	if (!act->outcome.reason) {
		effect->receipt = engine->digests.receipt;
		engine->admitted++;
		return;
	}
	count_refused(engine, input, act->outcome.reason);
	batch_set_data(batch, effect, act->outcome.sentence);
}

/* On the disk, of the record that was added last; its parts only when it took effect. */
static uint64_t bytes_of(const struct engine *engine, const struct input *input)
{
	uint64_t bytes = engine->record.len;
	for (size_t i = 0; !engine->act.outcome.reason && i < input->u.submit.part_count; i++)
		bytes += input->u.submit.parts[i].len;
	return bytes;
}

/* Made in the time that a restore has lost, and refused for what may have been defined in it: it comes again. */
static bool waits_for_definitions(struct engine *engine, struct batch *batch, const struct input *input,
				  struct courier_session *session)
{
	struct act *act = &engine->act;
	if (!engine_restored_lost_time(engine, act->header) || !engine_restored_may_change(act->outcome.reason))
		return false;
	courier_block(session, act->header->dossier, act->header->id);
	log_again(act, input, LT_RESTORING);
	answer_word(engine, batch, input, LT_RESTORING, lt_reason_name(act->outcome.reason));
	return true;
}

/* One budget for what GATE, ADMIT and apply refuse; the reserve of a nearly full disk is for none of them. */
static void record(struct engine *engine, struct batch *batch, const struct input *input, struct lt_command *command,
		   struct courier_session *session)
{
	struct act *act = &engine->act;
	uint32_t index = charged(engine, input->session, session);
	bool budget = index != MAILBOX_NONE &&
		      courier_may_refuse(&engine->courier, index, engine->env.boottime(engine->env.ctx));
	bool lost_time = engine_restored_lost_time(engine, act->header);
	act->unrecorded = !budget || engine->full || lost_time;
	bool recorded = engine_record(engine, batch, command, input->u.submit.command, input->u.submit.parts,
				      input->u.submit.part_count);
	if (!recorded && waits_for_definitions(engine, batch, input, session)) {
		act->unrecorded = false;
		return;
	}
	act->unrecorded = !budget || engine->full;
	if (!recorded && !act->unrecorded) /* it was tried only: now the refusal is recorded */
		recorded = engine_record(engine, batch, command, input->u.submit.command, NULL, 0);
	act->unrecorded = false;
	if (recorded && index != MAILBOX_NONE)
		courier_wrote(&engine->courier, index, bytes_of(engine, input), engine->env.boottime(engine->env.ctx));
	if (apply_comes_again(act->outcome.reason)) { /* and what builds on it waits */
		courier_block(session, act->header->dossier, act->header->id);
		log_again(act, input, act->outcome.reason);
		answer(engine, batch, input, act->outcome.reason, lt_refusal_sentence(&act->refusal));
		return;
	}
	if (recorded)
		answer_recorded(engine, batch, input);
	else if (budget)
		answer(engine, batch, input, act->outcome.reason, lt_refusal_sentence(&act->refusal));
	if (act->outcome.reason && budget) {
		courier_refused(&engine->courier, index);
		log_refusal(act, input);
	} else if (act->outcome.reason) {
		end_session(engine, batch, input, index);
	}
}

/* The same header again, whatever the signature: the first answer. */
static bool repeated(struct engine *engine, struct batch *batch, const struct input *input,
		     const struct lt_command *command)
{
	struct dedup_entry entry;
	struct act *act = &engine->act;
	if (command->u.submit.verdict.reason || !act->header)
		return false;
	enum lt_err err = dedup_find(engine->store, act->header->id, act->header->sender, &entry);
	act->fresh = err == LT_ENOENT;
	if (err)
		return false;
	if (!entry.whole && engine_answer_of(engine, &entry)) {
		log_again(act, input, LT_RECORD_UNREADABLE);
		answer_word(engine, batch, input, LT_RECORD_UNREADABLE, "the first answer");
		return true;
	}
	if (memcmp(entry.header_sha256, act->header_sha256, sizeof(entry.header_sha256)) != 0)
		return false;
	answer_again(engine, batch, input, &entry);
	return true;
}

static void submit(struct engine *engine, struct batch *batch, const struct input *input, struct lt_command *command,
		   struct courier_session *session)
{
	struct lt_refusal refusal;
	bool changed = check_session(engine, input, command, &refusal);
	if (!changed && repeated(engine, batch, input, command))
		return;
	if (!changed) {
		enum lt_reason retry = check_retry(engine, input->session, session, command, &refusal);
		if (retry) {
			log_again(&engine->act, input, retry);
			answer_word(engine, batch, input, retry, lt_reason_name(retry));
			return;
		}
	}
	enum lt_reason late = command->u.submit.verdict.reason ? LT_REASON_NONE : check_id_time(engine, &refusal);
	if (late == LT_ID_IN_FUTURE) { /* never admitted and not recorded: the act may be made anew with another id */
		log_again(&engine->act, input, late);
		answer(engine, batch, input, late, lt_refusal_sentence(&refusal));
		return;
	}
	if (late)
		set_verdict(command, &refusal);
	record(engine, batch, input, command, session);
}

/* By GATE or ADMIT, and not recorded. The dossier's order holds here too; faults of form count like any other refusal. */
static void refused_before(struct engine *engine, struct batch *batch, const struct input *input,
			   struct courier_session *session)
{
	const struct lt_refusal *refusal = &input->u.submit.refused;
	bool live = session && !session->closed, retry = lt_reason_retry(refusal->reason);
	uint32_t index = live && !retry ? charged(engine, input->session, session) : MAILBOX_NONE;
	if (index != MAILBOX_NONE) {
		if (!courier_may_refuse(&engine->courier, index, engine->env.boottime(engine->env.ctx))) {
			end_session(engine, batch, input, index);
			return;
		}
		courier_refused(&engine->courier, index);
	}
	if (live && retry && input->u.submit.dossier[0] != '\0')
		courier_block(session, input->u.submit.dossier, input->u.submit.id.data);
	answer(engine, batch, input, refusal->reason, lt_refusal_sentence(refusal));
}

void engine_submit(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct lt_command command;
	struct lt_header header;
	struct lt_refusal refusal;
	struct courier_session *session = courier_session(&engine->courier, input->session);
	engine->act.header = NULL;
	if (input->u.submit.refused.reason) {
		refused_before(engine, batch, input, session);
		return;
	}
	if (lt_command_decode(input->u.submit.command, engine->arena, &command, &refusal) ||
	    command.type != LT_COMMAND_SUBMIT)
		lt_fatal("a SUBMIT command from ADMIT does not hold: %s", refusal.detail);
	engine_parse_header(engine, &command, &header);
	if (!session || session->closed) {
		enum lt_reason reason = session ? session->closed : LT_SESSION_UNKNOWN;
		answer_word(engine, batch, input, reason, lt_reason_name(reason));
	} else {
		submit(engine, batch, input, &command, session);
	}
	engine->act.header = NULL;
}
