/* main.c: lienthong-adapter: start, signals, stop. */
#include "http/api.h"
#include "page/page.h"
#include "spool/spool.h"
#include "commands.h"
#include "settings.h"
#include "vault_signals.h"

#include "program/pulse.h"
#include "program/say.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <fcntl.h>
#include <sysexits.h>
#include <time.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#define IDLE_US 3600000000ULL /* without a watchdog there is nothing to do between signals */

/* What runs; the events come in on other threads. */
struct daemon {
	struct adapter *adapter;
	_Atomic(struct api *) api;
	_Atomic(struct spool *) spool;
	_Atomic(struct hooks *) hooks;
	pid_t pid;
	_Atomic int end_reason;
	uint64_t answered; /* questions of the watchdog that HTTP has answered */
};

static void on_items(void *ctx, uint64_t last)
{
	struct daemon *self = ctx;
	struct api *api = self->api;
	(void)last;
	if (api)
		api_notify(api, API_ITEMS);
	spool_notify(self->spool);
	hooks_notify(self->hooks);
}

static void on_changed(void *ctx)
{
	struct daemon *self = ctx;
	struct api *api = self->api;
	if (api)
		api_notify(api, API_EVENTS);
	spool_notify(self->spool);
	hooks_notify(self->hooks);
}

/* The link never comes back by itself: the main thread stops and says why by its exit status. */
static void on_ended(void *ctx, enum lt_reason reason)
{
	struct daemon *self = ctx;
	self->end_reason = (int)reason;
	kill(self->pid, SIGTERM);
}

static int exit_code(enum lt_err err)
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
	case LT_EIO:
		return EX_IOERR;
	case LT_ECORRUPT:
		return EX_DATAERR;
	case LT_ENOMEM:
	case LT_EEXIST:
	case LT_EFULL:
	case LT_EAGAIN:
	case LT_ETIMEOUT:
	case LT_ECLOSED:
		break;
	}
	return EX_UNAVAILABLE;
}

static int fail(const char *text, enum lt_err err)
{
	fprintf(stderr, "lienthong-adapter: %s\n", text);
	return exit_code(err);
}

static void usage(FILE *out)
{
	fputs("usage: lienthong-adapter --config FILE [--check]\n"
	      "       lienthong-adapter --config FILE check | backup DIR | status | todo | outbox | inbox | again ID "
	      "[--json]\n"
	      "       lienthong-adapter enroll CODE DIR\n"
	      "       lienthong-adapter --config FILE hook list [NAME] | hook redeliver NAME [ID] [--json]\n"
	      "\n"
	      "Sends and receives signed envelopes for an agency and serves its system over local HTTP.\n"
	      "  --config FILE  configuration, see lienthong-adapter.conf(5)\n"
	      "  --check        reads the configuration and everything it names, then ends\n"
	      "  check          the same\n"
	      "  backup DIR     copies its data at one moment, also while it runs; not keys and configuration\n"
	      "  status, todo, outbox, inbox\n"
	      "                 what the running adapter says: its health, what is owed, what waits to be sent, new "
	      "items\n"
	      "  again ID       sends an envelope that the broker has rejected again, as a new one\n"
	      "  enroll CODE DIR\n"
	      "                 makes the agency's keys, the request for CA and registrar, and a fingerprint to "
	      "compare by phone\n"
	      "  hook list      its webhooks; of one of them: what it was told and what waits\n"
	      "  hook redeliver tells it again what is parked, or the delivery that is named\n"
	      "  --help, --version\n"
	      "SIGTERM stops, SIGHUP reads keys, certificates, tokens, CA, CRL and log level again.\n",
	      out);
}

/* Two adapters on one folder would both send: the second is refused. */
static enum lt_err lock_data(const char *data, int *fd, char *error, size_t size)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/lock", data);
	if (mkdir(data, 0700) != 0 && errno != EEXIST) {
		snprintf(error, size, "%s: %s", data, strerror(errno));
		return LT_EIO;
	}
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd >= 0 && flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return LT_OK;
	snprintf(error, size, "%.400s: %s", path,
		 *fd >= 0 && errno == EWOULDBLOCK ? "another adapter runs on this folder" : strerror(errno));
	return errno == EWOULDBLOCK ? LT_EAGAIN : LT_EIO;
}

/* Keys that another certificate has taken the place of. */
static enum lt_err renew(struct daemon *self, const struct settings *config, size_t *changed, char *error, size_t size)
{
	const char *bad = "";
	struct adapter_key *keys = calloc(config->agency_count, sizeof(*keys));
	if (!keys)
		return LT_ENOMEM;
	for (size_t i = 0; i < config->agency_count; i++)
		keys[i] = (struct adapter_key){ .agency = config->agencies[i].code,
						.key = config->agencies[i].key,
						.cert = config->agencies[i].cert,
						.pss = config->agencies[i].pss };
	enum lt_err err = adapter_renew(self->adapter, keys, config->agency_count, &config->curve, changed, &bad);
	if (err)
		snprintf(error, size, "agency %s: %s", bad,
			 err == LT_ENOENT ? "it comes with a restart" : lt_err_text(err));
	free(keys);
	return err;
}

static void renew_secrets(struct daemon *self, const struct settings *config)
{
	struct hook_options options[HOOKS_MAX];
	size_t count = settings_hooks_options(&config->hooks, options);
	hooks_set_secrets(self->hooks, options, count);
	explicit_bzero(options, sizeof(options));
}

static void reload(struct daemon *self, const char *path)
{
	struct settings config;
	char error[512] = "";
	size_t changed = 0;
	enum lt_err err = settings_load(path, &config, error, sizeof(error));
	if (!err)
		err = renew(self, &config, &changed, error, sizeof(error));
	if (!err)
		err = api_set_tokens(self->api, config.token, error, sizeof(error));
	if (!err)
		renew_secrets(self, &config);
	if (err)
		lt_log(LT_LOG_ERROR, "the configuration cannot be read again, what does not hold stays as it was",
		       "error", error, NULL);
	else
		lt_log_set_level(config.level);
	if (!err)
		lt_log(LT_LOG_NOTICE, "configuration read again", "keys_changed", lt_log_u64(changed), NULL);
	adapter_reloaded(self->adapter, changed, error);
	settings_fini(&config);
	adapter_reload(self->adapter);
}

/* The service manager's watchdog: fed while store, link, carriers, HTTP and the ways beside it all move. HTTP is asked as anybody would ask it. */
static void feed(struct daemon *self, struct pulse *pulse)
{
	uint64_t rounds[ADAPTER_ROUNDS + 3], hooks = hooks_rounds(self->hooks);
	size_t count = ADAPTER_ROUNDS;
	adapter_rounds(self->adapter, rounds);
	self->answered += api_answers(self->api);
	rounds[count++] = self->answered;
	if (self->spool)
		rounds[count++] = spool_rounds(self->spool);
	if (hooks)
		rounds[count++] = hooks;
	if (pulse_beat(pulse, rounds, count))
		sd_notify(0, "WATCHDOG=1");
}

static int wait_for_end(struct daemon *self, const sigset_t *signals, const char *path)
{
	uint64_t watchdog_us = 0;
	struct pulse pulse = { 0 };
	bool watched = sd_watchdog_enabled(0, &watchdog_us) > 0;
	uint64_t beat_us = watched ? watchdog_us / PULSE_BEATS : IDLE_US;
	struct timespec beat = { .tv_sec = (time_t)(beat_us / 1000000), .tv_nsec = (long)(beat_us % 1000000) * 1000 };
	for (;;) {
		int number = sigtimedwait(signals, NULL, &beat);
		if (watched)
			feed(self, &pulse);
		if (number == SIGHUP)
			reload(self, path);
		else if (number > 0)
			break;
	}
	sd_notify(0, "STOPPING=1");
	if (self->end_reason == LT_SESSION_SUPERSEDED)
		return EX_CONFIG; /* 78: systemd must not start it again (RestartPreventExitStatus) */
	return self->end_reason ? EX_NOPERM : EX_OK;
}

/* The ways in and out beside HTTP. They are told of the feed by threads that end with the adapter: so they stop before it, and are freed
 * behind it. */
static enum lt_err start_ways(struct daemon *self, const struct settings *config, char *error, size_t size)
{
	struct hook_options options[HOOKS_MAX];
	struct spool *spool = NULL;
	struct hooks *hooks = NULL;
	size_t count = settings_hooks_options(&config->hooks, options);
	enum lt_err err = config->spool ? spool_new(self->adapter, config->spool, &spool, error, size) : LT_OK;
	self->spool = spool;
	if (!err)
		err = hooks_new(self->adapter, options, count, &hooks);
	self->hooks = hooks;
	explicit_bzero(options, sizeof(options));
	return err;
}

static void stop_ways(struct daemon *self)
{
	spool_stop(self->spool);
	hooks_stop(self->hooks);
}

static void free_ways(struct daemon *self)
{
	spool_free(self->spool);
	hooks_free(self->hooks);
}

static int serve(const struct settings *config, const char *path, const sigset_t *signals)
{
	static const struct adapter_events events = { .items = on_items, .changed = on_changed, .ended = on_ended };
	struct daemon self = { .pid = getpid() };
	struct adapter_options options;
	struct api *api = NULL;
	struct office_page *page = NULL;
	char error[512] = "";
	settings_options(config, &options);
	enum lt_err err = adapter_new(&options, &events, &self, &self.adapter, error, sizeof(error));
	if (err)
		return fail(error, err);
	error[0] = '\0';
	err = adapter_start(self.adapter);
	if (!err && config->page && strcmp(config->page, "yes") == 0)
		err = page_new(config->listen, &page);
	if (!err)
		err = api_new(&(struct api_options){ .listen = config->listen,
						     .token = config->token,
						     .face = page_face(page),
						     .adapter = self.adapter },
			      &api, error, sizeof(error));
	if (!err)
		err = start_ways(&self, config, error, sizeof(error));
	if (err) {
		stop_ways(&self);
		api_free(api);
		page_free(page);
		adapter_free(self.adapter);
		free_ways(&self);
		return fail(*error ? error : lt_err_text(err), err);
	}
	self.api = api;
	lt_log(LT_LOG_NOTICE, "serving", "listen", config->listen, "endpoint", config->endpoint, "version", LT_VERSION,
	       NULL);
	sd_notify(0, "READY=1");
	int status = wait_for_end(&self, signals, path);
	self.api = NULL;
	stop_ways(&self);
	api_free(api);
	page_free(page);
	adapter_free(self.adapter);
	free_ways(&self);
	lt_log(LT_LOG_NOTICE, "stopped", NULL);
	return status;
}

static int check(const struct settings *config)
{
	struct adapter_options options;
	struct adapter *adapter = NULL;
	char error[512] = "";
	settings_options(config, &options);
	enum lt_err err = adapter_new(&options, NULL, NULL, &adapter, error, sizeof(error));
	if (err)
		return fail(error, err);
	adapter_free(adapter);
	puts("configuration ok");
	return EX_OK;
}

static int run(const char *path, bool check_only)
{
	struct settings config;
	sigset_t signals;
	char error[512] = "";
	int lock = -1;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* before the threads, so that none of them takes one */
	signal(SIGPIPE, SIG_IGN);
	vault_signals_install();
	enum lt_err err = settings_load(path, &config, error, sizeof(error));
	if (!err && !check_only)
		err = lock_data(config.data, &lock, error, sizeof(error));
	int status;
	if (err) {
		status = fail(error, err);
	} else {
		lt_log_init("lienthong-adapter", config.level);
		status = check_only ? check(&config) : serve(&config, path, &signals);
	}
	settings_fini(&config);
	if (lock >= 0)
		close(lock);
	return status;
}

/* A command of the engineer's beside the running adapter. */
static int command(const char *path, char **words, int count, bool json)
{
	struct settings config;
	char error[512] = "";
	bool red = false;
	bool backup = count == 2 && strcmp(words[0], "backup") == 0;
	if (count == 1 && strcmp(words[0], "check") == 0)
		return run(path, true);
	enum lt_err err = settings_load(path, &config, error, sizeof(error));
	int status = EX_USAGE;
	if (err)
		status = fail(error, err);
	else if (backup)
		status = (err = command_backup(&config, words[1], error, sizeof(error))) ? fail(error, err) : EX_OK;
	else if (count == 2 && strcmp(words[0], "again") == 0)
		status = (err = command_again(&config, words[1], json, error, sizeof(error))) && *error
				 ? fail(error, err)
				 : exit_code(err);
	else if ((err = command_ask(&config, words, count, json, &red, error, sizeof(error))) != LT_ENOENT)
		status = err && *error ? fail(error, err) : err ? exit_code(err) : red ? SAY_UNWELL : EX_OK;
	else
		usage(stderr);
	settings_fini(&config);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },         { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },      { NULL, 0, NULL, 0 }
	};
	const char *path = NULL;
	bool check_only = false, json = false;
	if (say_check_unicode() != EX_OK)
		return EX_OSFILE;
	for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'k':
			check_only = true;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			usage(stdout);
			return say_ended(EX_OK);
		case 'v':
			puts("lienthong-adapter " LT_VERSION);
			return say_ended(EX_OK);
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (!path && argc - optind == 3 && strcmp(argv[optind], "enroll") == 0 && !check_only) {
		char error[512] = "";
		enum lt_err err = command_enroll(argv[optind + 1], argv[optind + 2], error, sizeof(error));
		return err ? fail(error, err) : say_ended(EX_OK);
	}
	if (!path || (optind < argc && check_only)) {
		usage(stderr);
		return EX_USAGE;
	}
	if (optind < argc)
		return say_ended(command(path, argv + optind, argc - optind, json));
	return say_ended(run(path, check_only));
}
