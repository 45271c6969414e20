/* delays.c: who caused each delay, as a text that the broker signs: of each dossier its stays and waits with what was allotted, what was used
 * and what lies beyond, and by agency what that comes to. What is charged to whom is the console's reckoning too
 * (operator/report/report_facts.c); tests hold one against the other. Source: docs/reports.md, docs/decisions/0088. */
#include "query_internal.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

#include "program/log.h"

#define DELAYS_TYPE "lienthong.delays.v1"
#define MINUTE_US INT64_C(60000000) /* the due minute is in time */

struct delays {
	struct query *query;
	const struct lt_delays_request *request;
	struct copier *copier;
	struct lt_buf *text;
	size_t dossiers, rows;
	json_t *seen;     /* codes: each counts once */
	json_t *agencies; /* by code: rows that were late, and working minutes beyond */
	int64_t late, unallotted, made_up;
};
/* One dossier: its rows, and what they come to. */
struct one {
	struct lt_dossier_view view;
	const struct lt_clock_view *clock;
	const struct lt_stay **ended; /* by their numbers; [0] is none */
	json_t *rows;
	int64_t beyond;
	bool of_agency; /* the agency that is asked for was late in it */
};

static const char *verdict_text(uint32_t verdict)
{
	static const char *const words[] = { "none", "early", "on_time", "late", "within", "overdue", "unknown" };
	return verdict < sizeof(words) / sizeof(words[0]) ? words[verdict] : "unknown";
}

static bool is_late(uint32_t verdict)
{
	return verdict == LT_TIME_LATE || verdict == LT_TIME_OVERDUE;
}

/* ---- what is charged ---- */

static int64_t above(int64_t used, uint32_t allotted)
{
	return used > (int64_t)allotted ? used - (int64_t)allotted : 0;
}

/* The newest correction of a row, which counts in its place; NULL: there is none. */
static const struct lt_stay *correction(const struct one *one, const struct lt_stay *row)
{
	const struct lt_stay *found = NULL;
	for (uint64_t i = row->number + 1; row->number != 0 && i <= one->view.stays_total; i++) {
		if (one->ended[i] && one->ended[i]->corrects == row->number)
			found = one->ended[i];
	}
	return found;
}

static void add_sum(struct delays *delays, const char *agency, int64_t beyond)
{
	json_t *sum = json_object_get(delays->agencies, agency);
	if (!sum) {
		const struct lt_agency *known = rulebook_agency(delays->query->state->rulebook, agency);
		sum = json_pack("{s:s, s:s, s:i, s:i}", "agency", agency, "name", known ? known->name : "", "rows", 0,
				"minutes", 0);
		json_object_set_new(delays->agencies, agency, sum);
	}
	json_object_set_new(sum, "rows", json_integer(json_integer_value(json_object_get(sum, "rows")) + 1));
	json_object_set_new(sum, "minutes", json_integer(json_integer_value(json_object_get(sum, "minutes")) + beyond));
}

/* own: what this agency has used of the row; through: up to its end, with what earlier stays at the leg had used. */
static void add_charge(struct delays *delays, struct one *one, const struct lt_stay *row, const char *agency,
		       int64_t own, int64_t through)
{
	const struct lt_stay *corrected = correction(one, row);
	uint32_t verdict = corrected ? corrected->verdict : row->verdict;
	bool wait = row->to[0] != '\0', late = is_late(verdict);
	int64_t beyond =
		late && row->due_lawful != 0 ? above(through, row->allotted) - above(through - own, row->allotted) : 0;
	json_t *out = json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:s, s:s, s:I, s:I, s:I, s:I}", "what",
				wait ? "wait" : "stay", "agency", agency, "leg", row->leg, "begun",
				query_time_json(wait ? row->arrived : row->begun), "ended", query_time_json(row->ended),
				"allotted", (json_int_t)row->allotted, "used", (json_int_t)own, "beyond",
				(json_int_t)beyond, "verdict", verdict_text(verdict), "late_reason",
				row->late ? row->late : "", "number", (json_int_t)row->number, "begun_record",
				(json_int_t)row->begun_by, "ended_record", (json_int_t)row->ended_by,
				"corrected_record", (json_int_t)(corrected ? corrected->ended_by : 0));
	LT_ASSERT(out && json_array_append_new(one->rows, out) == 0);
	delays->rows++;
	one->beyond += beyond;
	one->of_agency = one->of_agency || (late && strcmp(agency, delays->request->agency) == 0);
}

/* One that a reorganisation has cut is charged to each by what was used while it held. */
static void charge(struct delays *delays, struct one *one, const struct lt_stay *row)
{
	int64_t through = row->carried;
	if (row->corrects != 0)
		return;
	for (size_t i = 0; i < row->part_count; i++) {
		through += row->parts[i].used;
		add_charge(delays, one, row, row->parts[i].agency, row->parts[i].used, through);
	}
	if (row->part_count == 0)
		add_charge(delays, one, row, row->to[0] ? row->to : row->holder,
			   (int64_t)row->used - (int64_t)row->carried, row->used);
}

/* ---- one dossier ---- */

static enum lt_reason read_rows(struct delays *delays, struct one *one, struct lt_refusal *refusal)
{
	struct query *query = delays->query;
	const struct dossier *dossier = &query->dossier;
	uint64_t total = dossier->stay_count;
	if (total > DELAYS_ROWS_MAX - delays->rows)
		return lt_refuse(refusal, LT_FRAME_TOO_LARGE, "over %u stays and waits: ask for fewer dossiers",
				 DELAYS_ROWS_MAX);
	one->ended = query_alloc(query, (size_t)(total + 1) * sizeof(*one->ended));
	for (uint64_t number = 1; number <= total; number++) {
		struct lt_stay *row = query_alloc(query, sizeof(*row));
		if (dossier_get_stay(query->state->store, dossier->number, number, query->arena, row))
			return lt_refuse(refusal, LT_STORE_DAMAGED, "row %llu of %s", (unsigned long long)number,
					 dossier->code);
		one->ended[number] = row;
	}
	return LT_REASON_NONE;
}

/* As docs/reports.md says: done late in it, or overdue at its end. */
static bool late_in_period(const struct delays *delays, const struct one *one)
{
	const struct lt_delays_request *request = delays->request;
	const struct lt_clock_view *clock = one->clock;
	int64_t now = delays->query->legal, end = request->until < now ? request->until : now;
	if (request->until == 0)
		return true;
	if (!clock || one->view.received_at == 0 || one->view.received_at >= request->until)
		return false;
	if (clock->ended_at != 0 && clock->ended_at < request->until)
		return clock->ended_at >= request->from && clock->verdict == LT_TIME_LATE;
	if (clock->ended_at == 0 && one->view.status >= LT_DOSSIER_SUPPLEMENT && one->view.status <= LT_DOSSIER_STOPPED)
		return false;
	return (clock->due_lawful != 0 && end >= clock->due_lawful + MINUTE_US) ||
	       (clock->ended_at == 0 && clock->verdict == LT_TIME_OVERDUE && now <= request->until);
}

/* The signed text is put together dossier by dossier: all of them as JSON at once would be many times as large. */
static void put_json(struct delays *delays, const char *before, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	LT_ASSERT(text && lt_buf_printf(delays->text, "%s", before) == LT_OK &&
		  lt_buf_append(delays->text, text, strlen(text)) == LT_OK);
	free(text);
	json_decref(json);
}

static void sum_rows(struct delays *delays, const struct one *one)
{
	size_t i;
	json_t *row;
	json_array_foreach(one->rows, i, row)
	{
		const char *verdict = json_string_value(json_object_get(row, "verdict"));
		if (strcmp(verdict, "late") == 0 || strcmp(verdict, "overdue") == 0)
			add_sum(delays, json_string_value(json_object_get(row, "agency")),
				json_integer_value(json_object_get(row, "beyond")));
	}
}

static void put_one(struct delays *delays, struct one *one)
{
	static const struct lt_clock_view none;
	const struct lt_dossier_view *view = &one->view;
	const struct lt_clock_view *clock = one->clock ? one->clock : &none;
	int64_t late = above(clock->used, clock->allotted);
	int64_t unallotted = late > one->beyond ? late - one->beyond : 0;
	int64_t made_up = one->beyond > late ? one->beyond - late : 0;
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "dossier", view->code, "procedure",
				 view->procedure, "origin", view->origin, "lead", view->lead, "received",
				 query_time_json(view->received_at), "due", query_time_json(clock->due_lawful),
				 "finished", query_time_json(clock->ended_at), "verdict", verdict_text(clock->verdict));
	LT_ASSERT(json);
	json_object_set_new(json, "allotted", json_integer(clock->allotted));
	json_object_set_new(json, "used", json_integer(clock->used));
	json_object_set_new(json, "late", json_integer(late));
	json_object_set_new(json, "unallotted", json_integer(unallotted));
	json_object_set_new(json, "made_up", json_integer(made_up));
	json_object_set(json, "rows", one->rows);
	put_json(delays, delays->dossiers++ > 0 ? ",\n" : "", json);
	sum_rows(delays, one);
	delays->late += late;
	delays->unallotted += unallotted;
	delays->made_up += made_up;
}

static enum lt_reason add_dossier(struct delays *delays, const char *code, struct lt_refusal *refusal)
{
	struct query *query = delays->query;
	struct one *one = query_alloc(query, sizeof(*one));
	struct state *state = (struct state *)query->state;
	enum lt_err err = state_find_dossier(state, state->law, code, &query->dossier);
	if (err == LT_ENOENT)
		return state->law->access.unknown(code, refusal);
	if (err)
		return lt_refuse(refusal, LT_STORE_DAMAGED, "%s", code);
	if (json_object_get(delays->seen, query->dossier.code))
		return LT_REASON_NONE;
	json_object_set_new(delays->seen, query->dossier.code, json_true());
	copier_view(delays->copier, query->dossier.stay_count, &one->view);
	one->clock = one->view.clock;
	enum lt_reason reason = late_in_period(delays, one) ? read_rows(delays, one, refusal) : LT_REASON_NONE;
	if (reason || !one->ended)
		return reason;
	one->rows = json_array();
	for (uint64_t i = 1; i <= one->view.stays_total; i++)
		charge(delays, one, one->ended[i]);
	for (size_t i = 0; i < one->view.stay_count; i++)
		charge(delays, one, &one->view.stays[i]);
	if (!delays->request->agency[0] || one->of_agency)
		put_one(delays, one);
	json_decref(one->rows);
	return LT_REASON_NONE;
}

/* ---- the text ---- */

static void put_head(struct delays *delays)
{
	const struct query *query = delays->query;
	const struct lt_delays_request *request = delays->request;
	json_t *head = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o, s:o}", "type", DELAYS_TYPE, "domain",
				 rulebook_domain(query->state->rulebook), "sequence",
				 (json_int_t)store_sequence(query->state->store), "time", query_time_json(query->legal),
				 "agency", request->agency[0] ? json_string(request->agency) : json_null(), "from",
				 query_time_json(request->until ? request->from : 0), "until",
				 query_time_json(request->until));
	put_json(delays, "", head);
	delays->text->len--; /* its brace: it goes on */
	LT_ASSERT(lt_buf_printf(delays->text, ",\"dossiers\":[\n") == LT_OK);
}

static void put_foot(struct delays *delays)
{
	json_t *agencies = json_array(), *sum;
	const char *code;
	json_object_foreach(delays->agencies, code, sum) json_array_append(agencies, sum);
	put_json(delays, "],\n\"agencies\":", agencies);
	LT_ASSERT(lt_buf_printf(delays->text,
				",\n\"late\":%" PRId64 ",\"unallotted\":%" PRId64 ",\"made_up\":%" PRId64 "}\n",
				delays->late, delays->unallotted, delays->made_up) == LT_OK);
}

enum lt_reason query_delays(struct query *query, const struct lt_delays_request *request, struct lt_bytes *text,
			    struct lt_refusal *refusal)
{
	struct lt_buf buf = { 0 };
	struct delays delays = { .query = query,
				 .request = request,
				 .copier = copier_new(query),
				 .text = &buf,
				 .seen = json_object(),
				 .agencies = json_object() };
	enum lt_reason reason = LT_REASON_NONE;
	put_head(&delays);
	for (size_t i = 0; i < request->count && !reason; i++)
		reason = add_dossier(&delays, request->dossiers[i], refusal);
	put_foot(&delays);
	*text = reason ? lt_bytes(NULL, 0) : query_keep(query, lt_buf_bytes(&buf));
	json_decref(delays.seen);
	json_decref(delays.agencies);
	lt_buf_fini(&buf);
	return reason;
}
