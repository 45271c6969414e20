/* genesis_procedure.c: procedure files of a broker's first start. */
#include "genesis.h"

#include <stdio.h>

#include "law/file_procedure.h"

enum lt_err genesis_read_procedure(const char *path, struct lt_buf *out, char *error, size_t error_size)
{
	struct procedure_file file;
	enum lt_err err = procedure_load(path, &file);
	if (err == LT_OK)
		err = lt_procedure_encode(&file.procedure, out);
	else
		snprintf(error, error_size, "%s", file.file.error[0] ? file.file.error : lt_err_text(err));
	procedure_fini(&file);
	return err;
}
