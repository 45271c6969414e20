/* tool.h: the tools as `lienthong-broker store check|rebuild|stat|skip` and `lienthong-broker restore` run them: each does its
 * work on the data folder of a stopped broker, prints what it found on standard output, for people or as JSON, says on
 * standard error what is wrong, and returns an exit code after sysexits.h. */
#ifndef BROKER_TOOL_H
#define BROKER_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tool_request {
	const char *data; /* the broker's data folder */
	bool json;
	const char *backup;                                  /* restore: where from */
	uint64_t sequence;                                   /* skip: which record */
	bool dry_run;                                        /* skip: nothing is recorded */
	uint64_t may_lose;                                   /* rebuild: committed records */
	const char *operator_name, *reason;                  /* skip */
	const char *login;                                   /* skip: the user's name; "": it has none */
	uint32_t uid;                                        /* skip */
	int64_t now;                                         /* skip: when */
	void (*random)(void *ctx, uint8_t *out, size_t len); /* skip */
	int64_t (*clock)(void *ctx);                         /* CLOCK_BOOTTIME, microseconds: how fast long work goes */
	void *ctx;
};
int tool_check(const struct tool_request *request);
int tool_rebuild(const struct tool_request *request);
int tool_stat(const struct tool_request *request);
int tool_skip(const struct tool_request *request);
int tool_restore(const struct tool_request *request);

#endif
