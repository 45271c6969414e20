/* outbox_sign.c: what a transaction has added to the outbox is signed at its end, behind all its jobs.
 *
 * So one signature serves as many envelopes as wait: an idle desk signs each by itself, which is the plainest evidence; under
 * load one signature over a tree replaces up to 256. Nobody sets a size: while a sync runs the next jobs gather, and the more
 * come, the more are signed together. Signing before the sync and not behind it, in a transaction of its own, because a sync
 * costs several times what a signature does, and what is sent must be on disk as it was signed: the receipt is about it.
 *
 * A signature can go bad while its envelope waits: the certificate ends, is revoked or is replaced. That is our own trouble: the act
 * keeps its id and is signed anew with the key in use. Nobody here knows whether the broker had not taken it before, with a receipt
 * that was lost on its way: so the signatures before stay in the row, and the ledger shows which one its record has. */
#include "outbox_internal.h"

#include "base/fields.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>

enum { TOGETHER_MAX = 256 }; /* headers under one signature */

/* One envelope that waits: number, agency, header. */
struct waiting {
	uint64_t number;
	uint32_t agency;
	bool again; /* it was signed before */
	struct lt_bytes header;
};

static enum lt_err sign_later(struct vault_tx *tx, const struct speaker *speaker, const struct speaker_agency *agency,
			      uint64_t number, struct lt_bytes header, bool again)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, number);
	fields_put_u32(&writer, (uint32_t)(agency - speaker->agencies));
	fields_put_u8(&writer, again);
	fields_put_bytes(&writer, header);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_defer(tx, outbox_sign, (void *)(uintptr_t)speaker, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

enum lt_err outbox_sign_later(struct vault_tx *tx, const struct speaker *speaker, const struct speaker_agency *agency,
			      uint64_t number, struct lt_bytes header)
{
	return sign_later(tx, speaker, agency, number, header, false);
}

static enum lt_err keep(struct vault_tx *tx, const struct speaker_agency *agency, const struct waiting *one,
			struct lt_bytes signature)
{
	struct outbox_signed all = { .header = one->header, .count = 1, .signatures = { signature } };
	struct outbox_signed before = { 0 };
	enum lt_err err = one->again ? outbox_get_signed(tx, one->number, &before) : LT_OK;
	memcpy(all.signer, agency->certificate, sizeof(all.signer));
	for (size_t i = 0; i < before.count && all.count < OUTBOX_SIGNATURES_MAX; i++)
		all.signatures[all.count++] = before.signatures[i];
	return err ? err : outbox_put_signed(tx, one->number, &all);
}

static enum lt_err sign_each(struct vault_tx *tx, const struct speaker_agency *agency, const struct waiting *all,
			     size_t count)
{
	struct lt_buf signature = { 0 };
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < count && !err; i++) {
		lt_buf_clear(&signature);
		err = lt_signer_header(agency->signer, all[i].header, &signature);
		if (!err)
			err = keep(tx, agency, &all[i], lt_buf_bytes(&signature));
	}
	lt_buf_fini(&signature);
	return err;
}

static enum lt_err sign_together(struct vault_tx *tx, const struct speaker_agency *agency, const struct waiting *all,
				 size_t count)
{
	struct lt_bytes headers[TOGETHER_MAX] = { { 0 } };
	struct lt_buf signatures[TOGETHER_MAX] = { 0 };
	for (size_t i = 0; i < count; i++)
		headers[i] = all[i].header;
	enum lt_err err = lt_signer_batch(agency->signer, headers, count, signatures);
	for (size_t i = 0; i < count; i++) {
		if (!err)
			err = keep(tx, agency, &all[i], lt_buf_bytes(&signatures[i]));
		lt_buf_fini(&signatures[i]);
	}
	return err;
}

static enum lt_err sign_some(struct vault_tx *tx, const struct speaker *speaker, uint32_t index,
			     const struct waiting *all, size_t count)
{
	const struct speaker_agency *agency = &speaker->agencies[index];
	if (agency->sign_each || count < OUTBOX_TOGETHER_MIN)
		return sign_each(tx, agency, all, count);
	return sign_together(tx, agency, all, count);
}

/* Those of one agency, in their order. */
static enum lt_err sign_agency(struct vault_tx *tx, const struct speaker *speaker, uint32_t agency,
			       struct lt_bytes notes)
{
	struct waiting all[TOGETHER_MAX], one;
	size_t count = 0;
	enum lt_err err = LT_OK;
	struct fields_reader reader = { .rest = notes };
	while (!err && reader.rest.len > 0) {
		one.number = fields_get_u64(&reader);
		one.agency = fields_get_u32(&reader);
		one.again = fields_get_u8(&reader) != 0;
		one.header = fields_get_bytes(&reader);
		LT_ASSERT(!reader.failed);
		if (one.agency != agency)
			continue;
		all[count++] = one;
		if (count == TOGETHER_MAX) {
			err = sign_some(tx, speaker, agency, all, count);
			count = 0;
		}
	}
	return err || count == 0 ? err : sign_some(tx, speaker, agency, all, count);
}

enum lt_err outbox_sign(void *ctx, struct vault_tx *tx, struct lt_bytes notes)
{
	const struct speaker *speaker = ctx;
	enum lt_err err = LT_OK;
	for (uint32_t agency = 0; agency < speaker->agency_count && !err; agency++)
		err = sign_agency(tx, speaker, agency, notes);
	return err;
}

bool outbox_of_our_key(enum lt_reason reason)
{
	return reason == LT_CERTIFICATE_NOT_ENROLLED || reason == LT_CERTIFICATE_UNTRUSTED ||
	       reason == LT_CERTIFICATE_EXPIRED || reason == LT_CERTIFICATE_REVOKED ||
	       reason == LT_CERTIFICATE_KEY_USAGE || reason == LT_KEY_TOO_SHORT;
}

static enum lt_err sign_again(struct vault_tx *tx, const struct speaker *speaker, uint64_t number, uint64_t *count)
{
	struct outbox_state state;
	struct outbox_signed now;
	enum lt_err err = outbox_get_state(tx, number, &state);
	if (!err)
		err = outbox_get_signed(tx, number, &now);
	const struct speaker_agency *agency = err ? NULL : speaker_find(speaker, state.sender);
	if (!agency || memcmp(now.signer, agency->certificate, sizeof(now.signer)) == 0)
		return err;
	++*count;
	return sign_later(tx, speaker, agency, number, now.header, true);
}

enum lt_err outbox_sign_stale(struct vault_tx *tx, const struct speaker *speaker, size_t limit, uint64_t *from,
			      uint64_t *count)
{
	struct lt_bytes value;
	uint64_t number = *from;
	enum lt_err err = LT_OK;
	*from = 0;
	for (size_t i = 0; !err; i++, number++) {
		if (i == limit) {
			*from = number;
			break;
		}
		err = vault_seek_u64(tx, VAULT_QUEUE, number, &number, &value);
		if (!err)
			err = sign_again(tx, speaker, number, count);
		if (err == LT_ECORRUPT) /* it stays, and keeps nothing else here */
			err = LT_OK;
	}
	return err == LT_ENOENT ? LT_OK : err;
}
