/* Fields of values on disk: the bytes that were agreed on, each kind there and back; and a value cut at any length is zero and empty
 * from there on, told once at the end, without a byte read behind it. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"

/* u8, u32, u64, raw, code, bytes, text */
static const uint8_t expected[] = {
	0x12,                                           /* u8 */
	0x78, 0x56, 0x34, 0x12,                         /* u32 */
	0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, /* u64 */
	'r',  'a',  'w',                                /* raw */
	3,    'H',  '3',  '7',                          /* code */
	2,    0,    0,    0,    0xff, 0x00,             /* bytes */
	3,    0,    0,    0,    'h',  'i',  0,          /* text */
};

static void write_all(struct fields_writer *writer)
{
	fields_put_u8(writer, 0x12);
	fields_put_u32(writer, 0x12345678);
	fields_put_u64(writer, UINT64_C(0x0102030405060708));
	fields_put_raw(writer, "raw", 3);
	fields_put_code(writer, "H37");
	fields_put_bytes(writer, lt_bytes("\xff", 2));
	fields_put_text(writer, "hi");
}

static void the_bytes_are_these(void **state)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	(void)state;
	write_all(&writer);
	assert_int_equal(fields_written(&writer), LT_OK);
	assert_int_equal(buf.len, sizeof expected);
	assert_memory_equal(buf.data, expected, sizeof expected);
	lt_buf_fini(&buf);
}

static void what_does_not_fit_is_told(void **state)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	char text[258];
	(void)state;
	memset(text, 'x', sizeof text);
	text[255] = 0;
	fields_put_code(&writer, text);
	assert_int_equal(fields_written(&writer), LT_OK);
	text[255] = 'x';
	text[256] = 0;
	fields_put_code(&writer, text);
	assert_int_equal(fields_written(&writer), LT_ENOMEM);
	size_t len = buf.len;
	fields_put_u8(&writer, 1);
	assert_int_equal(buf.len, len); /* nothing behind a hole */
	fields_put_text(&writer, NULL);
	assert_int_equal(fields_written(&writer), LT_ENOMEM);
	lt_buf_fini(&buf);
}

struct values {
	uint8_t u8;
	uint32_t u32;
	uint64_t u64;
	char raw[3], code[8];
	struct lt_bytes bytes;
	const char *text;
};

static struct values read_all(struct fields_reader *reader)
{
	struct values v = { .raw = "zzz" };
	v.u8 = fields_get_u8(reader);
	v.u32 = fields_get_u32(reader);
	v.u64 = fields_get_u64(reader);
	fields_get_raw(reader, v.raw, sizeof v.raw);
	fields_get_code(reader, v.code, sizeof v.code);
	v.bytes = fields_get_bytes(reader);
	v.text = fields_get_text(reader);
	return v;
}

/* In memory of exactly that size, so that the sanitizer sees a byte too many. */
static void read_prefix(size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);
	assert_non_null(copy);
	memcpy(copy, expected, len);
	struct fields_reader reader = { .rest = lt_bytes(len > 0 ? copy : NULL, len) };
	struct values v = read_all(&reader);
	assert_int_equal(v.u8, len >= 1 ? 0x12 : 0);
	assert_int_equal(v.u32, len >= 5 ? 0x12345678 : 0);
	assert_true(v.u64 == (len >= 13 ? UINT64_C(0x0102030405060708) : 0));
	assert_memory_equal(v.raw, len >= 16 ? "raw" : "\0\0\0", 3);
	assert_string_equal(v.code, len >= 20 ? "H37" : "");
	assert_int_equal(v.bytes.len, len >= 26 ? 2 : 0);
	assert_string_equal(v.text, len >= 33 ? "hi" : "");
	assert_int_equal(fields_end(&reader), len == sizeof expected ? LT_OK : LT_ECORRUPT);
	assert_int_equal(reader.failed, len < sizeof expected);
	free(copy);
}

static void every_cut(void **state)
{
	(void)state;
	for (size_t len = 0; len <= sizeof expected; len++)
		read_prefix(len);
	struct fields_reader more = { .rest = lt_bytes("\1\2", 2) };
	assert_int_equal(fields_get_u8(&more), 1);
	assert_false(more.failed);
	assert_int_equal(fields_end(&more), LT_ECORRUPT);
}

static void lengths_that_lie(void **state)
{
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 'a' }, no_nul[] = { 1, 0, 0, 0, 'a' },
			     two_nul[] = { 2, 0, 0, 0, 0, 0 };
	char code[3] = "zz";
	(void)state;
	struct fields_reader reader = { .rest = lt_bytes(huge, sizeof huge) };
	assert_int_equal(fields_get_bytes(&reader).len, 0);
	assert_int_equal(fields_get_u8(&reader), 0); /* nothing behind it is believed */
	assert_int_equal(fields_end(&reader), LT_ECORRUPT);
	reader = (struct fields_reader){ .rest = lt_bytes(no_nul, sizeof no_nul) };
	assert_string_equal(fields_get_text(&reader), "");
	assert_true(reader.failed);
	reader = (struct fields_reader){ .rest = lt_bytes(two_nul, sizeof two_nul) };
	assert_string_equal(fields_get_text(&reader), "");
	assert_true(reader.failed);
	reader = (struct fields_reader){ .rest = lt_bytes("\3abc", 4) };
	fields_get_code(&reader, code, sizeof code); /* has room for two */
	assert_string_equal(code, "");
	assert_true(reader.failed);
}

static void small_numbers_are_short(void **state)
{
	static const struct {
		uint64_t value;
		size_t len;
	} cases[] = { { 0, 1 },
		      { 1, 1 },
		      { 127, 1 },
		      { 128, 2 },
		      { 16383, 2 },
		      { UINT32_MAX, 5 },
		      { UINT64_MAX / 2, 9 },
		      { UINT64_MAX, 10 } };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lt_buf buf = { 0 };
		struct fields_writer writer = { .buf = &buf };
		fields_put_number(&writer, cases[i].value);
		assert_int_equal(buf.len, cases[i].len);
		struct fields_reader reader = { .rest = lt_buf_bytes(&buf) };
		assert_true(fields_get_number(&reader) == cases[i].value);
		assert_int_equal(fields_end(&reader), LT_OK);
		reader = (struct fields_reader){ .rest = lt_buf_bytes(&buf) };
		assert_int_equal(fields_get_number32(&reader), cases[i].value > UINT32_MAX ? 0 : cases[i].value);
		assert_int_equal(reader.failed, cases[i].value > UINT32_MAX);
		reader = (struct fields_reader){ .rest = lt_bytes(buf.data, buf.len - 1) };
		fields_get_number(&reader);
		assert_true(reader.failed);
		lt_buf_fini(&buf);
	}
	static const uint8_t longer[] = { 0x81, 0 },
			     over[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2 };
	struct fields_reader reader = { .rest = lt_bytes(longer, sizeof longer) };
	assert_int_equal(fields_get_number(&reader), 0); /* 1, in another form */
	assert_true(reader.failed);
	reader = (struct fields_reader){ .rest = lt_bytes(over, sizeof over) };
	fields_get_number(&reader);
	assert_true(reader.failed);
}

static void keys_sort_as_numbers(void **state)
{
	uint8_t a[8], b[8];
	(void)state;
	fields_key_put(a, 255, 8);
	fields_key_put(b, 256, 8);
	assert_true(memcmp(a, b, 8) < 0);
	assert_true(fields_key_get(b, 8) == 256);
	fields_key_put(a, 0x0102, 2);
	assert_memory_equal(a, "\1\2", 2);
	assert_true(fields_key_get(a, 2) == 0x0102);
}

static void raw_numbers(void **state)
{
	uint8_t bytes[8];
	(void)state;
	fields_raw_put16(bytes, 0x0102);
	assert_memory_equal(bytes, "\2\1", 2);
	assert_int_equal(fields_raw_get16(bytes), 0x0102);
	fields_raw_put32(bytes, 0xfffefdfc);
	assert_memory_equal(bytes, "\xfc\xfd\xfe\xff", 4);
	assert_true(fields_raw_get32(bytes) == 0xfffefdfc);
	fields_raw_put64(bytes, UINT64_C(0xfffefdfcfbfaf9f8));
	assert_memory_equal(bytes, "\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff", 8);
	assert_true(fields_raw_get64(bytes) == UINT64_C(0xfffefdfcfbfaf9f8));
}

/* A time near the base is short, none is one byte, and whatever is written comes back. */
static void times_are_near_their_base(void **state)
{
	static const int64_t times[] = { 0,         1,        -1, 1795000000000000, 1795000000000001, 1794999999999999,
					 INT64_MAX, INT64_MIN };
	static const int64_t bases[] = { 0, 1, -1, 1795000000000000, INT64_MAX };
	(void)state;
	for (size_t b = 0; b < sizeof bases / sizeof bases[0]; b++) {
		struct lt_buf buf = { 0 };
		struct fields_writer writer = { .buf = &buf, .base = bases[b] };
		for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
			size_t before = buf.len;
			int64_t away = (int64_t)((uint64_t)times[i] - (uint64_t)bases[b]);
			if (away == INT64_MIN) /* 146,000 years either way do not fit */
				continue;
			fields_put_time(&writer, times[i]);
			if (times[i] == 0 || (away >= -1 && away <= 1))
				assert_int_equal(buf.len - before, 1);
		}
		struct fields_reader reader = { .rest = lt_buf_bytes(&buf), .base = bases[b] };
		for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
			if ((int64_t)((uint64_t)times[i] - (uint64_t)bases[b]) != INT64_MIN)
				assert_true(fields_get_time(&reader) == times[i]);
		}
		assert_int_equal(fields_end(&reader), LT_OK);
		lt_buf_fini(&buf);
	}
}

/* A name stands in full once; what names none, or does not fit, is told. */
static void names_stand_once(void **state)
{
	static char names[40][8], back[80][8];
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	(void)state;
	for (size_t i = 0; i < 40; i++) {
		snprintf(names[i], sizeof names[i], i ? "H37.%zu" : "", i);
		fields_put_name(&writer, names[i]);
	}
	size_t once = buf.len;
	for (size_t i = 0; i < 40; i++)
		fields_put_name(&writer, names[i]);
	assert_int_equal(fields_written(&writer), LT_OK);
	/* The first 32 are known, what came behind them is not; none is a byte as well. */
	assert_int_equal(buf.len - once, 33 + 7 * 7);
	struct fields_reader reader = { .rest = lt_buf_bytes(&buf) };
	for (size_t i = 0; i < 80; i++) {
		fields_get_name(&reader, back[i], sizeof back[i]);
		assert_string_equal(back[i], names[i % 40]);
	}
	assert_int_equal(fields_end(&reader), LT_OK);
	lt_buf_fini(&buf);
	static const char *const wrong[] = { "\x01",
					     "\x7f",
					     "\x80",
					     "\x83"
					     "ab",
					     "\x89"
					     "H37.12345",
					     "\x81"
					     "x\x02" };
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct fields_reader bad = { .rest = lt_bytes(wrong[i], strlen(wrong[i])) };
		fields_get_name(&bad, back[0], sizeof back[0]);
		fields_get_name(&bad, back[1], sizeof back[1]);
		assert_int_equal(fields_end(&bad), LT_ECORRUPT);
		assert_string_equal(back[1], "");
	}
	char *at = malloc(4), small[4]; /* of the heap: a byte behind it is found */
	assert_non_null(at);
	memcpy(at, "\x83xyz", 4);
	struct fields_reader tight = { .rest = lt_bytes(at, 4) };
	fields_get_name(&tight, small, sizeof small);
	assert_string_equal(small, "xyz");
	fields_get_name(&tight, small, sizeof small); /* cut short */
	assert_true(tight.failed && small[0] == '\0');
	free(at);
}

TEST_MAIN(cmocka_unit_test(the_bytes_are_these), cmocka_unit_test(what_does_not_fit_is_told),
	  cmocka_unit_test(every_cut), cmocka_unit_test(lengths_that_lie), cmocka_unit_test(keys_sort_as_numbers),
	  cmocka_unit_test(small_numbers_are_short), cmocka_unit_test(raw_numbers),
	  cmocka_unit_test(times_are_near_their_base), cmocka_unit_test(names_stand_once))
