/* commands.c: a question to the running adapter, over the interface that everybody has. */
#include "commands.h"

#include "program/listen.h"

#include <lienthong/time.h>

#include <jansson.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
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

/* Of the data folder, which is ours to read: health would count them at each question. A name of 64 digits is a whole part. */
static json_t *large_parts(const char *data)
{
	char path[4096];
	json_int_t parts = 0, bytes = 0, unfinished = 0;
	snprintf(path, sizeof(path), "%.4000s/large", data);
	DIR *folder = opendir(path);
	for (struct dirent *one; folder && (one = readdir(folder)) != NULL;) {
		struct stat st;
		if (one->d_name[0] == '.' || fstatat(dirfd(folder), one->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		bool whole = strlen(one->d_name) == 64;
		parts += whole;
		unfinished += !whole;
		bytes += st.st_size;
	}
	if (folder)
		closedir(folder);
	return json_pack("{s:I, s:I, s:I}", "parts", parts, "unfinished", unfinished, "bytes", bytes);
}

/* data: whose large parts are told too; NULL: none. */
static enum lt_err print(const char *body, const char *data, bool json, char *error, size_t size)
{
	json_t *read = json_loads(body, 0, NULL);
	if (json_is_object(read) && data)
		json_object_set_new(read, "large", large_parts(data));
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
	enum lt_err err = listen_ask(config->listen, request, ANSWER_MS, ANSWER_MAX, &answer);
	if (!err)
		err = lt_buf_append(&answer, "", 1);
	const char *text = err ? "" : (const char *)answer.data;
	const char *content = strstr(text, "\r\n\r\n");
	*status = strncmp(text, "HTTP/1.1 ", 9) == 0 ? atoi(text + 9) : 0;
	if (err || !content)
		snprintf(error, size, "no adapter answers at %s", config->listen);
	else
		err = print(content + 4, strcmp(line, "GET /healthz") == 0 ? config->data : NULL, json, error, size);
	lt_buf_fini(&answer);
	if (!content || (err && err != LT_EPARSE))
		return LT_EAGAIN;
	return err ? err : *status == ok ? LT_OK : LT_EDENIED;
}

/* What one of the commands asks for. */
struct command_question {
	const char *method;
	char path[256], body[64];
};

static bool is_plain(const char *word)
{
	size_t len = strlen(word);
	return len > 0 && len <= 32 && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool read_hook(char *const *words, int count, struct command_question *out)
{
	bool list = strcmp(words[1], "list") == 0, again = strcmp(words[1], "redeliver") == 0;
	if ((!list && !again) || count > (list ? 3 : 4) || (again && count < 3))
		return false;
	for (int i = 2; i < count; i++) {
		if (!is_plain(words[i]))
			return false;
	}
	out->method = list ? "GET" : "POST";
	if (count == 2)
		snprintf(out->path, sizeof(out->path), "/v1/hooks");
	else
		snprintf(out->path, sizeof(out->path), "/v1/hooks/%s%s", words[2],
			 again ? "/redeliver" : "?limit=1000");
	if (count == 4)
		snprintf(out->body, sizeof(out->body), "{\"id\":\"%s\"}", words[3]);
	return true;
}

static bool read_question(char *const *words, int count, struct command_question *out)
{
	*out = (struct command_question){ .method = "GET" };
	if (count >= 2 && strcmp(words[0], "hook") == 0)
		return read_hook(words, count, out);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]) && count == 1; i++) {
		if (strcmp(words[0], questions[i].command) == 0)
			snprintf(out->path, sizeof(out->path), "%s", questions[i].path);
	}
	return *out->path != '\0';
}

enum lt_err command_ask(const struct settings *config, char *const *words, int count, bool json, bool *red, char *error,
			size_t size)
{
	struct command_question question;
	char line[300];
	int status;
	if (!read_question(words, count, &question))
		return LT_ENOENT;
	snprintf(line, sizeof(line), "%s %s", question.method, question.path);
	enum lt_err err = call(config, line, question.body, 200, json, &status, error, size);
	*red = status == 503;
	return err == LT_EDENIED && *red && strcmp(words[0], "status") == 0 ? LT_OK : err;
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
