/* procbook.h: procedures as they are asked for in apply, read once and kept: reading one takes as long as a whole act.
 * A version is exchanged only to set its last day: apply_define says so by procbook_forget. Engine thread. */
#ifndef BROKER_PROCBOOK_H
#define BROKER_PROCBOOK_H

#include "record/definitions.h"
#include "store/store.h"

struct procbook;
struct procbook *procbook_new(struct store *store);
void procbook_free(struct procbook *procbook);
/* NULL: there is none. Lives until another one is asked for. */
const struct lt_procedure *procbook_find(struct procbook *procbook, const char *code, uint32_t version);
/* The lowest version above `after` that is defined; 0: none. */
uint32_t procbook_next(struct procbook *procbook, const char *code, uint32_t after);
/* Its definition has changed: what is kept of it goes. */
void procbook_forget(struct procbook *procbook, const char *code, uint32_t version);

#endif
