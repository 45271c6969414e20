/* file_agencies_json.c: the agencies file as JSON. Texts only; what a directory demands beyond that is checked when it is
 * encoded. */
#include "file_agencies.h"

#include "file_office.h"
#include "base/base64.h"
#include "identity/pem.h"
#include "program/json.h"

#include <lienthong/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const keys[] = { "code",         "aliases",
				    "name",         "name_en",
				    "level",        "parent",
				    "certificates", "certificate_files",
				    "curve_keys",   "ended_keys",
				    "valid_from",   "valid_to",
				    "successors",   "split_field",
				    "split",        "office_hours",
				    "ledger_keys",  "receives_for",
				    "brings",       "one_stop",
				    "answers_for",  NULL };

static enum lt_err read_code(struct json_reader *file, const json_t *object, const char *at, const char *key,
			     char out[LT_AGENCY_MAX])
{
	const char *text = "";
	char pointer[JSON_POINTER_MAX];
	bool required = strcmp(key, "code") == 0;
	enum lt_err err = json_read_text(file, object, at, key, required, &text);
	if (err != LT_OK || (text[0] == '\0' && !required))
		return err;
	snprintf(pointer, sizeof(pointer), "%.100s/%s", at, key);
	if (agency_set_code(out, text) != LT_OK)
		return json_refuse(file, pointer, "\"%.40s\" is not an agency code in canonical form, as H37.02", text);
	return LT_OK;
}

static enum lt_err read_time(struct json_reader *file, const json_t *object, const char *at, const char *key,
			     int64_t *out)
{
	const char *text = NULL;
	char pointer[JSON_POINTER_MAX];
	enum lt_err err = json_read_text(file, object, at, key, false, &text);
	if (err != LT_OK || !text)
		return err;
	snprintf(pointer, sizeof(pointer), "%.100s/%s", at, key);
	if (lt_time_parse(text, out) != LT_OK)
		return json_refuse(file, pointer, "not a time as 2026-11-24T09:15:00+07:00");
	return LT_OK;
}

static enum lt_err read_names(struct json_reader *file, const json_t *object, const char *at, struct lt_agency *agency)
{
	const char *name = "", *name_en = "", *level = "", *one_stop = "";
	char pointer[JSON_POINTER_MAX];
	enum lt_err err = json_read_text(file, object, at, "name", true, &name);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "name_en", false, &name_en);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "one_stop", false, &one_stop);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "level", true, &level);
	if (err != LT_OK)
		return err;
	snprintf(pointer, sizeof(pointer), "%.100s/level", at);
	if (lt_level_find(level, &agency->level) != LT_OK)
		return json_refuse(file, pointer, "must be commune, district, department, province or ministry");
	snprintf(pointer, sizeof(pointer), "%.100s/name", at);
	if (name[0] == '\0' || lt_text_length(name, strlen(name)) > 250)
		return json_refuse(file, pointer, "must have 1 to 250 characters");
	err = json_check_form(file, pointer, name, LT_TEXT_LINE);
	if (err == LT_OK)
		err = json_check_form(file, json_pointer(pointer, at, "name_en"), name_en, LT_TEXT_LINE);
	if (err == LT_OK)
		err = json_check_form(file, json_pointer(pointer, at, "one_stop"), one_stop, LT_TEXT_LINE);
	if (err != LT_OK)
		return err;
	err = agency_set_text(&agency->name, name);
	if (err == LT_OK)
		err = agency_set_text(&agency->one_stop, one_stop);
	return err == LT_OK ? agency_set_text(&agency->name_en, name_en) : err;
}

/* Adds one element of a list to the agency. */
typedef enum lt_err add_text(struct json_reader *file, struct lt_agency *agency, const char *text);

static enum lt_err add_alias(struct json_reader *file, struct lt_agency *agency, const char *text)
{
	(void)file;
	return agency_add_alias(agency, text);
}

static enum lt_err add_successor(struct json_reader *file, struct lt_agency *agency, const char *text)
{
	(void)file;
	return agency_add_successor(agency, text);
}

static enum lt_err add_receives_for(struct json_reader *file, struct lt_agency *agency, const char *text)
{
	(void)file;
	return agency_add_receives_for(agency, text);
}

static enum lt_err add_brings(struct json_reader *file, struct lt_agency *agency, const char *text)
{
	(void)file;
	return agency_add_brings(agency, text);
}

static enum lt_err add_answers_for(struct json_reader *file, struct lt_agency *agency, const char *text)
{
	(void)file;
	return agency_add_answers_for(agency, text);
}

static enum lt_err add_cert(struct json_reader *file, struct lt_agency *agency, const char *text)
{
	(void)file;
	struct lt_buf der = { 0 };
	enum lt_err err = base64_decode(text, strlen(text), &der);
	if (err == LT_OK)
		err = agency_add_cert(agency, lt_buf_bytes(&der));
	lt_buf_fini(&der);
	return err;
}

static enum lt_err add_cert_file(struct json_reader *file, struct lt_agency *agency, const char *text)
{
	char path[4096];
	const char *slash = strrchr(file->path, '/');
	int folder = slash && text[0] != '/' ? (int)(slash + 1 - file->path) : 0;
	snprintf(path, sizeof(path), "%.*s%s", folder, file->path, text);
	return agency_add_cert_file(agency, path);
}

static enum lt_err add_key(struct json_reader *file, struct lt_agency *agency, const char *text)
{
	(void)file;
	uint8_t key[32];
	if (!z85_decode_key(text, key))
		return LT_EPARSE;
	return agency_add_key(agency, key);
}

static enum lt_err read_list(struct json_reader *file, const json_t *object, const char *at, const char *key,
			     add_text *add, struct lt_agency *agency)
{
	const json_t *list;
	enum lt_err err = json_read_texts(file, object, at, key, &list);
	for (size_t i = 0; err == LT_OK && list && i < json_array_size(list); i++) {
		char pointer[JSON_POINTER_MAX];
		const char *text = json_string_value(json_array_get(list, i));
		snprintf(pointer, sizeof(pointer), "%.100s/%s/%zu", at, key, i);
		err = add(file, agency, text);
		if (err != LT_OK)
			return json_refuse(file, pointer, "\"%.60s\": %s", text, lt_err_text(err));
	}
	return err;
}

/* {"key": base64 of 32 bytes, "valid_from": time, "valid_to": time} */
static enum lt_err read_ledger_key(struct json_reader *file, json_t *object, const char *at, struct lt_agency *agency)
{
	static const char *const known[] = { "key", "valid_from", "valid_to", NULL };
	struct lt_ledger_key key = { 0 };
	struct lt_buf bytes = { 0 };
	const char *text = "";
	if (!json_is_object(object))
		return json_refuse(file, at, "must be an object with key, valid_from, valid_to");
	enum lt_err err = json_check_keys(file, object, at, known);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "key", true, &text);
	if (err == LT_OK && (base64_decode(text, strlen(text), &bytes) != LT_OK || bytes.len != 32))
		err = json_refuse(file, at, "key is not the base64 of 32 bytes");
	if (err == LT_OK)
		memcpy(key.key, bytes.data, 32);
	lt_buf_fini(&bytes);
	if (err == LT_OK)
		err = read_time(file, object, at, "valid_from", &key.valid_from);
	if (err == LT_OK)
		err = read_time(file, object, at, "valid_to", &key.valid_to);
	return err == LT_OK ? agency_add_ledger_key(agency, &key) : err;
}

/* {"key": Z85 of 32 bytes, "until": time} */
static enum lt_err read_ended_key(struct json_reader *file, json_t *object, const char *at, struct lt_agency *agency)
{
	static const char *const known[] = { "key", "until", NULL };
	const char *text = "";
	uint8_t key[32];
	int64_t until = 0;
	if (!json_is_object(object))
		return json_refuse(file, at, "must be an object with key and until");
	enum lt_err err = json_check_keys(file, object, at, known);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "key", true, &text);
	if (err == LT_OK && !z85_decode_key(text, key))
		err = json_refuse(file, at, "key is not the Z85 of 32 bytes");
	if (err == LT_OK)
		err = read_time(file, object, at, "until", &until);
	if (err == LT_OK && until == 0)
		err = json_refuse(file, at, "until is missing");
	return err == LT_OK ? agency_end_key(agency, key, until) : err;
}

static enum lt_err read_objects(struct json_reader *file, json_t *object, const char *at, const char *name,
				enum lt_err (*read)(struct json_reader *file, json_t *object, const char *at,
						    struct lt_agency *agency),
				struct lt_agency *agency)
{
	json_t *list = json_object_get(object, name);
	char pointer[JSON_POINTER_MAX];
	enum lt_err err = LT_OK;
	snprintf(pointer, sizeof(pointer), "%.100s/%s", at, name);
	if (list && !json_is_array(list))
		return json_refuse(file, pointer, "must be a list");
	for (size_t i = 0; err == LT_OK && i < json_array_size(list); i++) {
		snprintf(pointer, sizeof(pointer), "%.100s/%s/%zu", at, name, i);
		err = read(file, json_array_get(list, i), pointer, agency);
	}
	return err;
}

/* {"split_field": "xa", "split": {"value": "code", "": "code of all others"}} */
static enum lt_err read_split(struct json_reader *file, json_t *object, const char *at, struct lt_agency *agency)
{
	const char *field = NULL, *value;
	char pointer[JSON_POINTER_MAX];
	json_t *rules = json_object_get(object, "split"), *rule;
	enum lt_err err = json_read_text(file, object, at, "split_field", false, &field);
	if (err == LT_OK && field)
		err = agency_set_text(&agency->split_field, field);
	snprintf(pointer, sizeof(pointer), "%.100s/split", at);
	if (err == LT_OK && rules && !json_is_object(rules))
		return json_refuse(file, pointer, "must be an object: the field's value, and the successor's code");
	json_object_foreach(rules, value, rule)
	{
		if (err == LT_OK && json_check_form(file, pointer, value, LT_TEXT_VALUE))
			return LT_EINVAL;
		if (err == LT_OK && !json_is_string(rule))
			err = LT_EINVAL;
		if (err == LT_OK)
			err = agency_add_split(agency, value, json_string_value(rule));
		if (err == LT_EINVAL)
			return json_refuse(file, pointer, "\"%.40s\": not an agency code in canonical form", value);
	}
	return err;
}

static enum lt_err read_agency(struct json_reader *file, json_t *object, const char *at, struct agencies *out)
{
	if (!json_is_object(object))
		return json_refuse(file, at, "must be an object that describes an agency");
	enum lt_err err = json_check_keys(file, object, at, keys);
	struct lt_agency *agency = err == LT_OK ? agencies_add(out) : NULL;
	if (err == LT_OK && !agency)
		err = json_refuse(file, at, "more than %u agencies", LT_AGENCIES_MAX);
	if (err != LT_OK)
		return err;
	static const struct {
		const char *key;
		add_text *add;
	} lists[] = {
		{ "aliases", add_alias },  { "certificates", add_cert },      { "certificate_files", add_cert_file },
		{ "curve_keys", add_key }, { "successors", add_successor },   { "receives_for", add_receives_for },
		{ "brings", add_brings },  { "answers_for", add_answers_for }
	};
	err = read_code(file, object, at, "code", agency->code);
	if (err == LT_OK)
		err = read_code(file, object, at, "parent", agency->parent);
	if (err == LT_OK)
		err = read_names(file, object, at, agency);
	if (err == LT_OK)
		err = read_time(file, object, at, "valid_from", &agency->valid_from);
	if (err == LT_OK)
		err = read_time(file, object, at, "valid_to", &agency->valid_to);
	if (err == LT_OK) /* checked here; the directory does not carry them */
		err = office_read(file, object, at, &(struct worktime_office){ 0 }, &(bool){ false });
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && err == LT_OK; i++)
		err = read_list(file, object, at, lists[i].key, lists[i].add, agency);
	if (err == LT_OK)
		err = read_objects(file, object, at, "ledger_keys", read_ledger_key, agency);
	if (err == LT_OK)
		err = read_objects(file, object, at, "ended_keys", read_ended_key, agency);
	return err == LT_OK ? read_split(file, object, at, agency) : err;
}

static enum lt_err read_agencies(struct json_reader *file, struct agencies *out)
{
	static const char *const outer[] = { "agencies", NULL };
	const json_t *list = file->root;
	const char *base = "";
	enum lt_err err = LT_OK;
	if (json_is_object(file->root)) {
		err = json_check_keys(file, file->root, "", outer);
		list = json_object_get(file->root, "agencies");
		base = "/agencies";
	}
	if (err == LT_OK && (!json_is_array(list) || json_array_size(list) == 0))
		return json_refuse(file, base, "must be a list of agencies");
	for (size_t i = 0; err == LT_OK && i < json_array_size(list); i++) {
		char at[64];
		snprintf(at, sizeof(at), "%s/%zu", base, i);
		err = read_agency(file, json_array_get(list, i), at, out);
		for (size_t j = 0; err == LT_OK && j < i; j++)
			if (strcmp(out->items[j].code, out->items[i].code) == 0)
				err = json_refuse(file, at, "the code %s stands twice", out->items[i].code);
	}
	return err;
}

enum lt_err agencies_load(const char *path, struct agencies *out, char *error, size_t error_size)
{
	struct json_reader file;
	*out = (struct agencies){ 0 };
	enum lt_err err = json_read_file(path, &file);
	if (err == LT_OK)
		err = read_agencies(&file, out);
	if (err != LT_OK) {
		snprintf(error, error_size, "%s", file.error[0] ? file.error : lt_err_text(err));
		agencies_fini(out);
	}
	json_reader_fini(&file);
	return err;
}

static void set_time(json_t *object, const char *key, int64_t time)
{
	char text[LT_TIME_TEXT];
	if (time == 0)
		return;
	lt_time_format(time, text);
	json_object_set_new(object, key, json_string(text));
}

static void put_ledger_keys(json_t *object, const struct lt_agency *agency)
{
	if (agency->ledger_key_count > 0)
		json_object_set_new(object, "ledger_keys", json_array());
	for (size_t i = 0; i < agency->ledger_key_count; i++) {
		const struct lt_ledger_key *key = &agency->ledger_keys[i];
		struct lt_buf text = { 0 };
		json_t *one = json_object();
		if (base64_encode(lt_bytes(key->key, 32), 0, &text) == LT_OK)
			json_object_set_new(one, "key", json_stringn((const char *)text.data, text.len));
		lt_buf_fini(&text);
		set_time(one, "valid_from", key->valid_from);
		set_time(one, "valid_to", key->valid_to);
		json_array_append_new(json_object_get(object, "ledger_keys"), one);
	}
}

static void set_codes(json_t *object, const char *key, char (*codes)[LT_AGENCY_MAX], size_t count)
{
	json_t *list = count > 0 ? json_array() : NULL;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(codes[i]));
	if (list)
		json_object_set_new(object, key, list);
}

json_t *agency_to_json(const struct lt_agency *agency)
{
	json_t *object =
		json_pack("{s:s, s:[], s:s, s:s, s:s, s:s, s:[], s:[]}", "code", agency->code, "aliases", "name",
			  agency->name, "name_en", agency->name_en ? agency->name_en : "", "level",
			  lt_level_name(agency->level), "parent", agency->parent, "certificates", "curve_keys");
	if (!object)
		return NULL;
	if (agency->one_stop && agency->one_stop[0])
		json_object_set_new(object, "one_stop", json_string(agency->one_stop));
	for (size_t i = 0; i < agency->alias_count; i++)
		json_array_append_new(json_object_get(object, "aliases"), json_string(agency->aliases[i]));
	for (size_t i = 0; i < agency->cert_count; i++) {
		struct lt_buf text = { 0 };
		if (base64_encode(lt_cert_der(agency->certs[i]), 0, &text) == LT_OK)
			json_array_append_new(json_object_get(object, "certificates"),
					      json_stringn((const char *)text.data, text.len));
		lt_buf_fini(&text);
	}
	for (size_t i = 0; i < agency->curve_count; i++) {
		char key[41];
		z85_encode_key(agency->curve_keys[i], key);
		json_array_append_new(json_object_get(object, "curve_keys"), json_string(key));
	}
	if (agency->ended_key_count > 0)
		json_object_set_new(object, "ended_keys", json_array());
	for (size_t i = 0; i < agency->ended_key_count; i++) {
		char key[41];
		z85_encode_key(agency->ended_keys[i].key, key);
		json_t *ended = json_pack("{s:s}", "key", key);
		set_time(ended, "until", agency->ended_keys[i].until);
		json_array_append_new(json_object_get(object, "ended_keys"), ended);
	}
	put_ledger_keys(object, agency);
	set_time(object, "valid_from", agency->valid_from);
	set_time(object, "valid_to", agency->valid_to);
	if (agency->successor_count > 0)
		json_object_set_new(object, "successors", json_array());
	for (size_t i = 0; i < agency->successor_count; i++)
		json_array_append_new(json_object_get(object, "successors"), json_string(agency->successors[i]));
	set_codes(object, "receives_for", agency->receives_for, agency->receives_count);
	set_codes(object, "brings", agency->brings, agency->brings_count);
	set_codes(object, "answers_for", agency->answers_for, agency->answers_count);
	if (agency->split_count > 0) {
		json_object_set_new(object, "split_field", json_string(agency->split_field));
		json_object_set_new(object, "split", json_object());
	}
	for (size_t i = 0; i < agency->split_count; i++)
		json_object_set_new(json_object_get(object, "split"), agency->split[i].value,
				    json_string(agency->split[i].successor));
	return object;
}
