/* uploads.c: rows of uploads, and the thread that writes and hashes.
 *
 * The row is the truth: it is written when the file is synced so far, and what lies behind is cut when the upload goes on. So a PATCH with
 * a checksum counts whole or not at all, and after a crash nothing counts that the disk may have torn. When the last byte is there the row
 * gets the digest, then the file its name, then the part its row: a start in between does the rest. */
#include "uploads.h"

#include "base/fields.h"
#include "mail/parts.h"
#include "program/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK_S 60 /* between two looks for what is old */

struct open_upload {
	uint8_t id[UPLOAD_ID];
	bool used, busy;
	uint64_t turn; /* of its last PATCH: the oldest makes room */
	struct part_writing *writing;
	uint64_t noted; /* offset of the row */
};
struct uploads {
	struct adapter *adapter;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t more;
	bool stopping;
	uint64_t turns;
	struct upload_patch *first, **last;
	struct open_upload open[UPLOADS_OPEN]; /* used, busy, id: under the mutex; the rest the thread's while busy */
};

/* ---- rows ---- */

static struct lt_bytes key_of(const uint8_t id[UPLOAD_ID])
{
	return lt_bytes(id, UPLOAD_ID);
}

static enum lt_err read_row(struct lt_bytes value, struct upload_row *out)
{
	struct fields_reader reader = { .rest = value };
	out->length = fields_get_u64(&reader);
	out->offset = fields_get_u64(&reader);
	out->touched = (int64_t)fields_get_u64(&reader);
	fields_get_raw(&reader, out->sha256, sizeof(out->sha256));
	out->done = fields_get_u8(&reader) != 0;
	struct lt_bytes metadata = fields_get_bytes(&reader);
	if (metadata.len > UPLOAD_METADATA_MAX)
		return LT_ECORRUPT;
	memset(out->metadata, 0, sizeof(out->metadata));
	if (metadata.len > 0)
		memcpy(out->metadata, metadata.data, metadata.len);
	return fields_end(&reader);
}

enum lt_err upload_get(struct vault_tx *tx, const uint8_t id[UPLOAD_ID], struct upload_row *out)
{
	struct lt_bytes value;
	enum lt_err err = vault_get(tx, VAULT_UPLOAD, key_of(id), &value);
	return err ? err : read_row(value, out);
}

enum lt_err upload_next(struct vault_tx *tx, uint8_t id[UPLOAD_ID], struct upload_row *out)
{
	struct lt_bytes key, value;
	enum lt_err err = vault_seek(tx, VAULT_UPLOAD, key_of(id), &key, &value);
	if (!err && key.len != UPLOAD_ID)
		err = LT_ECORRUPT;
	if (err)
		return err;
	memcpy(id, key.data, UPLOAD_ID);
	return read_row(value, out);
}

enum lt_err upload_put(struct vault_tx *tx, const uint8_t id[UPLOAD_ID], const struct upload_row *row)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, row->length);
	fields_put_u64(&writer, row->offset);
	fields_put_u64(&writer, (uint64_t)row->touched);
	fields_put_raw(&writer, row->sha256, sizeof(row->sha256));
	fields_put_u8(&writer, row->done);
	fields_put_bytes(&writer, lt_bytes(row->metadata, strlen(row->metadata)));
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_UPLOAD, key_of(id), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	return err;
}

void upload_file_name(const uint8_t id[UPLOAD_ID], char out[3 + 2 * UPLOAD_ID + 1])
{
	memcpy(out, "up-", 3);
	lt_hex(lt_bytes(id, UPLOAD_ID), out + 3);
}

/* ---- who is at which ---- */

static struct open_upload *find(struct uploads *uploads, const uint8_t id[UPLOAD_ID])
{
	for (size_t i = 0; i < UPLOADS_OPEN; i++) {
		if (uploads->open[i].used && memcmp(uploads->open[i].id, id, UPLOAD_ID) == 0)
			return &uploads->open[i];
	}
	return NULL;
}

/* One that nobody uses, else the one that has rested longest. */
static struct open_upload *make_room(struct uploads *uploads)
{
	struct open_upload *oldest = NULL;
	for (size_t i = 0; i < UPLOADS_OPEN; i++) {
		struct open_upload *one = &uploads->open[i];
		if (!one->used)
			return one;
		if (!one->busy && (!oldest || one->turn < oldest->turn))
			oldest = one;
	}
	return oldest;
}

static void let_go(struct open_upload *one)
{
	part_writing_close(one->writing);
	*one = (struct open_upload){ 0 };
}

bool uploads_claim(struct uploads *uploads, const uint8_t id[UPLOAD_ID], bool *full)
{
	pthread_mutex_lock(&uploads->mutex);
	struct open_upload *one = find(uploads, id);
	*full = false;
	if (!one && (one = make_room(uploads)) != NULL) {
		let_go(one);
		one->used = true;
		memcpy(one->id, id, UPLOAD_ID);
	}
	*full = !one;
	bool claimed = one && !one->busy;
	if (claimed) {
		one->busy = true;
		one->turn = ++uploads->turns;
	}
	pthread_mutex_unlock(&uploads->mutex);
	return claimed;
}

bool uploads_forget(struct uploads *uploads, const uint8_t id[UPLOAD_ID])
{
	pthread_mutex_lock(&uploads->mutex);
	struct open_upload *one = find(uploads, id);
	bool free = !one || !one->busy;
	if (one && free)
		let_go(one);
	pthread_mutex_unlock(&uploads->mutex);
	return free;
}

static void rest(struct uploads *uploads, struct open_upload *one, bool over)
{
	pthread_mutex_lock(&uploads->mutex);
	if (over)
		let_go(one);
	else
		one->busy = false;
	pthread_mutex_unlock(&uploads->mutex);
}

/* ---- the thread ---- */

static enum lt_err note_run(void *ctx, struct vault_tx *tx)
{
	struct upload_patch *patch = ctx;
	struct upload_row row;
	if (patch->alone)
		return LT_OK;
	enum lt_err err = upload_get(tx, patch->id, &row); /* terminated meanwhile: it stays away */
	return err ? err : upload_put(tx, patch->id, &patch->row);
}

/* So far it is on the disk. */
static enum lt_err note(struct open_upload *one, struct upload_patch *patch)
{
	part_writing_sync(one->writing);
	patch->row.offset = one->noted = part_writing_offset(one->writing);
	patch->row.touched = adapter_speaker(patch->uploads->adapter)->now();
	return vault_run(adapter_vault(patch->uploads->adapter), note_run, patch);
}

static enum lt_err open_file(struct open_upload *one, struct upload_patch *patch)
{
	char name[3 + 2 * UPLOAD_ID + 1];
	upload_file_name(patch->id, name);
	enum lt_err err = LT_OK;
	if (one->writing && part_writing_offset(one->writing) != patch->row.offset) {
		part_writing_close(one->writing);
		one->writing = NULL;
	}
	if (!one->writing)
		err = part_writing_open(adapter_files(patch->uploads->adapter), name, patch->row.offset, &one->writing);
	if (err)
		return err;
	one->noted = patch->row.offset;
	patch->before = *part_writing_digest(one->writing);
	patch->begun = true;
	return LT_OK;
}

static enum lt_err write_some(struct open_upload *one, struct upload_patch *patch)
{
	enum lt_err err = patch->begun ? LT_OK : open_file(one, patch);
	if (!err && patch->len > 0)
		err = part_writing_add(one->writing, patch->data, patch->len);
	if (!err && patch->checksum_len > 0)
		digest_add(&patch->sum, lt_bytes(patch->data, patch->len));
	patch->len = 0;
	if (!err && patch->checksum_len == 0 && part_writing_offset(one->writing) - one->noted >= UPLOAD_SYNC)
		err = note(one, patch);
	return err;
}

struct finish {
	struct upload_patch *patch;
	struct lt_bytes small; /* its bytes, of one that travels with its envelope */
};

static enum lt_err finish_run(void *ctx, struct vault_tx *tx)
{
	struct finish *finish = ctx;
	struct upload_patch *patch = finish->patch;
	int64_t now = adapter_speaker(patch->uploads->adapter)->now();
	enum lt_err err = finish->small.len > 0 ? parts_put(tx, patch->row.sha256, finish->small, now)
						: parts_put_large(tx, patch->row.sha256, patch->row.length, now);
	return err ? err : note_run(patch, tx);
}

static enum lt_err read_small(struct upload_patch *patch, uint8_t *out)
{
	int fd = part_files_read(adapter_files(patch->uploads->adapter), patch->row.sha256);
	ssize_t n = fd < 0 ? -1 : pread(fd, out, (size_t)patch->row.length, 0);
	if (fd >= 0)
		close(fd);
	return n == (ssize_t)patch->row.length ? LT_OK : LT_EIO;
}

/* All of it is there and noted: the digest, the name, the part. */
static enum lt_err finish(struct open_upload *one, struct upload_patch *patch)
{
	struct finish finish = { .patch = patch };
	bool small = patch->row.length <= LT_PART_MAX;
	digest_tell(part_writing_digest(one->writing), patch->row.sha256);
	enum lt_err err = vault_run(adapter_vault(patch->uploads->adapter), note_run, patch);
	if (!err)
		err = part_writing_end(one->writing, NULL, patch->row.sha256);
	if (!err && small) {
		err = read_small(patch, patch->data);
		finish.small = lt_bytes(patch->data, (size_t)patch->row.length);
	}
	patch->row.done = true;
	if (!err)
		err = vault_run(adapter_vault(patch->uploads->adapter), finish_run, &finish);
	if (!err && small) {
		char name[65];
		lt_hex(lt_bytes(patch->row.sha256, 32), name);
		part_files_drop(adapter_files(patch->uploads->adapter), name);
	}
	return err;
}

static bool sum_holds(const struct upload_patch *patch)
{
	uint8_t found[32];
	digest_tell(&patch->sum, found);
	return memcmp(found, patch->checksum, patch->checksum_len) == 0;
}

static enum lt_err end_patch(struct open_upload *one, struct upload_patch *patch)
{
	enum lt_err err = write_some(one, patch);
	if (err)
		return err;
	if (patch->checksum_len > 0 && !sum_holds(patch)) {
		lt_refuse(&patch->refusal, LT_CHECKSUM_WRONG, "Upload-Checksum: these %llu bytes have another one",
			  (unsigned long long)patch->taken);
		return part_writing_back(one->writing, patch->row.offset, &patch->before);
	}
	err = note(one, patch);
	return !err && patch->row.offset == patch->row.length ? finish(one, patch) : err;
}

static void work(struct uploads *uploads, struct upload_patch *patch)
{
	if (patch->ended) {
		free(patch);
		return;
	}
	pthread_mutex_lock(&uploads->mutex);
	struct open_upload *one = find(uploads, patch->id);
	pthread_mutex_unlock(&uploads->mutex);
	LT_ASSERT(one && one->busy);
	enum lt_err err = LT_OK;
	if (patch->step == UPLOAD_DROP) {
		if (patch->alone) {
			char name[3 + 2 * UPLOAD_ID + 1];
			upload_file_name(patch->id, name);
			part_files_drop(adapter_files(uploads->adapter), name);
		} else if (patch->refusal.reason == LT_REASON_NONE && patch->checksum_len == 0) {
			err = write_some(one, patch);
			err = err ? err : note(one, patch);
		}
		rest(uploads, one, err || patch->checksum_len > 0 || patch->alone);
		free(patch);
		return;
	}
	if (!patch->refusal.reason)
		err = patch->step == UPLOAD_WRITE ? write_some(one, patch) : end_patch(one, patch);
	if (err == LT_EFULL)
		lt_refuse(&patch->refusal, LT_ADAPTER_FULL, "the adapter's store is full");
	else if (err == LT_ENOENT)
		lt_refuse(&patch->refusal, LT_NOT_FOUND, "no such upload");
	else if (err)
		lt_refuse(&patch->refusal, LT_INTERNAL_ERROR, "%s", lt_err_text(err));
	patch->ended = patch->step == UPLOAD_END;
	struct exchange *exchange = patch->exchange;
	if (patch->ended) {
		rest(uploads, one,
		     err || patch->row.done ||
			     patch->alone); /* before the answer: the next request may be there at once */
	}
	if (patch->ended && !patch->alone) {
		upload_answer(patch);
		exchange_resume(exchange);
	} else {
		upload_go_on(exchange);
	}
}

static void tidy(struct uploads *uploads);

static void *run(void *ctx)
{
	struct uploads *uploads = ctx;
	struct timespec until;
	tidy(uploads);
	pthread_mutex_lock(&uploads->mutex);
	for (;;) {
		struct upload_patch *patch = uploads->first;
		if (patch) {
			uploads->first = patch->next;
			if (!uploads->first)
				uploads->last = &uploads->first;
			pthread_mutex_unlock(&uploads->mutex);
			work(uploads, patch);
			pthread_mutex_lock(&uploads->mutex);
			continue;
		}
		if (uploads->stopping)
			break;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += TICK_S;
		if (pthread_cond_timedwait(&uploads->more, &uploads->mutex, &until) == 0)
			continue;
		pthread_mutex_unlock(&uploads->mutex);
		tidy(uploads);
		pthread_mutex_lock(&uploads->mutex);
	}
	pthread_mutex_unlock(&uploads->mutex);
	return NULL;
}

void uploads_post(struct uploads *uploads, struct upload_patch *patch)
{
	patch->next = NULL;
	pthread_mutex_lock(&uploads->mutex);
	*uploads->last = patch;
	uploads->last = &patch->next;
	pthread_cond_signal(&uploads->more);
	pthread_mutex_unlock(&uploads->mutex);
}

/* ---- what a crash has left, and what is old ---- */

static enum lt_err drop_run(void *ctx, struct vault_tx *tx)
{
	return vault_delete(tx, VAULT_UPLOAD, key_of(ctx));
}

static void drop(struct uploads *uploads, uint8_t id[UPLOAD_ID])
{
	char name[3 + 2 * UPLOAD_ID + 1];
	upload_file_name(id, name);
	if (!uploads_forget(uploads, id) || vault_run(adapter_vault(uploads->adapter), drop_run, id))
		return;
	part_files_drop(adapter_files(uploads->adapter), name);
}

/* It was all there: the rest is done as at the end of its last PATCH. */
static void finish_again(struct uploads *uploads, const uint8_t id[UPLOAD_ID], const struct upload_row *row)
{
	bool full;
	struct upload_patch *patch = calloc(1, sizeof(*patch));
	if (!patch || !uploads_claim(uploads, id, &full)) {
		free(patch);
		return;
	}
	patch->uploads = uploads;
	patch->row = *row;
	memcpy(patch->id, id, UPLOAD_ID);
	pthread_mutex_lock(&uploads->mutex);
	struct open_upload *one = find(uploads, id);
	pthread_mutex_unlock(&uploads->mutex);
	int whole = part_files_read(adapter_files(uploads->adapter), row->sha256);
	enum lt_err err = LT_OK;
	if (whole >= 0) { /* it has its name already; as a small part its bytes are to be put */
		struct finish finish = { .patch = patch };
		close(whole);
		patch->row.done = true;
		if (row->length <= LT_PART_MAX && !(err = read_small(patch, patch->data)))
			finish.small = lt_bytes(patch->data, (size_t)row->length);
		if (!err)
			err = vault_run(adapter_vault(uploads->adapter), finish_run, &finish);
	} else {
		err = open_file(one, patch);
		if (!err)
			err = finish(one, patch);
	}
	if (err)
		lt_log(LT_LOG_ERROR, "a finished upload cannot be made a part", "error", lt_err_text(err), NULL);
	rest(uploads, one, true);
	free(patch);
}

static void tidy(struct uploads *uploads)
{
	uint8_t id[UPLOAD_ID] = { 0 };
	int64_t now = adapter_speaker(uploads->adapter)->now();
	for (size_t i = 0; i < UPLOADS_MAX; i++) {
		struct upload_row row;
		struct vault_tx *tx;
		if (vault_read_begin(adapter_vault(uploads->adapter), &tx))
			return;
		enum lt_err err = upload_next(tx, id, &row);
		vault_read_end(tx);
		if (err)
			return;
		if (row.touched + UPLOAD_KEEP_US < now)
			drop(uploads, id);
		else if (!row.done && row.offset == row.length)
			finish_again(uploads, id, &row);
		for (size_t k = UPLOAD_ID; k-- > 0 && ++id[k] == 0;)
			;
	}
}

enum lt_err uploads_new(struct adapter *adapter, struct uploads **out)
{
	struct uploads *uploads = calloc(1, sizeof(*uploads));
	if (!uploads)
		return LT_ENOMEM;
	uploads->adapter = adapter;
	uploads->last = &uploads->first;
	pthread_mutex_init(&uploads->mutex, NULL);
	pthread_cond_init(&uploads->more, NULL);
	if (pthread_create(&uploads->thread, NULL, run, uploads) != 0)
		lt_fatal("the thread of uploads cannot be made");
	pthread_setname_np(uploads->thread, "uploads");
	*out = uploads;
	return LT_OK;
}

void uploads_free(struct uploads *uploads)
{
	if (!uploads)
		return;
	pthread_mutex_lock(&uploads->mutex);
	uploads->stopping = true;
	pthread_cond_signal(&uploads->more);
	pthread_mutex_unlock(&uploads->mutex);
	pthread_join(uploads->thread, NULL);
	for (size_t i = 0; i < UPLOADS_OPEN; i++)
		let_go(&uploads->open[i]);
	pthread_cond_destroy(&uploads->more);
	pthread_mutex_destroy(&uploads->mutex);
	free(uploads);
}
