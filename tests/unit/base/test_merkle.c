/* test_merkle.c: SHA-256 and the Merkle tree, against the definition of RFC 6962 section 2.1 written down naively. */
#include "test.h"

#include <lienthong/envelope.h>
#include <lienthong/merkle.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MANY 130u /* leaves: over each edge of 1, 2, 4 ... 128 */

static uint8_t leaves[MANY][32];

static int make_leaves(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		lt_leaf_hash(lt_bytes(&i, sizeof i), leaves[i]);
	return 0;
}

static const uint8_t (*from(size_t i))[32]
{
	return (const uint8_t(*)[32])leaves + i;
}

static void assert_hash(const uint8_t hash[32], const char *hex)
{
	char text[65];
	lt_hex(lt_bytes(hash, 32), text);
	assert_string_equal(text, hex);
}

/* MTH of RFC 6962: concatenates and hashes, nothing shared with the code under test but SHA-256. */
static void naive_root(const uint8_t (*d)[32], size_t n, uint8_t out[32])
{
	uint8_t node[65] = { 1 };
	size_t k = 1;
	if (n == 0) {
		lt_sha256(lt_bytes("", 0), out);
		return;
	}
	if (n == 1) {
		memcpy(out, d[0], 32);
		return;
	}
	while (2 * k < n)
		k *= 2;
	naive_root(d, k, node + 1);
	naive_root(d + k, n - k, node + 33);
	lt_sha256(lt_bytes(node, 65), out);
}

/* PATH of RFC 6962; returns the number of hashes. */
static size_t naive_path(size_t m, const uint8_t (*d)[32], size_t n, uint8_t (*out)[32])
{
	size_t k = 1, count;
	if (n == 1)
		return 0;
	while (2 * k < n)
		k *= 2;
	count = m < k ? naive_path(m, d, k, out) : naive_path(m - k, d + k, n - k, out);
	if (m < k)
		naive_root(d + k, n - k, out[count]);
	else
		naive_root(d, k, out[count]);
	return count + 1;
}

/* SUBPROOF of RFC 6962. */
static size_t naive_proof(size_t m, const uint8_t (*d)[32], size_t n, bool whole, uint8_t (*out)[32])
{
	size_t k = 1, count;
	if (m == n) {
		if (!whole)
			naive_root(d, n, out[0]);
		return whole ? 0 : 1;
	}
	while (2 * k < n)
		k *= 2;
	count = m <= k ? naive_proof(m, d, k, whole, out) : naive_proof(m - k, d + k, n - k, false, out);
	if (m <= k)
		naive_root(d + k, n - k, out[count]);
	else
		naive_root(d, k, out[count]);
	return count + 1;
}

static void sha256_has_the_known_values(void **state)
{
	(void)state;
	uint8_t hash[32];
	lt_sha256(lt_bytes(NULL, 0), hash);
	assert_hash(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	lt_sha256(lt_bytes("abc", 3), hash); /* FIPS 180-2 appendix B.1 */
	assert_hash(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	lt_leaf_hash(lt_bytes(NULL, 0), hash);
	assert_hash(hash, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

static void *hash_often(void *arg)
{
	uint8_t hash[32];
	for (uint32_t i = 0; i < 20000; i++) {
		lt_leaf_hash(lt_bytes(&(uint32_t){ i % MANY }, 4), hash);
		if (memcmp(hash, leaves[i % MANY], 32) != 0)
			return arg;
	}
	return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
	(void)state;
	pthread_t threads[3];
	void *wrong;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_often, leaves), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
}

/* The eight inputs that the implementations of Certificate Transparency test with, and their published roots. */
static void the_well_known_tree(void **state)
{
	(void)state;
	static const char *const inputs[] = {
		"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
	};
	static const char *const roots[] = { "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
					     "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
					     "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
					     "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
					     "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
					     "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
					     "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
					     "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
					     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" };
	struct lt_merkle tree;
	uint8_t data[16], leaf[8][32], root[32];
	lt_merkle_init(&tree);
	for (size_t i = 0; i <= 8; i++) {
		lt_merkle_root(&tree, root);
		assert_hash(root, roots[i]);
		naive_root((const uint8_t(*)[32])leaf, i, root);
		assert_hash(root, roots[i]);
		if (i == 8)
			break;
		size_t len = strlen(inputs[i]) / 2;
		assert_int_equal(lt_unhex(inputs[i], data, len), LT_OK);
		lt_leaf_hash(lt_bytes(data, len), leaf[i]);
		lt_merkle_append(&tree, leaf[i]);
	}
}

static void roots_follow_the_definition(void **state)
{
	(void)state;
	struct lt_merkle tree;
	uint8_t expected[32], root[32];
	lt_merkle_init(&tree);
	for (size_t n = 0; n < MANY; n++) {
		naive_root(from(0), n, expected);
		lt_merkle_root(&tree, root);
		assert_memory_equal(root, expected, 32);
		lt_merkle_root_of(from(0), n, root);
		assert_memory_equal(root, expected, 32);
		assert_int_equal(tree.size, n);
		lt_merkle_append(&tree, leaves[n]);
	}
}

/* Only size and the peaks of set bits count: that is what is stored. */
static void a_tree_goes_on_from_its_peaks(void **state)
{
	(void)state;
	struct lt_merkle tree, again;
	uint8_t expected[32], root[32];
	lt_merkle_init(&tree);
	for (size_t i = 0; i < 77; i++)
		lt_merkle_append(&tree, leaves[i]);
	memset(&again, 0xee, sizeof again);
	again.size = tree.size;
	for (unsigned i = 0; i < 64; i++)
		if (tree.size >> i & 1)
			memcpy(again.peaks[i], tree.peaks[i], 32);
	for (size_t i = 77; i < MANY; i++)
		lt_merkle_append(&again, leaves[i]);
	naive_root(from(0), MANY, expected);
	lt_merkle_root(&again, root);
	assert_memory_equal(root, expected, 32);
}

static void paths_follow_the_definition_and_verify(void **state)
{
	(void)state;
	uint8_t path[LT_MERKLE_PATH_MAX][32], expected[LT_MERKLE_PATH_MAX][32], root[32];
	size_t count;
	for (size_t n = 1; n < MANY; n += n < 20 ? 1 : 7) {
		naive_root(from(0), n, root);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(lt_merkle_path(from(0), n, i, path, &count), LT_OK);
			assert_int_equal(count, naive_path(i, from(0), n, expected));
			assert_memory_equal(path, expected, count * 32);
			assert_true(lt_merkle_verify(leaves[i], i, n, (const uint8_t(*)[32])path, count, root));
		}
	}
	assert_int_equal(lt_merkle_path(from(0), 4, 4, path, &count), LT_EINVAL);
	assert_int_equal(lt_merkle_path(from(0), 0, 0, path, &count), LT_EINVAL);
}

static void wrong_paths_do_not_verify(void **state)
{
	(void)state;
	uint8_t path[LT_MERKLE_PATH_MAX + 1][32] = { { 0 } }, root[32];
	const uint8_t(*p)[32] = (const uint8_t(*)[32])path;
	size_t count;
	for (size_t n = 1; n < 20; n++) {
		naive_root(from(0), n, root);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(lt_merkle_path(from(0), n, i, path, &count), LT_OK);
			assert_false(lt_merkle_verify(leaves[n], i, n, p, count, root));
			for (size_t other = 0; other < 20; other++)
				if (other != i)
					assert_false(lt_merkle_verify(leaves[i], other, n, p, count, root));
			assert_false(lt_merkle_verify(leaves[i], i, n, p, count + 1, root));
			if (count > 0)
				assert_false(lt_merkle_verify(leaves[i], i, n, p, count - 1, root));
			for (size_t k = 0; k < count; k++) {
				path[k][31] ^= 1;
				assert_false(lt_merkle_verify(leaves[i], i, n, p, count, root));
				path[k][31] ^= 1;
			}
			root[0] ^= 128;
			assert_false(lt_merkle_verify(leaves[i], i, n, p, count, root));
			root[0] ^= 128;
		}
	}
	assert_false(lt_merkle_verify(leaves[0], 0, 0, p, 0, leaves[0]));
	assert_false(lt_merkle_verify(leaves[0], UINT64_MAX, UINT64_MAX, p, 65, root));
	assert_false(lt_merkle_verify(leaves[0], UINT64_MAX - 1, UINT64_MAX, p, 64, root));
}

static void consistency_proofs_follow_the_definition_and_verify(void **state)
{
	(void)state;
	uint8_t proof[LT_MERKLE_PATH_MAX + 1][32], expected[LT_MERKLE_PATH_MAX + 1][32], old[32], new[32];
	size_t count;
	for (size_t n = 1; n < MANY; n += n < 20 ? 1 : 7) {
		naive_root(from(0), n, new);
		for (size_t m = 1; m <= n; m++) {
			naive_root(from(0), m, old);
			assert_int_equal(lt_merkle_consistency(from(0), n, m, proof, &count), LT_OK);
			assert_int_equal(count, naive_proof(m, from(0), n, true, expected));
			assert_memory_equal(proof, expected, count * 32);
			assert_true(lt_merkle_verify_consistency(m, old, n, new, (const uint8_t(*)[32])proof, count));
		}
	}
	assert_int_equal(lt_merkle_consistency(from(0), 4, 0, proof, &count), LT_EINVAL);
	assert_int_equal(lt_merkle_consistency(from(0), 4, 5, proof, &count), LT_EINVAL);
}

static void wrong_consistency_proofs_do_not_verify(void **state)
{
	(void)state;
	uint8_t proof[LT_MERKLE_PATH_MAX + 2][32] = { { 0 } }, old[32], new[32];
	const uint8_t(*p)[32] = (const uint8_t(*)[32])proof;
	size_t count;
	for (size_t n = 2; n < 20; n++) {
		naive_root(from(0), n, new);
		for (size_t m = 1; m < n; m++) {
			naive_root(from(0), m, old);
			assert_int_equal(lt_merkle_consistency(from(0), n, m, proof, &count), LT_OK);
			assert_false(lt_merkle_verify_consistency(m, old, n, new, p, count - 1));
			assert_false(lt_merkle_verify_consistency(m, old, n, new, p, count + 1));
			assert_false(lt_merkle_verify_consistency(n, new, m, old, p, count));
			assert_false(lt_merkle_verify_consistency(m, new, n, new, p, count));
			assert_false(lt_merkle_verify_consistency(m, old, n, old, p, count));
			/* right hashes, but a tree that is said to be higher than they reach */
			assert_false(lt_merkle_verify_consistency(m, old, 4 * n, new, p, count));
			for (size_t k = 0; k < count; k++) {
				proof[k][0] ^= 1;
				assert_false(lt_merkle_verify_consistency(m, old, n, new, p, count));
				proof[k][0] ^= 1;
			}
		}
	}
}

static void consistency_without_a_proof(void **state)
{
	(void)state;
	uint8_t empty[32], one[32];
	naive_root(from(0), 0, empty);
	naive_root(from(0), 1, one);
	assert_true(lt_merkle_verify_consistency(0, empty, 0, empty, NULL, 0));
	assert_true(lt_merkle_verify_consistency(0, empty, 1, one, NULL, 0));
	assert_true(lt_merkle_verify_consistency(1, one, 1, one, NULL, 0));
	assert_false(lt_merkle_verify_consistency(0, one, 1, one, NULL, 0));
	assert_false(lt_merkle_verify_consistency(0, empty, 0, one, NULL, 0));
	assert_false(lt_merkle_verify_consistency(0, one, 0, one, NULL, 0));
	assert_false(lt_merkle_verify_consistency(1, one, 1, empty, NULL, 0));
	assert_false(lt_merkle_verify_consistency(1, one, 2, one, NULL, 0));
	assert_false(lt_merkle_verify_consistency(1, one, 1, one, from(0), 1));
	assert_false(lt_merkle_verify_consistency(0, empty, 1, one, from(0), 1));
	assert_false(lt_merkle_verify_consistency(1, one, UINT64_MAX, one, from(0), 66));
}

TEST_MAIN_AROUND(make_leaves, NULL, cmocka_unit_test(sha256_has_the_known_values),
		 cmocka_unit_test(threads_do_not_disturb_each_other), cmocka_unit_test(the_well_known_tree),
		 cmocka_unit_test(roots_follow_the_definition), cmocka_unit_test(a_tree_goes_on_from_its_peaks),
		 cmocka_unit_test(paths_follow_the_definition_and_verify), cmocka_unit_test(wrong_paths_do_not_verify),
		 cmocka_unit_test(consistency_proofs_follow_the_definition_and_verify),
		 cmocka_unit_test(wrong_consistency_proofs_do_not_verify),
		 cmocka_unit_test(consistency_without_a_proof))
