/* timer.c: the table of due times.
 *
 * Keys begin with the time, so that what is due next is the first key. The place of the first key is remembered: what
 * was taken away and not yet flushed would else be walked over each time. */
#include "timer.h"

#include <string.h>

#include "base/fields.h"
#include "store/store_layout.h"
#include "program/log.h"

/* Of records and dossiers six bytes are enough: a thousand a second for 8,900 years. */
enum { DUE_LEN = 8, NUMBER_LEN = 6, BRANCH_LEN = 4, DUE_LAYOUT = 2 };
enum { KEY_LEN = DUE_LEN + 2 * NUMBER_LEN + BRANCH_LEN + 1 };

void timer_load(struct timer *due, struct store *store)
{
	*due = (struct timer){ .store = store };
}

static struct store_key make_key(uint64_t due, uint64_t armed, uint64_t dossier, uint32_t branch,
				 enum lt_clock_kind kind)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, due);
	store_key_add_number(&key, armed, NUMBER_LEN);
	store_key_add_number(&key, dossier, NUMBER_LEN);
	store_key_add_u32(&key, branch);
	store_key_add_u8(&key, (uint8_t)kind);
	return key;
}

static struct store_key key_of(const struct timer_entry *entry)
{
	return make_key(entry->due, entry->armed, entry->dossier, entry->branch, entry->kind);
}

static int order(const struct store_key *a, const struct store_key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int by_bytes = memcmp(a->data, b->data, len);
	return by_bytes != 0 ? by_bytes : (a->len > b->len) - (a->len < b->len);
}

void timer_put(struct timer *due, const struct timer_entry *entry)
{
	uint8_t value[1 + 5 + LT_AGENCY_MAX];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = key_of(entry);
	store_put_layout(&writer, DUE_LAYOUT);
	fields_put_number(&writer, entry->generation);
	fields_put_code(&writer, entry->subject);
	LT_ASSERT(!writer.failed);
	store_put(due->store, STORE_DUE, store_key_bytes(&key), lt_buf_bytes(&buf));
	if (entry->due & DUE_WAITING) {
		if (entry->due < due->waiting)
			due->waiting = entry->due;
		return;
	}
	if (entry->due < due->next)
		due->next = entry->due;
	if (order(&key, &due->from) < 0)
		due->from = key;
}

void timer_del(struct timer *due, uint64_t at, uint64_t armed, uint64_t dossier, uint32_t branch,
	       enum lt_clock_kind kind)
{
	struct store_key key = make_key(at, armed, dossier, branch, kind);
	store_del(due->store, STORE_DUE, store_key_bytes(&key));
}

void timer_take(struct timer *due, const struct timer_entry *entry)
{
	struct lt_bytes value;
	struct store_key key = key_of(entry);
	if (store_get(due->store, STORE_DUE, store_key_bytes(&key), &value))
		return;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_DUE, DUE_LAYOUT);
	uint32_t generation = fields_get_number32(&in);
	if (in.failed)
		store_fault_note(due->store, STORE_DUE, store_key_bytes(&key));
	else if (generation == entry->generation)
		store_del(due->store, STORE_DUE, store_key_bytes(&key));
}

static bool read_entry(struct store *store, const struct store_key *key, struct lt_bytes value, struct timer_entry *out)
{
	struct fields_reader in = { .rest = value };
	*out = (struct timer_entry){
		.due = store_key_get_u64(key, 0),
		.armed = store_key_get_number(key, DUE_LEN, NUMBER_LEN),
		.dossier = store_key_get_number(key, DUE_LEN + NUMBER_LEN, NUMBER_LEN),
		.branch = store_key_get_u32(key, DUE_LEN + 2 * NUMBER_LEN),
		.kind = (enum lt_clock_kind)key->data[KEY_LEN - 1],
	};
	store_get_layout(&in, STORE_DUE, DUE_LAYOUT);
	out->generation = fields_get_number32(&in);
	fields_get_code(&in, out->subject, sizeof(out->subject));
	if (fields_end(&in) == LT_OK)
		return true;
	store_fault_note(store, STORE_DUE, store_key_bytes(key));
	return false;
}

/* Entries from a key on whose due time is below `end`. *first is the due time of the next one, or `none`. */
static uint32_t collect(struct timer *due, struct store_key *from, uint64_t end, uint64_t none, uint64_t *first,
			struct timer_entry *out, uint32_t max)
{
	struct lt_bytes value;
	struct store_key key = *from;
	uint32_t count = 0;
	*first = none;
	while (store_key_seek(due->store, STORE_DUE, &key, &value) == LT_OK) {
		LT_ASSERT(key.len == KEY_LEN);
		uint64_t at = store_key_get_u64(&key, 0);
		if (at >= none)
			return count; /* another section */
		if (at >= end || count == max) {
			*first = at;
			return count;
		}
		if (read_entry(due->store, &key, value, &out[count])) /* else this clock stands, the others do not */
			count++;
		store_key_step(&key);
		*from = key;
	}
	return count;
}

int64_t timer_first(const struct timer *due)
{
	struct lt_bytes value;
	struct store_key key = due->from;
	if (store_key_seek(due->store, STORE_DUE, &key, &value) != LT_OK)
		return 0;
	uint64_t at = store_key_get_u64(&key, 0);
	return at & DUE_WAITING ? 0 : (int64_t)at;
}

bool timer_any(const struct timer *due, int64_t now, uint64_t calendar)
{
	return (now > 0 && due->next < (uint64_t)now) || due->waiting < (DUE_WAITING | calendar);
}

uint32_t timer_collect(struct timer *due, int64_t now, uint64_t calendar, struct timer_entry out[TIMER_BATCH_MAX])
{
	uint32_t count = 0;
	if (now > 0 && due->next < (uint64_t)now)
		count = collect(due, &due->from, (uint64_t)now, DUE_WAITING, &due->next, out, TIMER_BATCH_MAX);
	if (count < TIMER_BATCH_MAX && due->waiting < (DUE_WAITING | calendar)) {
		struct store_key from = { 0 };
		store_key_add_u64(&from, DUE_WAITING);
		count += collect(due, &from, DUE_WAITING | calendar, UINT64_MAX, &due->waiting, out + count,
				 TIMER_BATCH_MAX - count);
	}
	return count;
}
