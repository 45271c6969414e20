/* scrub.c: the slow look at the whole journal and at the files of large parts, so that damage is found before somebody needs what it has
 * hit. What is damaged of large parts is looked at again every few minutes: who copies it from a backup sees the cause end. */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program/log.h"
#include "broker.h"
#include "queue/env.h"
#include "store/large_look.h"

enum {
	SCRUB_NICE = 19,
	SCRUB_PAUSE_BYTES = 4 << 20, /* 4 MiB, then a pause: at most about 50 MB/s of the disk */
	SCRUB_PAUSE_US = 80000,
	SCRUB_AGAIN_US = 300000000, /* between two looks at what is damaged of large parts */
};
#define HOUR_US INT64_C(3600000000)

struct scrub {
	struct broker *broker;
	size_t since_pause;
};

static bool stopping(void *ctx)
{
	struct broker *broker = ctx;
	return atomic_load(&broker->stopping);
}

static bool pace(void *ctx, size_t bytes)
{
	struct scrub *scrub = ctx;
	scrub->since_pause += bytes;
	if (scrub->since_pause >= SCRUB_PAUSE_BYTES) {
		scrub->since_pause = 0;
		wakeup_wait(&scrub->broker->scrub_wakeup, stopping, scrub->broker, SCRUB_PAUSE_US);
	}
	return !stopping(scrub->broker);
}

static bool goes_on(void *ctx, uint64_t sequence, size_t bytes)
{
	(void)sequence;
	return pace(ctx, bytes);
}

static void look_at_journal(struct broker *broker)
{
	struct scrub scrub = { .broker = broker };
	struct journal_report report = { 0 };
	struct disk disk = { 0 };
	enum lt_err err = disk_open_beside(broker->journal_path, &disk);
	if (!err)
		err = journal_scrub(&disk, lt_record_leaf, goes_on, &scrub, &report);
	disk_close(&disk);
	if (err == LT_ECLOSED)
		return;
	stats_add(&broker->stats, STATS_SCRUBS, 1);
	if (!err) {
		lt_log(LT_LOG_INFO, "journal looked at from its beginning: it holds", "up_to", lt_log_u64(report.last),
		       NULL);
		return;
	}
	stats_add(&broker->stats, STATS_SCRUB_DAMAGE, 1);
	lt_log(LT_LOG_ERROR, "the journal is damaged; restore these records from a backup", "where",
	       report.damage[0] ? report.damage : lt_err_text(err), NULL);
}

static void look_at_large(const struct broker *broker, enum lt_err err)
{
	if (err && err != LT_ECLOSED)
		lt_log(LT_LOG_ERROR, "large parts cannot be looked at", "folder", broker->large_path, "error",
		       lt_err_text(err), NULL);
}

void *broker_scrub(void *arg)
{
	struct broker *broker = arg;
	int64_t pause = (int64_t)broker->config->scrub_hours * HOUR_US;
	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), SCRUB_NICE);
	while (!stopping(broker)) {
		struct scrub scrub = { .broker = broker };
		look_at_journal(broker);
		look_at_large(broker, large_look_all(broker->large_path, broker->large_faults, pace, &scrub));
		int64_t until = broker->env.boottime(broker->env.ctx) + pause;
		for (int64_t left = pause; left > 0 && !stopping(broker);
		     left = until - broker->env.boottime(broker->env.ctx)) {
			wakeup_wait(&broker->scrub_wakeup, stopping, broker,
				    left < SCRUB_AGAIN_US ? left : SCRUB_AGAIN_US);
			look_at_large(broker, large_look_again(broker->large_path, broker->large_faults, pace, &scrub));
		}
	}
	return NULL;
}
