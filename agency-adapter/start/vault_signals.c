/* vault_signals.c: see vault_signals.h. */
#include "vault_signals.h"

#include <signal.h>
#include <stddef.h>

#include "store/vault_guard.h"

/* A handler gets no argument of ours. Written before there is a thread. */
static struct sigaction before[2]; /* of SIGSEGV and SIGBUS */

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	vault_guard_fault(); /* does not return from a fault of LMDB's */
	sigaction(number, &before[number == SIGBUS], NULL);
	if (info->si_code <= 0) /* somebody has sent it: a fault comes again by itself, to who had it before */
		raise(number);
}

/* LMDB aborts where it finds its pages broken. abort() ends the process when this returns. */
static void on_abort(int number)
{
	(void)number;
	vault_guard_fault();
}

void vault_signals_install(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER }, aborted = { .sa_flags = 0 };
	action.sa_sigaction = on_fault;
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, &before[0]);
	sigaction(SIGBUS, &action, &before[1]);
	aborted.sa_handler = on_abort;
	sigemptyset(&aborted.sa_mask);
	sigaction(SIGABRT, &aborted, NULL);
}
