/* large_thread.h: the thread that keeps the files of large parts: it writes what peers bring and reads what they fetch, chunk by chunk, in
 * the order in which it was asked, so that transfers take turns. Jobs come from the gate and the engine (queue/large_jobs.h), answers go
 * to the gate; what lies whole on the disk goes through the gate to the engine as a LARGE command, and is told its sender with the
 * record of that. */
#ifndef START_LARGE_THREAD_H
#define START_LARGE_THREAD_H

#include "queue/gate_outputs.h"
#include "queue/large_jobs.h"
#include "store/large_files.h"

struct large_thread;
struct large_thread_options {
	struct large_files *files; /* its alone, once it runs */
	struct large_jobs *jobs;
	struct gate_outputs *outs;
	const _Atomic uint64_t *disk_reserve; /* bytes that stay free */
};
enum lt_err large_thread_new(const struct large_thread_options *options, struct large_thread **out); /* LT_ENOMEM */
void large_thread_free(struct large_thread *thread);
void large_thread_run(struct large_thread *thread); /* until large_jobs_stop */

#endif
