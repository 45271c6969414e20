/* set_folder.c: definitions from files, and into files. */
#include "definition_set.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "law/file_calendar.h"
#include "law/file_office.h"
#include "law/file_procedure.h"
#include "command/procedure_files.h"

/* ---- reading ---- */

static int keep(struct definition_set *set, const char *path, enum lt_err err, struct definition *item)
{
	if (!err)
		err = definition_set_add(set, item);
	return err ? say_fail_err(err, "read %s", path) : EX_OK;
}

struct der_reader {
	struct definition_set *set;
	enum definition_kind kind;
};

static enum lt_err take_der(void *ctx, struct lt_bytes der)
{
	struct der_reader *reader = ctx;
	struct definition item;
	enum lt_err err = definition_read_der(reader->kind, der, &item);
	return err ? err : definition_set_add(reader->set, &item);
}

static int load_ca(const char *path, struct definition_set *out)
{
	struct der_reader reader = { .set = out, .kind = SET_CA };
	enum lt_err err = lt_certs_read(path, take_der, &reader);
	return err ? say_fail_err(err, "read certificates from %s", path) : EX_OK;
}

static int load_crl(const char *path, struct definition_set *out)
{
	struct der_reader reader = { .set = out, .kind = SET_CRL };
	enum lt_err err = lt_crls_read(path, take_der, &reader);
	return err ? say_fail_err(err, "read revocation lists from %s", path) : EX_OK;
}

static int load_calendar(const char *path, struct definition_set *out)
{
	struct calendar_file file;
	struct lt_buf bytes = { 0 };
	struct definition item = { 0 };
	enum lt_err err = calendar_file_load(path, &file);
	if (err) {
		int code = say_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s", file.file.error);
		calendar_file_fini(&file);
		return code;
	}
	err = calendar_file_encode(&file, &bytes);
	if (!err)
		err = definition_read_calendar(lt_buf_bytes(&bytes), &item);
	item.bytes = bytes;
	calendar_file_fini(&file);
	return keep(out, path, err, &item);
}

static int load_procedure(const char *path, struct definition_set *out)
{
	struct procedure_file file;
	struct definition item = { .kind = SET_PROCEDURE };
	int code = procedure_open(path, &file);
	if (code == EX_OK) {
		item.number = file.procedure.version;
		item.path = strdup(path);
		item.json = item.path ? procedure_to_json(&file.procedure) : NULL;
		snprintf(item.name, sizeof(item.name), "%s", file.procedure.code);
		code = keep(out, path, lt_procedure_encode(&file.procedure, &item.bytes), &item);
	}
	procedure_fini(&file);
	return code;
}

static enum lt_err take_office(void *ctx, const char *agency, struct lt_bytes hours)
{
	struct definition_set *set = ctx;
	struct definition item;
	enum lt_err err = definition_read_office(hours, &item);
	(void)agency;
	if (!err)
		err = lt_buf_append(&item.bytes, hours.data, hours.len);
	if (!err)
		err = definition_set_add(set, &item);
	set->known[SET_OFFICE] = true;
	return err;
}

static int load_agencies(const char *folder, struct definition_set *out)
{
	char path[CLI_PATH_MAX], error[700] = "";
	struct stat there;
	if (stat(cli_path(path, folder, "agencies.json"), &there) != 0 && errno == ENOENT)
		return EX_OK;
	out->known[SET_AGENCY] = true;
	if (agencies_load(path, &out->agencies, error, sizeof(error)) ||
	    office_each(path, take_office, out, error, sizeof(error)))
		return say_fail(EX_DATAERR, "%s", error);
	int code = EX_OK;
	for (size_t i = 0; code == EX_OK && i < out->agencies.count; i++) {
		const struct lt_agency *agency = &out->agencies.items[i];
		struct definition item = { .kind = SET_AGENCY, .json = agency_to_json(agency) };
		snprintf(item.name, sizeof(item.name), "%s", agency->code);
		if (agency->level == LT_LEVEL_BROKER)
			json_decref(item.json); /* each broker has its own */
		else
			code = keep(out, path, LT_OK, &item);
	}
	return code;
}

static bool is_file_of(const char *name, const char *ending)
{
	size_t len = strlen(name), end = strlen(ending);
	return name[0] != '.' && len > end && strcmp(name + len - end, ending) == 0;
}

static int load_part(const char *folder, const char *part, const char *ending, enum definition_kind kind,
		     int (*load)(const char *path, struct definition_set *out), struct definition_set *out)
{
	char here[CLI_PATH_MAX], path[CLI_PATH_MAX];
	DIR *dir = opendir(cli_path(here, folder, part));
	int code = EX_OK;
	if (!dir)
		return errno == ENOENT ? EX_OK : say_fail(EX_NOINPUT, "cannot read %s: %s", here, strerror(errno));
	out->known[kind] = true;
	for (struct dirent *entry; code == EX_OK && (entry = readdir(dir)) != NULL;) {
		if (is_file_of(entry->d_name, ending))
			code = load(cli_path(path, here, entry->d_name), out);
	}
	closedir(dir);
	return code;
}

static int refuse_twice(const char *folder, const struct definition_set *set)
{
	char title[SET_TITLE_MAX];
	for (size_t i = 1; i < set->count; i++) {
		const struct definition *item = &set->items[i], *before = item - 1;
		if (item->kind == before->kind && item->number == before->number &&
		    strcmp(item->name, before->name) == 0)
			return say_fail(EX_DATAERR, "%s has %s twice", folder, definition_title(item, title));
	}
	return EX_OK;
}

int definition_set_load(const char *folder, struct definition_set *out)
{
	struct stat there;
	bool any = false;
	if (stat(folder, &there) != 0 || !S_ISDIR(there.st_mode))
		return say_fail(EX_NOINPUT, "%s is no folder", folder);
	int code = load_part(folder, "ca", "", SET_CA, load_ca, out);
	if (code == EX_OK)
		code = load_agencies(folder, out);
	if (code == EX_OK)
		code = load_part(folder, "crl", "", SET_CRL, load_crl, out);
	if (code == EX_OK)
		code = load_part(folder, "calendars", ".json", SET_CALENDAR, load_calendar, out);
	if (code == EX_OK)
		code = load_part(folder, "procedures", ".json", SET_PROCEDURE, load_procedure, out);
	for (size_t i = 0; i < SET_KINDS; i++)
		any |= out->known[i];
	if (code == EX_OK && !any)
		code = say_fail(EX_NOINPUT, "%s has no agencies.json, ca, crl, calendars or procedures", folder);
	definition_set_sort(out);
	return code == EX_OK ? refuse_twice(folder, out) : code;
}

/* ---- writing ---- */

static int make_folder(const char *path)
{
	int left = 0;
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return say_fail(EX_CANTCREAT, "cannot make %s: %s", path, strerror(errno));
	DIR *dir = opendir(path);
	if (!dir)
		return say_fail(EX_CANTCREAT, "cannot read %s: %s", path, strerror(errno));
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		left += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return left ? say_fail(EX_CANTCREAT, "%s is not empty", path) : EX_OK;
}

static int write_bytes(const char *folder, const char *name, struct lt_bytes bytes)
{
	char path[CLI_PATH_MAX];
	enum lt_err err = lt_file_write(cli_path(path, folder, name), bytes, 0644);
	return err ? say_fail_err(err, "write %s", path) : EX_OK;
}

static int write_json(const char *folder, const char *name, const json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(2));
	struct lt_buf line = { 0 };
	enum lt_err err = text ? lt_buf_append(&line, text, strlen(text)) : LT_ENOMEM;
	if (!err)
		err = lt_buf_append(&line, "\n", 1);
	int code = err ? say_fail_err(err, "write %s", name) : write_bytes(folder, name, lt_buf_bytes(&line));
	lt_buf_fini(&line);
	free(text);
	return code;
}

/* The agencies, with the office hours of those that have any. */
static int write_agencies(const struct definition_set *set, const char *folder)
{
	json_t *list = json_array(), *by_code = json_object();
	for (size_t i = 0; i < set->count; i++) {
		const struct definition *item = &set->items[i];
		if (item->kind != SET_AGENCY && item->kind != SET_OFFICE)
			continue;
		json_t *agency =
			item->kind == SET_AGENCY ? json_copy(item->json) : json_object_get(by_code, item->name);
		if (item->kind == SET_AGENCY) {
			json_array_append(list, agency);
			json_object_set_new(by_code, item->name, agency);
		} else if (agency) {
			json_object_set(agency, "office_hours", item->json);
		} else {
			fprintf(stderr, "WARNING: office hours of %s were left out: no file can have them\n",
				item->name[0] ? item->name : "all agencies");
		}
	}
	json_t *file = json_pack("{s:o}", "agencies", list);
	int code = write_json(folder, "agencies.json", file);
	json_decref(file);
	json_decref(by_code);
	return code;
}

static int write_one(const struct definition *item, const char *folder)
{
	char name[SET_TITLE_MAX];
	if (strchr(item->name, '/'))
		return say_fail(EX_DATAERR, "\"%s\" cannot be the name of a file", item->name);
	switch (item->kind) {
	case SET_CA:
		snprintf(name, sizeof(name), "ca/%s.der", item->name);
		return item->over ? EX_OK : write_bytes(folder, name, lt_buf_bytes(&item->bytes));
	case SET_CRL:
		snprintf(name, sizeof(name), "crl/%s.der", item->name);
		return write_bytes(folder, name, lt_buf_bytes(&item->bytes));
	case SET_CALENDAR:
		snprintf(name, sizeof(name), "calendars/%u.json", item->number);
		return write_json(folder, name, item->json);
	case SET_PROCEDURE:
		snprintf(name, sizeof(name), "procedures/%s-v%u.json", item->name, item->number);
		return write_json(folder, name, item->json);
	case SET_AGENCY:
	case SET_OFFICE:
	case SET_KINDS:
		break;
	}
	return EX_OK;
}

int definition_set_write(const struct definition_set *set, const char *folder)
{
	static const char *const parts[] = { "ca", "crl", "calendars", "procedures" };
	char path[CLI_PATH_MAX];
	int code = make_folder(folder);
	for (size_t i = 0; code == EX_OK && i < sizeof(parts) / sizeof(parts[0]); i++)
		code = make_folder(cli_path(path, folder, parts[i]));
	if (code == EX_OK)
		code = write_agencies(set, folder);
	for (size_t i = 0; code == EX_OK && i < set->count; i++)
		code = write_one(&set->items[i], folder);
	return code;
}
