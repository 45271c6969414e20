/* report_question.c: what an address asks of a report, and whether that is what is counted then. */
#include "pages.h"

#include <string.h>

#include "agency_field.h"
#include "base/date.h"

static const struct {
	enum lt_level level;
	const char *name, *vietnamese, *english;
} levels[] = {
	{ LT_LEVEL_COMMUNE, "commune", "Cấp xã", "Communes" },
	{ LT_LEVEL_DISTRICT, "district", "Cấp huyện (cũ)", "Districts (former)" },
	{ LT_LEVEL_DEPARTMENT, "department", "Sở, ngành", "Departments" },
	{ LT_LEVEL_PROVINCE, "province", "Cấp tỉnh", "Provinces" },
	{ LT_LEVEL_MINISTRY, "ministry", "Bộ", "Ministries" },
};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* A day's beginning at +07:00; 0: none. */
static int64_t day_of(const char *text)
{
	int64_t days;
	return lt_date_parse(text, &days) == LT_OK ? days * LT_DAY_US - LT_VIETNAM_OFFSET_US : 0;
}

static const char *or_none(const char *text)
{
	return text[0] ? text : NULL;
}

struct report_question pages_report_question(struct visit *visit)
{
	const char *agency = agency_field_code(visit, "agency");
	enum report_kind kind = report_find(visit_query(visit, "report"));
	struct report_question question = { .kind = kind ? kind : REPORT_AGENCIES,
					    .from = day_of(visit_query(visit, "from")),
					    .until = day_of(visit_query(visit, "until")),
					    .agency = or_none(agency ? agency : visit_query(visit, "agency")),
					    .procedure = or_none(visit_query(visit, "procedure")),
					    .column = or_none(visit_query(visit, "column")),
					    .sort = or_none(visit_query(visit, "sort")),
					    .level = LT_LEVEL_COMMUNE };
	if (visit_query(visit, "one")[0])
		question.key = visit_query(visit, "key");
	if (question.until != 0)
		question.until += LT_DAY_US; /* the last day is in it */
	if (question.until != 0 && question.until <= question.from)
		question.from = question.until = 0;
	for (size_t i = 0; i < COUNT(levels); i++) {
		if (strcmp(levels[i].name, visit_query(visit, "level")) == 0)
			question.level = levels[i].level;
	}
	return question;
}

bool pages_report_unclear(struct visit *visit)
{
	return pages_report_misread(visit) || !agency_field_code(visit, "agency");
}

bool pages_report_misread(const struct visit *visit)
{
	const char *from = visit_query(visit, "from"), *until = visit_query(visit, "until");
	const char *level = visit_query(visit, "level"), *report = visit_query(visit, "report");
	bool known = level[0] == '\0';
	for (size_t i = 0; i < COUNT(levels) && !known; i++)
		known = strcmp(levels[i].name, level) == 0;
	return !known || (report[0] && !report_find(report)) || (from[0] && !day_of(from)) ||
	       (until[0] && !day_of(until)) || (from[0] && until[0] && day_of(until) < day_of(from));
}

void pages_report_levels(struct visit *visit, enum lt_level chosen)
{
	html_put(&visit->html, "<label>%L<select name=level>", "Loại cơ quan", "Kind of office");
	for (size_t i = 0; i < COUNT(levels); i++)
		html_put(&visit->html, "<option value=%s%s>%L", levels[i].name,
			 levels[i].level == chosen ? " selected" : "", levels[i].vietnamese, levels[i].english);
	html_raw(&visit->html, "</select></label>");
}
