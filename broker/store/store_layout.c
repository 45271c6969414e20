/* store_layout.c: see store_layout.h. */
#include "store_layout.h"

#include "program/log.h"

void store_get_layout(struct fields_reader *reader, enum store_table table, uint8_t known)
{
	uint8_t layout = fields_get_u8(reader);
	if (layout != known)
		lt_fatal("table %s: a value has layout %u, this program knows %u; remedy: the broker's version that "
			 "wrote "
			 "it, or `lienthong store rebuild`",
			 store_table_name(table), layout, known);
}
