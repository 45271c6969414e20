/* engine_large.c: large parts: who may bring one, and who may have one. What lies on the disk is the business of another thread
 * (queue/large_jobs.h), which hears of it in the order in which batches are released: a file whose row is gone is removed before the
 * same part is begun anew. */
#include "engine_internal.h"

#include <string.h>

#include "program/log.h"
#include "state/parts/large.h"
#include "store/large_faults.h"

#define LARGE_KEEP_US ENGINE_DAY_US /* what no envelope refers to: its sender has a day to name it */

static enum lt_reason check_write(struct engine *engine, const struct input *input, uint32_t mailbox, bool *known,
				  struct lt_refusal *refusal)
{
	struct large large;
	enum lt_err err = large_get(engine->store, input->u.part.sha256, &large);
	int64_t now = engine->env.boottime(engine->env.ctx);
	if (err == LT_ECORRUPT)
		return lt_refuse(refusal, LT_STORE_DAMAGED, "table %s", state_fault_table(&engine->state));
	if (!err && large.size != input->u.part.size)
		return lt_refuse(refusal, LT_PART_SIZE_WRONG, "this digest has %llu bytes",
				 (unsigned long long)large.size);
	*known = !err && large_owned(engine->store, input->u.part.sha256, input->u.part.agency);
	if (*known)
		return LT_REASON_NONE;
	if (engine_restored_closed(engine))
		return lt_refuse(refusal, LT_RESTORING, "%s", input->u.part.agency);
	if (engine->full || courier_written(&engine->courier, mailbox, now) > engine->room)
		return lt_refuse(refusal, LT_STORE_FULL, "%s", input->u.part.agency);
	return LT_REASON_NONE;
}

/* By the number of its item, never by the digest alone: nobody asks what else is here. */
static enum lt_reason check_read(struct engine *engine, const struct input *input, uint32_t index,
				 struct lt_refusal *refusal)
{
	struct mailbox_entry entry;
	struct large large;
	const struct mailbox *mailbox = &engine->state.mailboxes.items[index];
	if (mailbox_entry(mailbox, engine->store, input->u.part.number, &entry) ||
	    !large_named_by(engine->store, entry.sequence, input->u.part.sha256) ||
	    large_get(engine->store, input->u.part.sha256, &large) || large.size != input->u.part.size)
		return lt_refuse(refusal, LT_PART_GONE, "item %llu of %s", (unsigned long long)input->u.part.number,
				 input->u.part.agency);
	return LT_REASON_NONE;
}

static void put_state(struct engine *engine, struct batch *batch, struct session_ref session,
		      const struct lt_part_state *state)
{
	struct lt_link link = { .type = LT_LINK_PART_STATE, .u.part_state = *state };
	engine_put_link(engine, &link);
	struct effect *effect = batch_add(batch, EFFECT_SEND);
	effect->session = session;
	batch_set_data(batch, effect, lt_buf_bytes(&engine->message));
}

void engine_part(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct lt_refusal refusal = { 0 };
	struct large large = { 0 };
	bool write = input->u.part.number == 0, known = !write;
	uint32_t index = mailboxes_find(&engine->state.mailboxes, input->u.part.agency);
	if (index == MAILBOX_NONE || !engine->hooks.large)
		lt_refuse(&refusal, LT_SENDER_NOT_SESSION, "%s", input->u.part.agency);
	else if (write)
		check_write(engine, input, index, &known, &refusal);
	else
		check_read(engine, input, index, &refusal);
	if (refusal.reason) {
		char room[LT_SENTENCE_TEXT];
		struct lt_part_state state = { .sha256 = lt_bytes(input->u.part.sha256, 32),
					       .reason = refusal.reason,
					       .said = lt_link_said(&refusal, room),
					       .retry = lt_reason_retry(refusal.reason) };
		put_state(engine, batch, input->session, &state);
		return;
	}
	struct large_job job = { .type = LARGE_JOB_OPEN,
				 .session = input->session,
				 .size = input->u.part.size,
				 .write = write,
				 .known = known };
	memcpy(job.agency, input->u.part.agency, sizeof(job.agency));
	memcpy(job.sha256, input->u.part.sha256, sizeof(job.sha256));
	if (known && large_get(engine->store, job.sha256, &large) == LT_OK)
		memcpy(job.chunks, large.chunks, sizeof(job.chunks));
	batch_set_data(batch, batch_add(batch, EFFECT_LARGE), lt_bytes((const uint8_t *)&job, sizeof(job)));
}

void engine_stored(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct lt_command command;
	struct lt_refusal refusal;
	if (lt_command_decode(input->u.command, engine->control_arena, &command, &refusal) ||
	    command.type != LT_COMMAND_LARGE)
		lt_fatal("a LARGE command of the broker's own does not hold: %s", refusal.detail);
	const struct lt_large_command *large = &command.u.large;
	uint32_t index = mailboxes_get(&engine->state.mailboxes, large->agency);
	engine_record(engine, batch, &command, input->u.command, NULL, 0);
	courier_wrote(&engine->courier, index, large->size, engine->env.boottime(engine->env.ctx));
	struct lt_part_state state = { .sha256 = large->sha256, .offset = large->size, .stored = true };
	put_state(engine, batch, input->session, &state);
	lt_arena_reset(engine->control_arena);
}

/* An agency of the session that has brought or got it, but is not the one that lacks it; NULL. */
static const char *owner_of(struct engine *engine, uint32_t slot, const struct input *input)
{
	const struct courier_session *session = &engine->courier.sessions[slot];
	struct session_ref ref = { .slot = slot, .serial = session->serial };
	for (uint32_t i = 0; session->serial != 0 && i < session->agency_count; i++) {
		const char *code = engine->state.mailboxes.items[session->agencies[i]].code;
		if (courier_speaks(&engine->courier, session->agencies[i], ref) &&
		    strcmp(code, input->u.part.agency) != 0 && large_owned(engine->store, input->u.part.sha256, code))
			return code;
	}
	return NULL;
}

static bool may_ask(struct engine *engine, const uint8_t sha256[32])
{
	return large_faults_ask(engine->options.large_faults, sha256, engine->env.boottime(engine->env.ctx));
}

/* One at a time, in turn: who has it no longer says nothing, and the receiver asks again. */
void engine_part_lost(struct engine *engine, struct batch *batch, const struct input *input)
{
	uint32_t count = may_ask(engine, input->u.part.sha256) ? engine->courier.session_count : 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t slot = (engine->part_turn + i) % count;
		const char *owner = owner_of(engine, slot, input);
		if (!owner)
			continue;
		struct session_ref ref = { .slot = slot, .serial = engine->courier.sessions[slot].serial };
		struct lt_part_state state = { .agency = owner, .sha256 = lt_bytes(input->u.part.sha256, 32) };
		engine->part_turn = slot + 1;
		put_state(engine, batch, ref, &state);
		return;
	}
}

void engine_large_ask(struct engine *engine, struct session_ref ref, struct lt_buf *outputs)
{
	struct large_faults *faults = engine->options.large_faults;
	uint8_t list[LARGE_FAULTS_MAX][32];
	size_t count = faults ? large_faults_list(faults, list) : 0;
	for (size_t i = 0; i < count; i++) {
		struct input input = { .type = INPUT_PART_LOST };
		memcpy(input.u.part.sha256, list[i], sizeof(input.u.part.sha256));
		const char *owner = owner_of(engine, ref.slot, &input);
		if (!owner || !may_ask(engine, list[i]))
			continue;
		struct lt_link link = { .type = LT_LINK_PART_STATE,
					.u.part_state = { .agency = owner, .sha256 = lt_bytes(list[i], 32) } };
		engine_put_link(engine, &link);
		struct output out = { .type = OUTPUT_SEND, .session = ref, .data = lt_buf_bytes(&engine->message) };
		LT_ASSERT(output_encode(&out, outputs) == LT_OK);
	}
}

enum lt_reason engine_large_missing(struct engine *engine, struct lt_refusal *refusal)
{
	const struct lt_header *header = engine->act.header;
	for (size_t i = 0; i < header->part_count; i++) {
		const struct lt_part_info *part = &header->parts[i];
		struct large large;
		if (!lt_part_is_large(part))
			continue;
		enum lt_err err = large_get(engine->store, part->sha256, &large);
		if (err == LT_ECORRUPT)
			return lt_refuse(refusal, LT_STORE_DAMAGED, "table %s", state_fault_table(&engine->state));
		if (err || large.size != part->size || !large_owned(engine->store, part->sha256, header->sender))
			return lt_refuse(refusal, LT_PART_NOT_STORED, "parts[%zu]: %s has not brought it here", i,
					 header->sender);
	}
	return LT_REASON_NONE;
}

bool engine_large_drop(struct engine *engine, struct batch *batch, int64_t now)
{
	uint8_t found[LT_LARGE_GONE_MAX][32];
	struct lt_bytes list[LT_LARGE_GONE_MAX];
	struct lt_command command = { .type = LT_COMMAND_LARGE_GONE, .u.large_gone.sha256 = list };
	size_t count = large_idle(engine->store, now - LARGE_KEEP_US, found, LT_LARGE_GONE_MAX);
	for (size_t i = 0; i < count; i++) {
		if (large_may_go(engine->store, found[i])) /* else it stays, until the store is made anew */
			list[command.u.large_gone.count++] = lt_bytes(found[i], 32);
	}
	if (command.u.large_gone.count > 0)
		engine_record_own(engine, batch, &command);
	return count == LT_LARGE_GONE_MAX;
}

void engine_large_released(struct engine *engine, const struct batch *batch, const struct effect *effect)
{
	struct large_job job;
	struct lt_bytes data = lt_bytes(batch->data.data + effect->data_at, effect->data_len);
	if (!engine->hooks.large)
		return;
	if (effect->type == EFFECT_LARGE_GONE) {
		job = (struct large_job){ .type = LARGE_JOB_GONE };
		engine->hooks.large(engine->hooks.ctx, &job, data);
		return;
	}
	memcpy(&job, data.data, sizeof(job));
	engine->hooks.large(engine->hooks.ctx, &job, lt_bytes(NULL, 0));
}

bool engine_holds_large(const struct engine *engine, const uint8_t sha256[32])
{
	struct large large;
	return large_get(engine->store, sha256, &large) != LT_ENOENT;
}
