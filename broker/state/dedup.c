/* dedup.c: what was answered before.
 *
 * An envelope is known by sender and id; what was sent under them is known by the digest of its header. The same bytes
 * again get the first answer again, other bytes under the same id are refused. Only what was recorded is remembered: a
 * refusal that is told to try again must not block the next try. */
#include "dedup.h"

#include "base/fields.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { DEDUP_LAYOUT = 4 };
_Static_assert(LT_RECORD_HEAD_LEN % 8 == 0, "a head is numbers of eight bytes");

/* A receipt's head is mostly zeros. */
static void put_head(struct fields_writer *out, const uint8_t head[LT_RECORD_HEAD_LEN])
{
	for (size_t at = 0; at < LT_RECORD_HEAD_LEN; at += 8)
		fields_put_number(out, fields_raw_get64(head + at));
}

static void get_head(struct fields_reader *in, uint8_t head[LT_RECORD_HEAD_LEN])
{
	for (size_t at = 0; at < LT_RECORD_HEAD_LEN; at += 8)
		fields_raw_put64(head + at, fields_get_number(in));
}

static struct store_key key_of(const uint8_t id[16], const char *sender)
{
	struct store_key key = { 0 };
	store_key_add(&key, id, 16);
	store_key_add(&key, sender, strlen(sender));
	return key;
}

enum lt_err dedup_find(struct store *store, const uint8_t id[16], const char *sender, struct dedup_entry *out)
{
	struct store_key key = key_of(id, sender);
	struct lt_bytes value;
	enum lt_err err = store_get(store, STORE_DEDUP, store_key_bytes(&key), &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_DEDUP, DEDUP_LAYOUT);
	fields_get_raw(&in, out->header_sha256, 32);
	out->sequence = fields_get_number(&in);
	out->reason = (enum lt_reason)fields_get_number32(&in);
	out->time = (int64_t)fields_get_number(&in);
	out->branch = fields_get_number32(&in);
	out->branch_version = fields_get_number(&in);
	get_head(&in, out->receipt.head);
	fields_get_raw(&in, out->receipt.verdict, sizeof(out->receipt.verdict));
	fields_get_raw(&in, out->receipt.outcome, sizeof(out->receipt.outcome));
	size_t len = in.rest.len;
	if (in.failed || len >= sizeof(out->detail))
		return store_fault_note(store, STORE_DEDUP, store_key_bytes(&key));
	fields_get_raw(&in, out->detail, len);
	out->detail[len] = '\0';
	return LT_OK;
}

void dedup_put(struct store *store, const uint8_t id[16], const char *sender, const struct dedup_entry *entry)
{
	uint8_t value[1 + 32 + (5 + LT_RECORD_HEAD_LEN / 8) * 10 + 64 + sizeof(entry->detail)];
	struct store_key key = key_of(id, sender);
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	store_put_layout(&writer, DEDUP_LAYOUT);
	fields_put_raw(&writer, entry->header_sha256, 32);
	fields_put_number(&writer, entry->sequence);
	fields_put_number(&writer, (uint64_t)entry->reason);
	fields_put_number(&writer, (uint64_t)entry->time);
	fields_put_number(&writer, entry->branch);
	fields_put_number(&writer, entry->branch_version);
	put_head(&writer, entry->receipt.head);
	fields_put_raw(&writer, entry->receipt.verdict, sizeof(entry->receipt.verdict));
	fields_put_raw(&writer, entry->receipt.outcome, sizeof(entry->receipt.outcome));
	fields_put_raw(&writer, entry->detail, strlen(entry->detail));
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_DEDUP, store_key_bytes(&key), lt_buf_bytes(&buf));
}

static int64_t key_time(const struct store_key *key)
{
	return (int64_t)(store_key_get_u64(key, 0) >> 16); /* RFC 9562: the first 48 bits are milliseconds */
}

uint32_t dedup_prune(struct store *store, int64_t before_ms, uint32_t max, int64_t *newest)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	uint32_t count = 0;
	while (count < max && store_key_seek(store, STORE_DEDUP, &key, &value) == LT_OK && key_time(&key) < before_ms) {
		store_del(store, STORE_DEDUP, store_key_bytes(&key));
		*newest = key_time(&key) > *newest ? key_time(&key) : *newest;
		store_key_step(&key);
		count++;
	}
	return count;
}

int64_t dedup_oldest(struct store *store)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	return store_key_seek(store, STORE_DEDUP, &key, &value) ? INT64_MAX : key_time(&key);
}
