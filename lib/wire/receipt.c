/* receipt.c: head, digest of a signature, leaf of a receipt. Source: proto/SPEC.md, "The ledger". */
#include <lienthong/receipt.h>

#include <lienthong/envelope.h>
#include <lienthong/merkle.h>

#include "base/fields.h"
#include "envelope.pb-c.h"
#include "scan.h"
#include "signature.h"

#include <string.h>

enum {
	FORM_OTHER = 0, /* no well-formed Signature: over the bytes as they are */
	FORM_SINGLE = 1,
	FORM_BATCH = 2,
	BATCH_MAX = 256,
	PATH_MAX_HERE = 8, /* hashes up to the root of 256 leaves */
	BATCH_FIXED = 4 + 32 + 4 + 4,
};

void lt_record_head_put(const struct lt_record_head *head, uint8_t out[LT_RECORD_HEAD_LEN])
{
	fields_raw_put32(out, (uint32_t)head->form);
	fields_raw_put32(out + 4, head->rules_version);
	fields_raw_put64(out + 8, head->sequence);
	fields_raw_put64(out + 16, (uint64_t)head->time);
	fields_raw_put64(out + 24, head->previous);
	fields_raw_put64(out + 32, head->term);
	fields_raw_put32(out + 40, head->time_generation);
	fields_raw_put32(out + 44, head->flags);
}

enum lt_err lt_record_head_get(struct lt_bytes bytes, struct lt_record_head *out)
{
	if (bytes.len != LT_RECORD_HEAD_LEN)
		return LT_EPARSE;
	uint32_t form = fields_raw_get32(bytes.data);
	if (form != LT_RECORD_SUBMIT && form != LT_RECORD_COMMAND)
		return LT_EPARSE;
	*out = (struct lt_record_head){
		.form = (enum lt_record_form)form,
		.rules_version = fields_raw_get32(bytes.data + 4),
		.sequence = fields_raw_get64(bytes.data + 8),
		.time = (int64_t)fields_raw_get64(bytes.data + 16),
		.previous = fields_raw_get64(bytes.data + 24),
		.term = fields_raw_get64(bytes.data + 32),
		.time_generation = fields_raw_get32(bytes.data + 40),
		.flags = fields_raw_get32(bytes.data + 44),
	};
	return LT_OK;
}

struct batch_path {
	struct lt_bytes cms;
	uint32_t index, count;
	uint8_t path[PATH_MAX_HERE][32];
	size_t path_count;
};

/* The bytes were walked against the schema before: only values are looked at. */
static bool read_batch(struct lt_bytes rest, struct batch_path *out)
{
	struct codec_wire field;
	*out = (struct batch_path){ 0 };
	while (rest.len > 0) {
		if (!codec_next(&rest, &field))
			return false;
		if (field.id == 1)
			out->cms = field.bytes;
		else if (field.id == 2)
			out->index = (uint32_t)field.number;
		else if (field.id == 3)
			out->count = (uint32_t)field.number;
		else if (field.id == 5 && field.number == 0)
			continue; /* points to no root of a message: it is whole */
		else if (field.id != 4 || field.bytes.len != 32 || out->path_count == PATH_MAX_HERE)
			return false;
		else
			memcpy(out->path[out->path_count++], field.bytes.data, 32);
	}
	return out->count > 0 && out->count <= BATCH_MAX && out->index < out->count;
}

static void digest_bytes(uint32_t form, struct lt_bytes bytes, uint8_t out[32])
{
	uint8_t text[4 + 32];
	fields_raw_put32(text, form);
	lt_sha256(bytes, text + 4);
	lt_sha256(lt_bytes(text, sizeof text), out);
}

/* The root is no part of it: it follows from the header, whose digest stands beside this one, and from what is here. */
static bool digest_batch(struct digest_last *cms, struct lt_bytes message, uint8_t out[32])
{
	struct batch_path batch;
	uint8_t text[BATCH_FIXED + 32 * PATH_MAX_HERE];
	if (!read_batch(message, &batch))
		return false;
	fields_raw_put32(text, FORM_BATCH);
	if (cms)
		digest_again(cms, batch.cms, text + 4);
	else
		lt_sha256(batch.cms, text + 4);
	fields_raw_put32(text + 36, batch.count);
	fields_raw_put32(text + 40, batch.index);
	memcpy(text + BATCH_FIXED, batch.path, 32 * batch.path_count);
	lt_sha256(lt_bytes(text, BATCH_FIXED + 32 * batch.path_count), out);
	return true;
}

void signature_digest(struct digest_last *cms, struct lt_bytes signature, uint8_t out[32])
{
	struct codec_wire field;
	struct lt_bytes rest = signature;
	bool holds = codec_scan(&lienthong__v1__signature__descriptor, NULL, signature, NULL) == LT_REASON_NONE &&
		     codec_next(&rest, &field);
	if (holds && field.id == FORM_SINGLE)
		digest_bytes(FORM_SINGLE, field.bytes, out);
	else if (!holds || !digest_batch(cms, field.bytes, out))
		digest_bytes(FORM_OTHER, signature, out);
}

void lt_signature_digest(struct lt_bytes signature, uint8_t out[32])
{
	signature_digest(NULL, signature, out);
}

enum lt_err lt_receipt_text(const struct lt_receipt *receipt, struct lt_bytes header, struct lt_bytes signature,
			    uint8_t text[LT_RECEIPT_TEXT_LEN])
{
	struct lt_record_head head;
	if (lt_record_head_get(lt_bytes(receipt->head, sizeof receipt->head), &head) || head.form != LT_RECORD_SUBMIT)
		return LT_EPARSE;
	memcpy(text, receipt->head, sizeof receipt->head);
	lt_sha256(header, text + LT_RECORD_HEAD_LEN);
	lt_signature_digest(signature, text + LT_RECORD_HEAD_LEN + 32);
	memcpy(text + LT_RECORD_HEAD_LEN + 64, receipt->verdict, 32);
	memcpy(text + LT_RECORD_HEAD_LEN + 96, receipt->outcome, 32);
	return LT_OK;
}

enum lt_err lt_receipt_leaf(const struct lt_receipt *receipt, struct lt_bytes header, struct lt_bytes signature,
			    uint8_t leaf[32])
{
	uint8_t text[LT_RECEIPT_TEXT_LEN];
	enum lt_err err = lt_receipt_text(receipt, header, signature, text);
	if (!err)
		lt_leaf_hash(lt_bytes(text, sizeof text), leaf);
	return err;
}
