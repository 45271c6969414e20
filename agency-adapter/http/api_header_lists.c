/* api_header_lists.c: members of a header that are lists: texts, facts by their names, results. */
#include "api_header_internal.h"

#include <stdio.h>
#include <string.h>

#include "json_write.h"

static bool whole_text(const json_t *value)
{
	return json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value);
}

static size_t read_texts(struct json_reader *reader, const struct member *member, size_t max, const char **out)
{
	const json_t *list;
	size_t count = 0;
	json_read_list(reader, reader->root, "", member->posted, max, &list);
	for (; count < json_array_size(list); count++) {
		const json_t *item = json_array_get(list, count);
		char at[48];
		snprintf(at, sizeof(at), "/%s/%zu", member->posted, count);
		if (!whole_text(item))
			json_refuse(reader, at, "a text is needed");
		out[count] = whole_text(item) ? json_string_value(item) : "";
	}
	return count;
}

static void read_items(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	out->header.items = out->items;
	out->header.item_count = read_texts(reader, member, LT_ITEMS_MAX, out->items);
}

static json_t *show_items(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return json_texts(header->items, header->item_count);
}
const struct form api_form_items = { read_items, show_items };

static void read_foreign(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	out->header.foreign_codes = out->foreign_codes;
	out->header.foreign_count = read_texts(reader, member, LT_FOREIGN_CODES_MAX, out->foreign_codes);
}

static json_t *show_foreign(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return json_texts(header->foreign_codes, header->foreign_count);
}
const struct form api_form_foreign = { read_foreign, show_foreign };

/* ---- facts ---- */

static size_t read_named(struct json_reader *reader, const struct member *member, struct lt_field *out)
{
	json_t *facts = json_object_get(reader->root, member->posted), *value;
	const char *name;
	char at[JSON_POINTER_MAX], pointer[JSON_POINTER_MAX];
	size_t count = 0;
	if (!facts)
		return 0;
	if (!json_is_object(facts) || json_object_size(facts) > LT_FIELDS_MAX) {
		refuse(reader, member, "an object of at most 32 texts is needed");
		return 0;
	}
	json_pointer(at, "", member->posted);
	json_object_foreach(facts, name, value)
	{
		if (!whole_text(value))
			json_refuse(reader, json_pointer(pointer, at, name), "a text is needed");
		out[count++] = (struct lt_field){ name, whole_text(value) ? json_string_value(value) : "" };
	}
	return count;
}

static json_t *show_named(const struct lt_field *facts, size_t count)
{
	json_t *object = json_object();
	for (size_t i = 0; i < count; i++)
		json_object_set_new(object, facts[i].name, json_string(facts[i].value));
	return object;
}

static void read_fields(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	out->header.fields = out->fields;
	out->header.field_count = read_named(reader, member, out->fields);
}

static json_t *show_fields(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return show_named(header->fields, header->field_count);
}
const struct form api_form_fields = { read_fields, show_fields };

static void read_facts(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	out->header.facts = out->facts;
	out->header.fact_count = read_named(reader, member, out->facts);
}

static json_t *show_facts(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return show_named(header->facts, header->fact_count);
}
const struct form api_form_facts = { read_facts, show_facts };

/* ---- results ---- */

static void read_results(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	static const char *const known[] = { "code", "leg", NULL };
	const json_t *list;
	json_read_list(reader, reader->root, "", member->posted, LT_RESULTS_MAX, &list);
	out->header.results = out->results;
	for (size_t i = 0; i < json_array_size(list); i++) {
		char at[48];
		const json_t *entry = json_array_get(list, i);
		const char *leg = "";
		snprintf(at, sizeof(at), "/%s/%zu", member->posted, i);
		if (!json_is_object(entry)) {
			json_refuse(reader, at, "an object with code and leg is needed");
			continue;
		}
		json_check_keys(reader, entry, at, known);
		json_read_text(reader, entry, at, "code", true, &out->results[i].code);
		json_read_text(reader, entry, at, "leg", true, &leg);
		api_copy_code(leg, out->results[i].leg, sizeof(out->results[i].leg));
		out->header.result_count = i + 1;
	}
}

static json_t *show_results(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return json_results(header->results, header->result_count);
}
const struct form api_form_results = { read_results, show_results };
