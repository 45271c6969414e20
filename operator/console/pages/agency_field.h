/* agency_field.h: a member of the address that means an agency: a person writes its code, or its name, with or without accents. */
#ifndef PAGES_AGENCY_FIELD_H
#define PAGES_AGENCY_FIELD_H

#include "layout.h"

/* The code that is meant; "": nothing was written. NULL: no agency goes by that, or several do. */
const char *agency_field_code(struct visit *visit, const char *name);
/* The field of a form, with what was written in it. */
void agency_field_put(struct visit *visit, const char *name, const char *vietnamese, const char *english);
/* Below the form: which agency a name was taken for, or from which to choose; nothing for a code. */
void agency_field_put_found(struct visit *visit, const char *name);

#endif
