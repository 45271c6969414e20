/* file_procedure_ways.c: where a leg of a procedure file leads: the legs that follow, which of them are taken, who may take the leg
 * over, and the results that it makes. Ids become numbers. */
#include "file_procedure_internal.h"

#include <string.h>

#include "role.h"
#include "route.h"

const char *const procedure_choices[3] = { "all", "one", "some" };

enum lt_err procedure_read_leg_id(struct procedure_file *out, const json_t *object, const char *at, const char *key,
				  uint32_t *number)
{
	char pointer[JSON_POINTER_MAX];
	const char *id = NULL;
	enum lt_err err = json_read_text(&out->file, object, at, key, false, &id);
	if (err != LT_OK || !id)
		return err;
	*number = procedure_find_leg(out, id);
	if (*number == 0)
		return json_refuse(&out->file, json_pointer(pointer, at, key), "no leg has the id \"%.40s\"", id);
	return LT_OK;
}

/* A list of ids, none twice; absent: none. */
static enum lt_err read_ids(const struct procedure_place *place, const char *key, uint32_t **out, size_t *count)
{
	char pointer[JSON_POINTER_MAX], here[JSON_POINTER_MAX], number[24];
	const json_t *list;
	struct json_reader *file = &place->out->file;
	enum lt_err err = json_read_texts(file, place->object, place->at, key, &list);
	size_t size = json_array_size(list);
	if (err != LT_OK || size == 0)
		return err;
	json_pointer(here, place->at, key);
	if (size > PROCEDURE_LEGS_MAX)
		return json_refuse(file, here, "names more legs than there can be");
	uint32_t *legs = lt_arena_alloc(place->out->arena, size * sizeof(*legs));
	if (!legs)
		return LT_ENOMEM;
	for (size_t i = 0; i < size; i++) {
		const char *id = json_string_value(json_array_get(list, i));
		snprintf(number, sizeof(number), "%zu", i);
		json_pointer(pointer, here, number);
		legs[i] = procedure_find_leg(place->out, id);
		if (legs[i] == 0)
			return json_refuse(file, pointer, "no leg has the id \"%.40s\"", id);
		for (size_t k = 0; k < i; k++) {
			if (legs[k] == legs[i])
				return json_refuse(file, pointer, "\"%.40s\" stands twice", id);
		}
	}
	*out = legs;
	*count = size;
	return LT_OK;
}

/* A list of texts that are not looked at here; absent: none. */
static enum lt_err read_list(const struct procedure_place *place, const json_t *object, const char *at, const char *key,
			     size_t max, const char ***out, size_t *count)
{
	char here[JSON_POINTER_MAX];
	const json_t *list;
	struct json_reader *file = &place->out->file;
	enum lt_err err = json_read_texts(file, object, at, key, &list);
	size_t size = json_array_size(list);
	if (err != LT_OK || !list)
		return err;
	if (size == 0 || size > max)
		return json_refuse(file, json_pointer(here, at, key), "must be a list of 1 to %zu texts", max);
	const char **texts = lt_arena_alloc(place->out->arena, size * sizeof(*texts));
	if (!texts)
		return LT_ENOMEM;
	for (size_t i = 0; i < size; i++)
		texts[i] = json_string_value(json_array_get(list, i));
	*out = texts;
	*count = size;
	return LT_OK;
}

/* ---- when: {"LEG": {"FIELD": ["VALUE", ...]}, ...} ---- */

static enum lt_err read_one_when(const struct procedure_place *place, const char *id, const json_t *value,
				 struct lt_route_when *out)
{
	char at[JSON_POINTER_MAX], here[JSON_POINTER_MAX];
	struct json_reader *file = &place->out->file;
	json_pointer(here, place->at, "when");
	json_pointer(at, here, id);
	out->leg = procedure_find_leg(place->out, id);
	if (out->leg == 0)
		return json_refuse(file, at, "no leg has the id \"%.40s\"", id);
	if (!json_is_object(value) || json_object_size(value) != 1)
		return json_refuse(file, at,
				   "must be {\"FIELD\": [\"VALUE\", ...]}: one field and the values that lead here");
	out->field = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)value));
	return read_list(place, value, at, out->field, ROUTE_WHEN_VALUES_MAX, &out->values, &out->value_count);
}

static enum lt_err read_when(const struct procedure_place *place, struct lt_route_leg *leg)
{
	char here[JSON_POINTER_MAX];
	const char *id;
	json_t *value, *object = json_object_get(place->object, "when");
	enum lt_err err = LT_OK;
	if (!object)
		return LT_OK;
	json_pointer(here, place->at, "when");
	if (!json_is_object(object) || json_object_size(object) == 0 || json_object_size(object) > PROCEDURE_LEGS_MAX)
		return json_refuse(&place->out->file, here,
				   "must be an object: for each leg {\"FIELD\": [\"VALUE\", ...]}");
	leg->when = lt_arena_alloc(place->out->arena, json_object_size(object) * sizeof(*leg->when));
	if (!leg->when)
		return LT_ENOMEM;
	json_object_foreach(object, id, value)
	{
		struct lt_route_when *when = &leg->when[leg->when_count++];
		*when = (struct lt_route_when){ .field = "" };
		err = procedure_worse(err, read_one_when(place, id, value, when));
	}
	return err;
}

/* ---- choose ---- */

static enum lt_err refuse_key(const struct procedure_place *place, const char *key, const char *why)
{
	char pointer[JSON_POINTER_MAX];
	return json_refuse(&place->out->file, json_pointer(pointer, place->at, key), "%s", why);
}

static size_t find_in(const uint32_t *legs, size_t count, uint32_t leg)
{
	size_t found = 0;
	for (size_t i = 0; i < count; i++)
		found += legs[i] == leg;
	return found;
}

/* Whatever the fields say, it is clear who goes on. */
static enum lt_err check_cases(const struct procedure_place *place, const struct lt_route_leg *leg)
{
	enum lt_err err = LT_OK;
	if (leg->otherwise_count == 0)
		err = refuse_key(place, "when", "needs \"else\": the legs that are taken when no field says so");
	if (leg->choose == LT_CHOOSE_ONE && leg->otherwise_count > 1)
		err = refuse_key(place, "else", "with \"choose\": \"one\" it is a single leg");
	for (size_t i = 0; i < leg->next_count; i++) {
		size_t cases = find_in(leg->otherwise, leg->otherwise_count, leg->next[i]);
		for (size_t k = 0; k < leg->when_count; k++)
			cases += leg->when[k].leg == leg->next[i];
		if (cases != 1)
			err = refuse_key(place, "next", "each leg of it stands once in \"when\" or in \"else\"");
	}
	for (size_t i = 0; i < leg->when_count; i++) {
		if (!find_in(leg->next, leg->next_count, leg->when[i].leg))
			err = refuse_key(place, "when", "names a leg that \"next\" does not have");
		if (!lt_field_name_valid(leg->when[i].field))
			err = refuse_key(place, "when", "a field's name is 1 to 32 of a-z, 0-9 and _");
	}
	return err;
}

static enum lt_err read_choice(const struct procedure_place *place, struct lt_route_leg *leg)
{
	unsigned choose = LT_CHOOSE_ALL;
	enum lt_err err =
		procedure_read_word(place->out, place->object, place->at, "choose", procedure_choices, 3, &choose);
	leg->choose = (enum lt_choose)choose;
	err = procedure_worse(err, read_when(place, leg));
	err = procedure_worse(err, read_ids(place, "else", &leg->otherwise, &leg->otherwise_count));
	if (err != LT_OK)
		return err;
	if (choose == LT_CHOOSE_ALL && (leg->when_count > 0 || leg->otherwise_count > 0))
		return refuse_key(place, leg->when_count > 0 ? "when" : "else",
				  "goes with \"choose\": \"one\" or \"some\"");
	if (choose != LT_CHOOSE_ALL && leg->next_count < 2)
		return refuse_key(place, "choose", "chooses among two legs of \"next\" or more");
	if (leg->when_count == 0 && leg->otherwise_count > 0)
		return refuse_key(place, "else", "goes with \"when\"");
	return leg->when_count > 0 ? check_cases(place, leg) : LT_OK;
}

/* ---- results, and who may take the leg over ---- */

static enum lt_err read_makes(const struct procedure_place *place, struct lt_route_leg *leg)
{
	enum lt_err err =
		read_list(place, place->object, place->at, "makes", LT_RESULTS_MAX, &leg->makes, &leg->make_count);
	for (size_t i = 0; i < leg->make_count; i++) {
		if (!route_result_code_valid(leg->makes[i]))
			err = refuse_key(place, "makes",
					 "a code is 1 to 64 letters, digits, dots, hyphens and underscores");
		for (size_t k = 0; k < i; k++) {
			if (strcmp(leg->makes[k], leg->makes[i]) == 0)
				err = refuse_key(place, "makes", "a code stands twice");
		}
	}
	err = procedure_worse(err, procedure_read_roles(place->out, place->object, place->at, "transfer_to",
							&leg->transfer_to, &leg->transfer_count));
	if (leg->make_count > 0 && leg->transfer_count > 0)
		err = refuse_key(place, "transfer_to", "a leg that makes a result is never transferred");
	return err;
}

static enum lt_err read_sets(const struct procedure_place *place, struct lt_route_leg *leg)
{
	enum lt_err err =
		read_list(place, place->object, place->at, "sets", LT_FIELDS_MAX, &leg->sets, &leg->set_count);
	const char *fault = procedure_sets_fault(leg);
	return fault ? refuse_key(place, "sets", fault) : err;
}

enum lt_err procedure_read_ways(const struct procedure_place *place, struct lt_route_leg *leg)
{
	struct procedure_file *out = place->out;
	enum lt_err err = read_ids(place, "next", &leg->next, &leg->next_count);
	if (err == LT_OK)
		err = read_choice(place, leg);
	err = procedure_worse(err,
			      procedure_read_leg_id(out, place->object, place->at, "on_refusal", &leg->on_refusal));
	if (leg->on_refusal == leg->number)
		err = refuse_key(place, "on_refusal", "a refusal cannot lead to the leg itself");
	err = procedure_worse(
		err, procedure_read_leg_id(out, place->object, place->at, "on_supplement", &leg->on_supplement));
	err = procedure_worse(err, read_makes(place, leg));
	return procedure_worse(err, read_sets(place, leg));
}

/* No leg says what follows it: each leads to the one after it in the file. */
enum lt_err procedure_read_order(struct procedure_file *out)
{
	struct lt_procedure *procedure = &out->procedure;
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (json_object_get(json_array_get(json_object_get(out->file.root, "legs"), i), "next"))
			return LT_OK;
	}
	for (size_t i = 0; i + 1 < procedure->leg_count; i++) {
		uint32_t *next = lt_arena_alloc(out->arena, sizeof(*next));
		if (!next)
			return LT_ENOMEM;
		*next = (uint32_t)i + 2;
		procedure->legs[i].next = next;
		procedure->legs[i].next_count = 1;
	}
	return LT_OK;
}
