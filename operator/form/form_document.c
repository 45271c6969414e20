/* form_document.c: forms 01 to 06. */
#include "form_document.h"

#include "cli/cli_output.h"
#include "law/status.h"
#include "program/log.h"
#include "wire/kind.h"
#include "cli/view_dossier.h"

#include <string.h>

const char *form_signer(const struct lt_directory *directory, struct lt_bytes certificate, char out[512])
{
	struct view_signer signer;
	view_find_signer(directory, certificate, &signer);
	memcpy(out, signer.subject, sizeof(signer.subject));
	return out;
}

json_t *form_head_json(const struct form_job *job, int64_t time)
{
	json_t *json =
		json_pack("{s:s, s:s, s:s}", "format", "lienthong.form.v1", "form", job->form, "lang", job->lang);
	json_object_set_new(json, "time", output_json_time(time));
	return json;
}

static json_t *dossier_json(const struct form_job *job, const struct form_history *history, const json_t *body)
{
	const struct lt_dossier_view *view = history->view;
	json_t *procedure = form_procedure_json(view->procedure, view->procedure_version,
						history->has_procedure ? &history->procedure : NULL);
	json_t *json =
		form_dossier_json(job->facts, history->directory, view, &history->acts[0].header, body, procedure);
	json_object_set_new(json, "status", json_integer((json_int_t)view->status));
	json_object_set_new(json, "status_name",
			    json_sprintf("%s%s", status_vietnamese(view->status),
					 view->frozen != 0 ? " (đóng băng do sự cố)" : ""));
	form_set_text(json, "outcome", view->outcome);
	return json;
}

/* Whose act it is: of what the broker's clock did, who asked for what did not come. */
static const char *act_agency(const struct form_history *history, const struct form_act *act)
{
	const struct form_act *asked = form_history_last(history, LT_KIND_REQUEST_SUPPLEMENT);
	return kind_is_notice(act->header.kind) && asked ? asked->header.sender : act->header.sender;
}

static json_t *act_json(const struct form_history *history, const struct form_act *act)
{
	char signer[512];
	const struct lt_header *header = &act->header;
	json_t *json = json_object();
	json_object_set_new(json, "kind", json_string(lt_kind_name(header->kind)));
	json_object_set_new(json, "sequence", json_integer((json_int_t)act->sequence));
	form_set_time(json, "time", act->time);
	json_object_set_new(json, "agency", form_agency_json(history->directory, act_agency(history, act)));
	form_set_text(json, "signer", form_signer(history->directory, act->certificate, signer));
	form_set_actor(json, "actor", header->actor);
	form_set_text(json, "reason", header->reason);
	form_set_time(json, "due", act->due != 0 ? act->due : header->due_at);
	if (header->item_count > 0) {
		json_t *items = json_array();
		for (size_t i = 0; i < header->item_count; i++)
			json_array_append_new(items, json_string(header->items[i]));
		json_object_set_new(json, "items", items);
	}
	return json;
}

/* Not received: REJECT of what was registered, or the REFUSE of the office that the OPEN was offered to. */
static const struct form_act *find_refusal(const struct form_history *history)
{
	const struct lt_header *open = &history->acts[0].header;
	for (size_t i = history->count; i-- > 0;) {
		const struct form_act *act = &history->acts[i];
		if (act->header.kind == LT_KIND_REJECT)
			return act;
		if (act->header.kind == LT_KIND_REFUSE &&
		    (act->header.has_reply && memcmp(act->header.in_reply_to, open->id, sizeof(open->id)) == 0))
			return act;
	}
	return NULL;
}

/* The newest STOP, or the papers that were not brought, after which the status is 8. */
static const struct form_act *find_stop(const struct form_history *history)
{
	for (size_t i = history->count; i-- > 0;) {
		const struct form_act *act = &history->acts[i];
		if (act->header.kind == LT_KIND_STOP || (act->header.kind == LT_KIND_OVERDUE && act->status == 8))
			return act;
	}
	return NULL;
}

/* The act that the form is about; NULL: there is none. */
static const struct form_act *newest_act(const char *form, const struct form_history *history)
{
	const struct form_act *received;
	switch (form[1]) {
	case '1': /* what is registered has no receipt yet */
		received = form_history_last(history, LT_KIND_RECEIVE);
		return received || history->view->received_at == 0 ? received : &history->acts[0];
	case '2':
		return form_history_last(history, LT_KIND_REQUEST_SUPPLEMENT);
	case '3':
		return find_refusal(history);
	case '4':
		return form_history_last(history, LT_KIND_APOLOGY);
	case '5':
		return find_stop(history);
	default:
		return &history->acts[history->count - 1];
	}
}

/* The newest one, or that of a record, so that an earlier paper can be printed again: then nothing that came later is known. */
static const struct form_act *find_act(const struct form_job *job, struct form_history *history)
{
	const struct form_act *act = newest_act(job->form, history);
	while (act && job->record != 0 && act->sequence != job->record) {
		history->count = (size_t)(act - history->acts);
		act = history->count > 0 ? newest_act(job->form, history) : NULL;
	}
	return act;
}

/* Form 05: what was asked, at which stage, and the money. */
static void put_stop(const struct form_history *history, const struct form_act *act, json_t *out)
{
	uint64_t asked = 0, paid = 0;
	uint32_t before = 0;
	for (const struct form_act *a = history->acts; a < act; a++) {
		if (a->header.kind == LT_KIND_REQUEST_FEE)
			asked += a->header.amount;
		else if (a->header.kind == LT_KIND_FEE_PAID)
			paid += a->header.amount;
		else if (a->header.kind == LT_KIND_WITHDRAW)
			json_object_set_new(out, "request", act_json(history, a));
		if (a->status != 0)
			before = a->status;
	}
	form_set_text(out, "stage", status_vietnamese(before));
	json_object_set_new(out, "fee",
			    json_pack("{s:I, s:I}", "asked", (json_int_t)(asked & INT64_MAX), "paid",
				      (json_int_t)(paid & INT64_MAX)));
}

/* Form 06: the hand-offs, and who took part beside origin and lead. */
static void put_handoffs(const struct form_job *job, const struct form_history *history, json_t *out)
{
	const struct lt_dossier_view *view = history->view;
	const char *applicant = json_string_value(json_object_get(json_object_get(out, "applicant"), "name"));
	struct lt_buf names = { 0 };
	json_t *seen = json_object();
	for (size_t i = 0; i < history->count; i++) {
		const char *code = history->acts[i].header.sender;
		if (kind_is_notice(history->acts[i].header.kind))
			continue;
		if (strcmp(code, view->origin) == 0 || strcmp(code, view->lead) == 0 || json_object_get(seen, code))
			continue;
		json_object_set_new(seen, code, json_true());
		LT_ASSERT(lt_buf_printf(&names, "%s%s (%s)", names.len ? ", " : "",
					view_agency_name(history->directory, code), code) == LT_OK);
	}
	if (names.len > 0)
		json_object_set_new(out, "cooperating", json_stringn((const char *)names.data, names.len));
	json_decref(seen);
	lt_buf_fini(&names);
	json_object_set_new(out, "handoffs", form_handoffs(job, history, applicant ? applicant : ""));
}

static const char *act_wanted(const char *form)
{
	static const char *const kinds[] = { "OPEN or RECEIVE that takes it in", "REQUEST_SUPPLEMENT",
					     "REJECT or REFUSE at intake", "APOLOGY", "STOP" };
	return form[1] >= '1' && form[1] <= '5' ? kinds[form[1] - '1'] : "act";
}

int form_document(const struct form_job *job, struct form_history *history, json_t **out)
{
	json_t *body = NULL;
	const struct form_act *act = find_act(job, history);
	if (!act && job->record != 0)
		return say_fail(EX_NOINPUT, "record %llu is no %s of dossier %s", (unsigned long long)job->record,
				act_wanted(job->form), history->view->code);
	if (!act)
		return say_fail(EX_NOINPUT, "form %s does not apply: dossier %s has no %s", job->form,
				history->view->code, act_wanted(job->form));
	int code = form_history_body(history, form_facts_body_names(job->facts), &body);
	if (code != EX_OK)
		return code;
	json_t *json = form_head_json(job, act->time);
	const char *office =
		job->form[1] == '1' || job->form[1] == '6' ? history->view->origin : act_agency(history, act);
	json_object_set_new(json, "agency", form_heading_json(history->directory, office));
	json_object_set_new(json, "dossier", dossier_json(job, history, body));
	form_facts_put(job->facts, body, history->view, &history->acts[0].header, json);
	form_number_put(job->facts, job->form, history->view, act->sequence, body, json);
	if (job->form[1] == '6') {
		put_handoffs(job, history, json);
	} else {
		json_object_set_new(json, "act", act_json(history, act));
		if (job->form[1] == '5')
			put_stop(history, act, json);
	}
	json_decref(body);
	*out = json;
	return EX_OK;
}
