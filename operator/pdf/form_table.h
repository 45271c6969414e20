/* form_table.h: a table that breaks over pages with its head repeated. A row is kept on one page when it fits one, else
 * its lines go on over the next pages. */
#ifndef FORMS_FORM_TABLE_H
#define FORMS_FORM_TABLE_H

#include "form_page.h"

#define FORM_COLUMNS_MAX 24u

struct form_column {
	const char *head;
	double share; /* of the width; all shares together are the whole */
	enum form_align align;
};
struct form_table {
	struct form_page *page;
	const struct form_column *columns;
	size_t count;
	double size;   /* points of its texts */
	double head;   /* height of its head, set by form_table_begin */
	double follow; /* what comes under the next row and must not begin a page alone; 0: nothing */
};
/* Sets the head at the cursor. */
void form_table_begin(struct form_table *table);
/* `cells`: as many texts as there are columns; line ends in them are kept. */
void form_table_row(struct form_table *table, const char *const *cells);

#endif
