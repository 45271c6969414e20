/* api_header.c: one row a member of the header: its names in bodies and in views, its form, its place in the record. */
#include "api_header.h"

#include <lienthong/time.h>

#include <stdio.h>
#include <string.h>

#include "api_header_internal.h"
#include "json_write.h"
#include "wire/kind.h"

/* ---- texts and codes ---- */

static void read_text(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const char **value = place(member, out);
	*value = "";
	json_read_text(reader, reader->root, "", member->posted, false, value);
}

static json_t *show_text(const struct member *member, const struct lt_header *header)
{
	const char *text = *(const char *const *)place_of(member, header);
	return json_string(text ? text : "");
}
static const struct form text = { read_text, show_text };

void api_copy_code(const char *code, char *out, size_t size)
{
	size_t len = strlen(code);
	if (len < size) {
		memcpy(out, code, len + 1);
		return;
	}
	len = size - 2;
	while (len > 0 && ((unsigned char)code[len] & 0xc0) == 0x80) /* no half characters */
		len--;
	memcpy(out, code, len);
	memcpy(out + len, "?", 2);
}

static void read_code(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const char *value = "";
	json_read_text(reader, reader->root, "", member->posted, false, &value);
	api_copy_code(value, place(member, out), member->size);
}

static void read_dossier(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const char *value = "";
	json_read_text(reader, reader->root, "", member->posted, true, &value);
	api_copy_code(value, place(member, out), member->size);
}

static json_t *show_code(const struct member *member, const struct lt_header *header)
{
	const char *code = place_of(member, header);
	return *code ? json_string(code) : json_null();
}
static const struct form code = { read_code, show_code }, dossier = { read_dossier, show_code };

static void read_kind(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const char *name = "";
	if (json_read_text(reader, reader->root, "", member->posted, true, &name) || !*name)
		return;
	if (lt_kind_find(name, &out->header.kind))
		json_refuse_as(reader, "/kind", LT_KIND_NOT_SUPPORTED, "kind: %.60s is the name of none", name);
	else if (!kind_find((int)out->header.kind))
		json_refuse_as(reader, "/kind", LT_KIND_NOT_SUPPORTED, "kind: %.60s is not carried yet", name);
	else if (kind_is_notice(out->header.kind))
		json_refuse_as(reader, "/kind", LT_KIND_NOT_SUPPORTED, "kind: %.60s is the broker's alone", name);
}

static json_t *show_kind(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return json_string(lt_kind_name(header->kind));
}
static const struct form kind = { read_kind, show_kind };

/* ---- numbers, times, ids ---- */

static void read_u32(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	json_read_u32(reader, reader->root, "", member->posted, false, place(member, out));
}

static json_t *show_u32(const struct member *member, const struct lt_header *header)
{
	const uint32_t *number = place_of(member, header);
	return json_integer((json_int_t)*number);
}
static const struct form u32 = { read_u32, show_u32 };

static void read_u64(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	json_read_u64(reader, reader->root, "", member->posted, INT64_MAX, place(member, out));
}

static json_t *show_u64(const struct member *member, const struct lt_header *header)
{
	const uint64_t *number = place_of(member, header);
	return json_integer((json_int_t)*number);
}
static const struct form u64 = { read_u64, show_u64 };

static void read_time(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const char *value = "";
	json_read_text(reader, reader->root, "", member->posted, false, &value);
	if (*value && lt_time_parse(value, place(member, out)))
		refuse(reader, member, "a time of RFC 3339 is needed, as 2026-03-02T10:00:00+07:00");
}

static json_t *show_time(const struct member *member, const struct lt_header *header)
{
	return json_time(*(const int64_t *)place_of(member, header));
}
static const struct form moment = { read_time, show_time };

static json_t *show_id(const struct member *member, const struct lt_header *header)
{
	return json_id(place_of(member, header));
}
static const struct form id = { NULL, show_id };

static void read_reply(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const char *value = "";
	json_read_text(reader, reader->root, "", member->posted, false, &value);
	if (*value && lt_uuid_parse(value, place(member, out)))
		refuse(reader, member, "a UUID is needed");
	out->header.has_reply = *value != 0;
}

static json_t *show_reply(const struct member *member, const struct lt_header *header)
{
	return header->has_reply ? show_id(member, header) : json_null();
}
static const struct form reply = { read_reply, show_reply };

static void read_agree(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	const json_t *value = json_object_get(reader->root, member->posted);
	if (json_is_string(value) && strcmp(json_string_value(value), "with_conditions") == 0)
		out->header.agree = LT_AGREE_WITH_CONDITIONS;
	else if (value && !json_is_boolean(value))
		refuse(reader, member, "true, false or \"with_conditions\" is needed");
	else if (value)
		out->header.agree = json_is_true(value) ? LT_AGREE_YES : LT_AGREE_NO;
}

json_t *api_agree_show(enum lt_agreement given)
{
	return given == LT_AGREE_WITH_CONDITIONS ? json_string("with_conditions") : json_boolean(given == LT_AGREE_YES);
}

static json_t *show_agree(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return api_agree_show(header->agree);
}
static const struct form agree = { read_agree, show_agree };

static void read_flag(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	bool *flag = place(member, out);
	const json_t *value = json_object_get(reader->root, member->posted);
	if (value && !json_is_boolean(value))
		refuse(reader, member, "true or false is needed");
	*flag = json_is_true(value);
}

static json_t *show_flag(const struct member *member, const struct lt_header *header)
{
	return json_boolean(*(const bool *)place_of(member, header));
}
static const struct form flag = { read_flag, show_flag };

/* ---- lists ---- */

/* The leg's id, or its number in the procedure's file. */
static void read_leg(struct json_reader *reader, const json_t *entry, const char *at, struct lt_recipient *out)
{
	const char *leg = "";
	const json_t *value = json_object_get(entry, "leg");
	if (json_is_integer(value) && json_integer_value(value) >= 1 && json_integer_value(value) <= 99) {
		snprintf(out->leg, sizeof(out->leg), "%d", (int)json_integer_value(value));
		return;
	}
	json_read_text(reader, entry, at, "leg", false, &leg);
	api_copy_code(leg, out->leg, sizeof(out->leg));
}

static void read_to(struct json_reader *reader, const struct member *member, struct api_header *out)
{
	static const char *const known[] = { "agency", "leg", NULL };
	const json_t *list;
	json_read_list(reader, reader->root, "", member->posted, LT_TO_MAX, &list);
	out->header.to = out->to;
	/* When it names nobody: by whom the leg asks; by the offer that it answers. */
	bool filled = out->header.kind == LT_KIND_CONSULT || kind_answers(out->header.kind);
	if (!filled && (!list || json_array_size(list) == 0))
		refuse(reader, member, "at least one recipient is needed");
	for (size_t i = 0; i < json_array_size(list); i++) {
		char at[32];
		const json_t *entry = json_array_get(list, i);
		snprintf(at, sizeof(at), "/to/%zu", i);
		if (!json_is_object(entry)) {
			json_refuse(reader, at, "an object with agency and leg is needed");
			continue;
		}
		const char *agency = "";
		json_check_keys(reader, entry, at, known);
		json_read_text(reader, entry, at, "agency", true, &agency);
		api_copy_code(agency, out->to[i].agency, sizeof(out->to[i].agency));
		read_leg(reader, entry, at, &out->to[i]);
		out->header.to_count = i + 1;
	}
}

json_t *api_recipients_show(const struct lt_header *header)
{
	json_t *list = json_array();
	for (size_t i = 0; i < header->to_count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s?}", "agency", header->to[i].agency, "leg",
						      json_leg(header->to[i].leg)));
	return list;
}

static json_t *show_to(const struct member *member, const struct lt_header *header)
{
	(void)member;
	return api_recipients_show(header);
}
static const struct form recipients = { read_to, show_to };

/* ---- the table ---- */

#define MEMBER(posted_, shown_, show_, form_, field)                                                           \
	{                                                                                                      \
		.posted = (posted_), .shown = (shown_), .show = (show_), .form = &(form_),                     \
		.offset = offsetof(struct lt_header, field), .size = sizeof(((struct lt_header *)NULL)->field) \
	}
/* In the order in which a body is looked at. Of lists the place is that of the count: it says whether they are set. */
static const struct member members[] = {
	MEMBER(NULL, "id", SHOW_ALWAYS, id, id),
	MEMBER("kind", "kind", SHOW_ALWAYS, kind, kind),
	MEMBER("sender", "sender", SHOW_ALWAYS, code, sender),
	MEMBER("dossier", "dossier", SHOW_ALWAYS, dossier, dossier),
	MEMBER("procedure", "procedure", SHOW_WHOLE, code, procedure),
	MEMBER("procedure_version", "procedure_version", SHOW_WHOLE, u32, procedure_version),
	MEMBER("reason", "reason", SHOW_ALWAYS, text, reason),
	MEMBER("subject", "subject", SHOW_ALWAYS, text, subject),
	MEMBER("branch", "sender_branch", SHOW_WHOLE, u32, branch),
	MEMBER("branch_version", "sender_branch_version", SHOW_WHOLE, u64, branch_version),
	MEMBER("in_reply_to", "in_reply_to", SHOW_ALWAYS, reply, in_reply_to),
	MEMBER("due_at", "due", SHOW_ALWAYS, moment, due_at),
	MEMBER("items", "items", SHOW_WHEN_SET, api_form_items, item_count),
	MEMBER("amount", "amount", SHOW_WHEN_SET, u64, amount),
	MEMBER("agree", "agree", SHOW_WHEN_SET, agree, agree),
	MEMBER("trace", "trace", SHOW_WHEN_SET, u32, trace),
	MEMBER("fields", "fields", SHOW_WHEN_SET, api_form_fields, field_count),
	MEMBER("actor", "actor", SHOW_WHEN_SET, api_form_actor, actor),
	MEMBER("channel", "channel", SHOW_WHEN_SET, api_form_channel, channel),
	MEMBER("place_of_help", "place_of_help", SHOW_WHEN_SET, text, place_of_help),
	MEMBER("foreign_codes", "foreign_codes", SHOW_WHEN_SET, api_form_foreign, foreign_count),
	MEMBER("replaces", "replaces", SHOW_WHEN_SET, code, replaces),
	MEMBER("facts", "facts", SHOW_WHEN_SET, api_form_facts, fact_count),
	MEMBER("results", "results", SHOW_WHEN_SET, api_form_results, result_count),
	MEMBER("hand_over", "hand_over", SHOW_WHEN_SET, api_form_hand_over, hand_over),
	MEMBER("ground", "ground", SHOW_WHEN_SET, text, ground),
	MEMBER("late_reason", "late_reason", SHOW_WHEN_SET, api_form_late, late_reason),
	MEMBER("received", "taken_in", SHOW_WHEN_SET, flag, received),
	MEMBER("carried", "carried", SHOW_WHEN_SET, api_form_carried, carried),
	MEMBER(NULL, "digest", SHOW_WHEN_SET, api_form_digest, digest),
	MEMBER("to", "to", SHOW_WHOLE, recipients, to_count),
	MEMBER(NULL, "domain", SHOW_WHOLE, text, domain),
	MEMBER(NULL, "sent_at", SHOW_WHOLE, moment, sent_at),
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]), MORE_MAX = 4 };

void api_header_read(struct json_reader *reader, const char *const *more, struct api_header *out)
{
	const char *known[MEMBERS + MORE_MAX + 1] = { NULL };
	size_t count = 0;
	for (size_t i = 0; i < MEMBERS; i++) {
		if (members[i].posted)
			known[count++] = members[i].posted;
	}
	for (size_t i = 0; i < MORE_MAX && more[i]; i++)
		known[count++] = more[i];
	json_check_keys(reader, reader->root, "", known);
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < MEMBERS; i++) {
		if (!members[i].posted)
			continue;
		if (json_bring(json_object_get(reader->root, members[i].posted)))
			refuse(reader, &members[i], "no memory to bring it into form");
		members[i].form->read(reader, &members[i], out);
	}
}

static bool is_posted(const char *name)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		if (members[i].posted && strcmp(members[i].posted, name) == 0)
			return true;
	}
	return strcmp(name, "parts") == 0;
}

const char *api_header_pointer(const struct api_header *draft, bool has_body, const char *detail,
			       char out[JSON_POINTER_MAX])
{
	char name[33], inner[33], colon[2];
	unsigned index;
	out[0] = '\0';
	int found = sscanf(detail, "%32[a-z_][%u].%32[a-z0-9_]", name, &index, inner);
	if (found < 1 || !is_posted(name))
		return out;
	if (found == 1 && sscanf(detail, "%*[a-z_]%1[:]", colon) == 1)
		snprintf(out, JSON_POINTER_MAX, "/%s", name);
	else if (found == 1 && sscanf(detail, "%*[a-z_].%32[a-z_]%1[:]", inner, colon) == 2)
		snprintf(out, JSON_POINTER_MAX, "/%s/%s", name, inner);
	else if (found == 1)
		return out;
	else if (strcmp(name, "fields") == 0 &&
		 index < draft->header.field_count) /* an object: its members have names */
		snprintf(out, JSON_POINTER_MAX, "/fields/%.200s", draft->fields[index].name);
	else if (strcmp(name, "parts") == 0 && has_body && index == 0)
		snprintf(out, JSON_POINTER_MAX, "/body");
	else if (strcmp(name, "parts") == 0 && has_body)
		snprintf(out, JSON_POINTER_MAX, "/parts/%u%s%s", index - 1, found == 3 ? "/" : "",
			 found == 3 ? inner : "");
	else
		snprintf(out, JSON_POINTER_MAX, "/%s/%u%s%s", name, index, found == 3 ? "/" : "",
			 found == 3 ? inner : "");
	return out;
}

static bool is_set(const struct member *member, const struct lt_header *header)
{
	const uint8_t *at = place_of(member, header);
	if (member->form == &text) {
		const char *value = *(const char *const *)(const void *)at;
		return value && value[0] != '\0';
	}
	for (size_t i = 0; i < member->size; i++) {
		if (at[i])
			return true;
	}
	return false;
}

/* What each kind has of these, by kind.def. What the adapter fills in by itself is not here: branch, in_reply_to of a RECALL. */
#define HAS(member)                                    \
	{                                              \
#member, offsetof(struct kind, member) \
	}
static const struct {
	const char *posted;
	size_t offset;
} presences[] = {
	HAS(reason),  HAS(due_at),    HAS(items),         HAS(amount),        HAS(agree),     HAS(trace),
	HAS(fields),  HAS(channel),   HAS(place_of_help), HAS(foreign_codes), HAS(replaces),  HAS(facts),
	HAS(results), HAS(hand_over), HAS(ground),        HAS(late_reason),   HAS(procedure), HAS(carried),
};
#undef HAS

static bool is_posted_and_set(const char *name, const struct lt_header *header)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		if (members[i].posted && strcmp(members[i].posted, name) == 0)
			return is_set(&members[i], header);
	}
	return false;
}

void api_header_check_kind(struct json_reader *reader, const struct lt_header *header)
{
	const struct kind *is = kind_find((int)header->kind);
	for (size_t i = 0; is && i < sizeof(presences) / sizeof(presences[0]); i++) {
		const char *name = presences[i].posted;
		enum kind_presence rule;
		char pointer[JSON_POINTER_MAX];
		memcpy(&rule, (const char *)is + presences[i].offset, sizeof(rule));
		bool set = is_posted_and_set(name, header);
		json_pointer(pointer, "", name);
		if (rule == KIND_REQUIRED && !set && strcmp(name, "reason") == 0)
			json_refuse_as(reader, pointer, LT_REASON_REQUIRED, "reason: missing or blank");
		else if (rule == KIND_REQUIRED && !set)
			json_refuse_as(reader, pointer, LT_FIELD_REQUIRED, "%s: this kind needs it", name);
		else if (rule == KIND_LATER && set)
			json_refuse_as(reader, pointer, LT_FIELD_NOT_SUPPORTED, "%s: not carried yet", name);
		else if (rule == KIND_ABSENT && set)
			json_refuse_as(reader, pointer, LT_FIELD_NOT_ALLOWED, "%s: this kind does not have it", name);
	}
}

void api_header_show(json_t *out, const struct lt_header *header, bool whole)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct member *member = &members[i];
		if (!member->shown || (member->show == SHOW_WHOLE && !whole) ||
		    (member->show == SHOW_WHEN_SET && !is_set(member, header)))
			continue;
		json_object_set_new(out, member->shown, member->form->show(member, header));
	}
}
