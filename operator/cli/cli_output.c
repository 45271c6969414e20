/* cli_output.c: tables by libsmartcols, JSON by jansson. */
#include "cli_output.h"

#include "cli.h"
#include "program/log.h"

#include <inttypes.h>
#include <lienthong/time.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#define RING 32 /* texts: more than one row needs */
#define RING_TEXT 80

struct output_table {
	struct libscols_table *scols;
	size_t columns;
};

struct output_table *output_table_new(const char *const *heads, size_t count)
{
	struct output_table *table = calloc(1, sizeof(*table));
	LT_ASSERT(table);
	table->scols = scols_new_table();
	table->columns = count;
	LT_ASSERT(table->scols);
	for (size_t i = 0; i < count; i++)
		LT_ASSERT(scols_table_new_column(table->scols, heads[i], 0, 0));
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
	}
}

void output_table_print(struct output_table *table)
{
	if (scols_table_get_nlines(table->scols) > 0) {
		scols_print_table(table->scols);
		fputc('\n', stdout);
	}
	output_table_free(table);
}

void output_table_free(struct output_table *table)
{
	scols_unref_table(table->scols);
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
	bool printed =
		json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && fputc('\n', stdout) != EOF && fflush(stdout) == 0;
	json_decref(json);
	return printed ? EX_OK : say_fail(EX_IOERR, "cannot write the output");
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
	if (seconds < 60)
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
	return say_size(bytes, ring());
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
