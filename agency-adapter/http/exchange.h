/* exchange.h: one request and its answer. Between api.c and the resources (api_*.c) only.
 *
 * A resource's handler runs on the HTTP thread when the whole body is here, and either answers or suspends; whoever ends
 * the wait answers and then resumes. After exchange_resume the exchange belongs to the HTTP thread again. */
#ifndef ADAPTER_EXCHANGE_H
#define ADAPTER_EXCHANGE_H

#include "api.h"

#include "patience.h"
#include "tokens.h"
#include "program/json.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stdatomic.h>

#define EXCHANGE_SEGMENTS 5u
#define EXCHANGE_HEADERS_MAX 8u
#define EXCHANGE_REQUEST_ID_MAX 64u /* characters of X-Request-Id: two UUIDs */
#define EXCHANGE_SEGMENT_MAX 96u    /* bytes: a dossier code and a UUID are shorter */

enum exchange_phase { EXCHANGE_READING, EXCHANGE_WAITING, EXCHANGE_AGAIN, EXCHANGE_ANSWERED };
struct exchange;
typedef void exchange_handler(struct exchange *exchange);

/* Another face of the same calls, for people: what they ask is brought to calls, and what these answer is shown. HTTP thread. */
struct exchange_face {
	bool (*has)(const struct exchange_face *face, const char *path); /* whether the path is the face's */
	/* Handler, segments, limits, token and exchange->face_work, or exchange->refusal. True: the caller is known. */
	bool (*route)(const struct exchange_face *face, struct exchange *exchange, const char *method,
		      const char *path);
	/* Of a body that streams: takes of it what there is room for; *size: what is left. */
	void (*take)(struct exchange *exchange, const char *data, size_t *size);
	/* An answer is there. True: it is what is to be sent; false: exchange_next has set another call, which runs now. */
	bool (*answered)(struct exchange *exchange);
	void (*end)(struct exchange *exchange); /* frees exchange->face_work */
};

struct exchange {
	struct api *api;
	struct adapter *adapter;
	struct MHD_Connection *connection;
	exchange_handler *handler;
	struct tokens *tokens; /* those that counted when it began */
	const struct token
		*token; /* whose call it is; NULL: nobody was asked (a Unix socket without tokens, or an open call) */
	char path[128]; /* for the log and what is not found; cut */
	char request_id[EXCHANGE_REQUEST_ID_MAX + 1];
	size_t segment_count;
	char segments[EXCHANGE_SEGMENTS][EXCHANGE_SEGMENT_MAX]; /* of the path, without "v1" */
	const char *query; /* members that its query may have, as "after limit"; "": none */
	char method[8];    /* of those that are known; else cut */
	size_t body_max;
	uint64_t announced;        /* Content-Length; 0: none */
	const char *encoding_name; /* the header that says that the bytes are not plain and whole; NULL: none */
	const char *encoding;
	bool has_body; /* bytes come, or may */
	bool early;    /* answered before the body was read */
	bool streams;  /* the body goes to a file while it comes: upload/ */
	struct patience_body reading;
	struct lt_buf body;
	struct lt_refusal refusal; /* found before the body was read */
	enum lt_language language; /* of a problem's title and detail: what Accept-Language asks for */
	_Atomic enum exchange_phase phase;
	bool entered;

	unsigned status;
	char *content; /* owned */
	size_t content_len;
	int file; /* the content is the first content_len bytes of it, from file_offset on; owned; 0: it is not */
	uint64_t file_offset;
	char content_type[128]; /* "" : JSON, or a problem when status >= 400 */
	char tag[80];           /* entity tag; "": made of a JSON answer's bytes */
	bool ranges;            /* a Range may be asked for */
	bool close;             /* the connection ends with the answer */
	bool new_work;          /* refused (507) when the store is low, as answers are not */
	size_t header_count;
	struct {
		const char *name;
		char *value; /* owned */
	} headers[EXCHANGE_HEADERS_MAX];

	const struct exchange_face *face; /* NULL: a program asks */
	void *face_work;
	void *work; /* the resource's own */
	void (*work_free)(void *work);
	int64_t deadline; /* long poll: monotonic microseconds */
	enum api_topic topic;
	int fd;       /* of the connection, while it waits */
	bool hung_up; /* nobody is there to read the answer */
	bool kept;    /* set by a job's `then`: somebody else goes on with it and resumes it */
	struct exchange *next;
};

void exchange_json(struct exchange *exchange, unsigned status, json_t *json); /* takes json; NULL: INTERNAL_ERROR */
void exchange_bytes(struct exchange *exchange, struct lt_bytes data, const char *media_type);
void exchange_file(struct exchange *exchange, int file, uint64_t size,
		   const char *media_type); /* takes the descriptor */
/* A header of the answer, beside those that every answer has. */
void exchange_header(struct exchange *exchange, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void exchange_refuse(struct exchange *exchange, const struct lt_refusal *refusal, const char *pointer);
/* Every complaint about its body, as a problem. */
json_t *exchange_body_problem(struct exchange *exchange, const struct json_reader *reader);
void exchange_refuse_body(struct exchange *exchange, const struct json_reader *reader);
void exchange_problem(struct exchange *exchange, enum lt_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void exchange_error(struct exchange *exchange, enum lt_err err); /* our own failure: ADAPTER_FULL, INTERNAL_ERROR */
/* Whether the caller's token lets it speak for this agency. */
bool exchange_may_speak(const struct exchange *exchange, const char *agency);
/* On whose behalf a question is asked: ?agency=, else the first for which the caller may speak. NULL: answered. */
const struct speaker_agency *exchange_agency(struct exchange *exchange);
/* The same of a code that is asked for elsewhere; NULL or "": the first. */
const struct speaker_agency *exchange_agency_of(struct exchange *exchange, const char *asked);
/* Another call of the same request, as soon as the face says so: what the one before has answered is forgotten. */
void exchange_next(struct exchange *exchange, exchange_handler *handler);
void exchange_log(const struct exchange *exchange); /* who did what: acts, and what a token was refused */
void exchange_suspend(struct exchange *exchange);
void exchange_resume(struct exchange *exchange);
/* Runs a store job with the connection suspended; `then` answers, on the store thread; both get exchange->work. */
void exchange_run(struct exchange *exchange, enum lt_err (*run)(void *exchange, struct vault_tx *tx),
		  void (*then)(void *exchange, enum lt_err err));
/* The same for one that is suspended already, from the thread that would resume it. */
void exchange_run_on(struct exchange *exchange, enum lt_err (*run)(void *exchange, struct vault_tx *tx),
		     void (*then)(void *exchange, enum lt_err err));
/* How often it has grown: read it before looking, so that nothing is missed between looking and waiting. */
uint64_t api_grown(struct api *api, enum api_topic topic);
/* Suspends until it has grown beyond `grown`, the deadline is over or the client has hung up; then the handler runs again. */
enum api_wait { API_WAITING, API_GROWN, API_NO_ROOM };
enum api_wait api_wait(struct api *api, struct exchange *exchange, enum api_topic topic, uint64_t grown);
int64_t api_monotonic(void);
/* When this start of the program began, by our clock, which names it; papers of the counter that are being made. */
struct api_desk {
	int64_t started;
	_Atomic int papers;
	uint64_t requests; /* so far, of those that had no name of their own; HTTP thread */
};
struct api_desk *api_desk(struct api *api);
/* Values of the query; each false when it is answered, with QUERY_INVALID: a number within bounds, `fallback` when it is not there;
 * true or false. */
bool exchange_query_u64(struct exchange *exchange, const char *name, uint64_t fallback, uint64_t min, uint64_t max,
			uint64_t *out);
const char *exchange_query_text(struct exchange *exchange, const char *name); /* NULL: it is not there */
bool exchange_query_bool(struct exchange *exchange, const char *name, bool *out);

exchange_handler api_agency_list, api_agency_get, api_health, api_metrics, api_part_put, api_part_get,
	api_envelope_post, api_envelope_get, api_envelope_list, api_envelope_part, api_event_list, api_inbox_list,
	api_inbox_get, api_todo, api_dossier_list, api_inbox_part, api_inbox_accept, api_inbox_refuse, api_dossier_get,
	api_ledger_accept, api_code_post, api_code_list, api_form_get, api_applicant_get, api_procedure_list,
	api_procedure_get, api_upload_options, api_upload_create, api_upload_get, api_upload_patch, api_upload_delete,
	api_hook_list, api_hook_get, api_hook_again;

#endif
