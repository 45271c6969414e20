/* vault_thread.c: jobs that wait share one transaction and one sync.
 *
 * A job is a function that gets the transaction, and one that is told how it ended. The thread takes what waits, runs
 * them one after the other in one transaction, commits, and tells each. A job that fails takes back its own changes
 * and no others', and one that is refused without a change, as for an item that is not there, slows nobody. Under load this makes one
 * sync out of many. */
#include "vault_room.h"

#include "program/log.h"

#include <pthread.h>
#include <stdlib.h>

#define BATCH_MAX 256u /* jobs of one transaction: bounds how long the first of them waits for the last */

struct node {
	struct vault_job job;
	struct node *next;
	enum lt_err err;
};
struct vault_thread {
	struct vault *vault;
	pthread_t thread;
	bool started, stopping, nudged;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct node *first, **last;
	uint64_t waiting, rounds;
	enum vault_fill fill; /* as this batch found it; store thread only */
};

enum lt_err vault_thread_new(struct vault *vault, struct vault_thread **out)
{
	struct vault_thread *self = calloc(1, sizeof(*self));
	if (!self)
		return LT_ENOMEM;
	self->vault = vault;
	self->last = &self->first;
	pthread_mutex_init(&self->mutex, NULL);
	pthread_cond_init(&self->wake, NULL);
	*out = self;
	return LT_OK;
}

/* Whether there is room for it. Without any at all it runs too, but may only read: who has nothing to change is not refused. */
static bool fits(enum vault_fill fill, const struct vault_job *job)
{
	return fill == VAULT_ROOMY || !job->work;
}

static enum lt_err begin(struct vault_thread *self, struct vault_tx **tx)
{
	enum lt_err err = vault_write_begin(self->vault, tx);
	if (!err && self->fill == VAULT_NO_ROOM)
		vault_only_read(*tx);
	return err;
}

static void run_alone(struct vault_thread *self, struct node *node)
{
	struct vault_tx *tx;
	if (!fits(self->fill, &node->job)) {
		node->err = LT_EFULL;
		return;
	}
	node->err = begin(self, &tx);
	if (node->err)
		return;
	node->err = node->job.run(node->job.ctx, tx);
	if (node->err)
		vault_write_abort(tx);
	else
		node->err = vault_write_commit(tx);
}

/* Runs [first, end) in one transaction. A job that fails before it has changed anything has its answer, and the others go on; the
 * first that fails later is returned in *broken: nothing of this has happened then. */
static enum lt_err run_together(struct vault_thread *self, struct node *first, const struct node *end,
				struct node **broken)
{
	struct vault_tx *tx;
	*broken = NULL;
	enum lt_err err = begin(self, &tx);
	if (err)
		return err;
	for (struct node *node = first; node != end; node = node->next) {
		uint64_t before = vault_writes(tx);
		node->err = fits(self->fill, &node->job) ? node->job.run(node->job.ctx, tx) : LT_EFULL;
		if (!node->err || vault_writes(tx) == before)
			continue;
		vault_write_abort(tx);
		*broken = node;
		return node->err;
	}
	return vault_write_commit(tx);
}

static void run_each(struct vault_thread *self, struct node *first, const struct node *end)
{
	for (struct node *node = first; node != end; node = node->next)
		run_alone(self, node);
}

/* In their order: what stands before a job that fails, that job by itself, what stands behind it. */
static void run_parts(struct vault_thread *self, struct node *first)
{
	struct node *broken, *again;
	while (first) {
		enum lt_err err = run_together(self, first, NULL, &broken);
		if (!err)
			return;
		if (!broken || run_together(self, first, broken, &again)) {
			run_each(self, first, NULL);
			return;
		}
		run_alone(self, broken);
		first = broken->next;
	}
}

static void run_batch(struct vault_thread *self, struct node *batch)
{
	if (!batch)
		return;
	self->fill = vault_room_look(vault_room_of(self->vault));
	run_parts(self, batch);
	while (batch) {
		struct node *next = batch->next;
		if (batch->job.done)
			batch->job.done(batch->job.ctx, batch->err);
		free(batch);
		batch = next;
	}
}

/* Up to BATCH_MAX jobs in their order; waits for the first, or for a nudge. False when stopping and nothing is left. */
static bool take_batch(struct vault_thread *self, struct node **out)
{
	pthread_mutex_lock(&self->mutex);
	self->rounds++;
	while (!self->first && !self->stopping && !self->nudged)
		pthread_cond_wait(&self->wake, &self->mutex);
	bool more = self->first || !self->stopping;
	self->nudged = false;
	struct node *batch = self->first, **end = &self->first;
	for (unsigned i = 0; i < BATCH_MAX && *end; i++) {
		end = &(*end)->next;
		self->waiting--;
	}
	struct node *rest = *end;
	*end = NULL;
	self->first = rest;
	if (!rest)
		self->last = &self->first;
	pthread_mutex_unlock(&self->mutex);
	*out = batch;
	return more;
}

static void *thread_main(void *ctx)
{
	struct vault_thread *self = ctx;
	for (struct node *batch; take_batch(self, &batch);)
		run_batch(self, batch);
	return NULL;
}

enum lt_err vault_thread_start(struct vault_thread *self)
{
	if (pthread_create(&self->thread, NULL, thread_main, self) != 0)
		return LT_EIO;
	pthread_setname_np(self->thread, "store");
	self->started = true;
	return LT_OK;
}

void vault_thread_free(struct vault_thread *self)
{
	if (!self)
		return;
	pthread_mutex_lock(&self->mutex);
	self->stopping = true;
	pthread_cond_signal(&self->wake);
	pthread_mutex_unlock(&self->mutex);
	if (self->started)
		pthread_join(self->thread, NULL);
	for (struct node *node = self->first, *next; node; node = next) {
		next = node->next;
		free(node);
	}
	pthread_cond_destroy(&self->wake);
	pthread_mutex_destroy(&self->mutex);
	free(self);
}

uint64_t vault_rounds(struct vault *vault)
{
	struct vault_thread *self = vault_thread_of(vault);
	pthread_mutex_lock(&self->mutex);
	uint64_t rounds = self->rounds;
	self->nudged = true; /* the next round, also when there is nothing to do */
	pthread_cond_signal(&self->wake);
	pthread_mutex_unlock(&self->mutex);
	return rounds;
}

uint64_t vault_waiting(struct vault *vault)
{
	struct vault_thread *self = vault_thread_of(vault);
	pthread_mutex_lock(&self->mutex);
	uint64_t waiting = self->waiting;
	pthread_mutex_unlock(&self->mutex);
	return waiting;
}

void vault_post(struct vault *vault, const struct vault_job *job)
{
	struct vault_thread *self = vault_thread_of(vault);
	struct node *node = calloc(1, sizeof(*node));
	if (!node)
		lt_fatal("out of memory");
	node->job = *job;
	pthread_mutex_lock(&self->mutex);
	*self->last = node;
	self->last = &node->next;
	self->waiting++;
	pthread_cond_signal(&self->wake);
	pthread_mutex_unlock(&self->mutex);
}

struct vault_waiter {
	enum lt_err (*run)(void *ctx, struct vault_tx *tx);
	void *ctx;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool done;
	enum lt_err err;
};

static enum lt_err waiter_run(void *ctx, struct vault_tx *tx)
{
	struct vault_waiter *waiter = ctx;
	return waiter->run(waiter->ctx, tx);
}

static void waiter_done(void *ctx, enum lt_err err)
{
	struct vault_waiter *waiter = ctx;
	pthread_mutex_lock(&waiter->mutex);
	waiter->err = err;
	waiter->done = true;
	pthread_cond_signal(&waiter->wake);
	pthread_mutex_unlock(&waiter->mutex);
}

enum lt_err vault_run(struct vault *vault, enum lt_err (*run)(void *ctx, struct vault_tx *tx), void *ctx)
{
	struct vault_waiter waiter = { .run = run, .ctx = ctx };
	pthread_mutex_init(&waiter.mutex, NULL);
	pthread_cond_init(&waiter.wake, NULL);
	vault_post(vault, &(struct vault_job){ .run = waiter_run, .done = waiter_done, .ctx = &waiter });
	pthread_mutex_lock(&waiter.mutex);
	while (!waiter.done)
		pthread_cond_wait(&waiter.wake, &waiter.mutex);
	pthread_mutex_unlock(&waiter.mutex);
	pthread_cond_destroy(&waiter.wake);
	pthread_mutex_destroy(&waiter.mutex);
	return waiter.err;
}
