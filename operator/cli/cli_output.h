/* cli_output.h: what a command prints. Tables for people, cleaned of what could trick a terminal; JSON for programs. */
#ifndef CLI_CLI_OUTPUT_H
#define CLI_CLI_OUTPUT_H

#include <lienthong/base.h>
#include <jansson.h>

#include "cli.h"
#include "program/progress.h"

/* How tables are printed from now on. A table on a terminal is fitted to its width: columns that may be are cut, then others left out, with a
 * word of it; codes, numbers and times are always whole. A wide one is as it is. CSV is RFC 4180's, its heads in small letters with low lines,
 * spans in seconds and sizes in bytes; a value that a spreadsheet would take for a formula begins with an apostrophe. */
enum output_format { OUTPUT_TABLE, OUTPUT_WIDE, OUTPUT_CSV };
void output_set_format(enum output_format format);
bool output_is_csv(void);  /* nothing but the table may be printed */
bool output_is_wide(void); /* there is room for columns that a table leaves out: wide, CSV */
/* A remark beside a table, with a line end: not in CSV. */
void output_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct output_table;
/* A head behind "~": a text that may be cut on a terminal; behind "?": a column that may be left out there, the last one first.
 * Ends the program when memory is out, as everything here does. */
struct output_table *output_table_new(const char *const *heads, size_t count);
/* `values` has as many texts as there are columns; NULL is empty. Texts are cleaned and copied. */
void output_table_row(struct output_table *table, const char *const *values);
/* Prints on standard output and frees. An empty table prints nothing. */
void output_table_print(struct output_table *table);
void output_table_free(struct output_table *table);
/* "name: value", cleaned, the name padded. */
void output_line(const char *name, const char *value);
/* Prints with an indent and a line end; an exit code. Takes json. */
int output_json(json_t *json);

/* How far a command has come, in one line of a terminal's standard error; with --json nothing. unit: as in program/progress.h. */
struct progress output_progress(const struct cli *cli, const char *unit);
/* Texts of numbers and times in a small ring of buffers, good for one row. */
const char *output_u64(uint64_t value);
const char *output_time(int64_t time);         /* "2026-11-24 09:15:02" at +07:00; "-" for 0 */
const char *output_span(int64_t microseconds); /* "2d 3h", "4m 5s", "12.345s"; in CSV seconds, "97380.000" */
const char *output_size(uint64_t bytes);       /* "12.3M"; in CSV bytes */
const char *output_hex(struct lt_bytes bytes); /* at most 32 bytes */
/* A time as RFC 3339, or null for 0. */
json_t *output_json_time(int64_t time);
json_t *output_json_hex(struct lt_bytes bytes);

#endif
