/* layout.h: what every page has: the five places, the search box, who is logged in, at which sequence it is true, and whether the broker
 * lives. A page is written between layout_begin and layout_end. Texts are given in both languages (html.h, %L). */
#ifndef PAGES_LAYOUT_H
#define PAGES_LAYOUT_H

#include "desk.h"

enum page_place { PLACE_NONE, PLACE_WORK, PLACE_DOSSIERS, PLACE_AGENCIES, PLACE_REPORTS, PLACE_SYSTEM };

void layout_begin(struct visit *visit, enum page_place place, const char *vietnamese, const char *english);
/* The same with a title that is a text of others: a code. */
void layout_begin_named(struct visit *visit, enum page_place place, const char *title);
/* sequence and time: of what the page was made of; 0: of the projection's own. */
void layout_end(struct visit *visit, uint64_t sequence, int64_t time);
/* A page that only says something: no such thing, not allowed. */
void layout_say(struct visit *visit, unsigned status, const char *vietnamese, const char *english);
/* That too many reports and lists are being made: desk_begin_report. */
void layout_busy(struct visit *visit);
/* What the broker's refusal says, in the page's language. */
void layout_refusal(struct visit *visit, const struct lt_control_answer *answer);
/* What came instead of an answer, as a notice in the page. */
void layout_not_told(struct visit *visit, enum visit_told told);
/* A table's head, from pairs of literals, and its end: what it has in it, and its columns, whose words stand beside each cell on a narrow
 * screen (data-l). */
struct column {
	const char *vietnamese, *english, *css; /* css: class, or NULL */
};
void layout_table(struct visit *visit, const char *vietnamese, const char *english, const struct column *columns,
		  size_t count);
/* The same in parts: up to the first head cell, and from behind the last one on. */
void layout_table_begin(struct visit *visit, const char *vietnamese, const char *english);
void layout_table_body(struct visit *visit);
void layout_cell(struct visit *visit, const struct column *column); /* opens <td …> */
void layout_table_end(struct visit *visit);
/* A link to the next page of a list, with the present query but for `after`. "": none. */
void layout_next(struct visit *visit, const char *next);
/* The address of this page with its query but for this member, from the first page on; ends in '?' or '&', for the member. */
void layout_put_here_but(struct visit *visit, const char *name);
/* Hidden members of a form that acts, and where to go on afterwards; the form is left open. */
void layout_form(struct visit *visit, const char *act, const char *subject, uint64_t number);

/* A whole form that asks for the reason alone. css: of its button; "": none. */
void layout_act(struct visit *visit, const char *act, const char *subject, uint64_t number, const char *css,
		const char *vietnamese, const char *english);
/* The same, folded under its name: for rows of a list. */
void layout_act_folded(struct visit *visit, const char *act, const char *subject, uint64_t number,
		       const char *vietnamese, const char *english);

static inline struct desk *desk_of(const struct visit *visit)
{
	return visit->ctx;
}
/* Whether the operator has one of these roles (enum lt_asker_role): what he has not is not offered; the broker refuses it in any case. */
static inline bool may(const struct visit *visit, unsigned roles)
{
	return visit->session && (visit->session->roles & roles) != 0;
}

#endif
