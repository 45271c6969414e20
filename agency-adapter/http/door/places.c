/* places.c: connections in the order in which they were last of use. */
#include "places.h"

#include <stdlib.h>
#include <sys/socket.h>

struct place {
	struct place *next, *previous;
	int fd;
	bool known, busy, ending;
};
struct places {
	struct place ends; /* next: idle longest; previous: newest */
	unsigned count;
};

struct places *places_new(void)
{
	struct places *places = calloc(1, sizeof(*places));
	if (places)
		places->ends.next = places->ends.previous = &places->ends;
	return places;
}

static void take_out(struct place *place)
{
	place->previous->next = place->next;
	place->next->previous = place->previous;
}

static void closed(struct places *places, struct place *place)
{
	if (!place)
		return;
	if (!place->ending)
		places->count--;
	take_out(place);
	free(place);
}

void places_free(struct places *places)
{
	if (!places)
		return;
	while (places->ends.next != &places->ends)
		closed(places, places->ends.next);
	free(places);
}

static void put_last(struct places *places, struct place *place)
{
	place->next = &places->ends;
	place->previous = places->ends.previous;
	place->previous->next = place;
	places->ends.previous = place;
}

/* The daemon sees the end of the connection and closes it as if the client had gone. */
static bool make_room(struct places *places, bool known)
{
	for (struct place *place = places->ends.next; place != &places->ends; place = place->next) {
		if (place->busy || place->ending || place->known != known)
			continue;
		place->ending = true;
		places->count--;
		shutdown(place->fd, SHUT_RDWR);
		return true;
	}
	return false;
}

static struct place *opened(struct places *places, int fd)
{
	struct place *place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	place->fd = fd;
	if (places->count >= PLACES_MAX && !make_room(places, false))
		make_room(places, true);
	put_last(places, place);
	places->count++;
	return place;
}

void places_busy(struct place *place, bool known)
{
	if (!place)
		return;
	place->busy = true;
	place->known = place->known || known;
}

void places_idle(struct places *places, struct place *place)
{
	if (!place)
		return;
	place->busy = false;
	take_out(place);
	put_last(places, place);
}

int places_socket(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	return info ? info->connect_fd : -1;
}

void places_notify(void *ctx, struct MHD_Connection *connection, void **context,
		   enum MHD_ConnectionNotificationCode what)
{
	struct places *places = ctx;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*context = opened(places, places_socket(connection));
	else
		closed(places, *context);
}

struct place *places_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}
