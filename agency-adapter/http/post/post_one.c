/* post_one.c: POST /v1/envelopes with one envelope. */
#include "post.h"

#include "http/json_write.h"
#include "http/problem.h"
#include "mail/inbox.h"
#include "wire/kind.h"

#include <lienthong/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void post_free(void *work)
{
	struct post *post = work;
	json_reader_fini(&post->reader);
	lt_arena_free(post->again);
	free(post);
}

void post_check_token(const struct exchange *exchange, struct post *post)
{
	const struct token *token = exchange->token;
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	struct lt_header *header = &post->request.header;
	if (!token)
		return;
	if (!header->sender[0] && token->agency_count == 1)
		memcpy(header->sender, token->agencies[0], sizeof(header->sender));
	const char *sender = header->sender[0] ? header->sender : speaker->agencies[0].code;
	if ((header->sender[0] || speaker->agency_count == 1) && !token_may_speak(token, sender))
		json_refuse_as(&post->reader, "/sender", LT_TOKEN_NOT_ALLOWED, "%s may not speak for %s", token->name,
			       sender);
	else if (!token_may_send(token, header->kind))
		json_refuse_as(&post->reader, "/kind", LT_TOKEN_NOT_ALLOWED, "%s may not send %s", token->name,
			       lt_kind_name(header->kind));
}

/* Of an agency that the caller may not speak for, the item is not there. */
static enum lt_err find_offer(const struct token *token, struct vault_tx *tx, const struct lt_header *header,
			      uint64_t *item)
{
	struct inbox_item found;
	enum lt_err err = inbox_find_of(tx, header->in_reply_to, header->sender, item);
	if (!err)
		err = inbox_get(tx, *item, &found);
	return !err && token && !token_may_speak(token, found.agency) ? LT_ENOENT : err;
}

enum lt_err post_store(const struct speaker *speaker, const struct token *token, struct vault_tx *tx, struct post *post)
{
	const struct lt_header *header = &post->request.header;
	struct lt_refusal *refusal = &post->receipt.refusal;
	bool answers = kind_answers(header->kind) && header->has_reply;
	uint64_t item;
	enum lt_err err = answers ? find_offer(token, tx, header, &item) : LT_ENOENT;
	if (!err)
		err = inbox_answer(tx, speaker, item, &post->request, &post->receipt);
	if (err != LT_ENOENT)
		return err;
	err = outbox_add(tx, speaker, &post->request, &post->receipt);
	if (!err && answers && header->to_count == 0 &&
	    refusal->reason == LT_COUNT_EXCEEDED) /* to whom, the item would say */
		lt_refuse(refusal, LT_REPLY_UNKNOWN, "in_reply_to: no item of this adapter's inbox has this id");
	return err;
}

static enum lt_err post_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	return post_store(adapter_speaker(exchange->adapter), exchange->token, tx, exchange->work);
}

json_t *post_view(const struct post *post, enum lt_language language, unsigned *status)
{
	char pointer[JSON_POINTER_MAX];
	const struct lt_refusal *refusal = &post->receipt.refusal;
	*status = 202;
	if (!refusal->reason)
		return json_pack("{s:o, s:s, s:s, s:s}", "id", json_id(post->receipt.id), "state",
				 outbox_status_name(post->receipt.status), "kind",
				 lt_kind_name(post->request.header.kind), "dossier", post->request.header.dossier);
	refusal = post_refusal(post, pointer);
	*status = problem_status(refusal->reason);
	return problem_new(refusal, pointer, language);
}

static void post_then(void *ctx, enum lt_err err);

/* On the link thread: what the broker has told is under way to the store, in front of this. */
static void on_told(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct exchange *exchange = ctx;
	struct post *post = exchange->work;
	(void)sequence;
	post_told(post, why->reason ? NULL : dossier);
	exchange_run_on(exchange, post_run, post_then);
}

/* After a restore the broker says whether it has it already; of a dossier that is not known here, how it was opened. False: it cannot be
 * asked, or was and has not said. */
static bool ask_first(struct exchange *exchange, struct post *post)
{
	const struct speaker_agency *agency = post_agency(adapter_speaker(exchange->adapter), post);
	if (post->asked || !agency)
		return false;
	post->asked = exchange->kept = true;
	if (!adapter_query(exchange->adapter, agency->code, post->request.header.dossier, on_told, exchange))
		return true;
	return exchange->kept = false;
}

static void post_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	struct post *post = exchange->work;
	if (!err && post->receipt.ask && ask_first(exchange, post))
		return;
	char id[LT_UUID_TEXT], pointer[JSON_POINTER_MAX];
	unsigned status;
	if (err) {
		exchange_error(exchange, err);
	} else if (post->receipt.refusal.reason) {
		const struct lt_refusal *refusal = post_refusal(post, pointer);
		exchange_refuse(exchange, refusal, pointer);
	} else {
		json_t *view = post_view(post, exchange->language, &status);
		lt_uuid_format(post->receipt.id, id);
		exchange_header(exchange, "Location", "/v1/envelopes/%s", id);
		exchange_json(exchange, status, view);
	}
}

/* ---- a CONSULT that names nobody asks whom the leg asks ---- */

/* On the link thread. What was posted before under its key has its answer all the same. */
static void on_asked(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct exchange *exchange = ctx;
	struct post *post = exchange->work;
	(void)sequence;
	if (!why->reason && dossier)
		post_fill_asked(post, dossier);
	else
		post_fill_refused(post, why);
	exchange_run_on(exchange, post_run, post_then);
}

static void ask_whom(struct exchange *exchange, struct post *post)
{
	const struct speaker_agency *agency = post_agency(adapter_speaker(exchange->adapter), post);
	exchange_suspend(exchange);
	enum lt_err err =
		agency ? adapter_query(exchange->adapter, agency->code, post->draft.header.dossier, on_asked, exchange)
		       : LT_EINVAL;
	struct lt_refusal why;
	lt_refuse(&why, LT_ADAPTER_OFFLINE, "the broker is to be asked whom; name them, or ask again");
	if (err)
		on_asked(exchange, &why, 0, NULL);
}

/* ---- an OPEN that names no version of its procedure takes the one in force ---- */

/* On the link thread, as on_asked. */
static void on_procedure(void *ctx, const struct lt_refusal *why, const struct lt_bytes *procedures, size_t count,
			 bool more)
{
	struct exchange *exchange = ctx;
	struct post *post = exchange->work;
	(void)more;
	if (why->reason)
		post_fill_refused(post, why);
	else
		post_fill_version(post, procedures, count);
	exchange_run_on(exchange, post_run, post_then);
}

static void ask_version(struct exchange *exchange, struct post *post)
{
	const struct speaker_agency *agency = post_agency(adapter_speaker(exchange->adapter), post);
	exchange_suspend(exchange);
	enum lt_err err = agency ? adapter_procedures(exchange->adapter, agency->code, true,
						      post->request.header.procedure, 0, on_procedure, exchange)
				 : LT_EINVAL;
	if (!err)
		return;
	lt_refuse(&post->unfilled, LT_ADAPTER_OFFLINE,
		  "the broker is to be asked which version is in force; name it, or post again");
	exchange_run_on(exchange, post_run, post_then);
}

/* The key is the member's or the header's. False: answered. */
static bool find_key(struct exchange *exchange, struct post *post)
{
	const char *key = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Idempotency-Key");
	if (key && post->request.key && strcmp(key, post->request.key) != 0) {
		exchange_problem(exchange, LT_IDEMPOTENCY_KEY_REQUIRED,
				 "the header has another key than the member idempotency_key; give one");
		return false;
	}
	if (post->request.key || (key && post_set_key(post, key)))
		return true;
	exchange_problem(exchange, LT_IDEMPOTENCY_KEY_REQUIRED, "1 to %u printable ASCII characters", OUTBOX_KEY_MAX);
	return false;
}

static void post_one(struct exchange *exchange)
{
	struct post *post = calloc(1, sizeof(*post));
	if (!post) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	exchange->work = post;
	exchange->work_free = post_free;
	post->vault = adapter_vault(exchange->adapter);
	post_read(post, lt_buf_bytes(&exchange->body));
	post->request.ask_unknown = adapter_asks(exchange->adapter);
	exchange->new_work = post_is_new_work(post);
	if (!post->reader.refusal.reason)
		post_check_token(exchange, post);
	if (post->reader.refusal.reason)
		exchange_refuse_body(exchange, &post->reader);
	else if (!find_key(exchange, post))
		return;
	else if (post_lacks_recipients(post))
		ask_whom(exchange, post);
	else if (post_lacks_version(post))
		ask_version(exchange, post);
	else
		exchange_run(exchange, post_run, post_then);
}

void api_envelope_post(struct exchange *exchange)
{
	struct json_place places[1];
	struct lt_bytes body = lt_buf_bytes(&exchange->body);
	if (json_places((const char *)body.data, body.len, "/envelopes", places, 0) == SIZE_MAX)
		post_one(exchange);
	else
		post_several(exchange);
}
