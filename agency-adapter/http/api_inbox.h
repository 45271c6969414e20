/* api_inbox.h: names of inbox items in paths: the number here, or the envelope's UUID. */
#ifndef ADAPTER_API_INBOX_H
#define ADAPTER_API_INBOX_H

#include "mail/inbox.h"

enum lt_err api_inbox_find(struct vault_tx *tx, const char *text, uint64_t *number); /* LT_ENOENT */

#endif
