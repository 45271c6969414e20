/* journal_cache.c: the most recent batches in one ring of memory, so that deliveries do not read the disk.
 * A batch lies in one piece: table, records, parts, leaf hashes. */
#include "journal_internal.h"

#include "program/log.h"

#include <stdlib.h>
#include <string.h>

/* Where a record's line begins in the table, and its bytes among records and parts: so that nobody walks 512 lines for the last one. */
struct cached_at {
	uint32_t line, record, parts;
};

void cache_fini(struct cache *cache)
{
	free(cache->ring);
	cache->ring = NULL;
}

static struct cached *slot(const struct cache *cache, uint64_t number)
{
	return (struct cached *)&cache->slots[number % CACHE_BATCHES];
}

/* Lets go of what the piece [start, start + len) will overwrite: it lies at the oldest end of the ring. */
static void make_room(struct cache *cache, size_t start, size_t len)
{
	while (cache->oldest < cache->next) {
		const struct cached *old = slot(cache, cache->oldest);
		bool overlaps = old->start < start + len && start < old->start + old->len;
		if (!overlaps && cache->next - cache->oldest < CACHE_BATCHES)
			break;
		cache->oldest++;
	}
}

static void put_places(struct cache *cache, struct lt_bytes table, uint32_t count)
{
	struct table_walk walk;
	table_begin(&walk, table, false);
	for (uint32_t i = 0; i < count; i++) {
		struct cached_at at = { .line = (uint32_t)walk.at };
		LT_ASSERT(table_next(&walk));
		at.record = (uint32_t)walk.record_offset;
		at.parts = (uint32_t)walk.parts_offset;
		memcpy(cache->ring + cache->head, &at, sizeof at);
		cache->head += sizeof at;
	}
}

void cache_add(struct cache *cache, const struct journal_batch *batch)
{
	const struct lt_buf *pieces[4] = { &batch->table, &batch->records, &batch->parts, &batch->leaves };
	size_t len = 0;
	for (unsigned i = 0; i < 4; i++)
		len += pieces[i]->len;
	len += batch->count * sizeof(struct cached_at);
	if (len > CACHE_BYTES) {
		cache->oldest = cache->next; /* cached batches are consecutive: nothing before a gap is kept */
		return;
	}
	if (len > CACHE_BYTES - cache->head) {
		make_room(cache, cache->head, CACHE_BYTES - cache->head);
		cache->head = 0;
	}
	if (!cache->ring) /* tools that only read never need it */
		cache->ring = malloc(CACHE_BYTES);
	if (!cache->ring)
		lt_fatal("out of memory for recent batches");
	make_room(cache, cache->head, len);
	struct cached *item = slot(cache, cache->next++);
	*item = (struct cached){ .first = batch->first,
				 .count = batch->count,
				 .start = cache->head,
				 .len = len,
				 .table_len = batch->table.len,
				 .records = cache->head + batch->table.len };
	item->parts = item->records + batch->records.len;
	item->leaves = item->parts + batch->parts.len;
	for (unsigned i = 0; i < 4; i++) {
		if (pieces[i]->len > 0)
			memcpy(cache->ring + cache->head, pieces[i]->data, pieces[i]->len);
		cache->head += pieces[i]->len;
	}
	item->places = cache->head;
	put_places(cache, lt_buf_bytes(&batch->table), batch->count);
}

static const struct cached *find(const struct cache *cache, uint64_t sequence)
{
	uint64_t low = cache->oldest, high = cache->next;
	while (low < high) { /* first batch that begins above */
		uint64_t mid = low + (high - low) / 2;
		if (slot(cache, mid)->first <= sequence)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == cache->oldest)
		return NULL;
	const struct cached *item = slot(cache, low - 1);
	return sequence - item->first < item->count ? item : NULL;
}

static const struct cached *locate(const struct cache *cache, uint64_t sequence, struct table_walk *walk)
{
	const struct cached *item = find(cache, sequence);
	if (!item)
		return NULL;
	struct cached_at at;
	memcpy(&at, cache->ring + item->places + (sequence - item->first) * sizeof at, sizeof at);
	table_begin(walk, lt_bytes(cache->ring + item->start, item->table_len), false);
	walk->at = at.line;
	walk->record_offset = at.record;
	walk->parts_offset = at.parts;
	LT_ASSERT(table_next(walk));
	return item;
}

static void fill(const struct cache *cache, const struct cached *item, uint64_t sequence, const struct table_walk *walk,
		 const uint8_t *record, const uint8_t *parts, struct journal_entry *out)
{
	out->sequence = sequence;
	table_entry(walk, lt_bytes(record, walk->record_len), parts, out);
	out->in_memory = true;
	memcpy(out->leaf_hash, cache->ring + item->leaves + (sequence - item->first) * 32, 32);
}

bool cache_view(const struct cache *cache, uint64_t sequence, struct journal_entry *out)
{
	struct table_walk walk;
	const struct cached *item = locate(cache, sequence, &walk);
	if (item)
		fill(cache, item, sequence, &walk, cache->ring + item->records + walk.record_offset,
		     cache->ring + item->parts + walk.parts_offset, out);
	return item != NULL;
}

bool cache_read(const struct cache *cache, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out)
{
	struct table_walk walk;
	const struct cached *item = locate(cache, sequence, &walk);
	if (!item)
		return false;
	lt_buf_clear(buf);
	enum lt_err err = lt_buf_append(buf, cache->ring + item->records + walk.record_offset, walk.record_len);
	if (!err)
		err = lt_buf_append(buf, cache->ring + item->parts + walk.parts_offset, (size_t)walk.parts_len);
	if (err)
		lt_fatal("out of memory for a record");
	fill(cache, item, sequence, &walk, buf->data, buf->data + walk.record_len, out);
	return true;
}

uint8_t *cache_record(struct cache *cache, uint64_t sequence, size_t *len)
{
	struct table_walk walk;
	const struct cached *item = locate(cache, sequence, &walk);
	if (!item)
		return NULL;
	*len = walk.record_len;
	return cache->ring + item->records + walk.record_offset;
}

void cache_elide(struct cache *cache, uint64_t sequence)
{
	struct table_walk walk;
	const struct cached *item = locate(cache, sequence, &walk);
	if (item)
		memset(cache->ring + item->parts + walk.parts_offset, 0, (size_t)walk.parts_len);
}
