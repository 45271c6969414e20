/* part_files.h: the files of large parts (over LT_PART_MAX), in DATA/large/:
 *   DIGEST       a part, whole and synced; its row is in the vault (mail/parts.h)
 *   get-DIGEST   one that is being fetched from the broker: goes on where the file ends
 *   get-spool    one that is being copied out of the spool: begun anew
 *   up-ID        an upload of the agency's system: goes on where its row in the vault says, which was written behind a sync
 * A file has the name of a digest only when its bytes are that. Free space is looked at by who begins one. Each file has one writer; all
 * else may be called by any thread. */
#ifndef ADAPTER_PART_FILES_H
#define ADAPTER_PART_FILES_H

#include "base/digest.h"

#include <lienthong/base.h>

#define PART_FILES_CHUNK (256u * 1024u) /* bytes: a fetch goes on at a multiple of it */

struct part_files;
/* Makes the folder. LT_EIO, LT_ENOMEM. */
enum lt_err part_files_open(const char *data, uint64_t disk_reserve, struct part_files **out);
void part_files_close(struct part_files *files);          /* takes NULL */
uint64_t part_files_room(const struct part_files *files); /* bytes free above the reserve */
/* A descriptor to read a whole part with; -1: it is not there, errno says why. */
int part_files_read(const struct part_files *files, const uint8_t sha256[32]);
void part_files_drop(const struct part_files *files, const char *name); /* of one that is being written */
/* What `known` does not know, of names of digests and of uploads ("up-ID"), and fetches that stand still for a day. Young files stay: their
 * row may be under way. now: microseconds. */
void part_files_sweep(const struct part_files *files, int64_t now, bool (*known)(void *ctx, const char *name),
		      void *ctx);

struct part_writing;
/* Opens or makes the file and hashes its first bytes: up to `offset`, or with UINT64_MAX all whole chunks that are there. What lies behind
 * is cut. LT_ECORRUPT: it is shorter. LT_EIO, LT_EFULL, LT_ENOMEM. */
enum lt_err part_writing_open(const struct part_files *files, const char *name, uint64_t offset,
			      struct part_writing **out);
uint64_t part_writing_offset(const struct part_writing *writing);
enum lt_err part_writing_add(struct part_writing *writing, const void *data, size_t len); /* LT_EIO, LT_EFULL */
const struct digest *part_writing_digest(const struct part_writing *writing);
/* Back to an earlier offset, with the digest of then. */
enum lt_err part_writing_back(struct part_writing *writing, uint64_t offset, const struct digest *digest);
void part_writing_sync(
	struct part_writing *writing); /* ends the process when it fails: the page cache lies after that */
/* Synced, and under the name of its digest, which is told. expected, not NULL: LT_ECRYPTO when it is another; the file is gone then. */
enum lt_err part_writing_end(struct part_writing *writing, const uint8_t *expected, uint8_t sha256[32]);
void part_writing_close(struct part_writing *writing); /* takes NULL; the file stays */

#endif
