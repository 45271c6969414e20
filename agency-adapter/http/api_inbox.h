/* api_inbox.h: names of inbox items in paths: the number here, or the envelope's UUID. */
#ifndef ADAPTER_API_INBOX_H
#define ADAPTER_API_INBOX_H

#include "mail/inbox.h"

struct exchange;
/* LT_ENOENT: there is none, or none of an agency for which the caller may speak. */
enum lt_err api_inbox_find(const struct exchange *exchange, struct vault_tx *tx, uint64_t *number);

#endif
