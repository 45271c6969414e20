/* large_faults.c: a short list of digests behind a lock. */
#include "large_faults.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct large_faults {
	pthread_mutex_t lock;
	size_t count;
	struct large_fault {
		uint8_t sha256[32];
		uint64_t where;
		int64_t asked;   /* 0: not yet */
		unsigned coming; /* who brings it now */
	} list[LARGE_FAULTS_MAX];
};

enum lt_err large_faults_new(struct large_faults **out)
{
	struct large_faults *faults = calloc(1, sizeof(*faults));
	if (!faults)
		return LT_ENOMEM;
	pthread_mutex_init(&faults->lock, NULL);
	*out = faults;
	return LT_OK;
}

void large_faults_free(struct large_faults *faults)
{
	if (!faults)
		return;
	pthread_mutex_destroy(&faults->lock);
	free(faults);
}

/* The lock is held. */
static size_t find(const struct large_faults *faults, const uint8_t sha256[32])
{
	size_t i = 0;
	while (i < faults->count && memcmp(faults->list[i].sha256, sha256, 32) != 0)
		i++;
	return i;
}

/* The lock is held. */
static void take_out(struct large_faults *faults, size_t i)
{
	faults->count--;
	memmove(&faults->list[i], &faults->list[i + 1], (faults->count - i) * sizeof(faults->list[0]));
}

void large_faults_add(struct large_faults *faults, const uint8_t sha256[32], uint64_t where)
{
	pthread_mutex_lock(&faults->lock);
	if (find(faults, sha256) == faults->count) {
		if (faults->count == LARGE_FAULTS_MAX)
			take_out(faults, 0);
		struct large_fault *fault = &faults->list[faults->count++];
		*fault = (struct large_fault){ .where = where };
		memcpy(fault->sha256, sha256, 32);
	}
	pthread_mutex_unlock(&faults->lock);
}

void large_faults_end(struct large_faults *faults, const uint8_t sha256[32], uint64_t where)
{
	pthread_mutex_lock(&faults->lock);
	size_t i = find(faults, sha256);
	if (i < faults->count && faults->list[i].where == where)
		take_out(faults, i);
	pthread_mutex_unlock(&faults->lock);
}

void large_faults_remove(struct large_faults *faults, const uint8_t sha256[32])
{
	pthread_mutex_lock(&faults->lock);
	size_t i = find(faults, sha256);
	if (i < faults->count)
		take_out(faults, i);
	pthread_mutex_unlock(&faults->lock);
}

bool large_faults_has(struct large_faults *faults, const uint8_t sha256[32])
{
	pthread_mutex_lock(&faults->lock);
	bool found = find(faults, sha256) < faults->count;
	pthread_mutex_unlock(&faults->lock);
	return found;
}

bool large_faults_ask(struct large_faults *faults, const uint8_t sha256[32], int64_t now)
{
	pthread_mutex_lock(&faults->lock);
	size_t at = find(faults, sha256);
	struct large_fault *fault = &faults->list[at];
	bool may = at < faults->count && fault->coming == 0 &&
		   (fault->asked == 0 || now - fault->asked >= LARGE_FAULT_ASK_US);
	if (may)
		fault->asked = now;
	pthread_mutex_unlock(&faults->lock);
	return may;
}

void large_faults_coming(struct large_faults *faults, const uint8_t sha256[32], bool begins)
{
	pthread_mutex_lock(&faults->lock);
	size_t at = find(faults, sha256);
	if (at < faults->count && begins)
		faults->list[at].coming++;
	else if (at < faults->count && faults->list[at].coming > 0)
		faults->list[at].coming--;
	pthread_mutex_unlock(&faults->lock);
}

size_t large_faults_list(struct large_faults *faults, uint8_t out[LARGE_FAULTS_MAX][32])
{
	pthread_mutex_lock(&faults->lock);
	size_t count = faults->count;
	for (size_t i = 0; i < count; i++)
		memcpy(out[i], faults->list[i].sha256, sizeof(out[i]));
	pthread_mutex_unlock(&faults->lock);
	return count;
}
