/* sessions.c: links and sessions, in two small tables. */
#include "sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US INT64_C(1000000)

struct link {
	struct console_session *session; /* NULL: free */
	char key[SESSION_KEY_TEXT];
	int64_t until;
};
struct sessions {
	struct door_env env;
	pthread_mutex_t lock;
	struct link links[SESSION_LINKS_MAX];
	struct console_session *all[SESSIONS_MAX];
};

bool sessions_same(const char *a, const char *b)
{
	unsigned differ = 0;
	if (strlen(a) != SESSION_KEY_TEXT - 1 || strlen(b) != SESSION_KEY_TEXT - 1)
		return false;
	for (size_t i = 0; i < SESSION_KEY_TEXT - 1; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

static bool make_key(struct sessions *sessions, char out[SESSION_KEY_TEXT])
{
	uint8_t bytes[SESSION_KEY_BYTES];
	if (!sessions->env.random(bytes, sizeof(bytes)))
		return false;
	lt_hex(lt_bytes(bytes, sizeof(bytes)), out);
	return true;
}

struct sessions *sessions_new(const struct door_env *env)
{
	struct sessions *sessions = calloc(1, sizeof(*sessions));
	if (!sessions)
		return NULL;
	sessions->env = *env;
	pthread_mutex_init(&sessions->lock, NULL);
	return sessions;
}

static void free_session(struct console_session *session)
{
	if (!session)
		return;
	control_line_close(session->line);
	pthread_mutex_destroy(&session->report);
	pthread_mutex_destroy(&session->lock);
	explicit_bzero(session->cookie, sizeof(session->cookie));
	explicit_bzero(session->token, sizeof(session->token));
	free(session);
}

void sessions_free(struct sessions *sessions)
{
	if (!sessions)
		return;
	for (size_t i = 0; i < SESSION_LINKS_MAX; i++)
		free_session(sessions->links[i].session);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		free_session(sessions->all[i]);
	pthread_mutex_destroy(&sessions->lock);
	free(sessions);
}

/* Out of the table; freed by the last who uses it. Under the lock. */
static void end(struct console_session **place)
{
	struct console_session *session = *place;
	*place = NULL;
	session->over = true;
	if (session->users == 0)
		free_session(session);
}

static void drop_old(struct sessions *sessions)
{
	int64_t now = sessions->env.now();
	for (size_t i = 0; i < SESSION_LINKS_MAX; i++) {
		if (sessions->links[i].session && sessions->links[i].until <= now) {
			free_session(sessions->links[i].session);
			sessions->links[i].session = NULL;
		}
	}
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (sessions->all[i] && sessions->all[i]->until <= now)
			end(&sessions->all[i]);
	}
}

static struct console_session *new_session(struct sessions *sessions, const char *login, uint32_t uid, unsigned roles,
					   struct control_line *line)
{
	struct console_session *session = calloc(1, sizeof(*session));
	if (!session || !make_key(sessions, session->cookie) || !make_key(sessions, session->token)) {
		free(session);
		control_line_close(line);
		return NULL;
	}
	snprintf(session->login, sizeof(session->login), "%s", login);
	session->uid = uid;
	session->roles = roles;
	session->line = line;
	session->checked = sessions->env.now();
	pthread_mutex_init(&session->report, NULL);
	pthread_mutex_init(&session->lock, NULL);
	return session;
}

bool sessions_offer(struct sessions *sessions, const char *login, uint32_t uid, unsigned roles,
		    struct control_line *line, char key[SESSION_KEY_TEXT])
{
	struct console_session *session = new_session(sessions, login, uid, roles, line);
	if (!session || !make_key(sessions, key)) {
		free_session(session);
		return false;
	}
	pthread_mutex_lock(&sessions->lock);
	drop_old(sessions);
	struct link *place = &sessions->links[0];
	for (size_t i = 0; i < SESSION_LINKS_MAX && place->session; i++) {
		struct link *link = &sessions->links[i];
		if (!link->session || link->until < place->until)
			place = link;
	}
	free_session(place->session);
	place->session = session;
	place->until = sessions->env.now() + SESSION_LINK_SECONDS * US;
	memcpy(place->key, key, SESSION_KEY_TEXT);
	pthread_mutex_unlock(&sessions->lock);
	return true;
}

static struct link *find_link(struct sessions *sessions, const char *key)
{
	drop_old(sessions);
	for (size_t i = 0; i < SESSION_LINKS_MAX; i++) {
		if (sessions->links[i].session && sessions_same(sessions->links[i].key, key))
			return &sessions->links[i];
	}
	return NULL;
}

bool sessions_peek(struct sessions *sessions, const char *key, char login[64])
{
	pthread_mutex_lock(&sessions->lock);
	const struct link *link = find_link(sessions, key);
	if (link)
		memcpy(login, link->session->login, sizeof(link->session->login));
	pthread_mutex_unlock(&sessions->lock);
	return link != NULL;
}

struct console_session *sessions_enter(struct sessions *sessions, const char *key)
{
	struct console_session *session = NULL;
	pthread_mutex_lock(&sessions->lock);
	struct link *link = find_link(sessions, key);
	if (link) {
		struct console_session **place = &sessions->all[0];
		for (size_t i = 0; i < SESSIONS_MAX && *place; i++) {
			if (!sessions->all[i] || sessions->all[i]->until < (*place)->until)
				place = &sessions->all[i];
		}
		if (*place)
			end(place);
		session = *place = link->session;
		link->session = NULL;
		session->until = sessions->env.now() + SESSION_SECONDS * US;
		session->users = 1;
	}
	pthread_mutex_unlock(&sessions->lock);
	return session;
}

struct console_session *sessions_find(struct sessions *sessions, const char *cookie)
{
	struct console_session *session = NULL;
	pthread_mutex_lock(&sessions->lock);
	drop_old(sessions);
	for (size_t i = 0; i < SESSIONS_MAX && !session; i++) {
		if (sessions->all[i] && sessions_same(sessions->all[i]->cookie, cookie))
			session = sessions->all[i];
	}
	if (session)
		session->users++;
	pthread_mutex_unlock(&sessions->lock);
	return session;
}

void sessions_release(struct sessions *sessions, struct console_session *session)
{
	if (!session)
		return;
	pthread_mutex_lock(&sessions->lock);
	session->users--;
	if (session->over && session->users == 0)
		free_session(session);
	pthread_mutex_unlock(&sessions->lock);
}

bool sessions_crowded(struct sessions *sessions, const struct console_session *session)
{
	pthread_mutex_lock(&sessions->lock);
	bool crowded = session->users > SESSION_VISITS_MAX;
	pthread_mutex_unlock(&sessions->lock);
	return crowded;
}

bool sessions_stream(struct sessions *sessions, struct console_session *session)
{
	pthread_mutex_lock(&sessions->lock);
	bool room = session->streams < SESSION_STREAMS_MAX;
	session->streams += room;
	pthread_mutex_unlock(&sessions->lock);
	return room;
}

void sessions_stream_end(struct sessions *sessions, struct console_session *session)
{
	pthread_mutex_lock(&sessions->lock);
	session->streams--;
	pthread_mutex_unlock(&sessions->lock);
}

void sessions_end(struct sessions *sessions, struct console_session *session)
{
	pthread_mutex_lock(&sessions->lock);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (sessions->all[i] == session)
			end(&sessions->all[i]);
	}
	pthread_mutex_unlock(&sessions->lock);
}

unsigned sessions_count(struct sessions *sessions)
{
	unsigned count = 0;
	pthread_mutex_lock(&sessions->lock);
	drop_old(sessions);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		count += sessions->all[i] != NULL;
	pthread_mutex_unlock(&sessions->lock);
	return count;
}
