/* file_office.h: office hours of an agency, as the agencies file has them. */
#ifndef FILES_FILE_OFFICE_H
#define FILES_FILE_OFFICE_H

#include "worktime.h"
#include "program/json.h"
#include "record/definitions.h"

/* Reads the member "office_hours" of an agency; without it *out stays as it is and *given false.
 * LT_EINVAL: file->error is filled. */
enum lt_err office_read(struct json_reader *file, const json_t *agency, const char *at, struct worktime_office *out,
			bool *given);
/* Finds an agency by code or alias in a whole agencies file, and its office hours; texts are copied. LT_ENOENT: no such
 * agency. LT_EIO, LT_EPARSE, LT_EINVAL: error gets one line with file, line and JSON Pointer. */
struct office_found {
	char code[64], name[1024];
	struct worktime_office office; /* the default when it has none */
	bool given;
};
enum lt_err file_office_find(const char *path, const char *code, struct office_found *out, char *error,
			     size_t error_size);
/* The member "office_hours", for a definition that came from the broker. NULL when out of memory. */
json_t *office_to_json(const struct lt_office_hours *hours);
/* Gives each agency's office hours as an encoded OfficeHours, in the file's order; stops at the first error of `take`, which then
 * has filled `error` itself. LT_EIO, LT_EPARSE, LT_EINVAL with one line. */
enum lt_err office_each(const char *path, enum lt_err (*take)(void *ctx, const char *agency, struct lt_bytes hours),
			void *ctx, char *error, size_t error_size);

#endif
