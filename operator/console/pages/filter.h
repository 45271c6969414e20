/* filter.h: a list's filter as it stands in the address: each list can be kept, sent and exported. */
#ifndef PAGES_FILTER_H
#define PAGES_FILTER_H

#include "layout.h"

/* Out of the visit's query; texts live as long as the visit. What is no value counts as not asked for. False: by a name that was written no agency is
 * meant, or one of several: then no dossier is. */
bool filter_read(struct visit *visit, struct project_filter *out);
/* The form, with what is asked for filled in. */
void filter_put(struct visit *visit, const struct project_filter *filter);
/* The query without `after`, for another address of the same list; begins with '?' or is "". */
void filter_put_query(struct visit *visit);

/* The first member of the address that is none of a filter, or says what it cannot say: what is asked for then is not what is shown. NULL: none. */
const char *filter_unknown(const struct visit *visit);

#endif
