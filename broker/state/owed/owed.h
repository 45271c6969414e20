/* owed.h: what has to be done about a dossier now, by whom, and who may do what: the one model of the views (NOW, LATE, CAN), the lists
 * and an agency's to-do. Derived from the dossier's value alone, by no clock: `until` before now is late.
 *
 * In every state of an open dossier somebody owes something; tests/unit/state/test_owed.c walks them. Agencies are as the dossier has
 * them: who acts for one since a reorganisation says succession.h. Any thread. docs/dossier.md, "Who owes what". */
#ifndef STATE_OWED_H
#define STATE_OWED_H

#include <lienthong/dossier.h>
#include "state/dossier.h"

/* Branches, each at most one act of its holder or receiver; who is asked; what is asked of the dossier. */
enum { OWED_MAX = DOSSIER_BRANCHES_MAX + DOSSIER_CONSULTS_MAX * LT_TO_MAX + 3 };
struct owed_act {
	enum lt_owed_what what;
	const char *who;      /* in the dossier */
	uint32_t branch;      /* 0: the whole dossier's */
	uint32_t consult;     /* of an opinion, else 0 */
	int64_t since, until; /* until 0: no time is set for it */
};
/* By branch, and what is owed to the dossier behind. None: it is closed, or frozen. */
size_t owed_list(const struct dossier *dossier, struct owed_act out[OWED_MAX]);

/* The kinds of which one puts an end to it, each as 1 << enum lt_kind. */
uint64_t owed_ended_by(enum lt_owed_what what);

/* Who may send what about a branch: bit 1 << enum lt_kind. */
enum { OWED_CAN_MAX = DOSSIER_BRANCHES_MAX * 5 + LT_TO_MAX };
struct owed_can {
	const char *who;
	uint32_t branch;
	uint64_t kinds;
};
/* What state, custody and requests allow, by branch; each party once in a branch. What the route, the numbers of requests or the words of
 * an act forbid besides is not looked at: so nothing is missing, and the broker's refusal says the rest. What any party may send at any
 * time is left out: REFUSE of what is no offer. */
size_t owed_can_list(const struct dossier *dossier, struct owed_can out[OWED_CAN_MAX]);

#endif
