/* arrivals.c: the connections that wait, the longest first. */
#include "arrivals.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

struct arrival {
	int fd;
	bool waits;
	struct arrival *before, *after;
};
struct arrivals {
	pthread_mutex_t lock;
	unsigned count;
	struct arrival *first, *last;
};

struct arrivals *arrivals_new(void)
{
	struct arrivals *arrivals = calloc(1, sizeof(*arrivals));
	if (arrivals)
		pthread_mutex_init(&arrivals->lock, NULL);
	return arrivals;
}

void arrivals_free(struct arrivals *arrivals)
{
	if (!arrivals)
		return;
	pthread_mutex_destroy(&arrivals->lock);
	free(arrivals);
}

static void take_out(struct arrivals *arrivals, struct arrival *arrival)
{
	if (!arrival->waits)
		return;
	*(arrival->before ? &arrival->before->after : &arrivals->first) = arrival->after;
	*(arrival->after ? &arrival->after->before : &arrivals->last) = arrival->before;
	arrival->waits = false;
	arrivals->count--;
}

static void put_last(struct arrivals *arrivals, struct arrival *arrival)
{
	arrival->waits = true;
	arrival->before = arrivals->last;
	arrival->after = NULL;
	*(arrivals->last ? &arrivals->last->after : &arrivals->first) = arrival;
	arrivals->last = arrival;
	if (++arrivals->count <= ARRIVALS_MAX)
		return;
	struct arrival *longest = arrivals->first;
	take_out(arrivals, longest);
	shutdown(longest->fd, SHUT_RDWR); /* its thread sees the end, and closes it */
}

struct arrival *arrivals_begin(struct arrivals *arrivals, int fd)
{
	struct arrival *arrival = calloc(1, sizeof(*arrival));
	if (!arrival)
		return NULL;
	arrival->fd = fd;
	arrivals_again(arrivals, arrival);
	return arrival;
}

void arrivals_whole(struct arrivals *arrivals, struct arrival *arrival)
{
	if (!arrival)
		return;
	pthread_mutex_lock(&arrivals->lock);
	take_out(arrivals, arrival);
	pthread_mutex_unlock(&arrivals->lock);
}

void arrivals_again(struct arrivals *arrivals, struct arrival *arrival)
{
	if (!arrival)
		return;
	pthread_mutex_lock(&arrivals->lock);
	take_out(arrivals, arrival);
	put_last(arrivals, arrival);
	pthread_mutex_unlock(&arrivals->lock);
}

void arrivals_end(struct arrivals *arrivals, struct arrival *arrival)
{
	arrivals_whole(arrivals, arrival);
	free(arrival);
}
