/* test_filled.c: fields of a small form. */
#include "page/filled.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static bool read(struct filled *form, const char *body)
{
	*form = (struct filled){ 0 };
	return filled_read(form, lt_bytes(body, strlen(body)));
}

static void fields(void **state)
{
	struct filled form;
	size_t at = 0;
	(void)state;
	assert_true(
		read(&form, "a=1&reason=Thi%E1%BA%BFu+gi%e1%ba%a5y%0D%0Atr%c3%adch%0D%0A&to=H37.11+x&to=G09&empty="));
	assert_string_equal(filled_text(&form, "reason"), "Thiếu giấy\ntrích");
	assert_string_equal(filled_text(&form, "empty"), "");
	assert_string_equal(filled_text(&form, "none"), "");
	assert_true(filled_has(&form, "to", "G09"));
	assert_false(filled_has(&form, "to", "G0"));
	assert_string_equal(filled_next(&form, "to", &at), "H37.11 x");
	assert_string_equal(filled_next(&form, "to", &at), "G09");
	assert_null(filled_next(&form, "to", &at));
	filled_fini(&form);
	assert_true(read(&form, ""));
	assert_true(read(&form, "&&"));
	filled_fini(&form);
}

static void what_is_no_form(void **state)
{
	static const char *const bad[] = { "a",     "a=%",   "a=%4",  "a=%zz", "a=1&b",
					   "a=%00", "%00=a", "a=%ff", "a=%c3", "=%ed%a0%80" };
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct filled form;
		assert_false(read(&form, bad[i]));
		filled_fini(&form);
	}
}

static void limits(void **state)
{
	struct filled form = { 0 };
	char *text = calloc(1, FILLED_BYTES_MAX + 4);
	(void)state;
	assert_non_null(text);
	memset(text, 'x', FILLED_BYTES_MAX + 2);
	memcpy(text, "a=", 2);
	assert_true(read(&form, text));
	filled_fini(&form);
	text[FILLED_BYTES_MAX + 2] = 'x';
	assert_false(read(&form, text));
	filled_fini(&form);
	for (size_t i = 0; i <= FILLED_FIELDS_MAX; i++)
		memcpy(text + 3 * i, "a=&", 3);
	text[3 * FILLED_FIELDS_MAX] = '\0';
	assert_true(read(&form, text));
	filled_fini(&form);
	memcpy(text + 3 * FILLED_FIELDS_MAX, "a=", 3);
	assert_false(read(&form, text));
	filled_fini(&form);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(what_is_no_form),
		cmocka_unit_test(limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
