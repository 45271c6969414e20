/* restored.h: what a restore from a backup has lost of the definitions, as far as adapters can show it.
 *
 * Directory and revocation lists are signed: adapters hold them and hand them back. Procedures, calendars, office hours, outages,
 * suspensions and the acts of trust are not; of these they hold the count (PONG, HELLO). So a broker that was restored knows whether
 * it lacks something, and an operator who has brought it back says so: LT_ADMIN_RESTORE_CONFIRM. docs/decisions/0030. Engine thread. */
#ifndef RULES_RESTORED_H
#define RULES_RESTORED_H

#include "apply.h"

/* The mark of a restore is being applied. */
void restored_begin(struct act *act);
/* An adapter says what it holds. */
void restored_told(struct act *act, const struct lt_session_command *session);
/* What was applied may be one of those that are counted. */
void restored_count(struct act *act);
/* ALREADY_SO. */
enum lt_reason restored_confirm(struct act *act);

#endif
