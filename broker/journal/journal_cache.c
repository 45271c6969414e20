/* journal_cache.c: the most recent batches in one ring of memory, so that deliveries do not read the disk.
 * A batch lies in one piece: table, records, parts, leaf hashes. */
#include "journal_internal.h"

#include "program/log.h"

#include <stdlib.h>
#include <string.h>

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

void cache_add(struct cache *cache, const struct journal_batch *batch)
{
	const struct lt_buf *pieces[4] = { &batch->table, &batch->records, &batch->parts, &batch->leaves };
	size_t len = 0;
	for (unsigned i = 0; i < 4; i++)
		len += pieces[i]->len;
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
	table_begin(walk, lt_bytes(cache->ring + item->start, item->table_len), false);
	LT_ASSERT(table_to(walk, sequence - item->first));
	return item;
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
	out->sequence = sequence;
	table_entry(&walk, lt_bytes(buf->data, walk.record_len), buf->data + walk.record_len, out);
	out->in_memory = true;
	memcpy(out->leaf_hash, cache->ring + item->leaves + (sequence - item->first) * 32, 32);
	return true;
}

void cache_elide(struct cache *cache, uint64_t sequence)
{
	struct table_walk walk;
	const struct cached *item = locate(cache, sequence, &walk);
	if (item)
		memset(cache->ring + item->parts + walk.parts_offset, 0, (size_t)walk.parts_len);
}
