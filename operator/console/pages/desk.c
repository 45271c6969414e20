/* desk.c: a stack of readers, and the broker's last word. */
#include "desk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Changes are counted by a hash of the code: two dossiers that share a place cost a page one look too many. */
#define VERSIONS 4096u

struct desk {
	char *path, *control;
	const char *weights, *values;
	pthread_mutex_t lock, report;
	size_t line; /* sessions with a report, or one that waits */
	size_t count;
	struct project_reader *readers[DESK_READERS];
	struct desk_broker broker;
	struct lt_buf status;
	int64_t legal, heard; /* and when that was, monotonic */
	uint64_t versions[VERSIONS];
};

static int64_t monotonic(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now); /* how old an answer is; the time itself is the broker's */
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

struct desk *desk_new(const char *path, const char *control)
{
	struct desk *desk = calloc(1, sizeof(*desk));
	if (!desk)
		return NULL;
	pthread_mutex_init(&desk->lock, NULL);
	pthread_mutex_init(&desk->report, NULL);
	desk->path = strdup(path);
	desk->control = strdup(control);
	if (desk->path && desk->control)
		return desk;
	desk_free(desk);
	return NULL;
}

void desk_free(struct desk *desk)
{
	if (!desk)
		return;
	for (size_t i = 0; i < desk->count; i++)
		project_read_close(desk->readers[i]);
	lt_buf_fini(&desk->status);
	pthread_mutex_destroy(&desk->report);
	pthread_mutex_destroy(&desk->lock);
	free(desk->path);
	free(desk->control);
	free(desk);
}

void desk_set_ranking(struct desk *desk, const char *weights, const char *values)
{
	desk->weights = weights && weights[0] ? weights : NULL;
	desk->values = values && values[0] ? values : NULL;
}

const char *desk_weights(const struct desk *desk)
{
	return desk->weights;
}

const char *desk_values(const struct desk *desk)
{
	return desk->values;
}

const char *desk_control(const struct desk *desk)
{
	return desk->control;
}

const char *desk_path(const struct desk *desk)
{
	return desk->path;
}

struct project_reader *desk_reader(struct desk *desk)
{
	struct project_reader *reader = NULL;
	pthread_mutex_lock(&desk->lock);
	if (desk->count > 0)
		reader = desk->readers[--desk->count];
	pthread_mutex_unlock(&desk->lock);
	return reader || project_read_open(desk->path, &reader) == LT_OK ? reader : NULL;
}

void desk_give(struct desk *desk, struct project_reader *reader)
{
	if (!reader)
		return;
	pthread_mutex_lock(&desk->lock);
	bool kept = desk->count < DESK_READERS;
	if (kept)
		desk->readers[desk->count++] = reader;
	pthread_mutex_unlock(&desk->lock);
	if (!kept)
		project_read_close(reader);
}

bool desk_begin_report(struct visit *visit)
{
	struct desk *desk = visit->ctx;
	struct console_session *session = visit->session;
	pthread_mutex_lock(&desk->lock);
	bool room = session->reports < DESK_LINE_OWN && (session->reports > 0 || desk->line < DESK_LINE);
	if (room && session->reports++ == 0)
		desk->line++;
	pthread_mutex_unlock(&desk->lock);
	if (!room)
		return false;
	pthread_mutex_lock(&session->report);
	pthread_mutex_lock(&desk->report);
	return true;
}

void desk_end_report(struct visit *visit)
{
	struct desk *desk = visit->ctx;
	pthread_mutex_unlock(&desk->report);
	pthread_mutex_unlock(&visit->session->report);
	pthread_mutex_lock(&desk->lock);
	if (--visit->session->reports == 0)
		desk->line--;
	pthread_mutex_unlock(&desk->lock);
}

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const uint8_t *)data)[i]) * UINT64_C(1099511628211);
	return hash;
}

/* Who goes leaves no record; nor does a disk that fills, or a clock that is off. */
static uint64_t look_around(const struct lt_status_view *status)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < status->session_count; i++) {
		const struct lt_session_view *session = &status->sessions[i];
		hash = mix(hash, session->curve_key, strlen(session->curve_key));
		hash = mix(hash, &session->epoch, sizeof(session->epoch));
	}
	for (size_t i = 0; i < status->cause_count; i++) {
		hash = mix(hash, &status->causes[i].cause, sizeof(status->causes[i].cause));
		hash = mix(hash, &status->causes[i].count, sizeof(status->causes[i].count));
	}
	return hash;
}

/* Not of the time and the counters, which change with each answer. */
static bool differs(const struct desk_broker *before, const struct desk_broker *after)
{
	return before->there != after->there || before->sequence != after->sequence || before->around != after->around;
}

static bool read_status(struct lt_bytes answer, struct desk_broker *broker)
{
	struct lt_arena *arena = NULL;
	struct lt_control_answer *out = NULL;
	struct lt_refusal refusal = { 0 };
	bool good = lt_arena_new(VISIT_ARENA_MAX, &arena) == LT_OK &&
		    (out = lt_arena_alloc(arena, sizeof(*out))) != NULL &&
		    lt_control_answer_decode(answer, arena, out, &refusal) == LT_REASON_NONE;
	if (good && out->reason) {
		snprintf(broker->why, sizeof(broker->why), "%s: %.150s", lt_reason_name(out->reason), out->detail);
		good = false;
	} else if (good) {
		broker->sequence = out->status.head;
		broker->time = out->status.time;
		broker->around = look_around(&out->status);
	}
	lt_arena_free(arena);
	return good;
}

bool desk_set_status(struct desk *desk, struct lt_bytes answer, int64_t asked_at, const char *why)
{
	pthread_mutex_lock(&desk->lock);
	struct desk_broker before = desk->broker;
	struct desk_broker *broker = &desk->broker;
	snprintf(broker->why, sizeof(broker->why), "%s", why);
	broker->there = answer.len > 0 && read_status(answer, broker);
	if (broker->there) {
		lt_buf_clear(&desk->status);
		if (lt_buf_append(&desk->status, answer.data, answer.len))
			lt_buf_clear(&desk->status);
		broker->asked_at = asked_at;
	}
	bool changed = differs(&before, broker);
	pthread_mutex_unlock(&desk->lock);
	return changed;
}

void desk_set_legal(struct desk *desk, int64_t legal)
{
	pthread_mutex_lock(&desk->lock);
	desk->legal = legal;
	desk->heard = monotonic();
	pthread_mutex_unlock(&desk->lock);
}

struct desk_broker desk_broker(struct desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	struct desk_broker broker = desk->broker;
	pthread_mutex_unlock(&desk->lock);
	return broker;
}

bool desk_there(void *ctx)
{
	return desk_broker(ctx).there;
}

const struct lt_status_view *desk_status(struct desk *desk, struct visit *visit)
{
	struct lt_refusal refusal = { 0 };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	pthread_mutex_lock(&desk->lock);
	size_t len = desk->status.len;
	uint8_t *copy = len ? lt_arena_alloc(visit->arena, len) : NULL;
	if (copy)
		memcpy(copy, desk->status.data, len);
	pthread_mutex_unlock(&desk->lock);
	if (!answer || !copy || lt_control_answer_decode(lt_bytes(copy, len), visit->arena, answer, &refusal))
		return NULL;
	return &answer->status;
}

int64_t desk_now(struct desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	int64_t now = desk->legal ? desk->legal + monotonic() - desk->heard : desk->broker.time;
	pthread_mutex_unlock(&desk->lock);
	return now;
}

static size_t place_of(const char *code)
{
	uint32_t hash = 2166136261u;
	for (; *code; code++)
		hash = (hash ^ (uint8_t)*code) * 16777619u;
	return hash % VERSIONS;
}

void desk_changed(struct desk *desk, const char *code)
{
	pthread_mutex_lock(&desk->lock);
	if (code)
		desk->versions[place_of(code)]++;
	for (size_t i = 0; !code && i < VERSIONS; i++)
		desk->versions[i]++;
	pthread_mutex_unlock(&desk->lock);
}

uint64_t desk_version(void *ctx, const char *code)
{
	struct desk *desk = ctx;
	pthread_mutex_lock(&desk->lock);
	uint64_t version = desk->versions[place_of(code)];
	pthread_mutex_unlock(&desk->lock);
	return version;
}
