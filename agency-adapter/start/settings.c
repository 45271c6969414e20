/* settings.c: adapter.conf and the files that it names. */
#include "settings.h"

#include "program/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAY_US (24 * 3600 * INT64_C(1000000))
#define DAYS_MAX 36500u            /* a hundred years: for ever */
#define MAP_SIZE_MIN (16ULL << 20) /* bytes: a few of the largest envelopes, and the reserve of a sixteenth */
#define MAP_SIZE_MAX (16ULL << 40) /* bytes: an eighth of a process's addresses */
#define TOKEN_MAX (64u * 1024u)    /* bytes of the token file: 256 lines with long lists */

struct sections {
	struct settings *config;
	const char *path;
};

static struct adapter_agency *find_or_add(struct settings *config, const char *code)
{
	for (size_t i = 0; i < config->agency_count; i++) {
		if (strcmp(config->agencies[i].code, code) == 0)
			return &config->agencies[i];
	}
	struct adapter_agency *grown =
		realloc(config->agencies, (config->agency_count + 1) * sizeof(*config->agencies));
	char *copy = strdup(code);
	if (grown)
		config->agencies = grown;
	if (!grown || !copy) {
		free(copy);
		return NULL;
	}
	grown[config->agency_count] = (struct adapter_agency){ .code = copy };
	return &grown[config->agency_count++];
}

static enum lt_err read_section(void *ctx, const char *section, const char *arg, const char *name, const char *value)
{
	struct sections *sections = ctx;
	if (strcmp(section, "hook") == 0)
		return settings_hooks_key(&sections->config->hooks, sections->path, arg, name, value);
	if (strcmp(section, "agency") != 0)
		return LT_ENOENT;
	if (!lt_agency_code_valid(arg))
		return LT_EINVAL;
	struct adapter_agency *agency = find_or_add(sections->config, arg);
	if (!agency)
		return LT_ENOMEM;
	if (strcmp(name, "pss") == 0) {
		agency->pss = strcmp(value, "yes") == 0;
		return agency->pss || strcmp(value, "no") == 0 ? LT_OK : LT_EINVAL;
	}
	if (strcmp(name, "batch") == 0) {
		agency->sign_each = strcmp(value, "no") == 0;
		return agency->sign_each || strcmp(value, "yes") == 0 ? LT_OK : LT_EINVAL;
	}
	const char **target = strcmp(name, "key") == 0    ? &agency->key
			      : strcmp(name, "cert") == 0 ? &agency->cert
							  : NULL;
	if (!target)
		return LT_ENOENT;
	if (*target)
		return LT_EINVAL; /* twice */
	*target = lt_conf_path(sections->path, value);
	if (!*target)
		return LT_ENOMEM;
	return lt_conf_there(*target) ? LT_OK : LT_EIO;
}

static enum lt_err read_level(struct settings *config, const char *path, char *error, size_t size)
{
	static const struct {
		const char *name;
		enum lt_log_level level;
	} levels[] = { { "error", LT_LOG_ERROR },
		       { "warning", LT_LOG_WARNING },
		       { "notice", LT_LOG_NOTICE },
		       { "info", LT_LOG_INFO },
		       { "debug", LT_LOG_DEBUG } };
	config->level = LT_LOG_INFO;
	if (!config->log_level)
		return LT_OK;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i].name, config->log_level) == 0) {
			config->level = levels[i].level;
			return LT_OK;
		}
	}
	snprintf(error, size, "%s: [adapter] log_level: error, warning, notice, info or debug, not %s", path,
		 config->log_level);
	return LT_EINVAL;
}

static enum lt_err file_error(const char *path, enum lt_err err, char *error, size_t size)
{
	snprintf(error, size, "%s: %s", path, err == LT_EIO ? strerror(errno) : lt_err_text(err));
	return err == LT_EIO && errno == ENOENT ? LT_ENOENT : err;
}

static enum lt_err read_token(struct settings *config, char *error, size_t size)
{
	struct lt_buf file = { 0 };
	struct stat st;
	bool is_unix = strncmp(config->listen, "unix:", 5) == 0;
	if (is_unix && !config->token_file)
		return LT_OK;
	if (!config->token_file) {
		snprintf(error, size, "[adapter] token_file: needed when listen is not a Unix socket");
		return LT_EINVAL;
	}
	enum lt_err err = lt_file_read(config->token_file, TOKEN_MAX, &file);
	if (err)
		return file_error(config->token_file, err, error, size);
	if (stat(config->token_file, &st) == 0 && (st.st_mode & 0007)) {
		snprintf(error, size, "%s: everybody may read or write it; chmod 0600", config->token_file);
		lt_buf_fini(&file);
		return LT_EDENIED;
	}
	err = lt_buf_append(&file, "", 1);
	config->token = (char *)file.data; /* the buffer's, and settings_fini's from here on */
	return err;
}

static enum lt_err read_files(struct settings *config, char *error, size_t size)
{
	enum lt_err err = lt_curve_load(config->curve_key, &config->curve);
	if (err)
		return file_error(config->curve_key, err, error, size);
	err = lt_curve_load_public(config->broker_key, config->broker_public);
	if (err)
		return file_error(config->broker_key, err, error, size);
	if (config->broker_next_key)
		err = lt_curve_load_public(config->broker_next_key, config->broker_next);
	if (err)
		return file_error(config->broker_next_key, err, error, size);
	return read_token(config, error, size);
}

/* unix:PATH is relative to the configuration like every other path. */
static enum lt_err fix_listen(struct settings *config, const char *path)
{
	if (strncmp(config->listen, "unix:", 5) != 0)
		return LT_OK;
	char *full = lt_conf_path(path, config->listen + 5), *listen_at = NULL;
	if (!full || asprintf(&listen_at, "unix:%s", full) < 0)
		listen_at = NULL;
	free(full);
	if (!listen_at)
		return LT_ENOMEM;
	free(config->listen);
	config->listen = listen_at;
	return LT_OK;
}

/* A session of the page belongs to a token, so that it is known who acts. */
static enum lt_err check_page(const struct settings *config, const char *path, char *error, size_t size)
{
	bool on = config->page && strcmp(config->page, "yes") == 0;
	if (config->page && !on && strcmp(config->page, "no") != 0)
		snprintf(error, size, "%s: [adapter] page: yes or no, not %s", path, config->page);
	else if (on && !config->token_file)
		snprintf(error, size, "%s: [adapter] page: people log in with a token, so token_file is needed", path);
	else
		return LT_OK;
	return LT_EINVAL;
}

static enum lt_err check_values(const struct settings *config, const char *path, char *error, size_t size)
{
	if (config->agency_count == 0) {
		snprintf(error, size,
			 "%s: a section [agency CODE] is needed for each agency that this adapter speaks for", path);
		return LT_EINVAL;
	}
	for (size_t i = 0; i < config->agency_count; i++) {
		if (!config->agencies[i].key || !config->agencies[i].cert) {
			snprintf(error, size, "%s: [agency %s] key and cert are needed", path,
				 config->agencies[i].code);
			return LT_EINVAL;
		}
	}
	return LT_OK;
}

enum lt_err settings_load(const char *path, struct settings *out, char *error, size_t error_size)
{
	struct sections sections = { .config = out, .path = path };
	*out = (struct settings){ .map_size = ADAPTER_MAP_BYTES,
				  .disk_reserve = ADAPTER_DISK_RESERVE,
				  .inbox_days = INBOX_KEEP_US / DAY_US,
				  .outbox_days = OUTBOX_KEEP_US / DAY_US };
	const struct lt_conf_key keys[] = {
		{ "adapter", "data", LT_CONF_PATH, &out->data, true, 0, 0 },
		{ "adapter", "listen", LT_CONF_STRING, &out->listen, true, 0, 0 },
		{ "adapter", "token_file", LT_CONF_FILE, &out->token_file, false, 0, 0 },
		{ "adapter", "page", LT_CONF_STRING, &out->page, false, 0, 0 },
		{ "adapter", "curve_key", LT_CONF_FILE, &out->curve_key, true, 0, 0 },
		{ "adapter", "log_level", LT_CONF_STRING, &out->log_level, false, 0, 0 },
		{ "broker", "endpoint", LT_CONF_ENDPOINT, &out->endpoint, true, 0, 0 },
		{ "broker", "domain", LT_CONF_STRING, &out->domain, true, 0, 0 },
		{ "broker", "key", LT_CONF_FILE, &out->broker_key, true, 0, 0 },
		{ "broker", "next_key", LT_CONF_FILE, &out->broker_next_key, false, 0, 0 },
		{ "trust", "registrar", LT_CONF_FILE, &out->registrar, true, 0, 0 },
		{ "trust", "ca", LT_CONF_FILE, &out->ca, true, 0, 0 },
		{ "trust", "crl", LT_CONF_FILE, &out->crl, false, 0, 0 },
		{ "trust", "directory", LT_CONF_PATH, &out->directory, false, 0, 0 },
		{ "spool", "folder", LT_CONF_PATH, &out->spool, false, 0, 0 },
		{ "limits", "map_size", LT_CONF_U64, &out->map_size, false, MAP_SIZE_MIN, MAP_SIZE_MAX },
		{ "limits", "inbox_days", LT_CONF_U64, &out->inbox_days, false, INBOX_KEEP_MIN_US / DAY_US, DAYS_MAX },
		{ "limits", "outbox_days", LT_CONF_U64, &out->outbox_days, false, OUTBOX_KEEP_US / DAY_US, DAYS_MAX },
		{ "limits", "disk_reserve", LT_CONF_U64, &out->disk_reserve, false, 1u << 20, UINT64_MAX },
	};
	enum lt_err err =
		lt_conf_load(path, keys, sizeof(keys) / sizeof(keys[0]), read_section, &sections, error, error_size);
	if (!err)
		err = check_values(out, path, error, error_size);
	if (!err)
		err = read_level(out, path, error, error_size);
	if (!err)
		err = check_page(out, path, error, error_size);
	if (!err)
		err = fix_listen(out, path);
	if (!err)
		err = settings_hooks_check(&out->hooks, path, error, error_size);
	return err ? err : read_files(out, error, error_size);
}

void settings_fini(struct settings *config)
{
	char *texts[] = { config->broker_next_key, config->data,      config->listen,   config->token_file,
			  config->curve_key,       config->log_level, config->endpoint, config->domain,
			  config->broker_key,      config->registrar, config->ca,       config->crl,
			  config->directory,       config->spool,     config->page };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < config->agency_count; i++) {
		free((char *)(uintptr_t)config->agencies[i].code);
		free((char *)(uintptr_t)config->agencies[i].key);
		free((char *)(uintptr_t)config->agencies[i].cert);
	}
	free(config->agencies);
	settings_hooks_fini(&config->hooks);
	free(config->token);
	explicit_bzero(&config->curve, sizeof(config->curve));
}

void settings_options(const struct settings *config, struct adapter_options *out)
{
	*out = (struct adapter_options){
		.data = config->data,
		.endpoint = config->endpoint,
		.domain = config->domain,
		.curve = config->curve,
		.registrar = config->registrar,
		.ca = config->ca,
		.crl = config->crl,
		.directory = config->directory,
		.agency_count = config->agency_count,
		.agencies = config->agencies,
		.map_bytes = config->map_size,
		.inbox_keep = (int64_t)config->inbox_days * DAY_US,
		.outbox_keep = (int64_t)config->outbox_days * DAY_US,
		.disk_reserve = config->disk_reserve,
	};
	memcpy(out->broker_key, config->broker_public, sizeof(out->broker_key));
	memcpy(out->broker_next_key, config->broker_next, sizeof(out->broker_next_key));
	out->has_next_key = config->broker_next_key != NULL;
}
