/* vault_signals.c: see vault_signals.h. */
#include "vault_signals.h"

#include <signal.h>
#include <stddef.h>

#include "program/faults.h"
#include "store/vault_guard.h"

/* LMDB aborts where it finds its pages broken. abort() ends the process when this returns. */
static void on_abort(int number)
{
	(void)number;
	vault_guard_fault();
}

void vault_signals_install(void)
{
	struct sigaction aborted = { .sa_flags = 0 };
	aborted.sa_handler = on_abort;
	sigemptyset(&aborted.sa_mask);
	lt_faults_install(vault_guard_fault); /* does not return from a fault of LMDB's */
	sigaction(SIGABRT, &aborted, NULL);
}
