/* large_files.h: the files of large parts. DATA/large/ has
 *   DIGEST            the bytes of the part, and behind them the SHA-256 of each chunk of LARGE_CHUNK bytes
 *   DIGEST.AGENCY     one that is being written (AGENCY: of its code the SHA-256, 8 bytes): whole chunks that came; what is behind the
 *                     last whole one is cut when it goes on. Each agency has its own, so that nobody gets by another's bytes what he
 *                     does not have himself
 * A file has its own name only when all of it is synced and its digest is that of its name. So a crash at any moment leaves a part
 * that is whole, one that goes on, or none. The digests behind the bytes are held against their own digest, which stands in the state,
 * when a file is opened; each chunk against its digest before it goes out. One thread, but for free space. */
#ifndef BROKER_LARGE_FILES_H
#define BROKER_LARGE_FILES_H

#include "large_faults.h"

#define LARGE_CHUNK (256u * 1024u) /* bytes: as one message of the link carries */

struct large_files;
/* Makes the folder. What reading and writing tell of a file goes into `faults`, which outlives it. LT_EIO, LT_ENOMEM. */
enum lt_err large_files_open(const char *folder, struct large_faults *faults, struct large_files **out);
void large_files_close(struct large_files *files);
uint64_t large_files_free(const struct large_files *files); /* bytes free on its disk */
/* Files that `known` does not know go, and those being written that nobody has gone on with for a day. now: seconds of CLOCK_REALTIME. */
void large_files_sweep(struct large_files *files, int64_t now, bool (*known)(void *ctx, const uint8_t sha256[32]),
		       void *ctx);
/* It is known to be damaged or gone: it may be brought again. Any thread. */
bool large_files_damaged(const struct large_files *files, const uint8_t sha256[32]);
bool large_files_hold(const struct large_files *files, const uint8_t sha256[32]); /* a file of this name is there */
void large_files_remove(struct large_files *files, const uint8_t sha256[32]);

struct large_writing;
/* Goes on with what the agency has begun, or begins. LT_EIO, LT_ENOMEM. */
enum lt_err large_writing_open(struct large_files *files, const char *agency, const uint8_t sha256[32], uint64_t size,
			       struct large_writing **out);
uint64_t large_writing_offset(const struct large_writing *writing);
/* The next chunk: LARGE_CHUNK bytes, the last one what is left. LT_EINVAL: it is not. LT_EFULL, LT_EIO: nothing of it counts. */
enum lt_err large_writing_add(struct large_writing *writing, uint64_t offset, struct lt_bytes data);
/* All has come: synced, and under its name. chunks: SHA-256 over the digests of the chunks. LT_ECRYPTO: these are other bytes than the
 * digest's; they are gone. LT_EFULL, LT_EIO. */
enum lt_err large_writing_end(struct large_writing *writing, uint8_t chunks[32]);
void large_writing_close(struct large_writing *writing); /* what has come stays */

struct large_reading;
/* Of a part that should be there. LT_ENOENT; LT_ECORRUPT: its digests are not those of `chunks`, or its length is another. */
enum lt_err large_reading_open(struct large_files *files, const uint8_t sha256[32], uint64_t size,
			       const uint8_t chunks[32], struct large_reading **out);
/* A chunk; offset is a multiple of LARGE_CHUNK below the size (LT_EINVAL), buf has room for one. LT_ECORRUPT, LT_EIO. */
enum lt_err large_reading_get(struct large_reading *reading, uint64_t offset, uint8_t *buf, size_t *len);
void large_reading_close(struct large_reading *reading);

#endif
