/* caller.c: whose request it is. */
#include "caller.h"

#include "api_internal.h"
#include "http/api_routes.h"
#include "places.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

void caller_take_tokens(struct exchange *exchange)
{
	struct api *api = exchange->api;
	pthread_mutex_lock(&api->mutex);
	exchange->tokens = tokens_ref(api->tokens);
	pthread_mutex_unlock(&api->mutex);
}

/* By the token, or at a Unix socket by the user at its other end. False: it is nobody's. */
static bool know(struct exchange *exchange)
{
	struct api *api = exchange->api;
	const char *header = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Authorization");
	struct ucred peer;
	socklen_t len = sizeof(peer);
	caller_take_tokens(exchange);
	if (api->is_unix && tokens_count(exchange->tokens) == 0)
		return true;
	if (header && strncasecmp(header, "Bearer ", 7) == 0)
		exchange->token = tokens_find(exchange->tokens, header + 7 + strspn(header + 7, " "));
	else if (api->is_unix &&
		 getsockopt(places_socket(exchange->connection), SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
		exchange->token = tokens_find_user(exchange->tokens, peer.uid);
	return exchange->token != NULL;
}

bool caller_route(struct exchange *exchange, const char *method, const char *path, bool *open)
{
	const struct exchange_face *face = exchange->api->face;
	if (face && face->has(face, path)) {
		exchange->face = face;
		*open = true; /* who may see what, the face says in its own way */
		return face->route(face, exchange, method, path);
	}
	*open = api_route(method, path, exchange);
	return !*open && know(exchange);
}

enum lt_err api_set_tokens(struct api *api, const char *lines, char *error, size_t error_size)
{
	struct tokens *tokens;
	enum lt_err err = tokens_new(lines ? lines : "", &tokens, error, error_size);
	if (!err && !api->is_unix && tokens_count(tokens) == 0) {
		snprintf(error, error_size, "token_file: it has no token");
		tokens_unref(tokens);
		err = LT_EINVAL;
	}
	if (err)
		return err;
	pthread_mutex_lock(&api->mutex);
	struct tokens *before = api->tokens;
	api->tokens = tokens;
	pthread_mutex_unlock(&api->mutex);
	tokens_unref(before);
	return LT_OK;
}
