/* stay_record.h: the one place that says what a stay came to: the record of one that ends, and the view of one that is open. A record
 * is made by the act that ends it, stands in its outcome and so under its leaf, and is never changed: forms, traces, lists and reports
 * read these alone. Minutes count by the hours of who held it when it began. docs/decisions/0040. */
#ifndef RULES_STAY_RECORD_H
#define RULES_STAY_RECORD_H

#include "apply.h"

/* The holder's stay, whose clock has ended. by: the record of the act that ended it; late: code of the reason for being late, or "". */
void stay_record_add(struct act *act, const struct branch *branch, enum lt_stay_end how, uint64_t by, const char *late);
/* The open offer, which is answered now. */
void stay_record_add_wait(struct act *act, const struct branch *branch, enum lt_stay_end how);
/* What was registered with the branch's holder, and is answered now. */
void stay_record_add_intake(struct act *act, const struct branch *branch, enum lt_stay_end how, const char *late);
/* One more row, under the next number: into the table and the outcome. */
void stay_record_append(struct act *act, const struct lt_stay *stay);
/* Up to when an open stay counts: now; while an offer of its branch waits, up to when that was made. What follows is the receiver's, who is
 * charged with it in the row of the wait; refused or recalled, it has been the holder's after all. */
int64_t stay_record_until(const struct branch *branch, int64_t now);
/* What is open, as it stands now. False: there is none. Texts point into the dossier and the act's procedure. */
bool stay_record_view(struct act *act, const struct branch *branch, int64_t now, struct lt_stay *out);
bool stay_record_view_wait(struct act *act, const struct branch *branch, int64_t now, struct lt_stay *out);

#endif
