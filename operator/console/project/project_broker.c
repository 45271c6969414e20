/* project_broker.c: the projection's questions. The broker away is a state, not an error. */
#include "project_internal.h"

#include "program/log.h"

#include <errno.h>
#include <lienthong/time.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_SECONDS = 30 }; /* a page is made in some milliseconds; a flush before it may wait for a slow disk */

void project_broker_close(struct project *project)
{
	control_line_close(project->line);
	project->line = NULL;
	project->compared = false;
}

enum lt_err project_broker_away(struct project *project, const char *what, const char *why)
{
	struct project_state *state = &project->at.state;
	char now[sizeof(state->why)];
	snprintf(now, sizeof(now), "%.40s%.150s", what, why);
	if (state->broker || strcmp(now, state->why) != 0)
		lt_log(LT_LOG_WARNING, "the broker does not answer: the copy stands", "why", now, NULL);
	state->broker = false;
	memcpy(state->why, now, sizeof(now));
	project_broker_close(project);
	return LT_EAGAIN;
}

static enum lt_err connect_line(struct project *project)
{
	if (project->line)
		return LT_OK;
	enum lt_err err = control_line_open(project->control, ANSWER_SECONDS, &project->line);
	project->agencies_at = 0;
	switch ((int)err) {
	case LT_OK:
		return LT_OK;
	case LT_EDENIED:
		return project_broker_away(project, "may not use the control socket ", project->control);
	case LT_ENOENT:
		return project_broker_away(project, "no control socket at ", project->control);
	default:
		return project_broker_away(project, "no broker answers: ", errno ? strerror(errno) : lt_err_text(err));
	}
}

enum lt_err project_broker_ask(struct project *project, const struct lt_control_request *request,
			       struct lt_control_answer *answer)
{
	struct lt_refusal refusal = { 0 };
	enum lt_err err = connect_line(project);
	if (err)
		return err;
	lt_arena_reset(project->arena);
	err = control_line_call(project->line, request, project->arena, &project->answer, answer, &refusal);
	if (err == LT_EPARSE)
		return project_broker_away(project, "its answer cannot be read: ", refusal.detail);
	if (err)
		return project_broker_away(project, "lost: ", lt_err_text(err));
	if (answer->reason)
		return project_broker_away(project, lt_reason_name(answer->reason), "");
	if (answer->type != request->type)
		return project_broker_away(project, "another question was answered", "");
	if (!project->at.state.broker)
		lt_log(LT_LOG_NOTICE, "the broker answers", "control", project->control, NULL);
	project->at.state.broker = true;
	project->at.state.why[0] = '\0';
	project->at.state.asked_at = lt_time_now();
	return LT_OK;
}
