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
	WHY_MAX = 400,
};

struct watcher {
	const struct watch_options *options;
	struct look *look;
	struct pages *pages;
	struct alarms *alarms;
	unsigned looks;
	char domain[256], why[WHY_MAX]; /* why: nobody could be told; "" all is well */
};

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
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

/* What fails is said once, and tried again with each look. */
static void tell_due(struct watcher *watch)
{
	const struct alarm_event *events;
	char why[WHY_MAX] = "";
	size_t count = alarms_due(watch->alarms, &events);
	if (count == 0)
		return;
	enum lt_err err =
		tell(watch->options->notify, watch->domain, look_verdict(watch->look), events, count, why, sizeof(why));
	if (!err) {
		alarms_told(watch->alarms);
		if (watch->why[0])
			lt_log(LT_LOG_NOTICE, "alarms are told again", NULL);
		watch->why[0] = '\0';
	} else if (strcmp(why, watch->why) != 0) {
		lt_log(LT_LOG_ERROR, "alarms cannot be told", "why", why, NULL);
		memcpy(watch->why, why, sizeof(why));
	}
}

static void look_once(struct watcher *watch)
{
	look_ask(watch->look);
	const struct lt_status_view *status = look_status(watch->look);
	if (status)
		snprintf(watch->domain, sizeof(watch->domain), "%s", status->domain);
	if (watch->pages)
		show(watch);
	alarms_see(watch->alarms, look_verdict(watch->look), status, now_us());
	if (watch->options->notify)
		tell_due(watch);
	watch->looks++;
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

/* Its last words: nobody looks after it any more. */
static void tell_gone(struct watcher *watch)
{
	struct verdict verdict;
	verdict_make_silent("it has died", VERDICT_EN, &verdict);
	for (size_t i = 0; i < 2; i++)
		alarms_see(watch->alarms, &verdict, NULL, now_us());
	const struct alarm_event *events;
	char why[WHY_MAX] = "";
	size_t count = alarms_due(watch->alarms, &events);
	if (watch->options->notify &&
	    tell(watch->options->notify, watch->domain, &verdict, events, count, why, sizeof(why)))
		lt_log(LT_LOG_ERROR, "alarms cannot be told", "why", why, NULL);
}

enum lt_err watch_run(const struct watch_options *options, char *error, size_t error_size)
{
	struct watcher watch = { .options = options, .look = look_new(options->control), .alarms = alarms_new() };
	bool gone = false;
	enum lt_err err = LT_OK;
	if (options->listen)
		err = pages_open(options->listen, &watch.pages, error, error_size);
	if (!err) {
		do
			look_once(&watch);
		while (wait_next(options, look_status(watch.look) ? LOOK_MS : FIRST_MS, &gone));
	}
	if (gone)
		tell_gone(&watch);
	pages_close(watch.pages);
	alarms_free(watch.alarms);
	look_free(watch.look);
	return err;
}
