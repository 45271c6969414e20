/* merkle.h: the Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1) over SHA-256.
 * A leaf is given by its leaf hash, SHA-256(0x00 || data), see lt_leaf_hash; a node is SHA-256(0x01 || left || right);
 * the root of no leaves is SHA-256(""). Pure functions: no memory is kept, distinct trees may be used from
 * distinct threads. Hashes of an array stand in order; a path runs from the leaf up to the root. */
#ifndef LIENTHONG_MERKLE_H
#define LIENTHONG_MERKLE_H

#include <lienthong/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_MERKLE_PATH_MAX 64u /* hashes: a tree of 2^64 leaves is 64 high */

/* SHA-256(0x01 || l || r). out may be l or r. */
LT_API void lt_leaf_hash(struct lt_bytes data, uint8_t out[32]); /* RFC 6962 leaf hash: SHA-256(0x00 || data) */
LT_API void lt_node_hash(const uint8_t l[32], const uint8_t r[32], uint8_t out[32]);

/* A tree that grows at its right end. peaks[i] is the root of a full subtree of 2^i leaves and has a meaning
 * when bit i of size is set: size and those peaks are all that must be kept to go on later. */
struct lt_merkle {
	uint64_t size;
	uint8_t peaks[64][32];
};
LT_API void lt_merkle_init(struct lt_merkle *tree);
LT_API void lt_merkle_append(struct lt_merkle *tree, const uint8_t leaf[32]);
LT_API void lt_merkle_root(const struct lt_merkle *tree, uint8_t out[32]);

/* The root of an array of leaf hashes. */
LT_API void lt_merkle_root_of(const uint8_t (*leaves)[32], size_t count, uint8_t out[32]);
/* The inclusion path of leaf `index` in an array. LT_EINVAL when index >= count. */
LT_API enum lt_err lt_merkle_path(const uint8_t (*leaves)[32], size_t count, size_t index,
				  uint8_t path[LT_MERKLE_PATH_MAX][32], size_t *path_count);
/* The proof that the tree of the first `old_count` leaves is a beginning of the tree of all `count`.
 * LT_EINVAL when old_count is 0 or over count. No hash when the two are the same. */
LT_API enum lt_err lt_merkle_consistency(const uint8_t (*leaves)[32], size_t count, size_t old_count,
					 uint8_t proof[LT_MERKLE_PATH_MAX + 1][32], size_t *proof_count);

/* The root that a path leads to from the leaf at `index` in a tree of `size` leaves. False: a path of a wrong length, and
 * `root` means nothing. */
LT_API bool lt_merkle_root_at(const uint8_t leaf[32], uint64_t index, uint64_t size, const uint8_t (*path)[32],
			      size_t path_count, uint8_t root[32]);
/* True when the leaf stands at `index` in the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2).
 * Safe for hostile input: a path of a wrong length is false. */
LT_API bool lt_merkle_verify(const uint8_t leaf[32], uint64_t index, uint64_t size, const uint8_t (*path)[32],
			     size_t path_count, const uint8_t root[32]);
/* True when the tree (new_size, new_root) has grown out of (old_size, old_root) (RFC 9162 section 2.1.4.2).
 * Sizes that are equal need equal roots and no proof. A tree of no leaves is the beginning of every tree, with no
 * proof, and its root must be that of no leaves. */
LT_API bool lt_merkle_verify_consistency(uint64_t old_size, const uint8_t old_root[32], uint64_t new_size,
					 const uint8_t new_root[32], const uint8_t (*proof)[32], size_t proof_count);

#ifdef __cplusplus
}
#endif

#endif
