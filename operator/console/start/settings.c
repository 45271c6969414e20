/* settings.c: console.conf. */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/conf.h"

static enum lt_err read_level(struct console_settings *settings, const char *path, char *error, size_t size)
{
	static const char *const names[] = { "error", "warning", "notice", "info", "debug" };
	for (int i = 0; i < 5; i++) {
		if (strcmp(settings->log_level, names[i]) == 0) {
			settings->level = (enum lt_log_level)(LT_LOG_ERROR + i);
			return LT_OK;
		}
	}
	snprintf(error, size, "%s: [console] log_level: error, warning, notice, info or debug, not %s", path,
		 settings->log_level);
	return LT_EINVAL;
}

static enum lt_err check_address(const struct console_settings *settings, const char *path, char *error, size_t size)
{
	const char *address = settings->address;
	if (!address)
		return LT_OK;
	const char *host = strstr(address, "://");
	bool good = (strncmp(address, "http://", 7) == 0 || strncmp(address, "https://", 8) == 0) && host[3] &&
		    !strpbrk(host + 3, "/?# \"<>");
	if (good)
		return LT_OK;
	snprintf(error, size, "%s: [console] address: https://HOST or http://HOST, and no path", path);
	return LT_EINVAL;
}

/* unix:PATH is relative to the configuration like every other path. */
static enum lt_err fix_listen(struct console_settings *settings, const char *path)
{
	if (strncmp(settings->listen, "unix:", 5) != 0)
		return LT_OK;
	char *full = lt_conf_path(path, settings->listen + 5), *listen_at = NULL;
	if (!full || asprintf(&listen_at, "unix:%s", full) < 0)
		listen_at = NULL;
	free(full);
	if (!listen_at)
		return LT_ENOMEM;
	free(settings->listen);
	settings->listen = listen_at;
	return LT_OK;
}

enum lt_err console_settings_load(const char *path, struct console_settings *out, char *error, size_t error_size)
{
	*out = (struct console_settings){ .listen = "127.0.0.1:8900", .log_level = "info" };
	const struct lt_conf_key keys[] = {
		{ "console", "listen", LT_CONF_STRING, &out->listen, false, 0, 0 },
		{ "console", "address", LT_CONF_STRING, &out->address, false, 0, 0 },
		{ "console", "data", LT_CONF_PATH, &out->data, true, 0, 0 },
		{ "console", "control", LT_CONF_PATH, &out->control, true, 0, 0 },
		{ "console", "login", LT_CONF_PATH, &out->login, true, 0, 0 },
		{ "console", "weights", LT_CONF_PATH, &out->weights, false, 0, 0 },
		{ "console", "values", LT_CONF_PATH, &out->values, false, 0, 0 },
		{ "console", "log_level", LT_CONF_STRING, &out->log_level, false, 0, 0 },
	};
	enum lt_err err = lt_conf_load(path, keys, sizeof(keys) / sizeof(keys[0]), NULL, NULL, error, error_size);
	if (err) {
		*out = (struct console_settings){ 0 }; /* its texts are literals still */
		return err;
	}
	err = read_level(out, path, error, error_size);
	if (!err)
		err = check_address(out, path, error, error_size);
	if (!err)
		err = fix_listen(out, path);
	return err;
}

void console_settings_fini(struct console_settings *settings)
{
	free(settings->listen);
	free(settings->address);
	free(settings->data);
	free(settings->control);
	free(settings->login);
	free(settings->weights);
	free(settings->values);
	free(settings->log_level);
	*settings = (struct console_settings){ 0 };
}
