/* store_layout.c: see store_layout.h. */
#include "store_layout.h"

#include <stdio.h>

#include "program/log.h"

void store_get_layout(struct fields_reader *reader, enum store_table table, uint8_t known)
{
	char text[120];
	uint8_t layout = fields_get_u8(reader);
	if (layout == known)
		return;
	reader->failed = true;
	snprintf(text, sizeof(text), "table %s: a value has layout %u, this program knows %u", store_table_name(table),
		 layout, known);
	lt_log_peer(LT_LOG_ERROR, "a value of the store cannot be read", text, "", "detail", text, "remedy",
		    "the broker's version that wrote it, or `lienthong store rebuild`", NULL);
}
