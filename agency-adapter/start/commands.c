/* commands.c: a question to the running adapter, over the interface that everybody has. */
#include "commands.h"

#include "http/door/api_listen.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 10000
#define ANSWER_MAX (8u << 20) /* bytes: a page of the inbox with 1,000 items */

static const struct {
	const char *command, *path;
} questions[] = {
	{ "status", "/healthz" },
	{ "todo", "/v1/todo" },
	{ "outbox", "/v1/envelopes?state=queued" },
	{ "inbox", "/v1/inbox?state=new" },
};

/* The last field of the first line that is one: SECRET, or NAME SECRET and what it may (docs/adapter-api.md, "Who may call"). */
static void first_token(const char *text, char *out, size_t size)
{
	*out = '\0';
	for (const char *line = text ? text : ""; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char name[128] = "", secret[1024] = "";
		int fields = *line == '#' ? 0 : sscanf(line, "%127[^ \t\r\n]%*[ \t]%1023[^ \t\r\n]", name, secret);
		const char *found = fields == 2 ? secret : fields == 1 ? name : "";
		if (!*found || strncmp(found, "user:", 5) == 0)
			continue;
		snprintf(out, size, "%s", found);
		return;
	}
}

static enum lt_err print(const char *body, bool json, char *error, size_t size)
{
	json_t *read = json_loads(body, 0, NULL);
	char *text = read ? json_dumps(read, json ? JSON_COMPACT : JSON_INDENT(2)) : NULL;
	if (text)
		puts(text);
	else
		snprintf(error, size, "the answer is no JSON");
	free(text);
	json_decref(read);
	return text ? LT_OK : LT_EPARSE;
}

enum lt_err command_ask(const struct settings *config, const char *command, bool json, bool *red, char *error,
			size_t size)
{
	char request[2048], token[1024];
	struct lt_buf answer = { 0 };
	const char *path = NULL;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		path = strcmp(command, questions[i].command) == 0 ? questions[i].path : path;
	if (!path)
		return LT_ENOENT;
	first_token(config->token, token, sizeof(token));
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s%s\r\n",
		 path, *token ? "Authorization: Bearer " : "", token, *token ? "\r\n" : "");
	enum lt_err err = api_listen_ask(config->listen, request, ANSWER_MS, ANSWER_MAX, &answer);
	if (!err)
		err = lt_buf_append(&answer, "", 1);
	const char *text = err ? "" : (const char *)answer.data;
	const char *body = strstr(text, "\r\n\r\n");
	int status = strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : 0;
	*red = status == 503;
	if (err || !body)
		snprintf(error, size, "no adapter answers at %s", config->listen);
	else
		err = print(body + 4, json, error, size);
	if (!err && status != 200 && !(*red && strcmp(command, "status") == 0))
		err = LT_EDENIED;
	lt_buf_fini(&answer);
	return err && err != LT_EDENIED && err != LT_EPARSE ? LT_EAGAIN : !body ? LT_EAGAIN : err;
}
