/* role.c: see role.h. */
#include "role.h"

#include <string.h>

#include <lienthong/code.h>
#include <lienthong/envelope.h>

#define FIELD_PREFIX "field:"

bool lt_field_name_valid(const char *name)
{
	size_t length = strlen(name);
	return length > 0 && length <= LT_FIELD_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

enum lt_err lt_role_parse(const char *text, struct lt_role *out)
{
	static const struct {
		const char *text;
		enum lt_role_kind kind;
	} words[] = {
		{ "origin", LT_ROLE_ORIGIN },
		{ "parent(origin)", LT_ROLE_PARENT },
		{ "province(origin)", LT_ROLE_PROVINCE },
		{ "lead", LT_ROLE_LEAD },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i].text) == 0) {
			*out = (struct lt_role){ .kind = words[i].kind, .name = "" };
			return LT_OK;
		}
	}
	if (strncmp(text, FIELD_PREFIX, strlen(FIELD_PREFIX)) == 0) {
		*out = (struct lt_role){ .kind = LT_ROLE_FIELD, .name = text + strlen(FIELD_PREFIX) };
		return lt_field_name_valid(out->name) ? LT_OK : LT_EINVAL;
	}
	*out = (struct lt_role){ .kind = LT_ROLE_AGENCY, .name = text };
	return lt_agency_code_valid(text) ? LT_OK : LT_EINVAL;
}
