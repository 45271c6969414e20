/* Both facts of a consultation in one word; and that each owed act has its words. */
#include "test.h"

#include <lienthong/dossier.h>

static unsigned state_of(bool consent, bool silent, enum lt_agreement agree, bool late)
{
	const struct lt_consult_view consult = { .on_silence = consent };
	const struct lt_consult_answer answer = { .silent_at = silent ? 1000 : 0, .agree = agree, .late = late };
	return lt_consult_state(&consult, &answer);
}

static void consult_states(void **state)
{
	(void)state;
	assert_int_equal(state_of(false, false, LT_AGREE_NONE, false), 0);
	assert_int_equal(state_of(true, false, LT_AGREE_YES, false), 1);
	assert_int_equal(state_of(true, false, LT_AGREE_WITH_CONDITIONS, false), 1);
	assert_int_equal(state_of(true, false, LT_AGREE_NO, false), 2);
	assert_int_equal(state_of(false, false, LT_AGREE_NO, true), 3);
	assert_int_equal(state_of(false, true, LT_AGREE_YES, true), 3);
	assert_int_equal(state_of(false, true, LT_AGREE_NONE, false), 4);
	assert_int_equal(state_of(true, true, LT_AGREE_NONE, false), 5);
	assert_int_equal(state_of(true, true, LT_AGREE_NO, true), 5); /* the consent that the law gave stays */
}

static void owed_words(void **state)
{
	(void)state;
	for (uint32_t what = LT_OWED_RECEIVE; what <= LT_OWED_REFUSAL; what++) {
		assert_string_not_equal(lt_owed_name(what), "UNKNOWN");
		assert_string_not_equal(lt_owed_text(what), lt_owed_vietnamese(what));
	}
	assert_string_equal(lt_owed_name(0), "UNKNOWN");
	assert_string_equal(lt_owed_name(UINT32_MAX), "UNKNOWN");
}

TEST_MAIN(cmocka_unit_test(consult_states), cmocka_unit_test(owed_words))
