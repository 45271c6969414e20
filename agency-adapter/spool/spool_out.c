/* spool_out.c: an entry of `out` becomes an envelope.
 *
 * Each step can be the last one before the power goes. The envelope is stored under a key that is made of the entry's name and bytes, in
 * one transaction with the name under which it will lie in `sent`; only then it is moved there. An entry that is still in `out` after a
 * crash is read again, gives the same key and so the same envelope, and goes on where it was. An entry that fails is moved after its text
 * is written. */
#include "spool_internal.h"

#include "spool_entry.h"

#include "http/api_view.h"
#include "http/json_write.h"
#include "http/post/post.h"
#include "program/log.h"

#include <lienthong/time.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESCAN_MS 10000 /* what inotify does not tell: network file systems, a full queue, what is to be tried again */
#define STILL_MS 500    /* while something is not still yet */
#define NAMES_MAX 1000u /* of one round */
#define ATTEMPTS_MAX 100u /* of the same bytes under the same name, each rejected by the broker */

/* ---- the text beside what has failed ---- */

enum lt_err spool_fail(struct spool *spool, int from, const char *name, struct lt_bytes text)
{
	char clean[SPOOL_NAME_MAX], as[SPOOL_NAME_MAX], why[SPOOL_NAME_MAX + 8];
	int failed = spool->folders.fd[SPOOL_FAILED];
	enum lt_err err = spool_free_name(failed, spool_clean_name(name, clean), "", as);
	snprintf(why, sizeof(why), "%s" SPOOL_WHY, as);
	if (!err)
		err = spool_write(failed, why, text, spool->folders.file_mode);
	if (!err)
		err = spool_move(from, name, failed, as);
	if (err == LT_ENOENT) { /* whoever put it there has taken it away */
		spool_remove(failed, why);
		err = LT_OK;
	} else if (!err) {
		lt_log(LT_LOG_WARNING, "the spool could not send an envelope", "name", as, NULL);
	}
	return err;
}

/* ---- one entry ---- */

struct spool_sending {
	struct spool *spool;
	struct spool_entry *entry;
	struct post *post;
	char key[OUTBOX_KEY_MAX + 1];
	struct spool_row row;
	struct post_file files[LT_PARTS_MAX];
};

static enum lt_err fail_with(struct spool_sending *sending, enum lt_err said, struct lt_buf *text)
{
	struct spool *spool = sending->spool;
	enum lt_err err =
		said ? said : spool_fail(spool, spool->folders.fd[SPOOL_OUT], sending->entry->name, lt_buf_bytes(text));
	lt_buf_fini(text);
	return err;
}

static int64_t now_of(const struct spool *spool)
{
	return adapter_speaker(spool->adapter)->now();
}

static enum lt_err fail_fault(struct spool_sending *sending, const struct spool_fault *fault)
{
	struct lt_buf text = { 0 };
	char clean[SPOOL_NAME_MAX];
	const char *name = spool_clean_name(sending->entry->name, clean);
	return fail_with(sending, spool_say_fault(&text, name, now_of(sending->spool), fault), &text);
}

static enum lt_err fail_complaints(struct spool_sending *sending)
{
	struct lt_buf text = { 0 };
	struct spool_entry *entry = sending->entry;
	return fail_with(sending,
			 spool_say_complaints(&text, entry->name, now_of(sending->spool), &sending->post->reader,
					      lt_buf_bytes(&entry->body)),
			 &text);
}

static enum lt_err fail_refused(struct spool_sending *sending, const struct lt_refusal *refusal, const char *pointer)
{
	struct lt_buf text = { 0 };
	struct spool_entry *entry = sending->entry;
	return fail_with(sending,
			 spool_say_refusal(&text, entry->name, now_of(sending->spool), refusal, pointer,
					   lt_buf_bytes(&entry->body)),
			 &text);
}

/* Its own key has been used for an envelope that the broker has rejected: that one is over. */
static enum lt_err fail_rejected(struct spool_sending *sending, struct outbox_state *state)
{
	struct lt_buf text = { 0 };
	char id[LT_UUID_TEXT];
	lt_uuid_format(state->id, id);
	enum lt_err err =
		spool_say_rejection(&text, sending->entry->name, now_of(sending->spool), id, &state->rejection);
	if (!err)
		err = lt_buf_printf(&text,
				    "\nvi: idempotency_key này là của phong bì đã bị từ chối: hãy đặt khóa khác.\n"
				    "en: this idempotency_key is that of the rejected envelope: give another.\n");
	return fail_with(sending, err, &text);
}

static void read_envelope(struct spool_sending *sending)
{
	const struct spool_entry *entry = sending->entry;
	for (size_t i = 0; i < entry->file_count; i++) {
		struct post_file *file = &sending->files[i];
		*file = (struct post_file){ .name = entry->files[i].name,
					    .media_type = spool_media_type(entry->files[i].name),
					    .data = lt_buf_bytes(&entry->files[i].data) };
		memcpy(file->sha256, entry->files[i].sha256, sizeof(file->sha256));
	}
	sending->post->files = sending->files;
	sending->post->file_count = entry->file_count;
	post_read(sending->post, lt_buf_bytes(&entry->body));
	memcpy(sending->post->request.body_digest, entry->digest, sizeof(entry->digest));
}

/* A file that nothing in the envelope names is a mistake of whoever put it there. NULL: there is none. */
static const struct spool_file *find_unnamed(const struct spool_sending *sending)
{
	const struct post *post = sending->post;
	for (size_t i = 0; i < post->file_count; i++) {
		bool named = false;
		for (size_t k = 0; k < post->draft.header.part_count && !named; k++)
			named = strcmp(post->parts[k].name, post->files[i].name) == 0 &&
				memcmp(post->parts[k].sha256, post->files[i].sha256, 32) == 0;
		if (!named)
			return &sending->entry->files[i];
	}
	return NULL;
}

static void make_key(struct spool_sending *sending, unsigned attempt)
{
	struct lt_buf text = { 0 };
	uint8_t digest[32];
	char hex[65], key[OUTBOX_KEY_MAX + 1];
	LT_ASSERT(lt_buf_append(&text, sending->entry->digest, sizeof(sending->entry->digest)) == LT_OK &&
		  lt_buf_printf(&text, "%u/%s", attempt, sending->entry->name) == LT_OK);
	lt_sha256(lt_buf_bytes(&text), digest);
	lt_buf_fini(&text);
	lt_hex(lt_bytes(digest, sizeof(digest)), hex);
	snprintf(key, sizeof(key), "spool:%.48s", hex);
	LT_ASSERT(post_set_key(sending->post, key));
}

/* What was rejected, and then put into `out` again, is meant to be tried again. */
static enum lt_err choose_key(struct spool_sending *sending)
{
	struct vault_tx *tx;
	struct outbox_receipt receipt = { 0 };
	struct spool_row row = { .over = true };
	if (sending->post->request.key)
		return LT_OK;
	enum lt_err err = vault_read_begin(adapter_vault(sending->spool->adapter), &tx);
	if (err)
		return err;
	for (unsigned attempt = 0; !err && row.over && attempt < ATTEMPTS_MAX; attempt++) {
		make_key(sending, attempt);
		err = outbox_repeat(tx, &sending->post->request, &receipt);
		if (!err)
			err = spool_row_get(tx, receipt.number, &row);
	}
	vault_read_end(tx);
	return err == LT_ENOENT ? LT_OK : err;
}

/* In the envelope's transaction: a repeat finds the name that it was given. */
static enum lt_err keep_row(void *ctx, struct vault_tx *tx, const struct post *post)
{
	struct spool_sending *sending = ctx;
	if (post->receipt.number == 0)
		return LT_OK;
	struct spool_row row;
	enum lt_err err = spool_row_get(tx, post->receipt.number, &row);
	if (!err)
		sending->row = row;
	return err == LT_ENOENT ? spool_row_put(tx, post->receipt.number, &sending->row) : err;
}

static enum lt_err write_told(struct spool_sending *sending, struct outbox_state *state)
{
	struct spool *spool = sending->spool;
	struct vault_tx *tx;
	json_t *view = NULL;
	char told[SPOOL_NAME_MAX + 16];
	const struct outbox_receipt *receipt = &sending->post->receipt;
	*state = (struct outbox_state){ .status = receipt->status };
	memcpy(state->id, receipt->id, sizeof(state->id));
	enum lt_err err = vault_read_begin(adapter_vault(spool->adapter), &tx);
	if (err)
		return err;
	if (receipt->number != 0)
		err = outbox_get_state(tx, receipt->number, state);
	if (!err && receipt->number != 0)
		view = view_envelope(tx, receipt->number, state, spool->arena, true);
	else if (!err) /* it was sent before this store was restored */
		view = json_pack("{s:o, s:s}", "id", json_id(receipt->id), "state",
				 outbox_status_name(receipt->status));
	vault_read_end(tx);
	snprintf(told, sizeof(told), "%s" SPOOL_TOLD, sending->row.name);
	return err || sending->row.over ? (json_decref(view), err)
					: spool_write_json(spool, spool->folders.fd[SPOOL_SENT], told, view);
}

/* Put there under the same name while it was read: that one has not been sent. */
static bool is_other(const struct spool_entry *entry, int folder, const char *name)
{
	struct stat st;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	return st.st_ino != entry->at.st_ino || st.st_dev != entry->at.st_dev ||
	       st.st_mtim.tv_sec != entry->at.st_mtim.tv_sec || st.st_mtim.tv_nsec != entry->at.st_mtim.tv_nsec;
}

static enum lt_err move_sent(struct spool_sending *sending)
{
	const int *fd = sending->spool->folders.fd;
	const char *name = sending->entry->name;
	char as[SPOOL_NAME_MAX];
	snprintf(as, sizeof(as), "%s", sending->row.name);
	if (is_other(sending->entry, fd[SPOOL_OUT], name))
		return LT_OK;
	enum lt_err err = spool_move(fd[SPOOL_OUT], name, fd[SPOOL_SENT], as);
	if (err == LT_EEXIST) { /* it was put into `out` a second time */
		err = spool_free_name(fd[SPOOL_SENT], sending->row.name, SPOOL_TOLD, as);
		if (!err)
			err = spool_move(fd[SPOOL_OUT], name, fd[SPOOL_SENT], as);
	}
	if (!err && is_other(sending->entry, fd[SPOOL_SENT], as))
		err = spool_move(fd[SPOOL_SENT], as, fd[SPOOL_OUT], name);
	return err == LT_ENOENT ? LT_OK : err;
}

static enum lt_err post_entry(struct spool_sending *sending)
{
	struct post *post = sending->post;
	char pointer[JSON_POINTER_MAX], clean[SPOOL_NAME_MAX];
	struct outbox_state state;
	enum lt_err err = spool_free_name(sending->spool->folders.fd[SPOOL_SENT],
					  spool_clean_name(sending->entry->name, clean), SPOOL_TOLD, sending->row.name);
	if (!err)
		err = choose_key(sending);
	if (!err)
		err = post_now(sending->spool->adapter, post, keep_row, sending);
	if (err)
		return err;
	if (post->receipt.refusal.reason) {
		const struct lt_refusal *refusal = post_refusal(post, pointer);
		if (!lt_reason_retry(refusal->reason))
			return fail_refused(sending, refusal, pointer);
		lt_log_peer(LT_LOG_WARNING, "an envelope waits in the spool", sending->row.name,
			    lt_reason_name(refusal->reason), "name", sending->row.name, "detail", refusal->detail,
			    NULL);
		return LT_EFULL;
	}
	err = write_told(sending, &state);
	if (!err && sending->row.over)
		return fail_rejected(sending, &state);
	if (!err)
		err = move_sent(sending);
	if (!err)
		lt_log(LT_LOG_INFO, "an envelope came through the spool", "name", sending->row.name, "id",
		       lt_log_id(post->receipt.id), "dossier", post->request.header.dossier, NULL);
	return err;
}

/* It stays, and is looked at again: LT_EAGAIN when it is not still yet, LT_EFULL when it cannot be sent now. */
static enum lt_err send_entry(struct spool_sending *sending)
{
	struct post *post = sending->post;
	read_envelope(sending);
	if (post->reader.refusal.reason) {
		bool cut = !post->reader.root &&
			   !spool_entry_still(sending->entry, now_of(sending->spool), SPOOL_DOUBT_US);
		return cut ? LT_EAGAIN : fail_complaints(sending);
	}
	const struct spool_file *unnamed = find_unnamed(sending);
	if (!unnamed)
		return post_entry(sending);
	struct spool_fault fault = { .kind = SPOOL_NOT_NAMED };
	lt_text_clean(unnamed->stored, fault.about, sizeof(fault.about));
	return fail_fault(sending, &fault);
}

static enum lt_err take(struct spool *spool, const char *name)
{
	struct spool_fault fault;
	struct spool_sending sending = { .spool = spool,
					 .entry = calloc(1, sizeof(struct spool_entry)),
					 .post = calloc(1, sizeof(struct post)) };
	LT_ASSERT(sending.entry && sending.post);
	enum lt_err err = spool_entry_read(spool->folders.fd[SPOOL_OUT], name, now_of(spool), spool_take_large, spool,
					   sending.entry, &fault);
	if (err == LT_EINVAL)
		err = fail_fault(&sending, &fault);
	else if (!err)
		err = send_entry(&sending);
	spool_entry_fini(sending.entry);
	json_reader_fini(&sending.post->reader);
	free(sending.entry);
	free(sending.post);
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* At most NAMES_MAX of them; more: there are others. Owned by the caller also after an error. */
static enum lt_err list_out(const struct spool *spool, char **list, size_t *count, bool *more)
{
	int fd = openat(spool->folders.fd[SPOOL_OUT], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	*count = 0;
	*more = false;
	if (!folder) {
		if (fd >= 0)
			close(fd);
		return LT_EIO;
	}
	for (struct dirent *one; !*more && (one = readdir(folder)) != NULL;) {
		if (!spool_entry_named(one->d_name))
			continue;
		*more = *count == NAMES_MAX;
		if (!*more && (list[*count] = strdup(one->d_name)) != NULL)
			++*count;
	}
	closedir(folder);
	qsort(list, *count, sizeof(*list), by_name);
	return LT_OK;
}

enum lt_err spool_send_all(struct spool *spool, int *wait_ms)
{
	char **list = calloc(NAMES_MAX, sizeof(*list));
	size_t count = 0, left = 0;
	bool more = false, moving = false;
	*wait_ms = RESCAN_MS;
	enum lt_err err = list ? list_out(spool, list, &count, &more) : LT_ENOMEM;
	for (size_t i = 0; i < count && !atomic_load(&spool->stopping); i++) {
		atomic_fetch_add(&spool->rounds, 1);
		enum lt_err one = take(spool, list[i]);
		left += one != LT_OK;
		moving = moving || one == LT_EAGAIN;
		err = one && one != LT_EAGAIN && one != LT_EFULL ? one : err;
	}
	if (more && left < count)
		*wait_ms = 0;
	else if (moving)
		*wait_ms = STILL_MS;
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
	return err;
}
