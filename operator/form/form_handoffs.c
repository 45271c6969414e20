/* form_handoffs.c: the rows of form 06, from the stays and waits that the broker has recorded and nothing else: no time is counted here.
 *
 * A wait that was taken, refused or taken back is a row, with the verdict of the giver's stay that its offer ended; what ends a stay
 * without an offer (a leg of the holder's own, a join, a result, papers, the handing over) is a row too. What is open stands last: who
 * has it now, and what waits for whom. */
#include "form_document.h"

#include "cli/cli_output.h"
#include "program/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sheet {
	const struct form_job *job;
	const struct form_history *history;
	bool *told; /* of each stay: it stands in a row */
	json_t *rows;
};

static void add_note(json_t *row, const char *text, const char *more)
{
	const char *before = json_string_value(json_object_get(row, "note"));
	json_t *note =
		json_sprintf("%s%s%s%s%s", before ? before : "", before ? ". " : "", text, more[0] ? ": " : "", more);
	json_object_set_new(row, "note", note);
}

static const struct form_act *act_of(const struct sheet *sheet, uint64_t sequence)
{
	for (size_t i = 0; i < sheet->history->count; i++)
		if (sheet->history->acts[i].sequence == sequence)
			return &sheet->history->acts[i];
	return NULL;
}

/* "Thẩm định (Phòng Nội vụ)": with the room that does it, where the procedure says it. */
static void set_leg(json_t *row, const struct sheet *sheet, const char *id)
{
	char text[2 * 4 * LT_ACTOR_TEXT_MAX + 8]; /* bytes of a name and of a unit */
	const struct lt_procedure *procedure = &sheet->history->procedure;
	const struct lt_route_leg *leg = NULL;
	for (size_t i = 0; sheet->history->has_procedure && i < procedure->leg_count; i++) {
		if (strcmp(procedure->legs[i].id, id) == 0)
			leg = &procedure->legs[i];
	}
	bool unit = leg && leg->unit && leg->unit[0] != '\0';
	snprintf(text, sizeof(text), "%s%s%s%s", leg ? leg->name : id, unit ? " (" : "", unit ? leg->unit : "",
		 unit ? ")" : "");
	form_set_text(row, "leg", text);
}

static json_t *new_row(const struct sheet *sheet, const char *kind, const char *giver, const char *taker)
{
	const struct lt_directory *directory = sheet->history->directory;
	json_t *row = json_pack("{s:s}", "kind", kind);
	json_object_set_new(row, "giver", form_agency_json(directory, giver));
	json_object_set_new(row, "taker", form_agency_json(directory, taker));
	return row;
}

/* One side of a row: the act, its time, who signed it. */
static void set_side(const struct sheet *sheet, json_t *row, bool gives, uint64_t sequence, int64_t time)
{
	char signer[512];
	const struct form_act *act = act_of(sheet, sequence);
	form_set_time(row, gives ? "given_at" : "taken_at", time);
	if (sequence != 0)
		json_object_set_new(row, gives ? "given_sequence" : "taken_sequence",
				    json_integer((json_int_t)sequence));
	if (act)
		form_set_actor(row, gives ? "given_actor" : "taken_actor", act->header.actor);
	if (act)
		form_set_text(row, gives ? "given_by" : "taken_by",
			      form_signer(sheet->history->directory, act->certificate, signer));
}

static const char *kind_of(const struct sheet *sheet, uint64_t sequence, const char *otherwise)
{
	const struct form_act *act = act_of(sheet, sequence);
	return act ? lt_kind_name(act->header.kind) : otherwise;
}

static const char *reason_of(const struct sheet *sheet, uint64_t sequence)
{
	const struct form_act *act = act_of(sheet, sequence);
	return act ? act->header.reason : "";
}

/* Who held it one after the other, when a reorganisation has cut the stay. */
static void add_parts(const struct sheet *sheet, const struct lt_stay *stay, json_t *row)
{
	json_t *parts = json_array();
	for (size_t i = 0; i < stay->part_count; i++) {
		json_t *part = json_pack("{s:o, s:I}", "agency",
					 form_agency_json(sheet->history->directory, stay->parts[i].agency), "used",
					 (json_int_t)stay->parts[i].used);
		form_set_time(part, "begun", stay->parts[i].begun);
		form_set_time(part, "ended", stay->parts[i].ended);
		json_array_append_new(parts, part);
	}
	if (json_array_size(parts) > 0)
		json_object_set(row, "parts", parts);
	json_decref(parts);
}

/* What the broker's operators have said of it since: the newest is right. */
static void add_correction(const struct sheet *sheet, const struct lt_stay *stay, json_t *row)
{
	static const char *const verdicts[] = { "không kết luận", "Trước hạn", "Đúng hạn", "Quá hạn" };
	const struct lt_stay *newest = NULL;
	char record[24];
	for (size_t i = 0; i < sheet->history->stay_count; i++) {
		if (stay->number != 0 && sheet->history->stays[i].corrects == stay->number)
			newest = &sheet->history->stays[i];
	}
	if (!newest)
		return;
	snprintf(record, sizeof(record), "%llu", (unsigned long long)newest->ended_by);
	add_note(row, "Điều chỉnh theo bản ghi", record);
	json_object_set_new(row, "corrected_verdict", json_integer((json_int_t)newest->verdict));
	if (newest->verdict != stay->verdict && newest->verdict < 4)
		add_note(row, "Kết luận đúng", verdicts[newest->verdict]);
}

/* What a stay came to. Late without a reason says so. */
static void put_stay(const struct sheet *sheet, size_t index, json_t *row)
{
	const struct lt_stay *stay = &sheet->history->stays[index];
	const struct form_act *act = act_of(sheet, stay->ended_by);
	sheet->told[index] = true;
	set_leg(row, sheet, stay->leg);
	json_object_set_new(row, "used", json_integer((json_int_t)(stay->used - stay->carried)));
	if (stay->carried > 0)
		json_object_set_new(row, "carried", json_integer((json_int_t)stay->carried));
	if (stay->stood > 0)
		json_object_set_new(row, "stood", json_integer((json_int_t)stay->stood));
	add_parts(sheet, stay, row);
	add_correction(sheet, stay, row);
	if (stay->limit_unit == 0)
		return;
	json_object_set_new(row, "limit", form_limit_json(stay->limit_unit, stay->limit_quarters));
	json_object_set_new(row, "allotted", json_integer((json_int_t)stay->allotted));
	if (stay->verdict != 0)
		json_object_set_new(row, "verdict", json_integer((json_int_t)stay->verdict));
	if (stay->verdict == LT_TIME_LATE)
		add_note(row, "Lý do chậm",
			 stay->late[0] == '\0' ? "không nêu"
			 : act && act->header.late_reason && act->header.late_reason->words[0]
				 ? act->header.late_reason->words
				 : stay->late);
}

/* The stay that an act ended, not told yet; the number of stays: none. */
static size_t stay_ended_by(const struct sheet *sheet, uint64_t sequence)
{
	size_t i = 0;
	while (i < sheet->history->stay_count &&
	       (sheet->told[i] || sheet->history->stays[i].to[0] != '\0' || sheet->history->stays[i].ended == 0 ||
		sheet->history->stays[i].ended_by != sequence))
		i++;
	return i;
}

static const char *offer_note(const char *kind)
{
	if (strcmp(kind, "RETURN") == 0)
		return "Trả lại";
	if (strcmp(kind, "TRANSFER") == 0)
		return "Ngoài quy trình: chuyển cơ quan khác xử lý";
	return strcmp(kind, "RESULT") == 0 ? "Chuyển kết quả" : "";
}

static void note_wait(const struct sheet *sheet, const struct lt_stay *wait, const char *kind, json_t *row)
{
	bool said = strcmp(kind, "RETURN") == 0 || strcmp(kind, "TRANSFER") == 0;
	if (offer_note(kind)[0])
		add_note(row, offer_note(kind), said ? reason_of(sheet, wait->begun_by) : "");
	if (wait->how == LT_STAY_OPEN)
		add_note(row, "Chưa nhận", "");
	else if (wait->how == LT_WAIT_REFUSED)
		add_note(row, "Từ chối nhận", reason_of(sheet, wait->ended_by));
	else if (wait->how == LT_WAIT_RECALLED)
		add_note(row, "Bên giao lấy lại", reason_of(sheet, wait->ended_by));
	json_object_set_new(row, "waited", json_integer((json_int_t)wait->used));
	add_correction(sheet, wait, row);
	if (wait->verdict != 0)
		json_object_set_new(row, "wait_verdict", json_integer((json_int_t)wait->verdict));
}

static void add_wait(struct sheet *sheet, size_t index)
{
	const struct lt_stay *wait = &sheet->history->stays[index];
	const char *kind = kind_of(sheet, wait->begun_by, "FORWARD");
	json_t *row = new_row(sheet, kind, wait->holder, wait->to);
	set_side(sheet, row, true, wait->begun_by, wait->begun);
	if (wait->how == LT_WAIT_ACCEPTED || wait->how == LT_WAIT_REFUSED)
		set_side(sheet, row, false, wait->ended_by, wait->ended);
	size_t stay = wait->how == LT_STAY_OPEN || wait->how == LT_WAIT_ACCEPTED ? stay_ended_by(sheet, wait->begun_by)
										 : sheet->history->stay_count;
	if (stay < sheet->history->stay_count)
		put_stay(sheet, stay, row);
	note_wait(sheet, wait, kind, row);
	sheet->told[index] = true;
	json_array_append_new(sheet->rows, row);
}

static const char *end_note(uint32_t how)
{
	static const char *const notes[] = { "Đang giữ",
					     "Chuyển tiếp",
					     "Trả lại",
					     "Chuyển bước trong cơ quan",
					     "Chuyển nhiều nơi song song",
					     "Kết thúc nhánh song song",
					     "Nhánh không còn cần",
					     "Chuyển cơ quan khác xử lý",
					     "Có kết quả",
					     "Kết thúc",
					     "Làm tiếp ở bước khác sau bổ sung" };
	return how < sizeof(notes) / sizeof(notes[0]) ? notes[how] : "";
}

/* A stay that ended without an offer, or is open. */
static void add_stay(struct sheet *sheet, size_t index)
{
	const struct lt_stay *stay = &sheet->history->stays[index];
	const struct form_act *act = act_of(sheet, stay->ended_by);
	const char *taker = stay->how == LT_STAY_GIVEN_BACK && act && act->header.to_count > 0
				    ? act->header.to[0].agency
				    : stay->holder;
	json_t *row = new_row(sheet, kind_of(sheet, stay->ended_by, "STAY"), stay->holder, taker);
	set_side(sheet, row, true, stay->ended_by, stay->ended);
	if (stay->how == LT_STAY_MOVED || stay->how == LT_STAY_GIVEN_BACK)
		set_side(sheet, row, false, stay->ended_by, stay->ended);
	put_stay(sheet, index, row);
	add_note(row, end_note(stay->how), stay->how == LT_STAY_OPEN ? "" : reason_of(sheet, stay->ended_by));
	json_array_append_new(sheet->rows, row);
}

/* Intake from the applicant, papers, and the result handed to him: one of the two sides has no key of its own. */
static void add_person(struct sheet *sheet, const struct form_act *act, const char *applicant, const char *note)
{
	bool gives = act->header.kind != LT_KIND_HANDED_OVER;
	json_t *person = json_pack("{s:s}", "name", applicant[0] ? applicant : "Người nộp hồ sơ");
	json_t *row = new_row(sheet, lt_kind_name(act->header.kind), act->header.sender, act->header.sender);
	set_side(sheet, row, true, act->sequence, act->time);
	if (gives) {
		json_object_del(row, "given_by");
		set_side(sheet, row, false, act->sequence, act->time);
	} else {
		form_set_time(row, "taken_at", act->time);
	}
	size_t stay = stay_ended_by(sheet, act->sequence);
	if (stay < sheet->history->stay_count)
		put_stay(sheet, stay, row);
	add_note(row, note, "");
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

/* When a row belongs on the sheet: a wait by its offer, a stay by its end. */
static int64_t time_of(const struct lt_stay *stay)
{
	return stay->to[0] != '\0' ? stay->begun : stay->ended;
}

/* What ended up to an act; of what the act itself ended: of waits all, of stays those that no other row tells. */
static void add_until(struct sheet *sheet, int64_t time)
{
	const struct form_history *history = sheet->history;
	for (;;) {
		size_t next = history->stay_count;
		for (size_t i = 0; i < history->stay_count; i++) {
			const struct lt_stay *stay = &history->stays[i];
			bool open_stay = stay->to[0] == '\0' && stay->ended == 0;
			if (sheet->told[i] || open_stay || time_of(stay) > time)
				continue;
			/* An offer comes before the stay that it ended, which stands in its row. */
			if (next == history->stay_count || time_of(stay) < time_of(&history->stays[next]) ||
			    (time_of(stay) == time_of(&history->stays[next]) && stay->to[0] != '\0' &&
			     history->stays[next].to[0] == '\0'))
				next = i;
		}
		if (next == history->stay_count)
			return;
		if (history->stays[next].to[0] != '\0')
			add_wait(sheet, next);
		else
			add_stay(sheet, next);
	}
}

static void add_act(struct sheet *sheet, const struct form_act *act, const char *applicant)
{
	const struct lt_header *header = &act->header;
	bool own = header->to_count == 1 && strcmp(header->to[0].agency, header->sender) == 0;
	const char *note = header->kind == LT_KIND_HANDED_OVER   ? "Trả kết quả"
			   : header->kind == LT_KIND_SUPPLEMENT  ? "Bổ sung hồ sơ"
			   : header->kind == LT_KIND_OPEN && own ? "Tiếp nhận hồ sơ"
								 : NULL;
	if (!note)
		return;
	add_until(sheet, act->time - 1);
	add_person(sheet, act, applicant, note);
}

json_t *form_handoffs(const struct form_job *job, const struct form_history *history, const char *applicant)
{
	struct sheet sheet = { .job = job, .history = history, .rows = json_array() };
	sheet.told = calloc(history->stay_count + 1, sizeof(*sheet.told));
	LT_ASSERT(sheet.told);
	for (size_t i = 0; i < history->stay_count; i++) /* they stand in the rows of what they correct */
		sheet.told[i] = history->stays[i].corrects != 0;
	for (size_t i = 0; i < history->count; i++)
		add_act(&sheet, &history->acts[i], applicant);
	add_until(&sheet, INT64_MAX);
	for (size_t i = 0; i < history->stay_count; i++)
		if (!sheet.told[i])
			add_stay(&sheet, i);
	add_consults(&sheet);
	free(sheet.told);
	return sheet.rows;
}
