#include "test.h"

#include "simdata.h"
#include "testpki.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define START INT64_C(1790000000000000)

static int64_t now(void *ctx)
{
	struct simdata *folder = ctx;
	return folder->now;
}

static void next_random(void *ctx, uint8_t *out, size_t len)
{
	struct simdata *folder = ctx;
	memset(out, ++folder->random, len);
}

static void publish(void *ctx, struct rulebook *rulebook)
{
	(void)ctx;
	(void)rulebook;
}

static void commit(struct simdata *folder)
{
	struct commit commit;
	engine_seal(folder->engine, folder->batch);
	assert_int_equal(journal_write(folder->journal, batch_journal(folder->batch), &commit), LT_OK);
	engine_release(folder->engine, folder->batch, &commit, &folder->outputs);
	lt_buf_clear(&folder->outputs);
}

void simdata_open(struct simdata *folder)
{
	struct journal_report report;
	struct store_options store = { .path = folder->store_path, .map_bytes = 16 << 20, .create = true };
	struct journal_options journal = {
		.leaf = lt_record_leaf, .erase = lt_record_erase, .segment_bytes = SIMDATA_SEGMENT, .preallocate = true
	};
	struct env env = { .ctx = folder, .now = now, .boottime = now, .random = next_random };
	struct engine_options options = { .elide_days = 30, .horizon_days = 400, .version = "test" };
	struct engine_hooks hooks = { .publish = publish };
	struct engine_genesis genesis = { .domain = "test.example", .registrar = folder->ca, .ca = folder->ca };
	char error[400];
	assert_int_equal(disk_open(folder->journal_path, true, &folder->disk), LT_OK);
	assert_int_equal(store_open(&store, &folder->store), LT_OK);
	assert_int_equal(
		journal_open(&folder->disk, &journal, store_sequence(folder->store) + 1, &report, &folder->journal),
		LT_OK);
	enum lt_err err = engine_open(&env, &options, &hooks, folder->journal, folder->store,
				      journal_head(folder->journal) == 0 ? &genesis : NULL, false, error, sizeof error,
				      &folder->engine);
	if (err)
		print_error("%s\n", error);
	assert_int_equal(err, LT_OK);
	folder->batch = batch_new();
	engine_tick(folder->engine, folder->batch);
	commit(folder);
}

void simdata_make(struct simdata *folder)
{
	*folder = (struct simdata){ .root = "/tmp/lt-data-XXXXXX", .pki = testpki_new(START), .now = START };
	folder->ca = folder->pki->ca->der;
	assert_non_null(mkdtemp(folder->root));
	snprintf(folder->data, sizeof folder->data, "%s/data", folder->root);
	snprintf(folder->journal_path, sizeof folder->journal_path, "%s/journal", folder->data);
	snprintf(folder->store_path, sizeof folder->store_path, "%s/store", folder->data);
	snprintf(folder->snapshots, sizeof folder->snapshots, "%s/snapshots", folder->data);
	assert_int_equal(mkdir(folder->data, 0700), 0);
	simdata_open(folder);
	assert_int_equal(journal_head(folder->journal), 1);
}

void simdata_close(struct simdata *folder)
{
	if (!folder->engine)
		return;
	batch_free(folder->batch);
	engine_close(folder->engine);
	journal_close(folder->journal);
	store_close(folder->store);
	disk_close(&folder->disk);
	lt_buf_fini(&folder->outputs);
	folder->engine = NULL;
	folder->journal = NULL;
	folder->store = NULL;
}

static void remove_all(const char *path)
{
	char below[512];
	DIR *dir = opendir(path);
	if (!dir) {
		unlink(path);
		return;
	}
	for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
		remove_all(below);
	}
	closedir(dir);
	rmdir(path);
}

void simdata_remove(struct simdata *folder)
{
	simdata_close(folder);
	remove_all(folder->root);
	testpki_free(folder->pki);
}

int simdata_set_up(void **state)
{
	static struct simdata folder;
	simdata_make(&folder);
	*state = &folder;
	return 0;
}

int simdata_tear_down(void **state)
{
	simdata_remove(*state);
	return 0;
}

void simdata_add(struct simdata *folder, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t bytes[16];
		struct lt_buf buf = { 0 };
		next_random(folder, bytes, sizeof bytes);
		struct lt_command command = { .type = LT_COMMAND_INCARNATION,
					      .u.incarnation.incarnation = lt_bytes(bytes, sizeof bytes) };
		assert_int_equal(lt_command_encode(&command, &buf), LT_OK);
		struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&buf) };
		folder->now += 1000;
		engine_take(folder->engine, folder->batch, &input);
		commit(folder);
		lt_buf_fini(&buf);
	}
}

void simdata_flush(struct simdata *folder)
{
	assert_int_equal(store_flush_now(folder->store), LT_OK);
	assert_int_equal(store_sequence(folder->store), journal_head(folder->journal));
}

const char *simdata_path(const struct simdata *folder, const char *name)
{
	static _Thread_local char paths[4][512];
	static _Thread_local unsigned next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", folder->root, name);
	return path;
}

void simdata_flip(const char *path, long offset)
{
	FILE *file = fopen(path, "r+");
	assert_non_null(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	int byte = fgetc(file);
	assert_true(byte != EOF);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	fputc(byte ^ 0x10, file);
	assert_int_equal(fclose(file), 0);
}

bool simdata_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

const char *simdata_find(const char *path, const char *ending)
{
	static _Thread_local char found[768];
	struct dirent **names = NULL;
	int count = scandir(path, &names, NULL, alphasort);
	found[0] = 0;
	for (int i = 0; i < count; i++) {
		size_t len = strlen(names[i]->d_name), want = strlen(ending);
		if (!found[0] && len >= want && strcmp(names[i]->d_name + len - want, ending) == 0)
			snprintf(found, sizeof found, "%s/%s", path, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	assert_true(found[0]);
	return found;
}
