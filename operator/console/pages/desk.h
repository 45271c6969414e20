/* desk.h: what all pages stand on: readers of the projection, and what the broker last said to the console itself. Any thread. */
#ifndef PAGES_DESK_H
#define PAGES_DESK_H

#include "door/door.h"
#include "project/project_read.h"

#define DESK_READERS 8u /* connections to the projection that are kept; more are opened and closed */

/* What the console knows of the broker by its own questions (STATUS under the console's user). */
struct desk_broker {
	bool there;
	char why[200];     /* not there: why; "" */
	int64_t asked_at;  /* of the last answer, by the machine's clock, microseconds; 0: none */
	uint64_t sequence; /* then */
	int64_t time;      /* of the broker then */
	uint64_t around;   /* changes with who is connected and with what is wrong, of which no record tells */
};
struct desk;
/* path: of the projection. NULL: out of memory. */
struct desk *desk_new(const char *path, const char *control);
void desk_free(struct desk *desk);
const char *desk_control(const struct desk *desk);
const char *desk_path(const struct desk *desk); /* of the projection */
/* Files of the ranking, read whenever it is asked for; NULL or "": none. Borrowed. Before any page is served. */
void desk_set_ranking(struct desk *desk, const char *weights, const char *values);
const char *desk_weights(const struct desk *desk);
const char *desk_values(const struct desk *desk);
/* A reader for this page; NULL: there is no projection yet, or it cannot be read. Given back. */
struct project_reader *desk_reader(struct desk *desk);
void desk_give(struct desk *desk, struct project_reader *reader);
/* A report goes over all dossiers of its period, with a million for seconds and some ten MiB, and so does a list as a file: one at a time, the others
 * wait, and of each session one: who asks for forty has one place in that line. Who would stand in it for longer than a browser waits is told so at once:
 * false. */
#define DESK_LINE 10u    /* sessions */
#define DESK_LINE_OWN 3u /* of one session */
bool desk_begin_report(struct visit *visit);
void desk_end_report(struct visit *visit);
/* Follower: the broker's last answer to STATUS as it came; no bytes: it does not answer, and why. True: what pages show has changed. */
bool desk_set_status(struct desk *desk, struct lt_bytes answer, int64_t asked_at, const char *why);
void desk_set_legal(struct desk *desk, int64_t legal); /* what the law's clocks count by, now */
struct desk_broker desk_broker(struct desk *desk);
bool desk_there(void *desk); /* whether the broker answers now */
/* The last status, decoded into the visit's arena; NULL: there was none yet. */
const struct lt_status_view *desk_status(struct desk *desk, struct visit *visit);
/* The broker's legal time now: what it was last, and what has passed since. 0: not known. */
int64_t desk_now(struct desk *desk);
/* Of a dossier: how often it has changed since the console began (for streams that watch one). code NULL: each may have. */
void desk_changed(struct desk *desk, const char *code);
uint64_t desk_version(void *desk, const char *code);

#endif
