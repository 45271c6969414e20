/* view.c: the view of a dossier, which both the link and the control socket carry. */
#include "link.h"
#include "link.pb-c.h"
#include "maps.h"

#include <string.h>

#include <lienthong/code.h>
#include <lienthong/text.h>
#include "link.pb-c.h"

static const struct codec_field recipient_fields[] = {
	CODEC_FIELD_CODE(1, struct lt_recipient, agency),
	CODEC_FIELD_CODE(2, struct lt_recipient, leg),
};
static const struct codec_map recipient_map = CODEC_MAP(recipient_fields, struct lt_recipient);

static const struct codec_field hop_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_hop, sequence),
	CODEC_FIELD(2, CODEC_U64, struct lt_hop, time),
	CODEC_FIELD(3, CODEC_ENUM, struct lt_hop, kind),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_hop, sender),
	CODEC_FIELD_RECORDS(5, struct lt_hop, to, to_count, recipient_map),
	CODEC_FIELD(6, CODEC_BYTES, struct lt_hop, id),
	CODEC_FIELD(7, CODEC_TEXT, struct lt_hop, reason),
	CODEC_FIELD(8, CODEC_BYTES, struct lt_hop, leaf_hash),
	CODEC_FIELD(9, CODEC_BYTES, struct lt_hop, certificate_sha256),
	CODEC_FIELD(10, CODEC_U32, struct lt_hop, outcome),
	CODEC_FIELD(11, CODEC_U32, struct lt_hop, branch),
	CODEC_FIELD(12, CODEC_U64, struct lt_hop, branch_version),
	CODEC_FIELD(13, CODEC_U32, struct lt_hop, status),
	CODEC_FIELD(14, CODEC_U64, struct lt_hop, sent_at),
	CODEC_FIELD(15, CODEC_BOOL, struct lt_hop, trust_stale),
	CODEC_FIELD_RECORD(16, CODEC_POINTER, struct lt_hop, actor, codec_actor_map),
	CODEC_FIELD(17, CODEC_ENUM, struct lt_hop, channel),
	CODEC_FIELD(18, CODEC_TEXT, struct lt_hop, ground),
	CODEC_FIELD_RECORD(19, CODEC_POINTER, struct lt_hop, late_reason, codec_late_reason_map),
	CODEC_FIELD_LIST(20, CODEC_TEXTS, struct lt_hop, foreign_codes, foreign_count),
	CODEC_FIELD(21, CODEC_BYTES, struct lt_hop, sentence),
	CODEC_FIELD(22, CODEC_U64, struct lt_hop, signed_by),
	CODEC_FIELD_RECORDS(23, struct lt_hop, results, result_count, codec_result_map),
	CODEC_FIELD(30, CODEC_U64, struct lt_hop, erased_by),
};
static const struct codec_map hop_map = CODEC_MAP(hop_fields, struct lt_hop);

static const struct codec_field clock_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_clock_view, started),
	CODEC_FIELD(2, CODEC_U64, struct lt_clock_view, due_first),
	CODEC_FIELD(3, CODEC_U64, struct lt_clock_view, due_lawful),
	CODEC_FIELD(4, CODEC_BOOL, struct lt_clock_view, suspended),
	CODEC_FIELD(5, CODEC_U32, struct lt_clock_view, allotted),
	CODEC_FIELD(6, CODEC_U32, struct lt_clock_view, used),
	CODEC_FIELD(7, CODEC_U32, struct lt_clock_view, verdict),
	CODEC_FIELD(8, CODEC_BOOL, struct lt_clock_view, apologised),
	CODEC_FIELD(9, CODEC_BOOL, struct lt_clock_view, set_back),
	CODEC_FIELD(10, CODEC_U64, struct lt_clock_view, appointment),
	CODEC_FIELD(11, CODEC_U32, struct lt_clock_view, limit_unit),
	CODEC_FIELD(12, CODEC_U32, struct lt_clock_view, limit_quarters),
	CODEC_FIELD(13, CODEC_U64, struct lt_clock_view, ended_at),
};
static const struct codec_map clock_map = CODEC_MAP(clock_fields, struct lt_clock_view);

static const struct codec_field answer_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_consult_answer, agency),
	CODEC_FIELD(2, CODEC_U64, struct lt_consult_answer, due),
	CODEC_FIELD(3, CODEC_U64, struct lt_consult_answer, silent_at),
	CODEC_FIELD(4, CODEC_ENUM, struct lt_consult_answer, agree),
	CODEC_FIELD(5, CODEC_U64, struct lt_consult_answer, answered_at),
	CODEC_FIELD(6, CODEC_BOOL, struct lt_consult_answer, late),
};
static const struct codec_map answer_map = CODEC_MAP(answer_fields, struct lt_consult_answer);

static const struct codec_field consult_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_consult_view, number),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_consult_view, id),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_consult_view, asked_by),
	CODEC_FIELD(4, CODEC_U64, struct lt_consult_view, due),
	CODEC_FIELD(5, CODEC_U32, struct lt_consult_view, on_silence),
	CODEC_FIELD_RECORDS(6, struct lt_consult_view, answers, answer_count, answer_map),
	CODEC_FIELD(7, CODEC_BOOL, struct lt_consult_view, stands),
};
static const struct codec_map consult_map = CODEC_MAP(consult_fields, struct lt_consult_view);

static const struct codec_field fact_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_field, name),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_field, value),
};
static const struct codec_map fact_map = CODEC_MAP(fact_fields, struct lt_field);

static const struct codec_field branch_view_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_branch_view, branch),
	CODEC_FIELD(2, CODEC_U64, struct lt_branch_view, version),
	CODEC_FIELD(3, CODEC_ENUM, struct lt_branch_view, custody),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_branch_view, holder),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_branch_view, offered_to),
	CODEC_FIELD(6, CODEC_BYTES, struct lt_branch_view, offer_id),
	CODEC_FIELD(7, CODEC_TEXT, struct lt_branch_view, leg),
	CODEC_FIELD(8, CODEC_U64, struct lt_branch_view, since),
	CODEC_FIELD_RECORD(9, CODEC_POINTER, struct lt_branch_view, clock, clock_map),
	CODEC_FIELD(10, CODEC_TEXT, struct lt_branch_view, leg_name),
	CODEC_FIELD(11, CODEC_U32, struct lt_branch_view, trace),
	CODEC_FIELD(12, CODEC_TEXT, struct lt_branch_view, acting),
	CODEC_FIELD(13, CODEC_TEXT, struct lt_branch_view, acting_offered),
	CODEC_FIELD_RECORDS(14, struct lt_branch_view, next, next_count, recipient_map),
	CODEC_FIELD_LIST(30, CODEC_TEXTS, struct lt_branch_view, ask, ask_count),
	CODEC_FIELD(31, CODEC_TEXT, struct lt_branch_view, consult_limit),
	CODEC_FIELD(50, CODEC_TEXT, struct lt_branch_view, unit),
};
static const struct codec_map branch_view_map = CODEC_MAP(branch_view_fields, struct lt_branch_view);

static const struct codec_field stuck_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_stuck_view, agency),
	CODEC_FIELD(2, CODEC_U64, struct lt_stuck_view, number),
	CODEC_FIELD(3, CODEC_U64, struct lt_stuck_view, sequence),
	CODEC_FIELD(4, CODEC_U32, struct lt_stuck_view, reason),
	CODEC_FIELD(5, CODEC_BYTES, struct lt_stuck_view, sha256),
	CODEC_FIELD(6, CODEC_U64, struct lt_stuck_view, since),
	CODEC_FIELD(7, CODEC_U64, struct lt_stuck_view, redelivered),
	CODEC_FIELD(20, CODEC_TEXT, struct lt_stuck_view, dossier),
};
const struct codec_map codec_stuck_view_map = CODEC_MAP(stuck_fields, struct lt_stuck_view);

static const struct codec_field owed_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_owed, what),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_owed, who),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_owed, acting),
	CODEC_FIELD(4, CODEC_U32, struct lt_owed, branch),
	CODEC_FIELD(5, CODEC_U32, struct lt_owed, consult),
	CODEC_FIELD(6, CODEC_U64, struct lt_owed, since),
	CODEC_FIELD(7, CODEC_U64, struct lt_owed, until),
	CODEC_FIELD(8, CODEC_U64, struct lt_owed, closed_from),
	CODEC_FIELD(9, CODEC_U64, struct lt_owed, closed_until),
	CODEC_FIELD(10, CODEC_TEXT, struct lt_owed, closed_why),
};
const struct codec_map codec_owed_map = CODEC_MAP(owed_fields, struct lt_owed);

static const struct codec_field can_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_can, who),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_can, acting),
	CODEC_FIELD(3, CODEC_U32, struct lt_can, branch),
	CODEC_FIELD_LIST(4, CODEC_U32_LIST, struct lt_can, kinds, kind_count),
};
static const struct codec_map can_map = CODEC_MAP(can_fields, struct lt_can);

static const struct codec_field stay_part_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_stay_part, agency),
	CODEC_FIELD(2, CODEC_U64, struct lt_stay_part, begun),
	CODEC_FIELD(3, CODEC_U64, struct lt_stay_part, ended),
	CODEC_FIELD(4, CODEC_U32, struct lt_stay_part, used),
};
static const struct codec_map stay_part_map = CODEC_MAP(stay_part_fields, struct lt_stay_part);

static const struct codec_field stay_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_stay, number),
	CODEC_FIELD(2, CODEC_U32, struct lt_stay, branch),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_stay, leg),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_stay, holder),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_stay, to),
	CODEC_FIELD(6, CODEC_U64, struct lt_stay, begun),
	CODEC_FIELD(7, CODEC_U64, struct lt_stay, ended),
	CODEC_FIELD(8, CODEC_U64, struct lt_stay, begun_by),
	CODEC_FIELD(9, CODEC_U64, struct lt_stay, ended_by),
	CODEC_FIELD(10, CODEC_U64, struct lt_stay, arrived),
	CODEC_FIELD(11, CODEC_U32, struct lt_stay, limit_unit),
	CODEC_FIELD(12, CODEC_U32, struct lt_stay, limit_quarters),
	CODEC_FIELD(13, CODEC_U64, struct lt_stay, counted_from),
	CODEC_FIELD(14, CODEC_U32, struct lt_stay, allotted),
	CODEC_FIELD(15, CODEC_U32, struct lt_stay, used),
	CODEC_FIELD(16, CODEC_U32, struct lt_stay, carried),
	CODEC_FIELD(17, CODEC_U32, struct lt_stay, stood),
	CODEC_FIELD(18, CODEC_U32, struct lt_stay, given),
	CODEC_FIELD(19, CODEC_U64, struct lt_stay, due_first),
	CODEC_FIELD(20, CODEC_U64, struct lt_stay, due_lawful),
	CODEC_FIELD(21, CODEC_U32, struct lt_stay, verdict),
	CODEC_FIELD(22, CODEC_U32, struct lt_stay, how),
	CODEC_FIELD(23, CODEC_TEXT, struct lt_stay, late),
	CODEC_FIELD(24, CODEC_BOOL, struct lt_stay, set_back),
	CODEC_FIELD_RECORDS(25, struct lt_stay, parts, part_count, stay_part_map),
	CODEC_FIELD(30, CODEC_U64, struct lt_stay, corrects),
	CODEC_FIELD(50, CODEC_TEXT, struct lt_stay, unit),
};
const struct codec_map codec_stay_map = CODEC_MAP(stay_fields, struct lt_stay);

const char *lt_stay_end_name(uint32_t how)
{
	static const char *const stays[] = { "open",   "handed on", "given back",  "moved",
					     "forked", "joined",    "not needed",  "transferred",
					     "result", "closed",    "supplemented" };
	static const char *const waits[] = { "accepted", "refused", "recalled", "asked" };
	if (how < sizeof(stays) / sizeof(*stays))
		return stays[how];
	if (how == LT_STAY_CORRECTION)
		return "correction";
	how -= LT_WAIT_ACCEPTED;
	return how < sizeof(waits) / sizeof(*waits) ? waits[how] : "unknown";
}

enum lt_err lt_stay_encode(const struct lt_stay *stay, struct lt_buf *out)
{
	return codec_map_encode(&codec_stay_map, stay, out);
}

enum lt_reason lt_stay_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_stay *out,
			      struct lt_refusal *refusal)
{
	return codec_map_decode(&codec_stay_map, &lienthong__v1__stay__descriptor, bytes, arena, out, refusal);
}

static const struct codec_field dossier_view_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_dossier_view, code),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_dossier_view, procedure),
	CODEC_FIELD(3, CODEC_U32, struct lt_dossier_view, procedure_version),
	CODEC_FIELD(4, CODEC_U32, struct lt_dossier_view, status),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_dossier_view, origin),
	CODEC_FIELD(6, CODEC_TEXT, struct lt_dossier_view, lead),
	CODEC_FIELD(7, CODEC_U64, struct lt_dossier_view, opened_at),
	CODEC_FIELD_RECORDS(8, struct lt_dossier_view, branches, branch_count, branch_view_map),
	CODEC_FIELD_RECORDS(9, struct lt_dossier_view, hops, hop_count, hop_map),
	CODEC_FIELD(10, CODEC_U64, struct lt_dossier_view, hops_total),
	CODEC_FIELD_RECORD(11, CODEC_POINTER, struct lt_dossier_view, clock, clock_map),
	CODEC_FIELD_RECORDS(12, struct lt_dossier_view, consults, consult_count, consult_map),
	CODEC_FIELD_RECORDS(13, struct lt_dossier_view, fields, field_count, fact_map),
	CODEC_FIELD(14, CODEC_U32, struct lt_dossier_view, supplements),
	CODEC_FIELD(15, CODEC_TEXT, struct lt_dossier_view, outcome),
	CODEC_FIELD_RECORDS(16, struct lt_dossier_view, stuck, stuck_count, codec_stuck_view_map),
	CODEC_FIELD_RECORDS(17, struct lt_dossier_view, stays, stay_count, codec_stay_map),
	CODEC_FIELD(18, CODEC_U64, struct lt_dossier_view, stays_total),
	CODEC_FIELD(30, CODEC_TEXT, struct lt_dossier_view, procedure_name),
	CODEC_FIELD_RECORDS(31, struct lt_dossier_view, owed, owed_count, codec_owed_map),
	CODEC_FIELD_RECORDS(32, struct lt_dossier_view, can, can_count, can_map),
	CODEC_FIELD(33, CODEC_U64, struct lt_dossier_view, time),
	CODEC_FIELD(40, CODEC_U64, struct lt_dossier_view, frozen),
	CODEC_FIELD_RECORDS(50, struct lt_dossier_view, transferred, transferred_count, recipient_map),
	CODEC_FIELD(51, CODEC_TEXT, struct lt_dossier_view, replaces),
	CODEC_FIELD(52, CODEC_TEXT, struct lt_dossier_view, replaced_by),
	CODEC_FIELD(60, CODEC_ENUM, struct lt_dossier_view, channel),
	CODEC_FIELD(61, CODEC_TEXT, struct lt_dossier_view, place_of_help),
	CODEC_FIELD(62, CODEC_TEXT, struct lt_dossier_view, registered_by),
	CODEC_FIELD(63, CODEC_U64, struct lt_dossier_view, received_at),
	CODEC_FIELD(64, CODEC_U64, struct lt_dossier_view, carried_at),
};
const struct codec_map codec_dossier_view_map = CODEC_MAP(dossier_view_fields, struct lt_dossier_view);

/* ---- many dossiers ---- */

static const struct codec_field dossiers_request_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_dossiers_request, owed_by),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_dossiers_request, holder),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_dossiers_request, lead),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_dossiers_request, procedure),
	CODEC_FIELD(5, CODEC_U32, struct lt_dossiers_request, status),
	CODEC_FIELD(6, CODEC_BOOL, struct lt_dossiers_request, late),
	CODEC_FIELD(7, CODEC_U64, struct lt_dossiers_request, due_within),
	CODEC_FIELD(8, CODEC_BOOL, struct lt_dossiers_request, unanswered),
	CODEC_FIELD(9, CODEC_BOOL, struct lt_dossiers_request, silent),
	CODEC_FIELD(10, CODEC_BYTES, struct lt_dossiers_request, after),
	CODEC_FIELD(11, CODEC_U32, struct lt_dossiers_request, limit),
	CODEC_FIELD(12, CODEC_TEXT, struct lt_dossiers_request, foreign),
	CODEC_FIELD(13, CODEC_TEXT, struct lt_dossiers_request, party),
};
const struct codec_map codec_dossiers_request_map = CODEC_MAP(dossiers_request_fields, struct lt_dossiers_request);

static const struct codec_field dossiers_row_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_dossiers_row, code),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_dossiers_row, procedure),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_dossiers_row, procedure_name),
	CODEC_FIELD(4, CODEC_U32, struct lt_dossiers_row, procedure_version),
	CODEC_FIELD(5, CODEC_U32, struct lt_dossiers_row, status),
	CODEC_FIELD(6, CODEC_TEXT, struct lt_dossiers_row, origin),
	CODEC_FIELD(7, CODEC_TEXT, struct lt_dossiers_row, lead),
	CODEC_FIELD(8, CODEC_TEXT, struct lt_dossiers_row, holder),
	CODEC_FIELD_RECORD(9, CODEC_MESSAGE, struct lt_dossiers_row, owed, codec_owed_map),
	CODEC_FIELD(10, CODEC_TEXT, struct lt_dossiers_row, leg),
	CODEC_FIELD(50, CODEC_ENUM, struct lt_dossiers_row, channel),
	CODEC_FIELD(51, CODEC_TEXT, struct lt_dossiers_row, place_of_help),
	CODEC_FIELD(52, CODEC_U64, struct lt_dossiers_row, carried_at),
};
static const struct codec_map dossiers_row_map = CODEC_MAP(dossiers_row_fields, struct lt_dossiers_row);

static const struct codec_field dossiers_view_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_dossiers_view, rows, count, dossiers_row_map),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_dossiers_view, next),
	CODEC_FIELD(3, CODEC_U64, struct lt_dossiers_view, sequence),
	CODEC_FIELD(4, CODEC_U64, struct lt_dossiers_view, time),
};
const struct codec_map codec_dossiers_view_map = CODEC_MAP(dossiers_view_fields, struct lt_dossiers_view);

enum lt_reason lt_dossiers_request_decode(struct lt_bytes bytes, struct lt_arena *arena,
					  struct lt_dossiers_request *out, struct lt_refusal *refusal)
{
	return codec_map_decode(&codec_dossiers_request_map, &lienthong__v1__dossiers_request__descriptor, bytes, arena,
				out, refusal);
}

enum lt_err lt_dossiers_request_encode(const struct lt_dossiers_request *request, struct lt_buf *out)
{
	return codec_map_encode(&codec_dossiers_request_map, request, out);
}

#define WITHIN_MAX (INT64_C(3660) * 86400 * 1000000) /* ten years: no limit is longer */

static bool asked(const char *text)
{
	return text && text[0] != '\0';
}

/* A code is compared byte by byte: out of its form it would be found nowhere. */
static const char *check_foreign(const struct lt_dossiers_request *request)
{
	bool others = asked(request->owed_by) || asked(request->holder) || asked(request->lead) ||
		      asked(request->procedure) || request->status || request->late || request->due_within ||
		      request->unanswered || request->silent;
	if (!asked(request->foreign))
		return asked(request->party) ? "party" : NULL;
	return others || lt_text_refuse(request->foreign, LT_TEXT_LINE, LT_TEXT_NOT_IN_FORM, "foreign", NULL)
		       ? "foreign"
		       : NULL;
}

enum lt_reason lt_dossiers_request_check(const struct lt_dossiers_request *request, const char *agency,
					 struct lt_refusal *refusal)
{
	const struct {
		const char *name, *value;
		size_t room;
	} texts[] = {
		{ "owed_by", request->owed_by, LT_AGENCY_MAX }, { "holder", request->holder, LT_AGENCY_MAX },
		{ "lead", request->lead, LT_AGENCY_MAX },       { "procedure", request->procedure, LT_PROCEDURE_MAX },
		{ "party", request->party, LT_AGENCY_MAX },
	};
	const char *wrong = check_foreign(request);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].value && strlen(texts[i].value) >= texts[i].room)
			wrong = texts[i].name;
	}
	if (agency && strcmp(request->owed_by, agency) != 0 && strcmp(request->holder, agency) != 0 &&
	    strcmp(request->lead, agency) != 0 && strcmp(request->party, agency) != 0)
		wrong = asked(request->foreign) ? "party" : "owed_by";
	if (request->status > LT_DOSSIER_HANDED_OVER)
		wrong = "status";
	if (request->due_within < 0 || request->due_within > WITHIN_MAX)
		wrong = "due_within";
	if (request->after.len != 0 && request->after.len != LT_DOSSIERS_PLACE)
		wrong = "after";
	if (request->limit > LT_DOSSIERS_PAGE)
		wrong = "limit";
	return wrong ? lt_refuse(refusal, LT_REQUEST_UNKNOWN, "a list of dossiers: %s is none", wrong) : LT_REASON_NONE;
}
