/* link_holdings.c: what this adapter holds, told in HELLO and handed back to a broker that was restored from a backup; and the bytes of a
 * large part whose file the broker has lost. */
#include "link_thread.h"

#include "program/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFINITIONS "definitions"

static uint64_t told(struct adapter *adapter)
{
	struct vault_tx *tx;
	uint64_t count = 0;
	if (adapter->definitions > 0 || vault_read_begin(adapter->vault, &tx))
		return adapter->definitions;
	if (vault_meta_get(tx, DEFINITIONS, &count) == LT_OK)
		adapter->definitions = count;
	vault_read_end(tx);
	return adapter->definitions;
}

void link_holdings(void *ctx, struct lt_link_holdings *out)
{
	struct adapter *adapter = ctx;
	const struct lists *lists = verifier_lists(adapter->verifier);
	struct directory_page *page = directory_current_ref(adapter->book);
	if (page) {
		out->directory_version = directory_current_version(adapter->book);
		lt_sha256(directory_current_signed(page), out->directory_sha256);
	}
	directory_current_unref(page);
	for (size_t i = 0; i < lists_count(lists) && i < LT_LINK_HELD_LISTS; i++)
		lt_sha256(lists_at(lists, i), out->lists[out->list_count++]);
	out->definitions = told(adapter);
}

void link_give(void *ctx, const uint8_t *sha256, struct lt_buf *out)
{
	struct adapter *adapter = ctx;
	struct directory_page *page = NULL;
	const struct lt_buf *list = sha256 ? lists_find(verifier_lists(adapter->verifier), sha256) : NULL;
	struct lt_bytes bytes = list ? lt_buf_bytes(list) : lt_bytes(NULL, 0);
	if (!sha256) {
		page = directory_current_ref(adapter->book);
		bytes = directory_current_signed(page);
	}
	if (bytes.len > 0 && lt_buf_append(out, bytes.data, bytes.len))
		lt_fatal("out of memory");
	lt_log(LT_LOG_WARNING, "the broker was restored and takes a definition back", "what",
	       sha256 ? "revocation list" : "directory", "bytes", lt_log_u64(bytes.len), NULL);
	directory_current_unref(page);
}

static bool find_part(struct adapter *adapter, const uint8_t sha256[32], struct part_note *out)
{
	struct vault_tx *tx;
	if (vault_read_begin(adapter->vault, &tx))
		return false;
	enum lt_err err = parts_find(tx, sha256, out);
	vault_read_end(tx);
	int fd = err ? -1 : part_files_read(adapter->files, sha256);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void link_part_wanted(void *ctx, const char *agency, const uint8_t *sha256)
{
	struct adapter *adapter = ctx;
	struct part_note note;
	char name[65];
	if (link_agency_index(adapter, agency) == LINK_AGENCIES_MAX)
		return;
	bool found = find_part(adapter, sha256, &note);
	lt_hex(lt_bytes(sha256, 32), name);
	lt_log(LT_LOG_WARNING,
	       found ? "the broker has lost a large part; it is brought again"
		     : "the broker has lost a large part, which is not here any more either",
	       "agency", agency, "part", name, NULL);
	if (found)
		carry_again(adapter->carry, agency, sha256, note.size);
}

static enum lt_err keep(void *ctx, struct vault_tx *tx)
{
	return vault_meta_put(tx, DEFINITIONS, *(const uint64_t *)ctx);
}

static void kept(void *ctx, enum lt_err err)
{
	if (err)
		lt_log(LT_LOG_ERROR, "the count of definitions cannot be noted", "error", lt_err_text(err), NULL);
	free(ctx);
}

void link_definitions(void *ctx, uint64_t count)
{
	struct adapter *adapter = ctx;
	if (count <= told(adapter))
		return;
	uint64_t *copy = malloc(sizeof(*copy));
	if (!copy)
		lt_fatal("out of memory");
	*copy = adapter->definitions = count;
	vault_post(adapter->vault, &(struct vault_job){ .run = keep, .done = kept, .ctx = copy });
}
