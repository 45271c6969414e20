/* reader_thread.c: the reader thread. The engine puts questions and what is to be fetched into lists, under a lock that is held for a few
 * pointers; this thread takes one of each in turn. Questions that must wait for a flush stand aside until the store has come so far; and
 * nothing more is fetched while the engine has not taken what lies ready: the gate may be behind. */
#include "reader_thread.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program/log.h"
#include "queue/wakeup.h"

enum {
	READER_QUESTIONS_MAX = 1024,  /* of adapters, some KB each; each session has one at a time */
	READER_AHEAD_BYTES = 8 << 20, /* of messages that lie ready for the engine */
	READER_NICE = 5,              /* below the engine: answers are for who has time */
};

struct questions {
	struct inquiry *first, *last;
};
struct backlogs {
	struct backlog *first, *last;
};
struct reader_thread {
	struct reader_thread_options options;
	struct journal *journal; /* followers */
	struct store *store;
	struct reader *reader;
	struct lt_buf outputs;
	struct questions waiting; /* the reader's: until the store has come so far */
	pthread_mutex_t lock;
	struct questions asked;        /* under the lock */
	unsigned of_adapters;          /* under the lock: taken and not answered */
	struct backlogs to_read, read; /* under the lock */
	_Atomic size_t read_bytes;     /* of messages that lie ready */
	_Atomic unsigned read_count;
	struct parcel *parcel;
	struct wakeup sleeper;
	_Atomic bool news, stop;
	_Atomic uint64_t wanted; /* that the store should hold; 0: nothing waits */
};

static void push(struct questions *list, struct inquiry *question)
{
	question->next = NULL;
	if (list->last)
		list->last->next = question;
	else
		list->first = question;
	list->last = question;
}

static struct inquiry *pop(struct questions *list)
{
	struct inquiry *question = list->first;
	if (!question)
		return NULL;
	list->first = question->next;
	if (!list->first)
		list->last = NULL;
	return question;
}

static void let_go(struct questions *list)
{
	for (struct inquiry *question; (question = pop(list)) != NULL;)
		inquiry_free(question);
}

static void push_backlog(struct backlogs *list, struct backlog *backlog)
{
	backlog->next = NULL;
	if (list->last)
		list->last->next = backlog;
	else
		list->first = backlog;
	list->last = backlog;
}

static struct backlog *pop_backlog(struct backlogs *list)
{
	struct backlog *backlog = list->first;
	if (!backlog)
		return NULL;
	list->first = backlog->next;
	if (!list->first)
		list->last = NULL;
	return backlog;
}

static enum lt_err sign(void *ctx, struct lt_bytes text, struct lt_buf *out)
{
	return lt_signer_cms(ctx, text, out);
}

enum lt_err reader_thread_open(const struct reader_thread_options *options, struct reader_thread **out)
{
	struct reader_thread *thread = calloc(1, sizeof *thread);
	if (!thread)
		return LT_ENOMEM;
	thread->options = *options;
	pthread_mutex_init(&thread->lock, NULL);
	wakeup_init(&thread->sleeper);
	thread->parcel = parcel_new();
	enum lt_err err = journal_open_follower(options->journal, options->disk, &thread->journal);
	if (!err)
		err = store_open_follower(options->store, &thread->store);
	struct reader_options reader = { .journal = thread->journal, .store = thread->store };
	if (options->signer) {
		reader.sign = sign;
		reader.sign_ctx = options->signer;
		reader.certificate = lt_signer_certificate(options->signer);
	}
	if (!err)
		err = reader_new(&reader, &thread->reader);
	if (err) {
		reader_thread_close(thread);
		return err;
	}
	*out = thread;
	return LT_OK;
}

void reader_thread_close(struct reader_thread *thread)
{
	if (!thread)
		return;
	let_go(&thread->asked);
	let_go(&thread->waiting);
	for (struct backlog *backlog; (backlog = pop_backlog(&thread->to_read)) != NULL;)
		backlog_free(backlog);
	for (struct backlog *backlog; (backlog = pop_backlog(&thread->read)) != NULL;)
		backlog_free(backlog);
	parcel_free(thread->parcel);
	reader_free(thread->reader);
	journal_close(thread->journal);
	store_close(thread->store);
	lt_buf_fini(&thread->outputs);
	wakeup_fini(&thread->sleeper);
	pthread_mutex_destroy(&thread->lock);
	free(thread);
}

/* ---- the engine's side ---- */

static void tell(struct reader_thread *thread)
{
	atomic_store(&thread->news, true);
	wakeup_wake(&thread->sleeper);
}

bool reader_thread_ask(struct reader_thread *thread, struct inquiry *question)
{
	pthread_mutex_lock(&thread->lock);
	bool taken = question->operators || thread->of_adapters < READER_QUESTIONS_MAX;
	if (taken) {
		push(&thread->asked, question);
		thread->of_adapters += !question->operators;
	}
	pthread_mutex_unlock(&thread->lock);
	if (!taken)
		return false;
	if (question->flushed > store_sequence(thread->options.store) &&
	    question->flushed > atomic_load(&thread->wanted))
		atomic_store(&thread->wanted, question->flushed);
	tell(thread);
	return true;
}

bool reader_thread_wants(struct reader_thread *thread)
{
	return atomic_load(&thread->wanted) > store_sequence(thread->options.store);
}

void reader_thread_flushed(struct reader_thread *thread)
{
	if (atomic_load(&thread->wanted) > 0)
		tell(thread);
}

void reader_thread_fetch(struct reader_thread *thread, struct backlog *backlog)
{
	pthread_mutex_lock(&thread->lock);
	push_backlog(&thread->to_read, backlog);
	pthread_mutex_unlock(&thread->lock);
	tell(thread);
}

bool reader_thread_is_back(struct reader_thread *thread)
{
	return atomic_load(&thread->read_count) > 0;
}

struct backlog *reader_thread_back(struct reader_thread *thread)
{
	if (!reader_thread_is_back(thread))
		return NULL;
	pthread_mutex_lock(&thread->lock);
	struct backlog *backlog = pop_backlog(&thread->read);
	pthread_mutex_unlock(&thread->lock);
	atomic_fetch_sub(&thread->read_count, 1);
	if (atomic_fetch_sub(&thread->read_bytes, backlog->message.len) >= READER_AHEAD_BYTES)
		tell(thread);
	return backlog;
}

/* ---- the reader's ---- */

/* False: nothing is to be read, or enough lies ready. */
static bool fetch(struct reader_thread *thread)
{
	if (atomic_load(&thread->read_bytes) >= READER_AHEAD_BYTES)
		return false;
	pthread_mutex_lock(&thread->lock);
	struct backlog *backlog = pop_backlog(&thread->to_read);
	pthread_mutex_unlock(&thread->lock);
	if (!backlog)
		return false;
	backlog_read(backlog, thread->journal, thread->parcel);
	atomic_fetch_add(&thread->read_bytes, backlog->message.len);
	pthread_mutex_lock(&thread->lock);
	push_backlog(&thread->read, backlog);
	pthread_mutex_unlock(&thread->lock);
	atomic_fetch_add(&thread->read_count, 1);
	wakeup_wake(thread->options.engine);
	return true;
}

static void answer(struct reader_thread *thread, struct inquiry *question)
{
	reader_answer(thread->reader, question, &thread->outputs);
	gate_outputs_put(thread->options.outs, &thread->outputs);
	pthread_mutex_lock(&thread->lock);
	thread->of_adapters -= !question->operators;
	pthread_mutex_unlock(&thread->lock);
	inquiry_free(question);
}

static void take_asked(struct reader_thread *thread)
{
	pthread_mutex_lock(&thread->lock);
	for (struct inquiry *question; (question = pop(&thread->asked)) != NULL;)
		push(&thread->waiting, question);
	pthread_mutex_unlock(&thread->lock);
}

/* The first that may be answered. */
static struct inquiry *next(struct reader_thread *thread)
{
	uint64_t flushed = store_sequence(thread->options.store);
	struct inquiry *found = NULL;
	struct questions rest = { 0 };
	for (struct inquiry *question; (question = pop(&thread->waiting)) != NULL;) {
		if (!found && question->flushed <= flushed)
			found = question;
		else
			push(&rest, question);
	}
	thread->waiting = rest;
	return found;
}

static bool has_news(void *ctx)
{
	struct reader_thread *thread = ctx;
	return atomic_load(&thread->news) || atomic_load(&thread->stop);
}

void reader_thread_run(struct reader_thread *thread)
{
	/* On Linux this sets one thread's priority; it may be refused, and then costs only latency. */
	if (setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), READER_NICE) != 0)
		lt_log(LT_LOG_DEBUG, "the reader keeps its priority", NULL);
	while (!atomic_load(&thread->stop)) {
		atomic_store(&thread->news, false);
		take_asked(thread);
		struct inquiry *question = next(thread);
		if (question)
			answer(thread, question);
		if (!fetch(thread) && !question && !has_news(thread))
			wakeup_wait(&thread->sleeper, has_news, thread, -1);
	}
}

void reader_thread_stop(struct reader_thread *thread)
{
	atomic_store(&thread->stop, true);
	wakeup_wake_all(&thread->sleeper);
}
