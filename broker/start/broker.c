/* broker.c: the threads: started in the order in which they need each other, ended in the order in which work runs dry. */
#include "archive.h"
#include "broker.h"

#include "signing.h"
#include "store/store_guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ADMIT_NICE = 5 }; /* below the engine: what is verified is of use only once it can be applied */

static void *run_gate(void *arg)
{
	struct broker *broker = arg;
	gate_run(broker->gate);
	return NULL;
}

static void *run_control(void *arg)
{
	control_thread_run(arg);
	return NULL;
}

static void *run_engine(void *arg)
{
	struct broker *broker = arg;
	uint64_t one = 1;
	engine_loop_run(broker->loop);
	if (write(broker->event, &one, sizeof one) != (ssize_t)sizeof one)
		lt_fatal("gate cannot be woken");
	return NULL;
}

static void *run_journal(void *arg)
{
	struct broker *broker = arg;
	while (helper_wait(&broker->journal_helper)) {
		enum lt_err err = journal_write(broker->journal, broker->writing, broker->commit);
		if (err)
			lt_fatal("journal: %s: nothing more can be promised", lt_err_text(err));
		helper_done(&broker->journal_helper);
	}
	return NULL;
}

static void *run_flush(void *arg)
{
	struct broker *broker = arg;
	while (helper_wait(&broker->flush_helper)) {
		enum lt_err err = store_flush(broker->store);
		if (err == LT_ECORRUPT)
			store_end("the store takes no flush: %s", lt_err_text(err));
		if (err)
			lt_fatal("store: %s", lt_err_text(err));
		helper_done(&broker->flush_helper);
	}
	return NULL;
}

static void *run_snapshot(void *arg)
{
	struct broker *broker = arg;
	while (helper_wait(&broker->snapshot_helper)) {
		if (archive_copy(broker->archive)) {
			helper_done(&broker->snapshot_helper);
			continue;
		}
		enum lt_err err = broker_snapshot(broker);
		broker->snapshot_failed = err != LT_OK;
		if (err && !atomic_load(&broker->stopping))
			lt_log(LT_LOG_ERROR, "snapshot failed", "error",
			       err == LT_ECLOSED ? "the store grew too much meanwhile" : lt_err_text(err), NULL);
		helper_done(&broker->snapshot_helper);
	}
	return NULL;
}

static void *run_sign(void *arg)
{
	struct broker *broker = arg;
	while (helper_wait(&broker->sign_helper)) {
		lt_buf_clear(&broker->sign_command);
		enum lt_err err =
			signing_make(broker->signer, lt_buf_bytes(&broker->sign_request), &broker->sign_command);
		broker->sign_failed = err; /* the engine thread asks again: a signer's hiccup is no reason to end */
		helper_done(&broker->sign_helper);
	}
	return NULL;
}

static void *run_reader(void *arg)
{
	struct broker *broker = arg;
	reader_thread_run(broker->reader);
	return NULL;
}

static void *run_large(void *arg)
{
	large_thread_run(arg);
	return NULL;
}

static void *run_ledger(void *arg)
{
	struct broker *broker = arg;
	while (helper_wait(&broker->ledger_errand)) {
		enum lt_err err = notary_work(broker->notary);
		if (err)
			lt_fatal("ledger: %s", lt_err_text(err));
		helper_done(&broker->ledger_errand);
	}
	return NULL;
}

struct admit_thread {
	struct broker *broker;
	struct admit *admit;
};

static void *run_admit(void *arg)
{
	struct admit_thread thread = *(struct admit_thread *)arg;
	free(arg);
	/* On Linux this sets one thread's priority; it may be refused, and then costs only latency. */
	if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), ADMIT_NICE) != 0)
		lt_log(LT_LOG_DEBUG, "admit threads keep their priority", NULL);
	for (struct ring_slot *slot; (slot = ring_claim(thread.broker->ring)) != NULL;) {
		admit_work(thread.admit, slot);
		ring_finish(thread.broker->ring, slot);
	}
	return NULL;
}

static void spawn(pthread_t *thread, const char *name, void *(*run)(void *), void *arg)
{
	if (pthread_create(thread, NULL, run, arg) != 0)
		lt_fatal("thread %s cannot be made", name);
	pthread_setname_np(*thread, name);
}

static enum lt_err make_admits(struct broker *broker, const struct lt_curve_key *key)
{
	struct admit_options options = { .env = &broker->env, .current = &broker->current, .stats = &broker->stats };
	memcpy(options.broker_key, key->public_key, sizeof options.broker_key);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t count =
		broker->config->admit_threads ? broker->config->admit_threads : (uint64_t)(cores > 0 ? cores : 1);
	broker->admit_count = count < CONFIG_ADMIT_THREADS_MAX ? (unsigned)count : CONFIG_ADMIT_THREADS_MAX;
	enum lt_err err = LT_OK;
	for (unsigned i = 0; i < broker->admit_count && !err; i++)
		err = admit_new(&options, &broker->admits[i]);
	return err;
}

static enum lt_err make_gate(struct broker *broker, const struct lt_curve_key *key, char *error, size_t error_size)
{
	struct control_thread_options control = { .env = &broker->env,
						  .current = &broker->current,
						  .stats = &broker->stats,
						  .path = broker->config->control,
						  .event = broker->event,
						  .operators = broker->config->operators,
						  .login = config_login,
						  .backup = broker_backup,
						  .backup_ctx = broker };
	enum lt_err err = control_thread_new(&control, &broker->control, error, error_size);
	if (err)
		return err;
	struct gate_options options = { .env = &broker->env,
					.domain = broker->config->domain,
					.endpoint = broker->config->endpoint,
					.key = *key,
					.ring = broker->ring,
					.current = &broker->current,
					.stats = &broker->stats,
					.outs = &broker->outs,
					.large = &broker->large_jobs,
					.operators = broker->control,
					.event = broker->event,
					.engine_done = &broker->engine_done,
					.agency_envelopes = broker->config->agency_envelopes,
					.agency_bytes = broker->config->agency_bytes,
					.plain = broker->config->plain };
	if (options.plain)
		lt_log(LT_LOG_WARNING, "transport = null: nothing is encrypted; for measurements only", NULL);
	engine_incarnation(broker->engine, options.incarnation);
	return gate_open(&options, &broker->gate, error, error_size);
}

enum lt_err broker_start(struct broker *broker, char *error, size_t error_size)
{
	struct lt_curve_key key;
	enum lt_err err = lt_curve_load(broker->config->curve_key, &key);
	if (err) {
		snprintf(error, error_size, "%s: %s (a file of 40 Z85 characters and mode 0600 is needed)",
			 broker->config->curve_key, lt_err_text(err));
		return err;
	}
	snprintf(error, error_size, "out of memory");
	err = make_admits(broker, &key);
	if (!err)
		err = make_gate(broker, &key, error, error_size);
	explicit_bzero(&key, sizeof key);
	if (err)
		return err;
	broker->started = true;
	spawn(&broker->journal_thread, "journal", run_journal, broker);
	spawn(&broker->flush_thread, "flush", run_flush, broker);
	spawn(&broker->snapshot_thread, "snapshot", run_snapshot, broker);
	spawn(&broker->sign_thread, "sign", run_sign, broker);
	spawn(&broker->ledger_thread, "ledger", run_ledger, broker);
	spawn(&broker->scrub_thread, "scrub", broker_scrub, broker);
	spawn(&broker->reader_thread, "reader", run_reader, broker);
	spawn(&broker->large_parts_thread, "large", run_large, broker->large);
	spawn(&broker->engine_thread, "engine", run_engine, broker);
	for (unsigned i = 0; i < broker->admit_count; i++) {
		struct admit_thread *thread = malloc(sizeof *thread);
		if (!thread)
			lt_fatal("out of memory: thread");
		*thread = (struct admit_thread){ .broker = broker, .admit = broker->admits[i] };
		spawn(&broker->admit_threads[i], "admit", run_admit, thread);
	}
	spawn(&broker->control_thread, "control", run_control, broker->control);
	spawn(&broker->gate_thread, "gate", run_gate, broker);
	return LT_OK;
}

/* From left to right: the gate seals the ring, the engine drains it, the gate says what was released and BYE. */
void broker_stop(struct broker *broker)
{
	if (!broker->started)
		return;
	atomic_store(&broker->stopping, true);
	large_jobs_stop(&broker->large_jobs); /* before the ring is sealed: what it has stored goes there */
	pthread_join(broker->large_parts_thread, NULL);
	wakeup_wake_all(&broker->scrub_wakeup);
	gate_stop(broker->gate);
	pthread_join(broker->gate_thread, NULL);
	pthread_join(broker->engine_thread, NULL);
	ring_close(broker->ring);
	for (unsigned i = 0; i < broker->admit_count; i++)
		pthread_join(broker->admit_threads[i], NULL);
	control_thread_stop(broker->control);
	pthread_join(broker->control_thread, NULL);
	reader_thread_stop(broker->reader);
	pthread_join(broker->reader_thread, NULL);
	helper_stop(&broker->journal_helper);
	helper_stop(&broker->flush_helper);
	helper_stop(&broker->snapshot_helper);
	helper_stop(&broker->sign_helper);
	helper_stop(&broker->ledger_errand);
	pthread_join(broker->journal_thread, NULL);
	pthread_join(broker->flush_thread, NULL);
	pthread_join(broker->snapshot_thread, NULL);
	pthread_join(broker->sign_thread, NULL);
	pthread_join(broker->ledger_thread, NULL);
	pthread_join(broker->scrub_thread, NULL);
	broker->started = false;
	broker_settle(broker);
}

void broker_rounds(const struct broker *broker, uint64_t rounds[BROKER_ROUNDS])
{
	rounds[0] = gate_rounds(broker->gate);
	rounds[1] = atomic_load_explicit(&broker->engine_rounds, memory_order_relaxed);
}
