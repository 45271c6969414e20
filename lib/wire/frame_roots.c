/* frame_roots.c: signatures shortened and made whole again, as bytes: nothing but the CMS and the pointer is looked at. */
#include "frame_roots.h"

#include <lienthong/envelope.h>

#include <string.h>

#include "scan.h"

enum {
	FORM_BATCH = 2, /* Signature.batch */
	BATCH_CMS = 1,  /* BatchSignature.cms */
	BATCH_PATH = 4, /* BatchSignature.path */
	BATCH_ROOT = 5, /* BatchSignature.root */
	HASH_LEN = 32,
	TAG_BATCH = FORM_BATCH << 3 | 2,
	TAG_CMS = BATCH_CMS << 3 | 2,
	TAG_PATH = BATCH_PATH << 3 | 2,
	TAG_ROOT = BATCH_ROOT << 3,
	HEAD_MAX = 6, /* bytes of a tag and a length */
};

/* A batch signature in pieces: CMS or pointer, and what is left of it, around that. */
struct pieces {
	struct lt_bytes cms, before, behind;
	uint64_t root;
	bool has_cms, has_root;
};

/* False: not exactly one BatchSignature with either a CMS or a pointer. */
static bool take_apart(struct lt_bytes signature, struct pieces *out)
{
	struct codec_wire wire;
	struct lt_bytes rest = signature;
	*out = (struct pieces){ 0 };
	if (!codec_next(&rest, &wire) || wire.id != FORM_BATCH || wire.type != 2 || rest.len != 0)
		return false;
	rest = wire.bytes;
	const uint8_t *begin = rest.data, *end = begin + rest.len;
	while (rest.len > 0) {
		const uint8_t *at = rest.data;
		if (!codec_next(&rest, &wire))
			return false;
		bool cms = wire.id == BATCH_CMS && wire.type == 2, root = wire.id == BATCH_ROOT && wire.type == 0;
		if (!cms && !root)
			continue;
		if (out->has_cms || out->has_root)
			return false;
		out->has_cms = cms;
		out->has_root = root;
		out->cms = cms ? wire.bytes : out->cms;
		out->root = root ? wire.number : 0;
		out->before = lt_bytes(begin, (size_t)(at - begin));
		out->behind = lt_bytes(rest.data, (size_t)(end - rest.data));
	}
	return out->has_cms != out->has_root;
}

static uint8_t *put_head(uint8_t *at, uint8_t tag, size_t len)
{
	*at++ = tag;
	for (; len >= 0x80; len >>= 7)
		*at++ = (uint8_t)(len | 0x80);
	*at++ = (uint8_t)len;
	return at;
}

static uint8_t *put_bytes(uint8_t *at, struct lt_bytes bytes)
{
	if (bytes.len > 0)
		memcpy(at, bytes.data, bytes.len);
	return at + bytes.len;
}

static size_t number_len(size_t number)
{
	return number < 0x80 ? 1 : number < 0x4000 ? 2 : 3;
}

enum lt_err frame_roots_init(struct frame_roots *roots, size_t signature_bytes)
{
	*roots = (struct frame_roots){ 0 };
	return lt_buf_reserve(&roots->bytes, signature_bytes);
}

void frame_roots_fini(struct frame_roots *roots)
{
	lt_buf_fini(&roots->bytes);
}

/* Its number, from 1; 0 when there is no more room. */
static size_t number_of(struct frame_roots *roots, struct lt_bytes cms)
{
	/* The last one first: a batch's envelopes follow each other. */
	for (size_t i = roots->count; i > 0; i--) {
		if (lt_bytes_equal(roots->roots[i - 1], cms))
			return i;
	}
	if (roots->count == FRAME_ROOTS_MAX)
		return 0;
	roots->roots[roots->count++] = cms;
	return roots->count;
}

struct lt_bytes frame_roots_shorten(struct frame_roots *roots, struct lt_bytes signature)
{
	struct pieces pieces;
	if (signature.len > LT_SIGNATURE_MAX || !take_apart(signature, &pieces) || !pieces.has_cms ||
	    pieces.cms.len <= 2) /* a pointer would be longer */
		return signature;
	size_t number = number_of(roots, pieces.cms);
	if (number == 0)
		return signature;
	uint8_t *begin = roots->bytes.data + roots->bytes.len;
	uint8_t *at = put_head(begin, TAG_BATCH, pieces.before.len + pieces.behind.len + 1 + number_len(number));
	at = put_bytes(put_bytes(at, pieces.before), pieces.behind);
	at = put_head(at, TAG_ROOT, number);
	roots->bytes.len += (size_t)(at - begin);
	return lt_bytes(begin, (size_t)(at - begin));
}

static bool all_steps(struct lt_bytes path)
{
	for (size_t at = 0; at < path.len; at += FRAME_ROOTS_STEP) {
		if (path.len - at < FRAME_ROOTS_STEP || path.data[at] != TAG_PATH || path.data[at + 1] != HASH_LEN)
			return false;
	}
	return path.len <= FRAME_ROOTS_STEPS_MAX * FRAME_ROOTS_STEP;
}

/* The steps at the end of what stands behind a CMS. */
static struct lt_bytes path_of(struct lt_bytes behind)
{
	struct codec_wire wire;
	struct lt_bytes path = behind, rest = behind;
	while (codec_next(&rest, &wire) && wire.id != BATCH_PATH)
		path = rest;
	bool near = (size_t)(path.data - behind.data) <= FRAME_ROOTS_GAP_MAX;
	return near && all_steps(path) ? path : lt_bytes(NULL, 0);
}

struct lt_bytes frame_roots_cms(struct lt_bytes signature, struct lt_bytes *path)
{
	struct pieces pieces;
	if (signature.len > LT_SIGNATURE_MAX || !take_apart(signature, &pieces) || !pieces.has_cms)
		return lt_bytes(NULL, 0);
	*path = path_of(pieces.behind);
	return pieces.cms;
}

uint64_t frame_roots_pointer(struct lt_bytes signature)
{
	struct pieces pieces;
	return signature.len <= LT_SIGNATURE_MAX && take_apart(signature, &pieces) && pieces.has_root ? pieces.root : 0;
}

enum lt_err frame_roots_restore(const struct lt_bytes *roots, size_t count, struct lt_arena *arena,
				struct lt_bytes *signature)
{
	struct pieces pieces;
	if (count == 0 || signature->len > LT_SIGNATURE_MAX || !take_apart(*signature, &pieces) || !pieces.has_root ||
	    pieces.root < 1 || pieces.root > count)
		return LT_OK;
	struct lt_bytes cms = roots[pieces.root - 1];
	size_t others = pieces.before.len + pieces.behind.len;
	if (cms.len > LT_SIGNATURE_MAX) /* would multiply what the message holds */
		return LT_OK;
	uint8_t *begin = lt_arena_alloc(arena, 2 * HEAD_MAX + cms.len + others);
	if (!begin)
		return LT_ENOMEM;
	uint8_t *at = put_head(begin, TAG_BATCH, 1 + number_len(cms.len) + cms.len + others);
	at = put_bytes(put_head(at, TAG_CMS, cms.len), cms);
	at = put_bytes(put_bytes(at, pieces.before), pieces.behind);
	*signature = lt_bytes(begin, (size_t)(at - begin));
	return LT_OK;
}
