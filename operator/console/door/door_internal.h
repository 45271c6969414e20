/* door_internal.h: the server's own record, for door.c and stream.c. */
#ifndef DOOR_DOOR_INTERNAL_H
#define DOOR_DOOR_INTERNAL_H

#include "door.h"

#include <microhttpd.h>
#include <pthread.h>

struct door {
	struct door_options options;
	struct MHD_Daemon *daemon;
	struct sessions *sessions;
	struct arrivals *arrivals;
	int socket;
	bool is_unix;
	char *address;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t news;
	bool stopping;
	uint64_t told, sequence; /* how often, and what was told last */
	unsigned streams;
};
/* The answer that goes on: events. NULL: there are too many of them, or memory is out. The visit lives longer. */
void stream_wake(struct door *door); /* a session is over: its streams are to see it */
struct MHD_Response *stream_new(struct door *door, struct visit *visit);

#endif
