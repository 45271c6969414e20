/* simkept.c: kept journals, written and replayed. */
#include "test.h"

#include "simkept.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "base/fields.h"
#include "queue/env.h"
#include "sim.h"
#include "simdisk.h"

#define MAGIC "LTKEPT1\n"
#define AGAIN UINT32_C(0x80000000) /* instead of a length: the record with this number in the file */
enum {
	MAGIC_LEN = 8,
	BATCH = 64,
	FILE_MAX = 64 << 20,
	JOURNAL_MAX = 1500, /* records of a journal that are kept: its beginning */
};

/* ---- a broker that replays and does nothing else ---- */

struct replayer {
	struct simdisk *folder;
	struct disk disk;
	struct journal *journal;
	struct store *store;
	char path[64];
};

static int64_t no_time(void *ctx)
{
	(void)ctx;
	return SIM_START;
}

static void no_bytes(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
}

static void begin(struct replayer *r)
{
	struct journal_options journal = { .leaf = lt_record_leaf, .erase = lt_record_erase, .segment_bytes = 4 << 20 };
	struct journal_report report;
	snprintf(r->path, sizeof(r->path), "/dev/shm/lienthong-kept-XXXXXX");
	assert_non_null(mkdtemp(r->path));
	struct store_options store = { .path = r->path, .map_bytes = 256 << 20, .create = true };
	r->folder = simdisk_new();
	r->disk = simdisk_disk(r->folder);
	assert_int_equal(journal_open(&r->disk, &journal, 1, &report, &r->journal), LT_OK);
	assert_int_equal(store_open(&store, &r->store), LT_OK);
}

static void end(struct replayer *r)
{
	char name[128];
	journal_close(r->journal);
	store_close(r->store);
	simdisk_free(r->folder);
	snprintf(name, sizeof(name), "%s/data.mdb", r->path);
	unlink(name);
	snprintf(name, sizeof(name), "%s/lock.mdb", r->path);
	unlink(name);
	rmdir(r->path);
}

/* Part bytes are not kept: apply never reads them. A byte stands for each, to be punched out. */
static uint32_t parts_of(struct lt_bytes record, struct lt_arena *arena)
{
	struct lt_record read;
	struct lt_command command;
	struct lt_refusal refusal;
	lt_arena_reset(arena);
	if (lt_record_decode(record, &read, &refusal) || lt_record_command(&read, arena, &command, &refusal))
		fail_msg("a kept record cannot be read: %s", refusal.detail);
	return command.type == LT_COMMAND_SUBMIT ? command.u.submit.verdict.parts : 0;
}

/* All records of a file so far: a journal may name one of them again. */
struct seen {
	size_t count, room;
	struct lt_bytes *records;
};

static void remember(struct seen *seen, struct lt_bytes record)
{
	if (seen->count == seen->room) {
		seen->room = seen->room ? 2 * seen->room : 1024;
		seen->records = realloc(seen->records, seen->room * sizeof(*seen->records));
		assert_non_null(seen->records);
	}
	seen->records[seen->count++] = record;
}

static struct lt_bytes next_record(struct fields_reader *in, struct seen *seen)
{
	uint32_t word = fields_get_u32(in);
	if (word & AGAIN) {
		assert_true((word & ~AGAIN) < seen->count);
		return seen->records[word & ~AGAIN];
	}
	struct lt_bytes record = lt_bytes(fields_take(in, word), word);
	remember(seen, record);
	return record;
}

static void write_records(struct replayer *r, struct fields_reader *in, struct seen *seen, uint32_t count)
{
	struct journal_batch batch = { 0 };
	struct lt_bytes parts[32];
	struct lt_arena *arena;
	struct commit commit;
	assert_int_equal(lt_arena_new(64 << 20, &arena), LT_OK);
	for (size_t i = 0; i < 32; i++)
		parts[i] = lt_bytes("p", 1);
	for (uint32_t done = 0; done < count;) {
		journal_batch_clear(&batch, done + 1);
		for (; done < count && batch.count < BATCH; done++) {
			struct lt_bytes record = next_record(in, seen);
			uint8_t leaf[32];
			assert_true(lt_record_leaf(record, leaf));
			assert_int_equal(journal_batch_add(&batch, record, (struct journal_shared){ 0 }, leaf, parts,
							   parts_of(record, arena)),
					 LT_OK);
		}
		assert_int_equal(journal_write(r->journal, &batch, &commit), LT_OK);
		journal_publish(r->journal, &commit, &batch);
	}
	journal_batch_fini(&batch);
	lt_arena_free(arena);
}

/* The state hash behind the last record; false: error says where the replay ended. */
static bool replay(struct fields_reader *in, struct seen *seen, uint32_t count,
		   const struct rules *(*rules)(uint32_t version), uint8_t hash[32], char error[400])
{
	struct replayer r = { 0 };
	struct engine *engine = NULL;
	struct env env = { .now = no_time, .boottime = no_time, .random = no_bytes };
	struct engine_options options = { .elide_days = 30, .horizon_days = 400, .version = "kept", .rebuild = true };
	options.rules = rules;
	begin(&r);
	write_records(&r, in, seen, count);
	enum lt_err err = engine_open(&env, &options, NULL, r.journal, r.store, NULL, false, error, 400, &engine);
	if (!err)
		assert_int_equal(store_hash(r.store, hash), LT_OK);
	engine_close(engine);
	end(&r);
	return !err;
}

/* ---- what is erased, as it was: the journal that is kept is replayed from its first record on ---- */

enum { ERASED_MAX = 64 };
static struct erased {
	uint64_t sequence;
	struct lt_buf bytes;
} erased[ERASED_MAX];
static size_t erased_count;

enum lt_err simkept_erase(struct lt_bytes record, uint64_t act, size_t shorter, struct lt_buf *out)
{
	struct lt_record read;
	struct lt_refusal refusal;
	if (getenv("LT_KEEP") && !lt_record_decode(record, &read, &refusal) && !read.erased_by) {
		assert_true(erased_count < ERASED_MAX);
		erased[erased_count].sequence = read.sequence;
		assert_int_equal(lt_buf_append(&erased[erased_count++].bytes, record.data, record.len), LT_OK);
	}
	return lt_record_erase(record, act, shorter, out);
}

static struct lt_bytes before_erasing(const struct journal_entry *entry)
{
	struct lt_record read;
	struct lt_refusal refusal;
	assert_int_equal(lt_record_decode(entry->record, &read, &refusal), LT_REASON_NONE);
	for (size_t i = 0; i < erased_count && read.erased_by; i++) {
		if (erased[i].sequence == entry->sequence)
			return lt_buf_bytes(&erased[i].bytes);
	}
	return entry->record;
}

static void forget_erased(void)
{
	while (erased_count > 0)
		lt_buf_fini(&erased[--erased_count].bytes);
}

/* ---- the file ---- */

static void put(struct lt_buf *out, const void *data, size_t len)
{
	assert_int_equal(lt_buf_append(out, data, len), LT_OK);
}

static void put_u32(struct lt_buf *out, uint32_t value)
{
	uint8_t bytes[4];
	fields_raw_put32(bytes, value);
	put(out, bytes, sizeof(bytes));
}

/* One journal's records behind those that the file has. */
struct keeping {
	struct seen seen;
	struct lt_buf out;
	struct lt_buf copies[JOURNAL_MAX];
	uint32_t count;
};

static enum lt_err put_record(void *ctx, const struct journal_entry *entry)
{
	struct keeping *keeping = ctx;
	struct lt_buf *copy = &keeping->copies[keeping->count++];
	struct lt_bytes record = before_erasing(entry);
	for (size_t i = 0; i < keeping->seen.count; i++) {
		if (lt_bytes_equal(keeping->seen.records[i], record)) {
			put_u32(&keeping->out, AGAIN | (uint32_t)i);
			return LT_OK;
		}
	}
	put(copy, record.data, record.len);
	remember(&keeping->seen, lt_buf_bytes(copy));
	put_u32(&keeping->out, (uint32_t)record.len);
	put(&keeping->out, record.data, record.len);
	return LT_OK;
}

static void skip_journals(struct fields_reader *in, struct seen *seen)
{
	fields_take(in, MAGIC_LEN);
	while (in->rest.len > 0) {
		uint32_t count = fields_get_u32(in);
		fields_take(in, 32);
		while (count-- > 0)
			next_record(in, seen);
	}
}

static void append(struct journal *journal, const struct rules *(*rules)(uint32_t version), const char *path)
{
	struct keeping *keeping = calloc(1, sizeof(*keeping));
	struct lt_buf before = { 0 }, head = { 0 };
	uint8_t hash[32];
	char error[400] = "";
	assert_non_null(keeping);
	if (lt_file_read(path, FILE_MAX, &before))
		put(&before, MAGIC, MAGIC_LEN);
	struct fields_reader old = { .rest = lt_buf_bytes(&before) };
	skip_journals(&old, &keeping->seen);
	size_t known = keeping->seen.count;
	uint32_t last = (uint32_t)(journal_head(journal) < JOURNAL_MAX ? journal_head(journal) : JOURNAL_MAX);
	assert_int_equal(journal_scan(journal, 1, last, put_record, keeping), LT_OK);
	struct fields_reader in = { .rest = lt_buf_bytes(&keeping->out) };
	keeping->seen.count = known;
	if (!replay(&in, &keeping->seen, last, rules, hash, error))
		fail_msg("not fit to be kept: %s", error);
	put(&head, before.data, before.len);
	put_u32(&head, last);
	put(&head, hash, sizeof(hash));
	put(&head, keeping->out.data, keeping->out.len);
	assert_int_equal(lt_file_write(path, lt_buf_bytes(&head), 0644), LT_OK);
	for (size_t i = 0; i < keeping->count; i++)
		lt_buf_fini(&keeping->copies[i]);
	free(keeping->seen.records);
	lt_buf_fini(&keeping->out);
	free(keeping);
	lt_buf_fini(&before);
	lt_buf_fini(&head);
}

void simkept_keep(struct journal *journal, const struct rules *(*rules)(uint32_t version))
{
	const char *path = getenv("LT_KEEP"); /* `./dev kept` */
	if (path && journal)
		append(journal, rules, path);
	forget_erased();
}

/* An outcome that differs says more than a state that does: the others are looked at for one. */
static bool replay_all(struct fields_reader *in, const struct rules *(*rules)(uint32_t version), struct simkept *out)
{
	struct seen seen = { 0 };
	bool outcomes = true;
	while (in->rest.len > 0 && outcomes) {
		uint8_t kept[32], hash[32] = { 0 };
		char error[400] = "";
		uint32_t count = fields_get_u32(in);
		memcpy(kept, fields_take(in, sizeof(kept)), sizeof(kept));
		out->journals++;
		outcomes = replay(in, &seen, count, rules, hash, error);
		if (!outcomes)
			snprintf(out->error, sizeof(out->error), "journal %zu: %.360s", out->journals, error);
		else if (memcmp(kept, hash, sizeof(hash)) != 0 && out->error[0] == '\0')
			snprintf(out->error, sizeof(out->error), "journal %zu: behind record %u stands another state",
				 out->journals, count);
		out->records += outcomes ? count : 0;
	}
	free(seen.records);
	return out->error[0] == '\0';
}

bool simkept_replay(const char *path, const struct rules *(*rules)(uint32_t version), struct simkept *out)
{
	struct lt_buf bytes = { 0 };
	*out = (struct simkept){ 0 };
	assert_int_equal(lt_file_read(path, FILE_MAX, &bytes), LT_OK);
	struct fields_reader in = { .rest = lt_buf_bytes(&bytes) };
	assert_memory_equal(fields_take(&in, MAGIC_LEN), MAGIC, MAGIC_LEN);
	bool same = replay_all(&in, rules, out);
	lt_buf_fini(&bytes);
	return same;
}
