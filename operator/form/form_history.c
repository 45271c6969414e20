/* form_history.c: the walk back through the records of a dossier. */
#include "form_history.h"
#include "wire/kind.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_MAX ((size_t)256 << 20) /* bytes: 4,096 headers are at most 64 MiB and their records */
#define BODY_MAX LT_PART_MAX

static bool keep_stays(struct form_history *history, const struct lt_stay *stays, size_t count)
{
	if (count == 0)
		return true;
	struct lt_stay *grown = realloc(history->stays, (history->stay_count + count) * sizeof(*grown));
	if (!grown)
		return false;
	history->stays = grown;
	memcpy(history->stays + history->stay_count, stays, count * sizeof(*stays));
	history->stay_count += count;
	return true;
}

static int by_number(const void *a, const void *b)
{
	const struct lt_stay *one = a, *other = b;
	return (one->number > other->number) - (one->number < other->number);
}

static bool has_stay(const struct form_history *history, uint64_t number)
{
	for (size_t i = 0; i < history->stay_count; i++) {
		if (history->stays[i].number == number)
			return true;
	}
	return false;
}

/* Those that have ended as the journal has them; what acts of the broker's operators have made, which are no acts of the dossier, by the view;
 * and those that are open as they stand now. */
static bool order_stays(struct form_history *history)
{
	const struct lt_dossier_view *view = history->view;
	size_t first = 0;
	bool kept = true;
	for (; first < view->stay_count && view->stays[first].number != 0 && kept; first++) {
		if (!has_stay(history, view->stays[first].number))
			kept = keep_stays(history, &view->stays[first], 1);
	}
	if (history->stay_count > 1)
		qsort(history->stays, history->stay_count, sizeof(*history->stays), by_number);
	return kept && keep_stays(history, view->stays + first, view->stay_count - first);
}

/* Its dossier was frozen then; the OPEN alone still says what was applied for. */
static bool took_no_effect(const struct form_history *history, uint64_t sequence)
{
	const struct lt_dossier_view *view = history->view;
	for (size_t i = 0; i < view->hop_count; i++) {
		if (view->hops[i].sequence == sequence)
			return view->hops[i].outcome == LT_POISONED;
	}
	return false;
}

static int read_act(struct form_history *history, const struct lt_record *record)
{
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_refusal refusal = { 0 };
	if (record->erased_by) /* it says nothing any more */
		return EX_OK;
	if (lt_record_command(record, history->arena, &command, &refusal) != LT_REASON_NONE ||
	    lt_outcome_decode(record->outcome, history->arena, &outcome, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "record %llu cannot be read: %s", (unsigned long long)record->sequence,
				refusal.detail);
	bool poisoned = took_no_effect(history, record->sequence);
	if (outcome.reason == LT_REASON_NONE && !poisoned && !keep_stays(history, outcome.stays, outcome.stay_count))
		return say_fail_err(LT_ENOMEM, "read the dossier's records");
	bool missed = command.type == LT_COMMAND_CLOCK && command.u.clock.kind == LT_CLOCK_SUPPLEMENT_MISSED &&
		      outcome.notice_count > 0;
	if ((command.type != LT_COMMAND_SUBMIT && !missed) || outcome.reason != LT_REASON_NONE)
		return EX_OK;
	struct form_act *act = &history->acts[history->count];
	if (lt_header_parse(missed ? outcome.notices[0] : command.u.submit.header, history->arena, &act->header,
			    &refusal) != LT_REASON_NONE)
		return say_fail(EX_DATAERR, "the header of record %llu is not well-formed: %s",
				(unsigned long long)record->sequence, refusal.detail);
	if (poisoned && act->header.kind != LT_KIND_OPEN)
		return EX_OK;
	act->sequence = record->sequence;
	act->time = lt_outcome_time(&outcome, record->time);
	act->certificate = missed ? lt_bytes(NULL, 0) : command.u.submit.verdict.certificate_sha256;
	act->due = outcome.due;
	act->status = outcome.status;
	history->count++;
	return EX_OK;
}

static void turn_round(struct form_history *history)
{
	for (size_t i = 0; i < history->count / 2; i++) {
		struct form_act kept = history->acts[i];
		history->acts[i] = history->acts[history->count - 1 - i];
		history->acts[history->count - 1 - i] = kept;
	}
}

/* From the newest hop back along `previous`. */
static int walk(struct form_history *history)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD };
	const struct lt_dossier_view *view = history->view;
	int code = EX_OK;
	for (size_t i = 0; i < view->hop_count; i++) { /* refused acts have a chain of their own */
		if (view->hops[i].outcome == 0 || view->hops[i].outcome == LT_POISONED)
			request.sequence = view->hops[i].sequence;
	}
	for (size_t left = 2 * FORM_ACTS_MAX - 16; code == EX_OK && request.sequence != 0; left--) {
		struct lt_control_answer answer;
		struct lt_record record;
		struct lt_refusal refusal = { 0 };
		if (left == 0 || history->count == FORM_ACTS_MAX)
			return say_fail(EX_DATAERR, "the dossier has more than %u records", FORM_ACTS_MAX);
		code = control_call(history->control, &request, &answer);
		if (code != EX_OK)
			break;
		if (lt_record_decode(answer.record.record, &record, &refusal) != LT_REASON_NONE)
			return say_fail(EX_PROTOCOL, "record %llu cannot be read: %s",
					(unsigned long long)request.sequence, refusal.detail);
		if (record.previous >= request.sequence)
			return say_fail(EX_PROTOCOL, "record %llu names a record behind it as its previous one",
					(unsigned long long)request.sequence);
		code = read_act(history, &record);
		request.sequence = record.previous;
	}
	turn_round(history);
	if (!order_stays(history))
		return say_fail_err(LT_ENOMEM, "read the dossier's records");
	if (code == EX_OK && (history->count == 0 || history->acts[0].header.kind != LT_KIND_OPEN))
		return say_fail(EX_PROTOCOL, "the journal has no OPEN of this dossier");
	return code;
}

/* The procedure's own code stands before a local suffix, as 1.011442 in 1.011442.000.00.00.H38. */
static bool same_procedure(const char *own, const char *asked)
{
	size_t len = strlen(own);
	return strncmp(own, asked, len) == 0 && (asked[len] == '\0' || asked[len] == '.');
}

int form_procedure_load(struct control_client *control, struct lt_arena *arena, const char *code, uint32_t version,
			struct lt_procedure *out, bool *found)
{
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = code };
	struct lt_control_answer answer;
	int result = control_call(control, &request, &answer);
	*found = false;
	for (size_t i = 0; result == EX_OK && !*found && i < answer.procedures.count; i++) {
		struct lt_refusal refusal = { 0 };
		if (lt_procedure_decode(answer.procedures.list[i], arena, out, &refusal) != LT_REASON_NONE)
			return say_fail(EX_PROTOCOL, "the broker's procedure cannot be read: %s", refusal.detail);
		*found = out->version == version && same_procedure(out->code, code);
	}
	return result;
}

int form_history_load(struct control_client *control, const struct lt_directory *directory, const char *code,
		      struct form_history *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIER, .code = code };
	struct lt_control_answer answer;
	*out = (struct form_history){ .control = control, .directory = directory };
	int result = control_call(control, &request, &answer);
	if (result == EX_OK && !answer.dossier)
		result = say_fail(EX_PROTOCOL, "the broker's answer holds no dossier");
	if (result != EX_OK)
		return result;
	out->view = answer.dossier;
	out->acts = calloc(FORM_ACTS_MAX, sizeof(*out->acts));
	if (!out->acts || lt_arena_new(ARENA_MAX, &out->arena) != LT_OK)
		return say_fail_err(LT_ENOMEM, "read the dossier's records");
	result = walk(out);
	if (result == EX_OK)
		result = form_procedure_load(control, out->arena, out->view->procedure, out->view->procedure_version,
					     &out->procedure, &out->has_procedure);
	return result;
}

void form_history_fini(struct form_history *history)
{
	free(history->acts);
	free(history->stays);
	lt_arena_free(history->arena);
	*history = (struct form_history){ 0 };
}

const struct form_act *form_history_last(const struct form_history *history, enum lt_kind kind)
{
	for (size_t i = history->count; i-- > 0;)
		if (history->acts[i].header.kind == kind)
			return &history->acts[i];
	return NULL;
}

const struct form_act *form_history_answer(const struct form_history *history, const struct form_act *offer,
					   const char *receiver)
{
	for (size_t i = (size_t)(offer - history->acts) + 1; i < history->count; i++) {
		const struct lt_header *header = &history->acts[i].header;
		bool recall = header->kind == LT_KIND_RECALL && strcmp(header->sender, offer->header.sender) == 0;
		bool answer = kind_answers(header->kind) && strcmp(header->sender, receiver) == 0;
		if ((recall || answer) && header->has_reply &&
		    memcmp(header->in_reply_to, offer->header.id, sizeof(header->in_reply_to)) == 0)
			return &history->acts[i];
	}
	return NULL;
}

static bool named(const json_t *names, const char *name)
{
	size_t index;
	json_t *entry;
	json_array_foreach(names, index, entry)
	{
		const char *text = json_string_value(entry);
		if (text && strcmp(text, name) == 0)
			return true;
	}
	return false;
}

int form_history_body(const struct form_history *history, const json_t *names, json_t **out)
{
	const struct form_act *open = &history->acts[0];
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = open->sequence, .parts = true };
	struct lt_control_answer answer;
	*out = NULL;
	if (open->header.part_count == 0)
		return EX_OK;
	int code = control_call(history->control, &request, &answer);
	if (code != EX_OK || answer.record.parts_elided)
		return code;
	for (size_t i = 0; !*out && i < open->header.part_count && i < answer.record.part_count; i++) {
		struct lt_bytes part = answer.record.parts[i];
		if (!named(names, open->header.parts[i].name) || part.len > BODY_MAX)
			continue;
		/* What an applicant's own form holds is no fault of the dossier: unreadable is the same as absent. */
		*out = json_loadb((const char *)part.data, part.len, JSON_REJECT_DUPLICATES, NULL);
		if (*out && !json_is_object(*out)) {
			json_decref(*out);
			*out = NULL;
		}
	}
	return EX_OK;
}
