/* upload_rest.c: a connection rests while its bytes go to the disk. */
#include "uploads.h"

#include "http/door/api_internal.h"

struct uploads *api_uploads(struct api *api)
{
	return api->uploads;
}

/* Whoever stops waits for it, as for a handler. */
bool upload_rest(struct exchange *exchange)
{
	bool entered = api_enter(exchange->api, exchange);
	if (entered)
		MHD_suspend_connection(exchange->connection);
	return entered;
}

void upload_go_on(struct exchange *exchange)
{
	patience_touch(exchange->api->patience, &exchange->reading, api_monotonic());
	MHD_resume_connection(exchange->connection);
	api_leave(exchange->api, exchange);
}
