/* inbox_add.c: a delivery goes to disk, once.
 *
 * Under its mailbox number, with what the check said. A number that is there already is a repetition and changes
 * nothing. An item that answers an envelope of ours is noted there as well, in the same transaction. */
#include "held.h"
#include "inbox_internal.h"
#include "quarantine.h"
#include "mail/ledger/times.h"
#include "wait.h"

#include "dossiers.h"
#include "program/log.h"
#include "base/fields.h"
#include "parts.h"

#include <string.h>

#define ARENA_MAX (256u * 1024u) /* bytes: a header of LT_HEADER_MAX with its records */

enum lt_err inbox_received(struct vault_tx *tx, const char *agency, uint64_t *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_MAILBOX, lt_bytes(agency, strlen(agency)), &value);
	*out = 0;
	if (err == LT_ENOENT)
		return LT_OK;
	if (!err && value.len != 8)
		err = LT_ECORRUPT;
	if (!err)
		*out = fields_key_get(value.data, 8);
	return err;
}

enum lt_err inbox_rewind(struct vault_tx *tx, const char *agency, uint64_t number)
{
	uint8_t value[8];
	fields_key_put(value, number, 8);
	return vault_put(tx, VAULT_MAILBOX, lt_bytes(agency, strlen(agency)), lt_bytes(value, sizeof(value)));
}

/* For which of a fork's recipients it is, from 1; 0: it is no fork. What the broker says counts within what was signed: no more items of
 * one envelope than it has recipients. */
static uint8_t recipient_of(const struct inbox_delivery *delivery, const struct lt_header *header)
{
	if (!lt_kind_offers(header->kind) || header->to_count < 2)
		return 0;
	return delivery->recipient <= header->to_count ? (uint8_t)delivery->recipient : 0;
}

static size_t good_key(const struct inbox_delivery *delivery, const struct lt_header *header,
		       uint8_t out[VAULT_KEY_MAX])
{
	size_t len = strlen(delivery->agency), sender = strlen(header->sender);
	memcpy(out, header->id, 16);
	memcpy(out + 16, delivery->agency, len + 1);
	memcpy(out + 17 + len, header->sender, sender + 1);
	out[17 + len + sender + 1] = recipient_of(delivery, header);
	return 17 + len + sender + 2;
}

/* Who it is from is a claim until it is verified; so a bad item is known by its very bytes, lest somebody else's good one
 * be taken for seen. */
static size_t seen_key(const struct inbox_delivery *delivery, const struct lt_header *header,
		       uint8_t out[VAULT_KEY_MAX])
{
	if (!delivery->fault.reason)
		return good_key(delivery, header, out);
	size_t end = 17 + strlen(delivery->agency);
	uint8_t digest[32], signature[32];
	lt_sha256(delivery->envelope.header, digest);
	lt_sha256(delivery->envelope.signature, signature);
	memcpy(out, header ? header->id : digest, 16);
	memcpy(out + 16, delivery->agency, end - 16);
	memcpy(out + end, digest, 32);
	memcpy(out + end + 32, signature, 16);
	return end + 48;
}

/* Parts are kept under what they are, also when the header says otherwise: the evidence of a fault is the fault. */
enum lt_err inbox_keep_parts(struct vault_tx *tx, const struct inbox_delivery *delivery, const struct lt_header *header,
			     int64_t now, uint8_t digests[][32])
{
	bool known = header && !delivery->fault.reason && !delivery->parts_elided;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < delivery->envelope.part_count && !err; i++) {
		bool large = known && lt_part_is_large(&header->parts[i]); /* fetched by now */
		if (known)
			memcpy(digests[i], header->parts[i].sha256, 32);
		else
			lt_sha256(delivery->envelope.parts[i], digests[i]);
		if (!large)
			err = parts_put(tx, digests[i], delivery->envelope.parts[i], now);
		if (!err)
			err = parts_hold(tx, digests[i]);
	}
	return err;
}

static enum lt_err take_effect(struct vault_tx *tx, const struct speaker *speaker,
			       const struct inbox_delivery *delivery, const struct lt_header *header, uint64_t item)
{
	bool of_dossier = header->dossier[0] != '\0'; /* a DIGEST is of none */
	enum lt_err err = of_dossier ? dossiers_trace(tx, header->dossier, 'r', item) : LT_OK;
	if (!err && delivery->judged)
		err = times_note(tx, delivery->sequence, delivery->judged);
	if (!err && of_dossier)
		err = dossiers_learn(tx, header->dossier, delivery->branch, delivery->branch_version,
				     delivery->sequence);
	if (!err)
		err = inbox_offer_seen(tx, speaker, delivery, header, item);
	if (!err && header->has_reply)
		err = outbox_replied(tx, speaker, header, delivery->time);
	return err;
}

/* A broken copy of what came whole is evidence, but nobody misses anything. */
static enum lt_err set_aside(struct vault_tx *tx, const struct inbox_delivery *delivery, const struct lt_header *header)
{
	uint8_t key_bytes[VAULT_KEY_MAX];
	struct lt_bytes value;
	bool blocks = header && delivery->fault.reason != LT_NOT_ADDRESSED_TO_US;
	if (blocks) {
		size_t len = good_key(delivery, header, key_bytes);
		enum lt_err err = vault_get(tx, VAULT_SEEN, lt_bytes(key_bytes, len), &value);
		if (err && err != LT_ENOENT)
			return err;
		blocks = err == LT_ENOENT;
	}
	return quarantine_add(tx, delivery, header, blocks);
}

/* Of one that failed the check, who and what it is from is a claim. */
static enum lt_err tell(struct vault_tx *tx, const struct inbox_delivery *delivery, const struct lt_header *header,
			int64_t now, uint64_t item)
{
	enum lt_reason fault = delivery->fault.reason;
	struct feed_event told = {
		.event = fault ? LT_EVENT_ITEM_STUCK : LT_EVENT_ITEM_ARRIVED, .time = now, .item = item, .reason = fault
	};
	memcpy(told.agency, delivery->agency, sizeof(told.agency));
	if (header) {
		told.kind = header->kind;
		memcpy(told.dossier, header->dossier, sizeof(told.dossier));
		memcpy(told.id, header->id, sizeof(told.id));
		memcpy(told.by, header->sender, sizeof(told.by));
	}
	return feed_tell(tx, &told);
}

static enum lt_err add_new(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			   const struct lt_header *header, struct lt_bytes key, uint64_t *item)
{
	uint8_t digests[LT_PARTS_MAX][32];
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	struct inbox_state state = { .status = delivery->fault.reason ? INBOX_STUCK : INBOX_NEW };
	int64_t now = speaker->now();
	enum lt_err err = vault_last_u64(tx, VAULT_INBOX, item);
	++*item;
	if (!err)
		err = inbox_keep_parts(tx, delivery, header, now, digests);
	if (!err)
		err = inbox_encode(delivery, &delivery->fault, now, (const uint8_t(*)[32])digests, &buf);
	if (!err)
		err = vault_put_u64(tx, VAULT_INBOX, *item, lt_buf_bytes(&buf));
	lt_buf_clear(&buf);
	fields_put_u64(&writer, *item);
	if (!err)
		err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_SEEN, key, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	if (!err)
		err = inbox_put_state(tx, *item, &state);
	if (!err)
		err = tell(tx, delivery, header, now, *item);
	if (err)
		return err;
	return delivery->fault.reason ? set_aside(tx, delivery, header)
				      : take_effect(tx, speaker, delivery, header, *item);
}

static enum lt_err find_seen(struct vault_tx *tx, struct lt_bytes key, uint64_t *item)
{
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_SEEN, key, &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	*item = fields_get_u64(&reader);
	return fields_end(&reader);
}

enum lt_err inbox_enter(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			const struct lt_header *header, enum inbox_outcome *outcome, uint64_t *item)
{
	uint8_t key_bytes[VAULT_KEY_MAX];
	struct lt_bytes key = lt_bytes(key_bytes, seen_key(delivery, header, key_bytes));
	enum lt_err err = find_seen(tx, key, item);
	*outcome = err == LT_ENOENT ? INBOX_STORED : INBOX_SEEN;
	return err == LT_ENOENT ? add_new(tx, speaker, delivery, header, key, item) : err;
}

/* A good one that is not here yet: behind what waits of its dossier. */
static enum lt_err enter_in_order(struct vault_tx *tx, const struct speaker *speaker,
				  const struct inbox_delivery *delivery, const struct lt_header *header,
				  enum inbox_outcome *outcome, uint64_t *item)
{
	uint8_t key_bytes[VAULT_KEY_MAX];
	struct wait_place place = { delivery->agency, header->dossier, delivery->number };
	bool waits = false;
	enum lt_err err = find_seen(tx, lt_bytes(key_bytes, good_key(delivery, header, key_bytes)), item);
	*outcome = INBOX_SEEN;
	if (err != LT_ENOENT)
		return err;
	err = wait_mended(tx, &place, delivery->sequence, header->id);
	if (!err)
		err = wait_before(tx, &place, &waits);
	if (err)
		return err;
	if (!waits)
		return inbox_enter(tx, speaker, delivery, header, outcome, item);
	*outcome = INBOX_HELD;
	return held_put(tx, speaker->now(), delivery, header, &place, &held_behind);
}

static enum lt_err place(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			 const struct lt_header *header, enum inbox_outcome *outcome, uint64_t *item)
{
	if (!delivery->fault.reason)
		return enter_in_order(tx, speaker, delivery, header, outcome, item);
	if (!delivery->ours || !header)
		return inbox_enter(tx, speaker, delivery, header, outcome, item);
	struct wait_place at = { delivery->agency, header->dossier, delivery->number };
	*outcome = INBOX_HELD;
	return held_put(tx, speaker->now(), delivery, header, &at, &delivery->fault);
}

static enum lt_err add(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
		       const struct lt_header *header, enum inbox_outcome *outcome, uint64_t *item)
{
	uint64_t received = 0;
	enum lt_err err = inbox_received(tx, delivery->agency, &received);
	if (err)
		return err;
	*outcome = INBOX_GAP;
	if (delivery->previous > received)
		return LT_OK;
	*outcome = INBOX_ERASED;
	if (!delivery->erased_by)
		err = place(tx, speaker, delivery, header, outcome, item);
	if (!err && delivery->number > received)
		err = inbox_rewind(tx, delivery->agency, delivery->number);
	return err;
}

enum lt_err inbox_add(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
		      enum inbox_outcome *outcome, uint64_t *item)
{
	struct lt_arena *arena;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err;
	*item = 0;
	bool readable = delivery->readable && !lt_header_parse(delivery->envelope.header, arena, &header, &refusal);
	LT_ASSERT(readable || delivery->fault.reason || delivery->erased_by);
	err = add(tx, speaker, delivery, readable ? &header : NULL, outcome, item);
	lt_arena_free(arena);
	return err;
}
