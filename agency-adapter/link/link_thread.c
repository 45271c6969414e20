/* link_thread.c: session events and the loop.
 *
 * The thread sleeps on the link's socket and on a descriptor by which others wake it. Awake, it lets the link client
 * work, sends what waits in the outbox, asks what was asked, and says RECEIVED for what the store has synced
 * meanwhile. What must be durable is a job for the store thread; its end comes back by the same descriptor. So nothing
 * here waits for a disk, and the client has one user. */
#include "link_thread.h"

#include "mail/history/comeback.h"
#include "mail/history/feed.h"
#include "mail/quarantine.h"
#include "program/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP_MS 200             /* longest sleep: queries and retries are looked at that often */
#define DIRECTORY_US 10000000LL /* a directory that did not come is asked for again */

size_t link_agency_index(const struct adapter *adapter, const char *code)
{
	for (size_t i = 0; i < adapter->speaker.agency_count; i++) {
		if (strcmp(adapter->speaker.agencies[i].code, code) == 0)
			return i;
	}
	return LINK_AGENCIES_MAX;
}

void link_changed(struct adapter *adapter)
{
	if (adapter->events.changed)
		adapter->events.changed(adapter->ctx);
}

/* The newest record of the broker that we have heard of. */
void link_head(void *ctx, uint64_t sequence)
{
	struct adapter *adapter = ctx;
	if (sequence > atomic_load(&adapter->head) && sequence <= INT64_MAX)
		atomic_store(&adapter->head, sequence);
}

static void want_directory(struct adapter *adapter, uint64_t version)
{
	adapter->wanted_directory = version;
	int64_t now = adapter->speaker.now();
	if (!link_directory_missing(adapter) || now - adapter->directory_asked < DIRECTORY_US)
		return;
	adapter->directory_asked = now;
	if (lt_link_client_directory(adapter->client))
		adapter->directory_asked = 0;
}

struct meeting {
	struct adapter *adapter;
	const struct lt_link_welcome *welcome;
	bool again;
	uint64_t again_until, doubted;
};

static enum lt_err meet(void *ctx, struct vault_tx *tx)
{
	struct meeting *meeting = ctx;
	enum lt_err err = outbox_meet(tx, &meeting->adapter->speaker, meeting->welcome->incarnation,
				      meeting->welcome->head, &meeting->again);
	if (!err)
		err = feed_tell(tx, &(struct feed_event){ .event = LT_EVENT_LINK_CONNECTED,
							  .time = meeting->adapter->speaker.now() });
	if (!err)
		err = vault_meta_get(tx, "doubted_at", &meeting->doubted);
	return err ? err : vault_meta_get(tx, "reoffer_until", &meeting->again_until);
}

static void on_welcome(void *ctx, const struct lt_link_welcome *welcome)
{
	struct adapter *adapter = ctx;
	struct meeting meeting = { .adapter = adapter, .welcome = welcome };
	enum lt_err err = vault_run(adapter->vault, meet, &meeting);
	if (err)
		lt_log(LT_LOG_ERROR, "the broker's state cannot be noted", "error", lt_err_text(err), NULL);
	bool reload = atomic_exchange(&adapter->answers_lost, false) || meeting.again || meeting.doubted;
	if (meeting.again)
		link_renew(adapter); /* the key in use may be another one than then */
	adapter->epoch = welcome->epoch;
	adapter->session_began = adapter->speaker.now();
	atomic_store(&adapter->doubted, false);
	sender_restart(adapter->sender, reload, (int64_t)meeting.again_until);
	atomic_store(&adapter->head, welcome->head);
	link_changed(adapter);
	link_up(adapter, true);
	lt_log(LT_LOG_NOTICE, "session opened", "epoch", lt_log_u64(welcome->epoch), "head", lt_log_u64(welcome->head),
	       "directory", lt_log_u64(welcome->directory_version), NULL);
	adapter->directory_asked = 0;
	want_directory(adapter, welcome->directory_version);
	link_ledger_welcome(adapter, welcome->checkpoint, adapter->session_began);
}

static uint64_t on_resume(void *ctx, const char *agency)
{
	struct adapter *adapter = ctx;
	size_t index = link_agency_index(adapter, agency);
	if (index == LINK_AGENCIES_MAX)
		return 0;
	adapter->acknowledged[index] = atomic_load(&adapter->stored[index]);
	return adapter->acknowledged[index];
}

struct received {
	struct adapter *adapter;
	const char *agency;
	uint64_t received, stored;
};

static enum lt_err run_met(void *ctx, struct vault_tx *tx)
{
	const struct received *met = ctx;
	return comeback_met(tx, met->adapter->speaker.now(), met->agency, met->received, met->stored);
}

struct rewind {
	const char *agency;
	uint64_t number;
};

static enum lt_err run_rewind(void *ctx, struct vault_tx *tx)
{
	const struct rewind *rewind = ctx;
	return inbox_rewind(tx, rewind->agency, rewind->number);
}

/* A broker that was restored gives numbers again that we have seen before; items are known by their ids, so nothing is
 * taken twice. And where we lack what the broker does not keep any more, its operator has said where we begin. */
static void on_acknowledged(void *ctx, const char *agency, uint64_t acknowledged, uint64_t head, uint64_t received)
{
	struct adapter *adapter = ctx;
	size_t index = link_agency_index(adapter, agency);
	if (index < LINK_AGENCIES_MAX)
		link_spoken_for(adapter, index);
	if (index == LINK_AGENCIES_MAX)
		return;
	uint64_t stored = atomic_load(&adapter->stored[index]);
	struct received met = { adapter, agency, received, stored };
	if (vault_run(adapter->vault, run_met, &met))
		lt_log(LT_LOG_ERROR, "what the broker holds as received cannot be noted", "agency", agency, NULL);
	atomic_store(&adapter->alone, false);
	if (head >= stored && acknowledged <= stored)
		return;
	struct rewind rewind = { .agency = agency, .number = acknowledged < head ? acknowledged : head };
	lt_log(LT_LOG_WARNING,
	       head < stored ? "the broker's mailbox is behind what is on disk here"
			     : "the broker's operator has said where this adapter begins: what came before is not here",
	       "agency", agency, "broker_head", lt_log_u64(head), "received_here", lt_log_u64(stored), "begins_behind",
	       lt_log_u64(rewind.number), NULL);
	if (vault_run(adapter->vault, run_rewind, &rewind))
		return;
	atomic_store(&adapter->stored[index], rewind.number);
	adapter->acknowledged[index] = rewind.number;
}

struct echo {
	const char *agency;
	const uint64_t *numbers;
	size_t count;
};

static enum lt_err run_echo(void *ctx, struct vault_tx *tx)
{
	const struct echo *echo = ctx;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < echo->count && !err; i++)
		err = quarantine_told(tx, echo->agency, echo->numbers[i]);
	return err;
}

static void on_excepted(void *ctx, const char *agency, const uint64_t *numbers, size_t count)
{
	struct adapter *adapter = ctx;
	struct echo echo = { agency, numbers, count };
	size_t index = link_agency_index(adapter, agency);
	if (index == LINK_AGENCIES_MAX)
		return;
	if (count > 0 && vault_run(adapter->vault, run_echo, &echo))
		lt_log(LT_LOG_ERROR, "what the broker knows of exceptions cannot be noted", "agency", agency, NULL);
	adapter->excepted[index] = 0;
	atomic_store(&adapter->except_more, true);
}

struct answers_job {
	struct adapter *adapter;
	struct job_walk walk;
	struct outbox_answer answers[];
};

static enum lt_err answers_run(void *ctx, struct vault_tx *tx)
{
	struct answers_job *job = ctx;
	enum lt_err err = LT_OK;
	for (size_t i = walk_from(&job->walk); i < walk_to(&job->walk) && !err; i++)
		err = outbox_answered(tx, &job->adapter->speaker, &job->answers[i]);
	return err;
}

static void answers_done(void *ctx, enum lt_err err)
{
	struct answers_job *job = ctx;
	struct adapter *adapter = job->adapter;
	if (err && (job->walk.alone || err != LT_ECORRUPT))
		lt_log(LT_LOG_ERROR, "answers of the broker cannot be stored", "error", lt_err_text(err), NULL);
	if (err && err != LT_ECORRUPT) /* they stay in the queue and are submitted again with the next session */
		atomic_store(&adapter->answers_lost, true);
	if (err == LT_ECORRUPT && job->walk.alone) { /* that one too, but no new session would mend it */
		pthread_mutex_lock(&adapter->own_mutex);
		lt_refuse(&adapter->damage, LT_MAIL_DAMAGED, "store: what is kept of its dossier cannot be read");
		pthread_mutex_unlock(&adapter->own_mutex);
	}
	for (size_t i = walk_from(&job->walk); i < walk_to(&job->walk) && !err && adapter->events.answered; i++)
		adapter->events.answered(adapter->ctx, &job->answers[i]);
	if (walk_again(&job->walk, err)) {
		vault_post(adapter->vault, &(struct vault_job){ .run = answers_run, .done = answers_done, .ctx = job });
		return;
	}
	link_changed(adapter);
	link_arrivals_soon(adapter);
	free(job);
}

static void on_answers(void *ctx, const struct lt_link_answer *answers, size_t count)
{
	struct adapter *adapter = ctx;
	int64_t now = adapter->speaker.now();
	struct answers_job *job = calloc(1, sizeof(*job) + count * sizeof(job->answers[0]));
	if (!job)
		lt_fatal("out of memory");
	job->adapter = adapter;
	for (size_t i = 0; i < count; i++) {
		struct outbox_answer *answer = &job->answers[job->walk.count];
		if (!sender_answered(adapter->sender, &answers[i], now, answer))
			continue;
		link_head(adapter, answer->sequence);
		answer->epoch = adapter->epoch;
		answer->began = adapter->session_began;
		job->walk.count++;
	}
	if (job->walk.count == 0) {
		free(job);
		return;
	}
	vault_post(adapter->vault, &(struct vault_job){ .run = answers_run, .done = answers_done, .ctx = job });
}

static void use_directory(struct adapter *adapter)
{
	struct directory_page *page = directory_current_ref(adapter->book);
	verifier_directory(adapter->verifier, directory_current_directory(page));
	directory_current_unref(page);
}

static void on_directory(void *ctx, uint64_t version, struct lt_bytes signed_directory)
{
	struct adapter *adapter = ctx;
	struct lt_refusal refusal = { 0 };
	uint64_t before = directory_current_version(adapter->book);
	adapter->directory_asked = 0;
	adapter->wanted_directory = version;
	if (directory_current_take(adapter->book, signed_directory, verifier_trust(adapter->verifier),
				   adapter->speaker.now(), &refusal)) {
		lt_log(LT_LOG_ERROR, "the directory is refused, the one before stays", "version", lt_log_u64(version),
		       "reason", lt_reason_name(refusal.reason), "detail", refusal.detail, NULL);
		adapter->refused_directory = version;
	} else if (directory_current_version(adapter->book) != before) {
		use_directory(adapter);
		if (lt_file_write(adapter->directory_path, signed_directory, 0600))
			lt_log(LT_LOG_ERROR, "the directory cannot be kept", "path", adapter->directory_path, "error",
			       strerror(errno), NULL);
		link_held_again(adapter);
		lt_log(LT_LOG_NOTICE, "new directory", "version", lt_log_u64(directory_current_version(adapter->book)),
		       NULL);
	}
	link_release_held(adapter);
}

static void on_directory_version(void *ctx, uint64_t version)
{
	want_directory(ctx, version);
}

static enum lt_err tell_lost(void *ctx, struct vault_tx *tx)
{
	struct adapter *adapter = ctx;
	return feed_tell(tx, &(struct feed_event){ .event = LT_EVENT_LINK_LOST, .time = adapter->speaker.now() });
}

static void told(void *ctx, enum lt_err err)
{
	(void)err;
	link_changed(ctx);
}

static void on_lost(void *ctx)
{
	struct adapter *adapter = ctx;
	vault_post(adapter->vault, &(struct vault_job){ .run = tell_lost, .done = told, .ctx = adapter });
	link_up(adapter, false);
	sender_lost(adapter->sender);
	link_ledger_lost(adapter);
	link_drop_held(adapter);
	link_queries_fail(adapter);
	lt_log(LT_LOG_WARNING, "session lost", NULL);
}

static void on_bye(void *ctx, const struct lt_refusal *why)
{
	struct adapter *adapter = ctx;
	lt_log(LT_LOG_WARNING, "the session ends", "reason", lt_reason_name(why->reason), "detail", why->detail, NULL);
	atomic_store(&adapter->end_reason, (int)why->reason);
	link_said_bye(adapter, why);
	if (why->reason == LT_BROKER_DOUBTFUL)
		atomic_store(&adapter->doubted, true);
}

const struct lt_link_events link_thread_events = {
	.welcome = on_welcome,
	.resume = on_resume,
	.acknowledged = on_acknowledged,
	.excepted = on_excepted,
	.answers = on_answers,
	.deliver = link_deliver,
	.directory = on_directory,
	.directory_version = on_directory_version,
	.holdings = link_holdings,
	.report = link_report,
	.give = link_give,
	.definitions = link_definitions,
	.lists = link_lists,
	.part_wanted = link_part_wanted,
	.list = link_list,
	.query = link_query_answer,
	.procedures = link_query_procedures,
	.applicant = link_query_applicant,
	.lost = on_lost,
	.down = link_down,
	.clock = link_clock,
	.legal_ahead = link_legal_ahead,
	.head = link_head,
	.bye = on_bye,
	.taken_away = link_taken_away,
};

/* Exceptions go with RECEIVED, and again in each session until WELCOME has them. */
static void send_exceptions(struct adapter *adapter, size_t index)
{
	struct quarantine_exception found[QUARANTINE_LIST_MAX];
	struct lt_link_exception list[QUARANTINE_LIST_MAX];
	const char *agency = adapter->speaker.agencies[index].code;
	struct vault_tx *tx;
	size_t count = QUARANTINE_LIST_MAX;
	while (count == QUARANTINE_LIST_MAX) {
		if (vault_read_begin(adapter->vault, &tx))
			return;
		enum lt_err err = quarantine_untold(tx, agency, adapter->excepted[index], found, &count);
		vault_read_end(tx);
		for (size_t i = 0; i < count && !err; i++) {
			list[i] = (struct lt_link_exception){ found[i].number, found[i].reason, { 0 } };
			memcpy(list[i].sha256, found[i].sha256, 32);
		}
		/* The store may be ahead of what counts as stored: none above the number is told, they go with the next one. */
		uint64_t stored = atomic_load(&adapter->stored[index]);
		size_t told = count;
		while (told > 0 && found[told - 1].number > stored)
			told--;
		if (told < count)
			atomic_store(&adapter->except_more, true);
		if (err || told == 0 || lt_link_client_except(adapter->client, agency, stored, list, told))
			return;
		adapter->excepted[index] = found[told - 1].number;
		if (told < count)
			return;
	}
}

static void send_received(struct adapter *adapter)
{
	bool more = lt_link_client_ready(adapter->client) && atomic_exchange(&adapter->except_more, false);
	if (more && atomic_exchange(&adapter->except_again, false))
		memset(adapter->excepted, 0, sizeof(adapter->excepted));
	for (size_t i = 0; i < adapter->speaker.agency_count; i++) {
		uint64_t stored = atomic_load(&adapter->stored[i]);
		if (more)
			send_exceptions(adapter, i);
		if (stored <= adapter->acknowledged[i] || !lt_link_client_ready(adapter->client))
			continue;
		if (!lt_link_client_received(adapter->client, adapter->speaker.agencies[i].code, stored))
			adapter->acknowledged[i] = stored;
	}
}

static void reload(struct adapter *adapter)
{
	char error[256] = "";
	struct directory_page *page = directory_current_ref(adapter->book);
	if (verifier_reload(adapter->verifier, directory_current_directory(page), error, sizeof(error)))
		lt_log(LT_LOG_ERROR, "CA and CRL cannot be read again, the old ones stay", "error", error, NULL);
	else
		lt_log(LT_LOG_NOTICE, "CA and CRL read again", NULL);
	directory_current_unref(page);
	adapter->lists_refused_count = 0;
	link_own_trust(adapter, adapter->speaker.now());
	link_held_again(adapter);
}

static void step(struct adapter *adapter)
{
	int64_t now = adapter->speaker.now();
	if (atomic_exchange(&adapter->reload, false))
		reload(adapter);
	if (atomic_exchange(&adapter->gap, false))
		lt_link_client_anew(adapter->client); /* SPEC.md section 5, "Receiving" */
	if (link_directory_missing(adapter))
		want_directory(adapter, adapter->wanted_directory);
	link_release_held(adapter);
	link_ledger_step(adapter, now);
	link_renew_step(adapter, now);
	enum lt_err err = link_ledger_agrees(adapter) && !atomic_load(&adapter->renewing)
				  ? sender_pump(adapter->sender, adapter->vault, adapter->carry, adapter->client, now)
				  : LT_OK;
	if (err)
		lt_log(LT_LOG_ERROR, "the outbox cannot be read", "error", lt_err_text(err), NULL);
	send_received(adapter);
	link_held_step(adapter, now);
	link_arrivals_step(adapter, now);
	link_queries_step(adapter, now);
	link_clock_step(adapter, now);
	link_away_step(adapter, now);
	link_down_step(adapter, now);
	link_housekeep(adapter, now);
}

static void end(struct adapter *adapter)
{
	enum lt_reason reason = (enum lt_reason)atomic_load(&adapter->end_reason);
	atomic_store(&adapter->connected, false);
	atomic_store(&adapter->ended, true);
	link_drop_held(adapter);
	link_queries_fail(adapter);
	lt_log(LT_LOG_ERROR, "the link has ended and does not come back by itself", "reason", lt_reason_name(reason),
	       NULL);
	if (adapter->events.ended)
		adapter->events.ended(adapter->ctx, reason);
}

static void drain(int fd)
{
	uint64_t count;
	ssize_t ignored = read(fd, &count, sizeof(count));
	(void)ignored;
}

void *link_thread_main(void *ctx)
{
	struct adapter *adapter = ctx;
	link_renew(adapter);
	while (!atomic_load(&adapter->stopping)) {
		atomic_fetch_add(&adapter->rounds, 1);
		if (atomic_load(&adapter->ended)) {
			struct pollfd wait = { .fd = adapter->wake_fd, .events = POLLIN };
			poll(&wait, 1, STEP_MS);
			drain(adapter->wake_fd);
			continue;
		}
		step(adapter);
		int wait = sender_wait_ms(adapter->sender, adapter->speaker.now(), STEP_MS);
		enum lt_err err = lt_link_client_poll(adapter->client, adapter->wake_fd, wait);
		drain(adapter->wake_fd);
		if (err == LT_ECLOSED)
			end(adapter);
		else if (err && err != LT_ETIMEOUT)
			lt_log(LT_LOG_ERROR, "the link failed", "error", lt_err_text(err), NULL);
	}
	link_queries_fail(adapter);
	return NULL;
}
