/* merkle.c: Merkle tree of RFC 6962 and its proofs. */
#include <lienthong/merkle.h>

#include <string.h>

void lt_leaf_hash(struct lt_bytes data, uint8_t out[32])
{
	static const uint8_t leaf = 0;
	lt_sha256_two(lt_bytes(&leaf, 1), data, out);
}

void lt_node_hash(const uint8_t l[32], const uint8_t r[32], uint8_t out[32])
{
	uint8_t node[65];
	node[0] = 1;
	memcpy(node + 1, l, 32);
	memcpy(node + 33, r, 32);
	lt_sha256(lt_bytes(node, sizeof node), out);
}

void lt_merkle_init(struct lt_merkle *tree)
{
	memset(tree, 0, sizeof *tree);
}

/* Like adding one to a binary number: each full subtree that is met merges with the carry. */
void lt_merkle_append(struct lt_merkle *tree, const uint8_t leaf[32])
{
	uint8_t carry[32];
	unsigned i = 0;
	memcpy(carry, leaf, 32);
	for (; tree->size >> i & 1; i++)
		lt_node_hash(tree->peaks[i], carry, carry);
	memcpy(tree->peaks[i], carry, 32);
	tree->size++;
}

void lt_merkle_root(const struct lt_merkle *tree, uint8_t out[32])
{
	if (tree->size == 0) {
		lt_sha256(lt_bytes(NULL, 0), out);
		return;
	}
	uint8_t right[32];
	unsigned i = (unsigned)__builtin_ctzll(tree->size);
	memcpy(right, tree->peaks[i], 32);
	for (i++; i < 64; i++)
		if (tree->size >> i & 1)
			lt_node_hash(tree->peaks[i], right, right);
	memcpy(out, right, 32);
}

void lt_merkle_root_of(const uint8_t (*leaves)[32], size_t count, uint8_t out[32])
{
	struct lt_merkle tree;
	tree.size = 0; /* peaks are written before they are read */
	for (size_t i = 0; i < count; i++)
		lt_merkle_append(&tree, leaves[i]);
	lt_merkle_root(&tree, out);
}

/* The largest power of two below count; count is over 1. */
static size_t split_of(size_t count)
{
	return (size_t)1 << (63 - __builtin_clzll((unsigned long long)count - 1));
}

static void reverse(uint8_t (*hashes)[32], size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		uint8_t swap[32];
		memcpy(swap, hashes[i], 32);
		memcpy(hashes[i], hashes[count - 1 - i], 32);
		memcpy(hashes[count - 1 - i], swap, 32);
	}
}

/* Walks down from the root and turns the path round at the end. */
enum lt_err lt_merkle_path(const uint8_t (*leaves)[32], size_t count, size_t index,
			   uint8_t path[LT_MERKLE_PATH_MAX][32], size_t *path_count)
{
	if (index >= count)
		return LT_EINVAL;
	size_t depth = 0;
	while (count > 1) {
		size_t split = split_of(count);
		if (index < split) {
			lt_merkle_root_of(leaves + split, count - split, path[depth++]);
			count = split;
		} else {
			lt_merkle_root_of(leaves, split, path[depth++]);
			leaves += split;
			count -= split;
			index -= split;
		}
	}
	reverse(path, depth);
	*path_count = depth;
	return LT_OK;
}

/* The checker knows the old root itself; only once the walk has gone right must it be given the old subtree. */
enum lt_err lt_merkle_consistency(const uint8_t (*leaves)[32], size_t count, size_t old_count,
				  uint8_t proof[LT_MERKLE_PATH_MAX + 1][32], size_t *proof_count)
{
	if (old_count == 0 || old_count > count)
		return LT_EINVAL;
	size_t depth = 0;
	bool known = true;
	while (old_count < count) {
		size_t split = split_of(count);
		if (old_count <= split) {
			lt_merkle_root_of(leaves + split, count - split, proof[depth++]);
			count = split;
		} else {
			lt_merkle_root_of(leaves, split, proof[depth++]);
			leaves += split;
			count -= split;
			old_count -= split;
			known = false;
		}
	}
	if (!known)
		lt_merkle_root_of(leaves, count, proof[depth++]);
	reverse(proof, depth);
	*proof_count = depth;
	return LT_OK;
}

/* One step up from `node` in a tree whose last node at this height is `last`.
 * True when the sibling stands on the left; a node without one first rises to where it has one. */
static bool step_up(uint64_t *node, uint64_t *last)
{
	bool left = *node & 1 || *node == *last;
	while (left && !(*node & 1) && *node != 0) {
		*node >>= 1;
		*last >>= 1;
	}
	*node >>= 1;
	*last >>= 1;
	return left;
}

bool lt_merkle_root_at(const uint8_t leaf[32], uint64_t index, uint64_t size, const uint8_t (*path)[32],
		       size_t path_count, uint8_t root[32])
{
	if (index >= size || path_count > LT_MERKLE_PATH_MAX)
		return false;
	uint64_t node = index, last = size - 1;
	uint8_t hash[32];
	memcpy(hash, leaf, 32);
	for (size_t i = 0; i < path_count; i++) {
		if (last == 0)
			return false;
		if (step_up(&node, &last))
			lt_node_hash(path[i], hash, hash);
		else
			lt_node_hash(hash, path[i], hash);
	}
	memcpy(root, hash, 32);
	return last == 0;
}

bool lt_merkle_verify(const uint8_t leaf[32], uint64_t index, uint64_t size, const uint8_t (*path)[32],
		      size_t path_count, const uint8_t root[32])
{
	uint8_t hash[32];
	return lt_merkle_root_at(leaf, index, size, path, path_count, hash) && memcmp(hash, root, 32) == 0;
}

/* The cases without a proof: nothing has grown, or it has grown out of nothing. */
static bool verify_without_proof(uint64_t old_size, const uint8_t old_root[32], uint64_t new_size,
				 const uint8_t new_root[32])
{
	uint8_t empty[32];
	lt_sha256(lt_bytes(NULL, 0), empty);
	if (old_size == 0 && memcmp(old_root, empty, 32) != 0)
		return false;
	return old_size == 0 && new_size > 0 ? true : memcmp(old_root, new_root, 32) == 0;
}

bool lt_merkle_verify_consistency(uint64_t old_size, const uint8_t old_root[32], uint64_t new_size,
				  const uint8_t new_root[32], const uint8_t (*proof)[32], size_t proof_count)
{
	if (old_size > new_size || proof_count > LT_MERKLE_PATH_MAX + 1)
		return false;
	if (old_size == 0 || old_size == new_size)
		return proof_count == 0 && verify_without_proof(old_size, old_root, new_size, new_root);
	if (proof_count == 0)
		return false;
	uint64_t node = old_size - 1, last = new_size - 1;
	while (node & 1) {
		node >>= 1;
		last >>= 1;
	}
	/* An old tree that is one full subtree is its own first hash. */
	bool full = (old_size & (old_size - 1)) == 0;
	uint8_t old_hash[32], new_hash[32];
	memcpy(old_hash, full ? old_root : proof[0], 32);
	memcpy(new_hash, old_hash, 32);
	for (size_t i = full ? 0 : 1; i < proof_count; i++) {
		if (last == 0)
			return false;
		if (step_up(&node, &last)) {
			lt_node_hash(proof[i], old_hash, old_hash);
			lt_node_hash(proof[i], new_hash, new_hash);
		} else {
			lt_node_hash(new_hash, proof[i], new_hash);
		}
	}
	return last == 0 && memcmp(old_hash, old_root, 32) == 0 && memcmp(new_hash, new_root, 32) == 0;
}
