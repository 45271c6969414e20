/* form_listing.c: a report: a title and a table of any columns. */
#include "form_doc.h"

#include "form_table.h"

#include <string.h>

/* A column that says nothing else takes as much room as a number with its head needs. */
static double share_of(const json_t *column)
{
	double share = json_number_value(json_object_get(column, "share"));
	return share > 0 ? share : 1;
}

static void put_rows(struct form_doc *doc, struct form_table *table)
{
	const char *cells[FORM_COLUMNS_MAX];
	size_t index;
	json_t *row;
	json_array_foreach(json_object_get(doc->root, "rows"), index, row)
	{
		guint kept = doc->texts->len;
		for (size_t i = 0; i < table->count; i++) {
			json_t *cell = json_pack("{s:O}", "text", json_array_get(row, i));
			cells[i] = form_get(doc, cell, "text");
			json_decref(cell);
		}
		form_table_row(table, cells);
		g_ptr_array_set_size(doc->texts, (gint)kept); /* as in a register */
	}
}

void form_listing(struct form_doc *doc)
{
	static const struct form_style title = { .size = 14, .bold = true, .align = FORM_CENTRE };
	static const struct form_style centre = { .size = 10.5, .italic = true, .align = FORM_CENTRE };
	static const struct form_style note = { .size = 9, .italic = true };
	struct form_column columns[FORM_COLUMNS_MAX];
	struct form_table table = { .page = &doc->page, .columns = columns, .size = 7 };
	size_t i;
	json_t *value;
	json_array_foreach(json_object_get(doc->root, "columns"), i, value)
	{
		columns[table.count++] =
			(struct form_column){ form_get(doc, value, "head"), share_of(value),
					      json_is_true(json_object_get(value, "number")) ? FORM_RIGHT : FORM_LEFT };
	}
	form_page_text(&doc->page, &title, form_get(doc, doc->root, "title"));
	form_page_text(&doc->page, &centre, form_get(doc, doc->root, "subtitle"));
	doc->page.y += 4;
	form_table_begin(&table);
	put_rows(doc, &table);
	doc->page.y += 4;
	json_array_foreach(json_object_get(doc->root, "notes"), i, value)
	{
		json_t *text = json_pack("{s:O}", "text", value);
		form_page_text(&doc->page, &note, form_get(doc, text, "text"));
		json_decref(text);
	}
}
