/* api_codes.c: POST /v1/codes: the next number of an agency's day; GET /v1/codes: what became of those that were given.
 *
 * Before a day's first number after a start the broker is asked, number by number, which are used: until CODES_AHEAD in a row are not. Offices
 * leave a few numbers unused, not so many. */
#include "http/exchange.h"

#include <lienthong/text.h>
#include <lienthong/time.h>

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "http/json_write.h"
#include "mail/codes.h"
#include "mail/dossiers.h"
#include "mail/outbox.h"

#define CODES_AHEAD 32u   /* numbers in a row that the broker does not know: nothing follows */
#define CODES_ASKED 4096u /* questions at most: a restored store's whole day of a busy office in some seconds */
#define CODES_PAGE 500u

struct ask {
	struct codes_day day;
	char key[CODES_KEY_MAX + 1];
	uint32_t last; /* when it was looked at */
	size_t count;  /* numbers asked for, from last + 1 */
	size_t used;   /* of them up to the last that is used */
	bool known[CODES_ASKED];
	char code[LT_DOSSIER_MAX];
	bool repeated, twice, unsure; /* unsure: more may be used than were asked for */
};

/* By the law's time: the broker holds a code's day against it. */
static int64_t now_of(struct exchange *exchange)
{
	const struct speaker *speaker = adapter_speaker(exchange->adapter);
	return broker_clock_legal(speaker->clock, speaker->now());
}

/* ---- giving ---- */

static enum lt_err give_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	struct ask *ask = exchange->work;
	enum lt_err err = LT_OK;
	int64_t run = ask->unsure ? 0 : api_desk(exchange->api)->started;
	if (ask->count > 0)
		err = codes_asked(tx, &ask->day, run, ask->last + 1, ask->known, ask->used);
	if (!err && !ask->unsure)
		err = codes_give(tx, &ask->day, ask->key, ask->code, &ask->repeated);
	ask->twice = err == LT_EINVAL;
	return ask->twice ? LT_OK : err;
}

static void give_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	const struct ask *ask = exchange->work;
	if (err)
		exchange_error(exchange, err);
	else if (ask->unsure)
		exchange_problem(exchange, LT_ADAPTER_OFFLINE, "%u numbers of the day are used: ask again for the rest",
				 ask->last + CODES_ASKED);
	else if (ask->twice)
		exchange_problem(exchange, LT_IDEMPOTENCY_KEY_REUSED, "it was given to %s", ask->code);
	else
		exchange_json(exchange, ask->repeated ? 200 : 201,
			      json_pack("{s:s, s:s}", "code", ask->code, "agency", ask->day.agency));
}

/* ---- asking first ---- */

static void ask_next(struct exchange *exchange);

static void offline(struct exchange *exchange)
{
	exchange_problem(exchange, LT_ADAPTER_OFFLINE,
			 "the broker is asked first which numbers of the day are used: ask again when it is there");
	exchange_resume(exchange);
}

static void on_answer(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct exchange *exchange = ctx;
	struct ask *ask = exchange->work;
	(void)sequence;
	bool known = !why->reason && dossier;
	if (!known && why->reason != LT_REASON_NONE && why->reason != LT_DOSSIER_UNKNOWN) {
		offline(exchange);
		return;
	}
	ask->known[ask->count++] = known;
	if (known)
		ask->used = ask->count;
	bool sure = ask->count - ask->used >= CODES_AHEAD;
	ask->unsure = !sure && ask->count == CODES_ASKED;
	if (sure || ask->unsure)
		exchange_run_on(exchange, give_run, give_then);
	else
		ask_next(exchange);
}

static void ask_next(struct exchange *exchange)
{
	struct ask *ask = exchange->work;
	char code[LT_DOSSIER_MAX];
	enum lt_err err =
		lt_dossier_code_make(ask->day.agency, ask->day.time, ask->last + 1 + (uint32_t)ask->count, code);
	if (!err)
		err = adapter_query(exchange->adapter, ask->day.agency, code, on_answer, exchange);
	if (err)
		offline(exchange);
}

static bool read_key(struct exchange *exchange, struct ask *ask)
{
	const char *key = MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, "Idempotency-Key");
	size_t len = key ? strlen(key) : 0;
	for (size_t i = 0; i < len; i++) {
		if (key[i] < 0x21 || key[i] > 0x7e)
			len = 0;
	}
	if (len == 0 || len > CODES_KEY_MAX) {
		exchange_problem(exchange, LT_IDEMPOTENCY_KEY_REQUIRED, "1 to %u printable ASCII characters",
				 CODES_KEY_MAX);
		return false;
	}
	memcpy(ask->key, key, len + 1);
	return true;
}

/* NULL: answered. Absent: the first. */
static const char *agency_of(struct exchange *exchange, const char *asked)
{
	const struct speaker_agency *agency = exchange_agency_of(exchange, asked);
	return agency ? agency->code : NULL;
}

static bool read_agency(struct exchange *exchange, struct ask *ask)
{
	static const char *const known[] = { "agency", NULL };
	struct json_reader reader;
	const char *asked = "", *agency;
	if (exchange->body.len == 0) {
		agency = agency_of(exchange, NULL);
	} else {
		if (!json_read_body(lt_buf_bytes(&exchange->body), NULL, &reader)) {
			json_check_keys(&reader, reader.root, "", known);
			json_read_text(&reader, reader.root, "", "agency", false, &asked);
		}
		agency = NULL;
		if (reader.refusal.reason)
			exchange_refuse_body(exchange, &reader);
		else
			agency = agency_of(exchange, asked);
		json_reader_fini(&reader);
	}
	if (agency)
		memcpy(ask->day.agency, agency, strlen(agency) + 1);
	return agency != NULL;
}

void api_code_post(struct exchange *exchange)
{
	struct ask *ask = calloc(1, sizeof(*ask));
	struct vault_tx *tx = NULL;
	bool asked = false;
	exchange->work = ask;
	exchange->work_free = free;
	if (!ask) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	if (!read_key(exchange, ask) || !read_agency(exchange, ask))
		return;
	ask->day.time = now_of(exchange);
	enum lt_err err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err)
		err = codes_look(tx, &ask->day, api_desk(exchange->api)->started, &ask->last, &asked);
	vault_read_end(tx);
	if (err) {
		exchange_error(exchange, err);
	} else if (asked) {
		exchange_run(exchange, give_run, give_then);
	} else {
		exchange_suspend(exchange);
		ask_next(exchange);
	}
}

/* ---- what became of them ---- */

/* The newest OPEN of ours with this code. */
static enum lt_err find_open(struct vault_tx *tx, const char *code, struct outbox_state *out)
{
	uint64_t number = 0;
	enum lt_err err, found = LT_ENOENT;
	while ((err = dossiers_trace_next(tx, code, 's', number + 1, &number)) == LT_OK) {
		struct outbox_state state;
		err = outbox_get_state(tx, number, &state);
		if (err)
			return err;
		if (state.kind == LT_KIND_OPEN) {
			*out = state;
			found = LT_OK;
		}
	}
	return err == LT_ENOENT ? found : err;
}

static json_t *row_of(const char *code, const struct codes_row *row, const struct outbox_state *open)
{
	const char *state = "used", *cause = NULL, *reason = NULL;
	if (open && open->status == OUTBOX_REJECTED) {
		state = "gap", cause = "REJECTED", reason = lt_reason_name(open->rejection.reason);
	} else if (open && open->status == OUTBOX_QUEUED) {
		state = "queued";
	} else if (!open && row->source == CODES_GIVEN) {
		state = "gap", cause = "NOT_OPENED";
	} else if (!open && row->source == CODES_PASSED) {
		state = "gap", cause = "BEFORE_RESTORE";
	}
	return json_pack("{s:s, s:o, s:s, s:s?, s:s?, s:o}", "code", code, "at", json_time(row->at), "state", state,
			 "cause", cause, "reason", reason, "envelope", open ? json_id(open->id) : json_null());
}

static enum lt_err list_day(struct vault_tx *tx, const struct codes_day *day, uint32_t after, json_t *rows,
			    uint32_t *last)
{
	bool asked;
	enum lt_err err = codes_look(tx, day, 0, last, &asked);
	for (uint32_t number = after + 1; !err && number <= *last && json_array_size(rows) < CODES_PAGE; number++) {
		char code[LT_DOSSIER_MAX];
		struct codes_row row;
		struct outbox_state open;
		err = lt_dossier_code_make(day->agency, day->time, number, code);
		if (!err)
			err = codes_get(tx, code, &row);
		if (err)
			break;
		err = find_open(tx, code, &open);
		if (!err || err == LT_ENOENT)
			json_array_append_new(rows, row_of(code, &row, err ? NULL : &open));
		err = err == LT_ENOENT ? LT_OK : err;
	}
	return err;
}

/* ?date=2026-11-30, else today. False: answered. */
static bool read_day(struct exchange *exchange, int64_t *time)
{
	int64_t days;
	const char *text = exchange_query_text(exchange, "date");
	*time = now_of(exchange);
	if (!text)
		return true;
	if (lt_date_parse(text, &days) != LT_OK) {
		exchange_problem(exchange, LT_QUERY_INVALID, "date: a day is needed, as 2026-11-30");
		return false;
	}
	*time = days * LT_DAY_US - LT_VIETNAM_OFFSET_US;
	return true;
}

void api_code_list(struct exchange *exchange)
{
	struct codes_day day = { .agency = "" };
	struct vault_tx *tx = NULL;
	uint64_t after;
	uint32_t last = 0;
	const char *agency = agency_of(exchange, exchange_query_text(exchange, "agency"));
	if (!agency || !read_day(exchange, &day.time) ||
	    !exchange_query_u64(exchange, "after", 0, 0, CODES_NUMBER_MAX, &after))
		return;
	memcpy(day.agency, agency, strlen(agency) + 1);
	json_t *rows = json_array();
	enum lt_err err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err)
		err = list_day(tx, &day, (uint32_t)after, rows, &last);
	vault_read_end(tx);
	if (err) {
		json_decref(rows);
		exchange_error(exchange, err);
		return;
	}
	uint64_t end = after + json_array_size(rows);
	exchange_json(exchange, 200,
		      json_pack("{s:s, s:I, s:o, s:o}", "agency", agency, "last", (json_int_t)last, "codes", rows,
				"after", end < last ? json_integer((json_int_t)end) : json_null()));
}
