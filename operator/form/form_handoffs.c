/* form_handoffs.c: the rows of form 06. A row is one offer and its answer. The verdict is that of the giver's leg, which the
 * taking ends; where the broker's view no longer has that leg's clock, it is counted here by the broker's own arithmetic
 * from the calendar files, with the time of supplements and fees left out. */
#include "form_document.h"

#include "cli/cli_output.h"
#include "law/worktime.h"
#include "law/file_office.h"

#include <stdlib.h>
#include <string.h>

#define BRANCHES_MAX 64u /* branches of one dossier */

/* What a branch's holder is at. */
struct leg_state {
	bool open;
	uint32_t route_leg; /* 0: not known */
	int64_t since;
};
struct sheet {
	const struct form_job *job;
	const struct form_history *history;
	struct leg_state legs[BRANCHES_MAX + 1]; /* by branch number */
	json_t *rows;
};

static const struct lt_route_leg *route_leg(const struct sheet *sheet, uint32_t number)
{
	const struct lt_procedure *procedure = &sheet->history->procedure;
	for (size_t i = 0; sheet->history->has_procedure && number != 0 && i < procedure->leg_count; i++)
		if (procedure->legs[i].number == number)
			return &procedure->legs[i];
	return NULL;
}

static bool to_clock_limit(const struct lt_limit *limit, struct worktime_limit *out)
{
	if (limit->unit == LT_LIMIT_NONE || limit->unit > LT_LIMIT_SAME_DAY)
		return false;
	*out = (struct worktime_limit){ (enum worktime_unit)limit->unit, limit->quarters };
	return true;
}

/* Time when no clock ran: from a request for papers or money to its answer. */
static int64_t next_stop(const struct form_history *history, size_t *index, int64_t *until)
{
	for (size_t i = *index; i < history->count; i++) {
		enum lt_kind kind = history->acts[i].header.kind, answer = LT_KIND_SUPPLEMENT;
		if (kind == LT_KIND_REQUEST_FEE)
			answer = LT_KIND_FEE_PAID;
		else if (kind == LT_KIND_STOP)
			answer = LT_KIND_RESUME;
		else if (kind != LT_KIND_REQUEST_SUPPLEMENT)
			continue;
		*until = INT64_MAX;
		for (size_t j = i + 1; j < history->count && *until == INT64_MAX; j++)
			if (history->acts[j].header.kind == answer)
				*until = history->acts[j].time;
		*index = i + 1;
		return history->acts[i].time;
	}
	return 0;
}

/* Working minutes used from `from` to `to`, stops left out. False: a year is not in the calendar. */
static bool count_used(const struct sheet *sheet, const struct worktime_office *office, int64_t from, int64_t to,
		       uint32_t *used)
{
	size_t index = 0;
	int year;
	int64_t begin, end;
	if (worktime_used(sheet->job->calendar, office, from, to, used, &year) != LT_OK)
		return false;
	while ((begin = next_stop(sheet->history, &index, &end)) != 0) {
		uint32_t stood = 0;
		begin = begin < from ? from : begin;
		end = end > to ? to : end;
		if (end > begin && worktime_used(sheet->job->calendar, office, begin, end, &stood, &year) != LT_OK)
			return false;
		*used -= stood < *used ? stood : *used;
	}
	return true;
}

static void set_verdict(json_t *row, uint32_t verdict, uint32_t allotted, uint32_t used, const char *by)
{
	json_object_set_new(row, "verdict", json_integer((json_int_t)verdict));
	json_object_set_new(row, "allotted", json_integer((json_int_t)allotted));
	json_object_set_new(row, "used", json_integer((json_int_t)used));
	json_object_set_new(row, "counted_by", json_string(by));
}

/* By its id. */
static uint32_t leg_number(const struct sheet *sheet, const char *id)
{
	const struct lt_procedure *procedure = &sheet->history->procedure;
	for (size_t i = 0; sheet->history->has_procedure && i < procedure->leg_count; i++)
		if (strcmp(procedure->legs[i].id, id) == 0)
			return procedure->legs[i].number;
	return 0;
}

/* The clock in the broker's view, when it is still that of this stay. */
static const struct lt_clock_view *view_clock(const struct sheet *sheet, uint32_t branch, const char *holder,
					      uint32_t leg)
{
	const struct lt_dossier_view *view = sheet->history->view;
	for (size_t i = 0; i < view->branch_count; i++) {
		const struct lt_branch_view *own = &view->branches[i];
		if (own->branch == branch && leg_number(sheet, own->leg) == leg && strcmp(own->holder, holder) == 0 &&
		    own->clock && own->clock->verdict != 0 &&
		    own->clock->started >= sheet->legs[branch].since - 1000000)
			return own->clock;
	}
	return NULL;
}

static void put_verdict(const struct sheet *sheet, uint32_t branch, const char *giver, int64_t ended, json_t *row)
{
	const struct leg_state *state = &sheet->legs[branch <= BRANCHES_MAX ? branch : 0];
	const struct lt_clock_view *told = state->open ? view_clock(sheet, branch, giver, state->route_leg) : NULL;
	const struct lt_route_leg *leg = route_leg(sheet, state->route_leg);
	struct worktime_limit limit;
	struct worktime_due due;
	struct office_found office = { .office = WORKTIME_OFFICE_DEFAULT };
	char error[256];
	int year;
	uint32_t allotted, used;
	if (leg)
		form_set_text(row, "leg", leg->name);
	if (told) {
		set_verdict(row, told->verdict, told->allotted, told->used, "broker");
		return;
	}
	if (!state->open || !leg || !sheet->job->calendar || !to_clock_limit(&leg->limit, &limit))
		return;
	if (file_office_find(sheet->job->agencies, giver, &office, error, sizeof(error)) != LT_OK)
		office.office = WORKTIME_OFFICE_DEFAULT;
	if (worktime_due(sheet->job->calendar, &office.office, &limit, state->since, &due) != LT_OK ||
	    worktime_used(sheet->job->calendar, &office.office, due.start, due.due, &allotted, &year) != LT_OK ||
	    !count_used(sheet, &office.office, state->since, ended, &used))
		return;
	set_verdict(row, used > allotted ? 3 : used < allotted ? 1 : 2, allotted, used, "files");
}

static void add_note(json_t *row, const char *text, const char *more)
{
	const char *before = json_string_value(json_object_get(row, "note"));
	json_t *note =
		json_sprintf("%s%s%s%s%s", before ? before : "", before ? ". " : "", text, more[0] ? ": " : "", more);
	json_object_set_new(row, "note", note);
}

static json_t *new_row(const struct sheet *sheet, const struct form_act *act)
{
	char signer[512];
	json_t *row = json_pack("{s:s, s:I}", "kind", lt_kind_name(act->header.kind), "given_sequence",
				(json_int_t)act->sequence);
	json_object_set_new(row, "giver", form_agency_json(sheet->history->directory, act->header.sender));
	form_set_time(row, "given_at", act->time);
	form_set_text(row, "given_by", form_signer(sheet->history->directory, act->certificate, signer));
	return row;
}

static void set_taken(const struct sheet *sheet, const struct form_act *act, json_t *row)
{
	char signer[512];
	json_object_set_new(row, "taken_sequence", json_integer((json_int_t)act->sequence));
	form_set_time(row, "taken_at", act->time);
	form_set_text(row, "taken_by", form_signer(sheet->history->directory, act->certificate, signer));
}

/* The route's leg that an offer's recipient begins: as it says, else the one that follows the giver's. */
static uint32_t next_leg(const struct sheet *sheet, const struct lt_recipient *to, uint32_t before)
{
	const struct lt_route_leg *leg = route_leg(sheet, before);
	if (to->leg[0] != '\0' || !leg)
		return leg_number(sheet, to->leg);
	for (size_t i = 0; i < leg->next_count; i++) {
		const struct lt_route_leg *next = route_leg(sheet, leg->next[i]);
		if (leg->next_count == 1 || (next && strcmp(next->agency, to->agency) == 0))
			return leg->next[i];
	}
	return 0;
}

static void begin_leg(struct sheet *sheet, uint32_t branch, uint32_t leg, int64_t time)
{
	if (branch <= BRANCHES_MAX)
		sheet->legs[branch] = (struct leg_state){ .open = true, .route_leg = leg, .since = time };
}

static const char *offer_note(enum lt_kind kind)
{
	if (kind == LT_KIND_RETURN)
		return "Trả lại";
	return kind == LT_KIND_RESULT ? "Chuyển kết quả" : "";
}

static void add_offer(struct sheet *sheet, const struct form_act *act, const struct lt_recipient *to)
{
	const struct lt_header *header = &act->header;
	const struct form_act *answer = form_history_answer(sheet->history, act, to->agency);
	uint32_t branch = header->branch ? header->branch : 1;
	uint32_t before = branch <= BRANCHES_MAX ? sheet->legs[branch].route_leg : 0;
	json_t *row = new_row(sheet, act);
	json_object_set_new(row, "taker", form_agency_json(sheet->history->directory, to->agency));
	if (offer_note(header->kind)[0])
		add_note(row, offer_note(header->kind), header->kind == LT_KIND_RETURN ? header->reason : "");
	if (!answer) {
		add_note(row, "Chưa nhận", "");
	} else if (answer->header.kind == LT_KIND_ACCEPT) {
		set_taken(sheet, answer, row);
		put_verdict(sheet, branch, header->sender, header->kind == LT_KIND_RESULT ? act->time : answer->time,
			    row);
		begin_leg(sheet, answer->header.branch, next_leg(sheet, to, before), answer->time);
	} else if (answer->header.kind == LT_KIND_REFUSE) {
		set_taken(sheet, answer, row);
		add_note(row, "Từ chối nhận", answer->header.reason);
	} else {
		add_note(row, "Bên giao lấy lại", answer->header.reason);
	}
	json_array_append_new(sheet->rows, row);
}

/* Intake from the applicant, and the result handed to him: one of the two sides has no key of its own. */
static void add_person(struct sheet *sheet, const struct form_act *act, const char *applicant, bool gives)
{
	json_t *person = json_pack("{s:s}", "name", applicant[0] ? applicant : "Người nộp hồ sơ");
	json_t *row = new_row(sheet, act);
	if (gives) {
		json_object_set_new(row, "taker", form_agency_json(sheet->history->directory, act->header.sender));
		json_object_del(row, "given_by");
		set_taken(sheet, act, row);
		add_note(row, "Tiếp nhận hồ sơ", "");
		uint32_t named = act->header.to_count ? leg_number(sheet, act->header.to[0].leg) : 0;
		begin_leg(sheet, 1, named ? named : 1, act->time);
	} else {
		put_verdict(sheet, act->header.branch, act->header.sender, act->time, row);
		form_set_time(row, "taken_at", act->time);
		add_note(row, "Trả kết quả", "");
	}
	json_object_set_new(row, gives ? "giver" : "taker", person);
	json_array_append_new(sheet->rows, row);
}

static const struct form_act *find_id(const struct form_history *history, const uint8_t id[16])
{
	for (size_t i = 0; i < history->count; i++)
		if (memcmp(history->acts[i].header.id, id, 16) == 0)
			return &history->acts[i];
	return NULL;
}

/* Papers brought: where the clock restarts, the leg that asked for them begins anew, or the route's first one. */
static void add_supplement(struct sheet *sheet, const struct form_act *act, const char *applicant)
{
	const struct form_act *request =
		act->header.has_reply ? find_id(sheet->history, act->header.in_reply_to) : NULL;
	uint32_t branch = request ? request->header.branch : 0;
	json_t *row = new_row(sheet, act);
	json_object_del(row, "given_by");
	json_object_set_new(row, "giver", json_pack("{s:s}", "name", applicant[0] ? applicant : "Người nộp hồ sơ"));
	json_object_set_new(row, "taker", form_agency_json(sheet->history->directory, act->header.sender));
	set_taken(sheet, act, row);
	add_note(row, "Bổ sung hồ sơ", "");
	json_array_append_new(sheet->rows, row);
	if (branch == 0 || branch > BRANCHES_MAX || !sheet->legs[branch].open)
		return;
	const struct lt_route_leg *leg = route_leg(sheet, sheet->legs[branch].route_leg);
	if (!leg)
		return;
	if (leg->on_supplement != 0)
		sheet->legs[branch].route_leg = leg->on_supplement;
	else if (leg->policy == LT_CLOCK_RESTART && branch == 1)
		sheet->legs[branch].route_leg = 1;
	if (leg->policy == LT_CLOCK_RESTART)
		sheet->legs[branch].since = act->time;
}

static void add_act(struct sheet *sheet, const struct form_act *act, const char *applicant)
{
	const struct lt_header *header = &act->header;
	if (header->kind == LT_KIND_HANDED_OVER)
		add_person(sheet, act, applicant, false);
	else if (header->kind == LT_KIND_OPEN && header->to_count == 1 &&
		 strcmp(header->to[0].agency, header->sender) == 0)
		add_person(sheet, act, applicant, true);
	else if (header->kind == LT_KIND_SUPPLEMENT)
		add_supplement(sheet, act, applicant);
	else
		for (size_t i = 0; lt_kind_offers(header->kind) && i < header->to_count; i++)
			if (strcmp(header->to[i].agency, header->sender) != 0)
				add_offer(sheet, act, &header->to[i]);
}

/* What the silence meant and what was answered later: both stay. */
static void say_answer(const struct lt_consult_view *consult, const struct lt_consult_answer *answer, char *out,
		       size_t size)
{
	static const char *const said[] = { "", "đồng ý", "không đồng ý", "đồng ý có điều kiện" };
	const char *silence = answer->silent_at == 0     ? ""
			      : consult->on_silence == 1 ? "quá hạn, coi là đồng ý"
							 : "quá hạn, đã báo cáo";
	const char *word = (unsigned)answer->agree < 4 ? said[answer->agree] : "";
	if (!*silence && !*word)
		snprintf(out, size, "chờ trả lời");
	else
		snprintf(out, size, "%s%s%s%s", silence, *silence && *word ? "; sau đó trả lời: " : "", word,
			 answer->late ? " (quá hạn)" : "");
}

static void add_consults(struct sheet *sheet)
{
	const struct lt_dossier_view *view = sheet->history->view;
	char said[160];
	for (size_t i = 0; i < view->consult_count; i++) {
		const struct lt_consult_view *consult = &view->consults[i];
		for (size_t j = 0; j < consult->answer_count; j++) {
			const struct lt_consult_answer *answer = &consult->answers[j];
			json_t *row = json_pack("{s:s}", "kind", "CONSULT");
			json_object_set_new(row, "giver",
					    form_agency_json(sheet->history->directory, consult->asked_by));
			json_object_set_new(row, "taker", form_agency_json(sheet->history->directory, answer->agency));
			const struct form_act *asked =
				consult->id.len == 16 ? find_id(sheet->history, consult->id.data) : NULL;
			form_set_time(row, "given_at", asked ? asked->time : 0);
			form_set_time(row, "taken_at",
				      answer->answered_at != 0 ? answer->answered_at : answer->silent_at);
			say_answer(consult, answer, said, sizeof(said));
			add_note(row, "Lấy ý kiến", said);
			json_array_append_new(sheet->rows, row);
		}
	}
}

json_t *form_handoffs(const struct form_job *job, const struct form_history *history, const char *applicant)
{
	struct sheet sheet = { .job = job, .history = history, .rows = json_array() };
	for (size_t i = 0; i < history->count; i++)
		add_act(&sheet, &history->acts[i], applicant);
	add_consults(&sheet);
	return sheet.rows;
}
