/* vault_guard.h: LMDB trusts its pages. A rotten one can lead it outside of its map, a file that was cut or a disk that does not give a
 * page is a SIGBUS, and what LMDB finds broken itself it answers by abort(): each the end of the process without a name, again at each
 * start. Here the store is named, and the process ends with EX_DATAERR, which no supervisor takes for a reason to start again. */
#ifndef ADAPTER_VAULT_GUARD_H
#define ADAPTER_VAULT_GUARD_H

/* For the handlers of SIGSEGV, SIGBUS and SIGABRT (start/vault_signals.h), and of what such a one may call. Returns when the thread was
 * not inside. */
void vault_guard_fault(void);
/* Around each call of LMDB and each first look at bytes of its map. They nest. */
void vault_guard_enter(void);
int vault_guard_leave(int rc); /* returns rc */
#define VAULT_GUARDED(call) (vault_guard_enter(), vault_guard_leave(call))

#endif
