/* parts.h: bytes of parts, kept once under their SHA-256 and counted by those who name them. A part that nobody names is dropped
 * PARTS_LOOSE_US after it was put last. Store thread for what writes; data views live as the transaction's. */
#ifndef ADAPTER_PARTS_H
#define ADAPTER_PARTS_H

#include "store/vault.h"

#include <lienthong/envelope.h>

#define PARTS_LOOSE_US (24LL * 3600 * 1000000) /* an upload whose envelope never came */

struct part_note {
	uint32_t references;
	int64_t put_at;
	uint64_t size;
};
enum lt_err parts_put(struct vault_tx *tx, const uint8_t digest[32], struct lt_bytes data, int64_t now);
enum lt_err parts_find(struct vault_tx *tx, const uint8_t digest[32], struct part_note *out); /* LT_ENOENT */
/* A large one (over LT_PART_MAX) lies in a file of its own (store/part_files.h), which is there before its row: that is all there is in the
 * store, and its bytes are read as none. */
enum lt_err parts_put_large(struct vault_tx *tx, const uint8_t digest[32], uint64_t size, int64_t now);
enum lt_err parts_read(struct vault_tx *tx, const uint8_t digest[32], struct lt_bytes *out); /* LT_ENOENT */
enum lt_err parts_hold(struct vault_tx *tx, const uint8_t digest[32]);                       /* LT_ENOENT */
enum lt_err parts_release(struct vault_tx *tx, const uint8_t digest[32]);
/* Looks at up to `limit` parts after `from` (empty: from the first) and drops the loose ones. `from` moves on, and is
 * empty again when the end was reached. */
struct parts_cursor {
	uint8_t digest[32];
	bool set;
};
enum lt_err parts_sweep(struct vault_tx *tx, int64_t now, size_t limit, struct parts_cursor *from);

#endif
