/* foreign.h: which dossiers were opened with a code of another system (OPEN's foreign_codes; SPEC.md section 3): one filing that came by a
 * ministry's portal is found by the code that the citizen has of it. A code may be of several dossiers. Rows are never changed. */
#ifndef BROKER_FOREIGN_H
#define BROKER_FOREIGN_H

#include <lienthong/code.h>
#include "store/store.h"

/* The code as a header has it: in form, so what looks the same is the same bytes (lienthong/text.h). */
void foreign_add(struct store *store, const char *code, uint64_t number);
/* The dossier that was opened in place of this code; the same for it: LT_ENOENT, LT_ECORRUPT. No foreign code is taken for it. */
void foreign_add_replaced(struct store *store, const char *code, uint64_t number);
enum lt_err foreign_replaced_by(struct store *store, const char *code, uint64_t *number);
/* The first dossier with this code whose dense number is above `after`. LT_ENOENT; LT_ECORRUPT: no row can be read any more. A row that does
 * not hold is stepped over and counted (store_faults). */
enum lt_err foreign_next(struct store *store, const char *code, uint64_t after, uint64_t *number);

#endif
