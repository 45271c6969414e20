/* link_deliver.c: deliveries are copied, verified, and given to the store; RECEIVED follows when they are synced.
 *
 * A delivery's bytes belong to the message; so it is copied, checked end to end, and posted as one job with its
 * verdict. When the store has it on disk, the number up to which everything is there rises, and the next round says
 * so. A crash in between leads to the same delivery again, which is taken once. */
#include "link_thread.h"

#include "mail/ledger/times.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>

#define DIRECTORY_WAIT_US 30000000LL /* two more askings; after it the directory counts as one that we do not have */

struct deliver_job {
	struct adapter *adapter;
	struct job_walk walk;
	struct deliver_slot {
		struct inbox_delivery *delivery;
		enum inbox_outcome outcome;
		uint64_t item;
		enum lt_err err;
		bool damaged; /* what is here of its dossier cannot be read */
	} slots[];
};

static struct lt_bytes append(struct lt_buf *buf, struct lt_bytes bytes)
{
	size_t at = buf->len;
	if (bytes.len && lt_buf_append(buf, bytes.data, bytes.len))
		lt_fatal("out of memory");
	return lt_bytes(buf->data ? buf->data + at : NULL, bytes.len);
}

static struct inbox_delivery *copy(const struct lt_link_item *item)
{
	struct inbox_delivery *out = calloc(1, sizeof(*out));
	size_t total = item->envelope.header.len + item->envelope.signature.len, agency = strlen(item->agency);
	for (size_t i = 0; i < item->envelope.part_count; i++)
		total += item->envelope.parts[i].len;
	if (!out || lt_buf_reserve(&out->bytes, total + 1))
		lt_fatal("out of memory");
	memcpy(out->agency, item->agency, agency < sizeof(out->agency) ? agency + 1 : 0);
	out->number = item->number;
	out->previous = item->previous;
	out->sequence = item->sequence;
	out->time = item->time;
	out->branch = item->branch;
	out->branch_version = item->branch_version;
	out->recipient = item->recipient;
	out->parts_elided = item->parts_elided;
	out->erased_by = item->erased_by;
	out->envelope.header = append(&out->bytes, item->envelope.header);
	out->envelope.signature = append(&out->bytes, item->envelope.signature);
	out->envelope.parts = out->part_views;
	out->envelope.part_count = item->envelope.part_count;
	for (size_t i = 0; i < item->envelope.part_count; i++)
		out->part_views[i] = append(&out->bytes, item->envelope.parts[i]);
	return out;
}

static enum lt_err deliver_run(void *ctx, struct vault_tx *tx)
{
	struct deliver_job *job = ctx;
	enum lt_err err = LT_OK;
	for (size_t i = walk_from(&job->walk); i < walk_to(&job->walk) && !err; i++) {
		struct deliver_slot *slot = &job->slots[i];
		err = inbox_add(tx, &job->adapter->speaker, slot->delivery, &slot->outcome, &slot->item);
	}
	return err;
}

static void note_stored(struct adapter *adapter, const struct inbox_delivery *delivery)
{
	size_t index = link_agency_index(adapter, delivery->agency);
	if (index < LINK_AGENCIES_MAX && atomic_load(&adapter->stored[index]) < delivery->number)
		atomic_store(&adapter->stored[index], delivery->number);
}

void link_damaged(struct inbox_delivery *delivery)
{
	lt_refuse(&delivery->fault, LT_MAIL_DAMAGED, "store: what is kept of its dossier cannot be read");
	delivery->ours = true;
}

/* The same delivery once more, held; else the next one by itself. */
static bool runs_again(struct deliver_job *job, enum lt_err err)
{
	struct job_walk *walk = &job->walk;
	struct deliver_slot *slot = walk->alone ? &job->slots[walk->at] : NULL;
	if (slot && err == LT_ECORRUPT && slot->delivery->readable && !slot->damaged) {
		slot->damaged = true;
		link_damaged(slot->delivery);
		return true;
	}
	for (size_t i = walk_from(walk); i < walk_to(walk); i++)
		job->slots[i].err = err;
	return walk_again(walk, err);
}

static void deliver_done(void *ctx, enum lt_err result)
{
	struct deliver_job *job = ctx;
	struct adapter *adapter = job->adapter;
	uint64_t last = 0;
	if (runs_again(job, result)) {
		vault_post(adapter->vault,
			   &(struct vault_job){ .work = true, .run = deliver_run, .done = deliver_done, .ctx = job });
		return;
	}
	for (size_t i = 0; i < job->walk.count; i++) {
		const struct deliver_slot *slot = &job->slots[i];
		if (slot->err)
			lt_log_peer(LT_LOG_ERROR, "deliveries cannot be stored and are not acknowledged",
				    slot->delivery->agency, lt_err_text(slot->err), "agency", slot->delivery->agency,
				    "mailbox", lt_log_u64(slot->delivery->number), "error", lt_err_text(slot->err),
				    NULL);
		else if (slot->outcome == INBOX_STORED && slot->delivery->fault.reason)
			atomic_store(&adapter->except_more, true); /* before `stored`: it goes with RECEIVED */
	}
	for (size_t i = 0; i < job->walk.count; i++) {
		struct deliver_slot *slot = &job->slots[i];
		enum lt_err err = slot->err;
		if (!err && slot->outcome == INBOX_GAP)
			atomic_store(&adapter->gap, true);
		if (!err && slot->outcome == INBOX_GAP)
			lt_log(LT_LOG_ERROR, "a delivery with a gap before it is not taken", "agency",
			       slot->delivery->agency, "mailbox", lt_log_u64(slot->delivery->number), NULL);
		if (!err && slot->outcome == INBOX_ERASED)
			lt_log(LT_LOG_WARNING, "an item was erased at the broker by an operator's act", "agency",
			       slot->delivery->agency, "mailbox", lt_log_u64(slot->delivery->number), "sequence",
			       lt_log_u64(slot->delivery->sequence), "act", lt_log_u64(slot->delivery->erased_by),
			       NULL);
		if (!err && slot->outcome != INBOX_GAP)
			note_stored(adapter, slot->delivery);
		if (!err && slot->outcome == INBOX_STORED) {
			last = slot->item;
			link_held_again(adapter); /* what waited behind it may go */
		}
		inbox_delivery_free(slot->delivery);
	}
	free(job);
	adapter_wake(adapter);
	if (last && adapter->events.items)
		adapter->events.items(adapter->ctx, last);
	link_changed(adapter);
}

/* A record has a time that does not fall below that of an earlier one. What is under way to the store is not in it yet. */
static int64_t floor_of(struct adapter *adapter, uint64_t sequence)
{
	struct vault_tx *tx;
	int64_t known = 0;
	if (!vault_read_begin(adapter->vault, &tx)) {
		times_floor(tx, sequence, &known);
		vault_read_end(tx);
	}
	bool newer = adapter->newest_sequence && sequence > adapter->newest_sequence;
	return newer && adapter->newest_time > known ? adapter->newest_time : known;
}

static void judge_time(struct adapter *adapter, const struct verify_case *item, const struct lt_header *header,
		       struct inbox_delivery *delivery)
{
	bool by_clock;
	delivery->judged = verify_time(item, header, &by_clock);
	if (delivery->judged != delivery->time)
		lt_log(LT_LOG_WARNING, "the broker's time of a record cannot be, ours is taken", "agency",
		       delivery->agency, "mailbox", lt_log_u64(delivery->number), "sequence",
		       lt_log_u64(delivery->sequence), "broker_time", lt_log_u64((uint64_t)delivery->time), "judged",
		       lt_log_u64((uint64_t)delivery->judged), NULL);
	if (delivery->sequence <= adapter->newest_sequence)
		return;
	adapter->newest_sequence = delivery->sequence;
	adapter->newest_time = delivery->judged;
}

/* Large parts come behind the envelope: it is held until they are here. */
static void await_parts(struct adapter *adapter, const struct lt_header *header, struct inbox_delivery *delivery)
{
	for (size_t i = 0; i < header->part_count; i++) {
		const struct lt_part_info *part = &header->parts[i];
		struct part_note note;
		struct vault_tx *tx;
		if (!lt_part_is_large(part) || vault_read_begin(adapter->vault, &tx))
			continue;
		bool here = parts_find(tx, part->sha256, &note) == LT_OK;
		vault_read_end(tx);
		if (here)
			continue;
		carry_fetch(adapter->carry, delivery->agency, delivery->number, part->sha256, part->size);
		lt_refuse(&delivery->fault, LT_PART_AWAITED, "parts[%zu]: %llu bytes are being fetched", i,
			  (unsigned long long)part->size);
		delivery->ours = true;
	}
}

void link_verify(struct adapter *adapter, struct inbox_delivery *delivery)
{
	struct directory_page *page = directory_current_ref(adapter->book);
	struct lt_header header;
	struct verify_case item = {
		.directory = directory_current_directory(page),
		.agency = delivery->agency,
		.envelope = &delivery->envelope,
		.recipient = delivery->recipient,
		.parts_elided = delivery->parts_elided,
		.time = delivery->time,
		.not_before = floor_of(adapter, delivery->sequence),
		.now = adapter->speaker.now(),
		.directory_behind = adapter->wanted_directory > directory_current_version(adapter->book),
	};
	delivery->fault = (struct lt_refusal){ 0 };
	if (delivery->erased_by) {
		directory_current_unref(page);
		return;
	}
	lt_arena_reset(adapter->arena);
	enum lt_reason reason = verifier_check(adapter->verifier, &item, adapter->arena, &header, &delivery->readable,
					       &delivery->fault);
	delivery->ours = reason && verify_is_ours(&item, delivery->readable ? &header : NULL, reason);
	if (!reason)
		judge_time(adapter, &item, &header, delivery);
	if (!reason && !delivery->parts_elided)
		await_parts(adapter, &header, delivery);
	directory_current_unref(page);
}

static void post(struct adapter *adapter, struct inbox_delivery **deliveries, size_t count)
{
	struct deliver_job *job = calloc(1, sizeof(*job) + count * sizeof(job->slots[0]));
	if (!job)
		lt_fatal("out of memory");
	job->adapter = adapter;
	job->walk.count = count;
	for (size_t i = 0; i < count; i++) {
		link_verify(adapter, deliveries[i]);
		job->slots[i].delivery = deliveries[i];
	}
	vault_post(adapter->vault,
		   &(struct vault_job){ .work = true, .run = deliver_run, .done = deliver_done, .ctx = job });
}

bool link_directory_missing(const struct adapter *adapter)
{
	return adapter->wanted_directory > directory_current_version(adapter->book) &&
	       adapter->wanted_directory != adapter->refused_directory && lt_link_client_ready(adapter->client);
}

static void hold(struct adapter *adapter, struct inbox_delivery *delivery)
{
	struct held *held = calloc(1, sizeof(*held));
	if (!held)
		lt_fatal("out of memory");
	held->delivery = delivery;
	*adapter->held_last = held;
	adapter->held_last = &held->next;
}

/* A newer directory is under way: until it is here deliveries wait, the window bounds how many. It may not come, or not be one; then
 * they are judged by ours, and what it cannot judge is held in the store. */
/* What is only the broker's word must at least be a number that can be: such an item is not taken and not RECEIVED. */
static bool possible(const struct lt_link_item *item)
{
	if (item->number > 0 && item->number <= INT64_MAX && item->sequence > 0 && item->sequence <= INT64_MAX &&
	    item->branch_version <= INT64_MAX)
		return true;
	lt_log(LT_LOG_ERROR, "a delivery has a number that cannot be and is not taken", "agency", item->agency,
	       "mailbox", lt_log_u64(item->number), "sequence", lt_log_u64(item->sequence), "branch_version",
	       lt_log_u64(item->branch_version), NULL);
	return false;
}

static bool wait_for_directory(struct adapter *adapter)
{
	int64_t now = adapter->speaker.now();
	if (!link_directory_missing(adapter)) {
		adapter->directory_missed = 0;
		return false;
	}
	if (adapter->directory_missed == 0 || now < adapter->directory_missed)
		adapter->directory_missed = now;
	return now - adapter->directory_missed < DIRECTORY_WAIT_US;
}

void link_deliver(void *ctx, const struct lt_link_item *items, size_t count)
{
	struct adapter *adapter = ctx;
	struct inbox_delivery *taken[64];
	size_t n = 0;
	bool wait = wait_for_directory(adapter);
	for (size_t i = 0; i < count; i++) {
		if (link_agency_index(adapter, items[i].agency) == LINK_AGENCIES_MAX ||
		    items[i].envelope.part_count > LT_PARTS_MAX || !possible(&items[i]))
			continue;
		struct inbox_delivery *delivery = copy(&items[i]);
		link_head(adapter, items[i].sequence);
		if (wait)
			hold(adapter, delivery);
		else
			taken[n++] = delivery;
		if (n == sizeof(taken) / sizeof(taken[0])) {
			post(adapter, taken, n);
			n = 0;
		}
	}
	if (n > 0)
		post(adapter, taken, n);
}

void link_release_held(struct adapter *adapter)
{
	if (wait_for_directory(adapter))
		return;
	while (adapter->held_first) {
		struct held *held = adapter->held_first;
		adapter->held_first = held->next;
		post(adapter, &held->delivery, 1);
		free(held);
	}
	adapter->held_last = &adapter->held_first;
}

void link_drop_held(struct adapter *adapter)
{
	while (adapter->held_first) {
		struct held *held = adapter->held_first;
		adapter->held_first = held->next;
		inbox_delivery_free(held->delivery);
		free(held);
	}
	adapter->held_last = &adapter->held_first;
}
