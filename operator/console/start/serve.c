/* serve.c: start, signals, stop. */
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "door/login.h"
#include "follower.h"
#include "pages/pages.h"
#include "program/pulse.h"
#include "settings.h"

#define IDLE_US 3600000000ULL /* without a watchdog there is nothing to do between signals */

struct console {
	struct desk *desk;
	struct door *door;
	struct login *login;
	struct follower *follower;
};

static int exit_code(enum lt_err err)
{
	if (err == LT_EINVAL)
		return EX_CONFIG;
	if (err == LT_ENOENT)
		return EX_NOINPUT;
	return err == LT_EIO ? EX_IOERR : EX_UNAVAILABLE;
}

static int fail(const char *text, enum lt_err err)
{
	fprintf(stderr, "lienthong-console: %s\n", *text ? text : lt_err_text(err));
	return exit_code(err);
}

static bool random_bytes(void *out, size_t len)
{
	return getrandom(out, len, 0) == (ssize_t)len;
}

static int64_t boot_time(void)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static enum lt_err open_copy(struct console *console, const struct console_settings *settings, char *error, size_t size)
{
	char path[4096];
	if (mkdir(settings->data, 0700) != 0 && errno != EEXIST) {
		snprintf(error, size, "%s: %s", settings->data, strerror(errno));
		return LT_EIO;
	}
	snprintf(path, sizeof(path), "%s/dossiers.sqlite", settings->data);
	console->desk = desk_new(path, settings->control);
	if (console->desk)
		desk_set_ranking(console->desk, settings->weights, settings->values);
	enum lt_err err = console->desk ? follower_new(path, console->desk, &console->follower) : LT_ENOMEM;
	if (err == LT_EAGAIN)
		snprintf(error, size, "%.400s: another console runs on this folder", settings->data);
	else if (err)
		snprintf(error, size, "%.400s: %s", path, lt_err_text(err));
	return err;
}

/* The copy first, since it has the lock that says that no other console runs on this folder. */
static enum lt_err open_all(struct console *console, const struct console_settings *settings, char *error, size_t size)
{
	struct door_options options = {
		.listen = settings->listen,
		.address = settings->address,
		.env = { .random = random_bytes, .now = boot_time },
		.routes = pages_routes,
		.missing = page_missing,
		.stranger = page_stranger,
		.refused = page_refused,
		.there = desk_there,
		.version = desk_version,
	};
	enum lt_err err = open_copy(console, settings, error, size);
	options.ctx = console->desk;
	if (!err)
		err = door_new(&options, &console->door, error, size);
	if (!err)
		err = login_new(&(struct login_options){ .path = settings->login,
							 .control = settings->control,
							 .door = console->door },
				&console->login, error, size);
	if (!err)
		err = follower_start(console->follower, console->door);
	return err;
}

static void close_all(struct console *console)
{
	login_free(console->login);
	follower_free(console->follower);
	door_free(console->door);
	desk_free(console->desk);
}

static void wait_for_end(struct console *console, const sigset_t *signals)
{
	uint64_t watchdog_us = 0;
	struct pulse pulse = { 0 };
	bool watched = sd_watchdog_enabled(0, &watchdog_us) > 0;
	uint64_t beat_us = watched ? watchdog_us / PULSE_BEATS : IDLE_US;
	struct timespec beat = { .tv_sec = (time_t)(beat_us / 1000000), .tv_nsec = (long)(beat_us % 1000000) * 1000 };
	for (;;) {
		int number = sigtimedwait(signals, NULL, &beat);
		uint64_t rounds = follower_rounds(console->follower);
		if (watched && pulse_beat(&pulse, &rounds, 1))
			sd_notify(0, "WATCHDOG=1");
		if (number > 0)
			break;
	}
	sd_notify(0, "STOPPING=1");
}

int serve_run(const char *conf)
{
	struct console_settings settings;
	struct console console = { 0 };
	char error[512] = "";
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* before the threads, so that none of them takes one */
	signal(SIGPIPE, SIG_IGN);
	enum lt_err err = console_settings_load(conf, &settings, error, sizeof(error));
	if (!err) {
		lt_log_init("lienthong-console", settings.level);
		err = open_all(&console, &settings, error, sizeof(error));
	}
	int code = err ? fail(error, err) : EX_OK;
	if (!err) {
		lt_log(LT_LOG_NOTICE, "serving", "listen", settings.listen, "control", settings.control, "version",
		       LT_VERSION, NULL);
		sd_notify(0, "READY=1");
		wait_for_end(&console, &signals);
	}
	close_all(&console);
	if (!err)
		lt_log(LT_LOG_NOTICE, "stopped", NULL);
	console_settings_fini(&settings);
	return code;
}

int serve_check(const char *conf)
{
	struct console_settings settings;
	char error[512] = "";
	enum lt_err err = console_settings_load(conf, &settings, error, sizeof(error));
	int code = err ? fail(error, err) : EX_OK;
	if (!err)
		puts("configuration ok");
	console_settings_fini(&settings);
	return code;
}
