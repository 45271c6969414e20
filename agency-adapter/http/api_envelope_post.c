/* api_envelope_post.c: POST /v1/envelopes. */
#include "exchange.h"

#include "api_envelope.h"
#include "json_write.h"
#include "wire/kind.h"

#include <lienthong/time.h>

#include <stdlib.h>
#include <string.h>

/* Texts of `request` are views into the reader's root. */
struct post {
	char *body_json; /* the member "body" as a part */
	struct json_reader reader;
	struct outbox_request request;
	struct outbox_receipt receipt;
	char key[OUTBOX_KEY_MAX + 1];
};

static void post_free(void *work)
{
	struct post *post = work;
	json_reader_fini(&post->reader);
	free(post->body_json);
	free(post);
}

static void read_kind(struct post *post)
{
	const char *name = "";
	if (json_read_text(&post->reader, post->reader.root, "", "kind", true, &name) || post->reader.refusal.reason)
		return;
	if (lt_kind_find(name, &post->request.kind))
		json_refuse(&post->reader, "/kind", "no kind of envelope has this name");
	else if (kind_answers(post->request.kind))
		json_refuse(&post->reader, "/kind", "answer an item by POST /v1/inbox/{id}/accept or /refuse");
	else if (kind_is_notice(post->request.kind))
		lt_refuse(&post->reader.refusal, LT_KIND_NOT_SUPPORTED, "/kind: %s is the broker's alone", name);
}

static void read_recipients(struct post *post)
{
	static const char *const known[] = { "agency", "leg", NULL };
	const json_t *list;
	json_read_list(&post->reader, post->reader.root, "", "to", LT_TO_MAX, &list);
	if (!list || json_array_size(list) == 0)
		json_refuse(&post->reader, "/to", "at least one recipient is needed");
	for (size_t i = 0; i < json_array_size(list) && !post->reader.refusal.reason; i++) {
		char at[32];
		const json_t *entry = json_array_get(list, i);
		snprintf(at, sizeof(at), "/to/%zu", i);
		if (!json_is_object(entry)) {
			json_refuse(&post->reader, at, "an object with agency and leg is needed");
			return;
		}
		json_check_keys(&post->reader, entry, at, known);
		json_read_text(&post->reader, entry, at, "agency", true, &post->request.to_agency[i]);
		json_read_u32(&post->reader, entry, at, "leg", false, &post->request.to_leg[i]);
		post->request.to_count = i + 1;
	}
}

static void read_part(struct post *post, const json_t *entry, const char *at)
{
	static const char *const known[] = { "sha256", "digest", "name", "media_type", "size", NULL };
	struct outbox_part *part = &post->request.parts[post->request.part_count];
	if (!json_is_object(entry)) {
		json_refuse(&post->reader, at, "an object with sha256, name and media_type is needed");
		return;
	}
	json_check_keys(&post->reader, entry, at, known);
	const char *hex = "";
	char pointer[JSON_POINTER_MAX];
	json_read_text(&post->reader, entry, at, "sha256", false, &hex);
	if (!*hex)
		json_read_text(&post->reader, entry, at, "digest", true, &hex);
	if (strncmp(hex, "sha256:", 7) == 0)
		hex += 7;
	if (lt_unhex(hex, part->digest, sizeof(part->digest)))
		json_refuse(&post->reader, json_pointer(pointer, at, "sha256"), "64 hexadecimal digits are needed");
	json_read_text(&post->reader, entry, at, "name", true, &part->name);
	json_read_text(&post->reader, entry, at, "media_type", true, &part->media_type);
	post->request.part_count++;
}

static void read_parts(struct post *post)
{
	const json_t *body = json_object_get(post->reader.root, "body");
	if (body) {
		struct outbox_part *part = &post->request.parts[post->request.part_count++];
		post->body_json = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
		if (!post->body_json) {
			json_refuse(&post->reader, "/body", "it cannot be written as JSON again");
			return;
		}
		*part = (struct outbox_part){ .name = "body.json",
					      .media_type = "application/json",
					      .has_data = true,
					      .data = lt_bytes(post->body_json, strlen(post->body_json)) };
		lt_sha256(part->data, part->digest);
		if (part->data.len > LT_PART_MAX)
			lt_refuse(&post->reader.refusal, LT_PART_TOO_LARGE, "/body: over %u bytes", LT_PART_MAX);
	}
	const json_t *list;
	json_read_list(&post->reader, post->reader.root, "", "parts", LT_PARTS_MAX - post->request.part_count, &list);
	for (size_t i = 0; i < json_array_size(list) && !post->reader.refusal.reason; i++) {
		char at[32];
		snprintf(at, sizeof(at), "/parts/%zu", i);
		read_part(post, json_array_get(list, i), at);
	}
}

static void read_texts(struct json_reader *reader, struct outbox_request *request)
{
	const struct {
		const char *name;
		bool required;
		const char **to;
	} texts[] = {
		{ "sender", false, &request->sender },       { "dossier", true, &request->dossier },
		{ "procedure", false, &request->procedure }, { "reason", false, &request->reason },
		{ "subject", false, &request->subject },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		*texts[i].to = "";
		json_read_text(reader, reader->root, "", texts[i].name, texts[i].required, texts[i].to);
	}
}

static void read_plain(struct post *post)
{
	struct json_reader *reader = &post->reader;
	struct outbox_request *request = &post->request;
	const char *reply = "";
	read_texts(reader, request);
	json_read_u32(reader, reader->root, "", "procedure_version", false, &request->procedure_version);
	json_read_u32(reader, reader->root, "", "leg", false, &request->leg);
	json_read_u64(reader, reader->root, "", "leg_version", INT64_MAX, &request->leg_version);
	request->has_leg =
		json_object_get(post->reader.root, "leg") || json_object_get(post->reader.root, "leg_version");
	json_read_text(reader, reader->root, "", "in_reply_to", false, &reply);
	if (*reply && lt_uuid_parse(reply, request->in_reply_to))
		json_refuse(reader, "/in_reply_to", "a UUID is needed");
	request->has_reply = *reply != 0;
}

static void read_body(struct post *post, struct lt_bytes body)
{
	static const char *const known[] = { "kind",        "dossier", "procedure", "procedure_version",
					     "to",          "reason",  "subject",   "in_reply_to",
					     "body",        "parts",   "sender",    "leg",
					     "leg_version", "due_at",  "items",     "amount",
					     "agree",       "trace",   "fields",    NULL };
	if (json_read_body(body, &post->reader))
		return;
	json_check_keys(&post->reader, post->reader.root, "", known);
	read_kind(post);
	if (!post->reader.refusal.reason)
		read_plain(post);
	if (!post->reader.refusal.reason)
		api_envelope_read_fields(&post->reader, &post->request);
	if (!post->reader.refusal.reason)
		read_recipients(post);
	if (!post->reader.refusal.reason)
		read_parts(post);
	lt_sha256(body, post->request.body_digest);
}

static bool read_key(struct exchange *exchange, struct post *post)
{
	const char *key = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Idempotency-Key");
	size_t len = key ? strlen(key) : 0;
	for (size_t i = 0; i < len; i++) {
		if (key[i] < 0x21 || key[i] > 0x7e)
			len = 0;
	}
	if (len == 0 || len > OUTBOX_KEY_MAX) {
		exchange_problem(exchange, LT_IDEMPOTENCY_KEY_REQUIRED, "1 to %u printable ASCII characters",
				 OUTBOX_KEY_MAX);
		return false;
	}
	memcpy(post->key, key, len + 1);
	post->request.key = post->key;
	return true;
}

static enum lt_err post_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	struct post *post = exchange->work;
	return outbox_add(tx, adapter_office(exchange->adapter), &post->request, &post->receipt);
}

static void post_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	struct post *post = exchange->work;
	if (err)
		exchange_error(exchange, err);
	else if (post->receipt.refusal.reason)
		exchange_refuse(exchange, &post->receipt.refusal, NULL);
	else
		exchange_json(exchange, 202,
			      json_pack("{s:o, s:s, s:s, s:s}", "id", json_id(post->receipt.id), "state", "queued",
					"kind", lt_kind_name(post->request.kind), "dossier", post->request.dossier));
}

void api_envelope_post(struct exchange *exchange)
{
	struct post *post = calloc(1, sizeof(*post));
	if (!post) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	exchange->work = post;
	exchange->work_free = post_free;
	if (!read_key(exchange, post))
		return;
	read_body(post, lt_buf_bytes(&exchange->body));
	if (post->reader.refusal.reason)
		exchange_refuse(exchange, &post->reader.refusal, post->reader.pointer);
	else
		exchange_run(exchange, post_run, post_then);
}
