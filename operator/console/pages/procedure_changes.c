/* procedure_changes.c: what a version of a procedure has otherwise than the one before, as their files have it: a row each, and the legs that are
 * new or changed, for the picture. */
#include "dossier_parts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "law/file_procedure.h"

static const struct column columns[] = {
	{ "Ở đâu", "Where", "head" },
	{ "Mục", "Member", "nowrap" },
	{ "Trước", "Before", NULL },
	{ "Nay", "Now", NULL },
};

struct version_changes {
	struct visit *visit;
	size_t count;
};

static void put_value(struct version_changes *changes, const struct column *column, const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
	layout_cell(changes->visit, column);
	if (text)
		html_put(&changes->visit->html, "<code>%A</code>", text);
	else
		html_raw(&changes->visit->html, "–");
	free(text);
}

static void put_change(struct version_changes *changes, const char *leg, const char *member, const json_t *before,
		       const json_t *after)
{
	struct html *html = &changes->visit->html;
	changes->count++;
	html_raw(html, "<tr>");
	layout_cell(changes->visit, &columns[0]);
	html_put(html, leg ? "%L <strong>%S</strong>" : "%L", leg ? "bước" : "thủ tục", leg ? "leg" : "procedure", leg);
	layout_cell(changes->visit, &columns[1]);
	html_put(html, "<code>%S</code>", member);
	put_value(changes, &columns[2], before);
	put_value(changes, &columns[3], after);
}

static bool compare(struct version_changes *changes, const char *leg, json_t *before, json_t *after)
{
	const char *key;
	json_t *value;
	size_t first = changes->count;
	json_object_foreach(before, key, value)
	{
		json_t *other = json_object_get(after, key);
		if (strcmp(key, "legs") != 0 && strcmp(key, "version") != 0 && !json_equal(value, other))
			put_change(changes, leg, key, value, other);
	}
	json_object_foreach(after, key, value)
	{
		if (strcmp(key, "legs") != 0 && !json_object_get(before, key))
			put_change(changes, leg, key, NULL, value);
	}
	return changes->count != first;
}

static json_t *find_leg(const json_t *procedure, const char *id)
{
	json_t *legs = json_object_get(procedure, "legs"), *leg;
	size_t i;
	json_array_foreach(legs, i, leg)
	{
		const char *own = json_string_value(json_object_get(leg, "id"));
		if (own && strcmp(own, id) == 0)
			return leg;
	}
	return NULL;
}

static void put_legs(struct version_changes *changes, const struct lt_procedure *before,
		     const struct lt_procedure *after, json_t *was, json_t *is, enum route_mark *marks)
{
	for (size_t i = 0; i < after->leg_count; i++) {
		const char *id = after->legs[i].id;
		json_t *other = find_leg(was, id);
		if (!other) {
			marks[i] = ROUTE_MARK_NEW;
			put_change(changes, id, "+", NULL, find_leg(is, id));
		} else if (compare(changes, id, other, find_leg(is, id))) {
			marks[i] = ROUTE_MARK_CHANGED;
		}
	}
	for (size_t i = 0; i < before->leg_count; i++) {
		if (!find_leg(is, before->legs[i].id))
			put_change(changes, before->legs[i].id, "−", find_leg(was, before->legs[i].id), NULL);
	}
}

void procedure_put_changes(struct visit *visit, const struct lt_procedure *before, const struct lt_procedure *after,
			   enum route_mark *marks)
{
	struct version_changes changes = { .visit = visit };
	json_t *was = procedure_to_json(before), *is = procedure_to_json(after);
	html_put(&visit->html, "<details open><summary>%L %i</summary>", "Khác bản", "Changed since version",
		 (unsigned)before->version);
	layout_table(visit, "Khác bản trước", "Changed since the version before", columns,
		     sizeof(columns) / sizeof(columns[0]));
	compare(&changes, NULL, was, is);
	put_legs(&changes, before, after, was, is, marks);
	layout_table_end(visit);
	if (changes.count == 0)
		html_put(&visit->html, "<p class=dim>%L</p>", "Không khác gì.", "Nothing.");
	html_raw(&visit->html, "</details>");
	json_decref(was);
	json_decref(is);
}
