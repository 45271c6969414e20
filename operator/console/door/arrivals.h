/* arrivals.h: connections that have a place and ask nothing yet: a request that is still coming in, or none after the last. They may be a few; one more
 * ends the one that has been so for longest. So whoever sends a request byte by byte takes places from others like him alone: an honest
 * request is whole within moments, and a browser asks anew when a connection that it has kept is gone. Any thread. */
#ifndef DOOR_ARRIVALS_H
#define DOOR_ARRIVALS_H

#define ARRIVALS_MAX \
	48u /* of DOOR_CONNECTIONS, beside DOOR_STREAMS and as many pages as two processors make at a time */

struct arrivals;
struct arrival;                                /* one connection */
struct arrivals *arrivals_new(void);           /* NULL: out of memory */
void arrivals_free(struct arrivals *arrivals); /* all connections have ended. NULL is fine */
/* A connection came; fd stays its owner's. NULL: out of memory, and nobody waits for it. */
struct arrival *arrivals_begin(struct arrivals *arrivals, int fd);
void arrivals_whole(struct arrivals *arrivals, struct arrival *arrival); /* its request is here; NULL is fine */
void arrivals_again(struct arrivals *arrivals, struct arrival *arrival); /* answered: it waits for the next */
void arrivals_end(struct arrivals *arrivals, struct arrival *arrival);   /* before fd is closed; frees */

#endif
