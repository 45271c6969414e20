/* notary.c: checkpoints of the ledger. docs/ledger.md tells what they are for. */
#include "notary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program/log.h"
#include "record/record.h"

struct notary {
	const struct config *config;
	struct lt_ledger_signer *signer;
	struct disk disk;
	struct ledger *ledger;
	char *first, *second; /* files of the newest checkpoint */
	struct lt_buf note;
	struct lt_checkpoint checkpoint; /* size 0: none yet */
};

static enum lt_err fail(char *error, size_t size, const char *path, const char *what, enum lt_err err)
{
	snprintf(error, size, "%s: %s: %s", path, what, lt_err_text(err));
	return err;
}

static char *path_of(const char *folder, const char *name)
{
	char *path;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		lt_fatal("out of memory: path");
	return path;
}

/* One of the two; the newer one that our key has signed for our domain counts. What is torn or of another key is none. */
static void read_one(struct notary *notary, const char *path)
{
	struct lt_buf file = { 0 };
	struct lt_checkpoint checkpoint;
	struct lt_refusal refusal;
	size_t domain = strlen(notary->config->domain);
	if (lt_file_read(path, LT_CHECKPOINT_MAX, &file) != LT_OK) {
		lt_buf_fini(&file);
		return;
	}
	if (lt_checkpoint_verify(lt_buf_bytes(&file), lt_ledger_signer_key(notary->signer), &checkpoint, &refusal)) {
		lt_log(LT_LOG_WARNING, "a checkpoint that is not ours", "file", path, "why", refusal.detail, NULL);
	} else if (checkpoint.size > notary->checkpoint.size &&
		   strncmp(checkpoint.origin, notary->config->domain, domain) == 0 &&
		   checkpoint.origin[domain] == '/') {
		notary->checkpoint = checkpoint;
		lt_buf_clear(&notary->note);
		if (lt_buf_append(&notary->note, file.data, file.len))
			lt_fatal("out of memory: checkpoint");
	}
	lt_buf_fini(&file);
}

enum lt_err notary_open(const struct config *config, struct notary **out, char *error, size_t error_size)
{
	*out = NULL;
	if (!config->ledger_key || config->ledger_key[0] == '\0')
		return LT_OK;
	struct notary *notary = calloc(1, sizeof *notary);
	if (!notary)
		return LT_ENOMEM;
	notary->config = config;
	char *folder = path_of(config->data, "ledger");
	notary->first = path_of(folder, "checkpoint");
	bool given = config->checkpoint && config->checkpoint[0] != '\0';
	notary->second = given ? path_of(config->checkpoint, "") : path_of(config->data, "checkpoint");
	if (given)
		notary->second[strlen(notary->second) - 1] = '\0';
	enum lt_err err = lt_ledger_signer_open(config->ledger_key, &notary->signer);
	if (err)
		fail(error, error_size, config->ledger_key, "[ledger] key (Ed25519, PEM, mode 0600)", err);
	if (!err && (err = disk_open(folder, true, &notary->disk)) != LT_OK)
		fail(error, error_size, folder, "ledger folder", err);
	free(folder);
	if (err) {
		notary_close(notary);
		return err;
	}
	read_one(notary, notary->first);
	read_one(notary, notary->second);
	*out = notary;
	return LT_OK;
}

void notary_close(struct notary *notary)
{
	if (!notary)
		return;
	ledger_close(notary->ledger);
	disk_close(&notary->disk);
	lt_ledger_signer_free(notary->signer);
	lt_buf_fini(&notary->note);
	free(notary->first);
	free(notary->second);
	free(notary);
}

uint64_t notary_witness(const struct notary *notary)
{
	return notary ? notary->checkpoint.size : 0;
}

struct ledger *notary_ledger(const struct notary *notary)
{
	return notary ? notary->ledger : NULL;
}

/* A checkpoint of another incarnation stays as evidence beside the new one, and is none of this ledger. */
static void put_aside(struct notary *notary)
{
	char path[4096];
	const char *name = strchr(notary->checkpoint.origin, '/') + 1;
	snprintf(path, sizeof path, "%s-%s", notary->first, name);
	if (lt_file_write(path, lt_buf_bytes(&notary->note), 0600))
		lt_log(LT_LOG_ERROR, "the last checkpoint of the lost incarnation cannot be kept", "file", path, NULL);
	lt_log(LT_LOG_WARNING, "the ledger goes on under another origin", "old", notary->checkpoint.origin, "size",
	       lt_log_u64(notary->checkpoint.size), "kept in", path, NULL);
	notary->checkpoint = (struct lt_checkpoint){ 0 };
	lt_buf_clear(&notary->note);
}

/* What is stored, when it gives the root that was signed; else nothing, and all is read again. */
static enum lt_err open_ledger(struct notary *notary)
{
	uint8_t root[32];
	uint64_t size = notary->checkpoint.size;
	enum lt_err err = size > 0 ? ledger_open(&notary->disk, size, &notary->ledger) : LT_ECORRUPT;
	if (!err && (ledger_root_of(notary->ledger, size, root) || memcmp(root, notary->checkpoint.root, 32) != 0)) {
		ledger_close(notary->ledger);
		notary->ledger = NULL;
		err = LT_ECORRUPT;
	}
	if (err != LT_ECORRUPT)
		return err;
	if (size > 0)
		lt_log(LT_LOG_WARNING, "hashes of the ledger do not hold: they are made again from the journal", NULL);
	return ledger_open(&notary->disk, 0, &notary->ledger);
}

static enum lt_err compare(const struct notary *notary, char *error, size_t error_size)
{
	uint8_t root[32];
	uint64_t size = notary->checkpoint.size;
	if (size == 0)
		return LT_OK;
	enum lt_err err = ledger_root_of(notary->ledger, size, root);
	if (!err && memcmp(root, notary->checkpoint.root, 32) == 0)
		return LT_OK;
	snprintf(error, error_size,
		 "%s: records 1 to %llu of the journal do not give the root that was signed: the journal was changed; "
		 "remedy: `lienthong restore` of a backup",
		 notary->first, (unsigned long long)size);
	return LT_ECORRUPT;
}

enum lt_err notary_begin(struct notary *notary, struct journal *journal, const uint8_t incarnation[16], int64_t time,
			 char *error, size_t error_size)
{
	char origin[LT_ORIGIN_MAX];
	if (!notary)
		return LT_OK;
	enum lt_err err = lt_ledger_origin(notary->config->domain, incarnation, origin);
	if (!err && notary->checkpoint.size > 0 && strcmp(origin, notary->checkpoint.origin) != 0)
		put_aside(notary);
	if (!err)
		err = open_ledger(notary);
	if (!err)
		err = ledger_replay(notary->ledger, journal, time);
	if (err)
		return fail(error, error_size, notary->first, "the ledger", err);
	err = compare(notary, error, error_size);
	if (err)
		return err;
	memcpy(notary->checkpoint.origin, origin, sizeof origin);
	err = notary_work(notary);
	return err ? fail(error, error_size, notary->first, "checkpoint", err) : LT_OK;
}

void notary_append(struct notary *notary, const struct journal_batch *batch)
{
	struct journal_entry entry;
	struct lt_record_head head;
	if (!notary || !notary->ledger || batch->count == 0) /* before notary_begin: read from the journal there */
		return;
	journal_batch_entry(batch, batch->first + batch->count - 1, &entry);
	LT_ASSERT(lt_record_head_get(lt_bytes(entry.record.data, LT_RECORD_HEAD_LEN), &head) == LT_OK);
	ledger_append(notary->ledger, batch, head.time);
}

bool notary_take(struct notary *notary)
{
	return notary && ledger_take(notary->ledger);
}

enum lt_err notary_work(struct notary *notary)
{
	struct lt_checkpoint next = notary->checkpoint;
	enum lt_err err = ledger_store(notary->ledger);
	if (err)
		return err;
	ledger_tree(notary->ledger, &next.size, next.root, &next.time);
	if (next.size == notary->checkpoint.size)
		return LT_OK;
	lt_buf_clear(&notary->note);
	err = lt_checkpoint_sign(notary->signer, &next, &notary->note);
	if (!err)
		err = lt_file_write(notary->first, lt_buf_bytes(&notary->note), 0600);
	if (err)
		return err;
	notary->checkpoint = next;
	err = lt_file_write(notary->second, lt_buf_bytes(&notary->note), 0644);
	if (err)
		lt_log(LT_LOG_ERROR, "the checkpoint cannot be written to its second place", "file", notary->second,
		       "error", lt_err_text(err), NULL);
	return LT_OK;
}

struct lt_bytes notary_note(const struct notary *notary, struct lt_checkpoint *out)
{
	if (!notary || notary->checkpoint.size == 0)
		return lt_bytes(NULL, 0);
	*out = notary->checkpoint;
	return lt_buf_bytes(&notary->note);
}
