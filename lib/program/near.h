/* near.h: which word was meant by one that does not exist. Any thread. */
#ifndef PROGRAM_NEAR_H
#define PROGRAM_NEAR_H

#include <stddef.h>

/* The one that is two edits or fewer from `word`, or NULL; at(ctx, i) gives the words, NULL behind the last. */
const char *near_word(const char *word, const char *(*at)(void *ctx, size_t index), void *ctx);

#endif
