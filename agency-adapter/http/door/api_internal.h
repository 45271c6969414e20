/* api_internal.h: the daemon's own record, for api.c and upload_rest.c alone. */
#ifndef ADAPTER_DOOR_API_INTERNAL_H
#define ADAPTER_DOOR_API_INTERNAL_H

#include "http/exchange.h"

#include <pthread.h>
#include <sys/socket.h>

struct api {
	struct adapter *adapter;
	struct api_desk desk;
	struct MHD_Daemon *daemon;
	int socket;
	bool is_unix;
	struct tokens *tokens; /* under the mutex */
	const struct exchange_face *face;
	char *unix_path;
	struct sockaddr_storage own; /* where it listens */
	socklen_t own_len;
	struct patience *patience;
	struct places *places;
	struct uploads *uploads;

	pthread_t timer;
	bool timer_started;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool stopping;
	struct exchange *waiters;
	size_t waiter_count, busy;  /* busy: exchanges between their handler's start and their answer */
	uint64_t grown[API_TOPICS]; /* counts api_notify, so that none is missed between look and wait */
	int64_t looked;             /* when it was last seen who of those that wait has hung up */
};

/* Nobody enters when stopping; who has entered is waited for. */
bool api_enter(struct api *api, struct exchange *exchange);
void api_leave(struct api *api, struct exchange *exchange);

#endif
