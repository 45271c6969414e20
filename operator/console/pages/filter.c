/* filter.c: members of the address, and the form that makes them. */
#include "filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

#include "agency_field.h"
#include "words.h"

static const struct {
	const char *name, *vietnamese, *english;
	size_t offset;
} checks[] = {
	{ "open", "Chưa xong", "Open", offsetof(struct project_filter, open) },
	{ "late", "Quá hạn", "Late", offsetof(struct project_filter, late) },
	{ "unanswered", "Chờ tiếp nhận", "Unanswered", offsetof(struct project_filter, unanswered) },
	{ "silent", "Không động tĩnh", "Silent", offsetof(struct project_filter, silent) },
	{ "stuck", "Nơi nhận không nhận được", "Could not be taken", offsetof(struct project_filter, stuck) },
	{ "frozen", "Đóng băng", "Frozen", offsetof(struct project_filter, frozen) },
	{ "carried", "Chuyển tiếp từ trước", "Carried over", offsetof(struct project_filter, carried) },
};
static const struct {
	const char *name, *vietnamese, *english;
	size_t offset;
	bool agency;
} texts[] = {
	{ "holder", "Nơi đang giữ", "Holder", offsetof(struct project_filter, holder), true },
	{ "owed_by", "Nơi phải làm", "Owed by", offsetof(struct project_filter, owed_by), true },
	{ "lead", "Nơi chủ trì", "Lead", offsetof(struct project_filter, lead), true },
	{ "origin", "Nơi nhận của dân", "Origin", offsetof(struct project_filter, origin), true },
	{ "procedure", "Thủ tục (mã)", "Procedure (code)", offsetof(struct project_filter, procedure), false },
	{ "sector", "Lĩnh vực", "Sector", offsetof(struct project_filter, sector), false },
};
static const struct {
	const char *name, *vietnamese, *english;
	size_t offset;
	bool next; /* the day is the last one: its end counts */
} days[] = {
	{ "opened_from", "Mở từ ngày", "Opened from", offsetof(struct project_filter, opened_from), false },
	{ "opened_to", "đến hết ngày", "to", offsetof(struct project_filter, opened_to), true },
	{ "finished_from", "Xong từ ngày", "Finished from", offsetof(struct project_filter, finished_from), false },
	{ "finished_to", "đến hết ngày", "to", offsetof(struct project_filter, finished_to), true },
};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define DAY INT64_C(86400000000)

/* "2026-11-30" at +07:00; 0: it is none. */
static int64_t day_of(const char *text)
{
	char full[40];
	int64_t time;
	if (strlen(text) != 10)
		return 0;
	snprintf(full, sizeof(full), "%sT00:00:00+07:00", text);
	return lt_time_parse(full, &time) == LT_OK ? time : 0;
}

static void *member(struct project_filter *filter, size_t offset)
{
	return (char *)filter + offset;
}

bool filter_read(struct visit *visit, struct project_filter *out)
{
	bool clear = true;
	*out = (struct project_filter){ .now = desk_now(desk_of(visit)), .text = visit_query(visit, "text") };
	for (size_t i = 0; i < COUNT(checks); i++)
		*(bool *)member(out, checks[i].offset) = strcmp(visit_query(visit, checks[i].name), "1") == 0;
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *typed = visit_query(visit, texts[i].name);
		const char *code = texts[i].agency ? agency_field_code(visit, texts[i].name) : typed;
		clear = clear && code;
		*(const char **)member(out, texts[i].offset) = code ? code : typed; /* which no dossier has */
	}
	for (size_t i = 0; i < COUNT(days); i++) {
		int64_t day = day_of(visit_query(visit, days[i].name));
		*(int64_t *)member(out, days[i].offset) = day && days[i].next ? day + DAY : day;
	}
	out->status = (uint32_t)visit_query_number(visit, "status");
	out->channel = (uint32_t)visit_query_number(visit, "channel");
	out->verdict = (uint32_t)visit_query_number(visit, "verdict");
	out->sort = strcmp(visit_query(visit, "sort"), "opened") == 0 ? PROJECT_BY_OPENED : PROJECT_BY_DUE;
	out->after = visit_query(visit, "after");
	return clear;
}

/* Whether a member says what it can say. */
static bool understood(const char *name, const char *value)
{
	static const char *const free_texts[] = { "text", "after", "lang", "done", "proposed" };
	static const struct {
		const char *name;
		uint32_t most;
	} numbers[] = { { "status", LT_DOSSIER_HANDED_OVER },
			{ "channel", LT_CHANNEL_POST },
			{ "verdict", LT_TIME_UNKNOWN } };
	for (size_t i = 0; i < COUNT(free_texts); i++) {
		if (strcmp(free_texts[i], name) == 0)
			return true;
	}
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (strcmp(texts[i].name, name) == 0)
			return true;
	}
	for (size_t i = 0; i < COUNT(checks); i++) {
		if (strcmp(checks[i].name, name) == 0)
			return strcmp(value, "1") == 0;
	}
	for (size_t i = 0; i < COUNT(days); i++) {
		if (strcmp(days[i].name, name) == 0)
			return day_of(value) != 0;
	}
	for (size_t i = 0; i < COUNT(numbers); i++) {
		char *end;
		if (strcmp(numbers[i].name, name) == 0)
			return *value >= '1' && *value <= '9' && strtoul(value, &end, 10) <= numbers[i].most && !*end;
	}
	return strcmp(name, "sort") == 0 && (strcmp(value, "due") == 0 || strcmp(value, "opened") == 0);
}

const char *filter_unknown(const struct visit *visit)
{
	for (size_t i = 0; i < visit->query_count; i++) {
		if (*visit->query[i].value && !understood(visit->query[i].name, visit->query[i].value))
			return visit->query[i].name;
	}
	return NULL;
}

static void put_select(struct visit *visit, const char *name, const char *vietnamese, const char *english,
		       uint32_t count, uint32_t chosen, const char *(*word)(uint32_t number, enum lt_language language))
{
	struct html *html = &visit->html;
	html_put(html, "<label>%L<select name=%s><option value=\"\">%L", vietnamese, english, name, "tất cả", "all");
	for (uint32_t i = 1; i <= count; i++)
		html_put(html, "<option value=\"%u\"%s>%s", (uint64_t)i, i == chosen ? " selected" : "",
			 word(i, html->language));
	html_raw(html, "</select></label>");
}

static bool more_asked(struct visit *visit)
{
	for (size_t i = 1; i < COUNT(texts); i++) {
		if (*visit_query(visit, texts[i].name))
			return true;
	}
	for (size_t i = 0; i < COUNT(days); i++) {
		if (*visit_query(visit, days[i].name))
			return true;
	}
	return *visit_query(visit, "channel") || *visit_query(visit, "verdict");
}

static void put_text(struct visit *visit, size_t i)
{
	if (texts[i].agency)
		agency_field_put(visit, texts[i].name, texts[i].vietnamese, texts[i].english);
	else
		html_put(&visit->html, "<label>%L<input name=%s value=\"%s\" size=14 maxlength=64></label>",
			 texts[i].vietnamese, texts[i].english, texts[i].name, visit_query(visit, texts[i].name));
}

void filter_put(struct visit *visit, const struct project_filter *filter)
{
	struct html *html = &visit->html;
	html_put(html,
		 "<form class=filters action=/dossiers><label>%L<input type=search name=text value=\"%s\" size=26 "
		 "maxlength=200></label>",
		 "Tìm (không cần dấu)", "Text (accents may be left out)", filter->text);
	put_select(visit, "status", "Trạng thái", "Status", LT_DOSSIER_HANDED_OVER, filter->status, word_status);
	put_text(visit, 0);
	for (size_t i = 0; i < COUNT(checks); i++) {
		bool on = strcmp(visit_query(visit, checks[i].name), "1") == 0;
		html_put(html, "<label class=check><input type=checkbox name=%s value=1%s>%L</label>", checks[i].name,
			 on ? " checked" : "", checks[i].vietnamese, checks[i].english);
	}
	html_put(html, "<details%s><summary>%L</summary><div class=filters>", more_asked(visit) ? " open" : "",
		 "Lọc thêm", "More");
	for (size_t i = 1; i < COUNT(texts); i++)
		put_text(visit, i);
	put_select(visit, "channel", "Nộp qua", "Filed by", LT_CHANNEL_POST, filter->channel, word_channel);
	put_select(visit, "verdict", "Kết luận", "Verdict", LT_TIME_LATE, filter->verdict, word_verdict);
	for (size_t i = 0; i < COUNT(days); i++)
		html_put(html, "<label>%L<input type=date name=%s value=\"%s\"></label>", days[i].vietnamese,
			 days[i].english, days[i].name, visit_query(visit, days[i].name));
	html_put(html,
		 "</div></details><label>%L<select name=sort><option value=due>%L<option "
		 "value=opened%s>%L</select></label>",
		 "Xếp theo", "Sort by", "hạn gần nhất", "due first",
		 filter->sort == PROJECT_BY_OPENED ? " selected" : "", "mới mở", "newest");
	html_put(html, "<button>%L</button> <a href=/dossiers>%L</a></form>", "Lọc", "Show", "Bỏ lọc", "Clear");
	for (size_t i = 0; i < COUNT(texts); i++) {
		if (texts[i].agency)
			agency_field_put_found(visit, texts[i].name);
	}
}

void filter_put_query(struct visit *visit)
{
	const char *sign = "?";
	for (size_t i = 0; i < visit->query_count; i++) {
		const struct visit_field *field = &visit->query[i];
		if (strcmp(field->name, "after") == 0 || !*field->value)
			continue;
		html_raw(&visit->html, sign);
		html_put(&visit->html, "%U=%U", field->name, field->value);
		sign = "&amp;";
	}
}
