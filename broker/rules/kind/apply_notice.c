/* apply_notice.c: the broker's own kinds: nobody sends one. It makes them itself: rules/notice.h. */
#include "rules/apply.h"

enum lt_reason apply_notice(struct act *act)
{
	return lt_refuse(&act->refusal, LT_KIND_NOT_SUPPORTED, "kind: %s", lt_kind_name(act->header->kind));
}
