/* dossier_parts.h: the parts of a dossier's page. Each is written out of the broker's view of it; procedure may be NULL: it cannot be read. */
#ifndef PAGES_DOSSIER_PARTS_H
#define PAGES_DOSSIER_PARTS_H

#include "layout.h"
#include "record/definitions.h"

enum route_mark { ROUTE_MARK_NONE, ROUTE_MARK_NEW, ROUTE_MARK_CHANGED };
struct dossier_page {
	struct visit *visit;
	const struct lt_dossier_view *view;
	const struct lt_procedure *procedure;
	const enum route_mark *marks; /* of its legs, against another version; NULL: none */
};
/* dossier_now.c: who has to do what, who is late, who may do what. */
void dossier_put_answers(const struct dossier_page *page);
void dossier_put_stuck(const struct dossier_page *page);
/* dossier_route.c: the route as a picture. */
void dossier_put_route(const struct dossier_page *page);
/* procedure_changes.c: what `after` has otherwise than `before`, row by row; marks gets one for each leg of `after`. */
void procedure_put_changes(struct visit *visit, const struct lt_procedure *before, const struct lt_procedure *after,
			   enum route_mark *marks);
/* dossier_time.c: stays and waits; the clocks with what they are made of. */
void dossier_put_stays(const struct dossier_page *page);
void dossier_put_clocks(const struct dossier_page *page);
/* dossier_hops.c: every act of its history. */
void dossier_put_hops(const struct dossier_page *page);
/* The name of a leg, by its id; the id when it is not known. */
const char *dossier_leg_name(const struct dossier_page *page, const char *id);
/* Of a branch; as the broker names it, when the procedure is not known. */
const char *dossier_leg_of(const struct dossier_page *page, const struct lt_branch_view *branch);
/* Working minutes, "12 giờ 30 phút": a working day is not 24 hours, so no days are made of them. */
void dossier_put_minutes(struct html *html, uint64_t minutes);
void dossier_put_limit(struct html *html, uint32_t unit, uint32_t quarters); /* "3 ngày làm việc", "1,25 ngày" */

#endif
