/* inbox_add.c: a delivery goes to disk, once.
 *
 * Under its mailbox number, with what the check said. A number that is there already is a repetition and changes
 * nothing. An item that answers an envelope of ours is noted there as well, in the same transaction. */
#include "inbox.h"

#include "dossiers.h"
#include "program/log.h"
#include "base/fields.h"
#include "parts.h"
#include "wire/kind.h"

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

/* Who it is from is a claim until it is verified; so a bad item is known by its very bytes, lest somebody else's good one
 * be taken for seen. */
static size_t seen_key(const struct inbox_delivery *delivery, const struct lt_header *header,
		       uint8_t out[VAULT_KEY_MAX])
{
	size_t len = strlen(delivery->agency), sender = header ? strlen(header->sender) : 0;
	uint8_t digest[32], signature[32];
	lt_sha256(delivery->envelope.header, digest);
	memcpy(out, header ? header->id : digest, 16);
	memcpy(out + 16, delivery->agency, len + 1);
	size_t end = 16 + len + 1;
	if (!delivery->fault.reason) {
		memcpy(out + end, header->sender, sender + 1);
		return end + sender + 1;
	}
	lt_sha256(delivery->envelope.signature, signature);
	memcpy(out + end, digest, 32);
	memcpy(out + end + 32, signature, 16);
	return end + 48;
}

static enum lt_err put_item(struct vault_tx *tx, const struct inbox_delivery *delivery, int64_t now,
			    const uint8_t digests[][32], uint64_t item)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_text(&writer, delivery->agency);
	fields_put_u64(&writer, delivery->number);
	fields_put_u64(&writer, delivery->sequence);
	fields_put_u64(&writer, (uint64_t)delivery->time);
	fields_put_u64(&writer, (uint64_t)now);
	fields_put_u32(&writer, delivery->leg);
	fields_put_u64(&writer, delivery->leg_version);
	fields_put_u8(&writer, delivery->parts_elided);
	fields_put_u8(&writer, delivery->readable);
	fields_put_u32(&writer, (uint32_t)delivery->fault.reason);
	fields_put_text(&writer, delivery->fault.detail);
	fields_put_bytes(&writer, delivery->envelope.header);
	fields_put_bytes(&writer, delivery->envelope.signature);
	fields_put_u32(&writer, (uint32_t)delivery->envelope.part_count);
	for (size_t i = 0; i < delivery->envelope.part_count; i++)
		fields_put_raw(&writer, digests[i], 32);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put_u64(tx, VAULT_INBOX, item, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

/* Parts are kept under what they are, also when the header says otherwise: the evidence of a fault is the fault. */
static enum lt_err put_parts(struct vault_tx *tx, const struct inbox_delivery *delivery, const struct lt_header *header,
			     int64_t now, uint8_t digests[][32])
{
	bool known = header && !delivery->fault.reason && !delivery->parts_elided;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < delivery->envelope.part_count && !err; i++) {
		if (known)
			memcpy(digests[i], header->parts[i].sha256, 32);
		else
			lt_sha256(delivery->envelope.parts[i], digests[i]);
		err = parts_put(tx, digests[i], delivery->envelope.parts[i], now);
		if (!err)
			err = parts_hold(tx, digests[i]);
	}
	return err;
}

static enum lt_err take_effect(struct vault_tx *tx, const struct speaker *speaker,
			       const struct inbox_delivery *delivery, const struct lt_header *header, uint64_t item)
{
	struct inbox_state state = { .status = delivery->fault.reason ? INBOX_QUARANTINED : INBOX_NEW };
	enum lt_err err = LT_OK;
	if (delivery->fault.reason) {
		err = quarantine_refuse(tx, speaker, delivery, header, &state);
	} else {
		err = dossiers_trace(tx, header->dossier, 'r', item);
		if (!err)
			err = dossiers_learn(tx, header->dossier, delivery->leg, delivery->leg_version);
		if (!err && kind_answers(header->kind))
			err = outbox_replied(tx, speaker, header, delivery->time);
	}
	return err ? err : inbox_put_state(tx, item, &state);
}

static enum lt_err add_new(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			   const struct lt_header *header, struct lt_bytes key, uint64_t *item)
{
	uint8_t digests[LT_PARTS_MAX][32];
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	int64_t now = speaker->now();
	enum lt_err err = vault_last_u64(tx, VAULT_INBOX, item);
	++*item;
	if (!err)
		err = put_parts(tx, delivery, header, now, digests);
	if (!err)
		err = put_item(tx, delivery, now, (const uint8_t(*)[32])digests, *item);
	fields_put_u64(&writer, *item);
	if (!err)
		err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_SEEN, key, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err ? err : take_effect(tx, speaker, delivery, header, *item);
}

static enum lt_err add(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
		       const struct lt_header *header, enum inbox_outcome *outcome, uint64_t *item)
{
	uint8_t key_bytes[VAULT_KEY_MAX];
	struct lt_bytes key = lt_bytes(key_bytes, seen_key(delivery, header, key_bytes)), value;
	uint64_t received = 0;
	enum lt_err err = inbox_received(tx, delivery->agency, &received);
	if (err)
		return err;
	*outcome = INBOX_GAP;
	if (delivery->number > received + 1)
		return LT_OK;
	err = vault_get(tx, VAULT_SEEN, key, &value);
	if (!err) {
		struct fields_reader reader = { .rest = value };
		*outcome = INBOX_SEEN;
		*item = fields_get_u64(&reader);
		err = fields_end(&reader);
	} else if (err == LT_ENOENT) {
		*outcome = INBOX_STORED;
		err = add_new(tx, speaker, delivery, header, key, item);
	}
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
	LT_ASSERT(readable || delivery->fault.reason);
	err = add(tx, speaker, delivery, readable ? &header : NULL, outcome, item);
	lt_arena_free(arena);
	return err;
}
