/* tell.c: alarms leave the house. */
#include "tell.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <lienthong/time.h>

#include "program/log.h"

#define ENVIRONMENT "LIENTHONG_ALARMS="

struct tell {
	pthread_t thread;
	char *target, *json, *text;
	_Atomic pid_t child; /* of a command; 0: none */
	_Atomic bool stop, ended;
	/* of the thread, until it has ended */
	enum lt_err err;
	char why[TELL_WHY];
};

bool tell_begin(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void tell_end(void)
{
	curl_global_cleanup();
}

static const char *change_name(enum alarm_change change)
{
	return change == ALARM_RAISED ? "raised" : change == ALARM_LASTS ? "lasts" : "cleared";
}

static json_t *event_json(const struct alarm_event *event)
{
	char at[LT_TIME_TEXT];
	lt_time_format(event->at, at);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", event->id, "cause", event->cause, "subject",
			 event->subject, "event", change_name(event->change), "severity",
			 verdict_level_name(event->level), "at", at, "text", event->text, "command", event->command);
}

static char *make_json(const char *domain, const struct verdict *verdict, const struct alarm_event *events,
		       size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, event_json(&events[i]));
	json_t *json =
		json_pack("{s:s, s:s, s:b, s:s, s:o}", "domain", domain, "verdict", verdict_level_name(verdict->level),
			  "ready", (int)verdict->ready, "text", verdict->text, "events", list);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	LT_ASSERT(text);
	json_decref(json);
	return text;
}

static char *make_text(const char *domain, const struct verdict *verdict, const struct alarm_event *events,
		       size_t count)
{
	char *text = NULL, at[LT_TIME_TEXT];
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	LT_ASSERT(out);
	fprintf(out, "lienthong %s: %s\n", domain, verdict->text);
	for (size_t i = 0; i < count; i++) {
		lt_time_format(events[i].at, at);
		fprintf(out, "\n%s %s %s, %.10s %.8s\n  %s\n", change_name(events[i].change),
			verdict_level_name(events[i].level), events[i].id, at, at + 11, events[i].text);
		if (events[i].change != ALARM_CLEARED)
			fprintf(out, "  %s\n", events[i].command);
	}
	LT_ASSERT(fclose(out) == 0);
	return text;
}

/* ---- a command ---- */

/* In the child: a group of its own, so that all that it starts can be ended. Nothing here may allocate. */
static void run_child(const char *command, int input, char **environment)
{
	char shell[] = "sh", flag[] = "-c";
	char *argv[] = { shell, flag, (char *)(uintptr_t)command, NULL };
	sigset_t none;
	sigemptyset(&none);
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(input, STDIN_FILENO) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		execve("/bin/sh", argv, environment);
	_exit(127);
}

/* A file in memory: a command that reads nothing holds nobody up. */
static int make_input(const char *text)
{
	int file = (int)syscall(SYS_memfd_create, "alarms", 0);
	size_t len = strlen(text);
	if (file >= 0 && (write(file, text, len) != (ssize_t)len || lseek(file, 0, SEEK_SET) != 0)) {
		close(file);
		file = -1;
	}
	return file;
}

/* The exit status as waitpid has it; -1: it took too long, and was killed with all that it had started. */
static int wait_for(pid_t child)
{
	int status = 0, handle = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd ends = { .fd = handle, .events = POLLIN };
	bool ended = handle >= 0 && poll(&ends, 1, TELL_SECONDS * 1000) > 0;
	if (!ended)
		kill(-child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (handle >= 0)
		close(handle);
	return ended ? status : -1;
}

static enum lt_err run_command(struct tell *tell)
{
	char *error = tell->why;
	const size_t size = sizeof(tell->why);
	char *environment[] = { NULL, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
				"LANG=C.UTF-8", NULL };
	int input = make_input(tell->text), status = -1;
	LT_ASSERT(asprintf(&environment[0], ENVIRONMENT "%s", tell->json) > 0);
	pid_t child = input >= 0 ? fork() : -1;
	if (child == 0)
		run_child(tell->target, input, environment);
	if (input >= 0)
		close(input);
	if (child > 0) {
		setpgid(child, child); /* here too: it may be ended before it comes to that itself */
		atomic_store(&tell->child, child);
		if (atomic_load(&tell->stop))
			kill(-child, SIGKILL);
		status = wait_for(child);
		atomic_store(&tell->child, 0);
	}
	free(environment[0]);
	if (child > 0 && status == 0)
		return LT_OK;
	if (child < 0)
		snprintf(error, size, "the command cannot be started: %s", strerror(errno));
	else if (status < 0)
		snprintf(error, size, "the command took over %d seconds", TELL_SECONDS);
	else if (WIFEXITED(status))
		snprintf(error, size, "the command ended with status %d", WEXITSTATUS(status));
	else
		snprintf(error, size, "the command ended by signal %d", WTERMSIG(status));
	return LT_EIO;
}

/* ---- a webhook ---- */

static size_t drop_body(char *data, size_t size, size_t count, void *ctx)
{
	(void)data;
	(void)ctx;
	return size * count;
}

/* Called each second or oftener: other than 0 breaks it off. */
static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct tell *tell = ctx;
	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&tell->stop);
}

/* Nothing is taken from the environment, and no redirection is followed: where alarms go is what the configuration says. */
static CURLcode set_up(CURL *easy, struct tell *tell, struct curl_slist *headers, char *why)
{
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, tell->target);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	code = code ? code : curl_easy_setopt(easy, CURLOPT_PROXY, "");
	code = code ? code : curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)TELL_SECONDS);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_USERAGENT, "lienthong/" LT_VERSION);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_XFERINFODATA, tell);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
	code = code ? code : curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	return code ? code : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, tell->json);
}

static enum lt_err post(struct tell *tell)
{
	char *error = tell->why;
	const size_t size = sizeof(tell->why);
	char why[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURL *easy = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	CURLcode code = easy && headers ? set_up(easy, tell, headers, why) : CURLE_OUT_OF_MEMORY;
	if (!code)
		code = curl_easy_perform(easy);
	if (!code)
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (code)
		snprintf(error, size, "the webhook cannot be reached: %s", why[0] ? why : curl_easy_strerror(code));
	else
		snprintf(error, size, "the webhook answered %ld", status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(easy);
	return !code && status / 100 == 2 ? LT_OK : LT_EIO;
}

static bool is_web(const char *target)
{
	return strncmp(target, "http://", 7) == 0 || strncmp(target, "https://", 8) == 0;
}

static void *run(void *ctx)
{
	struct tell *tell = ctx;
	tell->err = is_web(tell->target) ? post(tell) : run_command(tell);
	atomic_store(&tell->ended, true);
	return NULL;
}

static void release(struct tell *tell)
{
	free(tell->target);
	free(tell->json);
	free(tell->text);
	free(tell);
}

struct tell *tell_new(const char *target, const char *domain, const struct verdict *verdict,
		      const struct alarm_event *events, size_t count)
{
	struct tell *tell = calloc(1, sizeof(*tell));
	LT_ASSERT(tell);
	tell->target = strdup(target);
	LT_ASSERT(tell->target);
	tell->json = make_json(domain, verdict, events, count);
	tell->text = is_web(target) ? NULL : make_text(domain, verdict, events, count);
	if (pthread_create(&tell->thread, NULL, run, tell) == 0)
		return tell;
	release(tell);
	return NULL;
}

bool tell_ended(struct tell *tell, enum lt_err *err, char error[TELL_WHY])
{
	if (!atomic_load(&tell->ended))
		return false;
	*err = tell->err;
	memcpy(error, tell->why, TELL_WHY);
	return true;
}

void tell_wait(struct tell *tell, unsigned ms)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	for (unsigned waited = 0; waited < ms && !atomic_load(&tell->ended); waited += 10)
		nanosleep(&pause, NULL);
}

void tell_free(struct tell *tell)
{
	if (!tell)
		return;
	atomic_store(&tell->stop, true);
	pid_t child = atomic_load(&tell->child);
	if (child > 0)
		kill(-child, SIGKILL);
	pthread_join(tell->thread, NULL);
	release(tell);
}
