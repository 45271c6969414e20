/* large_thread.c: transfers of large parts. One for each connection that carries one; what a connection has begun before is let go when
 * it begins another. */
#include "large_thread.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "record/record.h"
#include "wire/link.h"

enum {
	TRANSFERS_MAX = 64, /* twice what the gate lets in: what it has lost may still be here */
	FREE_CHECK = 64,    /* chunks between two looks at the disk's free space */
};
struct transfer {
	bool used;
	struct session_ref session;
	char agency[LT_AGENCY_MAX];
	uint8_t sha256[32];
	uint64_t size;
	struct large_writing *writing;
	struct large_reading *reading;
};
struct large_thread {
	struct large_thread_options options;
	struct transfer transfers[TRANSFERS_MAX];
	struct lt_buf message, outputs;
	uint8_t chunk[LARGE_CHUNK];
};

enum lt_err large_thread_new(const struct large_thread_options *options, struct large_thread **out)
{
	struct large_thread *thread = calloc(1, sizeof(*thread));
	if (!thread)
		return LT_ENOMEM;
	thread->options = *options;
	*out = thread;
	return LT_OK;
}

static void let_go(struct transfer *transfer)
{
	large_writing_close(transfer->writing);
	large_reading_close(transfer->reading);
	*transfer = (struct transfer){ 0 };
}

void large_thread_free(struct large_thread *thread)
{
	if (!thread)
		return;
	for (size_t i = 0; i < TRANSFERS_MAX; i++)
		let_go(&thread->transfers[i]);
	lt_buf_fini(&thread->message);
	lt_buf_fini(&thread->outputs);
	free(thread);
}

static void put(struct large_thread *thread, enum output_type type, struct session_ref session)
{
	struct output out = { .type = type, .session = session, .data = lt_buf_bytes(&thread->message) };
	LT_ASSERT(output_encode(&out, &thread->outputs) == LT_OK);
	gate_outputs_put(thread->options.outs, &thread->outputs);
}

static void send(struct large_thread *thread, struct session_ref session, const struct lt_link *link)
{
	lt_buf_clear(&thread->message);
	LT_ASSERT(lt_link_encode(link, &thread->message) == LT_OK);
	put(thread, OUTPUT_SEND, session);
}

static void tell(struct large_thread *thread, const struct large_job *job, uint64_t offset, bool stored)
{
	struct lt_link link = { .type = LT_LINK_PART_STATE,
				.u.part_state = {
					.sha256 = lt_bytes(job->sha256, 32), .offset = offset, .stored = stored } };
	send(thread, job->session, &link);
}

static void refuse(struct large_thread *thread, const struct large_job *job, const struct lt_refusal *why)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_link link = { .type = LT_LINK_PART_STATE,
				.u.part_state = { .sha256 = lt_bytes(job->sha256, 32),
						  .reason = why->reason,
						  .said = lt_link_said(why, room),
						  .retry = lt_reason_retry(why->reason) } };
	send(thread, job->session, &link);
}

static struct transfer *find(struct large_thread *thread, struct session_ref session)
{
	for (size_t i = 0; i < TRANSFERS_MAX; i++) {
		if (thread->transfers[i].used && thread->transfers[i].session.serial == session.serial)
			return &thread->transfers[i];
	}
	return NULL;
}

/* An agency writes one part once: a connection that came anew is the one that goes on. */
static void supersede(struct large_thread *thread, const struct large_job *job)
{
	for (size_t i = 0; i < TRANSFERS_MAX; i++) {
		struct transfer *transfer = &thread->transfers[i];
		if (transfer->used && transfer->writing && strcmp(transfer->agency, job->agency) == 0 &&
		    memcmp(transfer->sha256, job->sha256, 32) == 0)
			let_go(transfer);
	}
}

static struct transfer *begin(struct large_thread *thread, const struct large_job *job)
{
	struct transfer *transfer = find(thread, job->session);
	for (size_t i = 0; i < TRANSFERS_MAX && !transfer; i++) {
		if (!thread->transfers[i].used)
			transfer = &thread->transfers[i];
	}
	if (!transfer)
		return NULL;
	let_go(transfer);
	*transfer = (struct transfer){ .used = true, .session = job->session, .size = job->size };
	memcpy(transfer->agency, job->agency, sizeof(transfer->agency));
	memcpy(transfer->sha256, job->sha256, sizeof(transfer->sha256));
	return transfer;
}

/* Somebody who has it is asked to bring it again. */
static void want_again(struct large_thread *thread, const struct transfer *reading)
{
	lt_buf_clear(&thread->message);
	LT_ASSERT(lt_buf_append(&thread->message, reading->sha256, 32) == LT_OK &&
		  lt_buf_append(&thread->message, reading->agency, strlen(reading->agency)) == LT_OK);
	put(thread, OUTPUT_PART_LOST, reading->session);
}

static void failed(struct large_thread *thread, const struct large_job *job, struct transfer *transfer, enum lt_err err)
{
	struct lt_refusal why;
	if (err == LT_ECRYPTO)
		lt_refuse(&why, LT_PART_DIGEST_WRONG, "the bytes that came have another SHA-256: begin anew");
	else if (err == LT_EFULL)
		lt_refuse(&why, LT_STORE_FULL, "the broker's disk has no room for it");
	else if (err == LT_EINVAL)
		lt_refuse(&why, LT_STATE_WRONG, "not the chunk that follows");
	else if (err == LT_ENOENT || err == LT_ECORRUPT)
		lt_refuse(&why, LT_PART_GONE, "the broker's file of it is damaged or gone");
	else
		lt_refuse(&why, LT_OVERLOADED, "%s", lt_err_text(err));
	refuse(thread, job, &why);
	char name[2 * 32 + 1];
	lt_hex(lt_bytes(job->sha256, 32), name);
	if (err == LT_ECORRUPT || err == LT_ENOENT)
		lt_log_peer(LT_LOG_ERROR, "the file of a large part is damaged or gone: its receiver waits for it",
			    name, "", "part", name, "agency", transfer ? transfer->agency : job->agency, "error",
			    lt_err_text(err), "remedy",
			    "who has it is asked to bring it again; or copy it from a backup's large/ into DATA/large/",
			    NULL);
	if (transfer && !transfer->writing && (err == LT_ECORRUPT || err == LT_ENOENT))
		want_again(thread, transfer);
	if (transfer)
		let_go(transfer);
}

/* The engine journals it, and tells its sender. */
static void end_writing(struct large_thread *thread, const struct large_job *job, struct transfer *transfer)
{
	uint8_t chunks[32];
	char name[2 * 32 + 1];
	bool was_damaged = large_files_damaged(thread->options.files, transfer->sha256);
	enum lt_err err = large_writing_end(transfer->writing, chunks);
	if (err) {
		failed(thread, job, transfer, err);
		return;
	}
	lt_hex(lt_bytes(transfer->sha256, 32), name);
	if (was_damaged)
		lt_log(LT_LOG_NOTICE, "a large part whose file was damaged or gone is whole again", "part", name, NULL);
	struct lt_command command = { .type = LT_COMMAND_LARGE,
				      .u.large = { .agency = transfer->agency,
						   .sha256 = lt_bytes(transfer->sha256, 32),
						   .size = transfer->size,
						   .chunks = lt_bytes(chunks, 32) } };
	lt_buf_clear(&thread->message);
	LT_ASSERT(lt_command_encode(&command, &thread->message) == LT_OK);
	put(thread, OUTPUT_STORED, transfer->session);
	let_go(transfer);
}

static bool has_room(const struct large_thread *thread, uint64_t bytes)
{
	uint64_t free = large_files_free(thread->options.files);
	uint64_t reserve = atomic_load_explicit(thread->options.disk_reserve, memory_order_relaxed);
	return free > reserve && free - reserve > bytes;
}

static void open_writing(struct large_thread *thread, const struct large_job *job)
{
	struct large_reading *held = NULL;
	if (job->known && !large_files_damaged(thread->options.files, job->sha256) &&
	    !large_reading_open(thread->options.files, job->sha256, job->size, job->chunks, &held)) {
		large_reading_close(held);
		tell(thread, job, job->size, true);
		return;
	}
	supersede(thread, job);
	struct transfer *transfer = begin(thread, job);
	enum lt_err err = transfer ? large_writing_open(thread->options.files, job->agency, job->sha256, job->size,
							&transfer->writing)
				   : LT_EAGAIN;
	if (!err && !has_room(thread, job->size - large_writing_offset(transfer->writing)))
		err = LT_EFULL;
	if (err)
		failed(thread, job, transfer, err);
	else if (large_writing_offset(transfer->writing) == job->size)
		end_writing(thread, job, transfer);
	else
		tell(thread, job, large_writing_offset(transfer->writing), false);
}

static void open_reading(struct large_thread *thread, const struct large_job *job)
{
	struct transfer *transfer = begin(thread, job);
	enum lt_err err = transfer ? large_reading_open(thread->options.files, job->sha256, job->size, job->chunks,
							&transfer->reading)
				   : LT_EAGAIN;
	if (err)
		failed(thread, job, transfer, err);
	else
		tell(thread, job, 0, false);
}

/* NULL: answered. */
static struct transfer *expect(struct large_thread *thread, const struct large_job *job)
{
	struct transfer *transfer = find(thread, job->session);
	bool write = job->type == LARGE_JOB_CHUNK;
	if (transfer && memcmp(transfer->sha256, job->sha256, 32) == 0 &&
	    (write ? transfer->writing != NULL : transfer->reading != NULL))
		return transfer;
	struct lt_refusal why;
	lt_refuse(&why, LT_STATE_WRONG, "PART_OPEN first");
	refuse(thread, job, &why);
	return NULL;
}

static void take_chunk(struct large_thread *thread, const struct large_job *job)
{
	struct transfer *transfer = expect(thread, job);
	if (!transfer)
		return;
	enum lt_err err = LT_OK;
	if (job->offset / LARGE_CHUNK % FREE_CHECK == 0 && !has_room(thread, 0))
		err = LT_EFULL;
	if (!err)
		err = large_writing_add(transfer->writing, job->offset, lt_bytes(job->data, job->data_len));
	uint64_t offset = large_writing_offset(transfer->writing);
	if (err)
		failed(thread, job, transfer, err);
	else if (offset == transfer->size)
		end_writing(thread, job, transfer);
	else
		tell(thread, job, offset, false);
}

static void give_chunk(struct large_thread *thread, const struct large_job *job)
{
	struct transfer *transfer = expect(thread, job);
	size_t len = 0;
	if (!transfer)
		return;
	enum lt_err err = large_reading_get(transfer->reading, job->offset, thread->chunk, &len);
	if (err) {
		failed(thread, job, transfer, err);
		return;
	}
	struct lt_link link = { .type = LT_LINK_PART_CHUNK,
				.u.part_chunk = { .sha256 = lt_bytes(job->sha256, 32),
						  .offset = job->offset,
						  .data = lt_bytes(thread->chunk, len) } };
	send(thread, job->session, &link);
}

static void work(struct large_thread *thread, const struct large_job *job)
{
	switch (job->type) {
	case LARGE_JOB_OPEN:
		(job->write ? open_writing : open_reading)(thread, job);
		return;
	case LARGE_JOB_CHUNK:
		take_chunk(thread, job);
		return;
	case LARGE_JOB_GET:
		give_chunk(thread, job);
		return;
	case LARGE_JOB_LOST:
		for (struct transfer *transfer; (transfer = find(thread, job->session)) != NULL;)
			let_go(transfer);
		return;
	case LARGE_JOB_GONE:
		for (size_t i = 0; i + 32 <= job->data_len; i += 32)
			large_files_remove(thread->options.files, job->data + i);
		return;
	}
	lt_fatal("large job %d", (int)job->type);
}

void large_thread_run(struct large_thread *thread)
{
	for (struct large_job *job; (job = large_jobs_take(thread->options.jobs)) != NULL;) {
		work(thread, job);
		free(job);
	}
}
