/* herald.c: the program beside the broker. */
#include "herald.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "lienthong-watch"
enum {
	AGAIN_S = 10,  /* one that ends at once is not started in a circle */
	END_MS = 2000, /* for its last words */
	PATH_BYTES = 4096,
};
struct herald {
	const struct config *config; /* borrowed */
	char program[PATH_BYTES];
	pid_t child; /* 0: it does not run */
	int life;    /* our end of its standard input */
	int64_t started;
};

static int64_t seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* Beside this program, as in the build tree, or where it is installed; never by $PATH. */
static bool find_program(char out[PATH_BYTES])
{
	char self[PATH_BYTES / 2];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len > 0) {
		self[len] = '\0';
		char *slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
		snprintf(out, PATH_BYTES, "%s/" PROGRAM, self);
		if (access(out, X_OK) == 0)
			return true;
		snprintf(out, PATH_BYTES, "%s/../libexec/lienthong/" PROGRAM, self);
		if (access(out, X_OK) == 0)
			return true;
	}
	snprintf(out, PATH_BYTES, "%s/" PROGRAM, LT_LIBEXECDIR);
	return access(out, X_OK) == 0;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

/* The child blocks no signal and has its standard input from us; all other descriptors close by themselves. */
static int spawn(const char *program, int input, pid_t *child)
{
	char name[] = PROGRAM, flag[] = "--life";
	char *argv[] = { name, flag, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	int error = posix_spawn(child, program, &files, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return error;
}

static enum lt_err start(struct herald *herald, char *error, size_t error_size)
{
	int pipes[2];
	char *lines;
	const struct config *config = herald->config;
	herald->started = seconds();
	if (pipe2(pipes, O_CLOEXEC)) {
		snprintf(error, error_size, "%s: %s", PROGRAM, strerror(errno));
		return LT_EIO;
	}
	int len = asprintf(&lines, "%s\n%s\n%s\n%s/alarms.json\n", config->control, text_of(config->watch_listen),
			   text_of(config->watch_notify), config->data);
	int failed = spawn(herald->program, pipes[0], &herald->child);
	close(pipes[0]);
	herald->life = pipes[1];
	if (len < 0 || failed || write(pipes[1], lines, (size_t)len) != len) {
		snprintf(error, error_size, "%s: %s", herald->program, strerror(failed ? failed : errno));
		herald->child = failed ? 0 : herald->child;
	}
	if (len >= 0)
		free(lines);
	return failed ? LT_EIO : LT_OK;
}

enum lt_err herald_start(const struct config *config, struct herald **out, char *error, size_t error_size)
{
	*out = NULL;
	if (!text_of(config->watch_listen)[0] && !text_of(config->watch_notify)[0])
		return LT_OK;
	struct herald *herald = calloc(1, sizeof *herald);
	if (!herald)
		return LT_ENOMEM;
	*herald = (struct herald){ .config = config, .life = -1 };
	enum lt_err err = LT_OK;
	if (!find_program(herald->program)) {
		snprintf(error, error_size, "[watch]: the program %s is not installed", herald->program);
		err = LT_ENOENT;
	}
	if (!err)
		err = start(herald, error, error_size);
	if (err)
		free(herald);
	else
		*out = herald;
	return err;
}

static void let_go(struct herald *herald)
{
	if (herald->life >= 0)
		close(herald->life);
	herald->life = -1;
	herald->child = 0;
}

void herald_look(struct herald *herald)
{
	char error[512] = "";
	int status;
	if (!herald)
		return;
	if (herald->child && waitpid(herald->child, &status, WNOHANG) == herald->child) {
		lt_log(LT_LOG_ERROR, "nobody looks after the broker: " PROGRAM " has ended, and is started again",
		       "status", lt_log_u64((uint64_t)status), NULL);
		let_go(herald);
	}
	if (herald->child == 0 && seconds() - herald->started >= AGAIN_S && start(herald, error, sizeof error))
		lt_log(LT_LOG_ERROR, "nobody looks after the broker", "error", error, NULL);
}

int herald_wait_ms(const struct herald *herald)
{
	return herald && herald->child == 0 ? AGAIN_S * 1000 : -1;
}

void herald_stop(struct herald *herald)
{
	static const char word[] = "stop";
	const struct timespec pause = { .tv_nsec = 10000000 };
	if (!herald)
		return;
	if (herald->child) {
		if (write(herald->life, word, sizeof word) < 0)
			lt_log(LT_LOG_NOTICE, PROGRAM " has gone before", NULL);
		kill(herald->child, SIGTERM);
		pid_t gone = 0;
		for (int waited = 0; gone == 0 && waited < END_MS; waited += 10) {
			gone = waitpid(herald->child, NULL, WNOHANG);
			if (gone == 0)
				nanosleep(&pause, NULL);
		}
		if (gone == 0) {
			kill(herald->child, SIGKILL);
			waitpid(herald->child, NULL, 0);
		}
	}
	let_go(herald);
	free(herald);
}
