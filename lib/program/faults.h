/* faults.h: memory that a file stands behind can fail to be read: who knows such a place ends the process by a name of its own. */
#ifndef PROGRAM_FAULTS_H
#define PROGRAM_FAULTS_H

/* Handlers of SIGSEGV and SIGBUS; once, before there is a thread. `look` is called inside of them and does not return from a fault that is
 * its own. Any other goes to who had the signal before. */
void lt_faults_install(void (*look)(void));

#endif
