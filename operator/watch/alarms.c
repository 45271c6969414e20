/* alarms.c: the difference between what is so and what was told. */
#include "alarms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/log.h"

enum {
	SILENT_LOOKS = 2, /* a broker that misses one look may be starting anew */
	ID_MAX = 320,
};
#define AGAIN_US INT64_C(86400000000)

struct alarm {
	char id[ID_MAX];
	enum verdict_level level;
	char text[VERDICT_TEXT], command[VERDICT_TEXT];
	const char *cause; /* its id */
	bool was, is, told;
	int64_t since, told_at, cleared_at;
};
struct alarms {
	struct alarm *items;
	size_t count, cap;
	unsigned silent; /* looks in a row without an answer */
	int64_t now;
	struct alarm_event due[ALARMS_AT_ONCE];
	size_t due_at[ALARMS_AT_ONCE]; /* whose */
	size_t due_count;
	struct verdict one; /* the sentence of one subject */
};

struct alarms *alarms_new(void)
{
	struct alarms *alarms = calloc(1, sizeof(*alarms));
	LT_ASSERT(alarms);
	return alarms;
}

void alarms_free(struct alarms *alarms)
{
	if (!alarms)
		return;
	free(alarms->items);
	free(alarms);
}

static struct alarm *find(struct alarms *alarms, const char *id)
{
	for (size_t i = 0; i < alarms->count; i++) {
		if (strcmp(alarms->items[i].id, id) == 0)
			return &alarms->items[i];
	}
	return NULL;
}

static struct alarm *add(struct alarms *alarms, const char *id)
{
	if (alarms->count == alarms->cap) {
		alarms->cap = alarms->cap ? 2 * alarms->cap : 16;
		alarms->items = realloc(alarms->items, alarms->cap * sizeof(*alarms->items));
		LT_ASSERT(alarms->items);
	}
	struct alarm *alarm = &alarms->items[alarms->count++];
	*alarm = (struct alarm){ 0 };
	snprintf(alarm->id, sizeof(alarm->id), "%s", id);
	return alarm;
}

static void see(struct alarms *alarms, const struct verdict_item *item, const char *subject)
{
	char raw[ID_MAX], id[ID_MAX];
	snprintf(raw, sizeof(raw), "%s%s%s", item->id, subject ? "/" : "", subject ? subject : "");
	lt_text_clean(raw, id, sizeof(id));
	struct alarm *alarm = find(alarms, id);
	if (!alarm)
		alarm = add(alarms, id);
	if (!alarm->was)
		alarm->since = alarms->now;
	alarm->is = true;
	alarm->cause = item->id;
	alarm->level = item->level;
	memcpy(alarm->text, item->text, sizeof(alarm->text));
	memcpy(alarm->command, item->command, sizeof(alarm->command));
}

/* Late dossiers come and go by the hundred: who is told one by one reads none. */
static bool told_as_one(const struct verdict_item *item)
{
	return item->cause == LT_CAUSE_DOSSIER_LATE || item->cause == LT_CAUSE_OFFER_LATE ||
	       item->cause == LT_CAUSE_ACT_LATE || item->cause == LT_CAUSE_DOSSIER_SILENT;
}

static void see_item(struct alarms *alarms, const struct verdict_item *item)
{
	if (told_as_one(item) || item->subject_count == 0) {
		see(alarms, item, NULL);
		return;
	}
	for (size_t i = 0; i < item->subject_count; i++) {
		struct lt_cause_subject subject = item->subjects[i];
		struct lt_cause_view view = {
			.cause = (uint32_t)item->cause, .count = 1, .subject_count = 1, .subjects = &subject
		};
		struct lt_status_view status = { .cause_count = 1, .causes = &view };
		verdict_make(&status, VERDICT_EN, &alarms->one);
		see(alarms, &alarms->one.items[0], subject.name);
	}
	if (item->count > item->subject_count) /* those that are not named */
		see(alarms, item, NULL);
}

/* Of a cause with more subjects than are named, one that is not named may be there all the same. */
static bool may_be(const struct verdict *verdict, const struct alarm *alarm)
{
	for (size_t i = 0; i < verdict->count; i++) {
		if (strcmp(verdict->items[i].id, alarm->cause) == 0)
			return verdict->items[i].count > verdict->items[i].subject_count;
	}
	return false;
}

static bool is_silent(const struct verdict *verdict)
{
	return verdict->count == 1 && verdict->items[0].cause == LT_CAUSE_BROKER_SILENT;
}

/* Who was never told and is over needs no word. */
static void forget(struct alarms *alarms)
{
	size_t kept = 0;
	for (size_t i = 0; i < alarms->count; i++) {
		if (alarms->items[i].is || alarms->items[i].told)
			alarms->items[kept++] = alarms->items[i];
	}
	alarms->count = kept;
}

void alarms_see(struct alarms *alarms, const struct verdict *verdict, const struct lt_status_view *status, int64_t now)
{
	alarms->now = now;
	alarms->due_count = 0;
	alarms->silent = status ? 0 : alarms->silent + 1;
	if (!status) {
		if (alarms->silent >= SILENT_LOOKS && is_silent(verdict))
			see(alarms, &verdict->items[0], NULL);
		return;
	}
	for (size_t i = 0; i < alarms->count; i++) {
		alarms->items[i].was = alarms->items[i].is;
		alarms->items[i].is = alarms->items[i].is && may_be(verdict, &alarms->items[i]);
	}
	for (size_t i = 0; i < verdict->count; i++)
		see_item(alarms, &verdict->items[i]);
	for (size_t i = 0; i < alarms->count; i++) {
		if (alarms->items[i].was && !alarms->items[i].is)
			alarms->items[i].cleared_at = now;
	}
	forget(alarms);
}

static bool change_of(const struct alarms *alarms, const struct alarm *alarm, enum alarm_change *out)
{
	if (alarm->is && !alarm->told)
		*out = ALARM_RAISED;
	else if (!alarm->is && alarm->told)
		*out = ALARM_CLEARED;
	else if (alarm->told && alarms->now - alarm->told_at >= AGAIN_US)
		*out = ALARM_LASTS;
	else
		return false;
	return true;
}

size_t alarms_due(struct alarms *alarms, const struct alarm_event **out)
{
	alarms->due_count = 0;
	for (size_t i = 0; i < alarms->count && alarms->due_count < ALARMS_AT_ONCE; i++) {
		const struct alarm *alarm = &alarms->items[i];
		enum alarm_change change;
		if (!change_of(alarms, alarm, &change))
			continue;
		const char *subject = strchr(alarm->id, '/');
		alarms->due_at[alarms->due_count] = i;
		alarms->due[alarms->due_count++] = (struct alarm_event){
			.id = alarm->id,
			.cause = alarm->cause,
			.subject = subject ? subject + 1 : "",
			.change = change,
			.level = alarm->level,
			.text = alarm->text,
			.command = alarm->command,
			.at = change == ALARM_CLEARED ? alarm->cleared_at : alarm->since,
		};
	}
	*out = alarms->due;
	return alarms->due_count;
}

void alarms_told(struct alarms *alarms)
{
	for (size_t i = 0; i < alarms->due_count; i++) {
		struct alarm *alarm = &alarms->items[alarms->due_at[i]];
		alarm->told = alarms->due[i].change != ALARM_CLEARED;
		alarm->told_at = alarms->now;
	}
	alarms->due_count = 0;
	forget(alarms);
}
