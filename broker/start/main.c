/* main.c: the order in which the broker starts and stops. */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "broker.h"
#include "herald.h"
#include "new_keys.h"
#include "gate/connections.h"
#include "program/pulse.h"
#include "program/say.h"
#include "queue/env.h"
#include "store_signals.h"
#include "subcommand.h"

/* Threads hand memory to each other, and what one has freed waits in an arena of its own: glibc would make eight for each core. */
enum { ARENAS = 2 };

static const char usage[] = "Usage: lienthong-broker --config FILE [--check]\n"
			    "       lienthong-broker store check|rebuild|stat|skip ...\n"
			    "       lienthong-broker restore BACKUP [DATA]\n"
			    "       lienthong-broker enroll CODE DIR\n"
			    "Admits, stores and delivers signed envelopes between agencies.\n\n"
			    "  --config FILE  configuration (see lienthong-broker(8))\n"
			    "  --check        check the configuration and exit\n"
			    "  --help         this text\n"
			    "  --version      the version\n\n"
			    "While no broker runs on the data:\n";

static void print_usage(FILE *out)
{
	fputs(usage, out);
	fputs(new_keys_usage, out);
	fputs(subcommand_usage, out);
}

struct arguments {
	const char *config;
	bool check;
};

/* -1 to go on, else the exit status. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "check", no_argument, NULL, 'k' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'v' },
						 { 0 } };
	for (int option; (option = getopt_long(argc, argv, "c:kh", options, NULL)) != -1;) {
		switch (option) {
		case 'c':
			out->config = optarg;
			break;
		case 'k':
			out->check = true;
			break;
		case 'h':
			print_usage(stdout);
			return EX_OK;
		case 'v':
			puts("lienthong-broker " LT_VERSION);
			return EX_OK;
		default:
			print_usage(stderr);
			return EX_USAGE;
		}
	}
	if (out->config && optind == argc)
		return -1;
	print_usage(stderr);
	return EX_USAGE;
}

static int exit_status(enum lt_err err)
{
	switch (err) {
	case LT_OK:
		return EX_OK;
	case LT_EINVAL:
	case LT_EPARSE:
	case LT_ECRYPTO:
		return EX_CONFIG;
	case LT_ENOENT:
		return EX_NOINPUT;
	case LT_EDENIED:
		return EX_NOPERM;
	case LT_EEXIST:
	case LT_EAGAIN:
	case LT_ETIMEOUT:
	case LT_ECLOSED:
		return EX_UNAVAILABLE;
	case LT_ECORRUPT:
		return EX_DATAERR; /* it is no use to start again: systemd does not (RestartPreventExitStatus) */
	case LT_EIO:
	case LT_EFULL:
		return EX_IOERR;
	case LT_ENOMEM:
		return EX_OSERR;
	}
	return EX_SOFTWARE;
}

static int open_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL); /* before any thread is made */
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Daemon settings only: the log level, the reserve of disk space, and who may do what. Rules come by journaled commands. */
static void reload(struct broker *broker, const char *path)
{
	struct config config;
	char error[CONFIG_ERROR_MAX];
	if (config_load(path, &config, error, sizeof error)) {
		lt_log(LT_LOG_ERROR, "configuration not reloaded", "error", error, NULL);
		return;
	}
	lt_log_set_level(config.level);
	atomic_store_explicit(&broker->disk_reserve, config.disk_reserve, memory_order_relaxed);
	control_thread_set_operators(broker->control, &config.operators);
	lt_log(LT_LOG_NOTICE, "configuration reloaded", "log_level", config.log_level, "disk_reserve",
	       lt_log_u64(config.disk_reserve), NULL);
	config_fini(&config);
}

/* The sooner of two waits; -1 is none. */
static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static void serve(struct broker *broker, struct herald *herald, int signals, const char *path)
{
	uint64_t watchdog_us = 0, rounds[BROKER_ROUNDS];
	struct pulse pulse = { 0 };
	bool watched = sd_watchdog_enabled(0, &watchdog_us) > 0;
	int timeout = watched ? (int)(watchdog_us / 1000 / PULSE_BEATS) : -1;
	for (;;) {
		struct pollfd poll_fd = { .fd = signals, .events = POLLIN };
		struct signalfd_siginfo info;
		if (poll(&poll_fd, 1, sooner(timeout, herald_wait_ms(herald))) < 0 && errno != EINTR)
			lt_fatal("poll: %s", strerror(errno));
		herald_look(herald);
		if (watched) {
			broker_rounds(broker, rounds);
			if (pulse_beat(&pulse, rounds, BROKER_ROUNDS))
				sd_notify(0, "WATCHDOG=1");
		}
		while (read(signals, &info, sizeof info) == (ssize_t)sizeof info) {
			if (info.ssi_signo == SIGHUP)
				reload(broker, path);
			else if (info.ssi_signo != SIGCHLD)
				return;
		}
	}
}

static int run(const struct config *config, const char *path)
{
	struct broker *broker = NULL;
	struct herald *herald = NULL;
	char error[CONFIG_ERROR_MAX] = "";
	int signals = open_signals();
	enum lt_err err = connections_raise_limit(error, sizeof error);
	if (!err)
		err = broker_open(config, &broker, error, sizeof error);
	if (!err)
		err = broker_start(broker, error, sizeof error);
	if (!err)
		err = herald_start(config, &herald, error, sizeof error);
	if (err) {
		lt_log(LT_LOG_ERROR, "the broker does not start", "error", error[0] ? error : lt_err_text(err), NULL);
		broker_close(broker);
		return exit_status(err);
	}
	char seconds[32];
	snprintf(seconds, sizeof seconds, "%.3f",
		 (double)(broker->env.boottime(broker->env.ctx) - broker->started_at) / 1e6);
	lt_log(LT_LOG_NOTICE, "serving", "endpoint", gate_endpoint(broker->gate), "domain", config->domain, "head",
	       lt_log_u64(atomic_load(&broker->stats.head)), "seconds", seconds, NULL);
	sd_notify(0, "READY=1");
	serve(broker, herald, signals, path);
	sd_notify(0, "STOPPING=1");
	herald_stop(herald);
	lt_log(LT_LOG_NOTICE, "stopping", NULL);
	broker_stop(broker);
	lt_log(LT_LOG_NOTICE, "stopped", "head", lt_log_u64(engine_sequence(broker->engine)), NULL);
	broker_close(broker);
	close(signals);
	return EX_OK;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	struct config config;
	char error[CONFIG_ERROR_MAX];
	if (say_check_unicode() != EX_OK)
		return EX_OSFILE;
	store_signals_install();
	if (argc > 1 && argv[1][0] != '-') {
		lt_log_init("lienthong-broker", LT_LOG_ERROR); /* a tool says itself what it did */
		return say_ended(strcmp(argv[1], "enroll") == 0 ? new_keys_run(argc, argv)
								: subcommand_run(argc, argv));
	}
	int status = read_arguments(argc, argv, &arguments);
	if (status >= 0)
		return say_ended(status);
	lt_log_init("lienthong-broker", LT_LOG_INFO);
	mallopt(M_ARENA_MAX, ARENAS);
	enum lt_err err = config_load(arguments.config, &config, error, sizeof error);
	if (err) {
		lt_log(LT_LOG_ERROR, "configuration refused", "error", error, NULL);
		return exit_status(err);
	}
	lt_log_init("lienthong-broker", config.level);
	if (arguments.check)
		puts("configuration: ok");
	else
		status = run(&config, arguments.config);
	config_fini(&config);
	return arguments.check ? say_ended(EX_OK) : status;
}
