/* visit.h: one request of a browser and its answer. Between door.c and the pages. A visit is one thread's, and it may wait: each connection
 * has a thread of its own (door.h). */
#ifndef DOOR_VISIT_H
#define DOOR_VISIT_H

#include "html.h"
#include "sessions.h"

#define VISIT_PATH_MAX 512u        /* bytes of an address's path, decoded */
#define VISIT_QUERY_MAX 2048u      /* bytes of a query, as it came */
#define VISIT_BODY_MAX (64u << 10) /* bytes of a form: a reason of 1,000 characters, encoded, and its fields */
#define VISIT_DROPPED_MAX \
	(1u << 20) /* bytes that are still read of a body that is too large, so that its sender reads the answer */
#define VISIT_FIELDS_MAX 64u
#define VISIT_ASKS_MAX 64u          /* questions to the broker for one page */
#define VISIT_ARENA_MAX (64u << 20) /* bytes: all agencies of a nation, decoded */

struct visit_field {
	const char *name, *value;
};
struct visit {
	struct door *door;
	void *ctx;        /* of who serves the pages */
	const char *host; /* of the request */
	bool post;
	char path[VISIT_PATH_MAX];       /* decoded */
	struct console_session *session; /* NULL: nobody has logged in */
	struct html html;                /* the body of a page */
	unsigned status;
	const char *type;                   /* media type; NULL: HTML */
	char location[VISIT_PATH_MAX + 64]; /* where a browser goes on; "" */
	char cookie[256];                   /* Set-Cookie; "" */
	char file[128];                     /* a download is kept under this name; "" */
	char tag[80];                       /* entity tag; "": the answer is not kept anywhere */
	struct lt_bytes fixed;              /* in place of html: bytes that live as long as the program */
	const char *watch;                  /* GET /live: of which dossier events are told; ""; NULL: it is no stream */
	const char *live;                   /* a page: of which dossier it is kept new; "": of all; NULL: it is not */
	void *names, *procedures;           /* pages/names.c */
	/* visit.c's own */
	char *query_text, *body_text;
	struct lt_buf body;
	size_t dropped; /* bytes of a body that is too large */
	size_t query_count, field_count;
	struct visit_field query[VISIT_FIELDS_MAX], fields[VISIT_FIELDS_MAX];
	struct lt_arena *arena;
	size_t ask_count;
	struct lt_buf answers[VISIT_ASKS_MAX];
	uint64_t opened; /* by door.c, as what follows */
	bool streams;    /* counted in its session */
	bool close;      /* nothing more is read of this connection */
};
struct visit *visit_new(struct door *door); /* NULL: out of memory */
void visit_free(struct visit *visit);
/* Reads a query or a form (application/x-www-form-urlencoded): UTF-8, no NUL, each name once. False: it is not so, or too much. */
bool visit_read_query(struct visit *visit, const char *text);
bool visit_read_form(struct visit *visit);
/* A member, or "". */
const char *visit_query(const struct visit *visit, const char *name);
const char *visit_field(const struct visit *visit, const char *name);
uint64_t visit_query_number(const struct visit *visit, const char *name); /* 0: none */
/* Decodes %XX in place ('+' too, when it is of a form); false: it is no UTF-8, or has a NUL. */
bool visit_decode(char *text, bool form);

enum visit_told {
	VISIT_TOLD,   /* it answered: answer->reason says whether it was refused */
	VISIT_AWAY,   /* it does not answer */
	VISIT_ENDED,  /* this session's connection is over: only a new log-in brings another */
	VISIT_FAILED, /* memory, or too many questions */
};
/* Asks the broker over the session's own connection: it is the operator who asks. The answer lives as long as the visit. */
enum visit_told visit_ask(struct visit *visit, const struct lt_control_request *request,
			  struct lt_control_answer *answer);
/* Asks the broker who this is, when that was some seconds ago: false when it does not admit him any more, or when the session's connection has
 * been over for SESSION_LOST_SECONDS beside a broker that is there. One that is away says nothing about that. */
bool visit_admitted(struct visit *visit, int64_t now, bool there);
/* A copy that lives as long as the visit. NULL: memory is out. */
char *visit_keep(struct visit *visit, const char *text);
void visit_go(struct visit *visit, const char *format, ...) __attribute__((format(printf, 2, 3))); /* 303 */

#endif
