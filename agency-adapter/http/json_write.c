/* json_write.c: bytes, ids and times as JSON. */
#include "json_write.h"

#include <string.h>

#include "base/base64.h"

#include <lienthong/time.h>

#include <stdlib.h>

json_t *json_base64(struct lt_bytes data)
{
	struct lt_buf text = { 0 };
	json_t *json =
		base64_encode(data, 0, &text) ? NULL : json_stringn(text.data ? (const char *)text.data : "", text.len);
	lt_buf_fini(&text);
	return json;
}

json_t *json_hex(struct lt_bytes data)
{
	char *text = malloc(2 * data.len + 1);
	if (!text)
		return NULL;
	lt_hex(data, text);
	json_t *json = json_string(text);
	free(text);
	return json;
}

json_t *json_time(int64_t time)
{
	char text[LT_TIME_TEXT];
	if (time == 0)
		return json_null();
	lt_time_format(time, text);
	return json_string(text);
}

json_t *json_texts(const char *const *texts, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

json_t *json_actor(const struct lt_actor *actor)
{
	return json_pack("{s:s, s:s, s:s}", "unit", actor->unit, "officer", actor->officer, "title", actor->title);
}

json_t *json_results(const struct lt_made_result *results, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "code", results[i].code, "leg", results[i].leg));
	return list;
}

json_t *json_late_reason(const struct lt_late_reason *late)
{
	return json_pack("{s:s, s:s}", "code", late->code, "words", late->words);
}

static const char *const channels[] = { NULL, "counter", "online", "post" };
enum { CHANNELS = sizeof(channels) / sizeof(channels[0]) };

json_t *json_channel(enum lt_channel channel)
{
	return channel > LT_CHANNEL_NONE && (int)channel < CHANNELS ? json_string(channels[channel]) : json_null();
}

enum lt_channel json_channel_find(const char *name)
{
	for (int i = 1; i < CHANNELS; i++) {
		if (strcmp(channels[i], name) == 0)
			return (enum lt_channel)i;
	}
	return LT_CHANNEL_NONE;
}

const char *json_leg(const char *id)
{
	return id && id[0] != '\0' ? id : NULL;
}

json_t *json_id(const uint8_t id[16])
{
	char text[LT_UUID_TEXT];
	lt_uuid_format(id, text);
	return json_string(text);
}
