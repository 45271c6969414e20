/* api_parts.h: the bytes of a part as an answer. */
#ifndef ADAPTER_API_PARTS_H
#define ADAPTER_API_PARTS_H

#include "exchange.h"

/* name: as the sender signed it; "" for none. */
void api_part_give(struct exchange *exchange, const uint8_t digest[32], struct lt_bytes data, const char *media_type,
		   const char *name);

#endif
