/* simdisk.h: a folder in memory that behaves like a bad day. Writes stay apart until the file is synced; a crash drops them, or
 * keeps some of them, or tears one at a 512-byte sector. Names made, renamed or removed are durable when the folder is synced
 * (a crash may keep them or not). Same seed, same loss. One thread. */
#ifndef TESTS_SIMDISK_H
#define TESTS_SIMDISK_H

#include "journal/disk.h"

struct simdisk;
struct simdisk *simdisk_new(void);
void simdisk_free(struct simdisk *sim);
struct disk simdisk_disk(struct simdisk *sim); /* valid as long as sim */

/* The machine dies: descriptors are closed. Seed 0 drops all that was not synced; any other keeps a part of it. */
void simdisk_crash(struct simdisk *sim, uint64_t seed);
/* The process dies, the machine does not: everything written stays. */
void simdisk_kill(struct simdisk *sim);

/* The n-th write (sync) from now on fails with LT_EIO, and all after it; 1 is the next. 0: none. A failed sync marks the
 * data clean, as Linux does: it is readable until a crash and then gone. */
void simdisk_fail_write(struct simdisk *sim, uint64_t n);
void simdisk_fail_sync(struct simdisk *sim, uint64_t n);
/* Writes that would grow the sum of all sizes over this fail with LT_EFULL after what still fits. 0: no limit. */
void simdisk_set_capacity(struct simdisk *sim, uint64_t bytes);
uint64_t simdisk_writes(const struct simdisk *sim);
uint64_t simdisk_syncs(const struct simdisk *sim);

/* For damage by hand: flips bits of one byte, cuts, copies, or looks at a file as readers see it. LT_ENOENT. */
enum lt_err simdisk_flip(struct simdisk *sim, const char *name, uint64_t offset, uint8_t mask);
enum lt_err simdisk_cut(struct simdisk *sim, const char *name, uint64_t size);
enum lt_err simdisk_look(struct simdisk *sim, const char *name, struct lt_bytes *out);
/* A second, independent disk with the same files, all of it synced. */
struct simdisk *simdisk_clone(const struct simdisk *sim);

#endif
