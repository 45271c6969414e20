/* act_body.c: what a person has filled in, as the body of POST /v1/envelopes. */
#include "visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_text(json_t *body, const char *member, const char *text)
{
	if (*text)
		json_object_set_new(body, member, json_string(text));
}

/* What is no number goes as the text that it is, and is refused with its place. */
static void set_number(json_t *body, const char *member, const char *text)
{
	size_t len = strlen(text);
	if (len > 0 && len < 19 && strspn(text, "0123456789") == len)
		json_object_set_new(body, member, json_integer(atoll(text)));
	else
		set_text(body, member, text);
}

/* A browser gives a time without its offset: it is that of Vietnam. */
static void set_time(json_t *body, const char *member, const char *text)
{
	bool whole = strlen(text) == 16;
	if (*text)
		json_object_set_new(body, member, json_sprintf("%s%s+07:00", text, whole ? ":00" : ""));
}

/* Each line of a text that is not blank; in the two halves at the first "=", or whole when there is none. */
typedef void take_line(json_t *out, const char *first, const char *second);

static void each_line(const char *text, json_t *out, take_line *take)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), half = strcspn(text, "=\n");
		const char *end = text + len, *second = half < len ? text + half + 1 : end;
		char *first = strndup(text, half), *rest = strndup(second, (size_t)(end - second));
		if (first && rest && strspn(text, " \t") < len) {
			while (half > 0 && (first[half - 1] == ' ' || first[half - 1] == '\t'))
				first[--half] = '\0';
			take(out, first + strspn(first, " \t"), rest + strspn(rest, " \t"));
		}
		free(first);
		free(rest);
		text = *end ? end + 1 : end;
	}
}

static void take_fact(json_t *out, const char *name, const char *value)
{
	json_array_append_new(out, json_pack("{s:s, s:s}", "name", name, "value", value));
}

static void take_result(json_t *out, const char *code, const char *leg)
{
	json_array_append_new(out, json_pack("{s:s, s:s}", "code", code, "leg", leg));
}

/* "Bản sao = 2": a paper and how many. */
static void take_paper(json_t *out, const char *name, const char *count)
{
	size_t len = strlen(count);
	bool number = len > 0 && len < 6 && strspn(count, "0123456789") == len;
	json_array_append_new(out, json_pack("{s:s, s:i}", "ten", name, "soLuong", number ? atoi(count) : 1));
}

static void set_lines(json_t *body, const char *member, const char *text, json_t *list, take_line *take)
{
	each_line(text, list, take);
	if (json_array_size(list) > 0)
		json_object_set_new(body, member, list);
	else
		json_decref(list);
}

/* A paper that is asked for is the whole line. */
static void set_items(json_t *body, const char *text)
{
	json_t *items = json_array();
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "\n");
		if (strspn(at, " \t") < len)
			json_array_append_new(items, json_stringn(at, len));
		at += len + (at[len] != '\0');
	}
	if (json_array_size(items) > 0)
		json_object_set(body, "items", items);
	json_decref(items);
}

static void add_recipient(json_t *to, const char *text)
{
	size_t len = strcspn(text, " ");
	const char *leg = text + len + strspn(text + len, " ");
	if (len == 0)
		return;
	json_t *one = json_pack("{s:s%}", "agency", text, len);
	set_text(one, "leg", leg);
	json_array_append_new(to, one);
}

static json_t *recipients(const struct page_visit *visit)
{
	json_t *to = json_array();
	const char *one, *other = filled_text(&visit->form, "to_other");
	for (size_t at = 0; (one = filled_next(&visit->form, "to", &at)) != NULL;)
		add_recipient(to, one);
	add_recipient(to, other);
	return to;
}

static void set_objects(struct page_visit *visit, json_t *body)
{
	const struct filled *form = &visit->form;
	const char *agree = filled_text(form, "agree"), *manner = filled_text(form, "manner"),
		   *late = filled_text(form, "late_code");
	if (strcmp(agree, "yes") == 0 || strcmp(agree, "no") == 0)
		json_object_set_new(body, "agree", json_boolean(*agree == 'y'));
	else
		set_text(body, "agree", agree);
	if (*manner || *filled_text(form, "handed_at")) {
		json_t *over = json_object();
		set_text(over, "manner", manner);
		set_time(over, "at", filled_text(form, "handed_at"));
		json_object_set_new(body, "hand_over", over);
	}
	if (*late || *filled_text(form, "late_words")) {
		json_t *reason = json_object();
		set_text(reason, "code", late);
		set_text(reason, "words", filled_text(form, "late_words"));
		json_object_set_new(body, "late_reason", reason);
	}
}

/* The applicant's own form, where the papers of the counter look for it (conf/forms.json). */
static json_t *application(const struct page_visit *visit)
{
	const struct filled *form = &visit->form;
	json_t *body = json_object(), *who = json_object();
	set_text(who, "hoTen", filled_text(form, "name"));
	set_text(who, "diaChi", filled_text(form, "address"));
	set_text(who, "soDienThoai", filled_text(form, "phone"));
	set_text(who, "email", filled_text(form, "email"));
	json_object_set_new(body, "nguoiNop", who);
	set_text(body, "trichYeu", filled_text(form, "subject"));
	set_lines(body, "thanhPhanHoSo", filled_text(form, "papers"), json_array(), take_paper);
	return body;
}

static void set_route_fields(const struct filled *form, json_t *body)
{
	size_t len = sizeof(FILLED_ROUTE_FIELD) - 1;
	json_t *fields = json_object();
	for (size_t i = 0; i < form->count; i++) {
		if (strncmp(form->list[i].name, FILLED_ROUTE_FIELD, len) == 0)
			set_text(fields, form->list[i].name + len, form->list[i].text);
	}
	if (json_object_size(fields) > 0)
		json_object_set(body, "fields", fields);
	json_decref(fields);
}

static void set_open(struct page_visit *visit, json_t *body)
{
	const struct filled *form = &visit->form;
	set_text(body, "procedure", visit->exchange->segments[0]);
	set_route_fields(form, body);
	if (*filled_text(form, "foreign"))
		json_object_set_new(body, "foreign_codes", json_pack("[s]", filled_text(form, "foreign")));
	json_object_set_new(body, "received", json_true());
	json_object_set_new(body, "body", application(visit));
	json_object_set_new(body, "to", json_pack("[{s:s}]", "agency", visit->own));
}

json_t *act_body(struct page_visit *visit, const char *kind, const char *dossier)
{
	const struct filled *form = &visit->form;
	json_t *body = json_pack("{s:s, s:s, s:s}", "kind", kind, "dossier", dossier, "sender", visit->own);
	set_text(body, "idempotency_key", filled_text(form, "key"));
	set_text(body, "subject", filled_text(form, "subject"));
	set_text(body, "reason", filled_text(form, "reason"));
	set_text(body, "ground", filled_text(form, "ground"));
	set_text(body, "channel", filled_text(form, "channel"));
	set_text(body, "in_reply_to", filled_text(form, "in_reply_to"));
	set_number(body, "amount", filled_text(form, "amount"));
	set_number(body, "trace", filled_text(form, "trace"));
	set_number(body, "branch", filled_text(form, "branch"));
	set_number(body, "branch_version", filled_text(form, "branch_version"));
	set_time(body, "due_at", filled_text(form, "due_at"));
	set_items(body, filled_text(form, "items"));
	set_lines(body, "facts", filled_text(form, "facts"), json_array(), take_fact);
	set_lines(body, "results", filled_text(form, "results"), json_array(), take_result);
	set_objects(visit, body);
	if (json_array_size(visit->parts) > 0)
		json_object_set(body, "parts", visit->parts);
	if (strcmp(kind, "OPEN") == 0)
		set_open(visit, body);
	else
		json_object_set_new(body, "to", recipients(visit));
	return body;
}
