/* dedup.c: what was answered before.
 *
 * An envelope is known by sender and id; what was sent under them is known by the digest of its header. The same bytes
 * again get the first answer again, other bytes under the same id are refused. Only what was recorded is remembered: a
 * refusal that is told to try again must not block the next try.
 *
 * The id leads to the record's sequence, and the sequence to the whole answer. Answers stand in the order in which they were
 * given, so that each page of them is written once, and both tables are shortened by one key. */
#include "dedup.h"

#include "base/fields.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum {
	DEDUP_LAYOUT = 5,
	ANSWER_LAYOUT = 1,
	WALK_MAX = 8192, /* rows that a walk over ids reads, some milliseconds: what is left goes with the next PRUNE */
};
_Static_assert(LT_RECORD_HEAD_LEN % 8 == 0, "a head is numbers of eight bytes");

static struct store_key key_of(const uint8_t id[16], const char *sender)
{
	struct store_key key = { 0 };
	store_key_add(&key, id, 16);
	store_key_add(&key, sender, strlen(sender));
	return key;
}

static struct store_key answer_key(uint64_t sequence)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, sequence);
	return key;
}

/* RFC 9562: the first 48 bits of an id are milliseconds. */
static struct store_key time_key(int64_t ms)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, (uint64_t)ms << 16);
	return key;
}

static int64_t key_time(const struct store_key *key)
{
	return (int64_t)(store_key_get_u64(key, 0) >> 16);
}

/* ---- an answer's bytes ---- */

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

/* LT_ECORRUPT. */
static enum lt_err read_answer(struct lt_bytes value, struct dedup_entry *out)
{
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_ANSWER, ANSWER_LAYOUT);
	fields_get_raw(&in, out->header_sha256, 32);
	out->time = (int64_t)fields_get_number(&in);
	out->reason = (enum lt_reason)fields_get_number32(&in);
	out->branch = fields_get_number32(&in);
	out->branch_version = fields_get_number(&in);
	get_head(&in, out->receipt.head);
	fields_get_raw(&in, out->receipt.verdict, sizeof(out->receipt.verdict));
	fields_get_raw(&in, out->receipt.outcome, sizeof(out->receipt.outcome));
	size_t len = in.rest.len;
	if (in.failed || len > sizeof(out->sentence))
		return LT_ECORRUPT;
	fields_get_raw(&in, out->sentence, len);
	out->sentence_len = (uint16_t)len;
	return fields_end(&in);
}

static void put_answer(struct store *store, const struct dedup_entry *entry)
{
	uint8_t value[1 + 32 + (4 + LT_RECORD_HEAD_LEN / 8) * 10 + 64 + sizeof(entry->sentence)];
	struct store_key key = answer_key(entry->sequence);
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	store_put_layout(&writer, ANSWER_LAYOUT);
	fields_put_raw(&writer, entry->header_sha256, 32);
	fields_put_number(&writer, (uint64_t)entry->time);
	fields_put_number(&writer, (uint64_t)entry->reason);
	fields_put_number(&writer, entry->branch);
	fields_put_number(&writer, entry->branch_version);
	put_head(&writer, entry->receipt.head);
	fields_put_raw(&writer, entry->receipt.verdict, sizeof(entry->receipt.verdict));
	fields_put_raw(&writer, entry->receipt.outcome, sizeof(entry->receipt.outcome));
	fields_put_raw(&writer, entry->sentence, entry->sentence_len);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_ANSWER, store_key_bytes(&key), lt_buf_bytes(&buf));
}

/* ---- by its id ---- */

enum lt_err dedup_find(struct store *store, const uint8_t id[16], const char *sender, struct dedup_entry *out)
{
	struct store_key key = key_of(id, sender);
	struct lt_bytes value;
	enum lt_err err = store_get(store, STORE_DEDUP, store_key_bytes(&key), &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_DEDUP, DEDUP_LAYOUT);
	out->sequence = fields_get_number(&in);
	if (fields_end(&in))
		return store_fault_note(store, STORE_DEDUP, store_key_bytes(&key));
	struct store_key answer = answer_key(out->sequence);
	err = store_get(store, STORE_ANSWER, store_key_bytes(&answer), &value);
	out->whole = !err && read_answer(value, out) == LT_OK;
	if (!err && !out->whole) /* the record tells it, too */
		store_fault_note(store, STORE_ANSWER, store_key_bytes(&answer));
	return LT_OK;
}

void dedup_put(struct store *store, const uint8_t id[16], const char *sender, const struct dedup_entry *entry)
{
	uint8_t value[1 + 10];
	struct store_key key = key_of(id, sender);
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	store_put_layout(&writer, DEDUP_LAYOUT);
	fields_put_number(&writer, entry->sequence);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_DEDUP, store_key_bytes(&key), lt_buf_bytes(&buf));
	put_answer(store, entry);
}

/* ---- erasing ---- */

/* LT_ENOENT: there is none, or not any more. */
static enum lt_err find_answer(struct store *store, uint64_t sequence, struct dedup_entry *out)
{
	struct store_key key = answer_key(sequence);
	struct lt_bytes value;
	enum lt_err err = store_get(store, STORE_ANSWER, store_key_bytes(&key), &value);
	out->sequence = sequence;
	if (!err && read_answer(value, out))
		err = store_fault_note(store, STORE_ANSWER, store_key_bytes(&key));
	return err;
}

enum lt_err dedup_check_answer(struct store *store, uint64_t sequence)
{
	struct dedup_entry entry;
	enum lt_err err = find_answer(store, sequence, &entry);
	return err == LT_ENOENT ? LT_OK : err;
}

void dedup_blank_answer(struct store *store, uint64_t sequence)
{
	struct dedup_entry entry;
	if (find_answer(store, sequence, &entry) || entry.sentence_len == 0)
		return;
	entry.sentence_len = 0;
	put_answer(store, &entry);
}

/* ---- forgetting ---- */

/* The last one cannot be read, nor its key believed: the walk steps over what does not hold. What it passes over goes with a later one. */
static int64_t ids_from_beginning(struct store *store, int64_t time_ms)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	int64_t from = 0;
	for (int walked = 0; walked < WALK_MAX && !store_key_seek(store, STORE_DEDUP, &key, &value); walked++) {
		if (key_time(&key) >= time_ms)
			break;
		from = key_time(&key) + 1;
		store_key_step(&key);
	}
	return from;
}

int64_t dedup_ids_from(struct store *store, int64_t time_ms)
{
	struct store_key before = time_key(time_ms), last = { 0 };
	struct lt_bytes value;
	if (time_ms <= 0)
		return 0;
	enum lt_err err = store_last(store, STORE_DEDUP, store_key_bytes(&before), last.data, &last.len);
	if (err == LT_ENOENT)
		return 0;
	if (!err && store_get(store, STORE_DEDUP, store_key_bytes(&last), &value) == LT_OK)
		return key_time(&last) + 1;
	return ids_from_beginning(store, time_ms);
}

void dedup_forget_ids(struct store *store, int64_t before_ms)
{
	struct store_key floor = time_key(before_ms);
	store_drop_below(store, STORE_DEDUP, store_key_bytes(&floor));
}

void dedup_forget_answers(struct store *store, uint64_t below)
{
	struct store_key floor = answer_key(below);
	store_drop_below(store, STORE_ANSWER, store_key_bytes(&floor));
}

uint64_t dedup_answers_floor(const struct store *store)
{
	struct lt_bytes floor = store_floor(store, STORE_ANSWER);
	return floor.len == 8 ? fields_key_get(floor.data, 8) : 1;
}

/* Times rise with the sequences, but where an operator has set the time: there one of the borders is found, which is as good. */
uint64_t dedup_answers_from(struct store *store, int64_t time, uint64_t head)
{
	uint64_t low = dedup_answers_floor(store), high = head + 1;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		struct store_key key = answer_key(middle);
		struct lt_bytes value;
		struct dedup_entry entry;
		uint64_t found = high;
		if (store_key_seek(store, STORE_ANSWER, &key, &value) == LT_OK)
			found = store_key_get_u64(&key, 0);
		if (found < high && read_answer(value, &entry))
			low = found + 1; /* it cannot be read, so it may go */
		else if (found >= high || entry.time >= time)
			high = middle;
		else
			low = found + 1;
	}
	return low;
}
