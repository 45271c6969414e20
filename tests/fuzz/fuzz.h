/* fuzz.h: what the fuzz targets share. A target that finds a fault aborts. */
#ifndef LIENTHONG_TESTS_FUZZ_H
#define LIENTHONG_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include <lienthong/base.h>

#define FUZZ_ARENA (256u * 1024u) /* bytes: small, so that its cap is met too */

#define FUZZ_CHECK(cond)                                                           \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same arena for every input, empty at its beginning. */
static inline struct lt_arena *fuzz_arena(void)
{
	static struct lt_arena *arena;
	if (!arena)
		FUZZ_CHECK(lt_arena_new(FUZZ_ARENA, &arena) == LT_OK);
	lt_arena_reset(arena);
	return arena;
}

#endif
