/* quarantine.c: exceptions to RECEIVED. */
#include "quarantine.h"

#include "base/fields.h"
#include "program/log.h"
#include "wait.h"

#include <string.h>

/* agency, NUL, number */
static size_t key_of(const char *agency, uint64_t number, uint8_t out[VAULT_KEY_MAX])
{
	size_t len = strnlen(agency, LT_AGENCY_MAX - 1);
	memcpy(out, agency, len);
	out[len] = 0;
	fields_key_put(out + len + 1, number, 8);
	return len + 9;
}

static enum lt_err digest_of(const struct lt_envelope *envelope, uint8_t out[32])
{
	struct lt_buf buf = { 0 };
	uint8_t digest[32];
	lt_sha256(envelope->header, digest);
	enum lt_err err = lt_buf_append(&buf, digest, sizeof(digest));
	lt_sha256(envelope->signature, digest);
	if (!err)
		err = lt_buf_append(&buf, digest, sizeof(digest));
	for (size_t i = 0; i < envelope->part_count && !err; i++) {
		lt_sha256(envelope->parts[i], digest);
		err = lt_buf_append(&buf, digest, sizeof(digest));
	}
	if (!err)
		lt_sha256(lt_buf_bytes(&buf), out);
	lt_buf_fini(&buf);
	return err;
}

enum lt_err quarantine_add(struct vault_tx *tx, const struct inbox_delivery *delivery, const struct lt_header *header,
			   bool blocks)
{
	uint8_t key[VAULT_KEY_MAX], value[36];
	lt_log(LT_LOG_ERROR, "an envelope failed the end-to-end check", "agency", delivery->agency, "mailbox",
	       lt_log_u64(delivery->number), "sequence", lt_log_u64(delivery->sequence), "envelope",
	       header ? lt_log_id(header->id) : NULL, "sender", header ? header->sender : NULL, "reason",
	       lt_reason_name(delivery->fault.reason), "detail", delivery->fault.detail, NULL);
	fields_raw_put32(value, (uint32_t)delivery->fault.reason);
	enum lt_err err = digest_of(&delivery->envelope, value + 4);
	size_t len = key_of(delivery->agency, delivery->number, key);
	if (!err)
		err = vault_put(tx, VAULT_EXCEPTION, lt_bytes(key, len), lt_bytes(value, sizeof(value)));
	if (err || !blocks || !header)
		return err;
	struct wait_place place = { delivery->agency, header->dossier, delivery->number };
	return wait_put(tx, &place, WAIT_BROKEN, delivery->sequence, header->id);
}

enum lt_err quarantine_untold(struct vault_tx *tx, const char *agency, uint64_t after,
			      struct quarantine_exception out[QUARANTINE_LIST_MAX], size_t *count)
{
	uint8_t from[VAULT_KEY_MAX];
	enum lt_err err = LT_OK;
	*count = 0;
	while (*count < QUARANTINE_LIST_MAX && after < UINT64_MAX) {
		struct lt_bytes key, value;
		size_t len = key_of(agency, after + 1, from);
		err = vault_seek(tx, VAULT_EXCEPTION, lt_bytes(from, len), &key, &value);
		if (err || key.len != len || memcmp(key.data, from, len - 8) != 0)
			break;
		if (value.len != 36)
			return LT_ECORRUPT;
		struct quarantine_exception *exception = &out[(*count)++];
		after = exception->number = fields_key_get(key.data + len - 8, 8);
		exception->reason = (enum lt_reason)fields_raw_get32(value.data);
		memcpy(exception->sha256, value.data + 4, 32);
	}
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err quarantine_told(struct vault_tx *tx, const char *agency, uint64_t number)
{
	uint8_t key[VAULT_KEY_MAX];
	size_t len = key_of(agency, number, key);
	return vault_delete(tx, VAULT_EXCEPTION, lt_bytes(key, len));
}
