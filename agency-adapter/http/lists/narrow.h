/* narrow.h: what a list of envelopes or of items is narrowed to: the query's `kind`, `dossier` and `agency`. What can match nothing is
 * refused, so that an empty list means that there is nothing. HTTP thread. */
#ifndef ADAPTER_LISTS_NARROW_H
#define ADAPTER_LISTS_NARROW_H

#include "http/exchange.h"

struct list_narrow {
	const struct exchange *exchange;
	enum lt_kind kind;          /* 0: any */
	char agency[LT_AGENCY_MAX]; /* canonical, whatever way it was written; "": any */
	const char *dossier;        /* as it was written; NULL: any */
};
/* False: it was answered. */
bool narrow_read(struct exchange *exchange, struct list_narrow *out);
/* A row of this agency that the caller may see. */
bool narrow_takes_agency(const struct list_narrow *narrow, const char *agency);
/* A dossier by this or another spelling of its code. */
bool narrow_takes_dossier(const struct list_narrow *narrow, const char *code);

#endif
