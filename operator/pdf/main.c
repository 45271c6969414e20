/* main.c: lienthong-form: one form's data as JSON on standard input, its PDF on standard output, and nothing else.
 * It opens no file but fonts, asks nobody, and lives for one form. Exit codes after sysexits.h. */
#include "form_make.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#define CPU_SECONDS 120 /* a register of 10,000 rows takes some seconds; texts that make Pango spin end here */

/* fontconfig keeps its patterns until the process ends; the sanitizer takes that for leaks, and FcFini asserts when Pango
 * still has fonts. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig.so\n";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static enum lt_err read_all(struct lt_buf *out)
{
	size_t got;
	do {
		if (lt_buf_reserve(out, 65536) != LT_OK)
			return LT_ENOMEM;
		got = fread(out->data + out->len, 1, 65536, stdin);
		out->len += got;
	} while (got > 0 && out->len <= FORM_JSON_MAX);
	if (ferror(stdin))
		return LT_EIO;
	return out->len <= FORM_JSON_MAX ? LT_OK : LT_EFULL;
}

static int fail(enum lt_err err, const char *what)
{
	fprintf(stderr, "lienthong-form: %s\n", what[0] ? what : lt_err_text(err));
	return err == LT_EPARSE || err == LT_EINVAL || err == LT_EFULL ? EX_DATAERR
	       : err == LT_EIO                                         ? EX_IOERR
								       : EX_OSERR;
}

int main(int argc, char **argv)
{
	struct lt_buf json = { 0 }, pdf = { 0 };
	char error[FORM_ERROR_MAX] = "";
	const struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS };
	if (argc > 1) {
		int code = strcmp(argv[1], "--version") == 0 ? EX_OK : EX_USAGE;
		fprintf(code == EX_OK ? stdout : stderr,
			code == EX_OK ? "lienthong-form %s\n" : "lienthong-form %s: data on standard input, PDF out\n",
			LT_VERSION);
		return code;
	}
	setrlimit(RLIMIT_CPU, &cpu);
	enum lt_err err = read_all(&json);
	if (err == LT_OK)
		err = form_make(lt_buf_bytes(&json), &pdf, error);
	if (err == LT_OK && (fwrite(pdf.data, 1, pdf.len, stdout) != pdf.len || fflush(stdout) != 0))
		err = LT_EIO;
	int code = err == LT_OK ? EX_OK : fail(err, error);
	lt_buf_fini(&json);
	lt_buf_fini(&pdf);
	return code;
}
