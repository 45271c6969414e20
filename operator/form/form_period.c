/* form_period.c: form 07: the dossiers that an office opened in a period, found in the journal by record time. */
#include "form_document.h"

#include "cli/cli_output.h"
#include "cli/view_dossier.h"
#include "law/status.h"

#include <lienthong/time.h>
#include <string.h>

#define ROWS_MAX 10000u /* as the form takes */
#define CHUNK 256u      /* records a question */
#define ARENA_MAX ((size_t)64 << 20)

struct period {
	const struct form_job *job;
	struct control_client *control;
	const struct lt_directory *directory;
	const struct lt_agency *agency;
	int64_t from, to;
	int64_t newest; /* time of the newest record looked at */
	struct lt_arena *arena;
	json_t *codes; /* of the dossiers, in the order of their OPEN */
	json_t *rows;
};

/* Record time of a sequence; 0 behind the journal's head. */
static int time_of(struct period *period, uint64_t sequence, int64_t *time, uint64_t *head)
{
	struct lt_control_request request = { .type = LT_CONTROL_JOURNAL, .sequence = sequence, .limit = 1 };
	struct lt_control_answer answer;
	struct lt_record record;
	struct lt_refusal refusal = { 0 };
	control_forget(period->control);
	int code = control_call(period->control, &request, &answer);
	if (code != EX_OK)
		return code;
	*head = answer.journal.head;
	*time = 0;
	if (answer.journal.count == 0)
		return EX_OK;
	if (lt_record_decode(answer.journal.records[0], &record, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "record %llu cannot be read: %s", (unsigned long long)sequence,
				refusal.detail);
	*time = record.time;
	return EX_OK;
}

/* The first record that is not before `from`: record times never fall, so halves are enough. */
static int find_first(struct period *period, uint64_t *out)
{
	uint64_t low = 1, head = 0;
	int64_t time;
	int code = time_of(period, 1, &time, &head);
	uint64_t high = head + 1;
	while (code == EX_OK && low < high) {
		uint64_t middle = low + (high - low) / 2, ignored;
		code = time_of(period, middle, &time, &ignored);
		if (time != 0 && time < period->from)
			low = middle + 1;
		else
			high = middle;
	}
	*out = low;
	return code;
}

/* It is this office, or has passed on to it. */
static bool follows(const struct period *period, const char *code)
{
	const char *own = period->agency->code;
	return strcmp(own, code) == 0 || lt_directory_succeeds(period->directory, own, code, period->to);
}

static int take_record(struct period *period, struct lt_bytes bytes, struct lt_record *record)
{
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(period->arena);
	if (lt_record_decode(bytes, record, &refusal) == LT_REASON_NONE && record->erased_by)
		return EX_OK;
	if (lt_record_decode(bytes, record, &refusal) != LT_REASON_NONE ||
	    lt_record_command(record, period->arena, &command, &refusal) != LT_REASON_NONE ||
	    lt_outcome_decode(record->outcome, period->arena, &outcome, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "a record of the journal cannot be read: %s", refusal.detail);
	if (record->time < period->to && record->time > period->newest)
		period->newest = record->time;
	if (command.type != LT_COMMAND_SUBMIT || outcome.reason != LT_REASON_NONE || record->time >= period->to ||
	    record->time < period->from ||
	    lt_header_parse(command.u.submit.header, period->arena, &header, &refusal) != LT_REASON_NONE ||
	    header.kind != LT_KIND_OPEN || (!follows(period, header.sender) && !follows(period, header.to[0].agency)))
		return EX_OK;
	if (json_array_size(period->codes) == ROWS_MAX)
		return say_fail(EX_DATAERR, "more than %u dossiers; ask for a shorter period", ROWS_MAX);
	json_array_append_new(period->codes, json_string(header.dossier));
	return EX_OK;
}

static int scan(struct period *period)
{
	uint64_t sequence;
	int code = find_first(period, &sequence);
	for (bool more = true; code == EX_OK && more;) {
		struct lt_control_request request = { .type = LT_CONTROL_JOURNAL,
						      .sequence = sequence,
						      .limit = CHUNK };
		struct lt_control_answer answer;
		struct lt_record record = { .time = 0 };
		control_forget(period->control);
		code = control_call(period->control, &request, &answer);
		for (size_t i = 0; code == EX_OK && i < answer.journal.count; i++)
			code = take_record(period, answer.journal.records[i], &record);
		if (code == EX_OK && answer.journal.count == 0 && sequence <= answer.journal.head)
			code = say_fail(EX_IOERR, "the broker cannot read its journal at record %llu",
					(unsigned long long)sequence);
		more = code == EX_OK && answer.journal.count > 0 && record.time < period->to &&
		       record.sequence < answer.journal.head;
		sequence = record.sequence + 1;
	}
	return code;
}

/* First hand-off away, the result's coming back, the handing over. */
static void put_times(const struct form_history *history, json_t *row)
{
	const char *origin = history->view->origin;
	static const char *const ways[] = { NULL, "Trực tiếp", "Trực tuyến", "Bưu chính" }; /* by enum lt_channel */
	int64_t forwarded = 0, result = 0, returned = 0;
	for (size_t i = 0; i < history->count; i++) {
		const struct form_act *act = &history->acts[i];
		const struct lt_header *header = &act->header;
		if (header->kind == LT_KIND_FORWARD && forwarded == 0 && strcmp(header->sender, origin) == 0)
			forwarded = act->time;
		if (header->kind == LT_KIND_HANDED_OVER)
			returned = header->hand_over ? header->hand_over->at : act->time;
		if (header->kind == LT_KIND_HANDED_OVER && header->hand_over && (unsigned)header->hand_over->manner < 4)
			form_set_text(row, "return_method", ways[header->hand_over->manner]);
		if (header->kind != LT_KIND_RESULT)
			continue;
		const struct form_act *answer = form_history_answer(history, act, origin);
		if (answer && answer->header.kind == LT_KIND_ACCEPT)
			result = answer->time;
		else if (strcmp(header->sender, origin) == 0)
			result = act->time;
	}
	form_set_time(row, "forwarded_at", forwarded);
	form_set_time(row, "result_at", result);
	form_set_time(row, "returned_at", returned);
}

static int add_row(struct period *period, const char *code)
{
	struct form_history history = { 0 };
	json_t *body = NULL, *facts = json_object(), *row = json_object();
	control_forget(period->control);
	int result = form_history_load(period->control, period->directory, code, &history);
	if (result == EX_OK)
		result = form_history_body(&history, form_facts_body_names(period->job->facts), &body);
	if (result == EX_OK && follows(period, history.view->origin)) {
		const struct lt_dossier_view *view = history.view;
		form_facts_put(period->job->facts, body, view, &history.acts[0].header, facts);
		json_object_set_new(row, "code", json_string(view->code));
		json_object_set_new(row, "procedure",
				    form_procedure_json(view->procedure, view->procedure_version,
							history.has_procedure ? &history.procedure : NULL));
		json_object_set(row, "applicant", json_object_get(facts, "applicant"));
		json_object_set(row, "sets", json_object_get(facts, "sets"));
		form_set_text(row, "return_method", json_string_value(json_object_get(facts, "return_place")));
		if (view->lead[0])
			json_object_set_new(row, "lead", form_agency_json(period->directory, view->lead));
		form_set_time(row, "received_at", view->received_at);
		form_set_time(row, "carried_at", view->carried_at);
		if (strcmp(view->origin, period->agency->code) != 0)
			json_object_set_new(row, "origin", form_agency_json(period->directory, view->origin));
		form_set_text(row, "status_name", status_vietnamese(view->status));
		json_object_set_new(row, "status", json_integer((json_int_t)view->status));
		if (view->clock) {
			form_set_time(row, "due_at", view->clock->appointment);
			json_object_set_new(row, "verdict", json_integer((json_int_t)view->clock->verdict));
		}
		put_times(&history, row);
		json_array_append(period->rows, row);
	}
	json_decref(row);
	json_decref(facts);
	json_decref(body);
	form_history_fini(&history);
	return result;
}

int form_period(const struct form_job *job, struct control_client *control, const struct lt_directory *directory,
		const struct lt_agency *agency, int64_t from, int64_t to, json_t **out)
{
	struct period period = { .job = job,
				 .control = control,
				 .directory = directory,
				 .agency = agency,
				 .from = from,
				 .to = to,
				 .newest = from,
				 .codes = json_array(),
				 .rows = json_array() };
	int code = lt_arena_new(ARENA_MAX, &period.arena) == LT_OK ? scan(&period) : say_fail_err(LT_ENOMEM, "scan");
	for (size_t i = 0; code == EX_OK && i < json_array_size(period.codes); i++)
		code = add_row(&period, json_string_value(json_array_get(period.codes, i)));
	if (code == EX_OK) {
		json_t *json = form_head_json(job, period.newest), *span = json_object();
		form_set_time(span, "from", from);
		form_set_time(span, "to", to - 1000000);
		json_object_set_new(json, "agency", form_heading_json(directory, agency->code));
		json_object_set_new(json, "period", span);
		json_object_set(json, "rows", period.rows);
		*out = json;
	}
	json_decref(period.codes);
	json_decref(period.rows);
	lt_arena_free(period.arena);
	return code;
}
