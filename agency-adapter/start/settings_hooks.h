/* settings_hooks.h: the sections [hook NAME] of the configuration. START only. */
#ifndef ADAPTER_SETTINGS_HOOKS_H
#define ADAPTER_SETTINGS_HOOKS_H

#include "hook/hook.h"

struct settings_hook {
	struct hook_options options;
	char *allow, *secret_file; /* as they stand in the file */
};
struct settings_hooks {
	size_t count;
	struct settings_hook list[HOOKS_MAX];
};
/* One key; path: of the configuration. Answers as section_arg of lt_conf_load. */
enum lt_err settings_hooks_key(struct settings_hooks *hooks, const char *path, const char *arg, const char *name,
			       const char *value);
/* Behind the last key: reads the secrets and checks the whole. LT_EINVAL, LT_EIO, LT_ENOENT, LT_EDENIED, with a line for a person. */
enum lt_err settings_hooks_check(struct settings_hooks *hooks, const char *path, char *error, size_t error_size);
/* Views of them, for hooks_new. */
size_t settings_hooks_options(const struct settings_hooks *hooks, struct hook_options out[HOOKS_MAX]);
void settings_hooks_fini(struct settings_hooks *hooks);

#endif
