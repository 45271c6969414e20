/* reply.h: an exchange's answer as HTTP (RFC 9110): headers, conditions, ranges. HTTP thread. */
#ifndef ADAPTER_REPLY_H
#define ADAPTER_REPLY_H

#include "exchange.h"

/* Gives the answer to the daemon. MHD_NO: the connection is closed. */
enum MHD_Result reply_send(struct exchange *exchange);
/* Whether an If-None-Match, or an If-Range, names the tag ("\"...\"", or with W/). */
bool reply_tag_named(const char *list, const char *tag);
/* Of a Range header and a size. 0: there is none that is understood, the whole is sent; 1: first and last are set; -1: nothing lies in it. */
int reply_range(const char *range, size_t size, size_t *first, size_t *last);

#endif
