/* file_procedure.h: a procedure file (conf/schema/procedure.schema.json) as struct lt_procedure. */
#ifndef CLI_FILE_PROCEDURE_H
#define CLI_FILE_PROCEDURE_H

#include "codec.h"
#include "json_file.h"

#define PROCEDURE_LEGS_MAX 64u /* as many as a dossier has leg visits */

struct procedure_file {
	struct json_file file; /* file.error says what is wrong; texts of `procedure` live in it */
	struct lt_procedure procedure;
};
/* LT_EIO, LT_EPARSE, LT_EINVAL, LT_ENOMEM. procedure_fini in any case. */
enum lt_err procedure_load(const char *path, struct procedure_file *out);
void procedure_fini(struct procedure_file *procedure);
/* Loads every *.json of a folder; an exit code, said. */
int procedure_check_folder(const char *folder);

#endif
