/* commands.c: a question to the running adapter, over the interface that everybody has. */
#include "commands.h"

#include "http/door/api_listen.h"

#include <lienthong/time.h>

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

/* One call with the first token, and its answer printed. ok: the status of a good answer. */
static enum lt_err call(const struct settings *config, const char *line, const char *body, int ok, bool json,
			int *status, char *error, size_t size)
{
	char request[2048], token[1024];
	struct lt_buf answer = { 0 };
	first_token(config->token, token, sizeof(token));
	snprintf(request, sizeof(request),
		 "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %zu\r\n%s%s%s\r\n%s", line,
		 strlen(body), *token ? "Authorization: Bearer " : "", token, *token ? "\r\n" : "", body);
	enum lt_err err = api_listen_ask(config->listen, request, ANSWER_MS, ANSWER_MAX, &answer);
	if (!err)
		err = lt_buf_append(&answer, "", 1);
	const char *text = err ? "" : (const char *)answer.data;
	const char *content = strstr(text, "\r\n\r\n");
	*status = strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : 0;
	if (err || !content)
		snprintf(error, size, "no adapter answers at %s", config->listen);
	else
		err = print(content + 4, json, error, size);
	lt_buf_fini(&answer);
	if (!content || (err && err != LT_EPARSE))
		return LT_EAGAIN;
	return err ? err : *status == ok ? LT_OK : LT_EDENIED;
}

enum lt_err command_ask(const struct settings *config, const char *command, bool json, bool *red, char *error,
			size_t size)
{
	char line[128];
	int status;
	const char *path = NULL;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		path = strcmp(command, questions[i].command) == 0 ? questions[i].path : path;
	if (!path)
		return LT_ENOENT;
	snprintf(line, sizeof(line), "GET %s", path);
	enum lt_err err = call(config, line, "", 200, json, &status, error, size);
	*red = status == 503;
	return err == LT_EDENIED && *red && strcmp(command, "status") == 0 ? LT_OK : err;
}

enum lt_err command_again(const struct settings *config, const char *text, bool json, char *error, size_t size)
{
	char id[LT_UUID_TEXT], body[160];
	uint8_t bytes[16];
	int status;
	if (lt_uuid_parse(text, bytes)) {
		snprintf(error, size, "%.60s is no id of an envelope: `outbox`, or the log, has it", text);
		return LT_EINVAL;
	}
	lt_uuid_format(bytes, id);
	/* Its own key: who asks twice sends once. */
	snprintf(body, sizeof(body), "{\"again\":\"%s\",\"idempotency_key\":\"again-%s\"}", id, id);
	return call(config, "POST /v1/envelopes", body, 202, json, &status, error, size);
}
