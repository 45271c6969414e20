/* file_procedure.h: a procedure file (conf/schema/procedure.schema.json) as struct lt_procedure. The form of the file and its
 * names are checked here; whether the route makes sense is procedure_check.h. One thread. */
#ifndef FILES_FILE_PROCEDURE_H
#define FILES_FILE_PROCEDURE_H

#include "record/definitions.h"
#include "program/json.h"

#define PROCEDURE_LEGS_MAX 64u    /* as many as a dossier has branches */
#define PROCEDURE_CONSULT_MAX 64u /* as many as an envelope has recipients */
#define PROCEDURE_SUPPLEMENTS_MAX 9u
#define PROCEDURE_GROUND_MAX 250u /* characters: articles of a decree, as a name */

struct procedure_file {
	struct json_reader file; /* file.error says what is wrong; texts of `procedure` live in it */
	struct lt_arena *arena;  /* lists of `procedure` */
	struct lt_procedure procedure;
};
/* LT_EIO, LT_EPARSE, LT_EINVAL, LT_ENOMEM. procedure_fini in any case. */
enum lt_err procedure_load(const char *path, struct procedure_file *out);
void procedure_fini(struct procedure_file *procedure);

/* A day as "2026-01-31" from days since 1970-01-01. */
#define PROCEDURE_DAY_TEXT 16
void procedure_day_text(int64_t day, char out[PROCEDURE_DAY_TEXT]);
/* A limit as the file has it, "2.5 working_days"; "" for none. */
#define PROCEDURE_LIMIT_TEXT 40
void procedure_limit_text(const struct lt_limit *limit, char out[PROCEDURE_LIMIT_TEXT]);
const char *procedure_kind_name(enum lt_leg_kind kind); /* "receive" */
/* The whole procedure as a file, for a definition that came from the broker. NULL when out of memory. */
json_t *procedure_to_json(const struct lt_procedure *procedure);

#endif
