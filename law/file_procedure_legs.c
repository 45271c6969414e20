/* file_procedure_legs.c: the legs of a procedure file. Ids become numbers in the order of the file. */
#include "file_procedure_internal.h"

#include <lienthong/envelope.h>

#include <string.h>

const char *const procedure_kinds[7] = { NULL, "receive", "process", "consult", "approve", "pay", "return" };
const char *const procedure_silences[2] = { "ESCALATE", "DEEMED_CONSENT" };
const char *const procedure_policies[2] = { "RESTART", "SUSPEND" };

static struct procedure_place place_of(struct procedure_file *out, size_t index)
{
	struct procedure_place place = { .out = out,
					 .object = json_array_get(json_object_get(out->file.root, "legs"), index) };
	snprintf(place.at, sizeof(place.at), "/legs/%zu", index);
	return place;
}

static enum lt_err refuse_at(const struct procedure_place *place, const char *key, const char *why)
{
	char pointer[JSON_POINTER_MAX];
	return json_refuse(&place->out->file, json_pointer(pointer, place->at, key), "%s", why);
}

enum lt_err procedure_read_word(struct procedure_file *out, const json_t *object, const char *at, const char *key,
				const char *const *words, size_t count, unsigned *word)
{
	char pointer[JSON_POINTER_MAX], known[120] = "";
	const char *text = NULL;
	enum lt_err err = json_read_text(&out->file, object, at, key, false, &text);
	if (err != LT_OK || !text)
		return err;
	for (unsigned i = 0; i < count; i++) {
		if (!words[i])
			continue;
		if (strcmp(words[i], text) == 0) {
			*word = i;
			return LT_OK;
		}
		size_t len = strlen(known);
		snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "", words[i]);
	}
	return json_refuse(&out->file, json_pointer(pointer, at, key), "\"%.40s\" is not one of: %s", text, known);
}

static enum lt_err read_word(const struct procedure_place *place, const char *key, const char *const *words,
			     size_t count, unsigned *word)
{
	return procedure_read_word(place->out, place->object, place->at, key, words, count, word);
}

static enum lt_err read_flag(const struct procedure_place *place, const char *key, bool *out)
{
	const json_t *value = json_object_get(place->object, key);
	if (!value)
		return LT_OK;
	if (!json_is_boolean(value))
		return refuse_at(place, key, "must be true or false");
	*out = json_is_true(value);
	return LT_OK;
}

/* ---- lists ---- */

enum lt_err procedure_read_roles(struct procedure_file *out, const json_t *object, const char *at, const char *key,
				 const char ***list, size_t *count)
{
	char here[JSON_POINTER_MAX], number[24];
	const json_t *roles;
	enum lt_err err = json_read_texts(&out->file, object, at, key, &roles);
	size_t size = json_array_size(roles);
	if (err != LT_OK || !roles)
		return err;
	json_pointer(here, at, key);
	if (size == 0 || size > PROCEDURE_CONSULT_MAX)
		return json_refuse(&out->file, here, "must name 1 to %u agencies or roles", PROCEDURE_CONSULT_MAX);
	const char **texts = lt_arena_alloc(out->arena, size * sizeof(*texts));
	if (!texts)
		return LT_ENOMEM;
	for (size_t i = 0; i < size && err == LT_OK; i++) {
		texts[i] = json_string_value(json_array_get(roles, i));
		snprintf(number, sizeof(number), "%zu", i);
		err = procedure_check_role(&out->file, here, number, texts[i]);
		for (size_t k = 0; k < i && err == LT_OK; k++) {
			char pointer[JSON_POINTER_MAX];
			if (strcmp(texts[k], texts[i]) == 0)
				err = json_refuse(&out->file, json_pointer(pointer, here, number),
						  "\"%.60s\" stands twice", texts[i]);
		}
	}
	*list = texts;
	*count = size;
	return err;
}

uint32_t procedure_find_leg(const struct procedure_file *file, const char *id)
{
	for (size_t i = 0; i < file->procedure.leg_count; i++) {
		if (strcmp(file->procedure.legs[i].id, id) == 0)
			return file->procedure.legs[i].number;
	}
	return 0;
}

/* ---- one leg ---- */

static enum lt_err read_names(const struct procedure_place *place, struct lt_route_leg *leg)
{
	struct json_reader *file = &place->out->file;
	enum lt_err err = json_read_text(file, place->object, place->at, "name", true, &leg->name);
	if (err == LT_OK)
		err = procedure_check_text(file, place->at, "name", leg->name, true, 250);
	enum lt_err other = json_read_text(file, place->object, place->at, "name_en", true, &leg->name_en);
	if (other == LT_OK)
		other = procedure_check_text(file, place->at, "name_en", leg->name_en, true, 250);
	err = procedure_worse(err, other);
	other = json_read_text(file, place->object, place->at, "agency", true, &leg->agency);
	if (other == LT_OK)
		other = procedure_check_role(file, place->at, "agency", leg->agency);
	err = procedure_worse(err, other);
	other = json_read_text(file, place->object, place->at, "unit", false, &leg->unit);
	if (other == LT_OK)
		other = procedure_check_text(file, place->at, "unit", leg->unit, false, LT_ACTOR_TEXT_MAX);
	return procedure_worse(err, other);
}

/* From when the leg begins, or from the valid file. */
static enum lt_err read_limit(const struct procedure_place *place, struct lt_route_leg *leg)
{
	struct procedure_limits limits = { &leg->by, &leg->by_count };
	leg->until = json_object_get(place->object, "until") != NULL;
	if (leg->until && json_object_get(place->object, "limit"))
		return refuse_at(place, "until", "stands in place of \"limit\": say one of the two");
	return procedure_read_limit_by(place->out, place->object, place->at, leg->until ? "until" : "limit", &limits,
				       LT_LIMIT_OF_LEG, &leg->limit);
}

/* That a leg's time does not count has a ground in the law. */
static enum lt_err read_uncounted(const struct procedure_place *place, struct lt_route_leg *leg)
{
	bool counts = true;
	struct json_reader *file = &place->out->file;
	enum lt_err err = read_flag(place, "counts", &counts);
	enum lt_err other = json_read_text(file, place->object, place->at, "ground", false, &leg->uncounted);
	if (other == LT_OK)
		other = procedure_check_text(file, place->at, "ground", leg->uncounted, false, PROCEDURE_GROUND_MAX);
	err = procedure_worse(err, other);
	if (!counts && leg->uncounted[0] == '\0')
		err = refuse_at(place, "counts",
				"needs \"ground\": the law by which the time of this leg does not count");
	if (counts && leg->uncounted[0] != '\0')
		err = refuse_at(place, "ground", "goes with \"counts\": false");
	if (!counts && leg->until)
		err = refuse_at(place, "until", PROCEDURE_UNTIL_FAULT);
	return err;
}

static enum lt_err read_rules(const struct procedure_place *place, struct lt_route_leg *leg)
{
	unsigned kind = 0, policy = LT_CLOCK_RESTART;
	enum lt_err err = json_object_get(place->object, "kind")
				  ? read_word(place, "kind", procedure_kinds, 7, &kind)
				  : refuse_at(place, "",
					      "\"kind\" is missing: receive, process, consult, approve, pay or return");
	leg->kind = (enum lt_leg_kind)kind;
	err = procedure_worse(err, read_limit(place, leg));
	err = procedure_worse(err, read_uncounted(place, leg));
	err = procedure_worse(err,
			      procedure_read_limit(&place->out->file, place->object, place->at, "again", &leg->again));
	err = procedure_worse(err, read_word(place, "policy", procedure_policies, 2, &policy));
	leg->policy = (enum lt_clock_policy)policy;
	leg->fee_stops_clock = true;
	err = procedure_worse(err, read_flag(place, "fee_stops_clock", &leg->fee_stops_clock));
	return kind != 0 ? procedure_worse(err, procedure_read_asks(place->out, place->object, place->at, leg)) : err;
}

/* Ids first: legs may name later ones. */
static enum lt_err read_id(const struct procedure_place *place, struct lt_route_leg *leg, size_t index)
{
	static const char *const keys[] = { "id",      "name",       "name_en",     "agency",      "kind",
					    "limit",   "next",       "choose",      "on_refusal",  "on_supplement",
					    "consult", "on_silence", "supplements", "policy",      "fee_stops_clock",
					    "when",    "else",       "makes",       "transfer_to", "until",
					    "counts",  "ground",     "unit",        "again",       "sets",
					    NULL };
	struct json_reader *file = &place->out->file;
	*leg = (struct lt_route_leg){ .number = (uint32_t)index + 1,
				      .id = "",
				      .name = "",
				      .name_en = "",
				      .agency = "",
				      .uncounted = "",
				      .unit = "" };
	if (!json_is_object(place->object))
		return json_refuse(file, place->at, "must be an object that describes a leg");
	enum lt_err err = json_check_keys(file, place->object, place->at, keys);
	enum lt_err other = json_read_text(file, place->object, place->at, "id", true, &leg->id);
	if (other != LT_OK)
		return other;
	if (!lt_leg_id_valid(leg->id))
		err = refuse_at(place, "id", "must be 1 to 32 lower-case letters, digits and hyphens");
	if (procedure_find_leg(place->out, leg->id) != leg->number)
		err = refuse_at(place, "id", "another leg has this id");
	return err;
}

enum lt_err procedure_read_legs(struct procedure_file *out)
{
	const json_t *list = json_object_get(out->file.root, "legs");
	size_t count = json_array_size(list);
	enum lt_err err = LT_OK;
	if (!json_is_array(list) || count == 0 || count > PROCEDURE_LEGS_MAX)
		return json_refuse(&out->file, "/legs", "must be a list of 1 to %u legs", PROCEDURE_LEGS_MAX);
	struct lt_route_leg *legs = lt_arena_alloc(out->arena, count * sizeof(*legs));
	if (!legs)
		return LT_ENOMEM;
	out->procedure.legs = legs;
	for (size_t i = 0; i < count; i++) {
		struct procedure_place place = place_of(out, i);
		out->procedure.leg_count = i + 1; /* procedure_find_leg sees those read so far */
		err = procedure_worse(err, read_id(&place, &legs[i], i));
	}
	for (size_t i = 0; i < count; i++) {
		struct procedure_place place = place_of(out, i);
		if (!json_is_object(place.object))
			continue;
		err = procedure_worse(err, read_names(&place, &legs[i]));
		err = procedure_worse(err, read_rules(&place, &legs[i]));
		err = procedure_worse(err, procedure_read_ways(&place, &legs[i]));
	}
	return err == LT_OK ? procedure_read_order(out) : err;
}
