/* request.h: what every request must be before its handler sees it (RFC 9110, RFC 9112): what is not so is refused in exchange->refusal,
 * the first fault. Between api.c and request.c. HTTP thread. */
#ifndef ADAPTER_REQUEST_H
#define ADAPTER_REQUEST_H

#include "exchange.h"

#define REQUEST_QUERY_MAX 64u          /* members that are looked at */
#define REQUEST_HEAD_MAX (32u * 1024u) /* bytes of request line and headers: an agency's system needs a few hundred */

/* For the daemon: %41 is A. A NUL stays as it was written, else what stands behind it would be cut off, and one address would be another's. */
size_t request_unescape(void *ctx, struct MHD_Connection *connection, char *text);
/* For the daemon: of a query with more members than any call knows some stand that one does not know, or twice; the rest is not read. */
void *request_look_at_address(void *ctx, const char *address, struct MHD_Connection *connection);
/* White space behind a header's value is none of it (RFC 9110 section 5.5), and libmicrohttpd leaves it: it is cut before anybody looks. */
void request_cut_blanks(struct MHD_Connection *connection);
/* Line and headers: one host, one length, a size within bounds. */
void request_check(struct exchange *exchange, const char *method, const char *url, const char *version);
/* Members of the query: those that the call knows, each once and with a value. */
void request_check_query(struct exchange *exchange);
/* Of a request whose call and token are right: a body in plain bytes, within the call's limit as far as it was announced. */
void request_check_body(struct exchange *exchange);
/* Refuses a body of this size. */
void request_refuse_size(struct exchange *exchange, unsigned long long size);

/* X-Request-Id, by which a call is found in both logs: the caller's, when it is a plain one, else one of ours. */
void request_name(struct exchange *exchange);

#endif
