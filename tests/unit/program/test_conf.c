/* test_conf.c: configuration files: what is taken, and what is refused by file, line and name. */
#include "test.h"

#include "program/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[512], path[520], error[1024];

struct settings {
	char *name, *data, *note, *endpoint;
	uint64_t limit;
	bool strict;
};

struct arg_seen {
	char text[512];
};

static enum lt_err take_arg(void *ctx, const char *section, const char *arg, const char *name, const char *value)
{
	struct arg_seen *seen = ctx;
	size_t len = strlen(seen->text);
	if (strcmp(section, "agency") != 0 || (strcmp(name, "key") != 0 && strcmp(name, "cert") != 0))
		return LT_ENOENT;
	if (strcmp(value, "bad") == 0)
		return LT_EINVAL;
	snprintf(seen->text + len, sizeof seen->text - len, "%s/%s/%s=%s;", section, arg, name, value);
	return LT_OK;
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "%s", LT_BUILD_DIR "/test-conf-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/a.conf", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static enum lt_err load_bytes(struct lt_bytes text, struct settings *to, struct arg_seen *seen)
{
	const struct lt_conf_key keys[] = {
		{ .section = "broker", .name = "name", .type = LT_CONF_STRING, .target = &to->name, .required = true },
		{ .section = "broker", .name = "data", .type = LT_CONF_PATH, .target = &to->data },
		{ .section = "broker", .name = "note", .type = LT_CONF_STRING, .target = &to->note },
		{ .section = "broker", .name = "endpoint", .type = LT_CONF_ENDPOINT, .target = &to->endpoint },
		{ .section = "limits",
		  .name = "limit",
		  .type = LT_CONF_U64,
		  .target = &to->limit,
		  .min = 2,
		  .max = 1 << 20 },
		{ .section = "limits", .name = "strict", .type = LT_CONF_BOOL, .target = &to->strict },
	};
	assert_int_equal(lt_file_write(path, text, 0600), LT_OK);
	snprintf(error, sizeof error, "untouched");
	return lt_conf_load(path, keys, sizeof keys / sizeof *keys, seen ? take_arg : NULL, seen, error, sizeof error);
}

static enum lt_err load(const char *text, struct settings *to, struct arg_seen *seen)
{
	return load_bytes(lt_bytes(text, strlen(text)), to, seen);
}

static void free_texts(struct settings *s)
{
	free(s->name);
	free(s->data);
	free(s->note);
	free(s->endpoint);
}

static void a_good_file_is_read(void **state)
{
	(void)state;
	struct settings s = { .note = NULL, .limit = 5 };
	struct arg_seen seen = { "" };
	char expected[600];
	assert_int_equal(
		load("\xef\xbb\xbf# first\r\n; second\n[broker]\r\nname = Thừa Thiên Huế \r\ndata = var/store\nnote =\n"
		     "\n   \n[limits] ; why\nlimit=256K\nstrict : yes\n"
		     "[agency H22.01]\nkey = a.key\ncert = a.pem\n[agency H22]\nkey = b.key",
		     &s, &seen),
		LT_OK);
	assert_string_equal(error, "untouched");
	assert_string_equal(s.name, "Thừa Thiên Huế");
	snprintf(expected, sizeof expected, "%s/var/store", folder);
	assert_string_equal(s.data, expected);
	assert_string_equal(s.note, "");
	assert_int_equal(s.limit, 256 * 1024);
	assert_true(s.strict);
	assert_string_equal(seen.text, "agency/H22.01/key=a.key;agency/H22.01/cert=a.pem;agency/H22/key=b.key;");
	free_texts(&s);
}

static void defaults_stay(void **state)
{
	(void)state;
	static char literal[] = "default";
	static char relative[] = "data";
	char expected[600];
	struct settings s = { .note = literal, .data = relative, .limit = 5, .strict = true };
	assert_int_equal(load("[broker]\nname = x\n", &s, NULL), LT_OK);
	assert_string_equal(s.note, "default");
	assert_ptr_not_equal(s.note, literal);
	snprintf(expected, sizeof expected, "%s/data", folder);
	assert_string_equal(s.data, expected);
	assert_int_equal(s.limit, 5);
	assert_true(s.strict);
	free_texts(&s);
}

static void numbers_are_strict(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t value; /* 0: refused */
	} cases[] = { { "2", 2 },
		      { "1M", 1 << 20 },
		      { "1024K", 1 << 20 },
		      { "0010", 10 },
		      { "1", 0 },
		      { "1025K", 0 },
		      { "1G", 0 },
		      { "", 0 },
		      { "-3", 0 },
		      { "+3", 0 },
		      { "3k", 0 },
		      { "3KB", 0 },
		      { "3 K", 0 },
		      { "K", 0 },
		      { "0x10", 0 },
		      { "18446744073709551618", 0 },
		      { "99999999999G", 0 },
		      { "1e3", 0 },
		      { "3.5", 0 } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct settings s = { 0 };
		char text[128];
		snprintf(text, sizeof text, "[broker]\nname = x\n[limits]\nlimit = %s\n", cases[i].text);
		enum lt_err err = load(text, &s, NULL);
		if (err != (cases[i].value ? LT_OK : LT_EINVAL))
			fail_msg("\"%s\": %s", cases[i].text, error);
		assert_int_equal(s.limit, cases[i].value);
		free_texts(&s);
	}
}

/* Each is refused by file, line and name, and no target changes. */
static void refuse(const char *text, int line, const char *what)
{
	struct settings s = { .limit = 77 };
	struct arg_seen seen = { "" };
	char place[600];
	enum lt_err err = load(text, &s, &seen);
	if (line > 0)
		snprintf(place, sizeof place, "%s:%d: ", path, line);
	else
		snprintf(place, sizeof place, "%s: ", path);
	if (err != LT_EINVAL || strncmp(error, place, strlen(place)) != 0 || !strstr(error, what))
		fail_msg("%d for \"%s\": \"%s\" instead of %s...%s", (int)err, text, error, place, what);
	assert_null(s.name);
	assert_int_equal(s.limit, 77);
}

static void a_file_that_is_not_there_is_named_with_its_line(void **state)
{
	char *there = NULL, error_text[600];
	(void)state;
	const struct lt_conf_key keys[] = {
		{ .section = "x", .name = "there", .type = LT_CONF_FILE, .target = &there }
	};
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("[x]\n\nthere=nowhere.pem\n", file);
	fclose(file);
	assert_int_equal(lt_conf_load(path, keys, 1, NULL, NULL, error_text, sizeof error_text), LT_ENOENT);
	assert_non_null(strstr(error_text, ":3: [x] there: "));
	assert_non_null(strstr(error_text, "nowhere.pem: there is no such file"));
	assert_null(there);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "[x]\nthere=%s\n", path);
	fclose(file);
	assert_int_equal(lt_conf_load(path, keys, 1, NULL, NULL, error_text, sizeof error_text), LT_OK);
	assert_string_equal(there, path);
	free(there);
}

static void bad_files_are_refused_by_line_and_name(void **state)
{
	(void)state;
	refuse("[broker]\nname = x\ncolour = red\n", 3, "[broker] colour: unknown key");
	refuse("[broker]\nname = x\n[extra]\nkey = 1\n", 3, "[extra]: unknown section");
	refuse("[broker]\nname = x\n[extra]\n", 3, "[extra]: unknown section");
	refuse("[broker]\nnaem = x\n", 2, "[broker] naem: unknown key; did you mean name?");
	refuse("[borker]\nname = x\n", 1, "[borker]: unknown section; did you mean [broker]?");
	static const char *const endpoints[] = { "tcp://10.0.0.5", "tcp://:7700", "tcp://a:0", "tcp://a:65536",
						 "tcp://a:77x",    "tcp://a:4K",  "udp://a:1", "a:1" };
	for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
		char text[80];
		snprintf(text, sizeof text, "[broker]\nname = x\nendpoint = %s\n", endpoints[i]);
		refuse(text, 3, "is not tcp://ADDRESS:PORT");
	}
	refuse("name = x\n", 1, "name: unknown key");
	refuse("[broker]\nname = x\n[limits]\nlimit = 4\n[broker]\nname = y\n", 6, "[broker] name: stands twice");
	refuse("[broker]\nname = x\n  continued\n", 3, "indented");
	refuse("[broker]\nname = x\n\tdata = y\n", 3, "indented");
	refuse("[broker]\nname = x\n ; comment\n", 3, "indented");
	refuse("[broker]\nname\n", 2, "neither [section] nor name = value");
	refuse("[broker]\nname\nname = x\ncolour = red\n", 2, "neither [section] nor name = value");
	refuse("[broker\nname = x\n", 1, "bracket");
	refuse("[broker] name = x\n", 1, "follows");
	refuse("[broker]\nname = \n", 2, "[broker] name: the value is empty");
	refuse("[broker]\nname = x\ndata =\n", 3, "[broker] data: the value is empty");
	refuse("[broker]\nname = x\n[limits]\nstrict = maybe\n", 4, "[limits] strict: \"maybe\"");
	refuse("[broker]\nname = x\n[limits]\nlimit = 1\n", 4, "[limits] limit: 1 is not between 2 and 1048576");
	refuse("[broker]\nname = \xc3\x28\n", 2, "UTF-8");
	refuse("[limits]\nlimit = 4\n", 0, "[broker] name: the key is required and missing");
	refuse("", 0, "[broker] name: the key is required and missing");
}

static void bad_sections_with_an_argument_are_refused(void **state)
{
	(void)state;
	struct settings s = { 0 };
	refuse("[broker]\nname = x\n[agency H22]\nkey = a\nkey = b\n", 5, "[agency H22] key: stands twice");
	refuse("[agency H22]\nkey = a\n[broker]\nname = x\n[agency H22]\nkey = b\n", 6,
	       "[agency H22] key: stands twice");
	refuse("[broker]\nname = x\n[agency H22]\ncolour = red\n", 4, "[agency H22] colour: unknown key");
	refuse("[broker]\nname = x\n[agency H22]\nkey = bad\n", 4, "[agency H22] key: \"bad\"");
	refuse("[broker]\nname = x\n[agent H22]\nkey = a\n", 4, "[agent H22] key: unknown key");
	refuse("[agency H22]\n[broker]\nname = x\n", 2, "no keys");
	refuse("[broker]\nname = x\n[agency H22]\n", 3, "no keys");
	refuse("[broker]\nname = x\n[agency ]\nkey = a\n", 3, "[name ARGUMENT]");
	refuse("[broker]\nname = x\n[agency  H22]\nkey = a\n", 3, "[name ARGUMENT]");
	refuse("[broker]\nname = x\n[agency aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nkey = a\n", 3,
	       "longer than 49");
	assert_int_equal(load("[broker]\nname = x\n[agency H22]\nkey = a\n", &s, NULL), LT_EINVAL);
	assert_non_null(strstr(error, ":3: [agency H22]: unknown section"));
}

static void long_lines_are_refused_and_never_cut(void **state)
{
	(void)state;
	char text[512], value[300];
	for (size_t len = 170; len < 260; len++) {
		struct settings s = { 0 };
		memset(value, 'v', len);
		value[len] = 0;
		snprintf(text, sizeof text, "[broker]\r\nname = %s\r\n", value);
		if (len + 8 <= 190) { /* with "name = " and the carriage return */
			assert_int_equal(load(text, &s, NULL), LT_OK);
			assert_string_equal(s.name, value);
			free_texts(&s);
		} else {
			refuse(text, 2, "longer than 190 bytes");
		}
	}
}

static void nul_bytes_are_refused(void **state)
{
	(void)state;
	static const char text[] = "[broker]\nname = a\0b\n";
	struct settings s = { 0 };
	assert_int_equal(load_bytes(lt_bytes(text, sizeof text - 1), &s, NULL), LT_EINVAL);
	assert_non_null(strstr(error, ":2: "));
}

static void a_missing_file_is_told(void **state)
{
	(void)state;
	assert_int_equal(lt_conf_load("/nonexistent/a.conf", NULL, 0, NULL, NULL, error, sizeof error), LT_ENOENT);
	assert_string_equal(error, "/nonexistent/a.conf: there is no such file");
	assert_int_equal(lt_conf_load(folder, NULL, 0, NULL, NULL, error, sizeof error), LT_EIO);
}

static void assert_path(const char *conf, const char *value, const char *expected)
{
	char *got = lt_conf_path(conf, value);
	assert_string_equal(got, expected);
	free(got);
}

static void paths_are_taken_from_the_files_folder(void **state)
{
	(void)state;
	assert_path("/etc/lienthong/a.conf", "keys/a.pem", "/etc/lienthong/keys/a.pem");
	assert_path("/etc/lienthong/a.conf", "/var/a.pem", "/var/a.pem");
	assert_path("conf/a.conf", "a.pem", "conf/a.pem");
	assert_path("a.conf", "a.pem", "a.pem");
	assert_path("/a.conf", "a.pem", "/a.pem");
}

TEST_MAIN_AROUND(make_folder, remove_folder, cmocka_unit_test(a_good_file_is_read), cmocka_unit_test(defaults_stay),
		 cmocka_unit_test(numbers_are_strict),
		 cmocka_unit_test(a_file_that_is_not_there_is_named_with_its_line),
		 cmocka_unit_test(bad_files_are_refused_by_line_and_name),
		 cmocka_unit_test(bad_sections_with_an_argument_are_refused),
		 cmocka_unit_test(long_lines_are_refused_and_never_cut), cmocka_unit_test(nul_bytes_are_refused),
		 cmocka_unit_test(a_missing_file_is_told), cmocka_unit_test(paths_are_taken_from_the_files_folder))
