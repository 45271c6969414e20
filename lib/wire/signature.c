/* signature.c: Signature, single and batch. Source: proto/envelope.proto. */
#include "signature.h"

#include "map.h"
#include "envelope.pb-c.h"

#define FORM_CMS 1u
#define FORM_BATCH 2u

static const struct codec_field batch_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_batch_signature, cms),
	CODEC_FIELD(2, CODEC_U32, struct lt_batch_signature, index),
	CODEC_FIELD(3, CODEC_U32, struct lt_batch_signature, count),
	CODEC_FIELD_LIST(4, CODEC_BYTES_LIST, struct lt_batch_signature, path, path_count),
	CODEC_FIELD(5, CODEC_U32, struct lt_batch_signature, root),
};
static const struct codec_map batch_map = CODEC_MAP(batch_fields, struct lt_batch_signature);

static uint32_t get_form(const void *record)
{
	const struct lt_signature *signature = record;
	return signature->batch ? FORM_BATCH : FORM_CMS;
}

static bool set_form(void *record, uint32_t id)
{
	struct lt_signature *signature = record;
	signature->batch = id == FORM_BATCH;
	return id != 0;
}

static const struct codec_field signature_fields[] = {
	{ .id = FORM_CMS, .kind = CODEC_BYTES, .choice = true, .offset = offsetof(struct lt_signature, cms) },
	CODEC_CHOICE(FORM_BATCH, offsetof(struct lt_signature, tree), batch_map),
};
static const struct codec_map signature_map =
	CODEC_MAP_CHOICE(signature_fields, struct lt_signature, get_form, set_form, false);

enum lt_reason lt_signature_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_signature *out,
				   struct lt_refusal *refusal)
{
	enum lt_reason reason =
		codec_map_decode(&signature_map, &lienthong__v1__signature__descriptor, bytes, arena, out, refusal);
	if (reason == LT_FRAME_MALFORMED)
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "not a Signature message");
	if (reason == LT_REASON_NONE && out->batch && out->tree.root != 0)
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED,
				 "root %u is not in its message, or the CMS stands too", out->tree.root);
	for (size_t i = 0; reason == LT_REASON_NONE && out->batch && i < out->tree.path_count; i++) {
		if (out->tree.path[i].len != 32)
			reason = lt_refuse(refusal, LT_BATCH_PATH_WRONG, "hash %zu of the path has %zu bytes", i,
					   out->tree.path[i].len);
	}
	return reason;
}

enum lt_err lt_signature_encode(const struct lt_signature *signature, struct lt_buf *out)
{
	return codec_map_encode(&signature_map, signature, out);
}
