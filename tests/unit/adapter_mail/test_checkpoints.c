/* A ledger against the checkpoint that was kept: one that has grown agrees; whatever a broker does to records that it has signed for is
 * seen, with any proof that it can make. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "mail/ledger/checkpoints.h"

enum { KEPT = 11, NEWER = 29 };

static void make_leaves(uint8_t leaves[NEWER][32])
{
	for (uint8_t i = 0; i < NEWER; i++)
		lt_leaf_hash(lt_bytes(&i, 1), leaves[i]);
}

static void sign_for(const uint8_t (*leaves)[32], uint64_t size, struct lt_checkpoint *out)
{
	*out = (struct lt_checkpoint){ .origin = "lienthong.example.vn/00", .size = size };
	lt_merkle_root_of(leaves, (size_t)size, out->root);
}

/* What the broker of these leaves proves about its growth; true when it is believed. */
static bool believed(const struct checkpoints_kept *kept, const uint8_t (*leaves)[32], size_t size, size_t from)
{
	uint8_t proof[LT_MERKLE_PATH_MAX + 1][32];
	struct lt_bytes views[LT_MERKLE_PATH_MAX + 1];
	struct checkpoints_base base;
	struct lt_checkpoint next;
	size_t count = 0;
	char why[160];
	sign_for(leaves, size, &next);
	switch (checkpoints_judge(NULL, kept, &next, &base, why)) {
	case CHECKPOINTS_AGREE:
		return true;
	case CHECKPOINTS_BREAK:
		assert_true(strlen(why) > 10);
		return false;
	case CHECKPOINTS_OTHER:
		return false;
	case CHECKPOINTS_ASK:
		break;
	}
	assert_int_equal(lt_merkle_consistency(leaves, size, from, proof, &count), LT_OK);
	for (size_t i = 0; i < count; i++)
		views[i] = lt_bytes(proof[i], 32);
	return checkpoints_grown(&base, &next, views, count);
}

static void test_growth(void **state)
{
	(void)state;
	uint8_t honest[NEWER][32];
	struct checkpoints_kept kept = { .any = true }, none = { 0 };
	make_leaves(honest);
	sign_for((const uint8_t(*)[32])honest, KEPT, &kept.checkpoint);
	for (size_t size = KEPT; size <= NEWER; size++)
		assert_true(believed(&kept, (const uint8_t(*)[32])honest, size, KEPT));
	assert_true(believed(&none, (const uint8_t(*)[32])honest, 3, 1)); /* the first one is taken */
	for (size_t size = 1; size < KEPT; size++)                        /* drops the newest */
		assert_false(believed(&kept, (const uint8_t(*)[32])honest, size, 1));
}

static void test_lies(void **state)
{
	(void)state;
	uint8_t honest[NEWER][32], lying[NEWER][32];
	struct checkpoints_kept kept = { .any = true };
	make_leaves(honest);
	sign_for((const uint8_t(*)[32])honest, KEPT, &kept.checkpoint);
	for (size_t at = 0; at < KEPT; at++) {
		for (int lie = 0; lie < 3; lie++) {
			memcpy(lying, honest, sizeof(lying));
			if (lie == 0) /* rewrites */
				lying[at][0] ^= 1;
			else if (lie == 1) /* drops one, and all behind it move up */
				memmove(lying[at], lying[at + 1], (NEWER - 1 - at) * 32);
			else { /* reorders */
				memcpy(lying[at], honest[at + 1], 32);
				memcpy(lying[at + 1], honest[at], 32);
			}
			for (size_t size = KEPT; size <= NEWER - 1; size++)
				for (size_t from = 1; from <= size; from++) /* any proof */
					assert_false(believed(&kept, (const uint8_t(*)[32])lying, size, from));
		}
	}
}

TEST_MAIN(cmocka_unit_test(test_growth), cmocka_unit_test(test_lies))
