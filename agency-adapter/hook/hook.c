/* hook.c: the hooks' thread.
 *
 * The feed becomes rows (mail/history/deliveries.h), a row an event and hook, and a row is what is due: so it does not matter how long a target is
 * away, and nothing is kept in memory but the attempts under way, one for each hook. As long as nothing fails a hook is told its events in
 * their order; what fails is due again later, and what came after it goes first. A target that hangs holds up its own hook for
 * HOOK_ANSWER_MS an attempt, and nothing else. What an attempt gave is on disk before the hook's next one begins; a crash in between tells an
 * event twice, under the same id. */
#include "hook_send.h"

#include "program/log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 256u                    /* of the feed that become rows in one transaction */
#define SLEEP_MS 60000                     /* at most: a clock that was set is noticed */
#define AGAIN_MS 10000                     /* after the store could not take something */
#define PURGE_US (3600 * INT64_C(1000000)) /* between looks at what was delivered long ago */
#define PURGE_ROWS 1000u

struct one_hook {
	struct hook_options options; /* its secrets under the mutex */
	struct hook_send *send;
	uint64_t purge_from;
	bool ended; /* its attempt has ended, with this result */
	struct delivery_result result;
};
struct hooks {
	struct adapter *adapter;
	CURLM *multi;
	pthread_t thread;
	bool started;
	bool failed; /* health says so */
	atomic_bool stopping;
	atomic_ullong rounds;
	pthread_mutex_t mutex;
	int64_t purged;
	size_t count;
	struct one_hook list[HOOKS_MAX];
};

static int64_t now_of(const struct hooks *hooks)
{
	return adapter_speaker(hooks->adapter)->now();
}

/* ---- the feed becomes rows ---- */

static enum lt_err add_row(const struct hooks *hooks, struct vault_tx *tx, const struct hook_options *hook,
			   const struct feed_place *place, const struct feed_event *event)
{
	struct lt_buf body = { 0 };
	const char *name = lt_event_name((int)event->event);
	if (!name || !hook_list_has(hook->events, name) ||
	    (event->agency[0] && !hook_list_has(hook->agencies, event->agency)))
		return LT_OK;
	enum lt_err err = hook_event_write(place, event, adapter_speaker(hooks->adapter)->agencies[0].code, &body);
	struct delivery row = {
		.place = *place, .event = event->event, .made = now_of(hooks), .body = lt_buf_bytes(&body)
	};
	if (!err)
		err = deliveries_add(tx, hook->name, &row);
	lt_buf_fini(&body);
	return err;
}

static enum lt_err follow_one(const struct hooks *hooks, struct vault_tx *tx, const struct hook_options *hook)
{
	struct deliveries_count count;
	struct feed_event event;
	enum lt_err err = deliveries_count(tx, hook->name, &count);
	struct feed_place place = { .number = count.followed };
	for (size_t i = 0; i < EVENTS_MAX && !err; i++) {
		err = feed_next(tx, &place, &event);
		if (err == LT_ECORRUPT &&
		    place.number < UINT64_MAX) { /* one row that cannot be read keeps no other back */
			place.number++;
			err = LT_OK;
		} else if (!err) {
			err = add_row(hooks, tx, hook, &place, &event);
		}
	}
	return err && err != LT_ENOENT ? err : deliveries_pass(tx, hook->name, place.number);
}

static enum lt_err run_follow(void *ctx, struct vault_tx *tx)
{
	const struct hooks *hooks = ctx;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < hooks->count && !err; i++)
		err = follow_one(hooks, tx, &hooks->list[i].options);
	return err;
}

/* *behind: there is more of it than a hook has rows of. */
static enum lt_err look(const struct hooks *hooks, bool *behind)
{
	struct vault_tx *tx;
	struct feed_place newest;
	struct deliveries_count count;
	enum lt_err err = vault_read_begin(adapter_vault(hooks->adapter), &tx);
	if (err)
		return err;
	*behind = false;
	err = feed_newest(tx, &newest);
	for (size_t i = 0; i < hooks->count && !err; i++) {
		err = deliveries_count(tx, hooks->list[i].options.name, &count);
		*behind = *behind || (!err && count.followed < newest.number);
	}
	vault_read_end(tx);
	return err;
}

/* What is left of a full disk is for answers and receipts: then the feed waits. */
static enum lt_err follow(struct hooks *hooks)
{
	struct vault *vault = adapter_vault(hooks->adapter);
	bool behind = false;
	enum lt_err err = look(hooks, &behind);
	while (!err && behind && !atomic_load(&hooks->stopping)) {
		atomic_fetch_add(&hooks->rounds, 1);
		err = vault_takes_work(vault) ? vault_run(vault, run_follow, hooks) : LT_EFULL;
		if (!err)
			err = look(hooks, &behind);
	}
	return err;
}

/* ---- attempts ---- */

/* *wait_ms becomes less when something of it is due earlier. */
static enum lt_err start(struct hooks *hooks, struct one_hook *hook, int *wait_ms)
{
	struct vault_tx *tx;
	struct delivery row;
	struct hook_secrets secrets;
	int64_t now = now_of(hooks);
	enum lt_err err = vault_read_begin(adapter_vault(hooks->adapter), &tx);
	if (err)
		return err;
	pthread_mutex_lock(&hooks->mutex);
	secrets = hook->options.secrets;
	pthread_mutex_unlock(&hooks->mutex);
	err = deliveries_due(tx, hook->options.name, &row);
	if (!err && row.due <= now)
		err = hook_send_start(hook->send, &row, &secrets, now);
	else if (!err && row.due - now < *wait_ms * INT64_C(1000))
		*wait_ms = (int)((row.due - now) / 1000) + 1;
	vault_read_end(tx);
	explicit_bzero(&secrets, sizeof(secrets));
	return err == LT_ENOENT ? LT_OK : err;
}

static enum lt_err run_results(void *ctx, struct vault_tx *tx)
{
	const struct hooks *hooks = ctx;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < hooks->count && !err; i++) {
		const struct one_hook *hook = &hooks->list[i];
		if (hook->ended)
			err = deliveries_tried(tx, hook->options.name, &hook->result);
	}
	return err;
}

static void tell(const struct one_hook *hook)
{
	const struct delivery_result *result = &hook->result;
	if (result->delivered)
		lt_log(LT_LOG_DEBUG, "a webhook was told", "hook", hook->options.name, "event",
		       lt_log_u64(result->number), NULL);
	else
		lt_log_peer(LT_LOG_WARNING, "a webhook was not told", hook->options.name, result->error, "hook",
			    hook->options.name, "event", lt_log_u64(result->number), "error", result->error, NULL);
}

/* Whether any has ended. */
static bool collect(struct hooks *hooks)
{
	struct delivery_result result;
	struct hook_send *send;
	bool any = false;
	while ((send = hook_send_ended(hooks->multi, now_of(hooks), &result)) != NULL) {
		for (size_t i = 0; i < hooks->count; i++) {
			struct one_hook *hook = &hooks->list[i];
			if (hook->send != send)
				continue;
			hook->result = result;
			hook->ended = any = true;
			tell(hook);
		}
	}
	return any;
}

/* What could not be written is written the next time: until then its hook rests. */
static enum lt_err keep_results(struct hooks *hooks)
{
	bool any = false;
	for (size_t i = 0; i < hooks->count; i++)
		any = any || hooks->list[i].ended;
	enum lt_err err = any ? vault_run(adapter_vault(hooks->adapter), run_results, hooks) : LT_OK;
	for (size_t i = 0; i < hooks->count && !err; i++)
		hooks->list[i].ended = false;
	return err;
}

static enum lt_err run_purge(void *ctx, struct vault_tx *tx)
{
	struct hooks *hooks = ctx;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < hooks->count && !err; i++) {
		struct one_hook *hook = &hooks->list[i];
		err = deliveries_purge(tx, hook->options.name, now_of(hooks), PURGE_ROWS, &hook->purge_from);
	}
	return err;
}

static void purge(struct hooks *hooks)
{
	int64_t now = now_of(hooks);
	if (now >= hooks->purged && now - hooks->purged < PURGE_US)
		return;
	hooks->purged = now;
	vault_run(adapter_vault(hooks->adapter), run_purge, hooks);
}

static void say_state(struct hooks *hooks, enum lt_err err)
{
	struct lt_refusal why = { 0 };
	if (!err && !hooks->failed)
		return;
	hooks->failed = err != LT_OK;
	if (err)
		lt_refuse(&why, LT_HOOK_NOT_TOLD, "hook: none goes on: %s", lt_err_text(err));
	adapter_say_way(hooks->adapter, ADAPTER_WAY_HOOKS, &why);
}

static int do_round(struct hooks *hooks)
{
	int wait = SLEEP_MS, running;
	enum lt_err err = keep_results(hooks);
	if (!err)
		err = follow(hooks);
	for (size_t i = 0; i < hooks->count; i++) {
		struct one_hook *hook = &hooks->list[i];
		if (!hook_send_busy(hook->send) && !hook->ended) {
			enum lt_err one = start(hooks, hook, &wait);
			err = err ? err : one;
		}
	}
	if (err) {
		lt_log_peer(LT_LOG_ERROR, "webhooks cannot go on", "", lt_err_text(err), "error", lt_err_text(err),
			    NULL);
		wait = AGAIN_MS;
	}
	say_state(hooks, err);
	curl_multi_perform(hooks->multi, &running);
	return collect(hooks) && !err ? 0 : wait;
}

static void *thread_main(void *ctx)
{
	struct hooks *hooks = ctx;
	while (!atomic_load(&hooks->stopping)) {
		atomic_fetch_add(&hooks->rounds, 1);
		int wait = do_round(hooks);
		purge(hooks);
		if (wait > 0 && !atomic_load(&hooks->stopping))
			curl_multi_poll(hooks->multi, NULL, 0, wait, NULL);
	}
	for (size_t i = 0; i < hooks->count; i++) {
		hook_send_free(hooks->list[i].send);
		hooks->list[i].send = NULL;
	}
	return NULL;
}

/* ---- from outside ---- */

enum lt_err hook_check(const struct hook_options *hook, char *error, size_t error_size)
{
	char name[64];
	CURLU *url = curl_url();
	char *scheme = NULL, *user = NULL;
	enum lt_err err = url ? LT_OK : LT_ENOMEM;
	if (!err &&
	    (curl_url_set(url, CURLUPART_URL, hook->url, 0) || curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) ||
	     (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)))
		err = LT_EINVAL;
	if (err)
		snprintf(error, error_size, "url: https://HOST/PATH, or http:// to this machine, is needed");
	if (!err && curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK) {
		snprintf(error, error_size,
			 "url: a name and password do not belong in it: the signature says who it is");
		err = LT_EINVAL;
	}
	if (!err && hook_unknown_event(hook->events, name)) {
		snprintf(error, error_size, "events: %s is no event of the feed", name);
		err = LT_EINVAL;
	}
	curl_free(scheme);
	curl_free(user);
	curl_url_cleanup(url);
	return err;
}

static enum lt_err run_begin(void *ctx, struct vault_tx *tx)
{
	const struct hooks *hooks = ctx;
	enum lt_err err = deliveries_end_all(tx);
	for (size_t i = 0; i < hooks->count && !err; i++)
		err = deliveries_begin(tx, hooks->list[i].options.name);
	return err;
}

static enum lt_err prepare(struct hooks *hooks, const struct hook_options *options, size_t count)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return LT_ENOMEM;
	hooks->multi = curl_multi_init();
	enum lt_err err = hooks->multi ? LT_OK : LT_ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		struct one_hook *hook = &hooks->list[hooks->count];
		hook->options = options[i];
		err = hook_send_new(&hook->options, hooks->multi, &hook->send);
		hooks->count += !err;
	}
	return err;
}

enum lt_err hooks_new(struct adapter *adapter, const struct hook_options *options, size_t count, struct hooks **out)
{
	struct hooks *hooks = calloc(1, sizeof(*hooks));
	if (!hooks || count > HOOKS_MAX) {
		free(hooks);
		return hooks ? LT_EINVAL : LT_ENOMEM;
	}
	hooks->adapter = adapter;
	pthread_mutex_init(&hooks->mutex, NULL);
	enum lt_err err = prepare(hooks, options, count);
	if (!err)
		err = vault_run(adapter_vault(adapter), run_begin, hooks);
	if (!err && count > 0 && pthread_create(&hooks->thread, NULL, thread_main, hooks) != 0)
		err = LT_EIO;
	if (err) {
		hooks_free(hooks);
		return err;
	}
	hooks->started = count > 0;
	if (hooks->started)
		pthread_setname_np(hooks->thread, "hooks");
	*out = hooks;
	return LT_OK;
}

void hooks_set_secrets(struct hooks *hooks, const struct hook_options *options, size_t count)
{
	pthread_mutex_lock(&hooks->mutex);
	for (size_t i = 0; i < hooks->count; i++) {
		struct hook_options *ours = &hooks->list[i].options;
		for (size_t k = 0; k < count; k++) {
			if (strcmp(ours->name, options[k].name) == 0)
				ours->secrets = options[k].secrets;
		}
	}
	pthread_mutex_unlock(&hooks->mutex);
}

void hooks_notify(struct hooks *hooks)
{
	if (hooks && hooks->started)
		curl_multi_wakeup(hooks->multi);
}

uint64_t hooks_rounds(struct hooks *hooks)
{
	hooks_notify(hooks);
	return hooks && hooks->started ? atomic_load(&hooks->rounds) : 0;
}

void hooks_stop(struct hooks *hooks)
{
	if (!hooks || !hooks->started)
		return;
	atomic_store(&hooks->stopping, true);
	curl_multi_wakeup(hooks->multi);
	pthread_join(hooks->thread, NULL);
	hooks->started = false;
}

void hooks_free(struct hooks *hooks)
{
	if (!hooks)
		return;
	hooks_stop(hooks);
	for (size_t i = 0; i < hooks->count; i++) {
		hook_send_free(hooks->list[i].send);
		explicit_bzero(&hooks->list[i].options.secrets, sizeof(hooks->list[i].options.secrets));
	}
	curl_multi_cleanup(hooks->multi);
	pthread_mutex_destroy(&hooks->mutex);
	free(hooks);
}
