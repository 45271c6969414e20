/* api_parts.h: the bytes of a part as an answer. */
#ifndef ADAPTER_API_PARTS_H
#define ADAPTER_API_PARTS_H

#include "exchange.h"

/* name: as the sender signed it; "" for none. Answers with LT_OK; LT_ENOENT. */
enum lt_err api_part_give(struct exchange *exchange, struct vault_tx *tx, const uint8_t digest[32],
			  const char *media_type, const char *name);

#endif
