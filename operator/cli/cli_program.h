/* cli_program.h: the other programs of this installation, which some commands run. */
#ifndef CLI_CLI_PROGRAM_H
#define CLI_CLI_PROGRAM_H

#include "cli.h"

/* Where `name` stands: beside this program, as in the build tree; in the folder `near` beside the folder of this program
 * ("../sbin"), so that an installation may be moved as a whole; or in `installed`. EX_OK, or EX_UNAVAILABLE, said. */
int cli_find_program(const char *name, const char *near, const char *installed, char out[CLI_PATH_MAX]);

#endif
