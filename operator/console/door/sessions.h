/* sessions.h: who may use the console now. A link is offered when `lienthong console login` has brought a connection to the broker; it is
 * good once and for SESSION_LINK_SECONDS, and becomes a session, which ends after SESSION_SECONDS or when it is left. A session acts over
 * that one connection: the broker knows its uid, roles and log by the kernel's word, and the console has no other right to lend.
 * Any thread. Names and secrets are copied. */
#ifndef DOOR_SESSIONS_H
#define DOOR_SESSIONS_H

#include <pthread.h>
#include <stdatomic.h>

#include "control/control_line.h"

#define SESSIONS_MAX \
	24u /* people at work: each holds one of the broker's 32 connections of operators. The oldest goes */
#define SESSION_LINKS_MAX 8u /* offered, and not used yet; the oldest goes */
#define SESSION_LINK_SECONDS 600
#define SESSION_SECONDS (8 * 3600) /* a working day */
#define SESSION_LOST_SECONDS \
	900 /* lists for a session whose connection is over: whether its user still has a role, nobody can say */
#define SESSION_CHECK_SECONDS 5 /* how long what the broker said of its roles is believed for lists out of the copy */
#define SESSION_VISITS_MAX 40u  /* requests at once: 6 connections of a browser, some browsers, and its streams */
#define SESSION_STREAMS_MAX 24u /* of them live: a quarter of DOOR_STREAMS, so that one person leaves some to others */
#define SESSION_KEY_BYTES 16u
#define SESSION_KEY_TEXT (2 * SESSION_KEY_BYTES + 1) /* hexadecimal, with NUL */

/* Randomness and a clock that never goes back, in microseconds, from who starts the program. */
struct door_env {
	bool (*random)(void *out, size_t len);
	int64_t (*now)(void);
};
struct console_session {
	char login[64]; /* as the broker's machine names the uid */
	uint32_t uid;
	unsigned roles; /* as the broker said at the log-in; what it grants is its own word at each question */
	char cookie[SESSION_KEY_TEXT], token[SESSION_KEY_TEXT]; /* token: in every form that acts */
	int64_t until;
	pthread_mutex_t report;    /* pages/desk.h: one long count of it at a time */
	unsigned reports;          /* likewise: with those that wait */
	pthread_mutex_t lock;      /* of what follows */
	struct control_line *line; /* NULL: the broker has ended it; a new log-in brings another */
	int64_t checked;           /* when the broker last said on it who this is */
	int64_t lost;              /* since when it is over beside a broker that answers; 0: it is not */
	unsigned users, streams;   /* of sessions.c */
	atomic_bool over;          /* read by its streams */
};
struct sessions;
struct sessions *sessions_new(const struct door_env *env); /* NULL: out of memory */
void sessions_free(struct sessions *sessions);
/* Takes the line. The link's key is written. False: no memory or randomness. */
bool sessions_offer(struct sessions *sessions, const char *login, uint32_t uid, unsigned roles,
		    struct control_line *line, char key[SESSION_KEY_TEXT]);
/* Whose link it is, without using it; false: there is none. */
bool sessions_peek(struct sessions *sessions, const char *key, char login[64]);
/* A link becomes a session; NULL: there is none, or it was used. Both are to be released. */
struct console_session *sessions_enter(struct sessions *sessions, const char *key);
struct console_session *sessions_find(struct sessions *sessions, const char *cookie);
void sessions_release(struct sessions *sessions, struct console_session *session);
/* Whether it asks for more at once than SESSION_VISITS_MAX, this one among it. */
bool sessions_crowded(struct sessions *sessions, const struct console_session *session);
/* One more stream of it; false: it has SESSION_STREAMS_MAX. Its end, before the session is released. */
bool sessions_stream(struct sessions *sessions, struct console_session *session);
void sessions_stream_end(struct sessions *sessions, struct console_session *session);
/* It ends now; the connection to the broker with it. */
void sessions_end(struct sessions *sessions, struct console_session *session);
unsigned sessions_count(struct sessions *sessions);
/* Whether two secrets are the same, in a time that does not tell where they differ. */
bool sessions_same(const char *a, const char *b);

#endif
