/* page_session.c: sessions of the page, in memory. */
#include "page_session.h"

#include "program/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct page_session {
	bool used;
	uint8_t id[32];    /* digest of the cookie */
	uint8_t token[32]; /* digest of the token's secret */
	int64_t begun, seen;
};
struct page_sessions {
	struct page_session list[SESSIONS_MAX];
};

struct page_sessions *page_sessions_new(void)
{
	return calloc(1, sizeof(struct page_sessions));
}

void page_sessions_free(struct page_sessions *sessions)
{
	free(sessions);
}

static bool is_over(const struct page_session *session, int64_t now)
{
	return now - session->seen > SESSION_REST_US || now - session->begun > SESSION_WHOLE_US;
}

static struct page_session *find(struct page_sessions *sessions, const char *cookie)
{
	uint8_t id[32];
	lt_sha256(lt_bytes(cookie, strlen(cookie)), id);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (sessions->list[i].used && memcmp(sessions->list[i].id, id, sizeof(id)) == 0)
			return &sessions->list[i];
	}
	return NULL;
}

enum lt_err page_sessions_begin(struct page_sessions *sessions, const struct token *token, int64_t now,
				char out[SESSION_TEXT])
{
	uint8_t random[32];
	struct page_session *place = &sessions->list[0];
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return LT_EIO;
	for (size_t i = 0; i < SESSIONS_MAX && place->used; i++) {
		struct page_session *one = &sessions->list[i];
		if (!one->used || one->seen < place->seen)
			place = one;
	}
	lt_hex(lt_bytes(random, sizeof(random)), out);
	*place = (struct page_session){ .used = true, .begun = now, .seen = now };
	lt_sha256(lt_bytes(out, strlen(out)), place->id);
	memcpy(place->token, token->digest, sizeof(place->token));
	return LT_OK;
}

const struct token *page_sessions_find(struct page_sessions *sessions, const char *cookie, const struct tokens *tokens,
				       int64_t now)
{
	struct page_session *session = find(sessions, cookie);
	const struct token *token =
		session && !is_over(session, now) ? tokens_find_digest(tokens, session->token) : NULL;
	if (token)
		session->seen = now;
	else if (session)
		session->used = false;
	return token;
}

void page_sessions_end(struct page_sessions *sessions, const char *cookie)
{
	struct page_session *session = find(sessions, cookie);
	if (session)
		*session = (struct page_session){ .used = false };
}

void page_session_form_token(const char *cookie, char out[SESSION_TEXT])
{
	static const char purpose[] = "form ";
	struct lt_buf text = { 0 };
	uint8_t digest[32] = { 0 };
	if (lt_buf_append(&text, purpose, sizeof(purpose) - 1) || lt_buf_append(&text, cookie, strlen(cookie)))
		lt_fatal("out of memory");
	lt_sha256(lt_buf_bytes(&text), digest);
	lt_hex(lt_bytes(digest, sizeof(digest)), out);
	lt_buf_fini(&text);
}

bool page_session_form_right(const char *cookie, const char *given)
{
	char right[SESSION_TEXT];
	uint8_t difference = 0;
	page_session_form_token(cookie, right);
	if (!given || strlen(given) != SESSION_TEXT - 1)
		return false;
	for (size_t i = 0; i + 1 < SESSION_TEXT; i++)
		difference |= (uint8_t)(right[i] ^ given[i]);
	return difference == 0;
}
