/* faults.c: see faults.h. */
#include "faults.h"

#include <signal.h>
#include <stddef.h>

/* A handler gets no argument of ours. Written before there is a thread. */
static struct sigaction before[2]; /* of SIGSEGV and SIGBUS */
static void (*look_first)(void);

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	look_first();
	sigaction(number, &before[number == SIGBUS], NULL);
	if (info->si_code <= 0) /* somebody has sent it: a fault comes again by itself, to who had it before */
		raise(number);
}

void lt_faults_install(void (*look)(void))
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER };
	action.sa_sigaction = on_fault;
	sigemptyset(&action.sa_mask);
	look_first = look;
	sigaction(SIGSEGV, &action, &before[0]);
	sigaction(SIGBUS, &action, &before[1]);
}
