/* segment.h: the journal's files from outside, for JOURNAL itself and for the tools that copy and count them. */
#ifndef BROKER_SEGMENT_H
#define BROKER_SEGMENT_H

#include "disk.h"

#define SEGMENT_NAME 32 /* "seg-" 20 digits ".ltj" and NUL */
void segment_name(uint64_t first, const char *ending, char out[SEGMENT_NAME]);
/* False when it is not the name of a segment, written in that one way. */
bool segment_parse_name(const char *name, uint64_t *first);
/* Where the batch with record `last` ends in the segment that begins with `first`. Who copies a running journal takes nothing
 * behind it: the journal may be writing there, and a batch that is half copied with a whole one behind it would be damage.
 * LT_ECORRUPT: no batch where one should be. */
enum lt_err segment_find_end(const struct disk *disk, const char *name, uint64_t first, uint64_t last, uint64_t *end);

#endif
