/* set_compare.h: what an import of a folder's definitions would change at a broker. One thread. */
#ifndef CLI_SET_COMPARE_H
#define CLI_SET_COMPARE_H

#include "definition_set.h"

enum set_change {
	SET_SAME,
	SET_NEW,
	SET_OTHER,  /* the broker has it with another content */
	SET_LEFT,   /* an import does not give it: why says so */
	SET_ABSENT, /* the broker alone has it; an import takes nothing away */
};
struct set_step {
	enum set_change change;
	struct definition *ours, *theirs; /* of the folder, of the broker; NULL: it has none */
	const char *why;                  /* LEFT */
};
struct set_plan {
	size_t count;
	struct set_step *steps; /* in the order of an import; without what is the same */
};
/* Certificates and keys that an agency of the folder does not name are taken over into it from the broker's, as an import leaves them.
 * The steps point into both sets. LT_ENOMEM. */
enum lt_err set_plan_make(struct definition_set *ours, struct definition_set *theirs, struct set_plan *out);
void set_plan_fini(struct set_plan *plan);
/* How many an import would do. */
size_t set_plan_acts(const struct set_plan *plan);

#endif
