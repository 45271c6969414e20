/* door.h: the console's HTTP server: loopback or a Unix socket, a thread for each connection, so that a page may wait for the broker without
 * keeping another waiting; bounded. It knows who comes (sessions.h), refuses what a foreign page could send, and hands the rest to the
 * routes. Security headers stand on every answer: nothing inline, nothing from elsewhere, no frame. */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

#include "visit.h"

#define DOOR_CONNECTIONS 160u /* 24 people with some tabs each */
#define DOOR_STREAMS 96u      /* of them live: the others stay for pages */
#define DOOR_IDLE_SECONDS 30u /* a connection without a byte; and between two signs of life on a stream, half of it */

typedef void door_page(struct visit *visit);
struct door_route {
	const char *path; /* exact; one that ends in '/' stands for all below it */
	bool post;
	bool open; /* without a session too */
	door_page *page;
};
struct door_options {
	const char *listen; /* "127.0.0.1:8900", "[::1]:8900", or "unix:PATH" */
	const char *
		address; /* as browsers see it, "https://console.h37.vn", without a '/' at its end; NULL: http:// and `listen` */
	struct door_env env;
	const struct door_route *routes; /* ended by path NULL; as long as the door */
	door_page *missing;              /* no such page; no session is needed */
	door_page *stranger;             /* nobody has logged in: says how */
	door_page *refused;              /* of an act: Origin or token are not this console's */
	void *ctx;                       /* visit->ctx */
	bool (*there)(void *ctx);        /* whether the broker answers the console itself */
	/* How often a dossier has changed: what a stream that watches it compares. */
	uint64_t (*version)(void *ctx, const char *dossier);
};
struct door;
/* Listens at once. LT_EINVAL, LT_EIO, LT_ENOMEM; error gets one line for a person. */
enum lt_err door_new(const struct door_options *options, struct door **out, char *error, size_t error_size);
/* Ends streams and connections; pages that are under way are waited for. NULL is fine. */
void door_free(struct door *door);
struct sessions *door_sessions(struct door *door);
/* Where a browser finds the console: "http://127.0.0.1:8900". */
const char *door_address(const struct door *door);
/* Streams tell their browsers that something is new, as of this sequence. Any thread; at most once a second, says its caller. */
void door_tell(struct door *door, uint64_t sequence);

/* For pages. A link's key becomes this browser's session: sets the cookie. False: there is no such link. */
bool door_enter(struct visit *visit, const char *key);
bool door_peek(struct visit *visit, const char *key, char login[64]);
void door_leave(struct visit *visit); /* the session ends */

#endif
