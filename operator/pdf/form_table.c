/* form_table.c: see form_table.h. */
#include "form_table.h"

#include <math.h>

#define PAD 3.0 /* between a rule and a text */

struct cell {
	PangoLayout *layout;
	PangoLayoutIter *iter; /* at the first line that is not shown yet */
	bool done;
	double x, width;
};
struct row {
	struct cell cells[FORM_COLUMNS_MAX];
	double height; /* of all lines, with padding */
};

static void row_init(struct form_table *table, const char *const *texts, bool head, struct row *out)
{
	double x = table->page->left, whole = table->page->right - table->page->left, shares = 0, height = 0;
	for (size_t i = 0; i < table->count; i++)
		shares += table->columns[i].share;
	for (size_t i = 0; i < table->count; i++) {
		struct cell *cell = &out->cells[i];
		struct form_style style = { .size = table->size,
					    .bold = head,
					    .align = head ? FORM_CENTRE : table->columns[i].align };
		cell->x = x;
		cell->width = whole * table->columns[i].share / shares;
		cell->layout = form_page_layout(table->page, &style, cell->width - 2 * PAD, texts[i], 0, 0);
		cell->iter = pango_layout_get_iter(cell->layout);
		cell->done = false;
		height = fmax(height, form_layout_height(cell->layout));
		x += cell->width;
	}
	out->height = height + 2 * PAD;
}

static void row_fini(struct form_table *table, struct row *row)
{
	for (size_t i = 0; i < table->count; i++) {
		pango_layout_iter_free(row->cells[i].iter);
		g_object_unref(row->cells[i].layout);
	}
}

/* Shows the lines of a cell that fit into `room`; the height that they took. */
static double show_cell(struct form_page *page, struct cell *cell, double room)
{
	double used = 0;
	while (!cell->done) {
		PangoRectangle box;
		pango_layout_iter_get_line_extents(cell->iter, NULL, &box);
		double height = (double)box.height / PANGO_SCALE;
		if (used + height > room && used > 0)
			break;
		if (page->cairo) {
			double baseline = (double)(pango_layout_iter_get_baseline(cell->iter) - box.y) / PANGO_SCALE;
			cairo_move_to(page->cairo, cell->x + PAD + (double)box.x / PANGO_SCALE,
				      page->y + PAD + used + baseline);
			pango_cairo_show_layout_line(page->cairo, pango_layout_iter_get_line_readonly(cell->iter));
		}
		used += height;
		cell->done = !pango_layout_iter_next_line(cell->iter);
	}
	return used;
}

/* Shows what fits of a row on this page, with its rules; true when the row is whole. */
static bool show_row(struct form_table *table, struct row *row)
{
	struct form_page *page = table->page;
	double room = form_page_room(page) - 2 * PAD, height = 0;
	bool done = true;
	for (size_t i = 0; i < table->count; i++) {
		height = fmax(height, show_cell(page, &row->cells[i], room));
		done = done && row->cells[i].done;
	}
	height += 2 * PAD;
	form_page_line(page, page->left, page->y, page->right, page->y);
	form_page_line(page, page->left, page->y + height, page->right, page->y + height);
	for (size_t i = 0; i < table->count; i++)
		form_page_line(page, row->cells[i].x, page->y, row->cells[i].x, page->y + height);
	form_page_line(page, page->right, page->y, page->right, page->y + height);
	page->y += height;
	return done;
}

static void show_head(struct form_table *table, bool begin)
{
	const char *texts[FORM_COLUMNS_MAX];
	struct row row;
	for (size_t i = 0; i < table->count; i++)
		texts[i] = table->columns[i].head;
	row_init(table, texts, true, &row);
	table->head = row.height;
	if (begin) /* a head alone at the foot of a page says nothing: some lines of a row belong to it */
		form_page_need(table->page, row.height + 4 * table->size);
	show_row(table, &row);
	row_fini(table, &row);
}

void form_table_begin(struct form_table *table)
{
	show_head(table, true);
}

void form_table_row(struct form_table *table, const char *const *cells)
{
	struct form_page *page = table->page;
	struct row row;
	row_init(table, cells, false, &row);
	/* Over half a page high it may as well begin here: moving it would leave a hole. */
	double keep = (page->bottom - page->top - table->head) / 2;
	bool breaks =
		row.height + table->follow > form_page_room(page) &&
		(row.height <= keep || (row.height > form_page_room(page) && form_page_room(page) < 6 * table->size));
	for (bool done = false; !done && !page->full; breaks = true) {
		if (breaks) {
			form_page_break(page);
			show_head(table, false);
		}
		done = show_row(table, &row);
	}
	row_fini(table, &row);
}
