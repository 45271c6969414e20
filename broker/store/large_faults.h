/* large_faults.h: which large parts have no whole file any more, as whoever has read them has found: for the status. Any thread. What is
 * whole again goes: brought anew, copied from a backup and read, or not needed any more. A start begins with none; the first look at all
 * (large_look.h) finds them again. Here alone it stands, too, who is bringing one again, and when somebody was asked to. */
#ifndef BROKER_LARGE_FAULTS_H
#define BROKER_LARGE_FAULTS_H

#include <lienthong/base.h>

#define LARGE_FAULTS_MAX \
	64u /* as many as the status names of one cause: a disk that has lost more needs other help than a list */

struct large_faults;
enum lt_err large_faults_new(struct large_faults **out); /* LT_ENOMEM */
void large_faults_free(struct large_faults *faults);
/* Where: the offset of a chunk that does not hold, or the file as such. What is known already changes nothing; of more than
 * LARGE_FAULTS_MAX the one that was found first goes: who waits for it finds it again. */
#define LARGE_FAULT_FILE UINT64_MAX
void large_faults_add(struct large_faults *faults, const uint8_t sha256[32], uint64_t where);
/* What was found there holds now: who fetches it goes on from where he was, and reads no more than that. */
void large_faults_end(struct large_faults *faults, const uint8_t sha256[32], uint64_t where);
void large_faults_remove(struct large_faults *faults, const uint8_t sha256[32]); /* wherever it was */
bool large_faults_has(struct large_faults *faults, const uint8_t sha256[32]);
/* Somebody begins to bring it again, or has ended that. */
void large_faults_coming(struct large_faults *faults, const uint8_t sha256[32], bool begins);
/* Whether somebody is to be asked at this time (microseconds that only rise) to bring it again: nobody does, nor was anybody asked in the last
 * LARGE_FAULT_ASK_US. True is the question. */
#define LARGE_FAULT_ASK_US \
	INT64_C(1000000) /* who has it begins at once, if he still has it; and who asks goes through all sessions */
bool large_faults_ask(struct large_faults *faults, const uint8_t sha256[32], int64_t now);
/* The first found first. Returns how many. */
size_t large_faults_list(struct large_faults *faults, uint8_t out[LARGE_FAULTS_MAX][32]);

#endif
