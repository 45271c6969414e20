/* deadline_internal.h: what the files of the clocks share. */
#ifndef RULES_DEADLINE_INTERNAL_H
#define RULES_DEADLINE_INTERNAL_H

#include "apply.h"
#include "notice.h"

#define DEADLINE_MINUTE INT64_C(60000000)
/* One legal clock, whose it is, and by whose office hours it counts. */
struct ticking {
	struct act *act;
	struct legal_clock *clock;
	uint32_t branch; /* 0: the dossier's */
	const char *agency;
};
struct ticking deadline_of_dossier(struct act *act);
struct ticking deadline_of_branch(struct act *act, struct branch *branch);
/* The dossier's procedure; NULL only for dossiers of tests. */
const struct lt_procedure *deadline_procedure(struct act *act);
/* Used, stood and given back until a time; the stand that has not ended counts up to it. */
void deadline_measure(const struct ticking *t, int64_t until, struct deadline_sum *out);
/* Counts the limit from `started` by the facts in force; false when no calendar covers it: then the clock waits for one. */
bool deadline_count(const struct ticking *t);
/* The same, when the facts are others than those that it was counted by. */
void deadline_recount(const struct ticking *t);
/* What the dossier's clock has been given back until now, for a limit that counts from where it began: in that limit's unit. */
uint32_t deadline_given(struct act *act, const struct lt_limit *limit, const char *agency);
/* Takes the due time that stands in STORE_DUE away. */
void deadline_disarm(const struct ticking *t);
/* Puts the next due time into STORE_DUE in place of the one that stands there. */
void deadline_arm(const struct ticking *t);

void deadline_wait_start(struct act *act, struct clock_wait *wait, uint32_t number, enum lt_clock_kind kind,
			 int64_t due);
void deadline_wait_end(struct act *act, struct clock_wait *wait, uint32_t number);
/* Due time of a limit by an agency's hours; 0: no calendar covers it. */
int64_t deadline_due_from(struct act *act, const struct lt_limit *limit, const char *agency, int64_t from);
int64_t deadline_due_of(struct act *act, const struct lt_limit *limit, const char *agency); /* from now */
/* So many of an agency's working minutes later; 0 stays 0. */
int64_t deadline_later(struct act *act, int64_t due, const char *agency, uint32_t minutes);
bool deadline_is_legal(const struct lt_limit *limit);
/* Of the papers that the applicant is asked for: see deadline_asked_stand. */
void deadline_supplements_stand(struct act *act);
void deadline_supplements_go_on(struct act *act);
struct lt_limit deadline_handoff_limit(struct act *act);

#endif
