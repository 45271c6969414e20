/* form_print.c: a form as a file. */
#include "form_document.h"

#include "cli/cli_program.h"

#include "paper/form_helper.h"

#include <signal.h>
#include <stdlib.h>

int form_print(const json_t *document, const char *path)
{
	char helper[CLI_PATH_MAX], error[FORM_ERROR];
	struct lt_buf pdf = { 0 };
	char *text = json_dumps(document, JSON_COMPACT);
	int code = text ? cli_find_program(FORM_HELPER, "../libexec/lienthong", LT_LIBEXECDIR, helper)
			: say_fail_err(LT_ENOMEM, "write the form's data");
	signal(SIGPIPE, SIG_IGN);
	if (code == EX_OK && form_helper_run(helper, text, &pdf, error))
		code = say_fail(EX_SOFTWARE, "%s", error);
	if (code == EX_OK) {
		/* Names and addresses of citizens: for the operator's eyes. */
		enum lt_err err = lt_file_write(path, lt_buf_bytes(&pdf), 0600);
		if (err != LT_OK)
			code = say_fail_err(err, "write %s", path);
	}
	lt_buf_fini(&pdf);
	free(text);
	return code;
}
