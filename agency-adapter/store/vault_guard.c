/* vault_guard.c: see vault_guard.h. */
#include "vault_guard.h"

#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

/* A handler gets no argument of ours: what it must know can only stand in globals. */
static _Thread_local volatile sig_atomic_t inside;

void vault_guard_fault(void)
{
	static const char said[] = "{\"level\":\"error\",\"program\":\"lienthong-adapter\",\"message\":\"store.mdb is "
				   "damaged: LMDB cannot read its pages\",\"remedy\":\"restore the data folder from a "
				   "backup; the broker sends again what has come since\",\"end\":\"exit\"}\n";
	if (!inside)
		return;
	ssize_t written = write(STDERR_FILENO, said, sizeof(said) - 1);
	(void)written;
	_exit(EX_DATAERR);
}

void vault_guard_enter(void)
{
	inside++;
}

int vault_guard_leave(int rc)
{
	inside--;
	return rc;
}
