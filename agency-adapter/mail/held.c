/* held.c: what waits for ourselves, by agency and place in its mailbox. */
#include "held.h"

#include "inbox_internal.h"
#include "base/fields.h"
#include "parts.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_MAX (256u * 1024u)
#define DIGEST_KEY 16u  /* bytes of the header's digest in the key: two items may claim one number */
#define CAUSE_ROWS 100u /* looked at for a cause */

const struct lt_refusal held_behind = { .reason = LT_RETRY_AFTER_EARLIER,
					.detail = "an earlier item of this dossier waits" };

/* Nothing is wrong: it waits its turn, or is on its way. */
static bool held_is_quiet(enum lt_reason reason)
{
	return reason == LT_RETRY_AFTER_EARLIER || reason == LT_PART_AWAITED;
}

/* agency, NUL, number, digest of the header */
static struct held_key key_of(const struct wait_place *place, const struct lt_envelope *envelope)
{
	struct held_key key;
	uint8_t digest[32];
	size_t len = strnlen(place->agency, LT_AGENCY_MAX - 1);
	lt_sha256(envelope->header, digest);
	memcpy(key.bytes, place->agency, len);
	key.bytes[len] = 0;
	fields_key_put(key.bytes + len + 1, place->number, 8);
	memcpy(key.bytes + len + 9, digest, DIGEST_KEY);
	key.len = len + 9 + DIGEST_KEY;
	return key;
}

static uint64_t number_of(const struct held_key *key)
{
	return fields_key_get(key->bytes + key->len - DIGEST_KEY - 8, 8);
}

static enum lt_err write_row(struct vault_tx *tx, const struct held_key *key, const struct inbox_delivery *delivery,
			     const struct lt_refusal *cause, int64_t now, const uint8_t digests[][32])
{
	struct lt_buf buf = { 0 };
	enum lt_err err = inbox_encode(delivery, cause, now, digests, &buf);
	if (!err)
		err = vault_put(tx, VAULT_HELD, lt_bytes(key->bytes, key->len), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err held_put(struct vault_tx *tx, int64_t now, const struct inbox_delivery *delivery,
		     const struct lt_header *header, const struct wait_place *place, const struct lt_refusal *cause)
{
	uint8_t digests[LT_PARTS_MAX][32];
	struct held_key key = key_of(place, &delivery->envelope);
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_HELD, lt_bytes(key.bytes, key.len), &value);
	if (err != LT_ENOENT)
		return err;
	lt_log(held_is_quiet(cause->reason) ? LT_LOG_INFO : LT_LOG_WARNING, "an item is held", "agency",
	       delivery->agency, "mailbox", lt_log_u64(delivery->number), "sequence", lt_log_u64(delivery->sequence),
	       "envelope", lt_log_id(header->id), "dossier", header->dossier, "reason", lt_reason_name(cause->reason),
	       "detail", cause->detail, NULL);
	err = inbox_keep_parts(tx, delivery, NULL, now, digests);
	if (!err)
		err = write_row(tx, &key, delivery, cause, now, (const uint8_t(*)[32])digests);
	return err ? err : wait_put(tx, place, WAIT_HELD, delivery->sequence, header->id);
}

static enum lt_err copy_bytes(struct vault_tx *tx, const struct inbox_item *item, struct inbox_delivery *out)
{
	size_t offsets[LT_PARTS_MAX + 2] = { 0 }, lens[LT_PARTS_MAX + 2] = { 0 };
	struct lt_bytes pieces[2] = { item->header, item->signature };
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < item->part_count + 2 && !err; i++) {
		struct lt_bytes piece = i < 2 ? pieces[i] : lt_bytes(NULL, 0);
		if (i >= 2)
			err = parts_read(tx, item->parts[i - 2], &piece);
		offsets[i] = out->bytes.len;
		lens[i] = piece.len;
		if (!err && piece.len)
			err = lt_buf_append(&out->bytes, piece.data, piece.len);
	}
	if (err)
		return err;
	out->envelope.header = lt_bytes(out->bytes.data + offsets[0], lens[0]);
	out->envelope.signature = lt_bytes(out->bytes.data + offsets[1], lens[1]);
	out->envelope.parts = out->part_views;
	out->envelope.part_count = item->part_count;
	for (size_t i = 0; i < item->part_count; i++)
		out->part_views[i] = lt_bytes(out->bytes.data + offsets[i + 2], lens[i + 2]);
	return LT_OK;
}

enum lt_err held_next(struct vault_tx *tx, struct held_key *key, struct inbox_delivery **out)
{
	struct lt_bytes found, value;
	struct inbox_item item;
	key->bytes[key->len] = 0;
	size_t from = key->len ? key->len + 1 : 0;
	enum lt_err err = vault_seek(tx, VAULT_HELD, lt_bytes(key->bytes, from), &found, &value);
	if (err)
		return err;
	if (found.len >= sizeof(key->bytes) || found.len < DIGEST_KEY + 9)
		return LT_ECORRUPT;
	memcpy(key->bytes, found.data, found.len);
	key->len = found.len;
	err = inbox_decode(value, &item);
	if (err)
		return err;
	struct inbox_delivery *delivery = calloc(1, sizeof(*delivery));
	if (!delivery)
		return LT_ENOMEM;
	memcpy(delivery->agency, item.agency, sizeof(delivery->agency));
	delivery->number = item.number;
	delivery->sequence = item.sequence;
	delivery->time = item.time;
	delivery->branch = item.branch;
	delivery->branch_version = item.branch_version;
	delivery->recipient = item.recipient;
	delivery->parts_elided = item.parts_elided;
	err = copy_bytes(tx, &item, delivery);
	if (err)
		inbox_delivery_free(delivery);
	else
		*out = delivery;
	return err;
}

static enum lt_err leave(struct vault_tx *tx, const struct speaker *speaker, const struct held_key *key,
			 const struct inbox_delivery *delivery, const struct lt_header *header,
			 const struct wait_place *place, enum inbox_outcome *outcome, uint64_t *item)
{
	enum lt_err err = vault_delete(tx, VAULT_HELD, lt_bytes(key->bytes, key->len));
	if (!err)
		err = wait_delete(tx, place, WAIT_HELD);
	if (!err)
		err = inbox_enter(tx, speaker, delivery, header, outcome, item);
	for (size_t i = 0; i < delivery->envelope.part_count && !err; i++) {
		uint8_t digest[32];
		lt_sha256(delivery->envelope.parts[i], digest);
		err = parts_release(tx, digest);
	}
	return err;
}

static enum lt_err stay(struct vault_tx *tx, const struct held_key *key, const struct inbox_delivery *delivery,
			const struct inbox_item *before, const struct lt_refusal *cause)
{
	uint8_t digests[LT_PARTS_MAX][32];
	if (before->fault.reason == cause->reason && strcmp(before->fault.detail, cause->detail) == 0)
		return LT_OK;
	memcpy(digests, before->parts, sizeof(digests));
	return write_row(tx, key, delivery, cause, before->received_at, (const uint8_t(*)[32])digests);
}

static enum lt_err settle(struct vault_tx *tx, const struct speaker *speaker, const struct held_key *key,
			  const struct inbox_delivery *delivery, const struct lt_header *header,
			  const struct inbox_item *before, enum inbox_outcome *outcome, uint64_t *item)
{
	struct wait_place place = { delivery->agency, header->dossier, number_of(key) };
	bool waits = false;
	*outcome = INBOX_HELD;
	if (delivery->fault.reason && delivery->ours)
		return stay(tx, key, delivery, before, &delivery->fault);
	enum lt_err err = delivery->fault.reason ? LT_OK : wait_before(tx, &place, &waits);
	if (err)
		return err;
	return waits ? stay(tx, key, delivery, before, &held_behind)
		     : leave(tx, speaker, key, delivery, header, &place, outcome, item);
}

enum lt_err held_settle(struct vault_tx *tx, const struct speaker *speaker, const struct held_key *key,
			const struct inbox_delivery *delivery, enum inbox_outcome *outcome, uint64_t *item)
{
	struct inbox_item before;
	struct lt_arena *arena;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	struct lt_bytes value;
	*outcome = INBOX_SEEN;
	enum lt_err err = vault_get(tx, VAULT_HELD, lt_bytes(key->bytes, key->len), &value);
	if (!err)
		err = inbox_decode(value, &before);
	if (!err)
		err = lt_arena_new(ARENA_MAX, &arena);
	if (err)
		return err == LT_ENOENT ? LT_OK : err; /* gone in the meantime */
	err = lt_header_parse(delivery->envelope.header, arena, &header, &refusal) ? LT_ECORRUPT : LT_OK;
	if (!err)
		err = settle(tx, speaker, key, delivery, &header, &before, outcome, item);
	lt_arena_free(arena);
	return err;
}

enum lt_err held_figures(struct vault_tx *tx, struct held_figures *out)
{
	struct lt_bytes key = { 0 }, value;
	uint8_t from[VAULT_KEY_MAX + 1];
	size_t len = 0;
	*out = (struct held_figures){ 0 };
	enum lt_err err = vault_count(tx, VAULT_HELD, &out->count);
	for (unsigned i = 0; i < CAUSE_ROWS && !err && !out->cause.reason; i++) {
		struct inbox_item item;
		err = vault_seek(tx, VAULT_HELD, lt_bytes(from, len), &key, &value);
		if (!err)
			err = inbox_decode(value, &item);
		if (err)
			break;
		if (!held_is_quiet(item.fault.reason))
			out->cause = item.fault;
		memcpy(from, key.data, key.len);
		from[key.len] = 0;
		len = key.len + 1;
	}
	return err == LT_ENOENT ? LT_OK : err;
}

void inbox_delivery_free(struct inbox_delivery *delivery)
{
	lt_buf_fini(&delivery->bytes);
	free(delivery);
}
