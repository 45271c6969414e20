/* store_guard.h: LMDB trusts its pages. A rotten one can lead it outside of its map, and one that the disk does not give is a SIGBUS: the
 * process would end without a name, and again at each start. What happens inside of LMDB is caught here and told: the process ends with
 * EX_DATAERR (which no supervisor takes for a reason to start again) and the remedy.
 *
 * A thread marks where it is inside; START has the handler of the signals (store_signals.h). */
#ifndef STORE_STORE_GUARD_H
#define STORE_STORE_GUARD_H

#include <stdbool.h>

/* For the handler of SIGSEGV and SIGBUS, and of what such a one may call. Returns when the thread was not inside. */
void store_guard_fault(void);
/* Around each call of LMDB, and each look at bytes of its map. They nest. */
void store_guard_enter(void);
void store_guard_leave(void);
/* For tools, which want to know what an old store still tells: work is broken off where LMDB faults, and what it had open is not
 * touched any more. False: it was. One thread. */
bool store_guard_try(void (*work)(void *ctx), void *ctx);
/* LMDB itself has found its pages broken, and would abort: as a fault is. */
_Noreturn void store_guard_broken(const char *what);
/* Says what is wrong with the store, and the remedy; ends the process with EX_DATAERR. Nothing is lost by it: all that the store
 * holds is in the journal. Any thread. */
_Noreturn void store_end(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
