/* config.c: every key of the configuration, with its default and its bounds. */
#include "config_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lienthong/envelope.h>

#include "program/conf.h"
#include "queue/limits.h"

static const struct {
	const char *name;
	enum lt_log_level level;
} levels[] = {
	{ "error", LT_LOG_ERROR }, { "warning", LT_LOG_WARNING }, { "notice", LT_LOG_NOTICE },
	{ "info", LT_LOG_INFO },   { "debug", LT_LOG_DEBUG },
};

static bool find_level(const char *name, enum lt_log_level *out)
{
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*out = levels[i].level;
			return true;
		}
	}
	return false;
}

static bool given(const char *text)
{
	return text && text[0];
}

static bool domain_valid(const char *domain)
{
	size_t len = strlen(domain);
	return len > 0 && len < LT_DOMAIN_MAX && strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

/* The lists of users and groups, a key for each role. */
struct role_list {
	const char *role;
	char *list;
};
enum { ROLES = 4 };

static enum lt_err read_operators(struct config *config, const struct role_list *lists, char *why, size_t why_size)
{
	enum lt_err err = LT_OK;
	config->operators = (struct operators){ .self = geteuid() };
	for (size_t i = 0; i < ROLES && !err; i++) {
		if (lists[i].list)
			err = config_add_operators(&config->operators, lists[i].role, lists[i].list, why, why_size);
	}
	return err;
}

static enum lt_err check(const char *path, struct config *config, const struct role_list *lists, char *error,
			 size_t error_size)
{
	const char *wrong = NULL;
	char why[CONFIG_ERROR_MAX / 2];
	if (!domain_valid(config->domain))
		wrong = "[broker] domain: 1 to 127 of a-z, 0-9, dot and hyphen are allowed";
	else if (strcmp(config->transport, "curve") != 0 && strcmp(config->transport, "null") != 0)
		wrong = "[broker] transport: curve is expected (null: for measurements on 127.0.0.0/8)";
	else if (strcmp(config->transport, "null") == 0 && strncmp(config->endpoint, "tcp://127.", 10) != 0)
		wrong = "[broker] transport: null is for an endpoint in 127.0.0.0/8 alone";
	else if (!find_level(config->log_level, &config->level))
		wrong = "[broker] log_level: one of error, warning, notice, info, debug is expected";
	else if (!given(config->signer_key) != !given(config->signer_cert))
		wrong = "[signer] key and cert stand together";
	else if (read_operators(config, lists, why, sizeof why))
		wrong = why;
	config->plain = strcmp(config->transport, "null") == 0;
	if (!wrong)
		return LT_OK;
	snprintf(error, error_size, "%s: %s", path, wrong);
	return LT_EINVAL;
}

/* "mon 07:00" as struct engine_options has it; nothing is that. */
static bool read_digest(const char *text, uint32_t *out)
{
	static const char days[] = "montuewedthufrisatsun";
	unsigned hour, minute;
	int end = 0;
	const char *given = text && text[0] ? text : "mon 07:00";
	*out = 0;
	if (strcmp(given, "never") == 0)
		return true;
	for (uint32_t day = 0; day < 7; day++) {
		if (strncmp(given, days + (size_t)3 * day, 3) != 0)
			continue;
		if (sscanf(given + 3, " %2u:%2u%n", &hour, &minute, &end) != 2 || given[3 + end] != '\0' || hour > 23 ||
		    minute > 59)
			return false;
		*out = day * 1440 + hour * 60 + minute + 1;
		return true;
	}
	return false;
}

#define KEY(section_, name_, type_, target_)                                         \
	{                                                                            \
		.section = section_, .name = name_, .type = type_, .target = target_ \
	}
#define NEEDED(section_, name_, type_, target_)                                                        \
	{                                                                                              \
		.section = section_, .name = name_, .type = type_, .target = target_, .required = true \
	}
#define NUMBER(section_, name_, target_, min_, max_)                                                                 \
	{                                                                                                            \
		.section = section_, .name = name_, .type = LT_CONF_U64, .target = target_, .min = min_, .max = max_ \
	}

enum lt_err config_load(const char *path, struct config *out, char *error, size_t error_size)
{
	static char info[] = "info", curve[] = "curve";
	struct config config = { .log_level = info,
				 .transport = curve,
				 .elide_days = 30,
				 .horizon_days = LT_ID_HORIZON_DAYS,
				 .snapshot_records = 10000000,
				 .disk_reserve = (uint64_t)1 << 30,
				 .segment = (uint64_t)64 << 20,
				 .scrub_hours = 24,
				 .archive_days = ARCHIVE_NEVER,
				 .agency_envelopes = BROKER_AGENCY_ENVELOPES,
				 .agency_bytes = BROKER_AGENCY_BYTES,
				 .kernel_clock = true };
	char *digest = NULL;
	struct role_list lists[ROLES] = {
		{ .role = "observer" }, { .role = "operator" }, { .role = "registrar" }, { .role = "auditor" }
	};
	const struct lt_conf_key keys[] = {
		NEEDED("broker", "domain", LT_CONF_STRING, &config.domain),
		NEEDED("broker", "endpoint", LT_CONF_ENDPOINT, &config.endpoint),
		NEEDED("broker", "control", LT_CONF_PATH, &config.control),
		NEEDED("broker", "data", LT_CONF_PATH, &config.data),
		NEEDED("broker", "curve_key", LT_CONF_FILE, &config.curve_key),
		KEY("broker", "log_level", LT_CONF_STRING, &config.log_level),
		KEY("broker", "transport", LT_CONF_STRING, &config.transport),
		KEY("broker", "kernel_clock", LT_CONF_BOOL, &config.kernel_clock),
		KEY("broker", "long_pause", LT_CONF_BOOL, &config.long_pause),
		NUMBER("broker", "admit_threads", &config.admit_threads, 1, CONFIG_ADMIT_THREADS_MAX),
		KEY("genesis", "registrar", LT_CONF_FILE, &config.genesis_registrar),
		KEY("genesis", "ca", LT_CONF_FILE, &config.genesis_ca),
		KEY("genesis", "directory", LT_CONF_FILE, &config.genesis_directory),
		KEY("genesis", "crl", LT_CONF_FILE, &config.genesis_crl),
		KEY("genesis", "procedures", LT_CONF_FILE, &config.genesis_procedures),
		KEY("genesis", "calendars", LT_CONF_FILE, &config.genesis_calendars),
		KEY("genesis", "agencies", LT_CONF_FILE, &config.genesis_agencies),
		KEY("genesis", "sandbox", LT_CONF_BOOL, &config.genesis_sandbox),
		KEY("ledger", "key", LT_CONF_FILE, &config.ledger_key),
		KEY("ledger", "checkpoint", LT_CONF_PATH, &config.checkpoint),
		KEY("signer", "key", LT_CONF_FILE, &config.signer_key),
		KEY("signer", "cert", LT_CONF_FILE, &config.signer_cert),
		KEY("signer", "digest", LT_CONF_STRING, &digest),
		KEY("watch", "listen", LT_CONF_STRING, &config.watch_listen),
		KEY("watch", "notify", LT_CONF_STRING, &config.watch_notify),
		KEY("operators", "observer", LT_CONF_STRING, &lists[0].list),
		KEY("operators", "operator", LT_CONF_STRING, &lists[1].list),
		KEY("operators", "registrar", LT_CONF_STRING, &lists[2].list),
		KEY("operators", "auditor", LT_CONF_STRING, &lists[3].list),
		NUMBER("limits", "elide_days", &config.elide_days, 1, 36500),
		NUMBER("limits", "horizon_days", &config.horizon_days, 1, 36500),
		NUMBER("limits", "snapshot_records", &config.snapshot_records, 1000, UINT64_MAX),
		NUMBER("limits", "disk_reserve", &config.disk_reserve, 1 << 20, UINT64_MAX),
		NUMBER("limits", "agency_envelopes", &config.agency_envelopes, 1, 1000000),
		NUMBER("limits", "agency_bytes", &config.agency_bytes, 64 << 10, (uint64_t)64 << 30),
		NUMBER("limits", "scrub_hours", &config.scrub_hours, 1, 8760),
		NUMBER("limits", "archive_days", &config.archive_days, 0, 36500),
		NUMBER("limits", "segment", &config.segment, 1 << 20, (uint64_t)4 << 30),
	};
	enum lt_err err = lt_conf_load(path, keys, sizeof keys / sizeof keys[0], NULL, NULL, error, error_size);
	if (err)
		return err;
	err = check(path, &config, lists, error, error_size);
	if (!err && !read_digest(digest, &config.digest)) {
		snprintf(error, error_size,
			 "%s: [signer] digest: \"%s\" is neither a weekday and a time, as mon 07:00, nor never", path,
			 digest);
		err = LT_EINVAL;
	}
	free(digest);
	for (size_t i = 0; i < ROLES; i++)
		free(lists[i].list);
	if (err)
		config_fini(&config);
	else
		*out = config;
	return err;
}

void config_fini(struct config *config)
{
	if (!config)
		return;
	char *texts[] = { config->domain,
			  config->endpoint,
			  config->control,
			  config->data,
			  config->curve_key,
			  config->log_level,
			  config->genesis_registrar,
			  config->genesis_ca,
			  config->genesis_directory,
			  config->genesis_crl,
			  config->genesis_procedures,
			  config->genesis_calendars,
			  config->genesis_agencies,
			  config->ledger_key,
			  config->checkpoint,
			  config->signer_key,
			  config->signer_cert,
			  config->watch_listen,
			  config->watch_notify,
			  config->transport };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		free(texts[i]);
	*config = (struct config){ 0 };
}
