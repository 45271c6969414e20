/* spool_in.c: an item of the inbox as a folder: `in` while somebody has to look at it, `done` when it is dealt with.
 *
 * It is laid out under a name that begins with a dot and appears whole by one rename; a crash before that leaves nothing that counts. The
 * name is made of the item alone, so what lies there already, or was moved to `done` by whoever has read it, is not laid out twice. */
#include "spool_internal.h"

#include "http/api_view.h"
#include "identity/pem.h"
#include "mail/inbox.h"
#include "mail/parts.h"
#include "program/log.h"
#include "wire/batch_text.h"
#include "wire/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENVELOPE "envelope.json"

struct laying {
	struct spool *spool;
	struct vault_tx *tx;
	uint64_t number;
	struct inbox_item item;
	struct inbox_state state;
	struct lt_header header; /* when it is readable */
	bool readable;
	char name[SPOOL_NAME_MAX];
	int fd; /* of its folder, while it is laid out */
};

/* Number, kind and dossier for people, and a piece of the digest, since numbers are given again after a restore. */
static void name_item(struct laying *laying)
{
	uint8_t digest[32];
	char hex[65], name[SPOOL_NAME_MAX];
	lt_sha256(laying->item.header, digest);
	lt_hex(lt_bytes(digest, 4), hex);
	const char *kind = laying->readable ? lt_kind_name(laying->header.kind) : "UNREADABLE";
	const char *dossier = laying->readable ? laying->header.dossier : "";
	snprintf(name, sizeof(name), "%010llu-%s%s%s-%s", (unsigned long long)laying->number, kind, *dossier ? "-" : "",
		 dossier, hex);
	spool_clean_name(name, laying->name);
}

static enum lt_err put(struct laying *laying, const char *name, struct lt_bytes data)
{
	return spool_write(laying->fd, name, data, laying->spool->folders.file_mode);
}

static enum lt_err put_envelope(struct laying *laying, int folder)
{
	return spool_write_json(laying->spool, folder, ENVELOPE,
				view_item_whole(laying->number, &laying->item, &laying->state, laying->spool->arena));
}

/* The certificate with which it was signed, and the CAs that the registrar names: what openssl needs (docs/evidence.md). One that the
 * directory in force does not have any more is left out. */
static enum lt_err put_certificates(struct laying *laying, const struct lt_directory *directory)
{
	const struct lt_cert *used = NULL;
	struct lt_refusal refusal = { 0 };
	struct lt_buf signer = { 0 }, ca = { 0 };
	enum lt_err err = LT_OK;
	const struct lt_agency *sender = laying->readable ? lt_directory_find(directory, laying->header.sender) : NULL;
	if (sender && !lt_signature_verify(laying->item.signature, laying->item.header,
					   (const struct lt_cert *const *)sender->certs,
					   sender->cert_count + sender->ended_count, &used, &refusal))
		err = pem_encode(lt_cert_der(used), "CERTIFICATE", &signer);
	for (size_t i = 0; i < lt_directory_ca_count(directory) && !err; i++)
		err = pem_encode(lt_directory_ca(directory, i), "CERTIFICATE", &ca);
	for (size_t i = 0; i < lt_directory_ended_ca_count(directory) && !err; i++)
		err = pem_encode(lt_directory_ended_ca(directory, i).der, "CERTIFICATE", &ca);
	if (!err && signer.len > 0)
		err = put(laying, "signer.pem", lt_buf_bytes(&signer));
	if (!err && ca.len > 0)
		err = put(laying, "ca.pem", lt_buf_bytes(&ca));
	lt_buf_fini(&signer);
	lt_buf_fini(&ca);
	return err;
}

static enum lt_err put_batch(struct laying *laying, const struct lt_batch_signature *tree)
{
	struct lt_buf text = { 0 }, path = { 0 };
	enum lt_err err = batch_text(tree, laying->item.header, &text, &path);
	if (!err)
		err = put(laying, "batch.bin", lt_buf_bytes(&text));
	if (!err)
		err = put(laying, "batch-path.txt", lt_buf_bytes(&path));
	lt_buf_fini(&text);
	lt_buf_fini(&path);
	return err == LT_EINVAL ? LT_OK : err; /* one that does not hold has failed the check already */
}

static enum lt_err put_signature(struct laying *laying)
{
	struct lt_arena *arena;
	struct lt_signature signature;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = lt_arena_new(API_ARENA_MAX, &arena);
	if (err)
		return err;
	if (lt_signature_decode(laying->item.signature, arena, &signature, &refusal)) {
		err = put(laying, "signature.bin", laying->item.signature);
	} else {
		err = put(laying, "sig.p7s", signature.batch ? signature.tree.cms : signature.cms);
		if (!err && signature.batch)
			err = put_batch(laying, &signature.tree);
	}
	lt_arena_free(arena);
	return err;
}

/* A large part is copied from its file. */
static enum lt_err put_large(struct laying *laying, const char *name, const uint8_t sha256[32])
{
	int from = part_files_read(adapter_files(laying->spool->adapter), sha256);
	int to = openat(laying->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			laying->spool->folders.file_mode);
	ssize_t n = 1;
	while (from >= 0 && to >= 0 && n > 0)
		n = sendfile(to, from, NULL, 1 << 30);
	enum lt_err err = from >= 0 && to >= 0 && n == 0 && fsync(to) == 0 ? LT_OK
			  : errno == ENOSPC                                ? LT_EFULL
									   : LT_EIO;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return err;
}

static enum lt_err put_parts(struct laying *laying)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < laying->item.part_count && !err; i++) {
		bool named = laying->readable && i < laying->header.part_count;
		char clean[SPOOL_NAME_MAX], name[SPOOL_NAME_MAX + 16];
		struct lt_bytes data;
		snprintf(name, sizeof(name), "part-%02zu%s%s", i, named ? "-" : "",
			 named ? spool_clean_name(laying->header.parts[i].name, clean) : "");
		err = parts_read(laying->tx, laying->item.parts[i], &data);
		if (!err && data.len == 0 && named) {
			err = put_large(laying, name, laying->item.parts[i]);
			continue;
		}
		if (err == LT_ENOENT) /* erased since */
			err = LT_OK;
		else if (!err)
			err = put(laying, name, data);
	}
	return err;
}

static enum lt_err put_all(struct laying *laying)
{
	struct directory_page *page = directory_current_ref(adapter_speaker(laying->spool->adapter)->book);
	enum lt_err err = put(laying, "header.bin", laying->item.header);
	if (!err)
		err = put_signature(laying);
	if (!err && page)
		err = put_certificates(laying, directory_current_directory(page));
	directory_current_unref(page);
	if (!err)
		err = put_parts(laying);
	return err ? err : put_envelope(laying, laying->fd);
}

static enum lt_err lay_out(struct laying *laying)
{
	struct spool *spool = laying->spool;
	int in = spool->folders.fd[SPOOL_IN];
	char hidden[SPOOL_NAME_MAX + 8];
	snprintf(hidden, sizeof(hidden), ".%s.tmp", laying->name);
	enum lt_err err = spool_remove(in, hidden);
	if (!err)
		err = spool_make_folder(in, hidden, spool->folders.folder_mode, &laying->fd);
	if (err)
		return err;
	err = put_all(laying);
	int saved = errno;
	close(laying->fd);
	if (!err)
		err = spool_move(in, hidden, in, laying->name);
	else if (spool_remove(in, hidden) == LT_OK)
		errno = saved;
	if (err == LT_EEXIST)
		return spool_remove(in, hidden);
	if (!err)
		lt_log(LT_LOG_INFO, "an item was laid into the spool", "name", laying->name, NULL);
	return err;
}

/* Where it lies already, its state is told there. What its owner has made of it keeps nothing else back, but a full disk does. */
static enum lt_err tell_again(struct laying *laying, int folder)
{
	int fd = openat(folder, laying->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return LT_OK;
	enum lt_err err = put_envelope(laying, fd);
	int saved = errno;
	close(fd);
	errno = saved;
	return err == LT_EIO && saved != ENOSPC && saved != EDQUOT ? LT_OK : err;
}

static bool is_over(enum inbox_status status)
{
	return status == INBOX_ACCEPTED || status == INBOX_REFUSED || status == INBOX_RECALLED ||
	       status == INBOX_LAPSED || status == INBOX_ANSWERED;
}

static enum lt_err lay(struct laying *laying, enum spool_lay when)
{
	struct spool *spool = laying->spool;
	int in = spool->folders.fd[SPOOL_IN], done = spool->folders.fd[SPOOL_DONE];
	enum lt_err err = LT_OK;
	if (spool_there(in, laying->name))
		err = tell_again(laying, in);
	else if (spool_there(done, laying->name))
		err = tell_again(laying, done);
	else if (when == SPOOL_LAY_NEVER || (when == SPOOL_LAY_OPEN && is_over(laying->state.status)))
		return LT_OK;
	else if (!vault_takes_work(
			 adapter_vault(spool->adapter))) /* what is left of the disk is for answers and receipts */
		return errno = ENOSPC, LT_EIO;
	else
		err = lay_out(laying);
	if (!err && is_over(laying->state.status)) {
		err = spool_move(in, laying->name, done, laying->name);
		err = err == LT_ENOENT || err == LT_EEXIST ? LT_OK : err;
	}
	return err;
}

enum lt_err spool_lay_item(struct spool *spool, struct vault_tx *tx, uint64_t number, enum spool_lay when)
{
	struct laying laying = { .spool = spool, .tx = tx, .number = number };
	struct lt_arena *arena;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = inbox_get(tx, number, &laying.item);
	if (!err)
		err = inbox_get_state(tx, number, &laying.state);
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	err = lt_arena_new(API_ARENA_MAX, &arena); /* the spool's own is the view's */
	if (err)
		return err;
	laying.readable = laying.item.readable && !lt_header_parse(laying.item.header, arena, &laying.header, &refusal);
	name_item(&laying);
	err = lay(&laying, when);
	lt_arena_free(arena);
	return err;
}
