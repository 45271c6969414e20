/* record_layout.c: how head and pieces stand in a record, and what its leaf is made of. Source: docs/disk-format.md.
 *
 *   head (48 bytes)   form, rules version, sequence, time, previous, term, time generation, flags: as in the leaf
 *   lengths           4 bytes a piece: length, and the highest bit when it is erased
 *   areas             one a piece: salt (of those that are salted) and bytes, and zeros up to what stands there when it is
 *                     erased: 32 bytes for a signature's digest, 48 for that of a header or a command, with the ERASE record
 *                     by which it went and a checksum of both; 0 for what is never erased
 *
 * Nothing but the digests is under the leaf, and the journal hashes nothing but leaves: so zeros are demanded where nothing
 * stands, and every byte of a record is either bound or known. */
#include "record.h"

#include <lienthong/merkle.h>

#include "base/checksum.h"
#include "base/fields.h"
#include "wire/frame_roots.h"
#include "wire/signature.h"

#include <string.h>

enum {
	PIECES_MAX = 4,
	DIGEST = 32,       /* bytes of an erased piece */
	GONE_ACT = DIGEST, /* behind that of the first piece */
	GONE_SUM = GONE_ACT + 8,
	GONE_LEN = GONE_SUM + 8
};
#define PIECE_ERASED 0x80000000u
#define PIECE_LEN_MAX 0x3fffffffu

struct piece {
	struct lt_bytes *bytes, *salt,
		*digest; /* of the record; salt or digest NULL: it has none, it is never erased */
	size_t gone;     /* bytes that stand there when it is erased */
};
/* SUBMIT: header, signature, verdict, outcome; else command, outcome. */
static size_t list_pieces(struct lt_record *record, struct piece out[PIECES_MAX])
{
	struct piece outcome = { .bytes = &record->outcome, .salt = &record->salts[1] };
	if (!record->submit) {
		out[0] = (struct piece){ &record->command, &record->salts[0], &record->digests[0], GONE_LEN };
		out[1] = outcome;
		return 2;
	}
	out[0] = (struct piece){ .bytes = &record->header, .digest = &record->digests[0], .gone = GONE_LEN };
	out[1] = (struct piece){ .bytes = &record->signature, .digest = &record->digests[1], .gone = DIGEST };
	out[2] = (struct piece){ .bytes = &record->verdict, .salt = &record->salts[0] };
	out[3] = outcome;
	return 4;
}

static size_t area_len(const struct piece *piece, size_t len)
{
	len += piece->salt ? LT_RECORD_SALT : 0;
	return len > piece->gone ? len : piece->gone;
}

static bool zeros(const uint8_t *from, const uint8_t *to)
{
	while (from < to)
		if (*from++ != 0)
			return false;
	return true;
}

/* What is left of an erased piece. False: it does not hold. */
static bool read_gone(const uint8_t *area, const uint8_t *end, const struct piece *piece, uint64_t *act)
{
	if (!piece->digest)
		return false;
	*piece->digest = lt_bytes(area, DIGEST);
	if (piece->gone == GONE_LEN) {
		*act = fields_raw_get64(area + GONE_ACT);
		if (fields_raw_get64(area + GONE_SUM) != checksum64(0, area, GONE_SUM))
			return false;
	}
	return zeros(area + piece->gone, end);
}

/* Views of one piece in its area. */
static bool read_area(const uint8_t *area, const uint8_t *end, size_t len, const struct piece *piece)
{
	size_t salt = piece->salt ? LT_RECORD_SALT : 0;
	if (piece->salt)
		*piece->salt = lt_bytes(area, LT_RECORD_SALT);
	*piece->bytes = lt_bytes(area + salt, len);
	return zeros(area + salt + len, end);
}

static void read_head(const struct lt_record_head *head, struct lt_record *out)
{
	*out = (struct lt_record){
		.sequence = head->sequence,
		.time = head->time,
		.previous = head->previous,
		.rules_version = head->rules_version,
		.term = head->term,
		.time_generation = head->time_generation,
		.flags = head->flags,
		.submit = head->form == LT_RECORD_SUBMIT,
	};
}

static const char *read_record(struct lt_bytes bytes, struct lt_record *out)
{
	struct lt_record_head head;
	struct piece pieces[PIECES_MAX];
	if (bytes.len < LT_RECORD_HEAD_LEN || lt_record_head_get(lt_bytes(bytes.data, LT_RECORD_HEAD_LEN), &head))
		return "no head of a known form";
	read_head(&head, out);
	size_t count = list_pieces(out, pieces), at = LT_RECORD_HEAD_LEN + 4 * count;
	unsigned erased = 0, may_go = 0;
	if (bytes.len < at)
		return "cut off";
	for (size_t i = 0; i < count; i++) {
		uint32_t word = fields_raw_get32(bytes.data + LT_RECORD_HEAD_LEN + 4 * i);
		size_t len = word & ~PIECE_ERASED, area = area_len(&pieces[i], len);
		bool gone = word & PIECE_ERASED;
		if (len > PIECE_LEN_MAX || bytes.len - at < area)
			return "a piece is cut off";
		const uint8_t *from = bytes.data + at, *end = from + area;
		if (gone ? !read_gone(from, end, &pieces[i], &out->erased_by) : !read_area(from, end, len, &pieces[i]))
			return "a piece does not stand as it must";
		erased += gone;
		may_go += pieces[i].digest != NULL;
		at += area;
	}
	if (erased > 0 && erased != may_go) /* a signature goes with its header: it says nothing without it */
		return "half of it is erased";
	if (erased > 0 && out->erased_by <= out->sequence)
		return "erased before it was there";
	return at == bytes.len ? NULL : "bytes behind its last piece";
}

enum lt_reason lt_record_decode(struct lt_bytes bytes, struct lt_record *out, struct lt_refusal *refusal)
{
	const char *wrong = read_record(bytes, out);
	return wrong ? lt_refuse(refusal, LT_FRAME_MALFORMED, "Record: %s", wrong) : LT_REASON_NONE;
}

/* H of a salted piece. */
static void digest_salted(struct lt_bytes salt, struct lt_bytes bytes, uint8_t out[32])
{
	lt_sha256_two(salt, bytes, out);
}

static void digest_first(const struct lt_record *record, const uint8_t *header_sha256, uint8_t *text)
{
	if (!record->submit && record->erased_by) {
		memcpy(text, record->digests[0].data, 32);
	} else if (!record->submit) {
		digest_salted(record->salts[0], record->command, text);
	} else if (record->erased_by) {
		memcpy(text, record->digests[0].data, 32);
		memcpy(text + 32, record->digests[1].data, 32);
	} else {
		if (header_sha256)
			memcpy(text, header_sha256, 32);
		else
			lt_sha256(record->header, text);
		signature_digest(record->cms, record->signature, text + 32);
	}
}

void lt_record_digest(const struct lt_record *record, const uint8_t *header_sha256, struct lt_record_digests *out)
{
	struct lt_record_head head = {
		.form = record->submit ? LT_RECORD_SUBMIT : LT_RECORD_COMMAND,
		.rules_version = record->rules_version,
		.sequence = record->sequence,
		.time = record->time,
		.previous = record->previous,
		.term = record->term,
		.time_generation = record->time_generation,
		.flags = record->flags,
	};
	uint8_t *text = out->text, *at = text + LT_RECORD_HEAD_LEN;
	memset(out, 0, sizeof *out);
	lt_record_head_put(&head, text);
	digest_first(record, header_sha256, at);
	at += record->submit ? 64 : 32;
	if (record->submit) {
		digest_salted(record->salts[0], record->verdict, at);
		memcpy(out->receipt.verdict, at, 32);
		at += 32;
	}
	digest_salted(record->salts[1], record->outcome, at);
	memcpy(out->receipt.outcome, at, 32);
	memcpy(out->receipt.head, text, sizeof out->receipt.head);
	out->text_len = (size_t)(at + 32 - text);
	lt_leaf_hash(lt_bytes(text, out->text_len), out->leaf);
}

static void write_area(const struct piece *piece, uint64_t erased_by, uint8_t *area, size_t len)
{
	size_t salt = piece->salt ? LT_RECORD_SALT : 0;
	memset(area, 0, len);
	if (erased_by) {
		memcpy(area, piece->digest->data, DIGEST);
		if (piece->gone == GONE_LEN) {
			fields_raw_put64(area + GONE_ACT, erased_by);
			fields_raw_put64(area + GONE_SUM, checksum64(0, area, GONE_SUM));
		}
		return;
	}
	if (piece->salt)
		memcpy(area, piece->salt->data, LT_RECORD_SALT);
	if (piece->bytes->len > 0)
		memcpy(area + salt, piece->bytes->data, piece->bytes->len);
}

/* Other envelopes of a batch have the same CMS, and the end of the path. What is left of the area holds a digest still, should it
 * be erased: the first step stays in it. */
static void find_root(const struct lt_record *record, size_t area_at, struct lt_record_digests *out)
{
	struct lt_bytes path = { 0 }, cms = { 0 };
	if (!record->erased_by)
		cms = frame_roots_cms(record->signature, &path);
	if (cms.len == 0 || record->signature.len - cms.len < DIGEST)
		return;
	out->root_at = area_at + (size_t)(cms.data - record->signature.data);
	out->root_len = cms.len;
	if (path.len < 2 * FRAME_ROOTS_STEP)
		return;
	out->path_gap = (size_t)(path.data - cms.data) - cms.len + FRAME_ROOTS_STEP;
	out->path_steps = path.len / FRAME_ROOTS_STEP - 1;
}

enum lt_err lt_record_encode(const struct lt_record *record, const uint8_t *header_sha256, struct lt_buf *out,
			     struct lt_record_digests *digests)
{
	struct lt_record views = *record;
	struct lt_record_digests made;
	struct piece pieces[PIECES_MAX];
	size_t count = list_pieces(&views, pieces), len = LT_RECORD_HEAD_LEN + 4 * count;
	for (size_t i = 0; i < count; i++)
		len += area_len(&pieces[i], pieces[i].bytes->len);
	enum lt_err err = lt_buf_reserve(out, len);
	if (err)
		return err;
	lt_record_digest(record, header_sha256, &made);
	uint8_t *start = out->data + out->len, *at = start + LT_RECORD_HEAD_LEN + 4 * count;
	memcpy(start, made.receipt.head, LT_RECORD_HEAD_LEN);
	for (size_t i = 0; i < count; i++) {
		size_t area = area_len(&pieces[i], pieces[i].bytes->len);
		uint64_t erased_by = pieces[i].digest ? record->erased_by : 0;
		fields_raw_put32(start + LT_RECORD_HEAD_LEN + 4 * i,
				 (uint32_t)pieces[i].bytes->len | (erased_by ? PIECE_ERASED : 0));
		write_area(&pieces[i], erased_by, at, area);
		if (pieces[i].bytes == &views.signature)
			find_root(record, (size_t)(at - start), &made);
		at += area;
	}
	out->len += len;
	if (digests)
		*digests = made;
	return LT_OK;
}

bool lt_record_leaf(struct lt_bytes bytes, uint8_t leaf[32])
{
	struct lt_record record;
	struct lt_record_digests digests;
	if (read_record(bytes, &record))
		return false;
	lt_record_digest(&record, NULL, &digests);
	memcpy(leaf, digests.leaf, 32);
	return true;
}

enum lt_err lt_record_erase(struct lt_bytes bytes, uint64_t act, size_t shorter, struct lt_buf *out)
{
	struct lt_record record;
	struct lt_bytes *signature = &record.signature;
	uint8_t digests[2][32];
	if (read_record(bytes, &record))
		return LT_EPARSE;
	if (record.erased_by)
		return shorter == 0 ? lt_buf_append(out, bytes.data, bytes.len) : LT_EINVAL;
	if (act <= record.sequence || (shorter > 0 && (signature->len < shorter || signature->len - shorter < DIGEST)))
		return LT_EINVAL;
	digest_first(&record, NULL, digests[0]);
	record.digests[0] = lt_bytes(digests[0], 32);
	record.digests[1] = lt_bytes(digests[1], 32);
	record.erased_by = act;
	signature->len -= shorter;
	return lt_record_encode(&record, NULL, out, NULL);
}
