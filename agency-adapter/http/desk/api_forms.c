/* api_forms.c: GET /v1/dossiers/{code}/forms/{NN}: the papers of the counter, with the citizen's name, which only the agency's own store has.
 *
 * The broker says how the dossier stands; the OPEN with the applicant's form, and the act that the paper is about, are this
 * store's. The PDF is made by lienthong-form, on a thread of its own: it may take seconds, and no handler blocks. */
#include "http/exchange.h"

#include <lienthong/text.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/api_view.h"
#include "mail/dossiers.h"
#include "mail/parts.h"
#include "paper/form_helper.h"
#include "paper/form_parts.h"

#define FORMS_AT_ONCE 2 /* helpers: each may take 200 MiB */
#define FORM_PATH_MAX 512
#define BODY_MAX LT_PART_MAX

struct paper {
	char name[3], lang[5];
	bool json; /* its data, not the paper */
	char helper[FORM_PATH_MAX];
	struct lt_arena *arena;
	json_t *document;
	char *text;
};

static void form_free(void *work)
{
	struct paper *form = work;
	json_decref(form->document);
	free(form->text);
	lt_arena_free(form->arena);
	free(form);
}

/* ---- what this store has ---- */

/* An act that passed through here and took effect. */
struct paper_act {
	struct lt_header header;
	uint64_t sequence; /* 0: none */
	int64_t time;
	size_t part_count;
	uint8_t parts[LT_PARTS_MAX][32];
};

static enum lt_err read_sent(struct vault_tx *tx, uint64_t number, struct lt_arena *arena, struct paper_act *out)
{
	struct outbox_state state;
	struct lt_bytes header, signature;
	struct lt_refusal refusal;
	*out = (struct paper_act){ .sequence = 0 };
	enum lt_err err = outbox_get_state(tx, number, &state);
	if (err || state.sequence == 0)
		return err;
	err = outbox_envelope(tx, number, &header, &signature);
	if (err || lt_header_parse(header, arena, &out->header, &refusal))
		return err;
	out->sequence = state.sequence;
	out->time = state.admitted_at;
	out->part_count = out->header.part_count;
	for (size_t i = 0; i < out->part_count; i++)
		memcpy(out->parts[i], out->header.parts[i].sha256, 32);
	return LT_OK;
}

static enum lt_err read_received(struct vault_tx *tx, uint64_t number, struct lt_arena *arena, struct paper_act *out)
{
	struct inbox_item item;
	struct lt_refusal refusal;
	*out = (struct paper_act){ .sequence = 0 };
	enum lt_err err = inbox_get(tx, number, &item);
	if (err || !item.readable || lt_header_parse(item.header, arena, &out->header, &refusal))
		return err;
	out->sequence = item.sequence;
	out->time = item.time;
	out->part_count = item.part_count;
	memcpy(out->parts, item.parts, sizeof(out->parts));
	return LT_OK;
}

typedef void take_act(void *ctx, const struct paper_act *act);

static enum lt_err each_act(struct vault_tx *tx, const char *code, struct lt_arena *arena, take_act *take, void *ctx)
{
	static const char letters[] = "sr";
	for (size_t i = 0; letters[i]; i++) {
		uint64_t number = 0;
		enum lt_err err;
		while ((err = dossiers_trace_next(tx, code, letters[i], number + 1, &number)) == LT_OK) {
			struct paper_act act;
			err = letters[i] == 's' ? read_sent(tx, number, arena, &act)
						: read_received(tx, number, arena, &act);
			if (err)
				return err;
			if (act.sequence != 0)
				take(ctx, &act);
		}
		if (err != LT_ENOENT)
			return err;
	}
	return LT_OK;
}

/* ---- the paper's data ---- */

struct paper_found {
	const char *form;
	struct paper_act open, act, withdraw;
	uint64_t asked, paid; /* dong */
};

static bool is_about(const struct paper_found *found, const struct paper_act *act)
{
	enum lt_kind kind = act->header.kind;
	switch (found->form[1]) {
	case '1':
		return kind == LT_KIND_RECEIVE || (kind == LT_KIND_OPEN && found->act.sequence == 0);
	case '2':
		return kind == LT_KIND_REQUEST_SUPPLEMENT;
	case '3':
		return kind == LT_KIND_REJECT;
	case '4':
		return kind == LT_KIND_APOLOGY;
	default:
		return kind == LT_KIND_STOP;
	}
}

static void take(void *ctx, const struct paper_act *act)
{
	struct paper_found *found = ctx;
	if (act->header.kind == LT_KIND_OPEN)
		found->open = *act;
	if (act->header.kind == LT_KIND_WITHDRAW)
		found->withdraw = *act;
	found->asked += act->header.kind == LT_KIND_REQUEST_FEE ? act->header.amount : 0;
	found->paid += act->header.kind == LT_KIND_FEE_PAID ? act->header.amount : 0;
	if (is_about(found, act) && act->sequence > found->act.sequence)
		found->act = *act;
}

/* The applicant's own form; NULL: there is none that can be read. */
static json_t *read_body(struct vault_tx *tx, const struct form_facts *facts, const struct paper_act *open)
{
	const json_t *names = form_facts_body_names(facts);
	for (size_t i = 0; i < open->part_count && i < open->header.part_count; i++) {
		struct lt_bytes bytes;
		bool named = false;
		for (size_t k = 0; k < json_array_size(names); k++)
			named |= strcmp(json_string_value(json_array_get(names, k)), open->header.parts[i].name) == 0;
		if (!named || parts_read(tx, open->parts[i], &bytes) || bytes.len > BODY_MAX)
			continue;
		json_t *body = json_loadb((const char *)bytes.data, bytes.len, JSON_REJECT_DUPLICATES, NULL);
		if (json_is_object(body))
			return body;
		json_decref(body);
	}
	return NULL;
}

static json_t *act_json(const struct lt_directory *directory, const struct lt_dossier_view *view,
			const struct paper_act *act)
{
	const struct lt_header *header = &act->header;
	json_t *json = json_object();
	json_object_set_new(json, "kind", json_string(lt_kind_name(header->kind)));
	json_object_set_new(json, "sequence", json_integer((json_int_t)act->sequence));
	form_set_time(json, "time", act->time);
	json_object_set_new(json, "agency", form_agency_json(directory, header->sender));
	form_set_actor(json, "actor", header->actor);
	form_set_text(json, "reason", header->reason);
	form_set_time(json, "due", header->due_at);
	for (size_t i = 0; header->due_at == 0 && i < view->owed_count; i++) {
		if (header->kind == LT_KIND_REQUEST_SUPPLEMENT && view->owed[i].what == LT_OWED_SUPPLEMENT)
			form_set_time(json, "due", view->owed[i].until);
	}
	if (header->item_count > 0)
		json_object_set_new(json, "items", json_array());
	for (size_t i = 0; i < header->item_count; i++)
		json_array_append_new(json_object_get(json, "items"), json_string(header->items[i]));
	return json;
}

static json_t *document_of(const struct paper *form, const struct paper_found *found, const struct form_facts *facts,
			   const struct lt_directory *directory, const struct lt_dossier_view *view, const json_t *body)
{
	json_t *json =
		json_pack("{s:s, s:s, s:s}", "format", "lienthong.form.v1", "form", form->name, "lang", form->lang);
	json_t *procedure = form_procedure_json(view->procedure, view->procedure_version, NULL);
	form_set_text(procedure, "name", view->procedure_name);
	form_set_time(json, "time", found->act.time);
	json_object_set_new(
		json, "agency",
		form_heading_json(directory, form->name[1] == '1' ? view->origin : found->act.header.sender));
	json_object_set_new(json, "dossier",
			    form_dossier_json(facts, directory, view, &found->open.header, body, procedure));
	form_facts_put(facts, body, view, &found->open.header, json);
	form_number_put(facts, form->name, view, found->act.sequence, body, json);
	json_object_set_new(json, "act", act_json(directory, view, &found->act));
	if (form->name[1] == '5') {
		json_object_set_new(
			json, "fee",
			json_pack("{s:I, s:I}", "asked", (json_int_t)found->asked, "paid", (json_int_t)found->paid));
		if (found->withdraw.sequence != 0)
			json_object_set_new(json, "request", act_json(directory, view, &found->withdraw));
	}
	return json;
}

/* The same way as the operator's command: beside this program, then where it was installed. */
static const char *path_of(char out[FORM_PATH_MAX], const char *folder, const char *name)
{
	snprintf(out, FORM_PATH_MAX, "%s/%s", folder, name);
	return out;
}

static const char *facts_path(char out[FORM_PATH_MAX])
{
	if (access(path_of(out, LT_DATADIR, "forms.json"), R_OK) == 0)
		return out;
	return path_of(out, LT_SHAREDIR, "forms.json");
}

static void find_helper(char out[FORM_PATH_MAX])
{
	char self[FORM_PATH_MAX / 2];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len > 0) {
		self[len] = '\0';
		char *slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
		if (access(path_of(out, self, FORM_HELPER), X_OK) == 0)
			return;
	}
	path_of(out, LT_LIBEXECDIR, FORM_HELPER);
}

static void build(struct exchange *exchange, struct paper *form, const struct lt_dossier_view *view)
{
	char path[FORM_PATH_MAX];
	struct form_facts facts;
	struct paper_found found = { .form = form->name };
	struct vault_tx *tx = NULL;
	json_t *body = NULL;
	struct directory_page *page = directory_current_ref(adapter_speaker(exchange->adapter)->book);
	enum lt_err err = form_facts_load(facts_path(path), &facts);
	if (!err)
		err = lt_arena_new(API_ARENA_MAX, &form->arena);
	if (!err)
		err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err)
		err = each_act(tx, view->code, form->arena, take, &found);
	if (!err && found.open.sequence != 0)
		body = read_body(tx, &facts, &found.open);
	bool received = form->name[1] != '1' || view->received_at != 0;
	if (err)
		exchange_error(exchange, err);
	else if (!page || found.open.sequence == 0 || found.act.sequence == 0 || !received)
		exchange_problem(exchange, LT_NOT_FOUND, "form %s: no such act of the dossier has passed through here",
				 form->name);
	else
		form->document = document_of(form, &found, &facts, directory_current_directory(page), view, body);
	vault_read_end(tx);
	json_decref(body);
	form_facts_fini(&facts);
	directory_current_unref(page);
}

/* ---- the paper ---- */

static void *print(void *ctx)
{
	struct exchange *exchange = ctx;
	struct paper *form = exchange->work;
	char error[FORM_ERROR] = "";
	struct lt_buf pdf = { 0 };
	if (form_helper_run(form->helper, form->text, &pdf, error))
		exchange_problem(exchange, LT_INTERNAL_ERROR, "%s", error);
	else
		exchange_bytes(exchange, lt_buf_bytes(&pdf), "application/pdf");
	lt_buf_fini(&pdf);
	atomic_fetch_sub(&api_desk(exchange->api)->papers, 1);
	exchange_resume(exchange);
	return NULL;
}

/* False: answered. */
static bool begin(struct exchange *exchange, struct paper *form)
{
	pthread_t thread;
	form->text = json_dumps(form->document, JSON_COMPACT);
	find_helper(form->helper);
	if (atomic_fetch_add(&api_desk(exchange->api)->papers, 1) < FORMS_AT_ONCE && form->text &&
	    pthread_create(&thread, NULL, print, exchange) == 0) {
		pthread_detach(thread);
		return true;
	}
	atomic_fetch_sub(&api_desk(exchange->api)->papers, 1);
	exchange_problem(exchange, LT_ADAPTER_FULL, "papers are being made: ask again");
	return false;
}

static void on_answer(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct exchange *exchange = ctx;
	struct paper *form = exchange->work;
	(void)sequence;
	if (!why->reason && dossier)
		build(exchange, form, dossier);
	else
		exchange_refuse(exchange, why->reason ? why : &(struct lt_refusal){ .reason = LT_DOSSIER_UNKNOWN },
				NULL);
	if (form->document && form->json)
		exchange_json(exchange, 200, json_incref(form->document));
	else if (form->document && begin(exchange, form))
		return;
	exchange_resume(exchange);
}

/* False: answered. */
static bool read_query(struct exchange *exchange, struct paper *form)
{
	const char *name = exchange->segments[1], *lang = exchange_query_text(exchange, "lang");
	if (strlen(name) != 2 || name[0] != '0' || name[1] < '1' || name[1] > '5') {
		exchange_problem(exchange, LT_NOT_FOUND, "the papers made here are 01 to 05");
		return false;
	}
	memcpy(form->name, name, 3);
	if (lang && strcmp(lang, "vi") != 0 && strcmp(lang, "en") != 0 && strcmp(lang, "both") != 0) {
		exchange_problem(exchange, LT_QUERY_INVALID, "lang: vi, en or both");
		return false;
	}
	snprintf(form->lang, sizeof(form->lang), "%s", lang ? lang : "vi");
	return exchange_query_bool(exchange, "data", &form->json);
}

void api_form_get(struct exchange *exchange)
{
	struct paper *form = calloc(1, sizeof(*form));
	exchange->work = form;
	exchange->work_free = form_free;
	if (!form) {
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	const struct speaker_agency *agency = exchange_agency(exchange);
	if (!agency)
		return;
	if (!lt_dossier_code_valid(exchange->segments[0])) {
		exchange_problem(exchange, LT_DOSSIER_CODE_INVALID, "not of the form agency-date-number");
		return;
	}
	if (!read_query(exchange, form))
		return;
	exchange_suspend(exchange);
	if (adapter_query(exchange->adapter, agency->code, exchange->segments[0], on_answer, exchange) == LT_OK)
		return;
	exchange_problem(exchange, LT_ADAPTER_OFFLINE, "the broker is asked how the dossier stands: ask again");
	exchange_resume(exchange);
}
