/* json_write.c: bytes, ids and times as JSON. */
#include "json_write.h"

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
