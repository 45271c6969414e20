/* procedure_print.h: a route for people: as a table, and as Graphviz. */
#ifndef CLI_PROCEDURE_PRINT_H
#define CLI_PROCEDURE_PRINT_H

#include "record/definitions.h"

void procedure_print_route(const struct lt_procedure *procedure);
void procedure_print_dot(const struct lt_procedure *procedure);
/* "3.5 working days" of working minutes. */
const char *procedure_minutes_text(uint32_t minutes, char out[40]);

#endif
