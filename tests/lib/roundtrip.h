/* roundtrip.h: for tests of codecs: there and back, equal to what protobuf-c packs. Ends the test on failure. One thread. */
#ifndef TESTS_ROUNDTRIP_H
#define TESTS_ROUNDTRIP_H

#include "wire.h"

/* Where a test decodes to, 4 MiB; there between the two. */
extern struct lt_arena *roundtrip_arena;
int roundtrip_set_up(void **state);
int roundtrip_tear_down(void **state);

void roundtrip_alike(const struct lt_buf *have, const struct lt_buf *want);
/* protobuf-c unpacks and packs them to the same bytes. */
void roundtrip_packed_alike(const ProtobufCMessageDescriptor *message, const struct lt_buf *bytes);
/* Random messages of the seeds 0 to count - 1. `again` decodes into the empty arena, checks what it knows, and encodes into `out`:
 * the same bytes come back, and from protobuf-c too. False: it was to be refused, and was; only protobuf-c's answer counts. */
void roundtrip_random(const ProtobufCMessageDescriptor *message, uint64_t count,
		      bool (*again)(struct lt_bytes bytes, struct lt_buf *out));

#endif
