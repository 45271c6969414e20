/* tool_progress.h: how far long work has come, in one line of a terminal that is written over: what is done, of how much, how fast, and how
 * long it will still take. Nothing where standard error is no terminal. One thread. */
#ifndef TOOLS_TOOL_PROGRESS_H
#define TOOLS_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOOL_PROGRESS_TEXT = 160 };
struct tool_progress {
	int64_t (*clock)(void *ctx); /* microseconds of CLOCK_BOOTTIME */
	void *ctx;
	bool bytes; /* what is counted; else records */
	/* Its own. */
	const char *what; /* the step; NULL: none yet */
	int64_t began, shown;
	uint64_t first;
};
/* "replay: 1200000 of 3400000 records, 45000/s, 49s left"; total 0: it is not known. done - first were done in so many microseconds. */
void tool_progress_text(const char *what, bool bytes, uint64_t first, uint64_t done, uint64_t total, int64_t elapsed,
			char out[TOOL_PROGRESS_TEXT]);
/* One step further; shown some times a second. */
void tool_progress_step(struct tool_progress *progress, const char *what, uint64_t done, uint64_t total);
void tool_progress_end(struct tool_progress *progress); /* clears the line */

#endif
