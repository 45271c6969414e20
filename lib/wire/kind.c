/* kind.c: kind.def as a table. */
#include "kind.h"

#include <string.h>

#define LT_REQUIRED(field, text) .field = KIND_REQUIRED
#define LT_OPTIONAL(field, text) .field = KIND_OPTIONAL
#define LT_LATER(field, text) .field = KIND_LATER
#define LT_UNLESS_YES(field, text) .field = KIND_UNLESS_YES
#define LT_KIND(name_, rule_, number_, sender_, recipients_, custody_, full_, what_, ...) \
	[number_] = { .name = #name_,                                                     \
		      .recipients = (recipients_),                                        \
		      .sender = KIND_SENDER_##sender_,                                    \
		      .custody = KIND_CUSTODY_##custody_,                                 \
		      .full = KIND_FULL_##full_,                                          \
		      __VA_ARGS__ },
#define LT_KIND_LATER(name_, number_, sender_, what_) \
	[number_] = { .name = #name_, .sender = KIND_SENDER_##sender_, .later = true },
static const struct kind kinds[] = {
#include <lienthong/kind.def>
};
#undef LT_KIND
#define KINDS_END ((int)(sizeof(kinds) / sizeof(kinds[0])))

#define LT_KIND(name, rule, number, sender, recipients, ...) \
	_Static_assert((number) < 128 && (recipients) <= LT_TO_MAX, #name);
#include <lienthong/kind.def>
#undef LT_KIND

const struct kind *kind_find(int number)
{
	return number >= 0 && number < KINDS_END && kinds[number].name && !kinds[number].later ? &kinds[number] : NULL;
}

const char *lt_kind_name(enum lt_kind kind)
{
	int number = (int)kind;
	return number >= 0 && number < KINDS_END && kinds[number].name ? kinds[number].name : "UNKNOWN";
}

enum lt_err lt_kind_find(const char *name, enum lt_kind *out)
{
	for (int i = 0; i < KINDS_END; i++) {
		if (kinds[i].name && strcmp(kinds[i].name, name) == 0) {
			*out = (enum lt_kind)i;
			return LT_OK;
		}
	}
	return LT_ENOENT;
}

bool lt_kind_offers(enum lt_kind kind)
{
	const struct kind *row = kind_find((int)kind);
	return row && row->custody == KIND_CUSTODY_OFFERS;
}

bool kind_is_notice(enum lt_kind kind)
{
	const struct kind *row = kind_find((int)kind);
	return row && row->sender == KIND_SENDER_BROKER;
}

bool kind_answers(enum lt_kind kind)
{
	const struct kind *row = kind_find((int)kind);
	return row && row->custody == KIND_CUSTODY_ANSWERS;
}

bool kind_moves(const struct lt_header *act)
{
	const struct kind *row = kind_find((int)act->kind);
	if (row && row->custody == KIND_CUSTODY_MOVES_IF_YES)
		return act->agree == LT_AGREE_YES;
	return row && row->custody != KIND_CUSTODY_STAYS;
}

bool kind_refused_when_full(const struct lt_header *act)
{
	const struct kind *row = kind_find((int)act->kind);
	return row && (row->full == KIND_FULL_REFUSED || (row->full == KIND_FULL_BARE && act->part_count > 0));
}
