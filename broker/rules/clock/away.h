/* away.h: agencies that are closed for a time, as was announced: what only nags waits until then, and who has offered something is told so by
 * AWAY. No due time moves. Source: docs/decisions/0085. */
#ifndef RULES_AWAY_H
#define RULES_AWAY_H

#include "rules/apply.h"

/* The closure may be shortened: so often it is looked whether it was. A record a day of each wait is little. */
#define AWAY_LOOK_US INT64_C(86400000000)

/* When to look again, if an agency, or who acts for it, is closed now; 0: it is not. */
int64_t away_look(struct act *act, const char *agency);
/* A branch was offered, and its reminder is planned: the giver is told when the receiver is closed before it. */
void away_offered(struct act *act, struct branch *branch);
/* The reminder has to wait: the giver is told, once for each end that is announced. */
void away_waits(struct act *act, struct branch *branch);
/* An opinion is asked of it, or a dossier registered with it, and it is closed before that is due (0: no time is set): the asker is told. */
void away_asked(struct act *act, const struct branch *branch, const char *agency, int64_t due, const char *asker);

#endif
