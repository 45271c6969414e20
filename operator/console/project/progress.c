/* progress.c: how fast the copy is made, for its state and the log. */
#include "project_internal.h"

#include "program/log.h"

#include <stdio.h>

enum { TOLD_EVERY = 10 }; /* seconds between two lines of the log */

static void log_progress(const struct project_state *state, const char *what, int64_t seconds)
{
	char done[24], total[24], rate[24], time[24];
	uint64_t left = state->total > state->done ? state->total - state->done : 0;
	bool over = state->phase == PROJECT_FOLLOWING;
	snprintf(done, sizeof(done), "%llu", (unsigned long long)state->done);
	snprintf(total, sizeof(total), "%llu", (unsigned long long)state->total);
	snprintf(rate, sizeof(rate), "%llu", (unsigned long long)state->rate);
	snprintf(time, sizeof(time), "%llu",
		 over ? (unsigned long long)seconds : (unsigned long long)(state->rate ? left / state->rate : 0));
	lt_log(LT_LOG_NOTICE, what, "dossiers", done, "total", total, "a_second", rate,
	       over ? "seconds" : "seconds_left", time, NULL);
}

void progress_measure(struct project *project, int64_t now)
{
	const int64_t second = 1000000;
	struct project_state *state = &project->at.state;
	if (project->rebuild.begun == 0) {
		project->rebuild.begun = project->rebuild.told = now;
		project->rebuild.from = state->done;
	}
	int64_t since = now - project->rebuild.begun;
	if (since > 0 && state->done > project->rebuild.from)
		state->rate = (state->done - project->rebuild.from) * (uint64_t)second / (uint64_t)since;
	if (state->phase == PROJECT_FOLLOWING) {
		log_progress(state, "the copy of all dossiers is made", since / second);
	} else if (now - project->rebuild.told >= TOLD_EVERY * second) {
		project->rebuild.told = now;
		log_progress(state, "the copy of all dossiers is being made", 0);
	}
}
