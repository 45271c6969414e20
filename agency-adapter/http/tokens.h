/* tokens.h: who may call the API: the lines of the token file (docs/adapter-api.md, "Who may call").
 *
 * A line is `SECRET`, which may everything and is named "default", or `NAME SECRET [read] [agency=CODE,...] [kind=NAME,...]`. The secret
 * is a bearer token of at least 16 characters, or `user:NAME`: a user of this machine at the other end of a Unix socket. What
 * begins with # is no line. A list is replaced as a whole; who began under the old one ends under it. Any thread. */
#ifndef ADAPTER_TOKENS_H
#define ADAPTER_TOKENS_H

#include <sys/types.h>

#include <lienthong/envelope.h>

#define TOKENS_MAX 256u      /* lines; every call compares with each */
#define TOKEN_NAME_MAX 64u   /* bytes with the end */
#define TOKEN_SECRET_MIN 16u /* characters: fewer can be tried out */

struct token {
	char name[TOKEN_NAME_MAX];
	uint8_t digest[32]; /* of the secret; the secret itself is not kept */
	bool of_user;
	uid_t user;
	bool read_only;
	uint64_t kinds;      /* a bit for each number; 0: all */
	size_t agency_count; /* 0: all of the adapter's */
	char (*agencies)[LT_AGENCY_MAX];
};
struct tokens;
/* LT_EINVAL with one line for a person. "" is an empty list. */
enum lt_err tokens_new(const char *text, struct tokens **out, char *error, size_t error_size);
struct tokens *tokens_ref(struct tokens *tokens);
void tokens_unref(struct tokens *tokens); /* takes NULL */
size_t tokens_count(const struct tokens *tokens);
/* NULL: there is none. In the time that all take, whichever it is. */
const struct token *tokens_find(const struct tokens *tokens, const char *secret);
const struct token *tokens_find_digest(const struct tokens *tokens, const uint8_t digest[32]); /* of its secret */
const struct token *tokens_find_user(const struct tokens *tokens, uid_t user);
bool token_may_speak(const struct token *token, const char *agency);
bool token_may_send(const struct token *token, enum lt_kind kind);

#endif
