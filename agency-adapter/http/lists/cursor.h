/* cursor.h: a place in a list, as text that nobody but this adapter reads. It holds a number and a tag of what stands at it, so a place of
 * a history that is no more (a restore, a new installation, old age) is known as such: CURSOR_UNKNOWN. HTTP thread. */
#ifndef ADAPTER_LISTS_CURSOR_H
#define ADAPTER_LISTS_CURSOR_H

#include "http/exchange.h"

#define CURSOR_TAG 8u
struct list_cursor {
	uint64_t number; /* 0: before the first */
	uint8_t tag[CURSOR_TAG];
};
/* The query's `after`; absent or "0" is before the first. False: it was answered, with QUERY_INVALID. */
bool cursor_read(struct exchange *exchange, struct list_cursor *out);
bool cursor_parse(const char *text, struct list_cursor *out); /* what cursor_show gave */
json_t *cursor_show(const struct list_cursor *cursor);
/* Says that it is not known. */
void cursor_refuse(struct exchange *exchange);

#endif
