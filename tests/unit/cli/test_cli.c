/* What was meant by a mistyped command, and numbers on the command line. */
#include "test.h"

#include "cli/cli.h"
#include "cli/cli_output.h"
#include "program/near.h"

#include <string.h>
#include <unistd.h>

static const char *word_at(void *ctx, size_t index)
{
	const char *const *words = ctx;
	return words[index];
}

static void hints_are_near(void **state)
{
	(void)state;
	static const char *words[] = { "status", "sandbox", "agency list", NULL };
	assert_string_equal(near_word("staus", word_at, words), "status");
	assert_string_equal(near_word("agency lst", word_at, words), "agency list");
	assert_null(near_word("backup", word_at, words));
}

static void numbers_have_bounds(void **state)
{
	(void)state;
	uint64_t out;
	assert_true(cli_number("42", 1, 100, &out));
	assert_int_equal(out, 42);
	static const char *const bad[] = { "", "0", "101", "-1", "1 ", "1x", "99999999999999999999999" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cli_number(bad[i], 1, 100, &out));
}

/* A text that is kept is composed and trimmed where it stands; what is not in form then is refused. */
static void kept_texts_come_into_form(void **state)
{
	(void)state;
	struct cli_command command = { .name = "act", .groups = CLI_ACT | CLI_AGENCY, .max_args = 0 };
	char name[] = "--name=\xc2\xa0Xa\xcc\x83 \xc4\x90o\xcc\x82\xcc\x80ng ", why[] = " thu\xcc\x9b\xcc\x89\nhai ";
	char reason[] = "--reason", who[] = "--operator=An";
	char *argv[] = { name, reason, why, who };
	struct cli cli = { .command = &command };
	assert_int_equal(cli_parse(&cli, 4, argv), EX_OK);
	assert_string_equal(cli.name, "Xã Đồng");
	assert_string_equal(cli.reason, "thử\nhai");
	static const char *const bad[] = { "--operator=A\nn",
					   "--operator=A\xe2\x80\xaen",
					   "--name=a\xe2\x80\x8b"
					   "b",
					   "--reason=\xe2\x80\x8b",
					   "--reason=a\tb",
					   "--name=\xe0\xa5\x98" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char copy[64];
		strcpy(copy, bad[i]);
		char *one[] = { copy };
		struct cli other = { .command = &command, .login = "an", .dry_run = true };
		assert_int_equal(cli_parse(&other, 1, one), EX_USAGE);
	}
}

/* A command that a person is told asks the broker that this one asked, also in a shell. */
static void hints_name_their_broker(void **state)
{
	(void)state;
	char out[CLI_PLACE_MAX];
	const struct {
		struct cli cli;
		const char *place;
	} rows[] = { { { .sandbox = NULL }, "" },
		     { { .sandbox = "/tmp/thu-1" }, " --sandbox /tmp/thu-1" },
		     { { .sandbox = "/tmp/thu", .control = "/run/x" }, " --control /run/x" },
		     { { .sandbox = "/tmp/a b'c$d" }, " --sandbox '/tmp/a b'\\''c$d'" },
		     { { .sandbox = "Xã" }, " --sandbox 'Xã'" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(cli_place(&rows[i].cli, out), rows[i].place);
}

/* What help and verdicts show in capitals was pasted: nobody's reason. */
static void a_reason_is_written(void **state)
{
	(void)state;
	struct cli cli = { .login = "an", .reason = "TEXT" };
	assert_int_equal(cli_check_act(&cli), EX_USAGE);
	cli.reason = "mất thẻ ký";
	assert_int_equal(cli_check_act(&cli), EX_OK);
}

/* Quotes, line feeds and what a spreadsheet would take for a formula; "-" is nothing; no remark stands beside it. */
static void tables_as_csv(void **state)
{
	static const char *const heads[] = { "CODE", "~OWED BY" };
	static const char want[] =
		"code,owed_by\r\nH37.11,\"a, \"\"b\"\"\"\r\n,\"'=1+1\"\r\n-0.004,\"'-a\"\r\n97380.000,4096\r\n";
	char got[200] = "";
	(void)state;
	FILE *file = tmpfile();
	assert_non_null(file);
	fflush(stdout);
	int out = dup(STDOUT_FILENO);
	assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
	output_set_format(OUTPUT_CSV);
	struct output_table *table = output_table_new(heads, 2);
	output_table_row(table, (const char *const[]){ "H37.11", "a, \"b\"" });
	output_table_row(table, (const char *const[]){ "-", "=1+1" });
	output_table_row(table, (const char *const[]){ "-0.004", "-a" }); /* a number with its sign runs nothing */
	output_table_row(table, (const char *const[]){ output_span(INT64_C(97380000000)), output_size(4096) });
	output_table_print(table);
	output_note("%d rows", 2);
	output_set_format(OUTPUT_TABLE);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(file);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, file), sizeof(want) - 1);
	assert_string_equal(got, want);
	fclose(file);
}

TEST_MAIN(cmocka_unit_test(tables_as_csv), cmocka_unit_test(kept_texts_come_into_form),
	  cmocka_unit_test(hints_name_their_broker), cmocka_unit_test(a_reason_is_written),
	  cmocka_unit_test(hints_are_near), cmocka_unit_test(numbers_have_bounds))
