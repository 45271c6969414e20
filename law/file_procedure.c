/* file_procedure.c: procedure files: their head. Legs are read by file_procedure_legs.c. */
#include "file_procedure_internal.h"

#include <stdlib.h>
#include <string.h>

#include <lienthong/code.h>

#include "base/date.h"
#include "role.h"

#define ARENA_CAP (1u << 20) /* bytes: 64 legs with 64 numbers and texts each are below 100 KiB */
#define SOURCE_MAX 1000u     /* characters */

enum lt_err procedure_check_text(struct json_reader *file, const char *at, const char *key, const char *text,
				 bool required, size_t max)
{
	char pointer[JSON_POINTER_MAX];
	size_t length = lt_text_length(text, strlen(text));
	if ((required && length == 0) || length > max)
		return json_refuse(file, json_pointer(pointer, at, key), "must have %u to %zu characters",
				   required ? 1u : 0u, max);
	return json_check_form(file, json_pointer(pointer, at, key), text, LT_TEXT_LINE);
}

enum lt_err procedure_check_role(struct json_reader *file, const char *at, const char *key, const char *role)
{
	char pointer[JSON_POINTER_MAX];
	struct lt_role parsed;
	if (lt_role_parse(role, &parsed) == LT_OK)
		return LT_OK;
	return json_refuse(file, json_pointer(pointer, at, key),
			   "\"%.60s\" is neither an agency code, as H37.11, nor a role: origin, parent(origin), "
			   "province(origin), lead, field:NAME",
			   role);
}

/* ---- the head ---- */

#define FIRST_DAY 365 /* 1971-01-01: 0 is no day */

static enum lt_err read_day(struct json_reader *file, const char *key, bool required, int64_t *out)
{
	char pointer[JSON_POINTER_MAX];
	const char *text = NULL;
	if (!required && json_is_null(json_object_get(file->root, key)))
		return LT_OK;
	enum lt_err err = json_read_text(file, file->root, "", key, required, &text);
	if (err != LT_OK || !text)
		return err;
	if (lt_date_parse(text, out) != LT_OK || *out < FIRST_DAY)
		return json_refuse(file, json_pointer(pointer, "", key),
				   "\"%.40s\" is not a day, as 2026-01-31, from 1971 on", text);
	return LT_OK;
}

static enum lt_err read_days(struct json_reader *file, struct lt_procedure *out)
{
	enum lt_err err = read_day(file, "valid_from", true, &out->valid_from);
	err = procedure_worse(err, read_day(file, "valid_to", false, &out->valid_to));
	if (err == LT_OK && out->valid_to != 0 && out->valid_to <= out->valid_from)
		err = json_refuse(file, "/valid_to",
				  "must be after valid_from: it is the first day no longer in force");
	return err;
}

static enum lt_err read_published(struct procedure_file *file, struct procedure_limits *limits)
{
	struct lt_procedure *out = &file->procedure;
	const json_t *root = file->file.root;
	enum lt_err err = procedure_read_limit_by(file, root, "", "total", limits, LT_LIMIT_OF_TOTAL, &out->total);
	if (!json_object_get(root, "total"))
		err = json_refuse(&file->file, "", "\"total\" is missing: the published limit, as \"10 working_days\"");
	err = procedure_worse(
		err, procedure_read_limit_by(file, root, "", "promised", limits, LT_LIMIT_OF_PROMISED, &out->promised));
	return procedure_worse(err, procedure_read_limit_by(file, root, "", "supplement_limit", limits,
							    LT_LIMIT_OF_SUPPLEMENT, &out->supplement_limit));
}

static enum lt_err read_limits(struct procedure_file *out)
{
	struct json_reader *file = &out->file;
	struct lt_procedure *head = &out->procedure;
	struct procedure_limits limits = { &head->by, &head->by_count };
	enum lt_err err = read_published(out, &limits);
	err = procedure_worse(err, procedure_read_limit(file, file->root, "", "handoff_limit", &head->handoff_limit));
	err = procedure_worse(err, procedure_read_limit(file, file->root, "", "intake_limit", &head->intake_limit));
	err = procedure_worse(err, procedure_read_limit(file, file->root, "", "due_soon", &head->due_soon));
	if (!procedure_limit_works(&head->due_soon))
		err = json_refuse(file, "/due_soon", PROCEDURE_WORKING_FAULT);
	err = procedure_worse(err, procedure_read_limit(file, file->root, "", "apology_before", &head->apology_before));
	if (!procedure_limit_works(&head->apology_before))
		err = json_refuse(file, "/apology_before", PROCEDURE_WORKING_FAULT);
	return procedure_worse(err, procedure_read_minute(file, "same_day_until", &head->same_day_until));
}

static enum lt_err read_texts(struct json_reader *file, struct lt_procedure *out)
{
	static const struct {
		const char *key;
		size_t offset, max;
		bool required;
	} texts[] = {
		{ "code", offsetof(struct lt_procedure, code), 64, true },
		{ "name", offsetof(struct lt_procedure, name), 250, true },
		{ "name_en", offsetof(struct lt_procedure, name_en), 250, true },
		{ "sector", offsetof(struct lt_procedure, sector), 32, false },
		{ "source", offsetof(struct lt_procedure, source), SOURCE_MAX, false },
		{ "lead", offsetof(struct lt_procedure, lead), 64, false },
	};
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char **at = (const char **)(void *)((char *)out + texts[i].offset);
		*at = "";
		enum lt_err one = json_read_text(file, file->root, "", texts[i].key, texts[i].required, at);
		if (one == LT_OK)
			one = procedure_check_text(file, "", texts[i].key, *at, texts[i].required, texts[i].max);
		err = procedure_worse(err, one);
	}
	return err;
}

static enum lt_err read_head(struct procedure_file *reader)
{
	struct json_reader *file = &reader->file;
	struct lt_procedure *out = &reader->procedure;
	static const char *const keys[] = {
		"$schema",          "code",    "version",        "name",     "name_en",
		"sector",           "lead",    "source",         "total",    "valid_from",
		"valid_to",         "legs",    "withdraw",       "due_soon", "handoff_limit",
		"supplement_limit", "open_by", "apology_before", "promised", "same_day_until",
		"intake_limit",     NULL
	};
	enum lt_err err = json_check_keys(file, file->root, "", keys);
	err = procedure_worse(err, read_texts(file, out));
	err = procedure_worse(err, json_read_u32(file, file->root, "", "version", true, &out->version));
	if (out->code[0] != '\0' && !lt_procedure_code_valid(out->code))
		err = json_refuse(file, "/code", "\"%.40s\" is not a procedure code, as 1.011442", out->code);
	if (out->version == 0 && json_is_integer(json_object_get(file->root, "version")))
		err = json_refuse(file, "/version", "versions begin at 1");
	if (out->lead[0] != '\0')
		err = procedure_worse(err, procedure_check_role(file, "", "lead", out->lead));
	if (strcmp(out->lead, "lead") == 0)
		err = json_refuse(file, "/lead", "the lead cannot be `lead`; name an agency or another role");
	err = procedure_worse(err, read_days(file, out));
	return procedure_worse(err, read_limits(reader));
}

static enum lt_err read_withdraw(struct procedure_file *out)
{
	static const char *const keys[] = { "by", "until", NULL };
	struct json_reader *file = &out->file;
	const json_t *object = json_object_get(file->root, "withdraw");
	if (!object)
		return LT_OK;
	if (!json_is_object(object))
		return json_refuse(file, "/withdraw", "must be an object with \"by\" and \"until\"");
	enum lt_err err = json_check_keys(file, object, "/withdraw", keys);
	err = procedure_worse(err, procedure_read_roles(out, object, "/withdraw", "by", &out->procedure.withdraw_by,
							&out->procedure.withdraw_count));
	return procedure_worse(
		err, procedure_read_leg_id(out, object, "/withdraw", "until", &out->procedure.withdraw_until));
}

enum lt_err procedure_load(const char *path, struct procedure_file *out)
{
	*out = (struct procedure_file){ .procedure = { .code = "", .name = "", .name_en = "", .lead = "" } };
	enum lt_err err = json_read_file(path, &out->file);
	if (err == LT_OK)
		err = lt_arena_new(ARENA_CAP, &out->arena);
	if (err != LT_OK || !json_is_object(out->file.root))
		return err != LT_OK ? err : json_refuse(&out->file, "", "must be an object that describes a procedure");
	err = read_head(out);
	err = procedure_worse(err, procedure_read_legs(out));
	err = procedure_worse(err, read_withdraw(out));
	return procedure_worse(err, procedure_read_roles(out, out->file.root, "", "open_by", &out->procedure.open_by,
							 &out->procedure.open_count));
}

void procedure_fini(struct procedure_file *procedure)
{
	lt_arena_free(procedure->arena);
	procedure->arena = NULL;
	json_reader_fini(&procedure->file);
}
