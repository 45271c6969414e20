/* large_open.c: large parts at the start: what a crash has left of their files goes, and what is missing is told. */
#include "broker.h"

#include "program/log.h"
#include "state/parts/large.h"

static bool holds_large(void *ctx, const uint8_t sha256[32])
{
	const struct broker *broker = ctx;
	return engine_holds_large(broker->engine, sha256);
}

/* What the state names and is not there: the look at the files (scrub.c) cannot see it. */
static void note_missing(struct broker *broker)
{
	struct large large;
	size_t missing = 0;
	for (struct store_key key = { 0 }; large_next(broker->store, &key, &large);) {
		if (large_files_hold(broker->large_files, key.data + 1))
			continue;
		large_faults_add(broker->large_faults, key.data + 1, LARGE_FAULT_FILE);
		missing++;
	}
	if (missing > 0)
		lt_log(LT_LOG_ERROR, "files of large parts are missing", "folder", broker->large_path, "files",
		       lt_log_u64(missing), "remedy", "copy them from a backup's large/; store check names them", NULL);
}

/* What a crash has left: files whose row is gone, or was never made. */
enum lt_err broker_open_large(struct broker *broker)
{
	large_files_sweep(broker->large_files, broker->env.now(broker->env.ctx) / 1000000, holds_large, broker);
	note_missing(broker);
	struct large_thread_options options = { .files = broker->large_files,
						.jobs = &broker->large_jobs,
						.outs = &broker->outs,
						.disk_reserve = &broker->disk_reserve };
	return large_thread_new(&options, &broker->large);
}
