/* directory_next.c: see directory_next.h. */
#include "directory_next.h"

#include <string.h>

static enum lt_reason check_successors(const struct lt_directory *next, const struct lt_agency *agency,
				       struct lt_refusal *refusal)
{
	for (size_t i = 0; i < agency->successor_count; i++) {
		const struct lt_agency *successor = lt_directory_find(next, agency->successors[i]);
		if (agency->valid_to != 0 && successor && successor->valid_from > agency->valid_to)
			return lt_refuse(
				refusal, LT_DIRECTORY_INVALID,
				"%s is in force only after %s, which it follows, has ended; let it begin by then",
				successor->code, agency->code);
	}
	return LT_REASON_NONE;
}

static bool same_split(const struct lt_agency *a, const struct lt_agency *b)
{
	if (a->split_count != b->split_count ||
	    strcmp(a->split_field ? a->split_field : "", b->split_field ? b->split_field : "") != 0)
		return false;
	for (size_t i = 0; i < a->split_count; i++) {
		if (strcmp(a->split[i].value, b->split[i].value) != 0 ||
		    strcmp(a->split[i].successor, b->split[i].successor) != 0)
			return false;
	}
	return true;
}

static bool same_end(const struct lt_agency *a, const struct lt_agency *b)
{
	if (a->valid_to != b->valid_to || a->successor_count != b->successor_count)
		return false;
	for (size_t i = 0; i < a->successor_count; i++) {
		if (strcmp(a->successors[i], b->successors[i]) != 0)
			return false;
	}
	return same_split(a, b);
}

static bool ended(const struct lt_agency *agency, int64_t now)
{
	return agency->valid_to != 0 && agency->valid_to <= now;
}

enum lt_reason directory_check_next(const struct lt_directory *current, const struct lt_directory *next, int64_t now,
				    struct lt_refusal *refusal)
{
	for (size_t i = 0; i < lt_directory_count(next); i++) {
		if (check_successors(next, lt_directory_at(next, i), refusal))
			return LT_DIRECTORY_INVALID;
	}
	for (size_t i = 0; current && i < lt_directory_count(current); i++) {
		const struct lt_agency *before = lt_directory_at(current, i);
		const struct lt_agency *after = lt_directory_resolve(next, before->code);
		if (!after)
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s is no longer listed, dossiers and routes name it; keep it, and let it end "
					 "by valid_to and successors",
					 before->code);
		if (ended(before, now) && ended(after, now) && strcmp(after->code, before->code) == 0 &&
		    !same_end(before, after))
			return lt_refuse(refusal, LT_DIRECTORY_INVALID,
					 "%s has ended, its dossiers and mail have passed on; keep its valid_to, "
					 "successors and split",
					 before->code);
	}
	return LT_REASON_NONE;
}
