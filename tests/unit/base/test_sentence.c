/* test_sentence.c: every line of the catalogue is said in both languages, with parameters as large as they come. */
#include "test.h"

#include <lienthong/reason.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct {
	uint32_t number;
	const char *english, *vietnamese;
} lines[] = {
#define SENTENCE(number, english, vietnamese) { number, english, vietnamese },
#include "base/sentence.def"
#undef SENTENCE
};
#define LINES (sizeof lines / sizeof *lines)

static const struct {
	const char *english, *vietnamese;
} words[] = {
#define SENTENCE_WORD(english, vietnamese) { english, vietnamese },
#include "base/sentence.def"
#undef SENTENCE_WORD
};
#define WORDS (sizeof words / sizeof *words)

static void check_said(struct lt_bytes sentence, uint32_t number, bool empty)
{
	char english[LT_SENTENCE_TEXT], vietnamese[LT_SENTENCE_TEXT];
	lt_sentence_say(sentence, LT_ENGLISH, english, sizeof english);
	lt_sentence_say(sentence, LT_VIETNAMESE, vietnamese, sizeof vietnamese);
	if (((!english[0] || !vietnamese[0]) && !empty) || strchr(vietnamese, '{') ||
	    !lt_text_valid(english, strlen(english)) || !lt_text_valid(vietnamese, strlen(vietnamese)))
		fail_msg("%u: \"%s\" \"%s\"", number, english, vietnamese);
}

/* A Sentence that another made: the types are those of the conversions. */
static size_t write_extreme(uint32_t number, const char *english, const char *text, uint8_t *out)
{
	size_t len = 0, text_len = strlen(text);
	out[len++] = 1 << 3;
	for (; number >= 0x80; number >>= 7)
		out[len++] = (uint8_t)(number | 0x80);
	out[len++] = (uint8_t)number;
	for (const char *p = english; (p = strchr(p, '%')) != NULL;) {
		if (*++p == '%') {
			p++;
			continue;
		}
		p += strcspn(p, "duXsc");
		bool is_text = *p == 's' || *p == 'c';
		out[len++] = 2 << 3 | 2;
		out[len++] = (uint8_t)(is_text ? text_len + 2 : 11);
		out[len++] = (uint8_t)(is_text ? 3 << 3 | 2 : *p == 'd' ? 2 << 3 : 1 << 3);
		if (is_text) {
			out[len++] = (uint8_t)text_len;
			memcpy(out + len, text, text_len);
			len += text_len;
		} else {
			memset(out + len, 0xff, 9);
			out[len + 9] = 1;
			len += 10;
		}
	}
	return len;
}

static void every_line_is_said_in_both_languages(void **state)
{
	static const char *const texts[] = { "",          "a",
					     "%s%n%",     "\xff\xfe\x1b[31m\xe2\x80\xae",
					     "suspended", "ồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồồ" };
	uint8_t sentence[1200];
	(void)state;
	for (size_t i = 0; i < LINES; i++) {
		const char *english, *vietnamese;
		assert_true(lt_sentence_line(lines[i].number, &english, &vietnamese));
		assert_string_equal(english, lines[i].english);
		assert_string_equal(vietnamese, lines[i].vietnamese);
		for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
			size_t len = write_extreme(lines[i].number, english, texts[t], sentence);
			check_said(lt_bytes(sentence, len), lines[i].number, !texts[t][0]);
		}
	}
}

static void a_refusal_has_the_sentence_of_its_format(void **state)
{
	struct lt_refusal refusal;
	struct lt_parameter parameters[LT_PARAMETERS_MAX];
	char text[LT_SENTENCE_TEXT];
	uint32_t number;
	size_t count;
	(void)state;
	lt_refuse(&refusal, LT_TRACE_ORDER, "trace: %u; branch %u is at %02u, next is %02u", 6u, 1u, 3u, 4u);
	assert_string_equal(refusal.detail, "trace: 6; branch 1 is at 03, next is 04");
	assert_string_equal(lt_sentence_say(lt_refusal_sentence(&refusal), LT_VIETNAMESE, text, sizeof text),
			    "trace: 6; nhánh 1 đang ở 03, tiếp theo là 04");
	lt_refuse(&refusal, LT_ALREADY_SO, "%s is %s", "H37.24", "suspended");
	assert_string_equal(lt_sentence_say(lt_refusal_sentence(&refusal), LT_VIETNAMESE, text, sizeof text),
			    "H37.24 đang bị tạm ngừng");
	lt_refuse(&refusal, LT_ID_IN_FUTURE, "%lld s ahead of the broker", (long long)INT64_MIN);
	assert_string_equal(refusal.detail, "-9223372036854775808 s ahead of the broker");
	lt_refuse(&refusal, LT_TEXT_NOT_IN_FORM, "%s: U+%04X at character %zu %s", "reason", 0x7u, (size_t)1,
		  "is a control character");
	assert_string_equal(refusal.detail, "reason: U+0007 at character 1 is a control character");
	assert_true(lt_sentence_read(lt_refusal_sentence(&refusal), &number, parameters, &count));
	assert_int_equal(count, 4);
	assert_int_equal(parameters[1].type, LT_PARAMETER_WHOLE);
	assert_int_equal(parameters[1].whole, 7);
	assert_int_equal(parameters[3].type, LT_PARAMETER_TEXT);
	lt_refuse(&refusal, LT_FRAME_MALFORMED, "HELLO: %.*s stands twice", 3, "abcdef");
	assert_string_equal(refusal.detail, "HELLO: abc stands twice");
	lt_refuse(&refusal, LT_FRAME_MALFORMED, "not in the catalogue %d", 1);
	assert_int_equal(refusal.sentence_len, 0);
	assert_string_equal(refusal.detail, "not in the catalogue 1");
}

static void long_texts_are_cut_at_a_character(void **state)
{
	struct lt_refusal refusal;
	char longer[1200] = "";
	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(longer, "ồ");
	lt_refuse(&refusal, LT_OPENER_NOT_ADMITTED, "procedure %s begins with leg %s, which is for %s, not for %s",
		  longer, longer, longer, longer);
	assert_true(refusal.sentence_len <= LT_SENTENCE_MAX);
	check_said(lt_refusal_sentence(&refusal), 0, false);
	assert_int_equal(strlen(refusal.detail), sizeof refusal.detail - 2); /* the last character would not fit */
}

/* A journal of a later version: number and parameters are still there to be looked up. */
static void an_unknown_number_is_shown_with_its_parameters(void **state)
{
	static const uint8_t later[] = { 8, 0x87, 0xce, 0, 18, 2, 8, 3, 18, 2, 16, 3, 18, 4, 26, 2, 'H', '1' };
	char text[LT_SENTENCE_TEXT];
	(void)state;
	assert_string_equal(lt_sentence_say(lt_bytes(later, sizeof later), LT_VIETNAMESE, text, sizeof text),
			    "9991 (3, -2, H1)");
	assert_string_equal(lt_sentence_say(lt_bytes(later, 4), LT_ENGLISH, text, sizeof text), "9991");
	/* Parameters that are not the line's: also as they are. */
	static const uint8_t other[] = { 8, 0xc1, 0x1f, 18, 2, 8, 3 };
	assert_string_equal(lt_sentence_say(lt_bytes(other, sizeof other), LT_ENGLISH, text, sizeof text), "4033 (3)");
}

static void bytes_that_are_no_sentence_say_nothing(void **state)
{
	static const uint8_t good[] = { 8, 0xc1, 0x1f, 18, 2, 8, 3, 18, 4, 26, 2, 'H', '1' };
	uint8_t bad[sizeof good];
	char text[LT_SENTENCE_TEXT];
	uint32_t number;
	(void)state;
	assert_string_equal(lt_sentence_say(lt_bytes(NULL, 0), LT_ENGLISH, text, sizeof text), "");
	for (size_t len = 0; len < sizeof good; len++) /* cut anywhere: never more than there is */
		lt_sentence_say(lt_bytes(good, len), LT_VIETNAMESE, text, sizeof text);
	for (size_t i = 0; i < sizeof good; i++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			memcpy(bad, good, sizeof good);
			bad[i] = (uint8_t)byte;
			lt_sentence_say(lt_bytes(bad, sizeof bad), LT_VIETNAMESE, text, sizeof text);
			assert_true(lt_text_valid(text, strlen(text)));
		}
	}
	memcpy(bad, good, sizeof good);
	bad[0] = 0x20;
	assert_false(lt_sentence_read(lt_bytes(bad, sizeof bad), &number, NULL, NULL));
	uint8_t nine[2 + 9 * 4] = { 8, 1 };
	for (size_t i = 0; i < 9; i++)
		memcpy(nine + 2 + 4 * i, "\x12\x02\x08\x01", 4);
	assert_true(lt_sentence_read(lt_bytes(nine, sizeof nine - 4), &number, NULL, NULL));
	assert_false(lt_sentence_read(lt_bytes(nine, sizeof nine), &number, NULL, NULL));
}

static void words_are_said_in_vietnamese(void **state)
{
	struct lt_refusal refusal;
	char text[LT_SENTENCE_TEXT];
	(void)state;
	for (size_t i = 0; i < WORDS; i++) {
		lt_refuse(&refusal, LT_SENDER_UNKNOWN, "%s", words[i].english);
		assert_string_equal(refusal.detail, words[i].english);
		lt_sentence_say(lt_refusal_sentence(&refusal), LT_VIETNAMESE, text, sizeof text);
		assert_string_equal(text, words[i].vietnamese);
	}
}

static double microseconds(const char *format)
{
	struct lt_refusal refusal;
	struct timespec from, to;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 100000; i++) /* a literal for the compiler's check, and what is measured */
		lt_refuse(&refusal, LT_BRANCH_CLOSED,
			  format[0] == 'b' ? "branch %u is closed at version %llu, last held by %s"
					   : "Branch %u is closed at version %llu, last held by %s",
			  1u, 4ull, "H37.24");
	clock_gettime(CLOCK_MONOTONIC, &to);
	return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / 100000;
}

/* Whoever sends what is refused may not be dear: a sentence costs about what its text did. */
static void a_refusal_is_cheap(void **state)
{
	(void)state;
	double text = microseconds("B"), sentence = microseconds("b");
	print_message("a refusal: %.2f us as a text alone, %.2f us with its sentence\n", text, sentence);
	assert_true(sentence < 20); /* under a sanitizer and on a slow day too */
}

TEST_MAIN(cmocka_unit_test(every_line_is_said_in_both_languages),
	  cmocka_unit_test(a_refusal_has_the_sentence_of_its_format),
	  cmocka_unit_test(long_texts_are_cut_at_a_character),
	  cmocka_unit_test(an_unknown_number_is_shown_with_its_parameters),
	  cmocka_unit_test(bytes_that_are_no_sentence_say_nothing), cmocka_unit_test(words_are_said_in_vietnamese),
	  cmocka_unit_test(a_refusal_is_cheap))
