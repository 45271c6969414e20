/* genesis_files.c: the files of a broker's first start: procedures, calendars, office hours. */
#include "genesis.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/file_calendar.h"
#include "law/file_office.h"
#include "law/file_procedure.h"
#include "law/procedure_check.h"

enum { PATH_MAX_BYTES = 4096 };

static int is_json(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static enum lt_err refuse(struct genesis_load *load, const char *path, const char *why, enum lt_err err)
{
	snprintf(load->error, load->error_size, "%s: %s", path, why);
	return err;
}

/* ---- procedures ---- */

static enum lt_err read_one(struct genesis_load *load, const char *path, struct procedure_file *file)
{
	enum lt_err err = procedure_load(path, file);
	if (err)
		snprintf(load->error, load->error_size, "%s",
			 file->file.error[0] ? file->file.error : lt_err_text(err));
	return err;
}

/* No other version of the folder is in force on one day with this one. */
static enum lt_err check_versions(struct genesis_load *load, const char *path, const struct procedure_file *files,
				  size_t index)
{
	struct lt_refusal refusal = { 0 };
	const struct lt_procedure *procedure = &files[index].procedure;
	struct procedure_faults *faults = calloc(1, sizeof(*faults));
	if (!faults)
		return LT_ENOMEM;
	for (size_t i = 0; i < index; i++) {
		const char *other = strrchr(files[i].file.path, '/');
		procedure_check_versions(procedure, &files[i].procedure, other ? other + 1 : files[i].file.path,
					 faults);
	}
	enum lt_reason reason = procedure_refuse(procedure, faults, &refusal);
	free(faults);
	return reason ? refuse(load, path, refusal.detail, LT_EINVAL) : LT_OK;
}

static enum lt_err define_one(struct genesis_load *load, const char *path, struct procedure_file *files, size_t index)
{
	struct lt_buf bytes = { 0 };
	enum lt_err err = read_one(load, path, &files[index]);
	if (!err)
		err = check_versions(load, path, files, index);
	if (!err)
		err = lt_procedure_encode(&files[index].procedure, &bytes);
	if (!err)
		err = genesis_define(load, path, LT_DEFINE_PROCEDURE, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return err;
}

enum lt_err genesis_load_procedures(struct genesis_load *load, const char *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_json, alphasort);
	if (count < 0)
		return refuse(load, folder, "the folder cannot be read", LT_ENOENT);
	/* Their paths live as long as they do. */
	struct procedure_file *files = calloc((size_t)count + 1, sizeof(*files));
	char(*paths)[PATH_MAX_BYTES] = calloc((size_t)count + 1, sizeof(*paths));
	enum lt_err err = files && paths ? LT_OK : LT_ENOMEM;
	for (int i = 0; i < count; i++) {
		if (!err) {
			snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, entries[i]->d_name);
			lt_arena_reset(load->arena);
			err = define_one(load, paths[i], files, (size_t)i);
		}
		free(entries[i]);
	}
	for (int i = 0; files && i < count; i++)
		procedure_fini(&files[i]);
	free(paths);
	free(files);
	free(entries);
	return err;
}

/* ---- calendars ---- */

static enum lt_err define_all(struct genesis_load *load, const struct calendar_file *files, size_t count)
{
	enum lt_err err = LT_OK;
	struct calendar *calendar = NULL;
	if (count > 0) /* all of them hold together, before any is journaled */
		err = calendar_files_join(files, count, NULL, &calendar, load->error, load->error_size);
	calendar_free(calendar);
	for (size_t i = 0; i < count && !err; i++) {
		struct lt_buf bytes = { 0 };
		err = calendar_file_encode(&files[i], &bytes);
		if (!err)
			err = genesis_define(load, files[i].path, LT_DEFINE_CALENDAR, lt_buf_bytes(&bytes));
		lt_buf_fini(&bytes);
	}
	return err;
}

static int by_year(const void *a, const void *b)
{
	const struct calendar_file *x = a, *y = b;
	return (x->year.year > y->year.year) - (x->year.year < y->year.year);
}

enum lt_err genesis_load_calendars(struct genesis_load *load, const char *folder)
{
	struct dirent **entries = NULL;
	struct calendar_file *files = calloc(CALENDAR_YEARS_MAX, sizeof(*files));
	size_t loaded = 0;
	int count = files ? scandir(folder, &entries, is_json, alphasort) : -1;
	enum lt_err err = LT_OK;
	if (count < 0) {
		free(files);
		return refuse(load, folder, "the folder cannot be read", LT_ENOENT);
	}
	for (int i = 0; i < count; i++) {
		char path[PATH_MAX_BYTES];
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		free(entries[i]);
		if (!err && loaded == CALENDAR_YEARS_MAX)
			err = refuse(load, folder, "too many calendar files", LT_EINVAL);
		if (err)
			continue;
		err = calendar_file_load(path, &files[loaded++]);
		if (err)
			err = refuse(load, "calendar", files[loaded - 1].file.error, err);
	}
	free(entries);
	qsort(files, loaded, sizeof(*files), by_year); /* each joins the years before it without a gap */
	if (!err)
		err = define_all(load, files, loaded);
	for (size_t i = 0; i < loaded; i++)
		calendar_file_fini(&files[i]);
	free(files);
	return err;
}

/* ---- office hours ---- */

struct offices {
	struct genesis_load *load;
	const char *path;
};

static enum lt_err take_office(void *ctx, const char *agency, struct lt_bytes hours)
{
	struct offices *offices = ctx;
	(void)agency;
	return genesis_define(offices->load, offices->path, LT_DEFINE_OFFICE, hours);
}

enum lt_err genesis_load_offices(struct genesis_load *load, const char *path)
{
	struct offices offices = { .load = load, .path = path };
	load->error[0] = '\0';
	return office_each(path, take_office, &offices, load->error, load->error_size);
}
