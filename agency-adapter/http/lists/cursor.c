/* cursor.c: places in lists as text. */
#include "cursor.h"

#include "base/fields.h"
#include "http/json_write.h"

#include <string.h>

bool cursor_parse(const char *text, struct list_cursor *out)
{
	uint8_t bytes[8 + CURSOR_TAG];
	if (lt_unhex(text, bytes, sizeof(bytes)))
		return false;
	out->number = fields_key_get(bytes, 8);
	memcpy(out->tag, bytes + 8, CURSOR_TAG);
	return true;
}

bool cursor_read(struct exchange *exchange, struct list_cursor *out)
{
	const char *text = MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, "after");
	*out = (struct list_cursor){ 0 };
	if (!text || strcmp(text, "0") == 0)
		return true;
	if (!cursor_parse(text, out)) {
		exchange_problem(exchange, LT_QUERY_INVALID, "query after: what the page before gave is needed");
		return false;
	}
	if (out->number > 0 && out->number <= INT64_MAX)
		return true;
	cursor_refuse(exchange);
	return false;
}

json_t *cursor_show(const struct list_cursor *cursor)
{
	uint8_t bytes[8 + CURSOR_TAG];
	if (cursor->number == 0)
		return json_string("0");
	fields_key_put(bytes, cursor->number, 8);
	memcpy(bytes + 8, cursor->tag, CURSOR_TAG);
	return json_hex(lt_bytes(bytes, sizeof(bytes)));
}

void cursor_refuse(struct exchange *exchange)
{
	exchange_problem(exchange, LT_CURSOR_UNKNOWN,
			 "query after: read from the beginning; what is known already has the same ids");
}
