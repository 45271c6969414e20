/* form_page.h: pages of A4, a cursor that goes down them, and what is set on them. Lengths are points (1/72 inch).
 *
 * A form is laid out twice on the same data: first to count its pages, then onto the PDF, so that every foot can say
 * "page n of m". Texts are shown as they are: cleaned before (form_text.h). */
#ifndef FORMS_FORM_PAGE_H
#define FORMS_FORM_PAGE_H

#include <lienthong/base.h>
#include <pango/pangocairo.h>

#define FORM_MM (72.0 / 25.4)
#define FORM_A4_SHORT (210 * FORM_MM)
#define FORM_A4_LONG (297 * FORM_MM)
#define FORM_PAGES_MAX 5000u /* a register of 10,000 rows has about 1,000 */

enum form_align { FORM_LEFT, FORM_CENTRE, FORM_RIGHT };
struct form_style {
	double size; /* points */
	bool bold, italic;
	enum form_align align;
	double indent; /* of every line, from the left margin */
};
struct form_page {
	cairo_t *cairo; /* NULL while counting */
	PangoContext *context;
	double width, height;            /* of the sheet */
	double left, right;              /* x of the body's edges */
	double top, bottom;              /* y of the body's edges */
	double y;                        /* the cursor */
	unsigned number, total;          /* this page, from 1; all pages, 0 while counting */
	const char *foot;                /* what stands at the left of every foot; borrowed */
	const char *page_word, *of_word; /* borrowed */
	bool full;                       /* over FORM_PAGES_MAX: nothing more is laid out */
};

/* Begins the first page. */
void form_page_begin(struct form_page *page);
/* Sets the foot of the last page. */
void form_page_end(struct form_page *page);
void form_page_break(struct form_page *page);
/* Breaks unless so much room is left, or the page is fresh. */
void form_page_need(struct form_page *page, double height);
double form_page_room(const struct form_page *page);

/* A layout of a text within a width; the caller unrefs it. `bold_from`..`bold_to` are bytes set in bold, 0, 0: none. */
PangoLayout *form_page_layout(struct form_page *page, const struct form_style *style, double width, const char *text,
			      unsigned bold_from, unsigned bold_to);
double form_layout_height(PangoLayout *layout);
/* A paragraph at the cursor over the body's width, line by line over page ends. */
void form_page_text(struct form_page *page, const struct form_style *style, const char *text);
/* "label: value", the value bold; dots when it is empty. */
void form_page_pair(struct form_page *page, const char *label, const char *value);
/* A text in a box whose upper left corner is (x, y), within one page; its height. Does not move the cursor. */
double form_page_box(struct form_page *page, double x, double y, double width, const struct form_style *style,
		     const char *text);
void form_page_line(struct form_page *page, double x1, double y1, double x2, double y2);
/* The QR code of a text, `side` wide with its quiet zone. */
void form_page_qr(struct form_page *page, double x, double y, double side, const char *text);

#endif
