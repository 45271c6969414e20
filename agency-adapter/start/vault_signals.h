/* vault_signals.h: handlers for a store whose pages cannot be read (store/vault_guard.h). */
#ifndef ADAPTER_VAULT_SIGNALS_H
#define ADAPTER_VAULT_SIGNALS_H

/* Before there are threads. A fault outside of the store goes to who had the signal before. */
void vault_signals_install(void);

#endif
