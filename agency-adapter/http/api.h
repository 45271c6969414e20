/* api.h: the adapter's local HTTP/JSON interface (docs/adapter-api.md). One thread of libmicrohttpd; no handler blocks: what
 * needs a sync or the broker's answer suspends its connection. */
#ifndef ADAPTER_API_H
#define ADAPTER_API_H

#include "link/adapter.h"

struct api;
struct exchange_face;
struct api_options {
	const char *
		listen; /* "127.0.0.1:8801", "[::1]:8801", or "unix:PATH" (mode 0660; without tokens nobody is asked who he is) */
	const char *token;                /* lines of tokens (tokens.h); needed for TCP. NULL: none */
	struct adapter *adapter;          /* must outlive the API */
	const struct exchange_face *face; /* exchange.h; the page for people. NULL: none. Must outlive the API */
};
/* Listens at once. LT_EINVAL: not a loopback address, or no token; LT_EIO. error gets one line for a person. */
enum lt_err api_new(const struct api_options *options, struct api **out, char *error, size_t error_size);
/* From the next request on these tokens count. LT_EINVAL with a line for a person: those before stay. Any thread. */
enum lt_err api_set_tokens(struct api *api, const char *lines, char *error, size_t error_size);
/* Answers what waits and closes. Takes NULL. */
void api_free(struct api *api);
/* Asks it for /healthz over its own socket, as anybody would, and waits at most API_ANSWER_MS: whether its thread moves. */
#define API_ANSWER_MS 1000
bool api_answers(struct api *api);
/* What a held-back answer may wait for. */
enum api_topic { API_ITEMS, API_EVENTS, API_TOPICS };
/* The inbox, or the feed, has grown; any thread. */
void api_notify(struct api *api, enum api_topic topic);

#endif
