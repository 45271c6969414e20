/* pending.h: numbers of dossiers that are to be copied: a bit each, since numbers are dense. However often one is told as changed, it stands
 * here once, so what a copy is behind by is bounded by the dossiers that there are: 125 KB for a million.
 *
 * Embedded; all zero is empty. One thread. */
#ifndef PROJECT_PENDING_H
#define PROJECT_PENDING_H

#include <lienthong/base.h>

#define PENDING_NUMBER_MAX (UINT64_C(1) << 28) /* 32 MiB of bits, 268 million dossiers: bounds a broken broker */

struct pending {
	uint64_t *words;
	size_t room;    /* words */
	uint64_t count; /* numbers */
	size_t at;      /* no word before it has any */
};
void pending_fini(struct pending *pending);
/* Keeps its memory. */
void pending_clear(struct pending *pending);
/* LT_EINVAL: 0, or above PENDING_NUMBER_MAX; LT_ENOMEM. */
enum lt_err pending_add(struct pending *pending, uint64_t number);
void pending_remove(struct pending *pending, uint64_t number);
/* The lowest ones, rising; how many. They stay. */
size_t pending_first(struct pending *pending, uint64_t *out, size_t room);

#endif
