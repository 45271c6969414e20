/* cli_program.c: finds a program of this installation; never by $PATH, which says what another would run. */
#include "cli_program.h"

#include <string.h>
#include <unistd.h>

int cli_find_program(const char *name, const char *near, const char *installed, char out[CLI_PATH_MAX])
{
	char self[CLI_PATH_MAX], folder[CLI_PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 128);
	if (len > 0) {
		self[len] = '\0';
		char *slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
		if (access(cli_path(out, self, name), X_OK) == 0)
			return EX_OK;
		if (access(cli_path(out, cli_path(folder, self, near), name), X_OK) == 0)
			return EX_OK;
	}
	if (access(cli_path(out, installed, name), X_OK) == 0)
		return EX_OK;
	return say_fail(EX_OSFILE, "the program %s is neither beside this one nor in %s", name, installed);
}
