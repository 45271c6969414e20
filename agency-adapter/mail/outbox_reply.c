/* outbox_reply.c: what the recipients of an envelope of ours did with it, each for itself. */
#include "inbox.h"
#include "outbox_internal.h"

#include "dossiers.h"
#include "program/log.h"

#include <stdio.h>
#include <string.h>

#define ARENA_MAX (256u * 1024u) /* bytes: a header of LT_HEADER_MAX with its records */

static struct lt_bytes key_of(uint64_t number, size_t index, uint8_t out[10])
{
	fields_key_put(out, number, 8);
	fields_key_put(out + 8, index, 2);
	return lt_bytes(out, 10);
}

enum lt_err outbox_put_reply(struct vault_tx *tx, uint64_t number, size_t index, const struct outbox_reply *reply)
{
	uint8_t key[10];
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, (uint64_t)reply->delivered_at);
	fields_put_u32(&writer, (uint32_t)reply->kind);
	fields_put_u8(&writer, (uint8_t)reply->agree);
	fields_put_raw(&writer, reply->id, sizeof(reply->id));
	fields_put_text(&writer, reply->by);
	fields_put_u64(&writer, (uint64_t)reply->at);
	fields_put_text(&writer, reply->words);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_REPLY, key_of(number, index, key), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err outbox_get_reply(struct vault_tx *tx, uint64_t number, size_t index, struct outbox_reply *out)
{
	uint8_t key[10];
	struct lt_bytes value;
	*out = (struct outbox_reply){ 0 };
	enum lt_err err = vault_get(tx, VAULT_REPLY, key_of(number, index, key), &value);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	struct fields_reader reader = { .rest = value };
	out->delivered_at = (int64_t)fields_get_u64(&reader);
	out->kind = (enum lt_kind)fields_get_u32(&reader);
	out->agree = (enum lt_agreement)fields_get_u8(&reader);
	fields_get_raw(&reader, out->id, sizeof(out->id));
	outbox_copy_text(&reader, out->by, sizeof(out->by));
	out->at = (int64_t)fields_get_u64(&reader);
	outbox_copy_text(&reader, out->words, sizeof(out->words));
	return fields_end(&reader);
}

enum lt_err outbox_drop_replies(struct vault_tx *tx, uint64_t number, size_t recipients)
{
	uint8_t key[10];
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < recipients && !err; i++)
		err = vault_delete(tx, VAULT_REPLY, key_of(number, i, key));
	return err;
}

enum lt_kind outbox_answer_to(enum lt_kind asked)
{
	static const enum lt_kind pairs[][2] = { { LT_KIND_CONSULT, LT_KIND_OPINION },
						 { LT_KIND_REQUEST_SUPPLEMENT, LT_KIND_SUPPLEMENT },
						 { LT_KIND_REQUEST_FEE, LT_KIND_FEE_PAID },
						 { LT_KIND_RECALL, LT_KIND_RECALL_ANSWER } };
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (asked == pairs[i][0])
			return pairs[i][1];
	}
	return 0;
}

bool outbox_kind_answers(enum lt_kind reply, enum lt_kind asked)
{
	if (reply == LT_KIND_ACCEPT || reply == LT_KIND_REFUSE)
		return lt_kind_offers(asked);
	return outbox_answer_to(asked) == reply;
}

/* The recipient that the answer comes from: itself before one for which it acts since a reorganisation; LT_TO_MAX: none. */
static size_t find_recipient(const struct speaker *speaker, const struct lt_header *ours, const char *sender)
{
	for (size_t i = 0; i < ours->to_count; i++) {
		if (strcmp(ours->to[i].agency, sender) == 0)
			return i;
	}
	for (size_t i = 0; i < ours->to_count; i++) {
		if (directory_current_acts_for(speaker->book, sender, ours->to[i].agency, speaker->now()))
			return i;
	}
	return LT_TO_MAX;
}

static enum lt_event event_of(enum lt_kind answer)
{
	return answer == LT_KIND_ACCEPT   ? LT_EVENT_ENVELOPE_ACCEPTED
	       : answer == LT_KIND_REFUSE ? LT_EVENT_ENVELOPE_REFUSED
					  : LT_EVENT_ENVELOPE_ANSWERED;
}

static enum lt_err tell(struct vault_tx *tx, const struct speaker *speaker, const struct lt_header *ours,
			enum lt_event event, const char *by, const uint8_t *answer)
{
	struct feed_event told = { .event = event, .time = speaker->now(), .kind = ours->kind };
	memcpy(told.agency, ours->sender, sizeof(told.agency));
	memcpy(told.dossier, ours->dossier, sizeof(told.dossier));
	memcpy(told.id, ours->id, sizeof(told.id));
	snprintf(told.by, sizeof(told.by), "%s", by);
	if (answer)
		memcpy(told.reply, answer, sizeof(told.reply));
	return feed_tell(tx, &told);
}

/* The state is `delivered` when the last recipient has it. */
static enum lt_err delivered(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
			     const struct lt_header *ours, size_t index, int64_t at)
{
	struct outbox_state state;
	struct outbox_reply reply;
	enum lt_err err = outbox_get_reply(tx, number, index, &reply);
	if (err || reply.delivered_at != 0)
		return err;
	reply.delivered_at = at;
	err = outbox_put_reply(tx, number, index, &reply);
	if (!err)
		err = tell(tx, speaker, ours, LT_EVENT_ENVELOPE_DELIVERED, ours->to[index].agency, NULL);
	if (!err)
		err = outbox_get_state(tx, number, &state);
	bool all = !err;
	for (size_t i = 0; all && i < ours->to_count && !err; i++) {
		err = outbox_get_reply(tx, number, i, &reply);
		all = reply.delivered_at != 0;
	}
	if (!err && all)
		err = vault_delete_u64(tx, VAULT_ARRIVING, number);
	if (err || !all || state.status != OUTBOX_ADMITTED)
		return err;
	state.status = OUTBOX_DELIVERED;
	state.delivered_at = at;
	return outbox_put_state(tx, number, &state);
}

/* Of a fork each recipient has a branch, in their order, and an agency may have several: the branch tells which it answers. */
static enum lt_err find_answered(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
				 const struct lt_header *ours, const struct lt_header *theirs, size_t *index)
{
	struct outbox_state state;
	*index = find_recipient(speaker, ours, theirs->sender);
	if (ours->to_count < 2 || !lt_kind_offers(ours->kind))
		return LT_OK;
	enum lt_err err = outbox_get_state(tx, number, &state);
	size_t meant = theirs->branch - state.branch;
	if (!err && state.branch != 0 && theirs->branch >= state.branch && meant < ours->to_count &&
	    directory_current_acts_for(speaker->book, theirs->sender, ours->to[meant].agency, speaker->now()))
		*index = meant;
	return err;
}

static enum lt_err note(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
			const struct lt_header *ours, const struct lt_header *theirs, int64_t time)
{
	struct outbox_reply reply;
	size_t index;
	enum lt_err err = find_answered(tx, speaker, number, ours, theirs, &index);
	if (err)
		return err;
	if (index == LT_TO_MAX) {
		lt_log(LT_LOG_WARNING, "an answer that does not come from the recipient", "envelope",
		       lt_log_id(ours->id), "answer", lt_log_id(theirs->id), "sender", theirs->sender, NULL);
		return LT_OK;
	}
	err = delivered(tx, speaker, number, ours, index, speaker->now()); /* who answers has it */
	if (!err)
		err = outbox_get_reply(tx, number, index, &reply);
	if (err || reply.kind == LT_KIND_ACCEPT || reply.kind == LT_KIND_REFUSE)
		return err; /* the first stands */
	reply.kind = theirs->kind;
	reply.agree = theirs->agree;
	reply.at = time;
	memcpy(reply.id, theirs->id, sizeof(reply.id));
	memcpy(reply.by, theirs->sender, sizeof(reply.by));
	snprintf(reply.words, sizeof(reply.words), "%s", theirs->reason ? theirs->reason : "");
	err = outbox_put_reply(tx, number, index, &reply);
	return err ? err : tell(tx, speaker, ours, event_of(theirs->kind), theirs->sender, theirs->id);
}

enum lt_err outbox_replied(struct vault_tx *tx, const struct speaker *speaker, const struct lt_header *reply,
			   int64_t time)
{
	struct lt_bytes header, signature;
	struct lt_arena *arena;
	struct lt_header ours;
	struct lt_refusal refusal = { 0 };
	uint64_t number;
	enum lt_err err = outbox_find(tx, reply->in_reply_to, &number);
	if (!err)
		err = outbox_envelope(tx, number, &header, &signature);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	if (lt_header_parse(header, arena, &ours, &refusal))
		err = LT_ECORRUPT;
	else if (strcmp(ours.dossier, reply->dossier) == 0 && outbox_kind_answers(reply->kind, ours.kind))
		err = note(tx, speaker, number, &ours, reply, time);
	lt_arena_free(arena);
	return err;
}

enum lt_err outbox_arriving(struct vault_tx *tx, int64_t now, uint64_t number)
{
	uint8_t value[8];
	fields_raw_put64(value, (uint64_t)now);
	return vault_put_u64(tx, VAULT_ARRIVING, number, lt_bytes(value, sizeof(value)));
}

enum lt_err outbox_arriving_next(struct vault_tx *tx, int64_t now, uint64_t *number, struct outbox_state *out)
{
	enum lt_err err;
	do {
		struct lt_bytes value;
		uint64_t found = *number + 1;
		err = vault_seek_u64(tx, VAULT_ARRIVING, found, &found, &value);
		int64_t age = err || value.len != 8 ? 0 : now - (int64_t)fields_raw_get64(value.data);
		if (!err && age >= 0 && age < OUTBOX_ARRIVING_US) /* set back, a clock says nothing of the age */
			return LT_ENOENT;
		if (!err)
			err = outbox_get_state(tx, found, out);
		if (!err || err == LT_ECORRUPT)
			*number = found;
	} while (err == LT_ECORRUPT); /* it stays, and keeps nothing else here */
	return err;
}

static enum lt_err arrived(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
			   const struct outbox_state *state, const struct outbox_arrival *arrival)
{
	struct lt_bytes bytes, signature;
	struct lt_arena *arena;
	struct lt_header ours;
	struct lt_refusal refusal = { 0 };
	if (arrival->at == 0) /* it was taken back before: nobody will have it */
		return arrival->over ? vault_delete_u64(tx, VAULT_ARRIVING, number) : LT_OK;
	enum lt_err err = outbox_envelope(tx, number, &bytes, &signature);
	if (!err)
		err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	if (lt_header_parse(bytes, arena, &ours, &refusal)) {
		err = LT_ECORRUPT;
	} else {
		size_t branch = arrival->branch - state->branch;
		bool fork = ours.to_count > 1 && arrival->branch >= state->branch && branch < ours.to_count;
		size_t index = fork ? branch : find_recipient(speaker, &ours, arrival->agency);
		if (index < ours.to_count)
			err = delivered(tx, speaker, number, &ours, index, arrival->at);
	}
	lt_arena_free(arena);
	return err;
}

/* One walk over what we sent, however many have arrived: a dossier that has gone round often has hundreds of both. */
enum lt_err outbox_arrived(struct vault_tx *tx, const struct speaker *speaker, const char *dossier,
			   const struct outbox_arrival *arrivals, size_t count)
{
	uint64_t number = 0;
	enum lt_err err = LT_OK;
	while (!err) {
		struct outbox_state state;
		struct lt_bytes waits;
		err = dossiers_trace_next(tx, dossier, 's', number + 1, &number);
		if (err || vault_get_u64(tx, VAULT_ARRIVING, number, &waits) == LT_ENOENT)
			continue;
		err = outbox_get_state(tx, number, &state);
		for (size_t i = 0; i < count && !err; i++) {
			if (state.sequence != 0 && state.sequence == arrivals[i].sequence)
				err = arrived(tx, speaker, number, &state, &arrivals[i]);
		}
	}
	return err == LT_ENOENT ? LT_OK : err;
}
