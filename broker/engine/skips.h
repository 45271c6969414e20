/* skips.h: which records an operator has skipped (`lienthong store skip`): each skip is a record of the journal, made on a stopped broker. A
 * replay looks for them in what it has before it, and then goes by them from the skipped record on (rules/recorded.h). */
#ifndef ENGINE_SKIPS_H
#define ENGINE_SKIPS_H

#include "journal/journal.h"

/* A person makes each one, and replays what is behind it first: more than this are no skips but a program that does not fit. */
#define SKIPS_MAX 1000u

struct skip {
	uint64_t skipped; /* the record */
	uint64_t record;  /* the one that says so; further on */
	uint64_t dossier; /* dense number of the dossier that it is of; 0: not known yet */
};
struct skips {
	size_t count;
	struct skip *list; /* in the order of their own places */
};
/* Those whose own place is at `from` or behind it. LT_EFULL: over SKIPS_MAX; LT_ECORRUPT: a record cannot be read. */
enum lt_err skips_find(struct journal *journal, uint64_t from, struct skips *out);
/* LT_EFULL. */
enum lt_err skips_add(struct skips *skips, const struct skip *skip);
bool skips_have(const struct skips *skips, uint64_t sequence);
void skips_fini(struct skips *skips);

#endif
