/* test_succession.c: who acts for an agency at a time, and directories that may say so. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "simreform.h"
#include "state/succession.h"

#define NOW INT64_C(1795000000000000)
#define CUT (NOW + 1000)

static struct simreform *reform;
static struct rulebook *rulebook;

static void begin(void)
{
	static const char *const codes[] = { "H37.01", "H37.02", "H37.03", "H37.04", "H37.05",
					     "H37.06", "H37.07", "H37.08", "H37.09", "H37.10" };
	reform = simreform_new(NOW);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		simreform_add(reform, codes[i]);
}

static void end(void)
{
	rulebook_unref(rulebook);
	rulebook = NULL;
	simreform_free(reform);
}

static const char *of(const char *code, int64_t time)
{
	return succession_of(rulebook, code, NULL, time);
}

static void set_field(struct dossier *dossier, const char *name, const char *value)
{
	struct dossier_field *field = &dossier->fields[dossier->field_count++];
	strcpy(field->name, name);
	strcpy(field->value, value);
}

static void follows_one_successor_from_valid_to_on(void **state)
{
	(void)state;
	begin();
	simreform_close(reform, "H37.01", CUT, "H37.02");
	rulebook = simreform_rulebook(reform);
	assert_string_equal(of("H37.01", CUT - 1), "H37.01");
	assert_string_equal(of("H37.01", CUT), "H37.02");
	assert_string_equal(of("H37.02", CUT), "H37.02");
	assert_string_equal(of("H99", CUT), "H99");
	assert_false(succession_closed(rulebook, "H37.01", CUT - 1));
	assert_true(succession_closed(rulebook, "H37.01", CUT));
	assert_false(succession_closed(rulebook, "H99", CUT));
	assert_false(succession_closed(rulebook, "", CUT));
	assert_true(succession_acts_for(rulebook, "H37.01", "H37.01", NULL, CUT - 1));
	assert_false(succession_acts_for(rulebook, "H37.02", "H37.01", NULL, CUT - 1));
	assert_false(succession_acts_for(rulebook, "H37.01", "H37.01", NULL, CUT));
	assert_true(succession_acts_for(rulebook, "H37.02", "H37.01", NULL, CUT));
	assert_true(succession_acts_for(rulebook, "H37.02", "H37.02", NULL, CUT));
	assert_false(succession_acts_for(rulebook, "", "", NULL, CUT));
	end();
}

static void follows_several_reorganisations_each_at_its_time(void **state)
{
	(void)state;
	begin();
	simreform_close(reform, "H37.01", CUT, "H37.02");
	simreform_close(reform, "H37.02", CUT + 10, "H37.03");
	simreform_close(reform, "H37.03", CUT - 10, "H37.04");
	rulebook = simreform_rulebook(reform);
	assert_string_equal(of("H37.01", CUT), "H37.02");
	assert_string_equal(of("H37.01", CUT + 9), "H37.02");
	assert_string_equal(of("H37.01", CUT + 10), "H37.04"); /* 03 was closed before */
	assert_string_equal(succession_next(rulebook, "H37.01", NULL, CUT + 10), "H37.02");
	end();
}

static void a_closed_agency_without_successor_acts_for_itself(void **state)
{
	(void)state;
	begin();
	simreform_close(reform, "H37.01", CUT, NULL);
	rulebook = simreform_rulebook(reform);
	assert_string_equal(of("H37.01", CUT), "H37.01");
	assert_true(succession_closed(rulebook, "H37.01", CUT));
	end();
}

static void a_split_goes_by_the_dossiers_field(void **state)
{
	static const char *const rules[] = { "xa_a=H37.02", "xa_b=H37.03", "=H37.04", NULL };
	struct dossier *dossier = calloc(1, sizeof(*dossier));
	(void)state;
	begin();
	simreform_split(reform, "H37.01", CUT, "xa", rules);
	simreform_close(reform, "H37.03", CUT, "H37.05");
	rulebook = simreform_rulebook(reform);
	assert_string_equal(succession_of(rulebook, "H37.01", dossier, CUT), "H37.04"); /* no such field */
	set_field(dossier, "huyen", "xa_a");
	set_field(dossier, "xa", "xa_a");
	assert_string_equal(succession_of(rulebook, "H37.01", dossier, CUT), "H37.02");
	assert_string_equal(succession_of(rulebook, "H37.01", dossier, CUT - 1), "H37.01");
	strcpy(dossier->fields[1].value, "xa_b");
	assert_string_equal(succession_of(rulebook, "H37.01", dossier, CUT), "H37.05"); /* and on */
	strcpy(dossier->fields[1].value, "xa_c");
	assert_string_equal(succession_of(rulebook, "H37.01", dossier, CUT), "H37.04");
	assert_string_equal(of("H37.01", CUT), "H37.04");
	free(dossier);
	end();
}

static void who_acts_for_a_party_is_a_party(void **state)
{
	struct dossier *dossier = calloc(1, sizeof(*dossier));
	(void)state;
	begin();
	simreform_close(reform, "H37.01", CUT, "H37.02");
	rulebook = simreform_rulebook(reform);
	dossier_add_party(dossier, "H37.01");
	assert_true(succession_is_party(rulebook, "H37.01", dossier, CUT)); /* it may still ask, were it here */
	assert_true(succession_is_party(rulebook, "H37.02", dossier, CUT));
	assert_false(succession_is_party(rulebook, "H37.02", dossier, CUT - 1));
	assert_false(succession_is_party(rulebook, "H37.03", dossier, CUT));
	free(dossier);
	end();
}

static void expect_refused(const char *words)
{
	struct lt_buf out = { 0 };
	struct lt_refusal refusal;
	assert_int_equal(simreform_encode(reform, "lienthong.test", 1, NOW, &out, &refusal), LT_DIRECTORY_INVALID);
	if (!strstr(refusal.detail, words))
		fail_msg("\"%s\" does not name \"%s\"", refusal.detail, words);
	lt_buf_fini(&out);
}

static void circles_and_endless_ways_are_refused(void **state)
{
	char from[16], to[16];
	(void)state;
	begin();
	simreform_close(reform, "H37.01", CUT, "H37.02");
	simreform_close(reform, "H37.02", CUT, "H37.03");
	simreform_close(reform, "H37.03", CUT, "H37.01");
	expect_refused("circle");
	for (int i = 1; i < 10; i++) { /* nine steps */
		snprintf(from, sizeof(from), "H37.%02d", i);
		snprintf(to, sizeof(to), "H37.%02d", i + 1);
		simreform_close(reform, from, CUT, to);
	}
	expect_refused("over 8 steps");
	simreform_close(reform, "H37.05", CUT, "H37.10");
	rulebook = simreform_rulebook(reform);
	assert_string_equal(of("H37.01", CUT), "H37.10");
	end();
}

static void eight_steps_are_followed(void **state)
{
	char from[16], to[16];
	(void)state;
	begin();
	for (int i = 1; i < 9; i++) {
		snprintf(from, sizeof(from), "H37.%02d", i);
		snprintf(to, sizeof(to), "H37.%02d", i + 1);
		simreform_close(reform, from, CUT, to);
	}
	rulebook = simreform_rulebook(reform);
	assert_string_equal(of("H37.01", CUT), "H37.09");
	end();
}

static void splits_that_leave_somebody_out_are_refused(void **state)
{
	static const char *const no_others[] = { "a=H37.02", "b=H37.03", NULL };
	static const char *const twice[] = { "a=H37.02", "a=H37.03", "=H37.02", NULL };
	(void)state;
	begin();
	simreform_split(reform, "H37.01", CUT, "xa", no_others);
	expect_refused("all other");
	simreform_split(reform, "H37.01", CUT, "xa", twice);
	expect_refused("twice");
	end();
}

static void an_adapter_sees_the_same_in_the_directory(void **state)
{
	static const char *const rules[] = { "a=H37.02", "=H37.03", NULL };
	(void)state;
	begin();
	simreform_split(reform, "H37.01", CUT, "xa", rules);
	simreform_close(reform, "H37.03", CUT + 5, "H37.04");
	rulebook = simreform_rulebook(reform);
	const struct lt_directory *directory = rulebook_directory(rulebook);
	assert_false(lt_directory_succeeds(directory, "H37.02", "H37.01", CUT - 1));
	assert_true(lt_directory_succeeds(directory, "H37.02", "H37.01", CUT));
	assert_true(lt_directory_succeeds(directory, "H37.03", "H37.01", CUT));
	assert_false(lt_directory_succeeds(directory, "H37.04", "H37.01", CUT));
	assert_true(lt_directory_succeeds(directory, "H37.04", "H37.01", CUT + 5));
	assert_false(lt_directory_succeeds(directory, "H37.01", "H37.01", CUT));
	assert_false(lt_directory_succeeds(directory, "H37.05", "H37.01", CUT));
	assert_false(lt_directory_succeeds(directory, "H37.02", "H99", CUT));
	end();
}

TEST_MAIN(cmocka_unit_test(follows_one_successor_from_valid_to_on),
	  cmocka_unit_test(follows_several_reorganisations_each_at_its_time),
	  cmocka_unit_test(a_closed_agency_without_successor_acts_for_itself),
	  cmocka_unit_test(a_split_goes_by_the_dossiers_field), cmocka_unit_test(who_acts_for_a_party_is_a_party),
	  cmocka_unit_test(circles_and_endless_ways_are_refused), cmocka_unit_test(eight_steps_are_followed),
	  cmocka_unit_test(splits_that_leave_somebody_out_are_refused),
	  cmocka_unit_test(an_adapter_sees_the_same_in_the_directory))
