/* post_read.c: an envelope of POST /v1/envelopes as it is asked for, read whole before anything is done. */
#include "post.h"

#include <stdio.h>
#include <string.h>

/* Capital letters mean the same in a media type, and its one form has none. */
static void lower_case(json_t *text)
{
	char lower[2 * 128];
	const char *value = json_string_value(text);
	size_t len = value ? strlen(value) : 0;
	if (len == 0 || len >= sizeof(lower))
		return;
	for (size_t i = 0; i <= len; i++)
		lower[i] = value[i] >= 'A' && value[i] <= 'Z' ? (char)(value[i] - 'A' + 'a') : value[i];
	json_string_set(text, lower);
}

static const struct post_file *find_file(const struct post *post, const char *name)
{
	for (size_t i = 0; name && i < post->file_count; i++) {
		if (strcmp(post->files[i].name, name) == 0)
			return &post->files[i];
	}
	return NULL;
}

static void take_file(struct post *post, const struct post_file *file, struct lt_part_info *part)
{
	memcpy(part->sha256, file->sha256, sizeof(part->sha256));
	post->data[part - post->parts] = file->data;
}

/* The bytes are those of the file of the part's name, or were put before under the digest. */
static void read_digest(struct post *post, const json_t *entry, const char *at, struct lt_part_info *part)
{
	const char *hex = "";
	char pointer[JSON_POINTER_MAX];
	const struct post_file *file = find_file(post, part->name);
	bool digest = json_object_get(entry, "digest") && !json_object_get(entry, "sha256");
	json_read_text(&post->reader, entry, at, digest ? "digest" : "sha256", !file, &hex);
	if (strncmp(hex, "sha256:", 7) == 0)
		hex += 7;
	if (*hex && lt_unhex(hex, part->sha256, sizeof(part->sha256)))
		json_refuse(&post->reader, json_pointer(pointer, at, "sha256"), "64 hexadecimal digits are needed");
	else if (file && (!*hex || memcmp(part->sha256, file->sha256, sizeof(part->sha256)) == 0))
		take_file(post, file, part);
}

static void read_part(struct post *post, const json_t *entry, const char *at)
{
	static const char *const known[] = { "sha256", "digest", "name", "media_type", "size", NULL };
	struct lt_part_info *part = &post->parts[post->draft.header.part_count];
	if (!json_is_object(entry)) {
		json_refuse(&post->reader, at, "an object with sha256, name and media_type is needed");
		return;
	}
	json_check_keys(&post->reader, entry, at, known);
	json_read_text(&post->reader, entry, at, "name", true, &part->name);
	read_digest(post, entry, at, part);
	lower_case(json_object_get(entry, "media_type"));
	json_read_text(&post->reader, entry, at, "media_type", true, &part->media_type);
	post->draft.header.part_count++;
}

static void read_parts(struct post *post)
{
	struct lt_bytes data;
	post->has_body = json_raw(&post->reader, "body", &data) == LT_OK;
	if (post->has_body) {
		post->parts[0] = (struct lt_part_info){ .name = "body.json", .media_type = "application/json" };
		lt_sha256(data, post->parts[0].sha256);
		post->data[0] = data;
		post->draft.header.part_count = 1;
		if (data.len > LT_PART_MAX)
			json_refuse_as(&post->reader, "/body", LT_PART_TOO_LARGE, "body: %zu bytes, allowed are %u",
				       data.len, LT_PART_MAX);
	}
	const json_t *list;
	json_read_list(&post->reader, post->reader.root, "", "parts", LT_PARTS_MAX - post->draft.header.part_count,
		       &list);
	if (json_bring(json_object_get(post->reader.root, "parts")))
		json_refuse(&post->reader, "/parts", "no memory to bring it into form");
	for (size_t i = 0; !list && i < post->file_count && post->draft.header.part_count < LT_PARTS_MAX; i++) {
		struct lt_part_info *part = &post->parts[post->draft.header.part_count++];
		*part = (struct lt_part_info){ .name = post->files[i].name, .media_type = post->files[i].media_type };
		take_file(post, &post->files[i], part);
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		char at[32];
		snprintf(at, sizeof(at), "/parts/%zu", i);
		read_part(post, json_array_get(list, i), at);
	}
}

bool post_set_key(struct post *post, const char *key)
{
	size_t len = strlen(key);
	for (size_t i = 0; i < len; i++) {
		if (key[i] < 0x21 || key[i] > 0x7e)
			len = 0;
	}
	if (len == 0 || len > OUTBOX_KEY_MAX)
		return false;
	memcpy(post->key, key, len + 1);
	post->request.key = post->key;
	return true;
}

/* The member; without it the request's header has the key. */
static void read_key(struct post *post)
{
	const char *key = NULL;
	if (!json_object_get(post->reader.root, "idempotency_key"))
		return;
	json_read_text(&post->reader, post->reader.root, "", "idempotency_key", true, &key);
	if (!post_set_key(post, key ? key : ""))
		json_refuse_as(&post->reader, "/idempotency_key", LT_IDEMPOTENCY_KEY_REQUIRED,
			       "1 to %u printable ASCII characters", OUTBOX_KEY_MAX);
}

void post_read(struct post *post, struct lt_bytes body)
{
	static const char *const more[] = { "body", "parts", "idempotency_key", NULL };
	if (json_read_body(body, "body", &post->reader))
		return;
	lt_sha256(body, post->request.body_digest);
	if (json_object_get(post->reader.root, "again")) {
		post_read_again(post);
		read_key(post);
		return;
	}
	api_header_read(&post->reader, more, &post->draft);
	read_parts(post);
	if (!post->reader.refusal.reason)
		api_header_check_kind(&post->reader, &post->draft.header);
	post->request.header = post->draft.header;
	post->request.header.parts = post->parts;
	post->request.part_data = post->data;
	post->request.has_leg =
		json_object_get(post->reader.root, "branch") || json_object_get(post->reader.root, "branch_version");
	read_key(post);
}
