/* store_signals.h: a fault inside of LMDB ends the process by name: store/store_guard.h. */
#ifndef START_STORE_SIGNALS_H
#define START_STORE_SIGNALS_H

/* Once, before there is a thread. A fault elsewhere goes to who had the signal before. */
void store_signals_install(void);

#endif
