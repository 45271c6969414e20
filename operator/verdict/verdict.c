/* verdict.c: from causes to sentences. */
#include "verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <lienthong/base.h>
#include <lienthong/time.h>

#include "base/date.h"

enum { NAMED = 3 }; /* in a sentence; the command shows the others */

struct cause_words {
	const char *en, *vi, *command;
};
static const struct verdict_cause causes[] = {
#define YES true
#define NO false
#define LT_CAUSE(name, number, id_, severity, ready_, ...) \
	{ .cause = LT_CAUSE_##name, .id = id_, .level = VERDICT_##severity, .ready = ready_ },
#include "record/cause.def"
#undef LT_CAUSE
#undef YES
#undef NO
};
static const struct cause_words words[] = {
#define LT_CAUSE(name, number, id_, severity, ready_, en_, vi_, command_) { en_, vi_, command_ },
#include "record/cause.def"
#undef LT_CAUSE
};
enum { CAUSE_COUNT = sizeof(causes) / sizeof(causes[0]) };

size_t verdict_causes(const struct verdict_cause **out)
{
	*out = causes;
	return CAUSE_COUNT;
}

const char *verdict_level_name(enum verdict_level level)
{
	return level == VERDICT_HEALTHY ? "healthy" : level == VERDICT_WARNING ? "warning" : "critical";
}

/* A sentence that grows; what does not fit is left out. */
struct verdict_line {
	char *out;
	size_t used, size;
};

static void put(struct verdict_line *text, const char *bytes, size_t len)
{
	size_t room = text->size - 1 - text->used;
	size_t take = len < room ? len : room;
	memcpy(text->out + text->used, bytes, take);
	text->used += take;
	text->out[text->used] = '\0';
}

static void put_text(struct verdict_line *text, const char *bytes)
{
	put(text, bytes, strlen(bytes));
}

static void put_number(struct verdict_line *text, uint64_t number)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	put_text(text, digits);
}

/* "2026-11-24 09:15", "09:15 ngày 24/11/2026", at +07:00 */
static void put_time(struct verdict_line *text, int64_t at, enum lt_language lang)
{
	char stamp[LT_TIME_TEXT], said[LT_DATE_SAID];
	if (at == 0 || lang == LT_VIETNAMESE) {
		put_text(text, lang == LT_ENGLISH ? "an unknown time" : at == 0 ? "chưa rõ" : lt_date_say(at, said));
		return;
	}
	lt_time_format(at - at % 1000000, stamp);
	put(text, stamp, 10);
	put_text(text, " ");
	put(text, stamp + 11, 5);
}

static void put_names(struct verdict_line *text, const struct verdict_item *item, enum lt_language lang)
{
	size_t shown = item->subject_count < NAMED ? item->subject_count : NAMED;
	for (size_t i = 0; i < shown; i++) {
		put_text(text, i ? ", " : "");
		put_text(text, item->subjects[i].name);
	}
	if (item->count > shown && shown > 0) {
		put_text(text, lang == LT_VIETNAMESE ? " và " : " and ");
		put_number(text, item->count - shown);
		put_text(text, lang == LT_VIETNAMESE ? " khác" : " more");
	}
}

/* "{n:one|many}" */
static void put_count(struct verdict_line *text, const char *field, size_t len, uint64_t count)
{
	const char *bar = memchr(field, '|', len);
	put_number(text, count);
	if (!bar)
		return;
	put_text(text, " ");
	if (count == 1)
		put(text, field, (size_t)(bar - field));
	else
		put(text, bar + 1, len - (size_t)(bar + 1 - field));
}

static void put_field(struct verdict_line *text, const char *field, size_t len, const struct verdict_item *item,
		      enum lt_language lang)
{
	if (field[0] == 'n')
		put_count(text, field + 2, len > 2 ? len - 2 : 0, item->count);
	else if (strncmp(field, "who}", 4) == 0)
		put_names(text, item, lang);
	else if (strncmp(field, "one}", 4) == 0)
		put_text(text, item->subject_count > 0 ? item->subjects[0].name : "");
	else
		put_time(text, item->since, lang);
}

static void make_text(const char *form, const struct verdict_item *item, enum lt_language lang, char out[VERDICT_TEXT])
{
	char raw[VERDICT_TEXT];
	struct verdict_line text = { .out = raw, .size = sizeof(raw) };
	raw[0] = '\0';
	while (*form) {
		size_t plain = strcspn(form, "{"), len;
		put(&text, form, plain);
		form += plain;
		if (!*form)
			break;
		len = strcspn(++form, "}");
		put_field(&text, form, len, item, lang);
		form += len + 1;
	}
	lt_text_clean(raw, out, VERDICT_TEXT);
}

static void add_item(struct verdict *out, const struct lt_cause_view *view, size_t row, enum lt_language lang)
{
	struct verdict_item *item = &out->items[out->count++];
	*item = (struct verdict_item){ .cause = causes[row].cause,
				       .id = causes[row].id,
				       .level = causes[row].level,
				       .ready = causes[row].ready,
				       .count = view->count,
				       .since = view->subject_count > 0 ? view->subjects[0].at : 0,
				       .subject_count = view->subject_count,
				       .subjects = view->subjects };
	make_text(lang == LT_VIETNAMESE ? words[row].vi : words[row].en, item, lang, item->text);
	make_text(words[row].command, item, lang, item->command);
}

static void add_unknown(struct verdict *out, const struct lt_cause_view *view, enum lt_language lang)
{
	struct verdict_item *item = &out->items[out->count++];
	*item = (struct verdict_item){ .id = "unknown", .level = VERDICT_WARNING, .ready = true, .count = view->count };
	snprintf(item->text, sizeof(item->text),
		 lang == LT_VIETNAMESE ? "trục mới hơn chương trình này, và báo nguyên nhân %u"
				       : "the broker is newer than this program, and tells cause %u",
		 view->cause);
	snprintf(item->command, sizeof(item->command), "lienthong --version");
}

static void take_level(struct verdict *out, const struct lt_status_view *status, enum verdict_level level,
		       enum lt_language lang)
{
	for (size_t i = 0; i < status->cause_count && out->count < LT_CAUSES_END; i++) {
		const struct lt_cause_view *view = &status->causes[i];
		size_t row = 0;
		while (row < CAUSE_COUNT && (uint32_t)causes[row].cause != view->cause)
			row++;
		if (row == CAUSE_COUNT && level == VERDICT_WARNING)
			add_unknown(out, view, lang);
		else if (row < CAUSE_COUNT && causes[row].level == level)
			add_item(out, view, row, lang);
	}
}

void verdict_make(const struct lt_status_view *status, enum lt_language lang, struct verdict *out)
{
	out->count = 0;
	take_level(out, status, VERDICT_CRITICAL, lang);
	size_t critical = out->count;
	take_level(out, status, VERDICT_WARNING, lang);
	out->ready = true;
	for (size_t i = 0; i < out->count; i++)
		out->ready = out->ready && out->items[i].ready;
	out->level = critical > 0 ? VERDICT_CRITICAL : out->count > 0 ? VERDICT_WARNING : VERDICT_HEALTHY;
	if (out->level == VERDICT_HEALTHY)
		snprintf(out->text, sizeof(out->text), "%s", lang == LT_VIETNAMESE ? "bình thường" : "healthy");
	else if (lang == LT_VIETNAMESE)
		snprintf(out->text, sizeof(out->text), "%s: %zu nghiêm trọng, %zu cảnh báo",
			 critical > 0 ? "có sự cố" : "cần chú ý", critical, out->count - critical);
	else
		snprintf(out->text, sizeof(out->text), "%s: %zu critical, %zu warning%s",
			 critical > 0 ? "not healthy" : "needs attention", critical, out->count - critical,
			 out->count - critical == 1 ? "" : "s");
}

void verdict_make_silent(const char *why, enum lt_language lang, struct verdict *out)
{
	struct lt_cause_subject subject = { .name = why };
	struct lt_cause_view view = {
		.cause = LT_CAUSE_BROKER_SILENT, .count = 1, .subject_count = 1, .subjects = &subject
	};
	struct lt_status_view status = { .cause_count = 1, .causes = &view };
	verdict_make(&status, lang, out);
	out->items[0].subject_count = 0; /* its words are in the text */
	out->items[0].subjects = NULL;
}

/* What a peer wrote may be no UTF-8: then it is cleaned. */
static json_t *text_json(const char *text)
{
	char clean[VERDICT_TEXT];
	lt_text_clean(text, clean, sizeof(clean));
	return json_string(clean);
}

static json_t *time_json(int64_t at)
{
	char stamp[LT_TIME_TEXT];
	if (at == 0)
		return json_null();
	lt_time_format(at, stamp);
	return json_string(stamp);
}

static json_t *item_json(const struct verdict_item *item)
{
	json_t *subjects = json_array();
	for (size_t i = 0; i < item->subject_count; i++)
		json_array_append_new(subjects, json_pack("{s:o, s:o}", "name", text_json(item->subjects[i].name), "at",
							  time_json(item->subjects[i].at)));
	return json_pack("{s:s, s:s, s:b, s:I, s:o, s:s, s:s, s:o}", "id", item->id, "severity",
			 verdict_level_name(item->level), "ready", (int)item->ready, "count", (json_int_t)item->count,
			 "since", time_json(item->since), "text", item->text, "command", item->command, "subjects",
			 subjects);
}

json_t *verdict_json(const struct verdict *verdict)
{
	json_t *list = json_array();
	for (size_t i = 0; i < verdict->count; i++)
		json_array_append_new(list, item_json(&verdict->items[i]));
	return json_pack("{s:s, s:b, s:s, s:o}", "verdict", verdict_level_name(verdict->level), "ready",
			 (int)verdict->ready, "text", verdict->text, "causes", list);
}
