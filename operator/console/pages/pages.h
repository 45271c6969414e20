/* pages.h: the console's places, one function an address. Each writes a whole page, or says where to go on; what the operator may not is
 * the broker's to refuse. Between the files of this room; who puts the console together takes pages_routes. */
#ifndef PAGES_PAGES_H
#define PAGES_PAGES_H

#include "layout.h"
#include "report/report.h"

extern const struct door_route pages_routes[];
door_page page_login, page_enter, page_leave, page_stranger, page_missing, page_refused;
door_page page_work, page_search, page_dossiers, page_dossiers_csv, page_dossier, page_agencies, page_agency,
	page_reports, page_delays, page_system, page_acts, page_procedure, page_act, page_form, page_live;
door_page page_css, page_js, page_icon, page_health, page_ready;

/* report_question.c: what the address asks of a report. A day that is none, or a period that ends before it begins, is the month so far. */
struct report_question pages_report_question(struct visit *visit);
/* Whether it asks for something else than that: a report, a day, a period or a kind of office that is none. */
bool pages_report_misread(const struct visit *visit);
/* That, or an agency by a name that is none's, or several': what is filed or signed is not made then. */
bool pages_report_unclear(struct visit *visit);
void pages_report_levels(struct visit *visit, enum lt_level chosen); /* a choice of a form: kinds of offices */

#endif
