/* store_signals.c: see store_signals.h. */
#include "store_signals.h"

#include <signal.h>

#include "store/store_guard.h"

/* A handler gets no argument of ours. Written before there is a thread. */
static struct sigaction before[2]; /* of SIGSEGV and SIGBUS */

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	store_guard_fault(); /* does not return from a fault of LMDB's */
	sigaction(number, &before[number == SIGBUS], NULL);
	if (info->si_code <= 0) /* somebody has sent it: a fault comes again by itself, to who had it before */
		raise(number);
}

void store_signals_install(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER };
	action.sa_sigaction = on_fault;
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, &before[0]);
	sigaction(SIGBUS, &action, &before[1]);
}
