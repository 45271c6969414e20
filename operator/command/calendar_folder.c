/* calendar_folder.c: the calendar files of a folder. */
#include "calendar_folder.h"

#include "cli/cli.h"
#include "law/file_calendar.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int load_entry(const char *folder, const char *name, struct calendar_file *files, size_t *count)
{
	char path[CLI_PATH_MAX];
	size_t len = strlen(name);
	if (len <= 5 || strcmp(name + len - 5, ".json") != 0)
		return EX_OK;
	if (*count == CALENDAR_YEARS_MAX)
		return say_fail(EX_DATAERR, "%s: more than %u calendar files", folder, CALENDAR_YEARS_MAX);
	struct calendar_file *file = &files[(*count)++];
	enum lt_err err = calendar_file_load(cli_path(path, folder, name), file);
	return err == LT_OK ? EX_OK : say_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s", file->file.error);
}

int calendar_load_folder(const char *folder, const char *agency, struct calendar **out)
{
	size_t count = 0;
	char error[700];
	struct calendar_file *files = calloc(CALENDAR_YEARS_MAX, sizeof(*files));
	DIR *dir = files ? opendir(folder) : NULL;
	int code = EX_OK;
	if (!files)
		return say_fail(EX_OSERR, "out of memory");
	if (!dir)
		code = say_fail(EX_NOINPUT, "cannot read the folder of calendars %s: %s", folder, strerror(errno));
	for (struct dirent *entry; code == EX_OK && (entry = readdir(dir)) != NULL;)
		code = load_entry(folder, entry->d_name, files, &count);
	if (code == EX_OK && count == 0)
		code = say_fail(EX_NOINPUT, "%s: no calendar file, as 2026.json", folder);
	if (code == EX_OK && calendar_files_join(files, count, agency, out, error, sizeof(error)) != LT_OK)
		code = say_fail(EX_DATAERR, "%s: %s", folder, error);
	for (size_t i = 0; i < count; i++)
		calendar_file_fini(&files[i]);
	free(files);
	if (dir)
		closedir(dir);
	return code;
}
