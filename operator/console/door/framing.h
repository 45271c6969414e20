/* framing.h: where a request begins and ends, beyond doubt: one host, one length, as RFC 9112 sections 3.2 and 6.3 have it. What a proxy and this
 * server could take for two different requests is how one is smuggled past the other. */
#ifndef DOOR_FRAMING_H
#define DOOR_FRAMING_H

#include <microhttpd.h>
#include <stdbool.h>

/* False: it is to be refused, and its connection closed. */
bool framing_plain(struct MHD_Connection *connection, const char *version);

#endif
