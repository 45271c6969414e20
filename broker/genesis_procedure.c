#include "genesis.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static enum lt_err refuse(char *error, size_t error_size, const char *path, const char *pointer, const char *why)
{
	snprintf(error, error_size, "%s: %s: %s", path, pointer, why);
	return LT_EINVAL;
}

/* Strict: an unknown key is an error of the author, not ours to overlook. Texts stay the document's. */
static enum lt_err read_leg(const char *path, json_t *object, size_t index, struct lt_route_leg *leg, char *error,
			    size_t error_size)
{
	char pointer[40];
	json_error_t why;
	int number = 0, limit = 0;
	snprintf(pointer, sizeof pointer, "/legs/%zu", index);
	*leg = (struct lt_route_leg){ .name_en = "" };
	if (json_unpack_ex(object, &why, JSON_STRICT, "{s:i, s:s, s?s, s:s, s?i}", "number", &number, "name",
			   &leg->name, "name_en", &leg->name_en, "agency", &leg->agency, "limit_hours", &limit) != 0)
		return refuse(error, error_size, path, pointer, why.text);
	if (number < 1 || limit < 0)
		return refuse(error, error_size, path, pointer, "numbers may not be negative");
	leg->number = (uint32_t)number;
	leg->limit_hours = (uint32_t)limit;
	return LT_OK;
}

static enum lt_err read_procedure(const char *path, json_t *root, struct lt_buf *out, char *error, size_t error_size)
{
	json_error_t why;
	json_t *legs = NULL;
	int version = 0;
	struct lt_procedure procedure = { .name_en = "", .lead = "" };
	if (json_unpack_ex(root, &why, JSON_STRICT, "{s:s, s:i, s:s, s?s, s?s, s:o}", "code", &procedure.code,
			   "version", &version, "name", &procedure.name, "name_en", &procedure.name_en, "lead",
			   &procedure.lead, "legs", &legs) != 0)
		return refuse(error, error_size, path, "/", why.text);
	procedure.leg_count = json_array_size(legs);
	if (version < 1 || procedure.leg_count == 0 || procedure.leg_count > BROKER_LEGS_MAX)
		return refuse(error, error_size, path, "/", "a version from 1 and 1 to 64 legs are needed");
	procedure.version = (uint32_t)version;
	procedure.legs = calloc(procedure.leg_count, sizeof *procedure.legs);
	if (!procedure.legs)
		return LT_ENOMEM;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < procedure.leg_count && !err; i++)
		err = read_leg(path, json_array_get(legs, i), i, &procedure.legs[i], error, error_size);
	if (!err)
		err = lt_procedure_encode(&procedure, out);
	free(procedure.legs);
	return err;
}

enum lt_err genesis_read_procedure(const char *path, struct lt_buf *out, char *error, size_t error_size)
{
	json_error_t why;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!root) {
		snprintf(error, error_size, "%s:%d: %s", path, why.line, why.text);
		return LT_EINVAL;
	}
	enum lt_err err = read_procedure(path, root, out, error, error_size);
	json_decref(root);
	return err;
}
