/* Printed forms: texts of strangers, QR codes, pages and tables, and whole documents. */
#include "test.h"

#include "pdf/form_make.h"
#include "pdf/form_page.h"
#include "pdf/form_qr.h"
#include "pdf/form_table.h"
#include "pdf/form_text.h"

/* cmocka wants these before it */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* fontconfig keeps its patterns until the process ends; the sanitizer takes that for leaks, and FcFini asserts when Pango
 * still has fonts. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig.so\n";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static void assert_clean(const char *text, size_t max, const char *expected)
{
	char *clean = form_text_clean(text, max);
	assert_string_equal(clean, expected);
	g_free(clean);
}

static void test_text_is_made_fit(void **state)
{
	(void)state;
	assert_clean("Hồ sơ", 10, "Hồ sơ");
	assert_clean("Ho\xCC\x82\xCC\x80 so\xCC\x9B", 10, "Hồ sơ"); /* decomposed letters are composed */
	assert_clean("a\xE2\x80\xAE"
		     "b\xE2\x81\xA6"
		     "c\xE2\x80\x8F"
		     "d\xE2\x80\x8B"
		     "e",
		     10, "abcde"); /* RLO, LRI, RLM, ZWSP */
	assert_clean("  a\r\n\tb\xE2\x80\xA8"
		     "c\x01  ",
		     10, "a b c");
	assert_clean("abcdef", 3, "abc…");
	assert_clean("abc", 3, "abc");
	assert_clean("a\xFFz", 10, "a\xEF\xBF\xBDz");
	assert_clean(NULL, 10, "");
}

static void test_marks_do_not_pile_up(void **state)
{
	(void)state;
	char text[1 + 2 * 100 + 1] = "q";
	for (size_t i = 0; i < 100; i++)
		memcpy(text + 1 + 2 * i, "\xCC\x95", 3);
	char *clean = form_text_clean(text, 1000);
	assert_int_equal(strlen(clean), 1 + 2 * FORM_MARKS_MAX);
	g_free(clean);
}

/* The finder pattern of ISO/IEC 18004 in three corners: seven modules, dark ring, white ring, dark heart. */
static bool finder(const struct form_qr *qr, unsigned x, unsigned y)
{
	for (unsigned i = 0; i < 7; i++)
		for (unsigned j = 0; j < 7; j++) {
			unsigned a = i < 3 ? i : 6 - i, b = j < 3 ? j : 6 - j, ring = a < b ? a : b;
			if (qr->modules[(y + i) * qr->width + x + j] != (ring != 1))
				return false;
		}
	return true;
}

static void test_qr_has_its_form(void **state)
{
	(void)state;
	struct form_qr qr;
	assert_int_equal(form_qr_make("H37.24-20250512-0000001", &qr), LT_OK);
	assert_int_equal(qr.width, 25); /* version 2 holds 26 bytes at level M */
	assert_true(finder(&qr, 0, 0));
	assert_true(finder(&qr, qr.width - 7, 0));
	assert_true(finder(&qr, 0, qr.width - 7));
	assert_false(finder(&qr, qr.width - 7, qr.width - 7));
	form_qr_fini(&qr);
	form_qr_fini(NULL);
	assert_int_equal(form_qr_make("", &qr), LT_EINVAL);
}

/* A page of 100 x 200 points that only counts. */
static void page_init(struct form_page *page)
{
	*page = (struct form_page){ .width = 300, .height = 220, .left = 0, .right = 300, .top = 0, .bottom = 200 };
	page->foot = page->page_word = page->of_word = "";
	page->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	form_page_begin(page);
}

static void test_need_breaks_only_a_begun_page(void **state)
{
	(void)state;
	struct form_page page;
	page_init(&page);
	form_page_need(&page, 1000);
	assert_int_equal(page.number, 1); /* fresh: a break would help nothing */
	page.y = 150;
	form_page_need(&page, 50);
	assert_int_equal(page.number, 1);
	form_page_need(&page, 51);
	assert_int_equal(page.number, 2);
	assert_true(page.y == page.top);
	g_object_unref(page.context);
}

static void test_long_text_goes_over_pages_and_words_break(void **state)
{
	(void)state;
	struct form_page page;
	const struct form_style style = { .size = 10 };
	char word[3001];
	memset(word, 'W', 3000);
	word[3000] = '\0';
	page_init(&page);
	PangoLayout *layout = form_page_layout(&page, &style, 300, word, 0, 0);
	PangoRectangle box;
	pango_layout_get_extents(layout, NULL, &box);
	assert_true(box.width <= 300 * PANGO_SCALE);
	double height = form_layout_height(layout);
	g_object_unref(layout);
	form_page_text(&page, &style, word);
	assert_true(page.number > 1);
	assert_in_range(page.number, (unsigned)(height / 200), (unsigned)(height / 150) + 1);
	assert_true(page.y <= page.bottom + 10);
	g_object_unref(page.context);
}

static void test_table_repeats_its_head_and_splits_rows(void **state)
{
	(void)state;
	struct form_page page;
	const struct form_column columns[] = { { "A", 1, FORM_LEFT }, { "B", 2, FORM_LEFT } };
	struct form_table table = { .page = &page, .columns = columns, .count = 2, .size = 10 };
	const char *row[] = { "1", "x" };
	page_init(&page);
	form_table_begin(&table);
	assert_true(table.head > 10 && page.y == table.head);
	unsigned rows = 0;
	double height = 0, before = page.y;
	for (; page.number == 1; rows++) {
		form_table_row(&table, row);
		if (rows == 0)
			height = page.y - before;
	}
	/* As many as fit under the head, and the one that did not stands under a new head. */
	assert_int_equal(rows - 1, (unsigned)((200 - table.head) / height));
	assert_true(page.y > table.head + height - 0.01 && page.y < table.head + height + 0.01);
	char lines[400];
	for (size_t i = 0; i < 199; i++)
		memcpy(lines + 2 * i, "y\n", 3);
	const char *tall[] = { "2", lines };
	form_table_row(&table, tall);
	assert_true(page.number > 10); /* 199 lines of about 13.6 points over pages with room for 13 */
	assert_false(page.full);
	assert_true(page.y <= page.bottom);
	g_object_unref(page.context);
}

/* What comes under the last row takes that row along onto a new page; a row without it stays. */
static void test_the_last_row_goes_with_what_follows(void **state)
{
	(void)state;
	for (double follow = 0; follow <= 60; follow += 60) {
		struct form_page page;
		const struct form_column columns[] = { { "A", 1, FORM_LEFT } };
		struct form_table table = { .page = &page, .columns = columns, .count = 1, .size = 10 };
		const char *row[] = { "x" };
		page_init(&page);
		form_table_begin(&table);
		while (form_page_room(&page) > 50)
			form_table_row(&table, row);
		assert_int_equal(page.number, 1);
		table.follow = follow;
		form_table_row(&table, row);
		assert_int_equal(page.number, follow > 0 ? 2 : 1);
		assert_true(form_page_room(&page) > follow);
		g_object_unref(page.context);
	}
}

static void test_pages_are_bounded(void **state)
{
	(void)state;
	struct form_page page;
	page_init(&page);
	for (unsigned i = 0; i < FORM_PAGES_MAX; i++)
		form_page_break(&page);
	assert_true(page.full);
	assert_int_equal(page.number, FORM_PAGES_MAX);
	g_object_unref(page.context);
}

static const char head[] =
	"{\"format\":\"lienthong.form.v1\",\"form\":\"%s\",\"lang\":\"%s\",\"time\":\"2026-11-24T09:15:02+07:00\","
	"\"agency\":{\"code\":\"H37.24\",\"name\":\"Ủy ban nhân dân huyện Cao Lộc\"},"
	"\"dossier\":{\"code\":\"H37.24-20250512-0000001\"}%s}";

static enum lt_err make(const char *form, const char *lang, const char *more, struct lt_buf *pdf, char *error)
{
	struct lt_buf json = { 0 };
	assert_int_equal(lt_buf_printf(&json, head, form, lang, more), LT_OK);
	enum lt_err err = form_make(lt_buf_bytes(&json), pdf, error);
	lt_buf_fini(&json);
	return err;
}

static void test_every_form_is_made_the_same_twice(void **state)
{
	(void)state;
	static const char *const langs[] = { "vi", "en", "both" };
	char form[] = "01", error[FORM_ERROR_MAX];
	for (form[1] = '1'; form[1] <= '7'; form[1]++) {
		for (size_t i = 0; i < 3; i++) {
			struct lt_buf one = { 0 }, two = { 0 };
			assert_int_equal(make(form, langs[i], ",\"act\":{\"items\":[\"a\"]}", &one, error), LT_OK);
			assert_int_equal(make(form, langs[i], ",\"act\":{\"items\":[\"a\"]}", &two, error), LT_OK);
			assert_true(one.len > 1000 && memcmp(one.data, "%PDF-", 5) == 0);
			assert_true(lt_bytes_equal(lt_buf_bytes(&one), lt_buf_bytes(&two)));
			assert_non_null(memmem(one.data, one.len, "20261124091502+07'00", 20));
			lt_buf_fini(&one);
			lt_buf_fini(&two);
		}
	}
}

/* A report: a cell for each column, no agency and no dossier. */
static void test_a_listing_has_any_columns(void **state)
{
	(void)state;
	static const char *const bad[] = {
		",\"columns\":[]", ",\"columns\":[{\"head\":\"A\"}],\"rows\":[[\"1\",\"2\"]]",
		",\"columns\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"
	};
	const char *more = ",\"title\":\"Báo cáo\",\"subtitle\":\"tháng\",\"columns\":[{\"head\":\"A\",\"share\":4},"
			   "{\"head\":\"B\",\"number\":true}],\"rows\":[[\"x\",\"1\"],[\"y\",null]],\"notes\":[\"n\"]";
	struct lt_buf pdf = { 0 };
	char error[FORM_ERROR_MAX];
	assert_int_equal(make("list", "vi", more, &pdf, error), LT_OK);
	assert_true(pdf.len > 1000);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(make("list", "vi", bad[i], &pdf, error), LT_EINVAL);
	lt_buf_fini(&pdf);
}

static void assert_refused(const char *json, enum lt_err expected, const char *words)
{
	struct lt_buf pdf = { 0 };
	char error[FORM_ERROR_MAX];
	assert_int_equal(form_make(lt_bytes(json, strlen(json)), &pdf, error), expected);
	assert_non_null(strstr(error, words));
	assert_int_equal(pdf.len, 0);
	lt_buf_fini(&pdf);
}

static void test_bad_data_is_refused_by_place(void **state)
{
	(void)state;
	assert_refused("", LT_EPARSE, "line");
	assert_refused("[]", LT_EPARSE, "not an object");
	assert_refused("{\"a\":1,\"a\":2}", LT_EPARSE, "duplicate");
	assert_refused("{}", LT_EINVAL, "/format");
	assert_refused("{\"format\":\"lienthong.form.v1\",\"form\":\"08\"}", LT_EINVAL, "/form");
	assert_refused("{\"format\":\"lienthong.form.v1\",\"form\":\"01\",\"lang\":\"fr\"}", LT_EINVAL, "/lang");
	assert_refused("{\"format\":\"lienthong.form.v1\",\"form\":\"01\",\"lang\":\"vi\",\"time\":\"now\"}", LT_EINVAL,
		       "/time");
	struct lt_buf pdf = { 0 };
	char error[FORM_ERROR_MAX];
	assert_int_equal(make("06", "vi", ",\"handoffs\":{}", &pdf, error), LT_EINVAL);
	assert_non_null(strstr(error, "/handoffs"));
	lt_buf_fini(&pdf);
}

static void test_wrong_kinds_of_values_are_dots(void **state)
{
	(void)state;
	struct lt_buf pdf = { 0 };
	char error[FORM_ERROR_MAX];
	assert_int_equal(make("01", "vi",
			      ",\"applicant\":[1],\"papers\":[null,3,{\"name\":7}],\"sets\":\"x\",\"act\":false", &pdf,
			      error),
			 LT_OK);
	lt_buf_clear(&pdf);
	assert_int_equal(
		make("06", "vi", ",\"handoffs\":[null,{\"giver\":3,\"verdict\":99,\"allotted\":-5}]", &pdf, error),
		LT_OK);
	lt_buf_clear(&pdf);
	assert_int_equal(make("02", "vi", ",\"act\":{\"items\":[1,null,\"b\"]}", &pdf, error), LT_OK);
	lt_buf_fini(&pdf);
}

TEST_MAIN(cmocka_unit_test(test_text_is_made_fit), cmocka_unit_test(test_marks_do_not_pile_up),
	  cmocka_unit_test(test_qr_has_its_form), cmocka_unit_test(test_need_breaks_only_a_begun_page),
	  cmocka_unit_test(test_long_text_goes_over_pages_and_words_break),
	  cmocka_unit_test(test_table_repeats_its_head_and_splits_rows),
	  cmocka_unit_test(test_the_last_row_goes_with_what_follows), cmocka_unit_test(test_pages_are_bounded),
	  cmocka_unit_test(test_a_listing_has_any_columns), cmocka_unit_test(test_every_form_is_made_the_same_twice),
	  cmocka_unit_test(test_bad_data_is_refused_by_place), cmocka_unit_test(test_wrong_kinds_of_values_are_dots))
