/* test_multipart.c: a form with files, however the network cuts it and whatever it is. */
#include "page/multipart.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE "multipart/form-data; boundary=XyZ"

/* What came, as "name|file|type=bytes;". */
struct got {
	char text[4096];
	size_t len;
	size_t room;  /* bytes taken at once; 0: all */
	bool pauses;  /* it wants no more behind each part */
	bool refuses; /* it takes no file */
};

static void note(struct got *got, const char *data, size_t len)
{
	assert_true(got->len + len < sizeof(got->text));
	memcpy(got->text + got->len, data, len);
	got->len += len;
	got->text[got->len] = '\0';
}

static bool begin(void *ctx, const struct multipart_part *part)
{
	char head[2048];
	struct got *got = ctx;
	if (part->is_file && got->refuses)
		return false;
	snprintf(head, sizeof(head), "%s|%s|%s=", part->name, part->is_file ? part->file : "-", part->media_type);
	note(got, head, strlen(head));
	return true;
}

static size_t take(void *ctx, const char *data, size_t len)
{
	struct got *got = ctx;
	size_t taken = got->room && got->room < len ? got->room : len;
	note(got, data, taken);
	return taken;
}

static bool end(void *ctx)
{
	struct got *got = ctx;
	note(got, ";", 1);
	return !got->pauses;
}

/* Fed in pieces of `piece` bytes; what is left is fed again, as the daemon does. */
static bool feed(const char *type, const char *body, size_t len, size_t piece, struct got *got)
{
	struct multipart multipart;
	const struct multipart_sink sink = { begin, take, end, got };
	if (!multipart_init(&multipart, type, &sink))
		return false;
	for (size_t at = 0; at < len;) {
		size_t size = len - at < piece ? len - at : piece, before = size;
		char *copy = malloc(size); /* so that a sanitizer sees what is read beyond it */
		assert_non_null(copy);
		memcpy(copy, body + at, size);
		multipart_feed(&multipart, copy, &size);
		free(copy);
		at += before - size;
	}
	return multipart_done(&multipart);
}

static const char form[] =
	"--XyZ\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\nabc\r\n"
	"--XyZ\r\nContent-Disposition: form-data; name=\"files\"; filename=\"C:\\b\\h%22s.pdf\"\r\n"
	"Content-Type: application/pdf\r\n\r\n\r\n--Xy\r\r\n--XyQ\r\n-\r\n"
	"--XyZ\r\nX-Other: 1\r\ncontent-disposition: form-data; name=\"files\"; filename=\"\"\r\n\r\n\r\n--XyZ--\r\n";
static const char wanted[] =
	"form|-|application/octet-stream=abc;files|h\"s.pdf|application/pdf=\r\n--Xy\r\r\n--XyQ\r\n-;"
	"files||application/octet-stream=;";

static void cut_anywhere_it_is_the_same(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < sizeof(form); piece++) {
		for (int how = 0; how < 4; how++) {
			struct got got = { .room = how & 1 ? 2 : 0, .pauses = how > 1 };
			assert_true(feed(TYPE, form, sizeof(form) - 1, piece, &got));
			assert_string_equal(got.text, wanted);
		}
	}
}

static void cut_off_it_is_not_done(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(form) - 3; len++) { /* the last line's end is nobody's */
		struct got got = { .room = 0 };
		assert_false(feed(TYPE, form, len, 7, &got));
	}
}

static void types(void **state)
{
	static const char *const good[] = { "multipart/form-data; boundary=XyZ", "Multipart/Form-Data;boundary=\"XyZ\"",
					    "multipart/form-data ; boundary=XyZ " };
	static const char *const bad[] = { "",
					   "text/plain",
					   "multipart/mixed; boundary=XyZ",
					   "multipart/form-data",
					   "multipart/form-data; boundary=",
					   "multipart/form-data; boundary=\"XyZ",
					   "multipart/form-data; boundary=Xy Z",
					   "multipart/form-data; boundary=Xy\xc3\xaa",
					   "multipart/form-data; charset=x; boundary=XyZ",
					   "multipart/form-data; boundary="
					   "01234567890123456789012345678901234567890123456789012345678901234567890" };
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct got got = { .room = 0 };
		assert_true(feed(good[i], form, sizeof(form) - 1, 64, &got));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct got got = { .room = 0 };
		assert_false(feed(bad[i], form, sizeof(form) - 1, 64, &got));
	}
	struct got none = { .room = 0 };
	assert_false(feed(NULL, form, sizeof(form) - 1, 64, &none));
}

#define PART(head) "--XyZ\r\n" head "\r\n\r\nx\r\n--XyZ--"

static void heads_that_are_none(void **state)
{
	static const char *const bad[] = {
		PART("Content-Type: text/plain"),
		PART("Content-Disposition: attachment; name=\"a\""),
		PART("Content-Disposition: form-data"),
		PART("Content-Disposition: form-data; name=a"),
		PART("Content-Disposition: form-data; name=\"a"),
		PART("Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\""),
		PART("Content-Disposition: form-data; "
		     "name=\"0123456789012345678901234567890123456789012345678901234567890123\""),
		PART("Content-Disposition: form-data; name=\"a\"; filename=\"b"),
		"--XyZ\nContent-Disposition: form-data; name=\"a\"\n\nx\n--XyZ--",
		"--XyZ  \r\n",
		"--XyZxx",
		"",
	};
	char *long_head = malloc(3 * MULTIPART_HEAD_MAX);
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct got got = { .room = 0 };
		assert_false(feed(TYPE, bad[i], strlen(bad[i]), 5, &got));
		assert_string_equal(got.text, "");
	}
	int begun = snprintf(long_head, 3 * MULTIPART_HEAD_MAX, "--XyZ\r\nX: ");
	memset(long_head + begun, 'a', 2 * MULTIPART_HEAD_MAX);
	struct got got = { .room = 0 };
	assert_false(feed(TYPE, long_head, (size_t)begun + 2 * MULTIPART_HEAD_MAX, 1000, &got));
	static const char nul[] = "--XyZ\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\nx\r\n--XyZ--";
	assert_false(feed(TYPE, nul, sizeof(nul) - 1, 1000, &got));
	free(long_head);
}

static void a_sink_that_refuses_is_asked_nothing_more(void **state)
{
	struct got got = { .refuses = true };
	(void)state;
	assert_false(feed(TYPE, form, sizeof(form) - 1, 9, &got));
	assert_string_equal(got.text, "form|-|application/octet-stream=abc;");
}

/* Any bytes at all, and forms with bytes changed: it ends, and reads nothing that is not there. */
static void changed_bytes(void **state)
{
	char body[sizeof(form)];
	(void)state;
	srand(7);
	for (int round = 0; round < 20000; round++) {
		struct got got = { .room = (size_t)(rand() % 3) };
		memcpy(body, form, sizeof(form));
		for (int i = rand() % 6; i >= 0; i--)
			body[(size_t)rand() % (sizeof(form) - 1)] = "\r\n-XyZ\";=:\0%"[rand() % 13];
		feed(TYPE, body, sizeof(form) - 1, 1 + (size_t)rand() % 40, &got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_anywhere_it_is_the_same),
		cmocka_unit_test(cut_off_it_is_not_done),
		cmocka_unit_test(types),
		cmocka_unit_test(heads_that_are_none),
		cmocka_unit_test(a_sink_that_refuses_is_asked_nothing_more),
		cmocka_unit_test(changed_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
