/* visit.c: what a browser sent, read; and the broker asked in its user's name. */
#include "visit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct visit *visit_new(struct door *door)
{
	struct visit *visit = calloc(1, sizeof(*visit));
	if (!visit)
		return NULL;
	visit->door = door;
	visit->status = 200;
	visit->live = "";
	if (lt_arena_new(VISIT_ARENA_MAX, &visit->arena)) {
		free(visit);
		return NULL;
	}
	return visit;
}

void visit_free(struct visit *visit)
{
	if (!visit)
		return;
	for (size_t i = 0; i < visit->ask_count; i++)
		lt_buf_fini(&visit->answers[i]);
	if (visit->body.data)
		explicit_bzero(visit->body.data, visit->body.cap); /* a key of a link */
	lt_buf_fini(&visit->body);
	lt_buf_fini(&visit->html.bytes);
	lt_arena_free(visit->arena);
	free(visit->query_text);
	free(visit->body_text);
	free(visit);
}

char *visit_keep(struct visit *visit, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = lt_arena_alloc(visit->arena, size);
	return copy ? memcpy(copy, text, size) : NULL;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool visit_decode(char *text, bool form)
{
	char *to = text;
	for (const char *at = text; *at; at++, to++) {
		*to = *at == '+' && form ? ' ' : *at;
		if (*at != '%')
			continue;
		int high = hex(at[1]), low = high < 0 ? -1 : hex(at[2]);
		if (low < 0 || (high == 0 && low == 0))
			return false;
		*to = (char)(high * 16 + low);
		at += 2;
	}
	*to = '\0';
	return lt_text_valid(text, strlen(text));
}

static bool read_pairs(char *text, struct visit_field *out, size_t *count)
{
	char *rest = text;
	for (char *piece; (piece = strsep(&rest, "&")) != NULL;) {
		char *value = piece;
		const char *name = strsep(&value, "=");
		if (!*name)
			continue;
		if (!value)
			value = piece + strlen(piece);
		if (*count == VISIT_FIELDS_MAX || !visit_decode(piece, true) || !visit_decode(value, true))
			return false;
		for (size_t i = 0; i < *count; i++) {
			if (strcmp(out[i].name, name) == 0)
				return false;
		}
		out[(*count)++] = (struct visit_field){ .name = name, .value = value };
	}
	return true;
}

bool visit_read_query(struct visit *visit, const char *text)
{
	if (strlen(text) > VISIT_QUERY_MAX)
		return false;
	visit->query_text = strdup(text);
	return visit->query_text && read_pairs(visit->query_text, visit->query, &visit->query_count);
}

bool visit_read_form(struct visit *visit)
{
	if (lt_buf_append(&visit->body, "", 1))
		return false;
	visit->body.len--;
	if (strlen((const char *)visit->body.data) != visit->body.len)
		return false;
	visit->body_text = strdup((const char *)visit->body.data);
	return visit->body_text && read_pairs(visit->body_text, visit->fields, &visit->field_count);
}

static const char *find(const struct visit_field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].value;
	}
	return "";
}

const char *visit_query(const struct visit *visit, const char *name)
{
	return find(visit->query, visit->query_count, name);
}

const char *visit_field(const struct visit *visit, const char *name)
{
	return find(visit->fields, visit->field_count, name);
}

uint64_t visit_query_number(const struct visit *visit, const char *name)
{
	const char *text = visit_query(visit, name);
	char *end = NULL;
	errno = 0;
	uint64_t value = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
	return end && !*end && errno == 0 ? value : 0;
}

/* A broker that has ended this connection lives perhaps: only who has one of its own knows, which is not a session's. */
enum visit_told visit_ask(struct visit *visit, const struct lt_control_request *request,
			  struct lt_control_answer *answer)
{
	struct console_session *session = visit->session;
	struct lt_refusal refusal = { 0 };
	if (!session)
		return VISIT_ENDED;
	if (visit->ask_count == VISIT_ASKS_MAX)
		return VISIT_FAILED;
	struct lt_buf *bytes = &visit->answers[visit->ask_count++];
	pthread_mutex_lock(&session->lock);
	enum lt_err err = session->line
				  ? control_line_call(session->line, request, visit->arena, bytes, answer, &refusal)
				  : LT_ECLOSED;
	if (err) {
		control_line_close(session->line);
		session->line = NULL;
	}
	pthread_mutex_unlock(&session->lock);
	if (err == LT_ENOMEM)
		return VISIT_FAILED;
	return err == LT_OK ? VISIT_TOLD : err == LT_ETIMEOUT ? VISIT_AWAY : VISIT_ENDED;
}

bool visit_admitted(struct visit *visit, int64_t now, bool there)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct console_session *session = visit->session;
	struct lt_control_answer *answer;
	pthread_mutex_lock(&session->lock);
	if (session->line || !there)
		session->lost = 0;
	else if (session->lost == 0)
		session->lost = now;
	bool over = session->lost != 0 && now - session->lost >= SESSION_LOST_SECONDS * INT64_C(1000000);
	bool due = session->line && now - session->checked >= SESSION_CHECK_SECONDS * INT64_C(1000000);
	if (due)
		session->checked = now; /* one of its tabs asks for all */
	pthread_mutex_unlock(&session->lock);
	if (over)
		return false;
	if (!due || !(answer = lt_arena_alloc(visit->arena, sizeof(*answer))) ||
	    visit_ask(visit, &request, answer) != VISIT_TOLD)
		return true;
	if (answer->reason == LT_OPERATOR_NOT_ADMITTED)
		return false;
	if (!answer->reason)
		session->roles = answer->status.asker.roles;
	return true;
}

void visit_go(struct visit *visit, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(visit->location, sizeof(visit->location), format, args);
	va_end(args);
	visit->status = 303;
}
