/* watch.c: the loop. */
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "look.h"
#include "pages.h"
#include "program/log.h"
#include "tell.h"
#include "verdict/metrics.h"

enum {
	LOOK_MS = 2000,  /* a look costs the broker some milliseconds of the reader's thread, whatever its size */
	FIRST_MS = 500,  /* until a broker that has just begun answers */
	LISTS_LOOKS = 3, /* pages of 4,000 mailboxes and agencies at each third look */
	/* What could not be told is told again after this, then twice that, and so on: a command that fails when it has told half of its people
	 * tells them seldom; and a new alarm waits no longer than a minute for one that fails. */
	AGAIN_S = 2,
	AGAIN_MAX_S = 60,
	END_MS = 1000, /* for one that is under way when the loop ends; the broker waits for twice that */
	PATH_BYTES = 4096,
};

struct watcher {
	const struct watch_options *options;
	struct look *look;
	struct pages *pages;
	struct alarms *alarms;
	unsigned looks;
	struct tell *tell;               /* under way; NULL: none */
	unsigned again_s;                /* after a failure; 0: none */
	int64_t again_at;                /* by monotonic_s */
	char domain[256], why[TELL_WHY]; /* why: nobody could be told; "" all is well */
};

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t monotonic_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void show(struct watcher *watch)
{
	const struct verdict *verdict = look_verdict(watch->look);
	struct metrics_view view = { .verdict = verdict, .status = look_status(watch->look) };
	size_t size;
	char *metrics = NULL;
	if (watch->looks % LISTS_LOOKS == 0)
		look_ask_lists(watch->look);
	view.mailboxes = look_mailboxes(watch->look, &view.mailbox_count);
	view.agencies = look_agencies(watch->look, &view.agency_count);
	FILE *out = open_memstream(&metrics, &size);
	LT_ASSERT(out);
	metrics_write(out, &view);
	LT_ASSERT(fclose(out) == 0);
	json_t *json = verdict_json(verdict);
	char *text = json_dumps(json, JSON_INDENT(2));
	LT_ASSERT(text);
	json_decref(json);
	pages_put(watch->pages, metrics, text, verdict->level != VERDICT_CRITICAL, verdict->ready);
}

/* For the next start, which then tells the ends of these too. A file that is lost or does not hold: all is told anew, and no end of before. */
static void keep_told(const struct watcher *watch)
{
	char part[PATH_BYTES];
	const char *path = watch->options->told;
	if (!path || snprintf(part, sizeof(part), "%s.part", path) >= PATH_BYTES)
		return;
	json_t *json = alarms_json(watch->alarms);
	if (json_dump_file(json, part, JSON_INDENT(1)) || rename(part, path))
		lt_log(LT_LOG_ERROR, "what was told cannot be kept", "path", path, "error", strerror(errno), NULL);
	json_decref(json);
}

static void bring_told(const struct watcher *watch)
{
	json_t *json = watch->options->told ? json_load_file(watch->options->told, 0, NULL) : NULL;
	if (json)
		alarms_take(watch->alarms, json, now_us());
	json_decref(json);
}

/* What fails is said once. */
static void take_told(struct watcher *watch)
{
	char why[TELL_WHY];
	enum lt_err err;
	if (!watch->tell || !tell_ended(watch->tell, &err, why))
		return;
	tell_free(watch->tell);
	watch->tell = NULL;
	if (!err) {
		alarms_told(watch->alarms);
		keep_told(watch);
		watch->again_s = 0;
		if (watch->why[0])
			lt_log(LT_LOG_NOTICE, "alarms are told again", NULL);
		watch->why[0] = '\0';
		return;
	}
	watch->again_s = watch->again_s == 0 ? AGAIN_S : 2 * watch->again_s;
	if (watch->again_s > AGAIN_MAX_S)
		watch->again_s = AGAIN_MAX_S;
	watch->again_at = monotonic_s() + watch->again_s;
	if (strcmp(why, watch->why) != 0) {
		lt_log(LT_LOG_ERROR, "alarms cannot be told", "why", why, NULL);
		memcpy(watch->why, why, sizeof(why));
	}
}

static void tell_due(struct watcher *watch)
{
	const struct alarm_event *events;
	size_t count = alarms_due(watch->alarms, &events);
	if (count > 0 && (watch->again_s == 0 || monotonic_s() >= watch->again_at))
		watch->tell = tell_new(watch->options->notify, watch->domain, look_verdict(watch->look), events, count);
}

static void look_once(struct watcher *watch)
{
	look_ask(watch->look);
	const struct lt_status_view *status = look_status(watch->look);
	if (status)
		snprintf(watch->domain, sizeof(watch->domain), "%s", status->domain);
	if (watch->pages)
		show(watch);
	watch->looks++;
	take_told(watch);
	if (watch->tell) /* what it tells of stands until it is known whether it was told */
		return;
	alarms_see(watch->alarms, look_verdict(watch->look), status, now_us());
	if (watch->options->notify)
		tell_due(watch);
}

/* Whether it goes on. *gone: the broker has died. */
static bool wait_next(const struct watch_options *options, int wait_ms, bool *gone)
{
	struct pollfd fds[] = { { .fd = options->signals, .events = POLLIN },
				{ .fd = options->life, .events = POLLIN } };
	char word[16];
	if (poll(fds, 2, wait_ms) < 0)
		return errno == EINTR;
	if (!fds[1].revents)
		return !fds[0].revents;
	*gone = read(options->life, word, sizeof(word)) <= 0;
	return false;
}

static void end_tell(struct watcher *watch, unsigned wait_ms)
{
	if (!watch->tell)
		return;
	tell_wait(watch->tell, wait_ms);
	take_told(watch);
	tell_free(watch->tell);
	watch->tell = NULL;
}

/* Its last words: nobody looks after it any more. */
static void tell_gone(struct watcher *watch)
{
	struct verdict verdict;
	const struct alarm_event *events;
	watch->again_s = 0;
	verdict_make_silent("it has died", LT_ENGLISH, &verdict);
	for (size_t i = 0; i < 2; i++)
		alarms_see(watch->alarms, &verdict, NULL, now_us());
	size_t count = alarms_due(watch->alarms, &events);
	if (!watch->options->notify || count == 0)
		return;
	watch->tell = tell_new(watch->options->notify, watch->domain, &verdict, events, count);
	end_tell(watch, TELL_SECONDS * 1000);
}

enum lt_err watch_run(const struct watch_options *options, char *error, size_t error_size)
{
	struct watcher watch = { .options = options, .look = look_new(options->control), .alarms = alarms_new() };
	bool gone = false;
	enum lt_err err = LT_OK;
	if (options->listen)
		err = pages_open(options->listen, &watch.pages, error, error_size);
	bring_told(&watch);
	if (!err) {
		do
			look_once(&watch);
		while (wait_next(options, look_status(watch.look) ? LOOK_MS : FIRST_MS, &gone));
	}
	end_tell(&watch, END_MS);
	if (gone)
		tell_gone(&watch);
	pages_close(watch.pages);
	alarms_free(watch.alarms);
	look_free(watch.look);
	return err;
}
