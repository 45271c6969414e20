/* member_diff.h: what two definitions have otherwise, as their files have them: member by member, a route leg by leg. One thread. */
#ifndef CLI_MEMBER_DIFF_H
#define CLI_MEMBER_DIFF_H

#include <jansson.h>

struct member_diff {
	size_t count;
	json_t *changes;    /* gets an object of each; NULL: they are printed, a line each */
	const char *indent; /* before each line; NULL: none */
};
void member_diff(struct member_diff *diff, json_t *before, json_t *after);

#endif
