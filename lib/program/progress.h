/* progress.h: how far long work has come, in one line of a terminal that is written over: what is done, of how much, how fast, and how
 * long it will still take. Nothing where standard error is no terminal. One thread. */
#ifndef PROGRAM_PROGRESS_H
#define PROGRAM_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRESS_TEXT = 160 };
struct progress {
	int64_t (*clock)(void *ctx); /* microseconds of CLOCK_BOOTTIME */
	void *ctx;
	const char *unit; /* what is counted, as "records"; NULL: bytes */
	bool quiet;       /* nothing is shown */
	/* Its own. */
	const char *what; /* the step; NULL: none yet */
	int64_t began, shown;
	uint64_t first;
};
/* "replay: 1200000 of 3400000 records, 45000/s, 49s left"; total 0: it is not known. done - first were done in so many microseconds. */
void progress_text(const char *what, const char *unit, uint64_t first, uint64_t done, uint64_t total, int64_t elapsed,
		   char out[PROGRESS_TEXT]);
/* One step further; shown some times a second. */
void progress_step(struct progress *progress, const char *what, uint64_t done, uint64_t total);
void progress_hide(
	struct progress *progress); /* clears the line for what is printed now; it goes on with the next step */
void progress_end(struct progress *progress); /* clears the line */

#endif
