/* record_layout.c: how head and pieces stand in a record, and what its leaf is made of. Source: docs/disk-format.md.
 *
 *   head (48 bytes)   form, rules version, sequence, time, previous, term, time generation, flags: as in the leaf
 *   lengths           4 bytes a piece: length, and the highest bit when it is erased
 *   areas             one a piece: salt (of those that are salted) and bytes, or the digest of an erased one; zeros up to
 *                     32 bytes, so that a digest always fits where the piece was
 *
 * Nothing but the digests is under the leaf, and the journal hashes nothing but leaves: so zeros are demanded where nothing
 * stands, and every byte of a record is either bound or known. */
#include "record.h"

#include <lienthong/merkle.h>

#include "base/fields.h"
#include "wire/frame_roots.h"

#include <string.h>

enum { PIECES_MAX = 4, AREA_MIN = 32 };
#define PIECE_ERASED 0x80000000u
#define PIECE_LEN_MAX 0x3fffffffu

struct piece {
	struct lt_bytes *bytes, *salt,
		*digest; /* of the record; salt or digest NULL: it has none, it is never erased */
};
/* SUBMIT: header, signature, verdict, outcome; else command, outcome. */
static size_t list_pieces(struct lt_record *record, struct piece out[PIECES_MAX])
{
	struct piece outcome = { .bytes = &record->outcome, .salt = &record->salts[1] };
	if (!record->submit) {
		out[0] = (struct piece){ &record->command, &record->salts[0], &record->digests[0] };
		out[1] = outcome;
		return 2;
	}
	out[0] = (struct piece){ .bytes = &record->header, .digest = &record->digests[0] };
	out[1] = (struct piece){ .bytes = &record->signature, .digest = &record->digests[1] };
	out[2] = (struct piece){ .bytes = &record->verdict, .salt = &record->salts[0] };
	out[3] = outcome;
	return 4;
}

static size_t area_len(bool salted, size_t len)
{
	len += salted ? LT_RECORD_SALT : 0;
	return len > AREA_MIN ? len : AREA_MIN;
}

static bool zeros(const uint8_t *from, const uint8_t *to)
{
	while (from < to)
		if (*from++ != 0)
			return false;
	return true;
}

/* Views of one piece in its area. */
static bool read_area(const uint8_t *area, const uint8_t *end, bool erased, size_t len, const struct piece *piece)
{
	size_t salt = piece->salt ? LT_RECORD_SALT : 0;
	*piece->bytes = lt_bytes(NULL, 0);
	if (erased) {
		if (!piece->digest)
			return false;
		*piece->digest = lt_bytes(area, 32);
		return zeros(area + 32, end);
	}
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
		size_t len = word & ~PIECE_ERASED, area = area_len(pieces[i].salt != NULL, len);
		bool gone = word & PIECE_ERASED;
		if (len > PIECE_LEN_MAX || bytes.len - at < area)
			return "a piece is cut off";
		if (!read_area(bytes.data + at, bytes.data + at + area, gone, len, &pieces[i]))
			return "a piece does not stand as it must";
		erased += gone;
		may_go += pieces[i].digest != NULL;
		at += area;
	}
	out->erased = erased > 0;
	if (erased > 0 && erased != may_go) /* a signature goes with its header: its root cannot be found without it */
		return "half of it is erased";
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
	if (!record->submit && record->erased) {
		memcpy(text, record->digests[0].data, 32);
	} else if (!record->submit) {
		digest_salted(record->salts[0], record->command, text);
	} else if (record->erased) {
		memcpy(text, record->digests[0].data, 32);
		memcpy(text + 32, record->digests[1].data, 32);
	} else {
		if (header_sha256)
			memcpy(text, header_sha256, 32);
		else
			lt_sha256(record->header, text);
		lt_signature_digest(record->signature, record->header, text + 32);
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

static void write_area(const struct piece *piece, bool erased, uint8_t *area, size_t len)
{
	size_t salt = piece->salt ? LT_RECORD_SALT : 0;
	memset(area, 0, len);
	if (erased) {
		memcpy(area, piece->digest->data, 32);
		return;
	}
	if (piece->salt)
		memcpy(area, piece->salt->data, LT_RECORD_SALT);
	if (piece->bytes->len > 0)
		memcpy(area + salt, piece->bytes->data, piece->bytes->len);
}

/* Other envelopes of a batch have the same CMS. What is left of the area holds a digest still, should it be erased. */
static void find_root(const struct lt_record *record, size_t area_at, struct lt_record_digests *out)
{
	struct lt_bytes cms = record->erased ? lt_bytes(NULL, 0) : frame_roots_cms(record->signature);
	if (cms.len == 0 || record->signature.len - cms.len < AREA_MIN)
		return;
	out->root_at = area_at + (size_t)(cms.data - record->signature.data);
	out->root_len = cms.len;
}

enum lt_err lt_record_encode(const struct lt_record *record, const uint8_t *header_sha256, struct lt_buf *out,
			     struct lt_record_digests *digests)
{
	struct lt_record views = *record;
	struct lt_record_digests made;
	struct piece pieces[PIECES_MAX];
	size_t count = list_pieces(&views, pieces), len = LT_RECORD_HEAD_LEN + 4 * count;
	for (size_t i = 0; i < count; i++)
		len += area_len(pieces[i].salt != NULL, pieces[i].bytes->len);
	enum lt_err err = lt_buf_reserve(out, len);
	if (err)
		return err;
	lt_record_digest(record, header_sha256, &made);
	uint8_t *start = out->data + out->len, *at = start + LT_RECORD_HEAD_LEN + 4 * count;
	memcpy(start, made.receipt.head, LT_RECORD_HEAD_LEN);
	for (size_t i = 0; i < count; i++) {
		size_t area = area_len(pieces[i].salt != NULL, pieces[i].bytes->len);
		bool erased = record->erased && pieces[i].digest;
		fields_raw_put32(start + LT_RECORD_HEAD_LEN + 4 * i,
				 (uint32_t)pieces[i].bytes->len | (erased ? PIECE_ERASED : 0));
		write_area(&pieces[i], erased, at, area);
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

enum lt_err lt_record_erase(uint8_t *bytes, size_t len)
{
	struct lt_record record;
	struct piece pieces[PIECES_MAX];
	uint8_t digests[2][32];
	if (read_record(lt_bytes(bytes, len), &record))
		return LT_EPARSE;
	if (record.erased)
		return LT_OK;
	digest_first(&record, NULL, digests[0]);
	size_t count = list_pieces(&record, pieces), at = LT_RECORD_HEAD_LEN + 4 * count;
	for (size_t i = 0; i < count && pieces[i].digest; i++) {
		uint8_t *word = bytes + LT_RECORD_HEAD_LEN + 4 * i;
		size_t area = area_len(pieces[i].salt != NULL, pieces[i].bytes->len);
		fields_raw_put32(word, fields_raw_get32(word) | PIECE_ERASED);
		memcpy(bytes + at, digests[i], 32);
		memset(bytes + at + 32, 0, area - 32);
		at += area;
	}
	return LT_OK;
}
