/* file_procedure.c: procedure files. The route is a plain list of legs, numbered from 1 without a gap. */
#include "file_procedure.h"

#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <lienthong/code.h>
#include <stdlib.h>
#include <string.h>

static bool agency_or_role(const char *text)
{
	return lt_agency_code_valid(text) || strcmp(text, "origin") == 0 || strcmp(text, "lead") == 0;
}

static enum lt_err check_name(struct json_file *file, const char *at, const char *key, const char *text, bool required)
{
	char pointer[JSON_POINTER_MAX];
	snprintf(pointer, sizeof(pointer), "%s/%s", at, key);
	if ((required && text[0] == '\0') || lt_text_length(text, strlen(text)) > 250)
		return json_file_refuse(file, pointer, "must have 1 to 250 characters");
	return LT_OK;
}

static enum lt_err read_leg(struct json_file *file, size_t index, struct lt_route_leg *leg)
{
	static const char *const keys[] = { "number", "name", "name_en", "agency", "limit_hours", NULL };
	char at[64], pointer[JSON_POINTER_MAX];
	const json_t *object = json_array_get(json_object_get(file->root, "legs"), index);
	snprintf(at, sizeof(at), "/legs/%zu", index);
	*leg = (struct lt_route_leg){ .name = "", .name_en = "", .agency = "" };
	if (!json_is_object(object))
		return json_file_refuse(file, at, "must be an object that describes a leg");
	enum lt_err err = json_check_keys(file, object, at, keys);
	if (err == LT_OK)
		err = json_read_u32(file, object, at, "number", true, &leg->number);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "name", true, &leg->name);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "name_en", false, &leg->name_en);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "agency", true, &leg->agency);
	if (err == LT_OK)
		err = json_read_u32(file, object, at, "limit_hours", false, &leg->limit_hours);
	if (err == LT_OK)
		err = check_name(file, at, "name", leg->name, true);
	if (err == LT_OK)
		err = check_name(file, at, "name_en", leg->name_en, false);
	if (err != LT_OK)
		return err;
	if (leg->number != index + 1) {
		snprintf(pointer, sizeof(pointer), "%s/number", at);
		return json_file_refuse(file, pointer, "legs are numbered from 1 without a gap; expected %zu",
					index + 1);
	}
	snprintf(pointer, sizeof(pointer), "%s/agency", at);
	if (!agency_or_role(leg->agency))
		return json_file_refuse(file, pointer, "\"%.40s\" is neither an agency code nor `origin` or `lead`",
					leg->agency);
	return LT_OK;
}

static enum lt_err read_legs(struct json_file *file, struct lt_procedure *out)
{
	const json_t *list = json_object_get(file->root, "legs");
	size_t count = json_array_size(list);
	if (!json_is_array(list) || count == 0 || count > PROCEDURE_LEGS_MAX)
		return json_file_refuse(file, "/legs", "must be a list of 1 to %u legs", PROCEDURE_LEGS_MAX);
	out->legs = calloc(count, sizeof(*out->legs));
	if (!out->legs)
		return LT_ENOMEM;
	out->leg_count = count;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < count && err == LT_OK; i++)
		err = read_leg(file, i, &out->legs[i]);
	return err;
}

static enum lt_err read_head(struct json_file *file, struct lt_procedure *out)
{
	static const char *const keys[] = { "code", "version", "name", "name_en", "lead", "legs", NULL };
	if (!json_is_object(file->root))
		return json_file_refuse(file, "", "must be an object that describes a procedure");
	enum lt_err err = json_check_keys(file, file->root, "", keys);
	if (err == LT_OK)
		err = json_read_text(file, file->root, "", "code", true, &out->code);
	if (err == LT_OK)
		err = json_read_u32(file, file->root, "", "version", true, &out->version);
	if (err == LT_OK)
		err = json_read_text(file, file->root, "", "name", true, &out->name);
	if (err == LT_OK)
		err = json_read_text(file, file->root, "", "name_en", false, &out->name_en);
	if (err == LT_OK)
		err = json_read_text(file, file->root, "", "lead", false, &out->lead);
	if (err == LT_OK)
		err = check_name(file, "", "name", out->name, true);
	if (err == LT_OK)
		err = check_name(file, "", "name_en", out->name_en, false);
	if (err != LT_OK)
		return err;
	if (!lt_procedure_code_valid(out->code))
		return json_file_refuse(file, "/code", "\"%.40s\" is not a procedure code, as 1.011442", out->code);
	if (out->version == 0)
		return json_file_refuse(file, "/version", "versions begin at 1");
	if (out->lead[0] != '\0' && !agency_or_role(out->lead))
		return json_file_refuse(file, "/lead", "\"%.40s\" is neither an agency code nor `origin`", out->lead);
	return LT_OK;
}

enum lt_err procedure_load(const char *path, struct procedure_file *out)
{
	*out = (struct procedure_file){ .procedure = { .code = "", .name = "", .name_en = "", .lead = "" } };
	enum lt_err err = json_file_open(path, &out->file);
	if (err == LT_OK)
		err = read_head(&out->file, &out->procedure);
	if (err == LT_OK)
		err = read_legs(&out->file, &out->procedure);
	return err;
}

void procedure_fini(struct procedure_file *procedure)
{
	free(procedure->procedure.legs);
	json_file_fini(&procedure->file);
}

int procedure_check_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	if (!dir)
		return cli_fail(EX_NOINPUT, "cannot read the folder %s: %s", folder, strerror(errno));
	int code = EX_OK;
	for (struct dirent *entry; code == EX_OK && (entry = readdir(dir)) != NULL;) {
		char path[CLI_PATH_MAX];
		struct procedure_file procedure;
		size_t len = strlen(entry->d_name);
		if (len <= 5 || strcmp(entry->d_name + len - 5, ".json") != 0)
			continue;
		enum lt_err err = procedure_load(cli_path(path, folder, entry->d_name), &procedure);
		if (err != LT_OK)
			code = cli_fail(EX_DATAERR, "%s",
					procedure.file.error[0] ? procedure.file.error : lt_err_text(err));
		procedure_fini(&procedure);
	}
	closedir(dir);
	return code;
}
