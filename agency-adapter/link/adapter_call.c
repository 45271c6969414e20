/* adapter_call.c: what others ask of the adapter. */
#include "link_thread.h"

#include "program/log.h"

#include <stdlib.h>
#include <unistd.h>

struct vault *adapter_vault(struct adapter *adapter)
{
	return adapter->vault;
}

const struct office *adapter_office(struct adapter *adapter)
{
	return &adapter->office;
}

void adapter_wake(struct adapter *adapter)
{
	uint64_t one = 1;
	ssize_t ignored = write(adapter->wake_fd, &one, sizeof(one)); /* full means that it is awake */
	(void)ignored;
}

void adapter_reload(struct adapter *adapter)
{
	atomic_store(&adapter->reload, true);
	adapter_wake(adapter);
}

struct post_job {
	struct adapter *adapter;
	const struct outbox_request *request;
	struct outbox_receipt *receipt;
};

static enum lt_err post_run(void *ctx, struct vault_tx *tx)
{
	struct post_job *job = ctx;
	return outbox_add(tx, &job->adapter->office, job->request, job->receipt);
}

enum lt_err adapter_post(struct adapter *adapter, const struct outbox_request *request, struct outbox_receipt *receipt)
{
	struct post_job job = { .adapter = adapter, .request = request, .receipt = receipt };
	enum lt_err err = vault_run(adapter->vault, post_run, &job);
	adapter_wake(adapter);
	return err;
}

struct answer_job {
	struct adapter *adapter;
	uint64_t item;
	bool accept;
	const char *text;
	struct outbox_receipt *receipt;
};

static enum lt_err answer_run(void *ctx, struct vault_tx *tx)
{
	struct answer_job *job = ctx;
	return inbox_answer(tx, &job->adapter->office, job->item, job->accept, job->text, job->receipt);
}

enum lt_err adapter_answer(struct adapter *adapter, uint64_t item, bool accept, const char *text,
			   struct outbox_receipt *receipt)
{
	struct answer_job job = {
		.adapter = adapter, .item = item, .accept = accept, .text = text, .receipt = receipt
	};
	enum lt_err err = vault_run(adapter->vault, answer_run, &job);
	adapter_wake(adapter);
	return err;
}

void adapter_get_health(struct adapter *adapter, struct adapter_health *out)
{
	struct vault_tx *tx;
	*out = (struct adapter_health){
		.connected = atomic_load(&adapter->connected),
		.ended = atomic_load(&adapter->ended),
		.end_reason = (enum lt_reason)atomic_load(&adapter->end_reason),
		.directory_version = book_version(adapter->book),
		.store_jobs = vault_waiting(adapter->vault),
		.head = atomic_load(&adapter->head),
	};
	if (vault_read_begin(adapter->vault, &tx))
		return;
	vault_count(tx, VAULT_QUEUE, &out->outbox_waiting);
	vault_count(tx, VAULT_INBOX, &out->inbox_items);
	vault_read_end(tx);
}
