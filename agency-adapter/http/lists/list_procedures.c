/* list_procedures.c: GET /v1/procedures and /v1/procedures/{code}: what is defined at the broker, which is asked, in the words of the
 * procedure file (docs/procedures.md). */
#include "http/exchange.h"

#include "base/date.h"
#include "law/file_procedure.h"
#include "law/route.h"
#include "mail/speaker.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 100u
#define LIMIT_MAX 256u       /* the broker gives no more at once */
#define ARENA_MAX (8u << 20) /* bytes: one procedure of half a message of the link, unpacked */

struct asked {
	uint64_t limit, version;
};

/* ---- one procedure ---- */

static void add_name(json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++) {
		if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
			return;
	}
	json_array_append_new(names, json_string(name));
}

static void add_roles(json_t *names, const char *const *roles, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (roles[i] && strncmp(roles[i], "field:", 6) == 0)
			add_name(names, roles[i] + 6);
	}
}

static void add_limits(json_t *names, const struct lt_limit_by *by, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_name(names, by[i].field);
}

/* Fields of the dossier by which agencies, ways and limits are chosen: what an OPEN should bring, if no leg sets it. */
static json_t *fields_of(const struct lt_procedure *procedure)
{
	json_t *names = json_array();
	add_roles(names, &procedure->lead, 1);
	add_roles(names, procedure->open_by, procedure->open_count);
	add_roles(names, procedure->withdraw_by, procedure->withdraw_count);
	add_limits(names, procedure->by, procedure->by_count);
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		add_roles(names, &leg->agency, 1);
		add_roles(names, leg->consult, leg->consult_count);
		add_roles(names, leg->transfer_to, leg->transfer_count);
		add_limits(names, leg->by, leg->by_count);
		for (size_t k = 0; k < leg->when_count; k++)
			add_name(names, leg->when[k].field);
	}
	return names;
}

/* Without legs it is a head, which says nothing of its route. */
static json_t *view(const struct exchange *exchange, const struct lt_procedure *procedure)
{
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	int64_t day = (broker_clock_legal(speaker->clock, speaker->now()) + LT_VIETNAM_OFFSET_US) / LT_DAY_US;
	json_t *out = procedure_to_json(procedure);
	json_object_set_new(out, "in_force", json_boolean(route_in_force(procedure, day)));
	if (procedure->leg_count == 0)
		json_object_del(out, "legs");
	else
		json_object_set_new(out, "fields", fields_of(procedure));
	return out;
}

static bool read_one(struct exchange *exchange, struct lt_bytes bytes, struct lt_arena *arena, struct lt_procedure *out)
{
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(arena);
	if (!lt_procedure_decode(bytes, arena, out, &refusal))
		return true;
	exchange_problem(exchange, LT_BROKER_DOUBTFUL, "%s", refusal.detail);
	return false;
}

/* ---- all of them ---- */

static json_t *place_of(const struct lt_procedure *last)
{
	return json_sprintf("%s/%u", last->code, last->version);
}

static void answer_list(struct exchange *exchange, const struct lt_bytes *procedures, size_t count, bool more,
			struct lt_arena *arena)
{
	const struct asked *asked = exchange->work;
	size_t shown = count < asked->limit ? count : (size_t)asked->limit;
	json_t *rows = json_array(), *after = json_null();
	for (size_t i = 0; i < shown; i++) {
		struct lt_procedure procedure;
		if (!read_one(exchange, procedures[i], arena, &procedure)) {
			json_decref(rows);
			return;
		}
		json_array_append_new(rows, view(exchange, &procedure));
		if (i + 1 == shown && (more || shown < count))
			after = place_of(&procedure);
	}
	exchange_json(exchange, 200, json_pack("{s:o, s:o}", "procedures", rows, "after", after));
}

static void on_list(void *ctx, const struct lt_refusal *why, const struct lt_bytes *procedures, size_t count, bool more)
{
	struct exchange *exchange = ctx;
	struct lt_arena *arena = NULL;
	if (why->reason)
		exchange_refuse(exchange, why, NULL);
	else if (lt_arena_new(ARENA_MAX, &arena))
		exchange_error(exchange, LT_ENOMEM);
	else
		answer_list(exchange, procedures, count, more, arena);
	lt_arena_free(arena);
	exchange_resume(exchange);
}

/* The broker is asked with the connection suspended. Takes `asked`. */
static void ask(struct exchange *exchange, bool one, const char *code, uint32_t version, const struct asked *asked,
		adapter_procedures_answer *answer)
{
	const struct speaker_agency *agency = exchange_agency(exchange);
	if (!agency)
		return;
	exchange->work = malloc(sizeof(*asked));
	exchange->work_free = free;
	if (!exchange->work) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	memcpy(exchange->work, asked, sizeof(*asked));
	exchange_suspend(exchange);
	enum lt_err err = adapter_procedures(exchange->adapter, agency->code, one, code, version, answer, exchange);
	if (!err)
		return;
	exchange_problem(exchange, LT_ADAPTER_OFFLINE, "the broker cannot be asked: %s", lt_err_text(err));
	exchange_resume(exchange);
}

/* "1.010828/2": behind version 2. */
static bool read_place(const char *after, char code[LT_PROCEDURE_MAX], uint32_t *version)
{
	const char *slash = strchr(after, '/');
	char *end;
	if (!slash || (size_t)(slash - after) >= LT_PROCEDURE_MAX || slash[1] < '1' || slash[1] > '9')
		return false;
	memcpy(code, after, (size_t)(slash - after));
	code[slash - after] = '\0';
	unsigned long long number = strtoull(slash + 1, &end, 10);
	*version = (uint32_t)number;
	return *end == '\0' && number <= UINT32_MAX && lt_procedure_code_valid(code);
}

void api_procedure_list(struct exchange *exchange)
{
	struct asked asked = { 0 };
	char code[LT_PROCEDURE_MAX] = "";
	uint32_t version = 0;
	const char *after = exchange_query_text(exchange, "after");
	if (!exchange_query_u64(exchange, "limit", LIMIT_DEFAULT, 1, LIMIT_MAX, &asked.limit))
		return;
	if (after && !read_place(after, code, &version))
		exchange_problem(exchange, LT_QUERY_INVALID, "query after: what the page before gave is needed");
	else
		ask(exchange, false, code, version, &asked, on_list);
}

/* ---- one of them, by its code ---- */

/* Versions by their number. */
static void put_version(json_t *versions, json_t *head)
{
	json_int_t number = json_integer_value(json_object_get(head, "version"));
	size_t at = json_array_size(versions);
	while (at > 0 && json_integer_value(json_object_get(json_array_get(versions, at - 1), "version")) > number)
		at--;
	json_array_insert_new(versions, at, head);
}

static json_t *version_of(json_t *shown)
{
	json_t *head = json_object();
	static const char *const kept[] = { "version", "valid_from", "valid_to", "in_force" };
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		json_object_set(head, kept[i], json_object_get(shown, kept[i]));
	return head;
}

static void refuse_none_in_force(struct lt_refusal *refusal, const char *code)
{
	lt_refuse(refusal, LT_NOT_FOUND,
		  "no version of %s is in force today; one that was just imported shows some seconds later, or name it",
		  code);
}

static void answer_one(struct exchange *exchange, const struct lt_bytes *procedures, size_t count,
		       struct lt_arena *arena)
{
	json_t *whole = NULL, *versions = json_array();
	bool good = true;
	for (size_t i = 0; i < count && good; i++) {
		struct lt_procedure procedure;
		good = read_one(exchange, procedures[i], arena, &procedure);
		if (!good)
			break;
		json_t *shown = view(exchange, &procedure);
		put_version(versions, version_of(shown));
		if (procedure.leg_count > 0 && !whole)
			whole = json_incref(shown);
		json_decref(shown);
	}
	if (good && whole) {
		json_object_set(whole, "versions", versions);
		exchange_json(exchange, 200, json_incref(whole));
	} else if (good) {
		struct lt_refusal none;
		refuse_none_in_force(&none, exchange->segments[0]);
		exchange_refuse(exchange, &none, NULL);
	}
	json_decref(whole);
	json_decref(versions);
}

static void on_one(void *ctx, const struct lt_refusal *why, const struct lt_bytes *procedures, size_t count, bool more)
{
	struct exchange *exchange = ctx;
	struct lt_arena *arena = NULL;
	(void)more;
	struct lt_refusal told = *why;
	if (why->reason == LT_PROCEDURE_UNKNOWN && !exchange_query_text(exchange, "version"))
		refuse_none_in_force(&told, exchange->segments[0]);
	else if (why->reason == LT_PROCEDURE_UNKNOWN)
		told.reason = LT_NOT_FOUND;
	if (why->reason)
		exchange_refuse(exchange, &told, NULL);
	else if (lt_arena_new(ARENA_MAX, &arena))
		exchange_error(exchange, LT_ENOMEM);
	else
		answer_one(exchange, procedures, count, arena);
	lt_arena_free(arena);
	exchange_resume(exchange);
}

void api_procedure_get(struct exchange *exchange)
{
	struct asked asked = { 0 };
	const char *code = exchange->segments[0];
	if (!exchange_query_u64(exchange, "version", 0, 1, UINT32_MAX, &asked.version))
		return;
	if (strlen(code) >= LT_PROCEDURE_MAX || !lt_procedure_code_valid(code))
		exchange_problem(exchange, LT_NOT_FOUND, "%s", code);
	else
		ask(exchange, true, code, (uint32_t)asked.version, &asked, on_one);
}
