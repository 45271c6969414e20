/* api_header_more.c: members of a header that are objects or words: who acted, by which way, how it was handed over, why it is late,
 * which dates a dossier of before has. */
#include "api_header_internal.h"

#include <stddef.h>
#include <string.h>

#include <lienthong/time.h>

#include "json_write.h"

/* The object of this key with none but these keys; NULL: absent, or refused. */
static const json_t *object_of(struct json_reader *reader, const char *key, const char *const *known,
			       char at[JSON_POINTER_MAX])
{
	const json_t *object = json_object_get(reader->root, key);
	if (!object)
		return NULL;
	json_pointer(at, "", key);
	if (!json_is_object(object)) {
		json_refuse(reader, at, "an object is needed");
		return NULL;
	}
	json_check_keys(reader, object, at, known);
	return object;
}

/* ---- who ---- */

struct lt_actor *api_actor_read(struct json_reader *reader, const char *key, struct lt_actor *out)
{
	static const char *const known[] = { "unit", "officer", "title", NULL };
	char at[JSON_POINTER_MAX];
	const json_t *object = object_of(reader, key, known, at);
	if (!object)
		return NULL;
	*out = (struct lt_actor){ "", "", "" };
	json_read_text(reader, object, at, "unit", false, &out->unit);
	json_read_text(reader, object, at, "officer", false, &out->officer);
	json_read_text(reader, object, at, "title", false, &out->title);
	return out;
}

static void read_actor(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	out->header.actor = api_actor_read(reader, member->posted, &out->actor);
}

static json_t *show_actor(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return json_actor(header->actor);
}
const struct form api_form_actor = { read_actor, show_actor };

/* ---- by which way ---- */

static void read_channel(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const char *name = "";
	json_read_text(reader, reader->root, "", member->posted, false, &name);
	out->header.channel = json_channel_find(name);
	if (name[0] != '\0' && out->header.channel == LT_CHANNEL_NONE)
		refuse(reader, member, "one of counter, online, post is needed");
}

static json_t *show_channel(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return json_channel(header->channel);
}
const struct form api_form_channel = { read_channel, show_channel };

static void read_hand_over(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	static const char *const known[] = { "manner", "at", NULL };
	char at[JSON_POINTER_MAX], pointer[JSON_POINTER_MAX];
	const char *manner = "", *when = "";
	struct lt_hand_over *over = &out->hand_over;
	const json_t *object = object_of(reader, member->posted, known, at);
	if (!object)
		return;
	json_read_text(reader, object, at, "manner", true, &manner);
	json_read_text(reader, object, at, "at", true, &when);
	over->manner = json_channel_find(manner);
	if (*manner && over->manner == LT_CHANNEL_NONE)
		json_refuse(reader, json_pointer(pointer, at, "manner"), "one of counter, online, post is needed");
	if (*when && lt_time_parse(when, &over->at))
		json_refuse(reader, json_pointer(pointer, at, "at"), "a time of RFC 3339 is needed");
	out->header.hand_over = over;
}

static json_t *show_hand_over(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return json_pack("{s:o, s:o}", "manner", json_channel(header->hand_over->manner), "at",
			 json_time(header->hand_over->at));
}
const struct form api_form_hand_over = { read_hand_over, show_hand_over };

/* ---- why late ---- */

static void read_late(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	static const char *const known[] = { "code", "words", NULL };
	char at[JSON_POINTER_MAX];
	struct lt_late_reason *late = &out->late_reason;
	const json_t *object = object_of(reader, member->posted, known, at);
	if (!object)
		return;
	*late = (struct lt_late_reason){ "", "" };
	json_read_text(reader, object, at, "code", true, &late->code);
	json_read_text(reader, object, at, "words", false, &late->words);
	out->header.late_reason = late;
}

static json_t *show_late(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return json_late_reason(header->late_reason);
}
const struct form api_form_late = { read_late, show_late };

/* ---- of before ---- */

static const struct {
	const char *name;
	bool required;
	size_t offset;
} dates[] = {
	{ "opened_at", true, offsetof(struct lt_carried, opened_at) },
	{ "received_at", true, offsetof(struct lt_carried, received_at) },
	{ "since", true, offsetof(struct lt_carried, since) },
	{ "appointment", false, offsetof(struct lt_carried, appointment) },
	{ "counted_from", false, offsetof(struct lt_carried, counted_from) },
	{ "done_at", false, offsetof(struct lt_carried, done_at) },
};
enum { DATES = sizeof(dates) / sizeof(dates[0]) };

static void read_carried(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const char *known[DATES + 1] = { NULL };
	char at[JSON_POINTER_MAX], pointer[JSON_POINTER_MAX];
	for (size_t i = 0; i < DATES; i++)
		known[i] = dates[i].name;
	const json_t *object = object_of(reader, member->posted, known, at);
	if (!object)
		return;
	out->carried = (struct lt_carried){ 0 };
	for (size_t i = 0; i < DATES; i++) {
		const char *text = "";
		int64_t time = 0;
		json_read_text(reader, object, at, dates[i].name, dates[i].required, &text);
		if (*text && lt_time_parse(text, &time))
			json_refuse(reader, json_pointer(pointer, at, dates[i].name), "a time of RFC 3339 is needed");
		memcpy((char *)&out->carried + dates[i].offset, &time, sizeof(time));
	}
	out->header.carried = &out->carried;
}

static json_t *show_carried(const struct member *member, const struct lt_header *header)
{
	json_t *out = json_object();
	(void)member;
	for (size_t i = 0; i < DATES; i++) {
		int64_t time;
		memcpy(&time, (const char *)header->carried + dates[i].offset, sizeof(time));
		json_object_set_new(out, dates[i].name, json_time(time));
	}
	return out;
}
const struct form api_form_carried = { read_carried, show_carried };

/* ---- a week's work ---- */

static json_t *tally_json(const struct lt_tally *tally)
{
	json_t *out = json_pack("{s:I, s:I, s:I, s:I, s:I}", "in_hand", (json_int_t)tally->in_hand, "overdue",
				(json_int_t)tally->overdue, "done", (json_int_t)tally->done, "late",
				(json_int_t)tally->late, "minutes", (json_int_t)tally->minutes);
	if (tally->agency[0] != '\0')
		json_object_set_new(out, "agency", json_string(tally->agency));
	return out;
}

static json_t *show_digest(const struct member *member, const struct lt_header *header)
{
	const struct lt_digest *digest = header->digest;
	json_t *list = json_array();
	(void)member;
	for (size_t i = 0; i < digest->tally_count; i++)
		json_array_append_new(list, tally_json(&digest->tallies[i]));
	return json_pack("{s:o, s:o, s:I, s:o, s:o}", "from", json_time(digest->from), "until",
			 json_time(digest->until), "agencies", (json_int_t)digest->agencies, "all",
			 tally_json(&digest->all), "tallies", list);
}
const struct form api_form_digest = { NULL, show_digest };
