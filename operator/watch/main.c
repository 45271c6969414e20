/* main.c: lienthong-watch: serves a broker's metrics and health, and tells its alarms. The broker starts it when [watch] of its configuration
 * says so, and gives it its life line; `lienthong metrics --listen` starts it by hand. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "program/log.h"
#include "program/say.h"
#include "tell.h"
#include "watch.h"

/* What stands on the first lines of standard input: the path of the socket, where to listen, whom to tell, and the file
 * that keeps what was told. Not on the command line, where
 * everybody on the machine would read the secret of a webhook's address. */
enum { LINE_MAX_BYTES = 4096 };

static bool read_line(char line[LINE_MAX_BYTES])
{
	size_t len = 0;
	char byte;
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		if (byte == '\n') {
			line[len] = '\0';
			return true;
		}
		if (len == LINE_MAX_BYTES - 1)
			return false;
		line[len++] = byte;
	}
	return false;
}

static int open_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL); /* before any thread is made */
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int usage(FILE *out, int code)
{
	fputs("usage: lienthong-watch --control PATH --listen ADDRESS\n"
	      "       lienthong-watch --life   (the broker starts it so)\n\n"
	      "Serves the broker's figures and health, and tells its alarms. `lienthong metrics --listen` starts it by "
	      "hand;\n"
	      "[watch] of broker.conf(5) has what the broker gives it.\n",
	      out);
	return code;
}

int main(int argc, char **argv)
{
	static char control[LINE_MAX_BYTES], listen_at[LINE_MAX_BYTES], notify[LINE_MAX_BYTES], told[LINE_MAX_BYTES];
	struct watch_options options = { .control = control, .life = -1 };
	char error[512] = "";
	lt_log_init("lienthong-watch", LT_LOG_NOTICE);
	if (argc == 2 && strcmp(argv[1], "--life") == 0) {
		if (!read_line(control) || !read_line(listen_at) || !read_line(notify) || !read_line(told))
			return say_fail(EX_USAGE, "lienthong-watch --life reads four lines of standard input");
		options.listen = listen_at[0] ? listen_at : NULL;
		options.notify = notify[0] ? notify : NULL;
		options.told = notify[0] ? told : NULL;
		options.life = STDIN_FILENO;
	} else if (argc == 5 && strcmp(argv[1], "--control") == 0 && strcmp(argv[3], "--listen") == 0) {
		options.control = argv[2];
		options.listen = argv[4];
	} else if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("lienthong-watch " LT_VERSION);
		return say_ended(EX_OK);
	} else {
		bool asked = argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
		return say_ended(usage(asked ? stdout : stderr, asked ? EX_OK : EX_USAGE));
	}
	options.signals = open_signals();
	if (!tell_begin())
		return say_fail(EX_OSERR, "libcurl does not start");
	enum lt_err err = watch_run(&options, error, sizeof(error));
	tell_end();
	if (!err)
		return EX_OK;
	lt_log(LT_LOG_ERROR, "metrics are not served", "error", error[0] ? error : lt_err_text(err), NULL);
	return say_fail(EX_UNAVAILABLE, "%s", error[0] ? error : lt_err_text(err));
}
