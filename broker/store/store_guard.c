/* store_guard.c: see store_guard.h. */
#include "store_guard.h"

#include "program/log.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define REMEDY "stop the broker and run `lienthong store rebuild`: the journal has everything"

/* A handler gets no argument of ours: what it must know can only stand in globals. */
static _Thread_local volatile sig_atomic_t inside;
static _Thread_local sigjmp_buf *volatile back;

void store_guard_fault(void)
{
	static const char said[] = "{\"level\":\"error\",\"message\":\"the store is damaged: LMDB could not read its "
				   "pages\",\"remedy\":\"" REMEDY "\",\"end\":\"exit\"}\n";
	if (!inside)
		return;
	if (back)
		siglongjmp(*back, 1);
	ssize_t written = write(STDERR_FILENO, said, sizeof(said) - 1);
	(void)written;
	_exit(EX_DATAERR);
}

void store_guard_enter(void)
{
	inside++;
}

void store_guard_leave(void)
{
	inside--;
}

bool store_guard_try(void (*work)(void *ctx), void *ctx)
{
	sigjmp_buf here;
	if (sigsetjmp(here, 0) != 0) {
		back = NULL;
		inside = 0;
		return false;
	}
	back = &here;
	work(ctx);
	back = NULL;
	return true;
}

void store_guard_broken(const char *what)
{
	if (back)
		siglongjmp(*back, 1);
	store_end("the store is damaged: LMDB: %s", what);
}

void store_end(const char *format, ...)
{
	char text[600];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	lt_log(LT_LOG_ERROR, text, "remedy", REMEDY, "end", "exit", NULL);
	_exit(EX_DATAERR);
}
