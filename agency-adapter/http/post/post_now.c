/* post_now.c: an envelope that no connection waits for, from a thread that may wait. */
#include "post.h"

#include <lienthong/reason.h>

#include <pthread.h>

/* One thing at a time is waited for: the broker's answer, on the link thread, or the store's. */
struct post_waiting {
	struct adapter *adapter;
	struct post *post;
	post_and *and;
	void *ctx;
	pthread_mutex_t mutex;
	pthread_cond_t ended;
	bool over;
	enum lt_err err;
};

static void end(struct post_waiting *waiting, enum lt_err err)
{
	pthread_mutex_lock(&waiting->mutex);
	waiting->over = true;
	waiting->err = err;
	pthread_cond_signal(&waiting->ended);
	pthread_mutex_unlock(&waiting->mutex);
}

static enum lt_err wait_for_end(struct post_waiting *waiting)
{
	pthread_mutex_lock(&waiting->mutex);
	while (!waiting->over)
		pthread_cond_wait(&waiting->ended, &waiting->mutex);
	waiting->over = false;
	pthread_mutex_unlock(&waiting->mutex);
	return waiting->err;
}

static void on_asked(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct post_waiting *waiting = ctx;
	(void)sequence;
	if (!why->reason && dossier)
		post_fill_asked(waiting->post, dossier);
	else
		post_fill_refused(waiting->post, why);
	end(waiting, LT_OK);
}

static void on_procedure(void *ctx, const struct lt_refusal *why, const struct lt_bytes *procedures, size_t count,
			 bool more)
{
	struct post_waiting *waiting = ctx;
	(void)more;
	if (why->reason)
		post_fill_refused(waiting->post, why);
	else
		post_fill_version(waiting->post, procedures, count);
	end(waiting, LT_OK);
}

/* What the broker has told is under way to the store, in front of us. */
static void on_told(void *ctx, const struct lt_refusal *why, uint64_t sequence, const struct lt_dossier_view *dossier)
{
	struct post_waiting *waiting = ctx;
	(void)sequence;
	post_told(waiting->post, why->reason ? NULL : dossier);
	end(waiting, LT_OK);
}

static void fill(struct post_waiting *waiting)
{
	struct post *post = waiting->post;
	struct lt_header *header = &post->request.header;
	const struct speaker_agency *agency = post_agency(adapter_speaker(waiting->adapter), post);
	bool whom = post_lacks_recipients(post);
	enum lt_err err = LT_EINVAL;
	if (!whom && !post_lacks_version(post))
		return;
	if (agency && whom)
		err = adapter_query(waiting->adapter, agency->code, header->dossier, on_asked, waiting);
	else if (agency)
		err = adapter_procedures(waiting->adapter, agency->code, true, header->procedure, 0, on_procedure,
					 waiting);
	if (!err)
		wait_for_end(waiting);
	else if (whom)
		lt_refuse(&post->unfilled, LT_ADAPTER_OFFLINE,
			  "the broker is to be asked whom; name them, or ask again");
	else
		lt_refuse(&post->unfilled, LT_ADAPTER_OFFLINE,
			  "the broker is to be asked which version is in force; name it, or post again");
}

static enum lt_err run(void *ctx, struct vault_tx *tx)
{
	struct post_waiting *waiting = ctx;
	struct post *post = waiting->post;
	enum lt_err err = post_store(adapter_speaker(waiting->adapter), NULL, tx, post);
	return err || post->receipt.refusal.reason || !waiting->and ? err : waiting->and (waiting->ctx, tx, post);
}

static void on_stored(void *ctx, enum lt_err err)
{
	end(ctx, err);
}

static enum lt_err store(struct post_waiting *waiting)
{
	vault_post(adapter_vault(waiting->adapter),
		   &(struct vault_job){
			   .work = post_is_new_work(waiting->post), .run = run, .done = on_stored, .ctx = waiting });
	return wait_for_end(waiting);
}

enum lt_err post_now(struct adapter *adapter, struct post *post, post_and *and, void *ctx)
{
	struct post_waiting waiting = { .adapter = adapter, .post = post, .and = and, .ctx = ctx };
	pthread_mutex_init(&waiting.mutex, NULL);
	pthread_cond_init(&waiting.ended, NULL);
	post->request.ask_unknown = adapter_asks(adapter);
	fill(&waiting);
	enum lt_err err = store(&waiting);
	const struct speaker_agency *agency = post_agency(adapter_speaker(adapter), post);
	if (!err && post->receipt.ask && agency &&
	    !adapter_query(adapter, agency->code, post->request.header.dossier, on_told, &waiting)) {
		wait_for_end(&waiting);
		err = store(&waiting);
	}
	pthread_cond_destroy(&waiting.ended);
	pthread_mutex_destroy(&waiting.mutex);
	if (!err && !post->receipt.refusal.reason)
		adapter_changed(adapter);
	return err;
}
