/* tokens.c: the lines of the token file. */
#include "tokens.h"

#include <errno.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/code.h>

struct tokens {
	_Atomic unsigned references;
	size_t count;
	struct token list[TOKENS_MAX];
};

struct tokens_reading {
	unsigned line;
	char *error;
	size_t error_size;
};

static enum lt_err wrong(const struct tokens_reading *at, const char *what, const char *word)
{
	snprintf(at->error, at->error_size, "token_file, line %u: %s%s%.60s", at->line, what, *word ? ": " : "", word);
	return LT_EINVAL;
}

static enum lt_err add_agency(const struct tokens_reading *at, struct token *token, const char *code)
{
	if (!lt_agency_code_valid(code))
		return wrong(at, "not a canonical agency code", code);
	void *grown = realloc(token->agencies, (token->agency_count + 1) * sizeof(*token->agencies));
	if (!grown)
		return LT_ENOMEM;
	token->agencies = grown;
	snprintf(token->agencies[token->agency_count++], sizeof(*token->agencies), "%s", code);
	return LT_OK;
}

static enum lt_err add_kind(const struct tokens_reading *at, struct token *token, const char *name)
{
	enum lt_kind kind;
	if (lt_kind_find(name, &kind) || (unsigned)kind >= 64)
		return wrong(at, "no kind that an agency sends", name);
	token->kinds |= UINT64_C(1) << kind;
	return LT_OK;
}

static enum lt_err read_list(const struct tokens_reading *at, struct token *token, char *list,
			     enum lt_err (*add)(const struct tokens_reading *, struct token *, const char *))
{
	char *rest = NULL;
	enum lt_err err = *list ? LT_OK : wrong(at, "an empty list", "");
	for (char *one = strtok_r(list, ",", &rest); one && !err; one = strtok_r(NULL, ",", &rest))
		err = add(at, token, one);
	return err;
}

static enum lt_err read_scope(const struct tokens_reading *at, struct token *token, char *word)
{
	if (strcmp(word, "read") == 0)
		token->read_only = true;
	else if (strncmp(word, "agency=", 7) == 0)
		return read_list(at, token, word + 7, add_agency);
	else if (strncmp(word, "kind=", 5) == 0)
		return read_list(at, token, word + 5, add_kind);
	else
		return wrong(at, "read, agency=CODE,... or kind=NAME,... is expected", word);
	return LT_OK;
}

static enum lt_err read_secret(const struct tokens_reading *at, struct token *token, const char *word)
{
	token->of_user = strncmp(word, "user:", 5) == 0;
	if (token->of_user) {
		const struct passwd *found = getpwnam(word + 5);
		if (!found)
			return wrong(at, "no user of this machine", word + 5);
		token->user = found->pw_uid;
	} else if (strlen(word) < TOKEN_SECRET_MIN) {
		return wrong(at, "a token of at least 16 characters is needed", "");
	}
	lt_sha256(lt_bytes(word, strlen(word)), token->digest);
	return LT_OK;
}

static enum lt_err read_line(const struct tokens_reading *at, char *line, struct token *token)
{
	char *rest = NULL, *first = strtok_r(line, " \t\r", &rest), *second = strtok_r(NULL, " \t\r", &rest);
	if (strlen(second ? first : "default") >= TOKEN_NAME_MAX)
		return wrong(at, "the name is too long", "");
	snprintf(token->name, sizeof(token->name), "%s", second ? first : "default");
	enum lt_err err = read_secret(at, token, second ? second : first);
	for (char *word; !err && second && (word = strtok_r(NULL, " \t\r", &rest)) != NULL;)
		err = read_scope(at, token, word);
	return err;
}

/* Two of one name could not be told apart in the log, and of two with one secret the second would never count. */
static enum lt_err check_single(const struct tokens_reading *at, const struct tokens *tokens, const struct token *token)
{
	for (size_t i = 0; i < tokens->count; i++) {
		const struct token *other = &tokens->list[i];
		if (strcmp(other->name, token->name) == 0)
			return wrong(at, "the name stands twice", token->name);
		if (memcmp(other->digest, token->digest, sizeof(token->digest)) == 0)
			return wrong(at, "the same secret stands twice", token->name);
	}
	return LT_OK;
}

static enum lt_err read_all(struct tokens *tokens, char *text, struct tokens_reading *at)
{
	enum lt_err err = LT_OK;
	for (char *line = text, *next; line && !err; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		at->line++;
		size_t blank = strspn(line, " \t\r");
		if (line[blank] == '\0' || line[blank] == '#')
			continue;
		if (tokens->count == TOKENS_MAX)
			return wrong(at, "over 256 lines", "");
		struct token *token = &tokens->list[tokens->count];
		err = read_line(at, line, token);
		if (!err)
			err = check_single(at, tokens, token);
		tokens->count++; /* with what it has taken, also when it is refused */
	}
	return err;
}

enum lt_err tokens_new(const char *text, struct tokens **out, char *error, size_t error_size)
{
	struct tokens *tokens = calloc(1, sizeof(*tokens));
	char *copy = strdup(text);
	struct tokens_reading at = { .error = error, .error_size = error_size };
	enum lt_err err = LT_ENOMEM;
	if (tokens && copy) {
		atomic_store(&tokens->references, 1);
		err = read_all(tokens, copy, &at);
	}
	if (copy)
		explicit_bzero(copy, strlen(text));
	free(copy);
	if (!err) {
		*out = tokens;
		return LT_OK;
	}
	tokens_unref(tokens);
	return err;
}

struct tokens *tokens_ref(struct tokens *tokens)
{
	atomic_fetch_add(&tokens->references, 1);
	return tokens;
}

void tokens_unref(struct tokens *tokens)
{
	if (!tokens || atomic_fetch_sub(&tokens->references, 1) > 1)
		return;
	for (size_t i = 0; i < tokens->count; i++)
		free(tokens->list[i].agencies);
	free(tokens);
}

size_t tokens_count(const struct tokens *tokens)
{
	return tokens->count;
}

/* Compares digests, so that neither length nor content of a secret shows in the time taken. */
const struct token *tokens_find_digest(const struct tokens *tokens, const uint8_t digest[32])
{
	const struct token *found = NULL;
	for (size_t i = 0; i < tokens->count; i++) {
		const struct token *token = &tokens->list[i];
		uint8_t difference = token->of_user;
		for (size_t k = 0; k < sizeof(token->digest); k++)
			difference |= (uint8_t)(digest[k] ^ token->digest[k]);
		found = difference == 0 ? token : found;
	}
	return found;
}

const struct token *tokens_find(const struct tokens *tokens, const char *secret)
{
	uint8_t digest[32];
	lt_sha256(lt_bytes(secret, strlen(secret)), digest);
	return tokens_find_digest(tokens, digest);
}

const struct token *tokens_find_user(const struct tokens *tokens, uid_t user)
{
	for (size_t i = 0; i < tokens->count; i++) {
		if (tokens->list[i].of_user && tokens->list[i].user == user)
			return &tokens->list[i];
	}
	return NULL;
}

bool token_may_speak(const struct token *token, const char *agency)
{
	bool may = token->agency_count == 0;
	for (size_t i = 0; i < token->agency_count && !may; i++)
		may = strcmp(token->agencies[i], agency) == 0;
	return may;
}

bool token_may_send(const struct token *token, enum lt_kind kind)
{
	return token->kinds == 0 || ((unsigned)kind < 64 && (token->kinds >> kind & 1) != 0);
}
