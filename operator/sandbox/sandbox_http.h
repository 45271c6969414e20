/* sandbox_http.h: one call of an adapter's API over loopback: HTTP/1.1, one connection a call, whole answers. For sandboxes alone: no
 * TLS, no redirects, no names to look up. One thread. */
#ifndef CLI_SANDBOX_HTTP_H
#define CLI_SANDBOX_HTTP_H

#include <lienthong/base.h>
#include <jansson.h>

struct sandbox_call {
	const char *api;          /* "http://127.0.0.1:PORT", as sandbox.json has it */
	const char *token;        /* NULL: none */
	const char *method;       /* "GET", "POST" */
	const char *path;         /* with its query */
	const char *key;          /* Idempotency-Key; NULL: none */
	struct lt_bytes body;     /* empty: none */
	unsigned timeout_seconds; /* for the whole silence between two reads */
};
/* LT_OK: status and answer (NULL when it is no JSON; the caller's to release) are filled, whatever the status. LT_ECLOSED: nobody
 * listens, or it hung up; LT_ETIMEOUT; LT_EPARSE: not HTTP, or longer than an adapter ever answers. */
enum lt_err sandbox_call(const struct sandbox_call *call, int *status, json_t **answer);
/* The token of a token_file that `lienthong sandbox` made; LT_EIO, LT_EPARSE. */
enum lt_err sandbox_read_token(const char *path, char out[128]);

#endif
