/* file_calendar.h: calendar files (conf/schema/calendar.schema.json), one a year, as the records of calendar.h. */
#ifndef FILES_FILE_CALENDAR_H
#define FILES_FILE_CALENDAR_H

#include "calendar.h"
#include "program/json.h"
#include "record/definitions.h"

struct calendar_file {
	char *path;
	struct json_reader file;   /* file.error says what is wrong; texts of `year` live in it */
	struct calendar_year year; /* its days are owned */
	const char *source;
};
/* Reads one file and checks it whole, also by the days of the week.
 * LT_EIO, LT_EPARSE, LT_EINVAL, LT_ENOMEM; file.error is filled. calendar_file_fini in any case. */
enum lt_err calendar_file_load(const char *path, struct calendar_file *out);
void calendar_file_fini(struct calendar_file *file);
/* One calendar of several loaded files, as it is for an agency (NULL: without days of its own). LT_EINVAL: a year twice (both files are named) or missing between others;
 * LT_ENOMEM. Error gets one line. */
enum lt_err calendar_files_join(const struct calendar_file *files, size_t count, const char *agency,
				struct calendar **out, char *error, size_t error_size);
/* The year as a file, for a definition that came from the broker: sources of single days are not in it. NULL when out of memory. */
json_t *calendar_to_json(const struct lt_calendar_year *year);
/* Appends an encoded CalendarYear: what DEFINE_CALENDAR takes. LT_ENOMEM. */
enum lt_err calendar_file_encode(const struct calendar_file *file, struct lt_buf *out);

#endif
