/* form_page.c: see form_page.h. */
#include "form_page.h"

#include "form_qr.h"
#include "form_text.h"

#include <string.h>

#define FONT "Noto Serif"
#define PAIR_SIZE 11.0
#define GAP 3.0 /* below a paragraph */
#define FOOT_SIZE 8.0
#define FOOT_GAP 8.0 /* from the body to the foot */
#define QUIET 2u     /* modules around a QR code; the sheet's white adds the rest of the four asked for */

static void set_foot(struct form_page *page)
{
	const struct form_style style = { .size = FOOT_SIZE }, right = { .size = FOOT_SIZE, .align = FORM_RIGHT };
	double width = page->right - page->left, y = page->bottom + FOOT_GAP;
	gchar *number = g_strdup_printf("%s %u%s%u", page->page_word, page->number, page->of_word, page->total);
	form_page_line(page, page->left, y - 2, page->right, y - 2);
	form_page_box(page, page->left, y, width * 0.82, &style, page->foot);
	form_page_box(page, page->left + width * 0.82, y, width * 0.18, &right, number);
	g_free(number);
}

void form_page_begin(struct form_page *page)
{
	page->number = 1;
	page->y = page->top;
}

void form_page_end(struct form_page *page)
{
	set_foot(page);
	if (page->cairo)
		cairo_show_page(page->cairo);
}

void form_page_break(struct form_page *page)
{
	if (page->number >= FORM_PAGES_MAX) {
		page->full = true;
		page->y = page->top;
		return;
	}
	form_page_end(page);
	page->number++;
	page->y = page->top;
}

double form_page_room(const struct form_page *page)
{
	return page->bottom - page->y;
}

void form_page_need(struct form_page *page, double height)
{
	if (form_page_room(page) < height && page->y > page->top)
		form_page_break(page);
}

static void add_bold(PangoAttrList *list, unsigned from, unsigned to)
{
	PangoAttribute *bold = pango_attr_weight_new(PANGO_WEIGHT_BOLD);
	bold->start_index = from;
	bold->end_index = to;
	pango_attr_list_insert(list, bold);
}

PangoLayout *form_page_layout(struct form_page *page, const struct form_style *style, double width, const char *text,
			      unsigned bold_from, unsigned bold_to)
{
	static const PangoAlignment aligns[] = { PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT };
	PangoLayout *layout = pango_layout_new(page->context);
	PangoFontDescription *font = pango_font_description_from_string(FONT);
	pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
	if (style->bold)
		pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
	if (style->italic)
		pango_font_description_set_style(font, PANGO_STYLE_ITALIC);
	pango_layout_set_font_description(layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
	/* A word longer than the line breaks inside; the direction is ours and not that of the first letter. */
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_auto_dir(layout, FALSE);
	pango_layout_set_alignment(layout, aligns[style->align]);
	PangoAttrList *list = pango_attr_list_new();
	pango_attr_list_insert(list, pango_attr_insert_hyphens_new(FALSE));
	if (bold_to > bold_from)
		add_bold(list, bold_from, bold_to);
	pango_layout_set_attributes(layout, list);
	pango_attr_list_unref(list);
	pango_layout_set_text(layout, text, -1);
	return layout;
}

double form_layout_height(PangoLayout *layout)
{
	PangoRectangle box;
	pango_layout_get_extents(layout, NULL, &box);
	return (double)box.height / PANGO_SCALE;
}

static void show_line(struct form_page *page, double x, double baseline, PangoLayoutLine *line)
{
	if (!page->cairo)
		return;
	cairo_move_to(page->cairo, x, baseline);
	pango_cairo_show_layout_line(page->cairo, line);
}

static void flow(struct form_page *page, double x, PangoLayout *layout)
{
	PangoLayoutIter *iter = pango_layout_get_iter(layout);
	do {
		PangoRectangle box;
		pango_layout_iter_get_line_extents(iter, NULL, &box);
		double height = (double)box.height / PANGO_SCALE;
		form_page_need(page, height);
		double baseline = (double)(pango_layout_iter_get_baseline(iter) - box.y) / PANGO_SCALE;
		show_line(page, x + (double)box.x / PANGO_SCALE, page->y + baseline,
			  pango_layout_iter_get_line_readonly(iter));
		page->y += height;
	} while (!page->full && pango_layout_iter_next_line(iter));
	pango_layout_iter_free(iter);
	page->y += GAP;
}

void form_page_text(struct form_page *page, const struct form_style *style, const char *text)
{
	double x = page->left + style->indent;
	PangoLayout *layout = form_page_layout(page, style, page->right - x, text, 0, 0);
	flow(page, x, layout);
	g_object_unref(layout);
}

void form_page_pair(struct form_page *page, const char *label, const char *value)
{
	const struct form_style style = { .size = PAIR_SIZE };
	gchar *text = g_strdup_printf("%s: %s", label, form_text_or_dots(value));
	bool given = value && value[0];
	PangoLayout *layout =
		form_page_layout(page, &style, page->right - page->left, text, given ? (unsigned)strlen(label) + 2 : 0,
				 given ? (unsigned)strlen(text) : 0);
	flow(page, page->left, layout);
	g_object_unref(layout);
	g_free(text);
}

double form_page_box(struct form_page *page, double x, double y, double width, const struct form_style *style,
		     const char *text)
{
	PangoLayout *layout = form_page_layout(page, style, width, text, 0, 0);
	double height = form_layout_height(layout);
	if (page->cairo) {
		cairo_move_to(page->cairo, x, y);
		pango_cairo_show_layout(page->cairo, layout);
	}
	g_object_unref(layout);
	return height;
}

void form_page_line(struct form_page *page, double x1, double y1, double x2, double y2)
{
	if (!page->cairo)
		return;
	cairo_set_line_width(page->cairo, 0.6);
	cairo_move_to(page->cairo, x1, y1);
	cairo_line_to(page->cairo, x2, y2);
	cairo_stroke(page->cairo);
}

void form_page_qr(struct form_page *page, double x, double y, double side, const char *text)
{
	struct form_qr qr;
	if (!page->cairo || form_qr_make(text, &qr) != LT_OK)
		return;
	double module = side / (qr.width + 2 * QUIET);
	for (unsigned row = 0; row < qr.width; row++) {
		for (unsigned from = 0, to; from < qr.width; from = to) {
			to = from + 1;
			if (!qr.modules[row * qr.width + from])
				continue;
			while (to < qr.width && qr.modules[row * qr.width + to])
				to++;
			cairo_rectangle(page->cairo, x + (from + QUIET) * module, y + (row + QUIET) * module,
					(to - from) * module, module);
		}
	}
	cairo_fill(page->cairo);
	form_qr_fini(&qr);
}
