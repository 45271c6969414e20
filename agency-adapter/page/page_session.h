/* page_session.h: who has logged in at the page. A session belongs to a token of the token file: when the token is taken away the session is over.
 * It is kept in memory alone, by the digest of what the browser's cookie has. HTTP thread. */
#ifndef PAGE_SESSION_H
#define PAGE_SESSION_H

#include "http/tokens.h"

#define SESSIONS_MAX 128u                         /* people of an office; the one that has rested longest makes room */
#define SESSION_REST_US (INT64_C(3600) * 1000000) /* without a request: somebody has gone home */
#define SESSION_WHOLE_US (12 * INT64_C(3600) * 1000000) /* a working day */
#define SESSION_TEXT 65u                                /* 32 random bytes in hex, with the end */

struct page_sessions;
struct page_sessions *page_sessions_new(void); /* NULL: out of memory */
void page_sessions_free(struct page_sessions *sessions);
/* Begins one for a token; out: what the cookie is to have. LT_EIO: no random bytes. now: monotonic microseconds. */
enum lt_err page_sessions_begin(struct page_sessions *sessions, const struct token *token, int64_t now,
				char out[SESSION_TEXT]);
/* The token of the session, of those that count now; NULL: there is none, or it is over. */
const struct token *page_sessions_find(struct page_sessions *sessions, const char *cookie, const struct tokens *tokens,
				       int64_t now);
void page_sessions_end(struct page_sessions *sessions, const char *cookie);
/* What each form of a session has, so that only the page itself can have made it. */
void page_session_form_token(const char *cookie, char out[SESSION_TEXT]);
/* In the time that all take. */
bool page_session_form_right(const char *cookie, const char *given);

#endif
