/* simdisk.c: each file has what readers see (now), what a crash leaves (synced), and the writes in between. */
#include "simdisk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FILES = 4096, HANDLES = 1024, SECTOR = 512 };

struct pending {
	enum { WRITE, CUT } type;
	uint64_t offset; /* CUT: size */
	size_t len;
	uint8_t *data;
};
struct file {
	char name[64];
	bool durable_name; /* a crash keeps it for sure */
	bool removed;      /* not yet durable */
	struct lt_buf now, synced;
	struct pending *pending;
	size_t pending_count, pending_cap;
};
struct simdisk {
	struct file *files[FILES];
	size_t file_count;
	struct file *handles[HANDLES];
	uint64_t fail_write, fail_sync, capacity, writes, syncs;
	bool write_failed, sync_failed;
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void resize(struct lt_buf *buf, size_t len)
{
	if (len > buf->len) {
		if (lt_buf_reserve(buf, len - buf->len))
			abort();
		memset(buf->data + buf->len, 0, len - buf->len);
	}
	buf->len = len;
}

static void put(struct lt_buf *buf, uint64_t offset, const void *data, size_t len)
{
	if (len == 0)
		return;
	if (offset + len > buf->len)
		resize(buf, (size_t)offset + len);
	memcpy(buf->data + offset, data, len);
}

static void drop_pending(struct file *file)
{
	for (size_t i = 0; i < file->pending_count; i++)
		free(file->pending[i].data);
	file->pending_count = 0;
}

static void free_file(struct file *file)
{
	drop_pending(file);
	free(file->pending);
	lt_buf_fini(&file->now);
	lt_buf_fini(&file->synced);
	free(file);
}

static void add_pending(struct file *file, struct pending pending)
{
	if (file->pending_count == file->pending_cap) {
		file->pending_cap = file->pending_cap ? file->pending_cap * 2 : 16;
		file->pending = must(realloc(file->pending, file->pending_cap * sizeof *file->pending));
	}
	file->pending[file->pending_count++] = pending;
}

struct simdisk *simdisk_new(void)
{
	return must(calloc(1, sizeof(struct simdisk)));
}

void simdisk_free(struct simdisk *sim)
{
	if (!sim)
		return;
	for (size_t i = 0; i < sim->file_count; i++)
		free_file(sim->files[i]);
	free(sim);
}

static struct file *find(const struct simdisk *sim, const char *name)
{
	for (size_t i = 0; i < sim->file_count; i++)
		if (!sim->files[i]->removed && strcmp(sim->files[i]->name, name) == 0)
			return sim->files[i];
	return NULL;
}

static struct file *add_file(struct simdisk *sim, const char *name)
{
	assert(sim->file_count < FILES && strlen(name) < sizeof((struct file *)0)->name);
	struct file *file = must(calloc(1, sizeof *file));
	strcpy(file->name, name);
	sim->files[sim->file_count++] = file;
	return file;
}

static enum lt_err sim_open(void *ctx, const char *name, bool create, int *out)
{
	struct simdisk *sim = ctx;
	struct file *file = find(sim, name);
	if (!file && !create)
		return LT_ENOENT;
	if (!file)
		file = add_file(sim, name);
	for (int i = 0; i < HANDLES; i++) {
		if (sim->handles[i])
			continue;
		sim->handles[i] = file;
		*out = i;
		return LT_OK;
	}
	abort();
}

static void sim_close(void *ctx, int handle)
{
	struct simdisk *sim = ctx;
	assert(sim->handles[handle]);
	sim->handles[handle] = NULL;
}

static uint64_t room(const struct simdisk *sim)
{
	uint64_t used = 0;
	if (sim->capacity == 0)
		return UINT64_MAX;
	for (size_t i = 0; i < sim->file_count; i++)
		used += sim->files[i]->now.len;
	return used < sim->capacity ? sim->capacity - used : 0;
}

static void write_now(struct file *file, uint64_t offset, const void *data, size_t len)
{
	put(&file->now, offset, data, len);
	struct pending pending = { .type = WRITE, .offset = offset, .len = len, .data = must(malloc(len ? len : 1)) };
	if (len > 0)
		memcpy(pending.data, data, len);
	add_pending(file, pending);
}

static bool strikes(uint64_t *countdown, bool *failed)
{
	if (*failed)
		return true;
	if (*countdown == 0 || --*countdown > 0)
		return false;
	return *failed = true;
}

static enum lt_err sim_write(void *ctx, int handle, uint64_t offset, const void *data, size_t len)
{
	struct simdisk *sim = ctx;
	struct file *file = sim->handles[handle];
	sim->writes++;
	if (strikes(&sim->fail_write, &sim->write_failed)) {
		write_now(file, offset, data, len / 2); /* what a failed write has done is not known */
		return LT_EIO;
	}
	uint64_t fits = room(sim), growth = offset + len > file->now.len ? offset + len - file->now.len : 0;
	if (growth > fits) {
		uint64_t missing = growth - fits;
		write_now(file, offset, data, missing < len ? len - (size_t)missing : 0);
		return LT_EFULL;
	}
	write_now(file, offset, data, len);
	return LT_OK;
}

static enum lt_err sim_read(void *ctx, int handle, uint64_t offset, void *data, size_t len, size_t *got)
{
	const struct simdisk *sim = ctx;
	const struct lt_buf *now = &sim->handles[handle]->now;
	size_t left = offset < now->len ? now->len - (size_t)offset : 0;
	*got = len < left ? len : left;
	if (*got > 0)
		memcpy(data, now->data + offset, *got);
	return LT_OK;
}

static enum lt_err sim_sync(void *ctx, int handle)
{
	struct simdisk *sim = ctx;
	struct file *file = sim->handles[handle];
	sim->syncs++;
	if (strikes(&sim->fail_sync, &sim->sync_failed)) {
		drop_pending(file); /* clean pages that never reached the disk */
		return LT_EIO;
	}
	for (size_t i = 0; i < file->pending_count; i++) {
		const struct pending *pending = &file->pending[i];
		if (pending->type == CUT)
			resize(&file->synced, (size_t)pending->offset);
		else
			put(&file->synced, pending->offset, pending->data, pending->len);
	}
	drop_pending(file);
	return LT_OK;
}

static enum lt_err sim_sync_folder(void *ctx)
{
	struct simdisk *sim = ctx;
	sim->syncs++;
	if (strikes(&sim->fail_sync, &sim->sync_failed))
		return LT_EIO;
	size_t kept = 0;
	for (size_t i = 0; i < sim->file_count; i++) {
		struct file *file = sim->files[i];
		bool open = false;
		for (int h = 0; h < HANDLES; h++)
			open = open || sim->handles[h] == file;
		file->durable_name = !file->removed;
		if (file->removed && !open)
			free_file(file);
		else
			sim->files[kept++] = file;
	}
	sim->file_count = kept;
	return LT_OK;
}

static enum lt_err sim_size(void *ctx, int handle, uint64_t *out)
{
	const struct simdisk *sim = ctx;
	*out = sim->handles[handle]->now.len;
	return LT_OK;
}

static enum lt_err sim_truncate(void *ctx, int handle, uint64_t size)
{
	struct simdisk *sim = ctx;
	struct file *file = sim->handles[handle];
	resize(&file->now, (size_t)size);
	add_pending(file, (struct pending){ .type = CUT, .offset = size });
	return LT_OK;
}

static enum lt_err sim_punch(void *ctx, int handle, uint64_t offset, uint64_t len)
{
	struct simdisk *sim = ctx;
	struct file *file = sim->handles[handle];
	uint64_t end = offset + len < file->now.len ? offset + len : file->now.len;
	if (offset >= end)
		return LT_OK;
	uint8_t *zeros = must(calloc(1, (size_t)(end - offset)));
	write_now(file, offset, zeros, (size_t)(end - offset));
	free(zeros);
	return LT_OK;
}

static enum lt_err sim_rename(void *ctx, const char *from, const char *to)
{
	struct simdisk *sim = ctx;
	struct file *file = find(sim, from), *old = find(sim, to);
	if (!file)
		return LT_ENOENT;
	if (old && old != file)
		old->removed = true;
	strcpy(file->name, to);
	file->durable_name = false;
	return LT_OK;
}

static enum lt_err sim_remove(void *ctx, const char *name)
{
	struct file *file = find(ctx, name);
	if (!file)
		return LT_ENOENT;
	file->removed = true;
	return LT_OK;
}

static enum lt_err sim_list(void *ctx, void (*each)(void *arg, const char *name), void *arg)
{
	const struct simdisk *sim = ctx;
	for (size_t i = 0; i < sim->file_count; i++)
		if (!sim->files[i]->removed)
			each(arg, sim->files[i]->name);
	return LT_OK;
}

static enum lt_err sim_free_space(void *ctx, uint64_t *bytes)
{
	*bytes = room(ctx);
	return LT_OK;
}

struct disk simdisk_disk(struct simdisk *sim)
{
	return (struct disk){ .ctx = sim,
			      .open = sim_open,
			      .close = sim_close,
			      .write = sim_write,
			      .read = sim_read,
			      .sync = sim_sync,
			      .sync_folder = sim_sync_folder,
			      .size = sim_size,
			      .truncate = sim_truncate,
			      .punch = sim_punch,
			      .rename = sim_rename,
			      .remove = sim_remove,
			      .list = sim_list,
			      .free_space = sim_free_space };
}

static void stand_up(struct simdisk *sim)
{
	memset(sim->handles, 0, sizeof sim->handles);
	sim->fail_write = sim->fail_sync = 0;
	sim->write_failed = sim->sync_failed = false;
}

static uint64_t next(uint64_t *seed) /* splitmix64 */
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Modes of loss: a prefix of the bytes, any subset of sectors, everything. */
static void lose(struct file *file, uint64_t *seed)
{
	uint64_t mode = *seed == 0 ? 3 : next(seed) % 3;
	for (size_t i = 0; i < file->pending_count && mode < 3; i++) {
		const struct pending *pending = &file->pending[i];
		if (pending->type == CUT) {
			resize(&file->synced, (size_t)pending->offset);
		} else if (mode == 0) {
			size_t kept = (size_t)(next(seed) % (pending->len + 1));
			put(&file->synced, pending->offset, pending->data, kept);
			if (kept < pending->len)
				break;
		} else {
			for (size_t at = 0; at < pending->len;) {
				size_t step = SECTOR - (size_t)((pending->offset + at) % SECTOR);
				step = step < pending->len - at ? step : pending->len - at;
				if (mode == 2 || next(seed) % 2)
					put(&file->synced, pending->offset + at, pending->data + at, step);
				at += step;
			}
		}
	}
	drop_pending(file);
	lt_buf_clear(&file->now);
	put(&file->now, 0, file->synced.data, file->synced.len);
}

void simdisk_crash(struct simdisk *sim, uint64_t seed)
{
	size_t kept = 0;
	for (size_t i = 0; i < sim->file_count; i++) {
		struct file *file = sim->files[i];
		lose(file, &seed);
		bool stays = file->removed ? file->durable_name && seed != 0 && next(&seed) % 2
					   : file->durable_name || (seed != 0 && next(&seed) % 2);
		if (file->removed && file->durable_name && seed == 0)
			stays = true;
		if (!stays) {
			free_file(file);
			continue;
		}
		file->removed = false;
		file->durable_name = true;
		sim->files[kept++] = file;
	}
	sim->file_count = kept;
	stand_up(sim);
}

void simdisk_kill(struct simdisk *sim)
{
	stand_up(sim);
}

void simdisk_fail_write(struct simdisk *sim, uint64_t n)
{
	sim->fail_write = n;
}

void simdisk_fail_sync(struct simdisk *sim, uint64_t n)
{
	sim->fail_sync = n;
}

void simdisk_set_capacity(struct simdisk *sim, uint64_t bytes)
{
	sim->capacity = bytes;
}

uint64_t simdisk_writes(const struct simdisk *sim)
{
	return sim->writes;
}

uint64_t simdisk_syncs(const struct simdisk *sim)
{
	return sim->syncs;
}

enum lt_err simdisk_flip(struct simdisk *sim, const char *name, uint64_t offset, uint8_t mask)
{
	struct file *file = find(sim, name);
	if (!file || offset >= file->now.len)
		return LT_ENOENT;
	file->now.data[offset] ^= mask;
	if (offset < file->synced.len)
		file->synced.data[offset] ^= mask;
	return LT_OK;
}

enum lt_err simdisk_cut(struct simdisk *sim, const char *name, uint64_t size)
{
	struct file *file = find(sim, name);
	if (!file)
		return LT_ENOENT;
	resize(&file->now, (size_t)size);
	resize(&file->synced, (size_t)size);
	return LT_OK;
}

enum lt_err simdisk_look(struct simdisk *sim, const char *name, struct lt_bytes *out)
{
	struct file *file = find(sim, name);
	if (!file)
		return LT_ENOENT;
	*out = lt_buf_bytes(&file->now);
	return LT_OK;
}

struct simdisk *simdisk_clone(const struct simdisk *sim)
{
	struct simdisk *clone = simdisk_new();
	for (size_t i = 0; i < sim->file_count; i++) {
		if (sim->files[i]->removed)
			continue;
		struct file *file = add_file(clone, sim->files[i]->name);
		file->durable_name = true;
		put(&file->now, 0, sim->files[i]->now.data, sim->files[i]->now.len);
		put(&file->synced, 0, sim->files[i]->now.data, sim->files[i]->now.len);
	}
	return clone;
}
