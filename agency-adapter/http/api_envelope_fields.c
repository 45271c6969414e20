/* api_envelope_fields.c: the members of POST /v1/envelopes that belong to single kinds. Which kind has which is the header's own
 * check; here they only get their form. */
#include "api_envelope.h"

#include <lienthong/time.h>

#include <string.h>

static void read_due(struct json_reader *reader, struct outbox_request *request)
{
	const char *text = "";
	json_read_text(reader, reader->root, "", "due_at", false, &text);
	if (*text && lt_time_parse(text, &request->due_at))
		json_refuse(reader, "/due_at", "a time of RFC 3339 is needed, as 2026-03-02T10:00:00+07:00");
}

static void read_items(struct json_reader *reader, struct outbox_request *request)
{
	const json_t *list;
	json_read_list(reader, reader->root, "", "items", LT_ITEMS_MAX, &list);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		char at[32];
		snprintf(at, sizeof(at), "/items/%zu", i);
		if (!json_is_string(item) || strlen(json_string_value(item)) != json_string_length(item)) {
			json_refuse(reader, at, "a text is needed");
			return;
		}
		request->items[request->item_count++] = json_string_value(item);
	}
}

static void read_agree(struct json_reader *reader, struct outbox_request *request)
{
	const json_t *agree = json_object_get(reader->root, "agree");
	if (!agree)
		return;
	if (!json_is_boolean(agree))
		json_refuse(reader, "/agree", "true or false is needed");
	else
		request->agree = json_is_true(agree) ? LT_AGREE_YES : LT_AGREE_NO;
}

static void read_facts(struct json_reader *reader, struct outbox_request *request)
{
	json_t *fields = json_object_get(reader->root, "fields"), *value;
	const char *name;
	char pointer[JSON_POINTER_MAX];
	if (!fields)
		return;
	if (!json_is_object(fields) || json_object_size(fields) > LT_FIELDS_MAX) {
		json_refuse(reader, "/fields", "an object of at most 32 texts is needed");
		return;
	}
	json_object_foreach(fields, name, value)
	{
		if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value)) {
			json_refuse(reader, json_pointer(pointer, "/fields", name), "a text is needed");
			return;
		}
		request->fields[request->field_count++] = (struct lt_field){ name, json_string_value(value) };
	}
}

void api_envelope_read_fields(struct json_reader *reader, struct outbox_request *request)
{
	read_due(reader, request);
	read_items(reader, request);
	json_read_u64(reader, reader->root, "", "amount", INT64_MAX, &request->amount);
	read_agree(reader, request);
	json_read_u32(reader, reader->root, "", "trace", false, &request->trace);
	read_facts(reader, request);
}
