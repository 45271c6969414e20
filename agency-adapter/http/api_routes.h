/* api_routes.h: finds handler, path segments and body limit of a request, or fills its refusal. */
#ifndef ADAPTER_API_ROUTES_H
#define ADAPTER_API_ROUTES_H

#include "exchange.h"

/* True when the resource needs no token. */
bool api_route(const char *method, const char *path, struct exchange *exchange);
/* Whether a path without its first slash has this form; its segments go to the exchange. */
bool api_route_matches(const char *pattern, const char *path, struct exchange *exchange);

#endif
