/* act.h: what an operator's command is to people: what it is called, whom it is about, and who gave it why. The one list of the acts' names; those
 * of `lienthong audit`, the console and what is looked for are these. */
#ifndef RECORD_ACT_H
#define RECORD_ACT_H

#include "record.h"

enum lt_act_about { LT_ACT_ABOUT_NOTHING, LT_ACT_ABOUT_AGENCY, LT_ACT_ABOUT_DOSSIER };
struct lt_act {
	const char *name, *vietnamese; /* static; of a number that is not known "?" */
	enum lt_act_about about;       /* what `subject` is the code of */
	const char *subject;           /* "": none; then one of the two below says which, or nothing does */
	uint64_t number;               /* record, item, version; 0: none */
	int64_t time;                  /* of an outage: its beginning */
	const char *operator_name, *reason, *login; /* login may be "" */
	uint32_t uid;
};
/* Texts are the command's. False: no operator's. */
bool lt_act_of(const struct lt_command *command, struct lt_act *out);

#endif
