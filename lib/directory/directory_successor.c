/* directory_successor.c: reorganisations in a directory: who follows whom. */
#include "directory_internal.h"

#include <stdlib.h>
#include <string.h>

static bool succeeds(const struct lt_directory *directory, const char *agency, const char *predecessor, int64_t at,
		     unsigned steps)
{
	const struct lt_agency *before = lt_directory_find(directory, predecessor);
	if (!before || before->valid_to == 0 || at < before->valid_to || steps == 0)
		return false;
	for (size_t i = 0; i < before->successor_count; i++) {
		if (strcmp(before->successors[i], agency) == 0 ||
		    succeeds(directory, agency, before->successors[i], at, steps - 1))
			return true;
	}
	return false;
}

bool lt_directory_succeeds(const struct lt_directory *directory, const char *agency, const char *predecessor,
			   int64_t at)
{
	return succeeds(directory, agency, predecessor, at, LT_SUCCESSIONS_MAX);
}

static int compare_entry(const void *code, const void *entry)
{
	return strcmp(code, ((const struct directory_entry *)entry)->code);
}

/* The longest way of successors from each agency, each counted once. A circle ends at one that is under way. */
enum { UNKNOWN = 0, UNDER_WAY = 255 };

static bool measure(const struct directory_record *record, size_t index, uint8_t *ways, unsigned depth)
{
	const struct directory_entry *entry = &record->agencies[index];
	unsigned longest = 1;
	if (ways[index] == UNDER_WAY || depth > LT_SUCCESSIONS_MAX)
		return false;
	if (ways[index] != UNKNOWN)
		return true;
	ways[index] = UNDER_WAY;
	for (size_t i = 0; i < entry->successor_count; i++) {
		const struct directory_entry *next = bsearch(entry->successors[i], record->agencies, record->count,
							     sizeof *record->agencies, compare_entry);
		size_t at = next ? (size_t)(next - record->agencies) : index;
		if (!next || !measure(record, at, ways, depth + 1))
			return false;
		if (ways[at] + 1u > longest)
			longest = ways[at] + 1u;
	}
	ways[index] = (uint8_t)longest;
	return longest <= LT_SUCCESSIONS_MAX + 1;
}

enum lt_reason directory_check_successions(const struct directory_record *record, struct lt_refusal *refusal)
{
	uint8_t *ways = calloc(record->count, 1);
	if (!ways)
		return lt_refuse(refusal, LT_DIRECTORY_INVALID, "out of memory for %zu agencies", record->count);
	enum lt_reason reason = LT_REASON_NONE;
	for (size_t i = 0; i < record->count && !reason; i++) {
		if (!measure(record, i, ways, 0))
			reason = lt_refuse(refusal, LT_DIRECTORY_INVALID,
					   "%s: its successors run in a circle or over %u steps",
					   record->agencies[i].code, LT_SUCCESSIONS_MAX);
	}
	free(ways);
	return reason;
}
