/* near.c: the distance of words. */
#include "near.h"

#include <string.h>

/* Edits between two short words (Levenshtein), one row at a time. */
static size_t distance(const char *a, const char *b)
{
	size_t row[65], len = strlen(b);
	if (len > 64 || strlen(a) > 64)
		return 64;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t corner = row[0];
		row[0] = i + 1;
		for (size_t j = 1; j <= len; j++) {
			size_t best = corner + (a[i] != b[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[len];
}

const char *near_word(const char *word, const char *(*at)(void *ctx, size_t index), void *ctx)
{
	const char *best = NULL, *candidate;
	size_t best_distance = 3; /* over two edits it is no typing error */
	for (size_t i = 0; (candidate = at(ctx, i)) != NULL; i++) {
		size_t edits = distance(word, candidate);
		if (edits < best_distance) {
			best = candidate;
			best_distance = edits;
		}
	}
	return best;
}
