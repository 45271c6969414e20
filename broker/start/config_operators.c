/* config_operators.c: [operators] of broker.conf: lists of users and groups of this machine, a key for each role. */
#include "config_internal.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BETWEEN ", \t"

static bool read_number(const char *text, uint32_t *out)
{
	if (text[0] == '\0' || strlen(text) > 10 || strspn(text, "0123456789") != strlen(text))
		return false;
	unsigned long long value = strtoull(text, NULL, 10);
	*out = (uint32_t)value;
	return value < UINT32_MAX; /* -1 is nobody */
}

/* "an", "1000", "@lienthong", "@990". */
static bool find(const char *word, bool *group, uint32_t *id)
{
	*group = word[0] == '@';
	const char *name = word + *group;
	if (read_number(name, id))
		return true;
	const struct group *in_groups = *group ? getgrnam(name) : NULL;
	const struct passwd *in_users = *group ? NULL : getpwnam(name);
	*id = in_groups ? in_groups->gr_gid : in_users ? in_users->pw_uid : 0;
	return in_groups || in_users;
}

enum lt_err config_add_operators(struct operators *operators, const char *role, char *list, char *error,
				 size_t error_size)
{
	char *rest = NULL;
	for (char *word = strtok_r(list, BETWEEN, &rest); word; word = strtok_r(NULL, BETWEEN, &rest)) {
		bool group;
		uint32_t id;
		if (!find(word, &group, &id)) {
			snprintf(error, error_size, "[operators] %s: this machine has no %s \"%.60s\"", role,
				 group ? "group" : "user", word + group);
			return LT_EINVAL;
		}
		if (operators_add(operators, group, id, operators_role(role))) {
			snprintf(error, error_size, "[operators]: over %u users and groups", OPERATORS_MAX);
			return LT_EINVAL;
		}
	}
	return LT_OK;
}

const char *config_login(uint32_t uid, char *out, size_t out_size)
{
	char names[1024];
	struct passwd user, *found = NULL;
	if (getpwuid_r(uid, &user, names, sizeof(names), &found) != 0 || !found)
		return "";
	lt_text_clean(user.pw_name, out, out_size);
	return out;
}
