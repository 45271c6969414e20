/* say.c: the line that says what is wrong, the exit code for it, sizes. */
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lienthong/text.h>

int say_fail(int code, const char *format, ...)
{
	char text[2048], clean[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	lt_text_clean(text, clean, sizeof(clean));
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, clean);
	return code;
}

static int exit_code(enum lt_err err)
{
	switch (err) {
	case LT_OK:
		return EX_OK;
	case LT_EINVAL:
	case LT_EPARSE:
	case LT_ECRYPTO:
	case LT_ECORRUPT:
		return EX_DATAERR;
	case LT_ENOENT:
		return EX_NOINPUT;
	case LT_EIO:
	case LT_EFULL:
		return EX_IOERR;
	case LT_EEXIST:
		return EX_CANTCREAT;
	case LT_EDENIED:
		return EX_NOPERM;
	case LT_EAGAIN:
	case LT_ETIMEOUT:
	case LT_ECLOSED:
		return EX_UNAVAILABLE;
	case LT_ENOMEM:
		return EX_OSERR;
	}
	return EX_SOFTWARE;
}

int say_fail_err(enum lt_err err, const char *format, ...)
{
	int saved = errno;
	char what[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (err == LT_EIO && saved == ENOENT)
		return say_fail(EX_NOINPUT, "cannot %s: %s", what, strerror(saved));
	return say_fail(exit_code(err), "cannot %s: %s", what, err == LT_EIO ? strerror(saved) : lt_err_text(err));
}

int say_ended(int code)
{
	bool out = fflush(stdout) == 0 && !ferror(stdout);
	return out || code >= EX__BASE ? code : say_fail(EX_IOERR, "cannot write the output");
}

int say_check_unicode(void)
{
	if (lt_text_unicode_right())
		return EX_OK;
	return say_fail(EX_OSFILE,
			"the installed libutf8proc knows Unicode %s, texts are checked by %s: install libutf8proc 2.8",
			lt_text_unicode(), LT_TEXT_UNICODE);
}

const char *say_size(uint64_t bytes, char out[SAY_SIZE_TEXT])
{
	static const char units[] = "BKMGT";
	size_t unit = 0;
	double value = (double)bytes;
	for (; value >= 1024 && unit < 4; unit++)
		value /= 1024;
	snprintf(out, SAY_SIZE_TEXT, unit == 0 ? "%.0f%c" : "%.1f%c", value, units[unit]);
	return out;
}
