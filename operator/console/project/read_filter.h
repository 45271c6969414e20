/* read_filter.h: which dossiers are asked for, and how they are come by.
 *
 * A list comes in an order, and a page of it is short. Where many dossiers are as asked, the walk over that order finds a page soon; where few
 * are, it would go over all there are. So it is counted first, no further than FILTER_FEW: few lead, and are sorted; else the order leads, and
 * each that it comes by is looked at. Whatever is asked for, no more than FILTER_FEW rows are ever sorted. A word that was typed is taken as
 * a beginning, unless it stands whole in more than FILTER_FEW dossiers. */
#ifndef PROJECT_READ_FILTER_H
#define PROJECT_READ_FILTER_H

#include "read_internal.h"

#define FILTER_FEW \
	2000 /* sorting them takes some 10 ms; walking a million to a page of more takes 50 at most, were they spread evenly */

enum filter_way {
	FILTER_BY_TIME,   /* a list by `due` */
	FILTER_BY_NUMBER, /* a list of the newest, or a text's */
	FILTER_COUNT,     /* in no order */
};
/* "SELECT columns FROM ... WHERE ..." in *asked, of `dossier d`; more conditions may follow, and the order. With a text the table `search`
 * leads. LT_ENOENT: nothing can be found, the text has no word. *question lives as long as *asked is used. Within read_begin and read_end. */
enum lt_err filter_ask(struct project_reader *reader, const struct project_filter *filter, enum filter_way way,
		       const char *columns, struct lt_buf *question, struct asked_sql *asked);

#endif
