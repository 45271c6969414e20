/* cli_output.c: tables by libsmartcols, JSON by jansson. */
#include "cli_output.h"

#include "base/formula.h"
#include "cli.h"
#include "program/log.h"

#include <ctype.h>
#include <inttypes.h>
#include <lienthong/time.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define RING 32 /* texts: more than one row needs */
#define RING_TEXT 80

static enum output_format output_format = OUTPUT_TABLE;

struct output_column {
	struct libscols_column *scols;
	char mark;    /* '~' may be cut, '?' may be left out, 0 neither */
	size_t width; /* of the widest cell, or of the head */
};
struct output_table {
	struct libscols_table *scols;
	size_t columns;
	struct output_column *column;
	bool fitted; /* to the terminal */
};

/* Places of a terminal. */
static size_t width_of(const char *text)
{
	wchar_t wide[CLI_TEXT_MAX];
	size_t len = mbstowcs(wide, text, CLI_TEXT_MAX - 1);
	if (len == (size_t)-1)
		return strlen(text);
	wide[len] = L'\0';
	int width = wcswidth(wide, len);
	return width < 0 ? len : (size_t)width;
}

struct output_table *output_table_new(const char *const *heads, size_t count)
{
	struct output_table *table = calloc(1, sizeof(*table));
	LT_ASSERT(table);
	table->fitted = output_format == OUTPUT_TABLE && isatty(STDOUT_FILENO);
	table->scols = scols_new_table();
	table->columns = count;
	table->column = calloc(count, sizeof(*table->column));
	LT_ASSERT(table->scols && table->column);
	for (size_t i = 0; i < count; i++) {
		struct output_column *column = &table->column[i];
		column->mark = heads[i][0] == '~' || heads[i][0] == '?' ? heads[i][0] : '\0';
		const char *head = heads[i] + (column->mark ? 1 : 0);
		column->width = width_of(head);
		column->scols = scols_table_new_column(table->scols, head, 0,
						       table->fitted && column->mark == '~' ? SCOLS_FL_TRUNC : 0);
		LT_ASSERT(column->scols);
	}
	return table;
}

void output_table_row(struct output_table *table, const char *const *values)
{
	char clean[CLI_TEXT_MAX];
	struct libscols_line *line = scols_table_new_line(table->scols, NULL);
	LT_ASSERT(line);
	for (size_t i = 0; i < table->columns; i++) {
		lt_text_clean(values[i] ? values[i] : "", clean, sizeof(clean));
		LT_ASSERT(scols_line_set_data(line, i, clean) == 0);
		size_t width = table->fitted && table->column[i].mark != '~' ? width_of(clean) : 0;
		if (width > table->column[i].width)
			table->column[i].width = width;
	}
}

void output_set_format(enum output_format format)
{
	output_format = format;
}

bool output_is_csv(void)
{
	return output_format == OUTPUT_CSV;
}

bool output_is_wide(void)
{
	return output_format != OUTPUT_TABLE;
}

static int64_t monotonic_us(void *ctx)
{
	struct timespec now;
	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct progress output_progress(const struct cli *cli, const char *unit)
{
	return (struct progress){ .clock = monotonic_us, .unit = unit, .quiet = cli->json };
}

void output_note(const char *format, ...)
{
	va_list args;
	if (output_format == OUTPUT_CSV)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* A number with its sign runs nothing. */
static bool is_number(const char *value)
{
	value += value[0] == '+' || value[0] == '-';
	return value[0] != '\0' && value[strspn(value, "0123456789.")] == '\0';
}

/* "-" is how a table says that there is nothing. */
static void put_csv(const char *value, bool last)
{
	bool formula = text_is_formula(value) && !is_number(value), quoted = strpbrk(value, ",\"\r\n") != NULL;
	if (strcmp(value, "-") == 0)
		value = "";
	else if (formula)
		quoted = true;
	if (quoted)
		printf(formula ? "\"'" : "\"");
	for (; *value; value++) {
		if (*value == '"')
			putchar('"');
		putchar(*value);
	}
	printf("%s%s", quoted ? "\"" : "", last ? "\r\n" : ",");
}

static void print_csv(const struct output_table *table)
{
	struct libscols_iter *walk = scols_new_iter(SCOLS_ITER_FORWARD);
	struct libscols_line *line;
	LT_ASSERT(walk);
	for (size_t i = 0; i < table->columns; i++) {
		char head[CLI_TEXT_MAX];
		const char *name = scols_column_get_name(scols_table_get_column(table->scols, i));
		size_t len = 0;
		for (; name[len] && len < sizeof(head) - 1; len++)
			head[len] = name[len] == ' ' ? '_' : (char)tolower((unsigned char)name[len]);
		head[len] = '\0';
		put_csv(head, i + 1 == table->columns);
	}
	while (scols_table_next_line(table->scols, walk, &line) == 0) {
		for (size_t i = 0; i < table->columns; i++) {
			const char *value = scols_cell_get_data(scols_line_get_cell(line, i));
			put_csv(value ? value : "", i + 1 == table->columns);
		}
	}
	scols_free_iter(walk);
}

/* What is not cut needs its room: without it, columns are left out. */
static void fit(struct output_table *table)
{
	size_t left_out = 0, need = table->columns - 1, room = scols_table_get_termwidth(table->scols);
	for (size_t i = 0; i < table->columns; i++)
		need += table->column[i].width;
	for (size_t i = table->columns; i-- > 0 && need > room;) {
		struct output_column *column = &table->column[i];
		if (column->mark != '?')
			continue;
		need -= column->width + 1;
		LT_ASSERT(scols_column_set_flags(column->scols, SCOLS_FL_HIDDEN) == 0);
		printf("%s%s", left_out++ ? ", " : "no room for ", scols_column_get_name(column->scols));
	}
	if (left_out)
		printf(": --output wide\n");
}

void output_table_print(struct output_table *table)
{
	if (output_format == OUTPUT_CSV)
		print_csv(table);
	else if (scols_table_get_nlines(table->scols) > 0) {
		if (table->fitted)
			fit(table);
		scols_print_table(table->scols);
		fputc('\n', stdout);
	}
	output_table_free(table);
}

void output_table_free(struct output_table *table)
{
	scols_unref_table(table->scols);
	free(table->column);
	free(table);
}

void output_line(const char *name, const char *value)
{
	char clean[CLI_TEXT_MAX];
	lt_text_clean(value ? value : "", clean, sizeof(clean));
	printf("%-20s %s\n", name, clean);
}

int output_json(json_t *json)
{
	LT_ASSERT(json);
	bool printed = json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && fputc('\n', stdout) != EOF;
	json_decref(json);
	return printed ? say_ended(EX_OK) : say_fail(EX_IOERR, "cannot write the output");
}

static char *ring(void)
{
	static char texts[RING][RING_TEXT];
	static size_t next;
	return texts[next++ % RING];
}

const char *output_u64(uint64_t value)
{
	char *out = ring();
	snprintf(out, RING_TEXT, "%" PRIu64, value);
	return out;
}

const char *output_time(int64_t time)
{
	char *out = ring();
	char text[LT_TIME_TEXT];
	if (time == 0)
		return "-";
	lt_time_format(time - time % 1000000, text);
	snprintf(out, RING_TEXT, "%.10s %.8s", text, text + 11);
	return out;
}

const char *output_span(int64_t microseconds)
{
	char *out = ring();
	int64_t seconds = microseconds / 1000000;
	if (output_format == OUTPUT_CSV)
		snprintf(out, RING_TEXT, "%" PRId64 ".%03d", seconds, (int)(microseconds / 1000 % 1000));
	else if (seconds < 60)
		snprintf(out, RING_TEXT, "%" PRId64 ".%03ds", seconds, (int)(microseconds / 1000 % 1000));
	else if (seconds < 3600)
		snprintf(out, RING_TEXT, "%" PRId64 "m %" PRId64 "s", seconds / 60, seconds % 60);
	else if (seconds < 86400)
		snprintf(out, RING_TEXT, "%" PRId64 "h %" PRId64 "m", seconds / 3600, seconds / 60 % 60);
	else
		snprintf(out, RING_TEXT, "%" PRId64 "d %" PRId64 "h", seconds / 86400, seconds / 3600 % 24);
	return out;
}

const char *output_size(uint64_t bytes)
{
	return output_format == OUTPUT_CSV ? output_u64(bytes) : say_size(bytes, ring());
}

const char *output_hex(struct lt_bytes bytes)
{
	char *out = ring();
	LT_ASSERT(bytes.len <= 32);
	lt_hex(bytes, out);
	return out;
}

json_t *output_json_time(int64_t time)
{
	char text[LT_TIME_TEXT];
	if (time == 0)
		return json_null();
	lt_time_format(time, text);
	return json_string(text);
}

json_t *output_json_hex(struct lt_bytes bytes)
{
	return bytes.len > 0 && bytes.len <= 32 ? json_string(output_hex(bytes)) : json_null();
}
