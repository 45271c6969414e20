/* procedures.h: procedures as they are asked for in apply, read once and kept: reading one takes as long as a whole act.
 * A version is exchanged only to set its last day: apply_define says so by procedures_forget. Engine thread. */
#ifndef BROKER_PROCBOOK_H
#define BROKER_PROCBOOK_H

#include "record/definitions.h"
#include "store/store.h"

struct procedures;
struct procedures *procedures_new(struct store *store);
void procedures_free(struct procedures *procedures);
/* NULL: there is none. Lives until another one is asked for. */
const struct lt_procedure *procedures_find(struct procedures *procedures, const char *code, uint32_t version);
/* The lowest version above `after` that is defined; 0: none. */
uint32_t procedures_next(struct procedures *procedures, const char *code, uint32_t after);
/* Its definition has changed: what is kept of it goes. */
void procedures_forget(struct procedures *procedures, const char *code, uint32_t version);

#endif
