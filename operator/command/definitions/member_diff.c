/* member_diff.c: see member_diff.h. */
#include "member_diff.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "program/log.h"

#define PLACE_MAX 200u
#define END_MAX 100u /* bytes of each end of a long value, as of a certificate: what differs mostly shows there */

static char *text_of(const json_t *value)
{
	return value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
}

/* Whole, or both ends of it. */
static void put_value(const char *text)
{
	char clean[CLI_TEXT_MAX];
	size_t len = text ? strlen(text) : 0, first = len, last = len;
	if (len > 2 * END_MAX) {
		first = END_MAX;
		last = len - END_MAX;
		while (first > 0 && ((unsigned char)text[first] & 0xc0) == 0x80)
			first--;
		while (((unsigned char)text[last] & 0xc0) == 0x80)
			last++;
	}
	char *copy = strndup(text ? text : "", first);
	LT_ASSERT(copy);
	lt_text_clean(copy, clean, sizeof(clean));
	free(copy);
	fputs(clean, stdout);
	if (last == len)
		return;
	lt_text_clean(text + last, clean, sizeof(clean));
	printf(" … %s", clean);
}

static void tell(struct member_diff *diff, const char *place, const json_t *before, const json_t *after)
{
	char clean[PLACE_MAX];
	diff->count++;
	if (diff->changes) {
		json_array_append_new(diff->changes,
				      json_pack("{s:s, s:O?, s:O?}", "place", place, "before", before, "after", after));
		return;
	}
	char *was = text_of(before), *is = text_of(after);
	lt_text_clean(place, clean, sizeof(clean));
	printf("%s%s %s: ", diff->indent ? diff->indent : "", !before ? "+" : !after ? "-" : "~", clean);
	put_value(was);
	if (was && is)
		printf(" -> ");
	put_value(is);
	putchar('\n');
	free(was);
	free(is);
}

static void compare_members(struct member_diff *diff, const char *at, json_t *before, json_t *after)
{
	const char *key;
	json_t *value;
	char place[PLACE_MAX];
	json_object_foreach(before, key, value)
	{
		const json_t *other = json_object_get(after, key);
		snprintf(place, sizeof(place), "%s%s", at, key);
		if (strcmp(key, "legs") != 0 && !json_equal(value, (json_t *)(uintptr_t)other))
			tell(diff, place, value, other);
	}
	json_object_foreach(after, key, value)
	{
		snprintf(place, sizeof(place), "%s%s", at, key);
		if (strcmp(key, "legs") != 0 && !json_object_get(before, key))
			tell(diff, place, NULL, value);
	}
}

static json_t *find_leg(json_t *legs, const char *id)
{
	for (size_t i = 0; i < json_array_size(legs); i++) {
		json_t *leg = json_array_get(legs, i);
		if (strcmp(json_string_value(json_object_get(leg, "id")), id) == 0)
			return leg;
	}
	return NULL;
}

static void compare_legs(struct member_diff *diff, json_t *before, json_t *after)
{
	char place[PLACE_MAX];
	for (size_t i = 0; i < json_array_size(before); i++) {
		json_t *leg = json_array_get(before, i);
		const char *id = json_string_value(json_object_get(leg, "id"));
		json_t *other = find_leg(after, id);
		snprintf(place, sizeof(place), "leg %s%s", id, other ? ": " : "");
		if (other)
			compare_members(diff, place, leg, other);
		else
			tell(diff, place, leg, NULL);
	}
	for (size_t i = 0; i < json_array_size(after); i++) {
		json_t *leg = json_array_get(after, i);
		const char *id = json_string_value(json_object_get(leg, "id"));
		snprintf(place, sizeof(place), "leg %s", id);
		if (!find_leg(before, id))
			tell(diff, place, NULL, leg);
	}
}

void member_diff(struct member_diff *diff, json_t *before, json_t *after)
{
	compare_members(diff, "", before, after);
	compare_legs(diff, json_object_get(before, "legs"), json_object_get(after, "legs"));
}
