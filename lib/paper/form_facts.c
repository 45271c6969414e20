/* form_facts.c: see form_facts.h. */
#include "form_facts.h"

#include <stdlib.h>
#include <string.h>

#define PAPERS_MAX 64u /* as the form takes */

static const char *const fact_names[] = { "name",   "address",    "phone",        "email",       "subject",
					  "sets",   "number",     "return_place", "book_volume", "book_number",
					  "papers", "paper_name", "paper_count",  NULL };

static enum lt_err check_places(struct json_reader *file, const json_t *facts)
{
	for (size_t i = 0; fact_names[i]; i++) {
		const json_t *places = NULL;
		enum lt_err err = json_read_texts(file, facts, "/facts", fact_names[i], &places);
		if (err != LT_OK)
			return err;
		for (size_t j = 0; j < json_array_size(places); j++) {
			const char *place = json_string_value(json_array_get(places, j));
			char pointer[JSON_POINTER_MAX];
			snprintf(pointer, sizeof(pointer), "/facts/%s/%zu", fact_names[i], j);
			if (place[0] != '/' && strncmp(place, "field:", 6) != 0)
				return json_refuse(file, pointer,
						   "must be a JSON Pointer as \"/nguoiNop/hoTen\", or field:NAME");
		}
	}
	return LT_OK;
}

enum lt_err form_facts_load(const char *path, struct form_facts *out)
{
	static const char *const keys[] = { "body", "facts", "numbers", NULL };
	static const char *const forms[] = { "01", "02", "03", "04", "05", "06", "07", NULL };
	const json_t *names = NULL;
	*out = (struct form_facts){ 0 };
	struct json_reader *file = &out->file;
	enum lt_err err = json_read_file(path, file);
	if (err == LT_OK && !json_is_object(file->root))
		err = json_refuse(file, "", "must be an object");
	if (err == LT_OK)
		err = json_check_keys(file, file->root, "", keys);
	if (err == LT_OK)
		err = json_read_texts(file, file->root, "", "body", &names);
	const json_t *facts = json_object_get(file->root, "facts"), *numbers = json_object_get(file->root, "numbers");
	if (err == LT_OK && !json_is_object(facts))
		err = json_refuse(file, "/facts", "must be an object");
	if (err == LT_OK)
		err = json_check_keys(file, facts, "/facts", fact_names);
	if (err == LT_OK)
		err = check_places(file, facts);
	if (err == LT_OK && numbers)
		err = json_is_object(numbers) ? json_check_keys(file, numbers, "/numbers", forms)
					      : json_refuse(file, "/numbers", "must be an object");
	for (size_t i = 0; err == LT_OK && numbers && forms[i]; i++) {
		const char *suffix = NULL;
		err = json_read_text(file, numbers, "/numbers", forms[i], false, &suffix);
	}
	return err;
}

void form_facts_fini(struct form_facts *facts)
{
	json_reader_fini(&facts->file);
}

const json_t *form_facts_body_names(const struct form_facts *facts)
{
	return json_object_get(facts->file.root, "body");
}

const char *form_facts_suffix(const struct form_facts *facts, const char *form)
{
	const char *text = json_string_value(json_object_get(json_object_get(facts->file.root, "numbers"), form));
	return text ? text : "";
}

/* RFC 6901, read only. */
static const json_t *point(const json_t *value, const char *pointer)
{
	char key[JSON_POINTER_MAX];
	while (value && *pointer == '/') {
		size_t used = 0;
		for (pointer++; *pointer && *pointer != '/'; pointer++) {
			char c = *pointer;
			if (c == '~' && (pointer[1] == '0' || pointer[1] == '1'))
				c = *++pointer == '0' ? '~' : '/';
			if (used + 1 == sizeof(key))
				return NULL;
			key[used++] = c;
		}
		key[used] = '\0';
		value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
					     : json_object_get(value, key);
	}
	return value;
}

static const char *field(const struct lt_field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].value;
	return NULL;
}

json_t *form_facts_find(const struct form_facts *facts, const char *fact, const json_t *body,
			const struct lt_field *fields, size_t field_count)
{
	const json_t *places = json_object_get(json_object_get(facts->file.root, "facts"), fact);
	for (size_t i = 0; i < json_array_size(places); i++) {
		const char *place = json_string_value(json_array_get(places, i));
		if (strncmp(place, "field:", 6) == 0) {
			const char *text = field(fields, field_count, place + 6);
			if (text && text[0])
				return json_string(text);
			continue;
		}
		const json_t *value = point(body, place);
		if (json_is_integer(value) || (json_is_string(value) && json_string_length(value) > 0))
			return json_deep_copy(value);
	}
	return NULL;
}

static void put(json_t *out, const char *key, json_t *value)
{
	if (value)
		json_object_set_new(out, key, value);
}

/* The body's own list: objects with a name and a count, or plain texts. */
static json_t *body_papers(const struct form_facts *facts, const json_t *body)
{
	const json_t *places = json_object_get(json_object_get(facts->file.root, "facts"), "papers"), *list = NULL;
	json_t *papers = json_array();
	for (size_t i = 0; !json_is_array(list) && i < json_array_size(places); i++)
		list = point(body, json_string_value(json_array_get(places, i)));
	for (size_t i = 0; json_is_array(list) && i < json_array_size(list) && i < PAPERS_MAX; i++) {
		const json_t *entry = json_array_get(list, i);
		json_t *paper = json_object(), *count = NULL;
		json_t *name = json_is_string(entry) ? json_deep_copy(entry)
						     : form_facts_find(facts, "paper_name", entry, NULL, 0);
		if (!json_is_string(entry))
			count = form_facts_find(facts, "paper_count", entry, NULL, 0);
		put(paper, "name", json_is_string(name) ? json_incref(name) : json_string("?"));
		if (json_is_integer(count))
			put(paper, "count", json_incref(count));
		json_decref(name);
		json_decref(count);
		json_array_append_new(papers, paper);
	}
	return papers;
}

static bool is_body(const struct form_facts *facts, const char *name)
{
	const json_t *names = form_facts_body_names(facts);
	for (size_t i = 0; i < json_array_size(names); i++)
		if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
			return true;
	return false;
}

static json_t *papers(const struct form_facts *facts, const json_t *body, const struct lt_header *open)
{
	json_t *list = body_papers(facts, body);
	if (json_array_size(list) > 0)
		return list;
	for (size_t i = 0; i < open->part_count; i++)
		if (!is_body(facts, open->parts[i].name))
			json_array_append_new(list, json_pack("{s:s}", "name", open->parts[i].name));
	return list;
}

static void put_text(const struct form_facts *facts, const char *fact, const json_t *body,
		     const struct lt_dossier_view *view, json_t *out, const char *key)
{
	json_t *value = form_facts_find(facts, fact, body, view->fields, view->field_count);
	if (json_is_integer(value))
		put(out, key, json_sprintf("%lld", (long long)json_integer_value(value)));
	else if (json_is_string(value))
		put(out, key, json_incref(value));
	json_decref(value);
}

void form_facts_put(const struct form_facts *facts, const json_t *body, const struct lt_dossier_view *view,
		    const struct lt_header *open, json_t *out)
{
	json_t *applicant = json_object(), *book = json_object();
	for (size_t i = 0; i < 4; i++) /* name, address, phone, email */
		put_text(facts, fact_names[i], body, view, applicant, fact_names[i]);
	put_text(facts, "book_volume", body, view, book, "volume");
	put_text(facts, "book_number", body, view, book, "number");
	put_text(facts, "return_place", body, view, out, "return_place");
	json_t *sets = form_facts_find(facts, "sets", body, view->fields, view->field_count);
	put(out, "sets",
	    json_integer(json_is_integer(sets) && json_integer_value(sets) > 0 ? json_integer_value(sets) : 1));
	json_decref(sets);
	put(out, "applicant", applicant);
	put(out, "book", book);
	put(out, "papers", papers(facts, body, open));
}
