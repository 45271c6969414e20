/* json_write.c: bytes, ids and times as JSON. */
#include "json_read.h"

#include <lienthong/time.h>

#include <stdlib.h>

json_t *json_base64(struct lt_bytes data)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((data.len + 2) / 3 * 4 + 1), *out = text;
	if (!text)
		return NULL;
	for (size_t i = 0; i < data.len; i += 3) {
		size_t left = data.len - i;
		uint32_t bits = (uint32_t)data.data[i] << 16;
		if (left > 1)
			bits |= (uint32_t)data.data[i + 1] << 8;
		if (left > 2)
			bits |= data.data[i + 2];
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[bits & 63] : '=';
	}
	json_t *json = json_stringn(text, (size_t)(out - text));
	free(text);
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

json_t *json_id(const uint8_t id[16])
{
	char text[LT_UUID_TEXT];
	lt_uuid_format(id, text);
	return json_string(text);
}
