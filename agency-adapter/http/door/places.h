/* places.h: who may hold a connection. There are PLACES_MAX; a newcomer above it takes the place of the one that has been idle longest,
 * of those first that have shown no token. So who opens connections and says nothing keeps nobody out, not health either. PLACES_KEPT
 * more are for a moment in which every connection is at work. The HTTP thread's alone. */
#ifndef ADAPTER_PLACES_H
#define ADAPTER_PLACES_H

#include <microhttpd.h>
#include <stdbool.h>

#define PLACES_MAX 256u /* an agency's system needs a handful */
#define PLACES_KEPT 64u

struct places;
struct place;                    /* one connection */
struct places *places_new(void); /* NULL: out of memory */
void places_free(struct places *places);
/* For MHD_OPTION_NOTIFY_CONNECTION, with the places for its ctx: a connection comes, which may end another one, or goes. */
void places_notify(void *places, struct MHD_Connection *connection, void **context,
		   enum MHD_ConnectionNotificationCode what);
int places_socket(struct MHD_Connection *connection);       /* -1: none */
struct place *places_of(struct MHD_Connection *connection); /* NULL: memory was out when it came, it is not counted */
/* A request on it begins; known: its token is right. And ends. place may be NULL. */
void places_busy(struct place *place, bool known);
void places_idle(struct places *places, struct place *place);

#endif
