/* agency_parts.h: parts of the pages of agencies: agency_adapter.c, agency_acts.c. */
#ifndef PAGES_AGENCY_PARTS_H
#define PAGES_AGENCY_PARTS_H

#include "layout.h"
#include "names.h"

/* Rows of a list of facts; nothing when its adapter has told nothing. */
void agency_put_adapter(struct html *html, const struct lt_adapter_view *adapter);
/* "+1,2 s"; a whole share of 100. */
void agency_put_ahead(struct html *html, int64_t ahead);
unsigned agency_percent(uint64_t part, uint64_t whole);
/* Likewise: what operators have announced of it: drained, closed. */
void agency_put_announced(struct html *html, const struct lt_agency_view *agency);
void agency_put_refused(struct visit *visit, const struct lt_agency_view *agency);
/* Who is in trouble by the broker's causes, the gravest first; and the heading of the list below. Nothing when nobody is. */
void agency_put_troubles(struct visit *visit, const struct lt_status_view *status);
/* The forms of what an operator may do with it. present NULL: what is announced is not known. ends: when its last certificate ends, if that is soon,
 * or was; 0: it is not. Then the form that reminds it stands open, with words that fit. */
void agency_put_acts(struct visit *visit, const struct project_agency *agency, const struct lt_agency_view *present,
		     int64_t ends);

#endif
