/* away.c: see away.h. */
#include "away.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "rules/notice.h"
#include "state/announced.h"

#define SHOWN \
	600 /* bytes of the operator's reason that a notice has, so that its own words fit too: the journal has all of it */

/* NULL: neither closed nor about to be. */
static const struct announced *closure_of(struct act *act, const char *agency)
{
	const struct rulebook *rulebook = act->state->rulebook;
	const char *acting = act->rules->succession.of(rulebook, agency, act->dossier, act->time);
	const struct announced *announced = rulebook_announced(rulebook, acting);
	return announced_closes(announced, act_legal(act)) ? announced : NULL;
}

int64_t away_look(struct act *act, const char *agency)
{
	const struct announced *announced = closure_of(act, agency);
	int64_t soon = act_legal(act) + AWAY_LOOK_US;
	if (!announced_closed(announced, act_legal(act)))
		return 0;
	return announced->closed_until < soon ? announced->closed_until : soon;
}

/* Cut between characters. */
static int shown(const char *text)
{
	size_t len = strlen(text);
	if (len <= SHOWN)
		return (int)len;
	for (len = SHOWN; len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80; len--)
		;
	return (int)len;
}

/* What `agency` is to do waits, and `to` is who waits for it. */
static void tell(struct act *act, const struct branch *branch, const struct announced *announced, const char *agency,
		 const char *to)
{
	char reason[SHOWN + 400], from[LT_DATE_SAID], until[LT_DATE_SAID];
	struct notice notice = { .kind = LT_KIND_AWAY,
				 .branch = branch,
				 .due_at = announced->closed_until,
				 .subject = "Nơi nhận tạm nghỉ",
				 .reason = reason };
	lt_date_say(announced->closed_from, from);
	lt_date_say(announced->closed_until, until);
	snprintf(reason, sizeof(reason),
		 "%s nghỉ từ %s đến %s: %.*s. Hồ sơ được giữ lại để giao; hạn không thay đổi, việc nhắc để đến lúc đó.",
		 agency, from, until, shown(announced->closure_reason), announced->closure_reason);
	notice_to(act, &notice, to);
	notice_add(act, &notice);
}

static void tell_giver(struct act *act, struct branch *branch, const struct announced *announced)
{
	if (branch->away_until == announced->closed_until || act->outcome.notice_count == APPLY_NOTICES_MAX)
		return;
	branch->away_until = announced->closed_until;
	tell(act, branch, announced, branch->offered_to, branch->holder);
}

/* What is carried over is told nobody: it stands in the past while it is placed. */
void away_offered(struct act *act, struct branch *branch)
{
	const struct announced *announced = act->header->carried ? NULL : closure_of(act, branch->offered_to);
	if (announced && announced->closed_from < branch->handoff.next_due)
		tell_giver(act, branch, announced);
}

void away_waits(struct act *act, struct branch *branch)
{
	const struct announced *announced = closure_of(act, branch->offered_to);
	if (announced)
		tell_giver(act, branch, announced);
}

void away_asked(struct act *act, const struct branch *branch, const char *agency, int64_t due, const char *asker)
{
	const struct announced *announced = act->header->carried ? NULL : closure_of(act, agency);
	if (announced && (due == 0 || announced->closed_from < due) && act->outcome.notice_count < APPLY_NOTICES_MAX)
		tell(act, branch, announced, agency, asker);
}
