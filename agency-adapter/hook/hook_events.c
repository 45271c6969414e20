/* hook_events.c: events as others read them. */
#include "hook_events.h"

#include "base/fields.h"
#include "http/api_view.h"
#include "http/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTING ", \t"

static bool fits(const char *pattern, size_t len, const char *name)
{
	if (len >= 2 && pattern[len - 1] == '*' && pattern[len - 2] == '.')
		return strncmp(pattern, name, len - 1) == 0;
	return strlen(name) == len && memcmp(pattern, name, len) == 0;
}

bool hook_list_has(const char *list, const char *name)
{
	if (!list)
		return true;
	for (const char *one = list + strspn(list, PARTING); *one; one += strspn(one, PARTING)) {
		size_t len = strcspn(one, PARTING);
		if (fits(one, len, name))
			return true;
		one += len;
	}
	return false;
}

static bool is_of_catalogue(const char *pattern, size_t len)
{
	static const char *const names[] = {
#define LT_EVENT(name, number, text, meaning) text,
#include "wire/event.def"
	};
	bool found = false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !found; i++)
		found = fits(pattern, len, names[i]);
	return found;
}

const char *hook_unknown_event(const char *list, char out[64])
{
	for (const char *one = list ? list + strspn(list, PARTING) : ""; *one; one += strspn(one, PARTING)) {
		size_t len = strcspn(one, PARTING);
		if (!is_of_catalogue(one, len)) {
			snprintf(out, 64, "%.*s", (int)(len < 63 ? len : 63), one);
			return out;
		}
		one += len;
	}
	return NULL;
}

void hook_event_id(const struct feed_place *place, char out[HOOK_ID_TEXT])
{
	uint8_t bytes[16];
	fields_key_put(bytes, place->number, 8);
	memcpy(bytes + 8, place->tag, sizeof(place->tag));
	lt_hex(lt_bytes(bytes, sizeof(bytes)), out);
}

enum lt_err hook_event_write(const struct feed_place *place, const struct feed_event *event, const char *source,
			     struct lt_buf *out)
{
	char id[HOOK_ID_TEXT];
	const char *name = lt_event_name((int)event->event);
	hook_event_id(place, id);
	json_t *type = json_sprintf("lienthong.%s", name ? name : "unknown");
	json_t *from = json_sprintf("urn:lienthong:agency:%s", event->agency[0] ? event->agency : source);
	json_t *json =
		json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:s*, s:o}", "specversion", "1.0", "id", id, "source", from,
			  "type", type, "time", json_time(event->time), "datacontenttype", "application/json",
			  "subject", event->dossier[0] ? event->dossier : NULL, "data", view_event(place, event));
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	enum lt_err err = text ? lt_buf_append(out, text, strlen(text)) : LT_ENOMEM;
	free(text);
	json_decref(json);
	return err;
}
