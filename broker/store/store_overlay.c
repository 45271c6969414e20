/* store_overlay.c: one generation of changes: a hash table over arena memory, and each table's keys in order for
 * seeks.
 *
 * A look-up is a probe; the hash stands beside the pointer, so that one that does not match costs no second miss. For
 * walks each table keeps its keys in a sorted list; new keys gather at its end and are sorted in when somebody walks.
 * An entry's address stays until the generation is cleared as a whole: nothing is freed one by one. */
#include "store_internal.h"

#include "base/checksum.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What is taken begins at a multiple of TAKE bytes of a chunk, so a place is a chunk's number and 16 bits. */
enum { SLOTS_FIRST = 1024, TAKE = 16, PLACE_BITS = 17 };
#define LARGE_PAGE ((size_t)2 << 20)
_Static_assert(OVERLAY_CHUNK <= TAKE << PLACE_BITS, "a place has to reach each byte of a chunk");
struct chunk {
	struct chunk *next; /* of the spare ones */
	size_t size, used;
	uint8_t data[];
};

/* Out of memory ends the daemon: state that is not in the overlay would be lost to every later read. */
static void *must(void *memory)
{
	if (!memory)
		lt_fatal("out of memory for the store's overlay");
	return memory;
}

/* The engine looks about at random in what a generation holds: in pages of 4 KiB nearly each look misses the table of pages too. Where the
 * system gives none of the large ones, it is as before. */
static void *large(size_t size)
{
	void *memory = size < LARGE_PAGE ? malloc(size)
					 : aligned_alloc(LARGE_PAGE, (size + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
	if (memory && size >= LARGE_PAGE)
		madvise(memory, size, MADV_HUGEPAGE);
	return must(memory);
}

static struct chunk *add_chunk(struct overlay *overlay, size_t size)
{
	struct chunk *chunk = size == OVERLAY_CHUNK ? overlay->spare : NULL;
	if (chunk)
		overlay->spare = chunk->next;
	else
		chunk = large(sizeof *chunk + size);
	*chunk = (struct chunk){ .size = size };
	if (overlay->chunk_count == overlay->chunk_cap) {
		overlay->chunk_cap = overlay->chunk_cap ? overlay->chunk_cap * 2 : 32;
		overlay->chunks = must(realloc(overlay->chunks, overlay->chunk_cap * sizeof(struct chunk *)));
	}
	overlay->chunks[overlay->chunk_count++] = chunk;
	return chunk;
}

static void *take(struct overlay *overlay, size_t len)
{
	len = (len + TAKE - 1) & ~(size_t)(TAKE - 1);
	struct chunk *chunk = overlay->chunk_count > 0 ? overlay->chunks[overlay->chunk_count - 1] : NULL;
	if (!chunk || chunk->size - chunk->used < len)
		chunk = add_chunk(overlay, len > OVERLAY_CHUNK ? len : OVERLAY_CHUNK);
	void *memory = chunk->data + chunk->used;
	chunk->used += len;
	overlay->bytes += len;
	return memory;
}

static struct entry *entry_at(const struct overlay *overlay, uint32_t place)
{
	const struct chunk *chunk = overlay->chunks[(place >> PLACE_BITS) - 1];
	size_t at = (size_t)(place & ((1u << PLACE_BITS) - 1)) * TAKE;
	return (struct entry *)(uintptr_t)(chunk->data + at);
}

/* Of what was taken last. */
static uint32_t place_of(const struct overlay *overlay, const struct entry *entry)
{
	LT_ASSERT(overlay->chunk_count < 1u << (32 - PLACE_BITS));
	size_t at = (size_t)((const uint8_t *)entry - overlay->chunks[overlay->chunk_count - 1]->data);
	return (uint32_t)(overlay->chunk_count << PLACE_BITS | at / TAKE);
}

static void free_chunks(struct chunk *chunk)
{
	while (chunk) {
		struct chunk *next = chunk->next;
		free(chunk);
		chunk = next;
	}
}

void overlay_fini(struct overlay *overlay)
{
	overlay_clear(overlay);
	free_chunks(overlay->spare);
	free(overlay->chunks);
	free(overlay->slots);
	free(overlay->run);
	for (int i = 0; i < STORE_TABLES; i++)
		free(overlay->tables[i].list);
	*overlay = (struct overlay){ 0 };
}

/* Keeps memory for the next generation, but for large pieces. */
void overlay_clear(struct overlay *overlay)
{
	while (overlay->chunk_count > 0) {
		struct chunk *chunk = overlay->chunks[--overlay->chunk_count];
		if (chunk->size != OVERLAY_CHUNK) {
			free(chunk);
			continue;
		}
		chunk->next = overlay->spare;
		overlay->spare = chunk;
	}
	if (overlay->count > 0)
		memset(overlay->slots, 0, overlay->slot_count * sizeof *overlay->slots);
	for (int i = 0; i < STORE_TABLES; i++)
		overlay->tables[i].count = overlay->tables[i].ordered = 0;
	overlay->count = 0;
	overlay->bytes = 0;
}

static size_t slot_of(const struct overlay *overlay, uint32_t hash, enum store_table table, struct lt_bytes key)
{
	size_t i = hash & (overlay->slot_count - 1);
	for (;; i = (i + 1) & (overlay->slot_count - 1)) {
		const struct slot *slot = &overlay->slots[i];
		if (slot->place == 0)
			return i;
		if (slot->hash != hash)
			continue;
		const struct entry *entry = entry_at(overlay, slot->place);
		if (entry->table == table && entry->key_len == key.len && memcmp(entry->key, key.data, key.len) == 0)
			return i;
	}
}

/* Most keys end in a number that counts up, and who asks for one asks for its neighbours next: eight of those lie in one line of the
 * cache, in their order. */
uint32_t overlay_hash(enum store_table table, struct lt_bytes key)
{
	enum { NEIGHBOURS = 8 };
	uint8_t last = key.data[key.len - 1];
	uint64_t line = checksum64((uint64_t)table | (uint64_t)(last / NEIGHBOURS) << 8, key.data, key.len - 1);
	return (uint32_t)(line & ~(uint64_t)(NEIGHBOURS - 1)) | last % NEIGHBOURS;
}

struct entry *overlay_find(const struct overlay *overlay, uint32_t hash, enum store_table table, struct lt_bytes key)
{
	if (overlay->count == 0)
		return NULL;
	const struct slot *slot = &overlay->slots[slot_of(overlay, hash, table, key)];
	return slot->place ? entry_at(overlay, slot->place) : NULL;
}

static void grow_slots(struct overlay *overlay)
{
	size_t old_count = overlay->slot_count;
	struct slot *old = overlay->slots;
	overlay->slot_count = old_count ? old_count * 2 : SLOTS_FIRST;
	overlay->slots = large(overlay->slot_count * sizeof *overlay->slots);
	memset(overlay->slots, 0, overlay->slot_count * sizeof *overlay->slots);
	for (size_t i = 0; i < old_count; i++) {
		if (old[i].place == 0)
			continue;
		size_t j = old[i].hash & (overlay->slot_count - 1);
		while (overlay->slots[j].place != 0)
			j = (j + 1) & (overlay->slot_count - 1);
		overlay->slots[j] = old[i];
	}
	free(old);
}

static struct entry *entry_for(struct overlay *overlay, enum store_table table, struct lt_bytes key)
{
	LT_ASSERT(key.len > 0 && key.len <= STORE_KEY_MAX && table < STORE_TABLES);
	if ((overlay->count + 1) * 2 > overlay->slot_count)
		grow_slots(overlay);
	uint32_t hash = overlay_hash(table, key);
	size_t slot = slot_of(overlay, hash, table, key);
	if (overlay->slots[slot].place)
		return entry_at(overlay, overlay->slots[slot].place);
	/* Only as much of the key array as the key needs. */
	struct entry *entry = take(overlay, offsetof(struct entry, key) + key.len);
	entry->value = NULL;
	entry->len = entry->cap = 0;
	entry->table = (uint8_t)table;
	entry->key_len = (uint8_t)key.len;
	entry->deleted = false;
	memcpy(entry->key, key.data, key.len);
	overlay->slots[slot] = (struct slot){ hash, place_of(overlay, entry) };
	overlay->count++;
	struct sorted *sorted = &overlay->tables[table];
	if (sorted->count == sorted->cap) {
		sorted->cap = sorted->cap ? sorted->cap * 2 : 256;
		sorted->list = must(realloc(sorted->list, sorted->cap * sizeof(struct entry *)));
	}
	sorted->list[sorted->count++] = entry;
	return entry;
}

/* The value may be a view of what this very entry holds. */
void overlay_put(struct overlay *overlay, enum store_table table, struct lt_bytes key, struct lt_bytes value)
{
	LT_ASSERT(value.len <= UINT32_MAX / 2);
	struct entry *entry = entry_for(overlay, table, key);
	if (value.len > entry->cap || !entry->value) {
		size_t cap = (value.len + TAKE - 1) & ~(size_t)(TAKE - 1);
		uint8_t *memory = take(overlay, cap);
		if (value.len > 0)
			memcpy(memory, value.data, value.len);
		entry->value = memory;
		entry->cap = (uint32_t)cap;
	} else if (value.len > 0) {
		memmove(entry->value, value.data, value.len);
	}
	entry->len = (uint32_t)value.len;
	entry->deleted = false;
}

void overlay_del(struct overlay *overlay, enum store_table table, struct lt_bytes key)
{
	struct entry *entry = entry_for(overlay, table, key);
	entry->deleted = true;
	entry->len = 0;
}

int store_key_order(struct lt_bytes a, struct lt_bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.data, b.data, len) : 0;
	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

static struct lt_bytes key_of(const struct entry *entry)
{
	return lt_bytes(entry->key, entry->key_len);
}

static int by_key(const void *a, const void *b)
{
	struct entry *const *x = a, *const *y = b;
	return store_key_order(key_of(*x), key_of(*y));
}

/* Sorts the tail and merges it in from behind. */
static void put_in_order(struct sorted *sorted)
{
	size_t tail_count = sorted->count - sorted->ordered;
	struct entry **tail = must(malloc(tail_count * sizeof(struct entry *)));
	memcpy(tail, sorted->list + sorted->ordered, tail_count * sizeof(struct entry *));
	qsort(tail, tail_count, sizeof(struct entry *), by_key);
	size_t left = sorted->ordered, to = sorted->count;
	while (tail_count > 0) {
		bool from_list = left > 0 && by_key(&sorted->list[left - 1], &tail[tail_count - 1]) > 0;
		sorted->list[--to] = from_list ? sorted->list[--left] : tail[--tail_count];
	}
	free(tail);
	sorted->ordered = sorted->count;
}

static bool reaches(const struct entry *entry, struct lt_bytes from, bool after)
{
	int order = store_key_order(key_of(entry), from);
	return after ? order > 0 : order >= 0;
}

struct entry *overlay_seek(struct overlay *overlay, enum store_table table, struct lt_bytes from, bool after)
{
	struct sorted *sorted = &overlay->tables[table];
	if (sorted->count - sorted->ordered > OVERLAY_TAIL)
		put_in_order(sorted);
	size_t low = 0, high = sorted->ordered;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (reaches(sorted->list[mid], from, after))
			high = mid;
		else
			low = mid + 1;
	}
	struct entry *best = low < sorted->ordered ? sorted->list[low] : NULL;
	for (size_t i = sorted->ordered; i < sorted->count; i++) {
		struct entry *entry = sorted->list[i];
		if (reaches(entry, from, after) && (!best || by_key(&entry, &best) < 0))
			best = entry;
	}
	return best;
}

void overlay_hand_over(struct overlay *overlay)
{
	if (overlay->count > overlay->run_cap) {
		free(overlay->run);
		overlay->run_cap = overlay->count;
		overlay->run = must(malloc(overlay->run_cap * sizeof(struct entry *)));
	}
	struct entry **to = overlay->run;
	for (int i = 0; i < STORE_TABLES; i++) {
		const struct sorted *sorted = &overlay->tables[i];
		overlay->run_counts[i] = sorted->count;
		if (sorted->count > 0)
			memcpy(to, sorted->list, sorted->count * sizeof(struct entry *));
		to += sorted->count;
	}
	LT_ASSERT(to == overlay->run + overlay->count);
}
