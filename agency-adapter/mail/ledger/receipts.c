/* receipts.c: sequence, epoch, time, and that there is one receipt for one envelope. */
#include "receipts.h"

#include "base/fields.h"
#include "program/log.h"

#include <lienthong/time.h>

#include <string.h>

static bool same(const struct outbox_state *state, const struct outbox_answer *answer)
{
	return state->sequence == answer->sequence && state->admitted_at == answer->time &&
	       memcmp(&state->receipt, &answer->receipt, sizeof(state->receipt)) == 0;
}

const char *receipts_doubt(const struct outbox_state *state, bool queued, const struct outbox_answer *answer,
			   int64_t now)
{
	int64_t made = lt_uuid_time(state->id);
	if (answer->sequence == 0 || answer->sequence > INT64_MAX)
		return "no record has this sequence";
	if (answer->branch_version > INT64_MAX)
		return "no branch has this version";
	if (answer->time < made - RECEIPTS_NEAR_US || answer->time > now + RECEIPTS_NEAR_US)
		return "its time is before the envelope was made, or ahead of our clock";
	if (answer->began && state->created > answer->began && answer->sequence <= answer->epoch)
		return "its record is older than the session in which the envelope was made";
	if (state->admitted_at != 0 && !queued && !same(state, answer))
		return "another receipt was given for this envelope before";
	if (!answer->has_receipt)
		return "its head is not that of the record which it names";
	return NULL;
}

/* id, sequence, of the digest of what is kept: the same again is one row */
enum lt_err receipts_evidence(struct vault_tx *tx, const uint8_t *id, uint64_t sequence, struct lt_bytes what,
			      int64_t now)
{
	uint8_t key[16 + 8 + 16] = { 0 };
	uint8_t digest[32];
	uint64_t count = 0;
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	lt_sha256(what, digest);
	if (id)
		memcpy(key, id, 16);
	fields_key_put(key + 16, sequence, 8);
	memcpy(key + 24, digest, 16);
	fields_put_u64(&writer, (uint64_t)now);
	fields_put_raw(&writer, what.data, what.len);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_count(tx, VAULT_EVIDENCE, &count);
	if (!err && count < RECEIPTS_KEPT_MAX)
		err = vault_put(tx, VAULT_EVIDENCE, lt_bytes(key, sizeof(key)), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err receipts_replaced(struct vault_tx *tx, uint64_t number, const struct outbox_state *state, int64_t now)
{
	struct lt_buf buf = { 0 };
	struct lt_bytes proof;
	struct fields_writer writer = { .buf = &buf };
	enum lt_err err = vault_get_u64(tx, VAULT_PROOF, number, &proof);
	fields_put_u64(&writer, state->sequence);
	fields_put_u64(&writer, (uint64_t)state->admitted_at);
	fields_put_raw(&writer, &state->receipt, sizeof(state->receipt)); /* bytes alone */
	fields_put_bytes(&writer, err ? lt_bytes(NULL, 0) : proof);
	err = err == LT_ENOENT ? LT_OK : err;
	if (!err)
		err = fields_written(&writer);
	if (!err)
		err = receipts_evidence(tx, state->id, state->sequence, lt_buf_bytes(&buf), now);
	lt_buf_fini(&buf);
	return err;
}

enum lt_err receipts_keep(struct vault_tx *tx, const struct outbox_state *state, const struct outbox_answer *answer,
			  const char *doubt, int64_t now)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	lt_log(LT_LOG_ERROR, "a receipt of the broker is not believed", "agency", state->sender, "envelope",
	       lt_log_id(state->id), "sequence", lt_log_u64(answer->sequence), "before", lt_log_u64(state->sequence),
	       "why", doubt, NULL);
	fields_put_text(&writer, doubt);
	fields_put_u64(&writer, (uint64_t)answer->time);
	fields_put_raw(&writer, &answer->receipt, sizeof(answer->receipt)); /* bytes alone */
	fields_put_u64(&writer, state->sequence);
	fields_put_u64(&writer, (uint64_t)state->admitted_at);
	fields_put_raw(&writer, &state->receipt, sizeof(state->receipt));
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = receipts_evidence(tx, state->id, answer->sequence, lt_buf_bytes(&buf), now);
	lt_buf_fini(&buf);
	return err ? err : vault_meta_put(tx, "doubted_at", (uint64_t)now);
}

enum lt_err receipts_newest(struct vault_tx *tx, int64_t *at, uint64_t *count)
{
	uint64_t value = 0;
	*count = 0;
	enum lt_err err = vault_meta_get(tx, "doubted_at", &value);
	*at = (int64_t)value;
	return err ? err : vault_count(tx, VAULT_EVIDENCE, count);
}
