/* large_jobs.c: a list under a lock that is held for two pointers. */
#include "large_jobs.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"

void large_jobs_init(struct large_jobs *jobs)
{
	*jobs = (struct large_jobs){ 0 };
	pthread_mutex_init(&jobs->lock, NULL);
	pthread_cond_init(&jobs->more, NULL);
}

void large_jobs_fini(struct large_jobs *jobs)
{
	while (jobs->first) {
		struct large_job *job = jobs->first;
		jobs->first = job->next;
		free(job);
	}
	pthread_cond_destroy(&jobs->more);
	pthread_mutex_destroy(&jobs->lock);
}

void large_jobs_put(struct large_jobs *jobs, const struct large_job *job, struct lt_bytes data)
{
	struct large_job *copy = malloc(sizeof(*copy) + data.len);
	if (!copy)
		lt_fatal("out of memory: a chunk of a large part");
	*copy = *job;
	copy->next = NULL;
	copy->data_len = data.len;
	if (data.len > 0)
		memcpy(copy->data, data.data, data.len);
	pthread_mutex_lock(&jobs->lock);
	if (jobs->last)
		jobs->last->next = copy;
	else
		jobs->first = copy;
	jobs->last = copy;
	pthread_cond_signal(&jobs->more);
	pthread_mutex_unlock(&jobs->lock);
}

struct large_job *large_jobs_take(struct large_jobs *jobs)
{
	pthread_mutex_lock(&jobs->lock);
	while (!jobs->first && !jobs->stop)
		pthread_cond_wait(&jobs->more, &jobs->lock);
	struct large_job *job = jobs->stop ? NULL : jobs->first;
	if (job) {
		jobs->first = job->next;
		if (!jobs->first)
			jobs->last = NULL;
	}
	pthread_mutex_unlock(&jobs->lock);
	return job;
}

void large_jobs_stop(struct large_jobs *jobs)
{
	pthread_mutex_lock(&jobs->lock);
	jobs->stop = true;
	pthread_cond_signal(&jobs->more);
	pthread_mutex_unlock(&jobs->lock);
}
