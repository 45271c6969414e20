/* procedure_files.c: see procedure_files.h. */
#include "procedure_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MAX 4096u /* procedure files of one folder: a province has about 2,000 procedures */

void procedure_choose_conf(const struct cli *cli, char out[CLI_PATH_MAX])
{
	char path[CLI_PATH_MAX];
	const char *conf = cli->conf;
	if (!conf)
		conf = access(cli_path(path, LT_DATADIR, "agencies.json"), R_OK) == 0 ? LT_DATADIR : LT_SHAREDIR;
	snprintf(out, CLI_PATH_MAX, "%s", conf);
}

int procedure_say_faults(const struct procedure_file *file, const struct procedure_faults *faults)
{
	const struct lt_buf *text = &file->file.text;
	for (size_t i = 0; i < faults->count; i++) {
		const struct procedure_fault *fault = &faults->items[i];
		say_fail(EX_DATAERR, "%s:%u: %s: %s", file->file.path,
			 json_line((const char *)text->data, text->len, fault->pointer), fault->pointer, fault->text);
	}
	return faults->count > 0 ? EX_DATAERR : EX_OK;
}

int procedure_open(const char *path, struct procedure_file *out)
{
	enum lt_err err = procedure_load(path, out);
	if (err == LT_OK)
		return EX_OK;
	say_fail(EX_DATAERR, "%s", out->file.error[0] ? out->file.error : lt_err_text(err));
	for (size_t at = 0; at < out->file.others.len;) {
		const char *line = (const char *)out->file.others.data + at;
		const char *end = memchr(line, '\n', out->file.others.len - at);
		size_t length = end ? (size_t)(end - line) : out->file.others.len - at;
		say_fail(EX_DATAERR, "%.*s", (int)length, line);
		at += length + 1;
	}
	return err == LT_EIO ? EX_NOINPUT : EX_DATAERR;
}

/* Whether a complaint about this place was told: "FILE:LINE: POINTER: ...". */
static bool is_told(const struct procedure_file *file, const char *pointer)
{
	char place[96];
	snprintf(place, sizeof(place), ": %s: ", pointer);
	return strstr(file->file.error, place) ||
	       (file->file.others.len > 0 &&
		memmem(file->file.others.data, file->file.others.len, place, strlen(place)));
}

static bool has_word(const struct procedure_file *file, const char *word)
{
	return strstr(file->file.error, word) ||
	       (file->file.others.len > 0 && memmem(file->file.others.data, file->file.others.len, word, strlen(word)));
}

/* A leg that was not read, or ways of it: what would be said of the route could follow from that alone. */
static bool told_of_ways(const struct procedure_file *file)
{
	static const char *const words[] = { "/next",   "/choose: ", "/when",  "/else",    "/id: ",  "/on_",
					     "/kind: ", "/legs:",    "/makes", "limit",    "/until", "\"kind\"",
					     "\"id\"",  "/counts: ", "/total", "/promised" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (has_word(file, words[i]))
			return true;
	}
	return false;
}

void procedure_say_rest(const struct procedure_file *file, const struct procedure_agencies *agencies,
			struct procedure_faults *faults)
{
	size_t kept = 0;
	faults->count = 0;
	if (!json_is_object(file->file.root) || file->procedure.leg_count == 0)
		return;
	procedure_check_rest(&file->procedure, agencies, !told_of_ways(file), faults);
	for (size_t i = 0; i < faults->count; i++) {
		if (!is_told(file, faults->items[i].pointer))
			faults->items[kept++] = faults->items[i];
	}
	faults->count = kept;
	procedure_say_faults(file, faults);
}

static const struct lt_agency *agency_at(const void *ctx, size_t index)
{
	const struct agencies *agencies = ctx;
	return index < agencies->count ? &agencies->items[index] : NULL;
}

static const struct lt_agency *agency_find(const void *ctx, const char *code)
{
	const struct agencies *agencies = ctx;
	return agencies_find(agencies, code);
}

struct procedure_agencies procedure_agencies_of(const struct agencies *agencies)
{
	return (struct procedure_agencies){ .find = agency_find, .at = agency_at, .ctx = agencies };
}

static bool is_json(const char *name)
{
	size_t len = strlen(name);
	return len > 5 && name[0] != '.' && strcmp(name + len - 5, ".json") == 0;
}

struct procedure_folder {
	size_t count;
	char **paths;
	struct procedure_file *files;
};

static int open_files(const char *folder, DIR *dir, struct procedure_folder *out)
{
	int code = EX_OK;
	out->paths = calloc(FOLDER_MAX, sizeof(*out->paths));
	out->files = calloc(FOLDER_MAX, sizeof(*out->files));
	if (!out->paths || !out->files)
		return say_fail_err(LT_ENOMEM, "read the folder %s", folder);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		char path[CLI_PATH_MAX];
		if (!is_json(entry->d_name))
			continue;
		if (out->count == FOLDER_MAX)
			return say_fail(EX_DATAERR, "%s: more than %u files", folder, FOLDER_MAX);
		size_t at = out->count;
		out->paths[at] = strdup(cli_path(path, folder, entry->d_name));
		if (!out->paths[at])
			return say_fail_err(LT_ENOMEM, "read the folder %s", folder);
		out->count++;
		int opened = procedure_open(out->paths[at], &out->files[at]);
		code = opened == EX_OK ? code : opened;
	}
	return code;
}

static void close_files(struct procedure_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++) {
		procedure_fini(&folder->files[i]);
		free(folder->paths[i]);
	}
	free(folder->paths);
	free(folder->files);
}

int procedure_check_folder(const char *name, const struct agencies *agencies)
{
	struct procedure_agencies known = procedure_agencies_of(agencies);
	struct procedure_faults *faults = malloc(sizeof(*faults));
	struct procedure_folder folder = { 0 };
	DIR *dir = opendir(name);
	int code = EX_OK;
	if (!dir)
		code = say_fail(EX_NOINPUT, "cannot read the folder %s: %s", name, strerror(errno));
	if (code == EX_OK && !faults)
		code = say_fail_err(LT_ENOMEM, "check the folder %s", name);
	if (code == EX_OK)
		code = open_files(name, dir, &folder);
	for (size_t i = 0; code == EX_OK && i < folder.count; i++) {
		faults->count = 0;
		procedure_check(&folder.files[i].procedure, &known, faults);
		for (size_t k = 0; k < i; k++)
			procedure_check_versions(&folder.files[i].procedure, &folder.files[k].procedure,
						 folder.paths[k], faults);
		code = procedure_say_faults(&folder.files[i], faults);
	}
	close_files(&folder);
	free(faults);
	if (dir)
		closedir(dir);
	return code;
}
