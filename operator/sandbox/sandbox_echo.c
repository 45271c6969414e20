/* sandbox_echo.c: the rules of an agency that answers by itself.
 *
 * A rule is what it is about (`when`: members of the inbox item, each with the text that it must have) and what is sent then (`do`: bodies
 * of POST /v1/envelopes). The first rule that fits decides. What a body leaves out and the item says is filled in: the dossier, to whom,
 * and in_reply_to where its kind has one. All of one item go in one request, so that an adapter takes all or, when it is killed, none. */
#include "sandbox_echo.h"

#include "program/json.h"
#include "program/say.h"
#include "sandbox_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_SECONDS 30u
#define AGAIN_US 300000u /* while the adapter is away */

struct echo_rules {
	struct json_reader reader;
	const char *agency;
	const json_t *rules;
};

/* ---- reading ---- */

static const char *const asked[] = { "kind", "leg", "sender", "dossier", "subject", "reason", NULL };

static enum lt_err check_when(struct json_reader *reader, const char *at, const json_t *when)
{
	const char *key, *text;
	json_t *value;
	if (!json_is_object(when))
		return json_refuse(reader, at, "`when` is an object, as {\"kind\": \"FORWARD\"}");
	enum lt_err err = json_check_keys(reader, when, at, asked);
	json_object_foreach((json_t *)when, key, value)
	{
		if (err == LT_OK)
			err = json_read_text(reader, when, at, key, true, &text);
	}
	return err;
}

static enum lt_err check_do(struct json_reader *reader, const char *at, const json_t *list)
{
	char place[JSON_POINTER_MAX], number[24];
	const char *kind;
	size_t i;
	const json_t *body;
	if (json_array_size(list) == 0)
		return json_refuse(reader, at, "a rule sends one envelope at least");
	json_array_foreach(list, i, body)
	{
		snprintf(number, sizeof(number), "%zu", i);
		json_pointer(place, at, number);
		if (!json_is_object(body))
			return json_refuse(reader, place, "an envelope is an object, as POST /v1/envelopes takes it");
		enum lt_err err = json_read_text(reader, body, place, "kind", true, &kind);
		if (err != LT_OK)
			return err;
		if (json_object_get(body, "idempotency_key"))
			return json_refuse(reader, place, "leave idempotency_key out: it is made of the item");
	}
	return LT_OK;
}

static enum lt_err check_rule(struct json_reader *reader, const char *at, const json_t *rule)
{
	static const char *const keys[] = { "when", "do", NULL };
	char place[JSON_POINTER_MAX];
	const json_t *list = NULL;
	if (!json_is_object(rule))
		return json_refuse(reader, at, "a rule is an object with `when` and `do`");
	enum lt_err err = json_check_keys(reader, rule, at, keys);
	if (err == LT_OK)
		err = check_when(reader, json_pointer(place, at, "when"), json_object_get(rule, "when"));
	if (err == LT_OK)
		err = json_read_list(reader, rule, at, "do", ECHO_DO_MAX, &list);
	return err == LT_OK ? check_do(reader, json_pointer(place, at, "do"), list) : err;
}

static enum lt_err check(struct echo_rules *echo)
{
	static const char *const keys[] = { "$schema", "agency", "rules", NULL };
	struct json_reader *reader = &echo->reader;
	char at[JSON_POINTER_MAX];
	size_t i;
	const json_t *rule;
	if (!json_is_object(reader->root))
		return json_refuse(reader, "", "an object with `agency` and `rules`");
	enum lt_err err = json_check_keys(reader, reader->root, "", keys);
	if (err == LT_OK)
		err = json_read_text(reader, reader->root, "", "agency", true, &echo->agency);
	if (err == LT_OK)
		err = json_read_list(reader, reader->root, "", "rules", ECHO_RULES_MAX, &echo->rules);
	if (err == LT_OK && json_array_size(echo->rules) == 0)
		err = json_refuse(reader, "/rules", "one rule at least");
	json_array_foreach(echo->rules, i, rule)
	{
		snprintf(at, sizeof(at), "/rules/%zu", i);
		if (err == LT_OK)
			err = check_rule(reader, at, rule);
	}
	return err;
}

int echo_open(const char *path, struct echo_rules **out)
{
	struct echo_rules *echo = calloc(1, sizeof(*echo));
	if (!echo)
		return say_fail_err(LT_ENOMEM, "read %s", path);
	enum lt_err err = json_read_file(path, &echo->reader);
	if (err == LT_OK)
		err = check(echo);
	if (err == LT_OK) {
		*out = echo;
		return EX_OK;
	}
	int code = say_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s", echo->reader.error);
	echo_free(echo);
	return code;
}

void echo_free(struct echo_rules *echo)
{
	if (!echo)
		return;
	json_reader_fini(&echo->reader);
	free(echo);
}

const char *echo_agency(const struct echo_rules *echo)
{
	return echo->agency;
}

/* ---- answering ---- */

static const char *member(const json_t *item, const char *name)
{
	const char *text = json_string_value(json_object_get(item, name));
	return text ? text : "";
}

static bool fits(const json_t *when, const json_t *item)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)when, key, value)
	{
		if (strcmp(json_string_value(value), member(item, key)) != 0)
			return false;
	}
	return true;
}

static bool replies(const char *kind)
{
	static const char *const kinds[] = { "ACCEPT",   "REFUSE",        "OPINION", "SUPPLEMENT",
					     "FEE_PAID", "RECALL_ANSWER", NULL };
	for (size_t i = 0; kinds[i]; i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static json_t *fill(const json_t *body, const json_t *item, size_t index)
{
	char key[64];
	json_t *out = json_deep_copy(body);
	const char *kind = member(body, "kind");
	bool answers = strcmp(kind, "ACCEPT") == 0 || strcmp(kind, "REFUSE") == 0;
	if (!json_object_get(out, "dossier"))
		json_object_set(out, "dossier", json_object_get(item, "dossier"));
	if (replies(kind) && !json_object_get(out, "in_reply_to"))
		json_object_set(out, "in_reply_to", json_object_get(item, "id"));
	if (!answers && !json_object_get(out, "to"))
		json_object_set_new(out, "to", json_pack("[{s:s}]", "agency", member(item, "sender")));
	snprintf(key, sizeof(key), "echo-%lld-%zu", (long long)json_integer_value(json_object_get(item, "number")),
		 index);
	json_object_set_new(out, "idempotency_key", json_string(key));
	return out;
}

json_t *echo_answer(const struct echo_rules *echo, const json_t *item)
{
	size_t i, k;
	const json_t *rule, *body;
	if (strcmp(member(item, "state"), "new") != 0)
		return NULL;
	json_array_foreach(echo->rules, i, rule)
	{
		if (!fits(json_object_get(rule, "when"), item))
			continue;
		json_t *list = json_array();
		json_array_foreach(json_object_get(rule, "do"), k, body)
			json_array_append_new(list, fill(body, item, k));
		return json_pack("{s:o}", "envelopes", list);
	}
	return NULL;
}

/* ---- the agency ---- */

static void tell(const json_t *item, const json_t *problem)
{
	fprintf(stderr, "item %lld of %s: %s: %s\n", (long long)json_integer_value(json_object_get(item, "number")),
		member(item, "dossier"), member(problem, "code"), member(problem, "detail"));
}

/* Whether the adapter has decided; what it refused is told. */
static bool send(const struct sandbox_call *base, const json_t *item, const json_t *body)
{
	struct sandbox_call call = *base;
	char *text = json_dumps(body, 0);
	json_t *answer = NULL, *result;
	int status = 0;
	size_t i;
	call.method = "POST";
	call.path = "/v1/envelopes";
	call.body = lt_bytes(text, text ? strlen(text) : 0);
	enum lt_err err = text ? sandbox_call(&call, &status, &answer) : LT_ENOMEM;
	bool decided = err == LT_OK && status < 500;
	json_array_foreach(json_object_get(answer, "results"), i, result)
	{
		if (json_integer_value(json_object_get(result, "status")) >= 500)
			decided = false;
		if (json_object_get(result, "code"))
			tell(item, result);
	}
	if (err == LT_OK && status != 200)
		tell(item, answer);
	json_decref(answer);
	free(text);
	return decided;
}

/* Answers a page; false: something has to be tried again. */
static bool answer_page(const struct echo_rules *echo, const struct sandbox_call *call, const json_t *page)
{
	size_t i;
	const json_t *item;
	json_array_foreach(json_object_get(page, "items"), i, item)
	{
		json_t *body = echo_answer(echo, item);
		bool decided = !body || send(call, item, body);
		json_decref(body);
		if (!decided)
			return false;
	}
	return true;
}

_Noreturn void echo_run(const struct echo_rules *echo, const char *api, const char *token)
{
	char after[128] = "0", path[256];
	for (;;) {
		json_t *page = NULL;
		int status = 0;
		struct sandbox_call call = {
			.api = api, .token = token, .method = "GET", .path = path, .timeout_seconds = 2 * POLL_SECONDS
		};
		snprintf(path, sizeof(path), "/v1/inbox?after=%s&wait=%u", after, POLL_SECONDS);
		enum lt_err err = sandbox_call(&call, &status, &page);
		if (err == LT_OK && status == 200 && answer_page(echo, &call, page))
			snprintf(after, sizeof(after), "%s", member(page, "after"));
		else
			usleep(AGAIN_US);
		if (status == 410)
			snprintf(after, sizeof(after), "0");
		json_decref(page);
	}
}
