/* test_tokens.c: the lines of the token file: who may what, and what is refused with its line. */
#include "test.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http/tokens.h"

static void refused(const char *text, const char *error)
{
	struct tokens *tokens = NULL;
	char said[200] = "";
	assert_int_equal(tokens_new(text, &tokens, said, sizeof said), LT_EINVAL);
	assert_string_equal(said, error);
}

static struct tokens *taken(const char *text)
{
	struct tokens *tokens = NULL;
	char said[200] = "";
	if (tokens_new(text, &tokens, said, sizeof said))
		fail_msg("%s", said);
	return tokens;
}

static void one_secret_is_everything(void **state)
{
	(void)state;
	struct tokens *tokens = taken("0123456789abcdef\r\n\n");
	const struct token *token = tokens_find(tokens, "0123456789abcdef");
	assert_string_equal(token->name, "default");
	assert_false(token->read_only);
	assert_true(token_may_speak(token, "H37.24") && token_may_send(token, LT_KIND_OPEN));
	assert_null(tokens_find(tokens, "0123456789abcdeg"));
	assert_null(tokens_find(tokens, ""));
	tokens_unref(tokens);
	tokens = taken("# nobody\n\n");
	assert_int_equal(tokens_count(tokens), 0);
	tokens_unref(tokens);
}

static void scopes(void **state)
{
	(void)state;
	struct tokens *tokens = taken("portal  aaaaaaaaaaaaaaaa agency=H37.24,H37.11 kind=OPEN,ACCEPT\n"
				      "\treport bbbbbbbbbbbbbbbb read\n");
	const struct token *portal = tokens_find(tokens, "aaaaaaaaaaaaaaaa"),
			   *report = tokens_find(tokens, "bbbbbbbbbbbbbbbb");
	assert_string_equal(portal->name, "portal");
	assert_true(token_may_speak(portal, "H37.11") && !token_may_speak(portal, "H37"));
	assert_true(token_may_send(portal, LT_KIND_ACCEPT) && !token_may_send(portal, LT_KIND_FORWARD));
	assert_true(report->read_only && token_may_speak(report, "H37"));
	tokens_unref(tokens_ref(tokens));
	assert_non_null(tokens_find(tokens, "aaaaaaaaaaaaaaaa"));
	tokens_unref(tokens);
}

/* The word of the file is no secret that could be sent. */
static void users(void **state)
{
	(void)state;
	char text[200];
	const struct passwd *me = getpwuid(getuid());
	assert_non_null(me);
	snprintf(text, sizeof text, "desk user:%s read\n", me->pw_name);
	struct tokens *tokens = taken(text);
	assert_string_equal(tokens_find_user(tokens, getuid())->name, "desk");
	assert_null(tokens_find_user(tokens, getuid() + 1));
	snprintf(text, sizeof text, "user:%s", me->pw_name);
	assert_null(tokens_find(tokens, text));
	tokens_unref(tokens);
}

static void lines_that_are_none(void **state)
{
	(void)state;
	refused("short", "token_file, line 1: a token of at least 16 characters is needed");
	refused("\na short", "token_file, line 2: a token of at least 16 characters is needed");
	refused("a aaaaaaaaaaaaaaaa admin",
		"token_file, line 1: read, agency=CODE,... or kind=NAME,... is expected: admin");
	refused("a aaaaaaaaaaaaaaaa agency=", "token_file, line 1: an empty list");
	refused("a aaaaaaaaaaaaaaaa agency=h37", "token_file, line 1: not a canonical agency code: h37");
	refused("a aaaaaaaaaaaaaaaa kind=OPENN", "token_file, line 1: no kind that an agency sends: OPENN");
	refused("a aaaaaaaaaaaaaaaa kind=OVERDUE", "token_file, line 1: no kind that an agency sends: OVERDUE");
	refused("a user:nobody-of-this-name", "token_file, line 1: no user of this machine: nobody-of-this-name");
	refused("a aaaaaaaaaaaaaaaa\na bbbbbbbbbbbbbbbb", "token_file, line 2: the name stands twice: a");
	refused("a aaaaaaaaaaaaaaaa\nb aaaaaaaaaaaaaaaa", "token_file, line 2: the same secret stands twice: b");
}

TEST_MAIN(cmocka_unit_test(one_secret_is_everything), cmocka_unit_test(scopes), cmocka_unit_test(users),
	  cmocka_unit_test(lines_that_are_none))
