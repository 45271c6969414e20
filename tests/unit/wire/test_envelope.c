/* Kinds by name and number, and the parts of an envelope against its header. */
#include "test.h"

#include <string.h>

#include "wire/kind.h"

static void kinds(void **state)
{
	(void)state;
	enum lt_kind kind;
	assert_string_equal(lt_kind_name(LT_KIND_FORWARD), "FORWARD");
	assert_string_equal(lt_kind_name(LT_KIND_UNDELIVERABLE), "UNDELIVERABLE");
	assert_string_equal(lt_kind_name((enum lt_kind)0), "UNKNOWN");
	assert_string_equal(lt_kind_name((enum lt_kind)63), "UNKNOWN");
	for (int i = -1; i < 200; i++) {
		if (!kind_find(i))
			continue;
		assert_int_equal(lt_kind_find(lt_kind_name((enum lt_kind)i), &kind), LT_OK);
		assert_int_equal(kind, i);
		assert_int_equal(kind_is_notice(kind), i >= 64);
	}
	assert_int_equal(lt_kind_find("forward", &kind), LT_ENOENT);
	assert_int_equal(lt_kind_find("UNKNOWN", &kind), LT_ENOENT);
	assert_true(lt_kind_offers(LT_KIND_OPEN) && lt_kind_offers(LT_KIND_FORWARD));
	assert_true(lt_kind_offers(LT_KIND_RETURN) && lt_kind_offers(LT_KIND_RESULT));
	assert_false(lt_kind_offers(LT_KIND_ACCEPT) || lt_kind_offers(LT_KIND_RECALL));
	assert_false(lt_kind_offers(LT_KIND_HANDED_OVER) || lt_kind_offers(LT_KIND_CONSULT));
	assert_true(kind_answers(LT_KIND_ACCEPT) && kind_answers(LT_KIND_REFUSE) && !kind_answers(LT_KIND_RECALL));
	assert_true(kind_refused_when_full(&(struct lt_header){ .kind = LT_KIND_OPEN }) &&
		    !kind_refused_when_full(&(struct lt_header){ .kind = LT_KIND_ACCEPT }) &&
		    kind_refused_when_full(&(struct lt_header){ .kind = LT_KIND_CONSULT, .part_count = 1 }) &&
		    !kind_refused_when_full(&(struct lt_header){ .kind = LT_KIND_DUE_SOON, .part_count = 1 }));
	struct lt_header act = { .kind = LT_KIND_RECALL_ANSWER, .agree = LT_AGREE_NO };
	assert_false(kind_moves(&act));
	act.agree = LT_AGREE_YES;
	assert_true(kind_moves(&act));
	act.kind = LT_KIND_HANDED_OVER;
	assert_true(kind_moves(&act));
	act.kind = LT_KIND_OPINION;
	assert_false(kind_moves(&act));
	/* What is no kind has no properties. */
	enum lt_kind none = (enum lt_kind)63;
	act.kind = none;
	assert_false(kind_moves(&act) || kind_answers(none) || kind_is_notice(none) ||
		     kind_refused_when_full(&(struct lt_header){ .kind = none }) || lt_kind_offers(none));
}

static void parts_of_envelope(void **state)
{
	(void)state;
	static uint8_t large[LT_PART_MAX + 1];
	struct lt_part_info infos[2] = { { .name = "a" }, { .name = "b" } };
	struct lt_header header = { .part_count = 2, .parts = infos };
	struct lt_bytes bodies[2] = { lt_bytes("one", 3), lt_bytes("three", 5) };
	struct lt_envelope envelope = { .part_count = 2, .parts = bodies };
	struct lt_refusal refusal;
	for (size_t i = 0; i < 2; i++) {
		infos[i].size = bodies[i].len;
		lt_sha256(bodies[i], infos[i].sha256);
	}
	assert_int_equal(lt_envelope_check_parts(&header, &envelope, &refusal), LT_REASON_NONE);
	envelope.part_count = 1;
	assert_int_equal(lt_envelope_check_parts(&header, &envelope, &refusal), LT_PART_COUNT_WRONG);
	envelope.part_count = 2;
	bodies[1] = lt_bytes("thre", 4);
	assert_int_equal(lt_envelope_check_parts(&header, &envelope, &refusal), LT_PART_SIZE_WRONG);
	assert_non_null(strstr(refusal.detail, "parts[1]"));
	bodies[1] = lt_bytes("threE", 5);
	assert_int_equal(lt_envelope_check_parts(&header, &envelope, &refusal), LT_PART_DIGEST_WRONG);
	bodies[1] = lt_bytes(large, sizeof(large));
	assert_int_equal(lt_envelope_check_parts(&header, &envelope, NULL), LT_PART_TOO_LARGE);
}

TEST_MAIN(cmocka_unit_test(kinds), cmocka_unit_test(parts_of_envelope))
