/* post_several.c: POST /v1/envelopes with up to 64 envelopes, each as if it came alone, in one transaction and one sync. */
#include "post.h"

#include <stdlib.h>
#include <string.h>

struct several {
	struct json_reader whole;
	size_t count;
	struct post *posts;
};

static void several_free(void *work)
{
	struct several *several = work;
	for (size_t i = 0; several->posts && i < several->count; i++) {
		json_reader_fini(&several->posts[i].reader);
		lt_arena_free(several->posts[i].again);
	}
	free(several->posts);
	json_reader_fini(&several->whole);
	free(several);
}

/* One that cannot be read, or is refused, keeps no other back. */
static enum lt_err several_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	struct several *several = exchange->work;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < several->count && !err; i++) {
		if (!several->posts[i].reader.refusal.reason)
			err = post_store(adapter_speaker(exchange->adapter), exchange->token, tx, &several->posts[i]);
	}
	return err;
}

static json_t *result_of(struct exchange *exchange, const struct post *post)
{
	unsigned status;
	if (post->reader.refusal.reason)
		return exchange_body_problem(exchange, &post->reader);
	json_t *out = post_view(post, exchange->language, &status);
	if (out && status < 300) /* a problem says its own */
		json_object_set_new(out, "status", json_integer(status));
	return out;
}

static void on_told(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	(void)ctx;
	(void)why;
	(void)sequence;
	(void)dossier;
}

/* After a restore: the broker is asked about each dossier, and the next request with the same keys finds what it has told. */
static void ask_first(struct exchange *exchange, const struct post *post)
{
	const struct speaker_agency *agency = post_agency(adapter_speaker(exchange->adapter), post);
	if (agency)
		adapter_query(exchange->adapter, agency->code, post->request.header.dossier, on_told, NULL);
}

static void several_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	const struct several *several = exchange->work;
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	json_t *results = json_array();
	for (size_t i = 0; i < several->count; i++) {
		if (several->posts[i].receipt.ask)
			ask_first(exchange, &several->posts[i]);
		json_array_append_new(results, result_of(exchange, &several->posts[i]));
	}
	exchange_json(exchange, 200, json_pack("{s:o}", "results", results));
}

/* What each one needs that stands alone elsewhere: its key, and whom to ask. */
static void complete(const struct exchange *exchange, struct post *post)
{
	struct json_reader *reader = &post->reader;
	if (reader->refusal.reason)
		return;
	post_check_token(exchange, post);
	if (!post->request.key)
		json_refuse_as(reader, "/idempotency_key", LT_IDEMPOTENCY_KEY_REQUIRED,
			       "each of several envelopes needs its own");
	if (post_lacks_recipients(post))
		json_refuse_as(reader, "/to", LT_RECIPIENTS_INVALID,
			       "whom the leg asks is filled in for an envelope that is posted alone; name them");
	if (post_lacks_version(post))
		json_refuse_as(reader, "/procedure_version", LT_FIELD_REQUIRED,
			       "the version in force is filled in for an envelope that is posted alone; name it");
}

static void read_all(const struct exchange *exchange, struct several *several, struct lt_bytes body)
{
	static const char *const known[] = { "envelopes", NULL };
	struct json_place places[POST_SEVERAL_MAX];
	if (json_read_body(body, "envelopes", &several->whole) ||
	    json_check_keys(&several->whole, several->whole.root, "", known))
		return;
	size_t count = json_places((const char *)body.data, body.len, "/envelopes", places, POST_SEVERAL_MAX);
	if (count == 0 || count > POST_SEVERAL_MAX) {
		json_refuse_as(&several->whole, "/envelopes", LT_COUNT_EXCEEDED, "1 to %u are allowed",
			       POST_SEVERAL_MAX);
		return;
	}
	several->posts = calloc(count, sizeof(*several->posts));
	several->count = several->posts ? count : 0;
	for (size_t i = 0; i < several->count; i++) {
		several->posts[i].vault = adapter_vault(exchange->adapter);
		post_read(&several->posts[i], lt_bytes(body.data + places[i].begin, places[i].end - places[i].begin));
		complete(exchange, &several->posts[i]);
	}
}

void post_several(struct exchange *exchange)
{
	struct several *several = calloc(1, sizeof(*several));
	if (!several) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	exchange->work = several;
	exchange->work_free = several_free;
	read_all(exchange, several, lt_buf_bytes(&exchange->body));
	for (size_t i = 0; i < several->count; i++)
		exchange->new_work = exchange->new_work || post_is_new_work(&several->posts[i]);
	if (several->whole.refusal.reason)
		exchange_refuse_body(exchange, &several->whole);
	else if (!several->posts)
		exchange_error(exchange, LT_ENOMEM);
	else
		exchange_run(exchange, several_run, several_then);
}
