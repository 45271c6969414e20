/* bench_http.h: an agency's IT system before its adapter's HTTP API: one connection that is kept, one request under way. Dies when an
 * answer is not what it should be. One thread. */
#ifndef LIENTHONG_BENCH_HTTP_H
#define LIENTHONG_BENCH_HTTP_H

#include <jansson.h>

#include <lienthong/base.h>

struct http;
struct http *http_connect(const char *socket_path);
void http_close(struct http *http); /* takes NULL */
/* The answer's JSON object; the caller gives it back (json_decref). key: Idempotency-Key, or NULL. */
json_t *http_call(struct http *http, const char *method, const char *path, const char *key, struct lt_bytes body);

#endif
