/* api_envelope_post.c: POST /v1/envelopes. */
#include "exchange.h"

#include "api_header.h"
#include "json_write.h"
#include "mail/outbox.h"

#include <lienthong/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts of the header are views into the reader's root. */
struct post {
	bool has_body; /* the member "body" is the first part: the bytes that came, in exchange->body */
	struct json_reader reader;
	struct api_header draft;
	struct lt_part_info parts[LT_PARTS_MAX];
	struct lt_bytes data[LT_PARTS_MAX]; /* of the body; empty for parts that were put before */
	struct outbox_request request;
	struct outbox_receipt receipt;
	struct lt_refusal
		unfilled; /* why a CONSULT without recipients could not be filled; reason 0: it was, or need not be */
	char key[OUTBOX_KEY_MAX + 1];
};

static void post_free(void *work)
{
	struct post *post = work;
	json_reader_fini(&post->reader);
	free(post);
}

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

static void read_part(struct post *post, const json_t *entry, const char *at)
{
	static const char *const known[] = { "sha256", "digest", "name", "media_type", "size", NULL };
	struct lt_part_info *part = &post->parts[post->draft.header.part_count];
	if (!json_is_object(entry)) {
		json_refuse(&post->reader, at, "an object with sha256, name and media_type is needed");
		return;
	}
	json_check_keys(&post->reader, entry, at, known);
	const char *hex = "";
	char pointer[JSON_POINTER_MAX];
	if (json_object_get(entry, "digest") && !json_object_get(entry, "sha256"))
		json_read_text(&post->reader, entry, at, "digest", true, &hex);
	else
		json_read_text(&post->reader, entry, at, "sha256", true, &hex);
	if (strncmp(hex, "sha256:", 7) == 0)
		hex += 7;
	if (*hex && lt_unhex(hex, part->sha256, sizeof(part->sha256)))
		json_refuse(&post->reader, json_pointer(pointer, at, "sha256"), "64 hexadecimal digits are needed");
	json_read_text(&post->reader, entry, at, "name", true, &part->name);
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
	for (size_t i = 0; i < json_array_size(list); i++) {
		char at[32];
		snprintf(at, sizeof(at), "/parts/%zu", i);
		read_part(post, json_array_get(list, i), at);
	}
}

static void read_body(struct post *post, struct lt_bytes body)
{
	static const char *const more[] = { "body", "parts", NULL };
	if (json_read_body(body, "body", &post->reader))
		return;
	api_header_read(&post->reader, more, &post->draft);
	read_parts(post);
	post->request.header = post->draft.header;
	post->request.header.parts = post->parts;
	post->request.part_data = post->data;
	post->request.has_leg =
		json_object_get(post->reader.root, "branch") || json_object_get(post->reader.root, "branch_version");
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
	return outbox_add(tx, adapter_speaker(exchange->adapter), &post->request, &post->receipt);
}

static void post_answer(struct exchange *exchange, const struct post *post)
{
	char id[LT_UUID_TEXT];
	lt_uuid_format(post->receipt.id, id);
	exchange_header(exchange, "Location", "/v1/envelopes/%s", id);
	exchange_json(exchange, 202,
		      json_pack("{s:s, s:s, s:s, s:s}", "id", id, "state", "queued", "kind",
				lt_kind_name(post->draft.header.kind), "dossier", post->draft.header.dossier));
}

static void post_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	struct post *post = exchange->work;
	char pointer[JSON_POINTER_MAX];
	if (err)
		exchange_error(exchange, err);
	else if (post->receipt.refusal.reason && post->unfilled.reason)
		exchange_refuse(exchange, &post->unfilled, "/to");
	else if (post->receipt.refusal.reason)
		exchange_refuse(
			exchange, &post->receipt.refusal,
			api_header_pointer(&post->draft, post->has_body, post->receipt.refusal.detail, pointer));
	else
		post_answer(exchange, post);
}

/* ---- a CONSULT that names nobody asks whom the leg asks ---- */

static void fill_asked(struct post *post, const struct lt_dossier_view *dossier)
{
	struct lt_header *header = &post->request.header;
	for (size_t i = 0; i < dossier->branch_count && header->to_count == 0; i++) {
		const struct lt_branch_view *branch = &dossier->branches[i];
		if (header->branch != 0 && branch->branch != header->branch)
			continue;
		for (size_t k = 0; k < branch->ask_count && k < LT_TO_MAX; k++)
			snprintf(post->draft.to[header->to_count++].agency, LT_AGENCY_MAX, "%s", branch->ask[k]);
		if (header->to_count > 0 && header->branch == 0) {
			header->branch = branch->branch;
			header->branch_version = branch->version;
			post->request.has_leg = true;
		}
	}
	if (header->to_count == 0)
		lt_refuse(&post->unfilled, LT_RECIPIENTS_INVALID, "to: no leg has anybody left to ask; name them");
}

/* On the link thread. What was posted before under its key has its answer all the same. */
static void on_asked(void *ctx, enum lt_reason reason, const char *detail, uint64_t sequence,
		     const struct lt_dossier_view *dossier)
{
	struct exchange *exchange = ctx;
	struct post *post = exchange->work;
	(void)sequence;
	if (!reason && dossier)
		fill_asked(post, dossier);
	else
		lt_refuse(&post->unfilled, reason ? reason : LT_DOSSIER_UNKNOWN, "to: %.200s", detail ? detail : "");
	exchange_run_on(exchange, post_run, post_then);
}

static void ask_whom(struct exchange *exchange, struct post *post)
{
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	const char *sender = post->draft.header.sender;
	const struct speaker_agency *agency = *sender ? speaker_find(speaker, sender) : &speaker->agencies[0];
	exchange_suspend(exchange);
	enum lt_err err =
		agency ? adapter_query(exchange->adapter, agency->code, post->draft.header.dossier, on_asked, exchange)
		       : LT_EINVAL;
	if (err)
		on_asked(exchange, LT_ADAPTER_OFFLINE, "the broker is to be asked whom; name them, or ask again", 0,
			 NULL);
}

/* A token of one agency names the sender by itself. False: answered. */
static bool check_token(struct exchange *exchange, struct post *post)
{
	const struct token *token = exchange->token;
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	struct lt_header *header = &post->request.header;
	if (!token)
		return true;
	if (!header->sender[0] && token->agency_count == 1)
		memcpy(header->sender, token->agencies[0], sizeof(header->sender));
	const char *sender = header->sender[0] ? header->sender : speaker->agencies[0].code;
	if ((header->sender[0] || speaker->agency_count == 1) && !token_may_speak(token, sender))
		exchange_problem(exchange, LT_TOKEN_NOT_ALLOWED, "%s may not speak for %s", token->name, sender);
	else if (!token_may_send(token, header->kind))
		exchange_problem(exchange, LT_TOKEN_NOT_ALLOWED, "%s may not send %s", token->name,
				 lt_kind_name(header->kind));
	else
		return true;
	return false;
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
		exchange_refuse_body(exchange, &post->reader);
	else if (!check_token(exchange, post))
		return;
	else if (post->request.header.kind == LT_KIND_CONSULT && post->request.header.to_count == 0)
		ask_whom(exchange, post);
	else
		exchange_run(exchange, post_run, post_then);
}
