/* outbox_sign.c: what a transaction has added to the outbox is signed at its end, behind all its jobs.
 *
 * So one signature serves as many envelopes as wait: an idle desk signs each by itself, which is the plainest evidence; under
 * load one signature over a tree replaces up to 256. Nobody sets a size: while a sync runs the next jobs gather, and the more
 * come, the more are signed together. Signing before the sync and not behind it, in a transaction of its own, because a sync
 * costs several times what a signature does, and what is sent must be on disk as it was signed: the receipt is about it. */
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
	struct lt_bytes header;
};

enum lt_err outbox_sign_later(struct vault_tx *tx, const struct speaker *speaker, const struct speaker_agency *agency,
			      uint64_t number, struct lt_bytes header)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, number);
	fields_put_u32(&writer, (uint32_t)(agency - speaker->agencies));
	fields_put_bytes(&writer, header);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_defer(tx, outbox_sign, (void *)(uintptr_t)speaker, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

static enum lt_err keep(struct vault_tx *tx, const struct waiting *one, struct lt_bytes signature)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_bytes(&writer, one->header);
	fields_put_bytes(&writer, signature);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put_u64(tx, VAULT_ENVELOPE, one->number, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

static enum lt_err sign_each(struct vault_tx *tx, struct lt_signer *signer, const struct waiting *all, size_t count)
{
	struct lt_buf signature = { 0 };
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < count && !err; i++) {
		lt_buf_clear(&signature);
		err = lt_signer_header(signer, all[i].header, &signature);
		if (!err)
			err = keep(tx, &all[i], lt_buf_bytes(&signature));
	}
	lt_buf_fini(&signature);
	return err;
}

static enum lt_err sign_together(struct vault_tx *tx, struct lt_signer *signer, const struct waiting *all, size_t count)
{
	struct lt_bytes headers[TOGETHER_MAX] = { { 0 } };
	struct lt_buf signatures[TOGETHER_MAX] = { 0 };
	for (size_t i = 0; i < count; i++)
		headers[i] = all[i].header;
	enum lt_err err = lt_signer_batch(signer, headers, count, signatures);
	for (size_t i = 0; i < count; i++) {
		if (!err)
			err = keep(tx, &all[i], lt_buf_bytes(&signatures[i]));
		lt_buf_fini(&signatures[i]);
	}
	return err;
}

static enum lt_err sign_some(struct vault_tx *tx, const struct speaker *speaker, uint32_t agency,
			     const struct waiting *all, size_t count)
{
	struct lt_signer *signer = speaker->agencies[agency].signer;
	if (speaker->agencies[agency].sign_each || count < OUTBOX_TOGETHER_MIN)
		return sign_each(tx, signer, all, count);
	return sign_together(tx, signer, all, count);
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
