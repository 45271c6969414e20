/* procedure_files.h: procedure files checked against the agencies file of a conf folder, for several commands. All say on
 * standard error what is wrong and return an exit code. One thread. */
#ifndef CLI_PROCEDURE_FILES_H
#define CLI_PROCEDURE_FILES_H

#include "cli/cli.h"
#include "law/file_agencies.h"
#include "law/file_procedure.h"
#include "law/procedure_check.h"

/* The samples beside the sources of a program that was built there, else the installed ones; --conf goes first. */
void procedure_choose_conf(const struct cli *cli, char out[CLI_PATH_MAX]);
/* Says each fault as "FILE:LINE: POINTER: text". EX_DATAERR when there is one. */
int procedure_say_faults(const struct procedure_file *file, const struct procedure_faults *faults);
/* procedure_load, said. procedure_fini in any case. */
int procedure_open(const char *path, struct procedure_file *out);
/* What else is wrong with a file whose form procedure_open has complained of: its agencies, and its route when no complaint is of the
 * ways. Nothing that was told is told again. */
void procedure_say_rest(const struct procedure_file *file, const struct procedure_agencies *agencies,
			struct procedure_faults *faults);
struct procedure_agencies procedure_agencies_of(const struct agencies *agencies);
/* Loads every *.json of a folder and checks all of them, together. */
int procedure_check_folder(const char *folder, const struct agencies *agencies);

#endif
