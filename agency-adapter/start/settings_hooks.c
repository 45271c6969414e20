/* settings_hooks.c: [hook NAME] of adapter.conf. */
#include "settings_hooks.h"

#include "program/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_MAX_LEN 32u              /* HOOK_NAME_MAX without its NUL */
#define SECRET_FILE_MAX (16u * 1024u) /* bytes: four secrets, with words about them */

static bool is_name(const char *name)
{
	size_t len = strlen(name);
	return len > 0 && len <= NAME_MAX_LEN && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static struct settings_hook *find_or_add(struct settings_hooks *hooks, const char *name)
{
	for (size_t i = 0; i < hooks->count; i++) {
		if (strcmp(hooks->list[i].options.name, name) == 0)
			return &hooks->list[i];
	}
	struct settings_hook *hook = &hooks->list[hooks->count];
	if (hooks->count == HOOKS_MAX || !(hook->options.name = strdup(name)))
		return NULL;
	hooks->count++;
	return hook;
}

enum lt_err settings_hooks_key(struct settings_hooks *hooks, const char *path, const char *arg, const char *name,
			       const char *value)
{
	struct settings_hook *hook = is_name(arg) ? find_or_add(hooks, arg) : NULL;
	if (!hook)
		return LT_EINVAL;
	const struct {
		const char *name;
		char **target;
		bool file;
	} keys[] = { { "url", &hook->options.url, false },       { "secret_file", &hook->secret_file, true },
		     { "events", &hook->options.events, false }, { "agencies", &hook->options.agencies, false },
		     { "allow", &hook->allow, false },           { "ca", &hook->options.ca, true } };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if (*keys[i].target || !*value)
			return LT_EINVAL; /* twice, or nothing */
		*keys[i].target = keys[i].file ? lt_conf_path(path, value) : strdup(value);
		if (!*keys[i].target)
			return LT_ENOMEM;
		return !keys[i].file || lt_conf_there(*keys[i].target) ? LT_OK : LT_EIO;
	}
	return LT_ENOENT;
}

static enum lt_err read_secrets(struct settings_hook *hook, char *error, size_t size)
{
	struct lt_buf file = { 0 };
	struct stat st;
	char what[120] = "";
	const char *path = hook->secret_file;
	enum lt_err err = lt_file_read(path, SECRET_FILE_MAX, &file);
	if (err) {
		snprintf(error, size, "%s: %s", path, err == LT_EIO ? strerror(errno) : lt_err_text(err));
		return err == LT_EIO && errno == ENOENT ? LT_ENOENT : err;
	}
	if (stat(path, &st) == 0 && (st.st_mode & 0007)) {
		snprintf(error, size, "%s: everybody may read or write it; chmod 0600", path);
		err = LT_EDENIED;
	}
	if (!err)
		err = lt_buf_append(&file, "", 1);
	if (!err && (err = hook_secrets_read((const char *)file.data, &hook->options.secrets, what, sizeof(what))))
		snprintf(error, size, "%s, %s", path, what);
	if (file.len > 0)
		explicit_bzero(file.data, file.len);
	lt_buf_fini(&file);
	return err;
}

enum lt_err settings_hooks_check(struct settings_hooks *hooks, const char *path, char *error, size_t error_size)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < hooks->count && !err; i++) {
		struct settings_hook *hook = &hooks->list[i];
		char what[200] = "url and secret_file are needed";
		err = hook->options.url && hook->secret_file ? LT_OK : LT_EINVAL;
		if (!err)
			err = hook_networks_read(hook->allow, &hook->options.allow, what, sizeof(what));
		if (!err)
			err = hook_check(&hook->options, what, sizeof(what));
		if (err)
			snprintf(error, error_size, "%s: [hook %s] %s", path, hook->options.name, what);
		else
			err = read_secrets(hook, error, error_size);
	}
	return err;
}

size_t settings_hooks_options(const struct settings_hooks *hooks, struct hook_options out[HOOKS_MAX])
{
	for (size_t i = 0; i < hooks->count; i++)
		out[i] = hooks->list[i].options;
	return hooks->count;
}

void settings_hooks_fini(struct settings_hooks *hooks)
{
	for (size_t i = 0; i < hooks->count; i++) {
		struct settings_hook *hook = &hooks->list[i];
		char *texts[] = { hook->options.name,     hook->options.url, hook->options.ca, hook->options.events,
				  hook->options.agencies, hook->allow,       hook->secret_file };
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			free(texts[k]);
	}
	explicit_bzero(hooks, sizeof(*hooks));
}
