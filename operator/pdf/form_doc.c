/* form_doc.c: see form_doc.h. */
#include "form_doc.h"

#include "form_table.h"
#include "form_text.h"

#include <lienthong/time.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DAY_MINUTES 480 /* a working day is eight hours (docs/calendar.md) */

static const char *keep(struct form_doc *doc, gchar *text)
{
	g_ptr_array_add(doc->texts, text);
	return text;
}

static enum lt_err refuse(char error[FORM_ERROR_MAX], const char *text)
{
	snprintf(error, FORM_ERROR_MAX, "%s", text);
	return LT_EINVAL;
}

static enum lt_err check_lists(const json_t *root, char error[FORM_ERROR_MAX])
{
	static const struct {
		const char *key;
		size_t max;
	} lists[] = { { "papers", FORM_LIST_MAX }, { "handoffs", FORM_ROWS_MAX }, { "rows", FORM_ROWS_MAX } };
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const json_t *list = json_object_get(root, lists[i].key);
		if (list && (!json_is_array(list) || json_array_size(list) > lists[i].max)) {
			snprintf(error, FORM_ERROR_MAX, "/%s: not an array of at most %zu", lists[i].key, lists[i].max);
			return LT_EINVAL;
		}
	}
	const json_t *items = json_object_get(json_object_get(root, "act"), "items");
	if (items && (!json_is_array(items) || json_array_size(items) > FORM_LIST_MAX))
		return refuse(error, "/act/items: not an array of at most 64");
	return LT_OK;
}

/* Each row has a cell for each column. */
static enum lt_err check_listing(const json_t *root, char error[FORM_ERROR_MAX])
{
	const json_t *columns = json_object_get(root, "columns"), *rows = json_object_get(root, "rows");
	size_t count = json_array_size(columns), at;
	json_t *row;
	if (count == 0 || count > FORM_COLUMNS_MAX)
		return refuse(error, "/columns: not an array of 1 to 24");
	json_array_foreach((json_t *)rows, at, row)
	{
		if (json_array_size(row) != count) {
			snprintf(error, FORM_ERROR_MAX, "/rows/%zu: not a cell for each column", at);
			return LT_EINVAL;
		}
	}
	return check_lists(root, error);
}

static enum lt_err check(struct form_doc *doc, char error[FORM_ERROR_MAX])
{
	static const char *const langs[] = { "vi", "en", "both" };
	const char *format = json_string_value(json_object_get(doc->root, "format"));
	const char *form = json_string_value(json_object_get(doc->root, "form"));
	const char *lang = json_string_value(json_object_get(doc->root, "lang"));
	const char *time = json_string_value(json_object_get(doc->root, "time"));
	if (!format || strcmp(format, "lienthong.form.v1") != 0)
		return refuse(error, "/format: not \"lienthong.form.v1\"");
	bool listing = form && strcmp(form, "list") == 0;
	if (!listing && (!form || strlen(form) != 2 || form[0] != '0' || form[1] < '1' || form[1] > '7'))
		return refuse(error, "/form: not \"01\" to \"07\", nor \"list\"");
	doc->form = listing ? FORM_LISTING : (unsigned)(form[1] - '0');
	doc->lang = FORM_VI;
	for (unsigned i = 0; lang && i < 3; i++)
		if (strcmp(lang, langs[i]) == 0)
			doc->lang = (enum form_lang)i;
	if (!lang || strcmp(lang, langs[doc->lang]) != 0)
		return refuse(error, "/lang: not \"vi\", \"en\" or \"both\"");
	if (!time || lt_time_parse(time, &doc->time) != LT_OK)
		return refuse(error, "/time: not a time as 2026-02-13T10:00:00+07:00");
	if (listing)
		return check_listing(doc->root, error);
	if (form_get_name(doc, json_object_get(doc->root, "agency"), false)[0] == '\0')
		return refuse(error, "/agency: no name");
	if (doc->form != 7 && form_get(doc, json_object_get(doc->root, "dossier"), "code")[0] == '\0')
		return refuse(error, "/dossier/code: missing");
	return check_lists(doc->root, error);
}

enum lt_err form_doc_init(struct lt_bytes json, struct form_doc *out, char error[FORM_ERROR_MAX])
{
	json_error_t why;
	*out = (struct form_doc){ .texts = g_ptr_array_new_with_free_func(g_free) };
	out->root = json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(out->root)) {
		snprintf(error, FORM_ERROR_MAX, "line %d: %s", out->root ? 1 : why.line,
			 out->root ? "not an object" : why.text);
		return LT_EPARSE;
	}
	return check(out, error);
}

void form_doc_fini(struct form_doc *doc)
{
	json_decref(doc->root);
	if (doc->texts)
		g_ptr_array_free(doc->texts, TRUE);
	*doc = (struct form_doc){ 0 };
}

const char *form_get(struct form_doc *doc, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? keep(doc, form_text_clean(text, FORM_TEXT_MAX)) : "";
}

json_int_t form_get_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const char *form_say(struct form_doc *doc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	gchar *text = g_strdup_vprintf(format, args);
	va_end(args);
	return keep(doc, text);
}

const char *form_label(struct form_doc *doc, const char *vi, const char *en)
{
	switch (doc->lang) {
	case FORM_VI:
		return vi;
	case FORM_EN:
		return en;
	case FORM_BOTH:
		break;
	}
	return strcmp(vi, en) == 0 ? vi : form_say(doc, "%s / %s", vi, en);
}

const char *form_get_name(struct form_doc *doc, const json_t *object, bool code)
{
	const char *name = form_get(doc, object, "name"), *english = form_get(doc, object, "name_en");
	const char *own = form_get(doc, object, "code");
	if (doc->lang == FORM_EN && english[0])
		name = english;
	else if (doc->lang == FORM_BOTH && english[0] && strcmp(name, english) != 0)
		name = form_say(doc, "%s / %s", name, english);
	if (name[0] == '\0')
		return own;
	return code && own[0] && strcmp(own, name) != 0 ? form_say(doc, "%s (%s)", name, own) : name;
}

/* The fields of a time at +07:00; false when the member is absent or no time. */
static bool read_time(const json_t *object, const char *key, int out[5])
{
	char text[LT_TIME_TEXT];
	int64_t time;
	const char *value = json_string_value(json_object_get(object, key));
	if (!value || lt_time_parse(value, &time) != LT_OK)
		return false;
	lt_time_format(time, text);
	return sscanf(text, "%d-%d-%dT%d:%d", &out[0], &out[1], &out[2], &out[3], &out[4]) == 5;
}

const char *form_get_time(struct form_doc *doc, const json_t *object, const char *key)
{
	int t[5];
	if (!read_time(object, key, t))
		return "";
	if (doc->lang == FORM_EN)
		return form_say(doc, "%02d:%02d, %02d/%02d/%04d", t[3], t[4], t[2], t[1], t[0]);
	return form_say(doc, "%02d giờ %02d phút, ngày %02d tháng %02d năm %04d", t[3], t[4], t[2], t[1], t[0]);
}

const char *form_get_short_time(struct form_doc *doc, const json_t *object, const char *key)
{
	int t[5];
	if (!read_time(object, key, t))
		return "";
	return form_say(doc, "%02d:%02d %02d/%02d/%04d", t[3], t[4], t[2], t[1], t[0]);
}

const char *form_minutes(struct form_doc *doc, json_int_t minutes)
{
	int hours = (int)(minutes / 60), rest = (int)(minutes % 60), days = (int)(minutes / DAY_MINUTES);
	bool half = minutes % DAY_MINUTES != 0;
	if (minutes > 0 && minutes % (DAY_MINUTES / 2) == 0) {
		const char *vi = form_say(doc, half ? "%d,5 ngày làm việc" : "%d ngày làm việc", days);
		const char *en = form_say(doc, half ? "%d.5 working days" : "%d working days", days);
		return form_label(doc, vi, en);
	}
	return form_label(doc, form_say(doc, "%d giờ %02d phút", hours, rest),
			  form_say(doc, "%d h %02d min", hours, rest));
}

const char *form_limit(struct form_doc *doc, const json_t *object, const char *minutes)
{
	const json_t *limit = json_object_get(object, "limit");
	const char *vi = form_get(doc, limit, "vi"), *en = form_get(doc, limit, "en");
	return vi[0] ? form_label(doc, vi, en) : form_minutes(doc, form_get_number(object, minutes));
}

const char *form_verdict(struct form_doc *doc, json_int_t verdict)
{
	switch (verdict) {
	case 1:
		return form_label(doc, "Trước hạn", "Before time");
	case 2:
		return form_label(doc, "Đúng hạn", "On time");
	case 3:
		return form_label(doc, "Quá hạn", "Late");
	case 4:
		return form_label(doc, "Đang xử lý, trong hạn", "Open, within time");
	case 5:
		return form_label(doc, "Đang xử lý, quá hạn", "Open, overdue");
	default:
		return "";
	}
}
