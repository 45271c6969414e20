/* JSON from outside: a file is refused with line and pointer, a body with its pointer; what is no JSON, a key twice, an unknown
 * key, values of the wrong kind; and nothing of it reaches a terminal raw. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/json.h"

static char path[] = "/tmp/lt-json-XXXXXX";

static void open_file(const char *text, enum lt_err expected, struct json_reader *out)
{
	assert_int_equal(lt_file_write(path, lt_bytes(text, strlen(text)), 0600), LT_OK);
	assert_int_equal(json_read_file(path, out), expected);
}

/* The error is PATH and this. */
static void assert_error(const struct json_reader *file, const char *rest)
{
	assert_memory_equal(file->error, path, strlen(path));
	assert_string_equal(file->error + strlen(path), rest);
}

static void locator_finds_lines(void **state)
{
	(void)state;
	static const char text[] =
		"{\n \"a\": [1,\n  {\"b}\\\"\": \"x]\", \"c\":\n   true}],\n \"d\": {\n  \"e\": null}\n}\n";
	const struct {
		const char *pointer;
		unsigned line;
	} cases[] = { { "", 1 },   { "/a", 2 }, { "/a/0", 2 }, { "/a/1", 3 },    { "/a/1/c", 4 }, { "/d/e", 6 },
		      { "/d", 5 }, { "/x", 1 }, { "/a/7", 2 }, { "/a/1/zz", 3 }, { "/d/e/f", 6 }, { "/a/0/q", 2 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(json_line(text, sizeof(text) - 1, cases[i].pointer), cases[i].line);
}

static void a_file_is_refused_with_its_line(void **state)
{
	static const char *const keys[] = { "a", "list", NULL };
	const char *text;
	uint32_t number = 7;
	const json_t *list;
	struct json_reader file;
	(void)state;
	open_file("{\n  \"a\": 1,\n  \"list\": [\"x\",\n    2]\n}\n", LT_OK, &file);
	assert_int_equal(json_check_keys(&file, file.root, "", keys), LT_OK);
	assert_int_equal(json_read_u32(&file, file.root, "", "a", true, &number), LT_OK);
	assert_int_equal(number, 1);
	assert_int_equal(json_read_u32(&file, file.root, "", "b", false, &number), LT_OK);
	assert_int_equal(json_read_texts(&file, file.root, "", "list", &list), LT_EINVAL);
	assert_error(&file, ":4: /list/1: must be a text");
	assert_int_equal(json_read_text(&file, file.root, "", "a", true, &text), LT_EINVAL);
	assert_error(&file, ":4: /list/1: must be a text"); /* the first one stays */
	json_reader_fini(&file);
	open_file("{\n  \"a\": {\n  }\n}", LT_OK, &file);
	assert_int_equal(json_read_text(&file, json_object_get(file.root, "a"), "/a", "code", true, &text), LT_EINVAL);
	assert_error(&file, ":2: /a: \"code\" is missing");
	json_reader_fini(&file);
	open_file("{\"zz\\u001b[31m\": 1}", LT_OK, &file);
	assert_int_equal(json_check_keys(&file, file.root, "", keys), LT_EINVAL);
	assert_error(&file, ":1: /zz?[31m: unknown key \"zz?[31m\"");
	json_reader_fini(&file);
}

static void a_file_that_cannot_be_read(void **state)
{
	struct json_reader file;
	(void)state;
	open_file("{\n \"a\": 1,\n \"a\": 2}", LT_EPARSE, &file);
	assert_error(&file, ":3: duplicate object key near '\"a\"'");
	json_reader_fini(&file);
	open_file("[1,\n", LT_EPARSE, &file);
	assert_non_null(strstr(file.error, ":2: "));
	json_reader_fini(&file);
	assert_int_equal(json_read_file("/nowhere/x.json", &file), LT_EIO);
	assert_string_equal(file.error, "/nowhere/x.json: No such file or directory");
	json_reader_fini(&file);
}

static void assert_refused(const struct json_reader *body, const char *pointer)
{
	assert_int_equal(body->refusal.reason, LT_BODY_MALFORMED);
	assert_string_equal(body->pointer, pointer);
	assert_string_equal(body->error, "");
}

static enum lt_err open_body(const char *text, struct json_reader *out)
{
	return json_read_body(lt_bytes(text, strlen(text)), "raw", out);
}

static void a_body_is_refused_with_its_pointer(void **state)
{
	static const char *const keys[] = { "a", "n", "l", NULL };
	const char *text = "";
	uint64_t number = 0;
	const json_t *list;
	struct json_reader body;
	(void)state;
	assert_int_equal(open_body("{\"a\": \"x\", \"n\": 5, \"l\": [1, 2], \"o\": 1}", &body), LT_OK);
	assert_int_equal(json_read_text(&body, body.root, "", "a", true, &text), LT_OK);
	assert_string_equal(text, "x");
	assert_int_equal(json_read_u64(&body, body.root, "", "n", 5, &number), LT_OK);
	assert_int_equal(number, 5);
	assert_int_equal(json_read_list(&body, body.root, "", "l", 2, &list), LT_OK);
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(json_check_keys(&body, body.root, "/at", keys), LT_EINVAL);
	assert_refused(&body, "/at/o");
	assert_string_equal(body.refusal.detail, "unknown key \"o\"");
	json_reader_fini(&body);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(open_body("{\"a\": 1, \"n\": 6, \"l\": [1, 2, 3]}", &body), LT_OK);
		enum lt_err err = i == 0   ? json_read_text(&body, body.root, "", "a", false, &text)
				  : i == 1 ? json_read_text(&body, body.root, "/x", "b", true, &text)
				  : i == 2 ? json_read_u64(&body, body.root, "", "n", 5, &number)
				  : i == 3 ? json_read_list(&body, body.root, "", "l", 2, &list)
					   : json_read_list(&body, body.root, "", "n", 2, &list);
		static const char *const pointers[] = { "/a", "/x/b", "/n", "/l", "/n" };
		assert_int_equal(err, LT_EINVAL);
		assert_refused(&body, pointers[i]);
		json_reader_fini(&body);
	}
}

static void bodies_that_are_none(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "1", "{\"a\":1,\"a\":1}", "{\"a\":\"\\u0000\"}", "{} x" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct json_reader body;
		assert_int_not_equal(open_body(bad[i], &body), LT_OK);
		assert_refused(&body, "");
		json_reader_fini(&body);
	}
}

static void assert_raw(const char *text, const char *raw)
{
	struct json_reader body;
	struct lt_bytes bytes = { NULL, 0 };
	assert_int_equal(open_body(text, &body), LT_OK);
	enum lt_err err = json_raw(&body, "raw", &bytes);
	assert_int_equal(err, raw ? LT_OK : LT_ENOENT);
	if (raw) {
		assert_int_equal(bytes.len, strlen(raw));
		assert_memory_equal(bytes.data, raw, bytes.len);
	}
	json_reader_fini(&body);
}

/* What is signed as bytes are the bytes that came, numbers of any size too. */
static void a_member_as_it_came(void **state)
{
	struct json_reader body;
	struct lt_bytes bytes;
	(void)state;
	assert_raw("{ \"raw\" : { \"phi\" : 0.1 , \"big\":1E5 } , \"a\":1}", "{ \"phi\" : 0.1 , \"big\":1E5 }");
	assert_raw("{\"a\":{\"raw\":0},\"raw\":[1e400,12345678901234567890123,-0]}",
		   "[1e400,12345678901234567890123,-0]");
	assert_raw("{\"raw\":\"\\\"}\"}", "\"\\\"}\"");
	assert_raw("{\"raw\":false}", "false");
	assert_raw("{\"raw\":null}", NULL);
	assert_raw("{\"raw\":{\"kept\":null}}", "{\"kept\":null}");
	assert_raw("{}", NULL);
	assert_int_equal(open_body("{\"r\\u0061w\":1}", &body), LT_OK);
	assert_int_equal(json_raw(&body, "raw", &bytes), LT_EINVAL);
	json_reader_fini(&body);
	static const char *const bad[] = { "{\"a\":1e400}",
					   "{\"raw\":{\"b\":1e400,\"b\":2}}",
					   "{\"raw\":1e400e}",
					   "{\"raw\":[01e400]}",
					   "{\"raw\":1e400",
					   "{\"raw\":\"1e400",
					   "{\"raw\":[1e400,\"\xff\"]}" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(open_body(bad[i], &body), LT_EPARSE);
		json_reader_fini(&body);
	}
}

static void null_is_absent(void **state)
{
	const char *text = "as it was";
	struct json_reader body;
	(void)state;
	assert_int_equal(open_body("{\"a\":null,\"b\":{\"c\":null,\"d\":[{\"e\":null}]}}", &body), LT_OK);
	assert_int_equal(json_read_text(&body, body.root, "", "a", false, &text), LT_OK);
	assert_string_equal(text, "as it was");
	assert_int_equal(json_object_size(body.root), 1);
	json_t *b = json_object_get(body.root, "b");
	assert_int_equal(json_object_size(b), 1);
	assert_int_equal(json_object_size(json_array_get(json_object_get(b, "d"), 0)), 0);
	json_reader_fini(&body);
}

/* All at once, up to a bound; each with its place, whose ~ and / are written as RFC 6901 says. */
static void every_fault_of_a_body(void **state)
{
	static const char *const keys[] = { "a", NULL };
	const char *text = "";
	struct json_reader body;
	(void)state;
	assert_int_equal(open_body("{\"a\":1,\"x/y\":1,\"~\":2}", &body), LT_OK);
	json_check_keys(&body, body.root, "", keys);
	json_read_text(&body, body.root, "", "a", true, &text);
	json_refuse_as(&body, "/b", LT_KIND_NOT_SUPPORTED, "kind: %.60s is the name of none", "X");
	assert_int_equal(body.fault_count, 4);
	assert_string_equal(body.faults[0].pointer, "/x~1y");
	assert_string_equal(body.faults[1].pointer, "/~0");
	assert_string_equal(body.faults[2].refusal.detail, "must be a text");
	assert_int_equal(body.faults[3].refusal.reason, LT_KIND_NOT_SUPPORTED);
	assert_int_equal(body.refusal.reason, LT_BODY_MALFORMED);
	for (unsigned i = 0; i < 2 * JSON_FAULTS_MAX; i++)
		json_refuse(&body, "/b", "must be a text");
	assert_int_equal(body.fault_count, JSON_FAULTS_MAX);
	json_reader_fini(&body);
	static const char two[] = "{\n \"x/y\": {\n  \"~\": 1}}";
	assert_int_equal(json_line(two, sizeof two - 1, "/x~1y"), 2);
	assert_int_equal(json_line(two, sizeof two - 1, "/x~1y/~0"), 3);
}

static void assert_said(const char *text, const char *detail)
{
	struct json_reader body;
	assert_int_equal(open_body(text, &body), LT_EPARSE);
	assert_string_equal(body.refusal.detail, detail);
	json_reader_fini(&body);
}

static void faults_of_json_in_words(void **state)
{
	(void)state;
	assert_said("", "it is empty, and an object is needed");
	assert_said("\xef\xbb\xbf{}", "line 1, column 1: a byte order mark; send the text without it");
	assert_said("{\"a\":1,\n\"a\":2}", "line 2, column 3: a member stands twice");
	assert_said("{\"a\":\"\xc3\"}", "line 1, column 6: not valid UTF-8");
	assert_said("{\"a\":", "line 1, column 5: the text ends too early");
	assert_said("{} {", "line 1, column 4: something follows the end of the object");
	assert_said("{\"a\":\"\\u0000\"}", "line 1, column 13: a text holds U+0000");
	assert_said("{\"a\":99999999999999999999}", "line 1, column 25: a number is too large");
	assert_said("{'a':1}", "line 1, column 2: not JSON as RFC 8259 writes it");
}

static int set_up(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

/* A number that does not fit ends the parser early, and what stands behind it is looked through as it came: a NUL is passed by. */
static void a_nul_behind_a_number_is_passed(void **state)
{
	static const char body[] = "{\"a\":[1e9999,[\0,\0]],\"body\":{\"n\":\0}}";
	struct json_reader reader;
	(void)state;
	assert_int_equal(json_read_body(lt_bytes(body, sizeof body - 1), "body", &reader), LT_EPARSE);
	json_reader_fini(&reader);
}

TEST_MAIN_AROUND(set_up, tear_down, cmocka_unit_test(locator_finds_lines),
		 cmocka_unit_test(a_nul_behind_a_number_is_passed), cmocka_unit_test(a_file_is_refused_with_its_line),
		 cmocka_unit_test(a_file_that_cannot_be_read), cmocka_unit_test(a_body_is_refused_with_its_pointer),
		 cmocka_unit_test(bodies_that_are_none), cmocka_unit_test(a_member_as_it_came),
		 cmocka_unit_test(null_is_absent), cmocka_unit_test(every_fault_of_a_body),
		 cmocka_unit_test(faults_of_json_in_words))
