/* identity_batch.c: one CMS over the Merkle root of up to 256 headers, and the Signature message in both its forms. */
#include "identity_internal.h"

#include <lienthong/envelope.h>
#include <lienthong/merkle.h>

#include "cms.h"
#include "wire/signature.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_LEN (sizeof IDENTITY_BATCH_TYPE - 1)
#define TEXT_LEN (TYPE_LEN + 4 + 32)

/* What the CMS of a batch signs: type, count (big-endian), root. */
static void batch_text(uint32_t count, const uint8_t root[32], uint8_t out[TEXT_LEN])
{
	memcpy(out, IDENTITY_BATCH_TYPE, TYPE_LEN);
	for (unsigned i = 0; i < 4; i++)
		out[TYPE_LEN + i] = (uint8_t)(count >> (24 - 8 * i));
	memcpy(out + TYPE_LEN + 4, root, 32);
}

/* A batch's tree, level by level from the leaves up: pairs have a parent, a last one without a pair rises as it is, which gives
 * the tree of RFC 6962. Each hash is made once; a path for each leaf out of the leaves alone would hash all of them each
 * time. */
enum { LEVELS_MAX = 9, NODES_MAX = 2 * IDENTITY_BATCH_MAX + LEVELS_MAX };
struct tree {
	size_t levels, begin[LEVELS_MAX], size[LEVELS_MAX];
	uint8_t nodes[NODES_MAX][32];
};

static void tree_build(struct tree *tree, const struct lt_bytes *headers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		lt_leaf_hash(headers[i], tree->nodes[i]);
	tree->levels = 1;
	tree->begin[0] = 0;
	tree->size[0] = count;
	for (; count > 1; count = (count + 1) / 2) {
		size_t level = tree->levels++, below = tree->begin[level - 1], here = below + count;
		tree->begin[level] = here;
		tree->size[level] = (count + 1) / 2;
		for (size_t i = 0; i < count / 2; i++)
			lt_node_hash(tree->nodes[below + 2 * i], tree->nodes[below + 2 * i + 1], tree->nodes[here + i]);
		if (count % 2)
			memcpy(tree->nodes[here + count / 2], tree->nodes[below + count - 1], 32);
	}
}

static const uint8_t *tree_root(const struct tree *tree)
{
	return tree->nodes[tree->begin[tree->levels - 1]];
}

/* Views of the siblings on the way up. */
static size_t tree_path(const struct tree *tree, size_t index, struct lt_bytes path[LEVELS_MAX])
{
	size_t count = 0;
	for (size_t level = 0; level < tree->levels; level++, index /= 2) {
		if ((index ^ 1) < tree->size[level])
			path[count++] = lt_bytes(tree->nodes[tree->begin[level] + (index ^ 1)], 32);
	}
	return count;
}

static enum lt_err encode_one(const struct tree *tree, size_t index, struct lt_bytes cms, struct lt_buf *out)
{
	struct lt_bytes path[LEVELS_MAX];
	struct lt_batch_signature batch = {
		.cms = cms, .index = (uint32_t)index, .count = (uint32_t)tree->size[0], .path = path
	};
	batch.path_count = tree_path(tree, index, path);
	return lt_signature_encode(&(struct lt_signature){ .batch = true, .tree = batch }, out);
}

enum lt_err lt_signer_batch(struct lt_signer *signer, const struct lt_bytes *headers, size_t count, struct lt_buf *out)
{
	struct tree tree;
	uint8_t text[TEXT_LEN];
	if (count == 0 || count > IDENTITY_BATCH_MAX)
		return LT_EINVAL;
	tree_build(&tree, headers, count);
	batch_text((uint32_t)count, tree_root(&tree), text);
	struct lt_buf cms = { 0 };
	enum lt_err err = lt_signer_cms(signer, lt_bytes(text, sizeof text), &cms);
	for (size_t i = 0; i < count && err == LT_OK; i++)
		err = encode_one(&tree, i, lt_buf_bytes(&cms), &out[i]);
	lt_buf_fini(&cms);
	return err;
}

/* The root that a path leads to (RFC 9162 section 2.1.3.2). False when the path has not the length that index and
 * count demand. The root itself does not travel: it is right when the CMS over it is. */
static bool root_from_path(struct lt_roots *roots, const uint8_t leaf[32], const struct lt_batch_signature *tree,
			   uint8_t out[32])
{
	uint32_t node = tree->index, last = tree->count - 1;
	if (tree->path_count > IDENTITY_PATH_MAX)
		return false;
	memcpy(out, leaf, 32);
	for (size_t i = 0; i < tree->path_count; i++) {
		const uint8_t *sibling = tree->path[i].data;
		if (last == 0)
			return false;
		if ((node & 1) != 0 || node == last) {
			identity_roots_node(roots, i, sibling, out, out);
			while ((node & 1) == 0 && node != 0) {
				node >>= 1;
				last >>= 1;
			}
		} else {
			identity_roots_node(roots, i, out, sibling, out);
		}
		node >>= 1;
		last >>= 1;
	}
	return last == 0;
}

/* The CMS over a root, checked or remembered. */
static enum lt_reason verify_root(struct lt_roots *roots, struct lt_bytes cms, struct lt_bytes text,
				  const struct lt_cert *const *certs, size_t count, const struct lt_cert **used,
				  struct lt_refusal *refusal)
{
	uint8_t key[32];
	identity_root_key(roots, cms, text, key);
	const struct lt_cert *cert = identity_roots_find(roots, key, certs, count);
	if (!cert) {
		identity_roots_count(roots);
		enum lt_reason reason =
			cms_verify_with(cms, text, certs, count, identity_roots_tables(roots), &cert, refusal);
		if (reason)
			return reason;
		identity_roots_add(roots, key, cert);
	}
	if (used)
		*used = cert;
	return LT_REASON_NONE;
}

static enum lt_reason verify_batch(struct lt_roots *roots, const struct lt_batch_signature *tree,
				   struct lt_bytes header, const struct lt_cert *const *certs, size_t count,
				   const struct lt_cert **used, struct lt_refusal *refusal)
{
	uint8_t leaf[32], root[32], text[TEXT_LEN];
	if (tree->count == 0 || tree->count > IDENTITY_BATCH_MAX || tree->index >= tree->count)
		return lt_refuse(refusal, LT_BATCH_PATH_WRONG, "leaf %u of %u", tree->index, tree->count);
	lt_leaf_hash(header, leaf);
	if (!root_from_path(roots, leaf, tree, root))
		return lt_refuse(refusal, LT_BATCH_PATH_WRONG, "a path of %zu hashes for leaf %u of %u",
				 tree->path_count, tree->index, tree->count);
	batch_text(tree->count, root, text);
	return verify_root(roots, tree->cms, lt_bytes(text, sizeof text), certs, count, used, refusal);
}

enum lt_reason lt_signature_verify_with(struct lt_roots *roots, struct lt_bytes bytes, struct lt_bytes header,
					const struct lt_cert *const *certs, size_t count, const struct lt_cert **used,
					struct lt_refusal *refusal)
{
	struct lt_signature signature = { 0 };
	if (bytes.len > LT_SIGNATURE_MAX)
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "%zu bytes, allowed are %u", bytes.len,
				 LT_SIGNATURE_MAX);
	enum lt_reason reason = lt_signature_decode(bytes, identity_roots_arena(roots), &signature, refusal);
	if (reason)
		return reason;
	if (!signature.batch)
		identity_roots_count(roots);
	if (!signature.batch)
		return cms_verify_with(signature.cms, header, certs, count, identity_roots_tables(roots), used,
				       refusal);
	return verify_batch(roots, &signature.tree, header, certs, count, used, refusal);
}

enum lt_reason lt_signature_verify(struct lt_bytes bytes, struct lt_bytes header, const struct lt_cert *const *certs,
				   size_t count, const struct lt_cert **used, struct lt_refusal *refusal)
{
	struct lt_roots *roots = NULL;
	if (lt_roots_new(&roots) != LT_OK)
		return lt_refuse(refusal, LT_OVERLOADED, "out of memory");
	enum lt_reason reason = lt_signature_verify_with(roots, bytes, header, certs, count, used, refusal);
	lt_roots_free(roots);
	return reason;
}
