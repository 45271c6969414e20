/* identity_batch.c: one CMS over the Merkle root of up to 256 headers, and the Signature message in both its forms. */
#include "identity_internal.h"

#include <lienthong/envelope.h>
#include <lienthong/merkle.h>

#include "wire/signature.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_LEN (sizeof IDENTITY_BATCH_TYPE - 1)
#define TEXT_LEN (TYPE_LEN + 4 + 32)
#define ARENA_CAP (64u * 1024u) /* bytes: a Signature of LT_SIGNATURE_MAX bytes with its longest legal path fits */

/* What the CMS of a batch signs: type, count (big-endian), root. */
static void batch_text(uint32_t count, const uint8_t root[32], uint8_t out[TEXT_LEN])
{
	memcpy(out, IDENTITY_BATCH_TYPE, TYPE_LEN);
	for (unsigned i = 0; i < 4; i++)
		out[TYPE_LEN + i] = (uint8_t)(count >> (24 - 8 * i));
	memcpy(out + TYPE_LEN + 4, root, 32);
}

static enum lt_err encode_one(const uint8_t (*leaves)[32], size_t count, size_t index, struct lt_bytes cms,
			      struct lt_buf *out)
{
	uint8_t path[LT_MERKLE_PATH_MAX][32];
	struct lt_bytes views[LT_MERKLE_PATH_MAX];
	struct lt_batch_signature tree = {
		.cms = cms, .index = (uint32_t)index, .count = (uint32_t)count, .path = views
	};
	enum lt_err err = lt_merkle_path(leaves, count, index, path, &tree.path_count);
	if (err != LT_OK)
		return err;
	for (size_t i = 0; i < tree.path_count; i++)
		views[i] = lt_bytes(path[i], 32);
	return lt_signature_encode(&(struct lt_signature){ .batch = true, .tree = tree }, out);
}

enum lt_err lt_signer_batch(struct lt_signer *signer, const struct lt_bytes *headers, size_t count, struct lt_buf *out)
{
	uint8_t leaves[IDENTITY_BATCH_MAX][32], root[32], text[TEXT_LEN];
	if (count == 0 || count > IDENTITY_BATCH_MAX)
		return LT_EINVAL;
	for (size_t i = 0; i < count; i++)
		lt_leaf_hash(headers[i], leaves[i]);
	lt_merkle_root_of((const uint8_t(*)[32])leaves, count, root);
	batch_text((uint32_t)count, root, text);
	struct lt_buf cms = { 0 };
	enum lt_err err = lt_signer_cms(signer, lt_bytes(text, sizeof text), &cms);
	for (size_t i = 0; i < count && err == LT_OK; i++)
		err = encode_one((const uint8_t(*)[32])leaves, count, i, lt_buf_bytes(&cms), &out[i]);
	lt_buf_fini(&cms);
	return err;
}

/* The root that a path leads to (RFC 9162 section 2.1.3.2). False when the path has not the length that index and
 * count demand. The root itself does not travel: it is right when the CMS over it is. */
static bool root_from_path(const uint8_t leaf[32], const struct lt_batch_signature *tree, uint8_t out[32])
{
	uint32_t node = tree->index, last = tree->count - 1;
	memcpy(out, leaf, 32);
	for (size_t i = 0; i < tree->path_count; i++) {
		const uint8_t *sibling = tree->path[i].data;
		if (last == 0)
			return false;
		if ((node & 1) != 0 || node == last) {
			lt_node_hash(sibling, out, out);
			while ((node & 1) == 0 && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			lt_node_hash(out, sibling, out);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0;
}

static enum lt_reason verify_batch(const struct lt_batch_signature *tree, struct lt_bytes header,
				   const struct lt_cert *const *certs, size_t count, const struct lt_cert **used,
				   struct lt_refusal *refusal)
{
	uint8_t leaf[32], root[32], text[TEXT_LEN];
	if (tree->count == 0 || tree->count > IDENTITY_BATCH_MAX || tree->index >= tree->count)
		return lt_refuse(refusal, LT_BATCH_PATH_WRONG, "leaf %u of %u", tree->index, tree->count);
	lt_leaf_hash(header, leaf);
	if (!root_from_path(leaf, tree, root))
		return lt_refuse(refusal, LT_BATCH_PATH_WRONG, "a path of %zu hashes for leaf %u of %u",
				 tree->path_count, tree->index, tree->count);
	batch_text(tree->count, root, text);
	return lt_cms_verify_any(tree->cms, lt_bytes(text, sizeof text), certs, count, used, refusal);
}

enum lt_reason lt_signature_verify(struct lt_bytes bytes, struct lt_bytes header, const struct lt_cert *const *certs,
				   size_t count, const struct lt_cert **used, struct lt_refusal *refusal)
{
	struct lt_arena *arena = NULL;
	struct lt_signature signature = { 0 };
	if (bytes.len > LT_SIGNATURE_MAX)
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "%zu bytes, allowed are %u", bytes.len,
				 LT_SIGNATURE_MAX);
	if (lt_arena_new(ARENA_CAP, &arena) != LT_OK)
		return lt_refuse(refusal, LT_OVERLOADED, "out of memory");
	enum lt_reason reason = lt_signature_decode(bytes, arena, &signature, refusal);
	if (reason == LT_REASON_NONE)
		reason = signature.batch ? verify_batch(&signature.tree, header, certs, count, used, refusal)
					 : lt_cms_verify_any(signature.cms, header, certs, count, used, refusal);
	lt_arena_free(arena);
	return reason;
}
