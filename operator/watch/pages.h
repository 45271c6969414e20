/* pages.h: GET /metrics, /healthz and /readyz, as they were made at the last look: who asks, however often, costs the broker nothing.
 * Requests are answered by a thread of libmicrohttpd; pages_put is the caller's thread. */
#ifndef WATCH_PAGES_H
#define WATCH_PAGES_H

#include <stddef.h>

#include <lienthong/base.h>

struct pages;
/* at: as listen_at takes it ("127.0.0.1:9464", "unix:PATH"). A line for a person with LT_EINVAL, LT_EIO. */
enum lt_err pages_open(const char *at, struct pages **out, char *error, size_t error_size);
void pages_close(struct pages *pages);
/* What is shown from now on. Takes both texts, which are on the heap. healthy and ready: 200 instead of 503. */
void pages_put(struct pages *pages, char *metrics, char *verdict, bool healthy, bool ready);

#endif
