/* carry.c: a list of what is wanted, and the threads that work on it. */
#include "carry.h"

#include "link/carrier.h"
#include "program/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WANTS_MAX 4096u    /* in the list; who asks for more asks again */
#define AGAIN_US 1000000LL /* after a failure; doubles */
#define AGAIN_MAX_US 60000000LL

enum want_state { WANT_WAITS, WANT_RUNS, WANT_DONE };
struct want {
	char agency[LT_AGENCY_MAX];
	uint8_t sha256[32];
	uint64_t size, number; /* number 0: to be brought */
	enum want_state state;
	unsigned tries;
	int64_t at; /* not before */
	struct lt_refusal why;
	bool again; /* for the broker's sake: nobody here waits for it */
};
struct carry {
	struct carry_options options; /* its keys under the mutex */
	uint64_t keys_changed;        /* under the mutex: how often */
	char *endpoint;
	pthread_mutex_t mutex;
	pthread_cond_t news;
	pthread_t threads[CARRY_THREADS];
	size_t started;
	atomic_bool stopping, up;
	atomic_ullong rounds[CARRY_THREADS];
	atomic_bool at_disk[CARRY_THREADS]; /* hashing or syncing up to 2 GiB takes as long as it takes */
	struct want *wants;                 /* under the mutex */
	size_t count;
};
struct run {
	struct carry *carry;
	size_t index;     /* of its thread */
	struct want want; /* a copy */
	struct carrier *carrier;
	uint64_t keys_changed;        /* when its connection was made */
	int fd;                       /* of what is brought */
	struct part_writing *writing; /* of what is fetched */
};

enum lt_err carry_new(const struct carry_options *options, struct carry **out)
{
	struct carry *carry = calloc(1, sizeof(*carry));
	if (!carry)
		return LT_ENOMEM;
	carry->options = *options;
	carry->endpoint = strdup(options->endpoint);
	carry->wants = calloc(WANTS_MAX, sizeof(*carry->wants));
	pthread_mutex_init(&carry->mutex, NULL);
	pthread_cond_init(&carry->news, NULL);
	if (!carry->endpoint || !carry->wants) {
		carry_free(carry);
		return LT_ENOMEM;
	}
	*out = carry;
	return LT_OK;
}

void carry_rounds(struct carry *carry, uint64_t rounds[CARRY_THREADS])
{
	for (size_t i = 0; i < CARRY_THREADS; i++) {
		if (atomic_load(&carry->at_disk[i]))
			atomic_fetch_add(&carry->rounds[i], 1);
		rounds[i] = atomic_load(&carry->rounds[i]);
	}
	pthread_mutex_lock(&carry->mutex); /* the idle ones turn once */
	pthread_cond_broadcast(&carry->news);
	pthread_mutex_unlock(&carry->mutex);
}

void carry_keys(struct carry *carry, const uint8_t *broker_key, const struct lt_curve_key *key)
{
	pthread_mutex_lock(&carry->mutex);
	if (broker_key)
		memcpy(carry->options.broker_key, broker_key, sizeof(carry->options.broker_key));
	if (key)
		carry->options.key = *key;
	carry->keys_changed++;
	pthread_mutex_unlock(&carry->mutex);
}

void carry_free(struct carry *carry)
{
	if (!carry)
		return;
	pthread_cond_destroy(&carry->news);
	pthread_mutex_destroy(&carry->mutex);
	explicit_bzero(carry->options.key.secret_key, sizeof(carry->options.key.secret_key));
	free(carry->endpoint);
	free(carry->wants);
	free(carry);
}

void carry_up(struct carry *carry, bool up)
{
	pthread_mutex_lock(&carry->mutex);
	atomic_store(&carry->up, up);
	for (size_t i = 0; i < carry->count && up; i++)
		carry->wants[i].at = 0;
	pthread_cond_broadcast(&carry->news);
	pthread_mutex_unlock(&carry->mutex);
}

/* ---- the list; mutex held ---- */

static struct want *find(struct carry *carry, const char *agency, uint64_t number, const uint8_t sha256[32])
{
	for (size_t i = 0; i < carry->count; i++) {
		struct want *want = &carry->wants[i];
		bool same = memcmp(want->sha256, sha256, 32) == 0 && !want->number == !number;
		if (same && (number || strcmp(want->agency, agency) == 0)) /* fetched once, for whomever */
			return want;
	}
	return NULL;
}

static void drop(struct carry *carry, size_t index)
{
	carry->wants[index] = carry->wants[--carry->count];
}

static struct want *add(struct carry *carry, const char *agency, uint64_t number, const uint8_t sha256[32],
			uint64_t size)
{
	for (size_t i = 0; carry->count == WANTS_MAX && i < carry->count; i++) {
		if (carry->wants[i].state == WANT_DONE)
			drop(carry, i);
	}
	if (carry->count == WANTS_MAX)
		return NULL;
	struct want *want = &carry->wants[carry->count++];
	*want = (struct want){ .size = size, .number = number };
	snprintf(want->agency, sizeof(want->agency), "%s", agency);
	memcpy(want->sha256, sha256, 32);
	pthread_cond_signal(&carry->news);
	return want;
}

bool carry_bring(struct carry *carry, const char *agency, const uint8_t sha256[32], uint64_t size)
{
	pthread_mutex_lock(&carry->mutex);
	struct want *want = find(carry, agency, 0, sha256);
	if (!want)
		add(carry, agency, 0, sha256, size);
	bool done = want && want->state == WANT_DONE;
	pthread_mutex_unlock(&carry->mutex);
	return done;
}

void carry_again(struct carry *carry, const char *agency, const uint8_t sha256[32], uint64_t size)
{
	pthread_mutex_lock(&carry->mutex);
	struct want *want = find(carry, agency, 0, sha256);
	bool waits = want && want->state != WANT_DONE; /* for an envelope, or was asked for before */
	if (!want)
		want = add(carry, agency, 0, sha256, size);
	if (want && !waits) {
		want->again = true;
		want->state = WANT_WAITS;
		want->at = 0;
		pthread_cond_signal(&carry->news);
	}
	pthread_mutex_unlock(&carry->mutex);
}

void carry_forget(struct carry *carry)
{
	pthread_mutex_lock(&carry->mutex);
	for (size_t i = carry->count; i-- > 0;) {
		if (carry->wants[i].state == WANT_DONE)
			drop(carry, i);
	}
	pthread_mutex_unlock(&carry->mutex);
}

void carry_fetch(struct carry *carry, const char *agency, uint64_t number, const uint8_t sha256[32], uint64_t size)
{
	pthread_mutex_lock(&carry->mutex);
	if (!find(carry, agency, number, sha256))
		add(carry, agency, number, sha256, size);
	pthread_mutex_unlock(&carry->mutex);
}

void carry_trouble(struct carry *carry, struct lt_refusal *out)
{
	*out = (struct lt_refusal){ 0 };
	pthread_mutex_lock(&carry->mutex);
	for (size_t i = 0; i < carry->count && !out->reason; i++) {
		const struct lt_refusal *why = &carry->wants[i].why;
		if (why->reason && (!lt_reason_retry(why->reason) || why->reason == LT_ADAPTER_FULL))
			*out = *why;
	}
	pthread_mutex_unlock(&carry->mutex);
}

/* ---- one transfer ---- */

static bool goes_on(void *ctx)
{
	const struct run *run = ctx;
	atomic_fetch_add(&run->carry->rounds[run->index], 1);
	return !atomic_load(&run->carry->stopping) && atomic_load(&run->carry->up);
}

static enum lt_err read_chunk(void *ctx, uint64_t offset, uint8_t *data, size_t len)
{
	const struct run *run = ctx;
	size_t got = 0;
	for (ssize_t n = 1; got < len && n > 0; got += n > 0 ? (size_t)n : 0)
		n = pread(run->fd, data + got, len - got, (off_t)(offset + got));
	return got == len ? LT_OK : LT_ECORRUPT;
}

static enum lt_err take_chunk(void *ctx, uint64_t offset, uint8_t *data, size_t len)
{
	struct run *run = ctx;
	(void)offset;
	return part_writing_add(run->writing, data, len);
}

static struct carrier_part part_of(struct run *run)
{
	struct carrier_part part = { .agency = run->want.agency,
				     .size = run->want.size,
				     .number = run->want.number,
				     .chunk = run->want.number ? take_chunk : read_chunk,
				     .goes_on = goes_on,
				     .ctx = run };
	memcpy(part.sha256, run->want.sha256, 32);
	return part;
}

static enum lt_err bring(struct run *run, struct lt_refusal *refusal)
{
	struct carrier_part part = part_of(run);
	run->fd = part_files_read(run->carry->options.files, run->want.sha256);
	if (run->fd < 0) {
		lt_refuse(refusal, LT_PART_MISSING, "large part: its file is gone: %s", strerror(errno));
		return LT_EDENIED;
	}
	enum lt_err err = carrier_bring(run->carrier, &part, refusal);
	close(run->fd);
	return err;
}

static enum lt_err put_row(void *ctx, struct vault_tx *tx)
{
	const struct run *run = ctx;
	return parts_put_large(tx, run->want.sha256, run->want.size, run->carry->options.now());
}

static enum lt_err fetch_into(struct run *run, struct lt_refusal *refusal)
{
	struct carrier_part part = part_of(run);
	uint8_t sha256[32];
	uint64_t offset = part_writing_offset(run->writing);
	if (part_files_room(run->carry->options.files) < run->want.size - offset) {
		lt_refuse(refusal, LT_ADAPTER_FULL,
			  "large part: %llu bytes are to be fetched, and the disk has no room",
			  (unsigned long long)run->want.size);
		return LT_EDENIED;
	}
	enum lt_err err = carrier_fetch(run->carrier, &part, offset, refusal);
	atomic_store(&run->carry->at_disk[run->index], true);
	if (!err)
		err = part_writing_end(run->writing, run->want.sha256, sha256);
	atomic_store(&run->carry->at_disk[run->index], false);
	if (err == LT_ECRYPTO) {
		lt_refuse(refusal, LT_BROKER_DOUBTFUL, "large part: the broker gave other bytes than were signed");
		return LT_EDENIED;
	}
	return err;
}

static enum lt_err fetch(struct run *run, struct lt_refusal *refusal)
{
	char name[4 + 65] = "get-";
	lt_hex(lt_bytes(run->want.sha256, 32), name + 4);
	atomic_store(&run->carry->at_disk[run->index], true);
	enum lt_err err = part_writing_open(run->carry->options.files, name, UINT64_MAX, &run->writing);
	atomic_store(&run->carry->at_disk[run->index], false);
	if (!err && part_writing_offset(run->writing) >= run->want.size) { /* all of it, or too much */
		part_writing_close(run->writing);
		part_files_drop(run->carry->options.files, name);
		err = part_writing_open(run->carry->options.files, name, 0, &run->writing);
	}
	if (!err)
		err = fetch_into(run, refusal);
	part_writing_close(run->writing);
	run->writing = NULL;
	return err ? err : vault_run(run->carry->options.vault, put_row, run);
}

static enum lt_err transfer(struct run *run, struct lt_refusal *refusal)
{
	struct carry *carry = run->carry;
	struct carrier_options connection = { .endpoint = carry->endpoint };
	pthread_mutex_lock(&carry->mutex);
	bool stale = run->carrier && run->keys_changed != carry->keys_changed;
	run->keys_changed = carry->keys_changed;
	connection.key = carry->options.key;
	memcpy(connection.broker_key, carry->options.broker_key, 32);
	pthread_mutex_unlock(&carry->mutex);
	if (stale) {
		carrier_free(run->carrier);
		run->carrier = NULL;
	}
	enum lt_err err = run->carrier ? LT_OK : carrier_new(&connection, &run->carrier);
	explicit_bzero(&connection.key, sizeof(connection.key));
	if (!err)
		err = run->want.number ? fetch(run, refusal) : bring(run, refusal);
	if (err) { /* answers may be under way */
		carrier_free(run->carrier);
		run->carrier = NULL;
	}
	return err;
}

static void log_end(const struct want *want, enum lt_err err, const struct lt_refusal *refusal)
{
	char hex[65];
	lt_hex(lt_bytes(want->sha256, 32), hex);
	if (!err)
		lt_log(LT_LOG_NOTICE, want->number ? "a large part was fetched" : "a large part is with the broker",
		       "agency", want->agency, "part", hex, "size", lt_log_u64(want->size), NULL);
	else
		lt_log(LT_LOG_WARNING, "a large part does not move; it is tried again", "agency", want->agency, "part",
		       hex, "reason", refusal->reason ? lt_reason_name(refusal->reason) : lt_err_text(err), "detail",
		       refusal->detail, NULL);
}

/* Mutex held. */
static void settle(struct carry *carry, const struct want *done, enum lt_err err, const struct lt_refusal *refusal)
{
	struct want *want = find(carry, done->agency, done->number, done->sha256);
	if (!want)
		return;
	if ((!err && want->number) || (err == LT_EDENIED && want->again && !lt_reason_retry(refusal->reason))) {
		drop(carry, (size_t)(want - carry->wants));
		return;
	}
	want->state = err ? WANT_WAITS : WANT_DONE;
	want->why = *refusal;
	int64_t wait = AGAIN_US << (want->tries < 6 ? want->tries : 6);
	want->at = carry->options.now() + (wait < AGAIN_MAX_US ? wait : AGAIN_MAX_US);
	want->tries = err ? want->tries + 1 : 0;
}

static struct want *next(struct carry *carry)
{
	int64_t now = carry->options.now();
	for (size_t i = 0; i < carry->count && atomic_load(&carry->up); i++) {
		struct want *want = &carry->wants[i];
		if (want->state == WANT_WAITS && (want->at <= now || want->at > now + 2 * AGAIN_MAX_US))
			return want;
	}
	return NULL;
}

static void wait_for_news(struct carry *carry)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_cond_timedwait(&carry->news, &carry->mutex, &until);
}

static void *run_thread(void *ctx)
{
	struct carry *carry = ctx;
	struct run run = { .carry = carry };
	pthread_mutex_lock(&carry->mutex);
	while (run.index < carry->started && !pthread_equal(carry->threads[run.index], pthread_self()))
		run.index++;
	LT_ASSERT(run.index < CARRY_THREADS);
	while (!atomic_load(&carry->stopping)) {
		atomic_fetch_add(&carry->rounds[run.index], 1);
		struct want *want = next(carry);
		if (!want) {
			wait_for_news(carry);
			if (run.carrier && !next(carry)) { /* the broker keeps places for who carries */
				struct carrier *idle = run.carrier;
				run.carrier = NULL;
				pthread_mutex_unlock(&carry->mutex);
				carrier_free(idle);
				pthread_mutex_lock(&carry->mutex);
			}
			continue;
		}
		struct lt_refusal refusal = { 0 };
		want->state = WANT_RUNS;
		run.want = *want;
		pthread_mutex_unlock(&carry->mutex);
		enum lt_err err = transfer(&run, &refusal);
		if (!atomic_load(&carry->stopping))
			log_end(&run.want, err, &refusal);
		pthread_mutex_lock(&carry->mutex);
		settle(carry, &run.want, err, &refusal);
		pthread_mutex_unlock(&carry->mutex);
		if (!err)
			carry->options.moved(carry->options.ctx);
		pthread_mutex_lock(&carry->mutex);
	}
	pthread_mutex_unlock(&carry->mutex);
	carrier_free(run.carrier);
	return NULL;
}

void carry_start(struct carry *carry)
{
	pthread_mutex_lock(&carry->mutex); /* each looks for its own place */
	while (carry->started < CARRY_THREADS) {
		if (pthread_create(&carry->threads[carry->started], NULL, run_thread, carry) != 0)
			lt_fatal("a thread for large parts cannot be made");
		pthread_setname_np(carry->threads[carry->started++], "carry");
	}
	pthread_mutex_unlock(&carry->mutex);
}

void carry_stop(struct carry *carry)
{
	pthread_mutex_lock(&carry->mutex);
	atomic_store(&carry->stopping, true);
	pthread_cond_broadcast(&carry->news);
	pthread_mutex_unlock(&carry->mutex);
	for (size_t i = 0; i < carry->started; i++)
		pthread_join(carry->threads[i], NULL);
	carry->started = 0;
}
