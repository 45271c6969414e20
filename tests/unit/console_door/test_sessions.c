/* test_sessions.c: a link is good once and for a while; a session ends, and its connection to the broker with it. */
#include "door/sessions.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t now;
static uint8_t dice;

static int64_t clock_now(void)
{
	return now;
}

static bool throw_dice(void *out, size_t len)
{
	memset(out, ++dice, len);
	return true;
}

static const struct door_env env = { .random = throw_dice, .now = clock_now };

/* A connection whose other end tells whether it is there still. */
static struct control_line *line_to(int *other)
{
	int ends[2];
	struct control_line *line = NULL;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	*other = ends[1];
	assert_int_equal(control_line_adopt(ends[0], 1, &line), LT_OK);
	return line;
}

static bool is_closed(int other)
{
	char byte;
	return recv(other, &byte, 1, MSG_DONTWAIT) == 0;
}

static void a_link_is_good_once(void **state)
{
	(void)state;
	struct sessions *sessions = sessions_new(&env);
	char key[SESSION_KEY_TEXT], login[64];
	int other;
	assert_true(sessions_offer(sessions, "an", 1001, LT_ASKER_OPERATOR, line_to(&other), key));
	assert_int_equal(strlen(key), 2 * SESSION_KEY_BYTES);
	assert_true(sessions_peek(sessions, key, login));
	assert_string_equal(login, "an");
	assert_null(sessions_enter(sessions, "00000000000000000000000000000000"));
	assert_null(sessions_enter(sessions, ""));
	struct console_session *session = sessions_enter(sessions, key);
	assert_non_null(session);
	assert_string_equal(session->login, "an");
	assert_int_equal(session->uid, 1001);
	assert_string_not_equal(session->cookie, session->token);
	assert_null(sessions_enter(sessions, key));
	assert_false(sessions_peek(sessions, key, login));
	assert_ptr_equal(sessions_find(sessions, session->cookie), session);
	assert_null(sessions_find(sessions, session->token));
	sessions_release(sessions, session);
	assert_false(is_closed(other));
	sessions_end(sessions, session);
	assert_null(sessions_find(sessions, session->cookie));
	sessions_release(sessions, session);
	assert_true(is_closed(other));
	close(other);
	sessions_free(sessions);
}

static void time_ends_links_and_sessions(void **state)
{
	(void)state;
	struct sessions *sessions = sessions_new(&env);
	char key[SESSION_KEY_TEXT], cookie[SESSION_KEY_TEXT];
	int late, entered;
	assert_true(sessions_offer(sessions, "an", 1, 1, line_to(&late), key));
	now += SESSION_LINK_SECONDS * INT64_C(1000000);
	assert_null(sessions_enter(sessions, key));
	assert_true(is_closed(late));
	assert_true(sessions_offer(sessions, "an", 1, 1, line_to(&entered), key));
	struct console_session *session = sessions_enter(sessions, key);
	memcpy(cookie, session->cookie, sizeof(cookie));
	sessions_release(sessions, session);
	now += SESSION_SECONDS * INT64_C(1000000) - 1;
	session = sessions_find(sessions, cookie);
	assert_non_null(session);
	now++;
	assert_null(sessions_find(sessions, cookie)); /* over, while somebody still uses it */
	assert_false(is_closed(entered));
	sessions_release(sessions, session);
	assert_true(is_closed(entered));
	close(late);
	close(entered);
	sessions_free(sessions);
}

static void the_oldest_makes_room(void **state)
{
	(void)state;
	struct sessions *sessions = sessions_new(&env);
	char first[SESSION_KEY_TEXT], key[SESSION_KEY_TEXT], cookie[SESSION_KEY_TEXT] = "";
	int others[SESSIONS_MAX + 1], links[SESSION_LINKS_MAX + 1];
	for (size_t i = 0; i < SESSIONS_MAX + 1; i++) {
		now++;
		assert_true(sessions_offer(sessions, "an", 1, 1, line_to(&others[i]), key));
		struct console_session *session = sessions_enter(sessions, key);
		if (i == 0)
			memcpy(cookie, session->cookie, sizeof(cookie));
		sessions_release(sessions, session);
	}
	assert_int_equal(sessions_count(sessions), SESSIONS_MAX);
	assert_null(sessions_find(sessions, cookie));
	assert_true(is_closed(others[0]));
	assert_false(is_closed(others[1]));
	for (size_t i = 0; i < SESSION_LINKS_MAX + 1; i++) {
		now++;
		assert_true(sessions_offer(sessions, "an", 1, 1, line_to(&links[i]), i == 0 ? first : key));
	}
	assert_true(is_closed(links[0]));
	assert_null(sessions_enter(sessions, first));
	sessions_free(sessions);
	assert_true(is_closed(links[1]));
	for (size_t i = 0; i < SESSIONS_MAX + 1; i++)
		close(others[i]);
	for (size_t i = 0; i < SESSION_LINKS_MAX + 1; i++)
		close(links[i]);
}

/* What one person asks for at once is bounded, and so are the streams of his pages. */
static void a_session_leaves_some_to_others(void **state)
{
	(void)state;
	struct sessions *sessions = sessions_new(&env);
	char key[SESSION_KEY_TEXT];
	int other;
	assert_true(sessions_offer(sessions, "an", 1001, 0, line_to(&other), key));
	struct console_session *session = sessions_enter(sessions, key);
	for (unsigned i = 1; i < SESSION_VISITS_MAX; i++) {
		assert_ptr_equal(sessions_find(sessions, session->cookie), session);
		assert_false(sessions_crowded(sessions, session));
	}
	assert_ptr_equal(sessions_find(sessions, session->cookie), session);
	assert_true(sessions_crowded(sessions, session));
	sessions_release(sessions, session);
	assert_false(sessions_crowded(sessions, session));
	for (unsigned i = 0; i < SESSION_STREAMS_MAX; i++)
		assert_true(sessions_stream(sessions, session));
	assert_false(sessions_stream(sessions, session));
	sessions_stream_end(sessions, session);
	assert_true(sessions_stream(sessions, session));
	for (unsigned i = 0; i < SESSION_VISITS_MAX; i++)
		sessions_release(sessions, session);
	sessions_free(sessions);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_is_good_once),
		cmocka_unit_test(time_ends_links_and_sessions),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(a_session_leaves_some_to_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
