/* tool_progress.c: how far long work has come. */
#include "tool_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "program/say.h"

#define SECOND_US INT64_C(1000000)
#define PAUSE_US (SECOND_US / 4) /* faster nobody reads */

static void put_count(bool bytes, uint64_t count, char out[SAY_SIZE_TEXT])
{
	if (bytes)
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

void tool_progress_text(const char *what, bool bytes, uint64_t first, uint64_t done, uint64_t total, int64_t elapsed,
			char out[TOOL_PROGRESS_TEXT])
{
	char now[SAY_SIZE_TEXT], all[SAY_SIZE_TEXT], pace[SAY_SIZE_TEXT], left[SAY_SIZE_TEXT];
	const char *unit = bytes ? "" : " records";
	double rate = elapsed > 0 && done > first ? (double)(done - first) * (double)SECOND_US / (double)elapsed : 0;
	put_count(bytes, done, now);
	put_count(bytes, total, all);
	put_count(bytes, (uint64_t)rate, pace);
	int len = total > 0 ? snprintf(out, TOOL_PROGRESS_TEXT, "%s: %s of %s%s", what, now, all, unit)
			    : snprintf(out, TOOL_PROGRESS_TEXT, "%s: %s%s", what, now, unit);
	if (rate < 1 || elapsed < SECOND_US)
		return; /* no pace can be told yet */
	len += snprintf(out + len, TOOL_PROGRESS_TEXT - (size_t)len, ", %s/s", pace);
	if (total < done)
		return;
	put_left((uint64_t)((double)(total - done) / rate), left);
	snprintf(out + len, TOOL_PROGRESS_TEXT - (size_t)len, ", %s left", left);
}

void tool_progress_step(struct tool_progress *progress, const char *what, uint64_t done, uint64_t total)
{
	char text[TOOL_PROGRESS_TEXT];
	if (!isatty(STDERR_FILENO))
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
	tool_progress_text(what, progress->bytes, progress->first, done, total, now - progress->began, text);
	fprintf(stderr, "\r\x1b[K%s", text);
}

void tool_progress_end(struct tool_progress *progress)
{
	if (progress->what)
		fprintf(stderr, "\r\x1b[K");
	progress->what = NULL;
}
