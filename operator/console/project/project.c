/* project.c: the life of the projection. Nothing is copied yet. */
#include "project.h"

enum lt_err project_open(const struct project_options *options, struct project **out)
{
	(void)options;
	(void)out;
	return LT_EIO;
}

void project_close(struct project *project)
{
	(void)project;
}

enum lt_err project_step(struct project *project, bool *more)
{
	(void)project;
	*more = false;
	return LT_EIO;
}

enum lt_err project_rebuild(struct project *project)
{
	(void)project;
	return LT_EIO;
}

const struct project_state *project_state(const struct project *project)
{
	static const struct project_state none;
	(void)project;
	return &none;
}
