/* large.h: which large parts (over LT_PART_MAX) this broker holds, for whom, and what refers to them. Their bytes lie in files of their
 * own (start/large_thread.h); here stands what apply may read. STORE_LARGE has four kinds of keys, by their first byte:
 *   p digest             -> size, SHA-256 over the digests of its chunks, references, time since when there are none
 *   o digest || agency's -> nothing: the agency has brought it, or an envelope that has it came into its mailbox, so it may name it
 *   u sequence || digest -> nothing: the record refers to it, until its parts are elided
 *   i time || digest     -> nothing: nothing has referred to it since then
 * Times are record times. A row that cannot be read is counted (store_faults). */
#ifndef BROKER_LARGE_H
#define BROKER_LARGE_H

#include <lienthong/envelope.h>

#include "store/store.h"
#include "store/store_keys.h"

struct large {
	uint64_t size;
	uint8_t chunks[32];
	uint32_t references;
	int64_t since; /* references 0: since then */
};
/* LT_ENOENT, LT_ECORRUPT. */
enum lt_err large_get(struct store *store, const uint8_t sha256[32], struct large *out);
bool large_owned(struct store *store, const uint8_t sha256[32], const char *agency);
void large_own(struct store *store, const uint8_t sha256[32], const char *agency);
/* It lies on the disk. What is known already stays as it is. */
void large_store(struct store *store, const uint8_t sha256[32], uint64_t size, const uint8_t chunks[32], int64_t time);
bool large_named_by(struct store *store, uint64_t sequence, const uint8_t sha256[32]);
/* The record refers to each large part of its header; they are there. Twice the same is once. */
void large_name(struct store *store, uint64_t sequence, const struct lt_header *header);
/* Whether what the record refers to can be read; also when it refers to nothing. */
bool large_holds(struct store *store, uint64_t sequence);
/* Its parts are elided. */
void large_let_go(struct store *store, uint64_t sequence, int64_t time);
/* Nothing has referred to them since before a time. Returns how many, at most max. */
size_t large_idle(struct store *store, int64_t before, uint8_t (*out)[32], size_t max);
/* The next, by digest, that something refers to; its digest is then key->data + 1. An empty key: the first. */
bool large_next(struct store *store, struct store_key *key, struct large *out);
/* Nothing refers to it, and all its rows can be read. */
bool large_may_go(struct store *store, const uint8_t sha256[32]);
/* All rows of one that nothing refers to. False: something does, or it is not there. */
bool large_forget(struct store *store, const uint8_t sha256[32]);

#endif
