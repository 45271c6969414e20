/* file_procedure_internal.h: what the readers of a procedure file share. `at` is the JSON Pointer of the object. */
#ifndef FILES_FILE_PROCEDURE_INTERNAL_H
#define FILES_FILE_PROCEDURE_INTERNAL_H

#include "file_procedure.h"
#include "procedure_check.h"

#include <lienthong/code.h>

enum lt_err procedure_check_text(struct json_reader *file, const char *at, const char *key, const char *text,
				 bool required, size_t max);
enum lt_err procedure_check_role(struct json_reader *file, const char *at, const char *key, const char *role);
/* An absent limit stays as it is. */
enum lt_err procedure_read_limit(struct json_reader *file, const json_t *object, const char *at, const char *key,
				 struct lt_limit *out);
/* The limits by a field that a leg or the head has. */
#define PROCEDURE_BY_MAX 3u /* as many as it has limits that may be so: enum lt_limit_of */
struct procedure_limits {
	struct lt_limit_by **by;
	size_t *count;
};
/* A text, or by a field: then what stands in `else` is *limit. file_procedure_limits.c. */
enum lt_err procedure_read_limit_by(struct procedure_file *out, const json_t *object, const char *at, const char *key,
				    struct procedure_limits *limits, enum lt_limit_of of, struct lt_limit *limit);
/* A time of day in the head, "15:00", as minute of the day; absent: *out stays as it is. */
enum lt_err procedure_read_minute(struct json_reader *file, const char *key, uint32_t *out);
/* A list of agency codes and roles, none twice. */
enum lt_err procedure_read_roles(struct procedure_file *out, const json_t *object, const char *at, const char *key,
				 const char ***list, size_t *count);
/* The number of the leg with the id that stands at `key`; absent: *number stays as it is. */
enum lt_err procedure_read_leg_id(struct procedure_file *out, const json_t *object, const char *at, const char *key,
				  uint32_t *number);
/* A word out of a list; absent: *word stays as it is. */
enum lt_err procedure_read_word(struct procedure_file *out, const json_t *object, const char *at, const char *key,
				const char *const *words, size_t count, unsigned *word);
enum lt_err procedure_read_legs(struct procedure_file *out);
/* Whom a leg asks and until when: its consultation, and the papers of the applicant. */
enum lt_err procedure_read_asks(struct procedure_file *out, const json_t *object, const char *at,
				struct lt_route_leg *leg);
/* The leg's number; 0: there is none. */
uint32_t procedure_find_leg(const struct procedure_file *file, const char *id);
/* A file's faults are all told: who reads goes on after one, and keeps the first error. */
static inline enum lt_err procedure_worse(enum lt_err before, enum lt_err after)
{
	return before != LT_OK ? before : after;
}
/* Where a leg is read: its object and pointer. */
struct procedure_place {
	struct procedure_file *out;
	const json_t *object;
	char at[32];
};
/* file_procedure_ways.c */
enum lt_err procedure_read_ways(const struct procedure_place *place, struct lt_route_leg *leg);
enum lt_err procedure_read_order(struct procedure_file *out);

/* Words of the file, by the numbers of the codec. */
extern const char *const procedure_kinds[7];
extern const char *const procedure_choices[3];
extern const char *const procedure_silences[2];
extern const char *const procedure_policies[2];

#endif
