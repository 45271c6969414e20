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
	bool taken; /* of a start before, and not seen since */
	int64_t since, told_at, cleared_at;
};
struct alarms {
	struct alarm *items;
	size_t count, cap;
	unsigned silent;      /* looks in a row without an answer */
	int64_t now, settled; /* from when on what is not said is not so */
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
	alarm->taken = false;
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
		verdict_make(&status, LT_ENGLISH, &alarms->one);
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

/* A broker that has just begun does not know it yet. */
static bool may_come(const struct alarms *alarms, const struct alarm *alarm)
{
	return alarm->taken && alarms->now < alarms->settled && strcmp(alarm->cause, "broker-silent") != 0;
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
		alarms->items[i].is = alarms->items[i].is &&
				      (may_be(verdict, &alarms->items[i]) || may_come(alarms, &alarms->items[i]));
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

json_t *alarms_json(const struct alarms *alarms)
{
	json_t *list = json_array();
	for (size_t i = 0; i < alarms->count; i++) {
		const struct alarm *alarm = &alarms->items[i];
		if (alarm->told)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:I}", "id", alarm->id, "severity",
							      verdict_level_name(alarm->level), "text", alarm->text,
							      "since", (json_int_t)alarm->since, "told_at",
							      (json_int_t)alarm->told_at));
	}
	return list;
}

/* By the part of the id before the subject; NULL: no cause that this program knows. */
static const struct verdict_cause *cause_of(const char *id)
{
	const struct verdict_cause *causes;
	size_t count = verdict_causes(&causes), len = strcspn(id, "/");
	for (size_t i = 0; i < count; i++) {
		if (strlen(causes[i].id) == len && memcmp(causes[i].id, id, len) == 0)
			return &causes[i];
	}
	return NULL;
}

void alarms_take(struct alarms *alarms, const json_t *json, int64_t now)
{
	size_t i;
	json_t *one;
	alarms->settled = now + ALARMS_SETTLE_S * INT64_C(1000000);
	json_array_foreach(json, i, one)
	{
		const char *id, *text;
		json_int_t since, told_at;
		if (json_unpack(one, "{s:s, s:s, s:I, s:I}", "id", &id, "text", &text, "since", &since, "told_at",
				&told_at))
			continue;
		const struct verdict_cause *cause = cause_of(id);
		if (!cause || strlen(id) >= ID_MAX || find(alarms, id))
			continue;
		struct alarm *alarm = add(alarms, id);
		alarm->cause = cause->id;
		alarm->level = cause->level;
		snprintf(alarm->text, sizeof(alarm->text), "%s", text);
		alarm->is = alarm->told = alarm->taken = true;
		alarm->since = since;
		alarm->told_at = told_at;
	}
}
