/* large_jobs.h: work for the thread that keeps large parts (start/large_thread.h): from the gate what its peers send of them, from the
 * engine what it has let them do, in the order in which batches were released. Bounded by who puts: a session has a few at a time. */
#ifndef QUEUE_LARGE_JOBS_H
#define QUEUE_LARGE_JOBS_H

#include <pthread.h>

#include "input.h"

enum large_job_type {
	LARGE_JOB_OPEN = 1, /* the engine agrees: session, agency, sha256, size, chunks, write, known */
	LARGE_JOB_CHUNK,    /* session, sha256, offset, data */
	LARGE_JOB_GET,      /* session, sha256, offset */
	LARGE_JOB_LOST,     /* session */
	LARGE_JOB_GONE,     /* data: digests of those whose rows are gone, 32 bytes each */
};
struct large_job {
	struct large_job *next;
	enum large_job_type type;
	struct session_ref session;
	char agency[LT_AGENCY_MAX];
	uint8_t sha256[32], chunks[32];
	uint64_t size, offset;
	bool write, known; /* known: the agency has brought or got it before, and it is held */
	size_t data_len;
	uint8_t data[];
};
struct large_jobs {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct large_job *first, *last;
	bool stop;
};
void large_jobs_init(struct large_jobs *jobs);
void large_jobs_fini(struct large_jobs *jobs);
/* Any thread. Copies the job, and data behind it. */
void large_jobs_put(struct large_jobs *jobs, const struct large_job *job, struct lt_bytes data);
/* Waits for one; the caller frees it. NULL: large_jobs_stop, whatever still waits. */
struct large_job *large_jobs_take(struct large_jobs *jobs);
void large_jobs_stop(struct large_jobs *jobs);

#endif
