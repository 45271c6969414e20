/* reader_thread.h: the reader thread: everything that is read for somebody and that the engine must not wait for. It has followers of
 * journal and store (journal.h, store.h). It answers questions (query/reader.h) in turn, one of each peer at a time, since the gate lets
 * no more in; lists wait for the flush that holds what they were asked of, and all that wait share one early flush. It reads what an
 * agency that comes back is owed (deliver/backlog.h), one message of each mailbox at a time; questions and mailboxes take turns.
 *
 * reader_thread_ask, _wants, _flushed, _fetch and _back are the engine thread's, reader_thread_run is the reader's. */
#ifndef START_READER_THREAD_H
#define START_READER_THREAD_H

#include <lienthong/identity.h>

#include "deliver/backlog.h"
#include "queue/gate_outputs.h"
#include "query/reader.h"

struct reader_thread;
struct reader_thread_options {
	struct journal *journal;
	struct store *store;
	const struct disk *disk;
	struct gate_outputs *outs; /* answers go here */
	struct wakeup *engine;     /* woken when something has been read for it */
	struct lt_signer *signer;  /* of answers to applicants; this thread's alone; NULL: none are given */
};
enum lt_err reader_thread_open(const struct reader_thread_options *options, struct reader_thread **out); /* LT_ENOMEM */
/* After the thread has ended. What was not answered is let go. */
void reader_thread_close(struct reader_thread *thread);

/* Takes the question. False: READER_QUESTIONS_MAX of adapters wait already; operators' are always taken. */
bool reader_thread_ask(struct reader_thread *thread, struct inquiry *question);
bool reader_thread_wants(struct reader_thread *thread); /* a list waits for a flush */
/* The store has come on. */
void reader_thread_flushed(struct reader_thread *thread);

/* Takes the list. */
void reader_thread_fetch(struct reader_thread *thread, struct backlog *backlog);
/* What has been read, in order; NULL: nothing. */
struct backlog *reader_thread_back(struct reader_thread *thread);
bool reader_thread_is_back(struct reader_thread *thread); /* there is something */

void reader_thread_run(struct reader_thread *thread); /* until reader_thread_stop */
void reader_thread_stop(struct reader_thread *thread);

#endif
