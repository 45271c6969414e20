/* look.c: how a broker is, asked over its control socket. */
#include "look.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/control_line.h"
#include "program/log.h"

enum {
	ANSWER_S = 5,          /* an answer that takes longer is none: it comes from memory, and lists from one flush */
	ARENA_MAX = 256 << 20, /* a nation's sessions and mailboxes are some megabytes; bounds a broken broker */
	WHY_MAX = 512,
};

/* One answer with its memory. */
struct look_answer {
	struct lt_arena *arena;
	struct lt_buf bytes;
	struct lt_control_answer answer;
	bool good;
};
struct look {
	const char *path;
	struct control_line *line; /* NULL: to be connected */
	struct look_answer status, mailboxes, agencies;
	struct verdict verdict;
	char why[WHY_MAX];
};

struct look *look_new(const char *path)
{
	struct look *look = calloc(1, sizeof(*look));
	LT_ASSERT(look);
	look->path = path;
	LT_ASSERT(lt_arena_new(ARENA_MAX, &look->status.arena) == LT_OK);
	LT_ASSERT(lt_arena_new(ARENA_MAX, &look->mailboxes.arena) == LT_OK);
	LT_ASSERT(lt_arena_new(ARENA_MAX, &look->agencies.arena) == LT_OK);
	return look;
}

void look_free(struct look *look)
{
	if (!look)
		return;
	control_line_close(look->line);
	lt_arena_free(look->status.arena);
	lt_arena_free(look->mailboxes.arena);
	lt_arena_free(look->agencies.arena);
	lt_buf_fini(&look->status.bytes);
	lt_buf_fini(&look->mailboxes.bytes);
	lt_buf_fini(&look->agencies.bytes);
	free(look);
}

static void forget_line(struct look *look)
{
	control_line_close(look->line);
	look->line = NULL;
}

static void ask(struct look *look, enum lt_control_type type, struct look_answer *out)
{
	struct lt_control_request request = { .type = type, .code = "" };
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(out->arena);
	lt_buf_clear(&out->bytes);
	out->good = false;
	enum lt_err err = look->line ? LT_OK : control_line_open(look->path, ANSWER_S, &look->line);
	if (!err)
		err = control_line_call(look->line, &request, out->arena, &out->bytes, &out->answer, &refusal);
	if (err) {
		snprintf(look->why, sizeof(look->why), "%s: %s", look->path, lt_err_text(err));
		forget_line(look);
	} else if (out->answer.reason || out->answer.type != type) {
		snprintf(look->why, sizeof(look->why), "%s: %s %.300s", look->path,
			 out->answer.reason ? lt_reason_name(out->answer.reason) : "another answer",
			 out->answer.detail ? out->answer.detail : "");
	} else {
		out->good = true;
	}
}

/* A line that the broker closed, as at its new start, is made once more. */
static void ask_twice(struct look *look, enum lt_control_type type, struct look_answer *out)
{
	bool kept = look->line != NULL;
	ask(look, type, out);
	if (!out->good && kept && !look->line)
		ask(look, type, out);
}

void look_ask(struct look *look)
{
	ask_twice(look, LT_CONTROL_STATUS, &look->status);
	if (look->status.good)
		verdict_make(&look->status.answer.status, LT_ENGLISH, &look->verdict);
	else
		verdict_make_silent(look->why, LT_ENGLISH, &look->verdict);
}

void look_ask_lists(struct look *look)
{
	ask_twice(look, LT_CONTROL_MAILBOXES, &look->mailboxes);
	ask_twice(look, LT_CONTROL_AGENCIES, &look->agencies);
}

const struct verdict *look_verdict(const struct look *look)
{
	return &look->verdict;
}

const struct lt_status_view *look_status(const struct look *look)
{
	return look->status.good ? &look->status.answer.status : NULL;
}

const struct lt_mailbox_view *look_mailboxes(const struct look *look, size_t *count)
{
	*count = look->status.good && look->mailboxes.good ? look->mailboxes.answer.mailboxes.count : 0;
	return look->mailboxes.answer.mailboxes.mailboxes;
}

const struct lt_agency_view *look_agencies(const struct look *look, size_t *count)
{
	*count = look->status.good && look->agencies.good ? look->agencies.answer.agencies.count : 0;
	return look->agencies.answer.agencies.agencies;
}
