/* store_signals.c: see store_signals.h. */
#include "store_signals.h"

#include "program/faults.h"
#include "store/store_guard.h"

void store_signals_install(void)
{
	lt_faults_install(store_guard_fault); /* does not return from a fault of LMDB's */
}
