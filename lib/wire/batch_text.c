/* batch_text.c: the root that a batch path leads to, and the way there. */
#include "batch_text.h"

#include "base/base64.h"

#include <lienthong/merkle.h>

#include <string.h>

#define HASHES_MAX 8u /* of a batch of 256 */

/* RFC 9162 section 2.1.3.2. left: on which side the other hash stands. */
static void root_of_path(const struct lt_batch_signature *tree, const uint8_t leaf[32], uint8_t root[32], bool *left)
{
	uint64_t node = tree->index, last = tree->count - 1;
	memcpy(root, leaf, 32);
	for (size_t i = 0; i < tree->path_count; i++) {
		left[i] = node & 1 || node == last;
		if (left[i])
			lt_node_hash(tree->path[i].data, root, root);
		else
			lt_node_hash(root, tree->path[i].data, root);
		while (left[i] && !(node & 1) && node != 0) {
			node >>= 1;
			last >>= 1;
		}
		node >>= 1;
		last >>= 1;
	}
}

static enum lt_err append_path(const struct lt_batch_signature *tree, const bool *left, struct lt_buf *path)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < tree->path_count && !err; i++) {
		err = lt_buf_printf(path, "%s ", left[i] ? "left" : "right");
		if (!err)
			err = base64_encode(tree->path[i], 0, path);
		if (!err)
			err = lt_buf_append(path, "\n", 1);
	}
	return err;
}

enum lt_err batch_text(const struct lt_batch_signature *tree, struct lt_bytes header, struct lt_buf *text,
		       struct lt_buf *path)
{
	uint8_t leaf[32], end[4 + 32];
	bool left[HASHES_MAX];
	if (tree->count == 0 || tree->index >= tree->count || tree->path_count > HASHES_MAX)
		return LT_EINVAL;
	for (unsigned i = 0; i < 4; i++)
		end[i] = (uint8_t)(tree->count >> (24 - 8 * i));
	lt_leaf_hash(header, leaf);
	root_of_path(tree, leaf, end + 4, left);
	enum lt_err err = lt_buf_printf(text, "lienthong.batch.v1\n");
	if (!err)
		err = lt_buf_append(text, end, sizeof(end));
	return err ? err : append_path(tree, left, path);
}
