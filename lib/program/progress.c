/* progress.c: how far long work has come. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

#define SECOND_US INT64_C(1000000)
#define PAUSE_US (SECOND_US / 4) /* faster nobody reads */

static void put_count(const char *unit, uint64_t count, char out[SAY_SIZE_TEXT])
{
	if (!unit)
		say_size(count, out);
	else
		snprintf(out, SAY_SIZE_TEXT, "%" PRIu64, count);
}

static void put_left(uint64_t seconds, char out[SAY_SIZE_TEXT])
{
	if (seconds < 60)
		snprintf(out, SAY_SIZE_TEXT, "%us", (unsigned)seconds);
	else if (seconds < 3600)
		snprintf(out, SAY_SIZE_TEXT, "%um %us", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
	else
		snprintf(out, SAY_SIZE_TEXT, "%uh %um", (unsigned)(seconds / 3600 % 10000),
			 (unsigned)(seconds / 60 % 60));
}

void progress_text(const char *what, const char *unit, uint64_t first, uint64_t done, uint64_t total, int64_t elapsed,
		   char out[PROGRESS_TEXT])
{
	char now[SAY_SIZE_TEXT], all[SAY_SIZE_TEXT], pace[SAY_SIZE_TEXT], left[SAY_SIZE_TEXT];
	const char *gap = unit ? " " : "", *name = unit ? unit : "";
	double rate = elapsed > 0 && done > first ? (double)(done - first) * (double)SECOND_US / (double)elapsed : 0;
	put_count(unit, done, now);
	put_count(unit, total, all);
	put_count(unit, (uint64_t)rate, pace);
	int len = total > 0 ? snprintf(out, PROGRESS_TEXT, "%s: %s of %s%s%s", what, now, all, gap, name)
			    : snprintf(out, PROGRESS_TEXT, "%s: %s%s%s", what, now, gap, name);
	if (rate < 1 || elapsed < SECOND_US)
		return; /* no pace can be told yet */
	len += snprintf(out + len, PROGRESS_TEXT - (size_t)len, ", %s/s", pace);
	if (total < done)
		return;
	put_left((uint64_t)((double)(total - done) / rate), left);
	snprintf(out + len, PROGRESS_TEXT - (size_t)len, ", %s left", left);
}

void progress_step(struct progress *progress, const char *what, uint64_t done, uint64_t total)
{
	char text[PROGRESS_TEXT];
	if (progress->quiet || !isatty(STDERR_FILENO))
		return;
	int64_t now = progress->clock(progress->ctx);
	if (!progress->what || strcmp(progress->what, what) != 0) {
		progress->what = what;
		progress->began = now;
		progress->first = done;
	} else if (now - progress->shown < PAUSE_US) {
		return;
	}
	progress->shown = now;
	progress_text(what, progress->unit, progress->first, done, total, now - progress->began, text);
	fprintf(stderr, "\r\x1b[K%s", text);
}

void progress_hide(struct progress *progress)
{
	if (progress->what)
		fprintf(stderr, "\r\x1b[K");
	progress->shown = INT64_MIN / 2;
}

void progress_end(struct progress *progress)
{
	if (progress->what)
		fprintf(stderr, "\r\x1b[K");
	progress->what = NULL;
}
