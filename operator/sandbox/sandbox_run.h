/* sandbox_run.h: the programs of a sandbox, started, watched and stopped together. docs: lienthong(1), "sandbox". One thread.
 * Every function says on standard error what is wrong and returns an exit code. */
#ifndef CLI_SANDBOX_RUN_H
#define CLI_SANDBOX_RUN_H

#include "cli/cli.h"
#include "sandbox_echo.h"

struct sandbox_run {
	const char *dir;
	char *const *codes; /* agencies whose adapters run; none: all of the sandbox */
	size_t code_count;
	const char *const *echoes; /* files of rules: each adds the adapter of its agency, and who answers there */
	size_t echo_count;
	bool json;
};
/* Starts the broker, then the adapters, says when all are there, and stays until SIGINT, SIGTERM or SIGHUP. Then stops them in the
 * other order. Ends too when one of them does, and names it. Logs: DIR/logs/. */
int sandbox_run(const struct sandbox_run *run);

#endif
