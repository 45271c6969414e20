/* vectors_merkle.c: proof texts, and roots, paths and consistency proofs of small trees. */
#include "vectors.h"

#include <lienthong/merkle.h>
#include <stdio.h>
#include <string.h>

#include "wire/link.h"

#define LEAVES 13

static void proof(const char *agency, uint64_t resume)
{
	uint8_t bytes[4][32];
	struct lt_buf out = { 0 };
	for (size_t i = 0; i < 4; i++)
		memset(bytes[i], (int)(0x10 * (i + 1)), 32);
	VECTORS_NEED(lt_proof_text(VECTORS_DOMAIN, agency, lt_bytes(bytes[0], 32), lt_bytes(bytes[1], 32),
				   lt_bytes(bytes[2], 32), lt_bytes(bytes[3], 32), resume, &out) == LT_OK);
	vectors_begin("proof", agency, "OK");
	vectors_file("file", lt_buf_bytes(&out), "proof/%s.bin", agency);
	vectors_text("domain", VECTORS_DOMAIN);
	vectors_text("agency", agency);
	vectors_hex("broker_nonce", lt_bytes(bytes[0], 32));
	vectors_hex("adapter_nonce", lt_bytes(bytes[1], 32));
	vectors_hex("broker_key", lt_bytes(bytes[2], 32));
	vectors_hex("adapter_key", lt_bytes(bytes[3], 32));
	vectors_number("resume", (int64_t)resume);
	vectors_end();
	lt_buf_fini(&out);
}

void vectors_proofs(void)
{
	proof("H37", 0);
	proof("H37.24", 258);
	proof("G09", INT64_MAX);
}

static void path(const uint8_t (*leaves)[32], size_t count, size_t index, const char *expect)
{
	char name[60];
	uint8_t nodes[LT_MERKLE_PATH_MAX][32], root[32];
	size_t node_count = 0;
	lt_merkle_root_of(leaves, count, root);
	VECTORS_NEED(lt_merkle_path(leaves, count, index, nodes, &node_count) == LT_OK);
	snprintf(name, sizeof name, "path-%zu-of-%zu%s", index, count, expect[0] == 'O' ? "" : "-bad");
	if (expect[0] != 'O')
		nodes[node_count - 1][0] ^= 1;
	vectors_begin("merkle", name, expect);
	vectors_hex("leaf", lt_bytes(leaves[index], 32));
	vectors_number("index", (int64_t)index);
	vectors_number("count", (int64_t)count);
	vectors_hex_list("path", (const uint8_t(*)[32])nodes, node_count);
	vectors_hex("root", lt_bytes(root, 32));
	vectors_end();
}

static void consistency(const uint8_t (*leaves)[32], size_t old_count, size_t count, const char *expect)
{
	char name[60];
	uint8_t nodes[LT_MERKLE_PATH_MAX + 1][32], old_root[32], root[32];
	size_t node_count = 0;
	lt_merkle_root_of(leaves, old_count, old_root);
	lt_merkle_root_of(leaves, count, root);
	VECTORS_NEED(lt_merkle_consistency(leaves, count, old_count, nodes, &node_count) == LT_OK);
	snprintf(name, sizeof name, "grown-%zu-to-%zu%s", old_count, count, expect[0] == 'O' ? "" : "-bad");
	if (expect[0] != 'O')
		old_root[31] ^= 1;
	vectors_begin("merkle", name, expect);
	vectors_number("old_count", (int64_t)old_count);
	vectors_hex("old_root", lt_bytes(old_root, 32));
	vectors_number("count", (int64_t)count);
	vectors_hex("root", lt_bytes(root, 32));
	vectors_hex_list("proof", (const uint8_t(*)[32])nodes, node_count);
	vectors_end();
}

/* Leaf data are the texts "0", "1", … */
void vectors_merkle(void)
{
	uint8_t leaves[LEAVES][32], root[32];
	const char *texts[LEAVES];
	char text[LEAVES][4];
	for (size_t i = 0; i < LEAVES; i++) {
		snprintf(text[i], sizeof text[i], "%u", (unsigned)i % 100);
		texts[i] = text[i];
		lt_leaf_hash(lt_bytes(text[i], strlen(text[i])), leaves[i]);
	}
	const uint8_t(*hashes)[32] = (const uint8_t(*)[32])leaves;
	for (size_t count = 0; count <= LEAVES; count++) {
		char name[60];
		snprintf(name, sizeof name, "root-of-%zu", count);
		lt_merkle_root_of(hashes, count, root);
		vectors_begin("merkle", name, "OK");
		vectors_list("leaves", texts, count);
		vectors_hex("root", lt_bytes(root, 32));
		vectors_end();
	}
	static const size_t paths[][2] = { { 0, 1 }, { 0, 2 }, { 1, 2 }, { 2, 3 },  { 4, 5 },
					   { 3, 7 }, { 6, 7 }, { 0, 8 }, { 7, 13 }, { 12, 13 } };
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		path(hashes, paths[i][1], paths[i][0], "OK");
		if (paths[i][1] > 1)
			path(hashes, paths[i][1], paths[i][0], "BATCH_PATH_WRONG");
	}
	static const size_t grown[][2] = { { 1, 2 }, { 3, 7 }, { 4, 7 }, { 6, 7 }, { 8, 13 }, { 12, 13 }, { 13, 13 } };
	for (size_t i = 0; i < sizeof(grown) / sizeof(grown[0]); i++) {
		consistency(hashes, grown[i][0], grown[i][1], "OK");
		consistency(hashes, grown[i][0], grown[i][1], "BATCH_PATH_WRONG");
	}
}
