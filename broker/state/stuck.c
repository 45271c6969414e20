/* stuck.c: the only file that touches STORE_STUCK. */
#include "stuck.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { STUCK_LAYOUT = 1 };

static int compare(const struct stuck *stuck, const char *agency, uint64_t number)
{
	int order = strcmp(stuck->agency, agency);
	if (order != 0)
		return order;
	return stuck->number < number ? -1 : stuck->number > number;
}

size_t stuck_at(const struct stuck_list *list, const char *agency, uint64_t number)
{
	size_t low = 0, high = list->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(&list->items[middle], agency, number) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct stuck *stuck_find(const struct stuck_list *list, const char *agency, uint64_t number)
{
	size_t at = stuck_at(list, agency, number);
	return at < list->count && compare(&list->items[at], agency, number) == 0 ? &list->items[at] : NULL;
}

static void insert(struct stuck_list *list, size_t at, const struct stuck *stuck)
{
	if (list->count == list->cap) {
		list->cap = list->cap == 0 ? 16 : list->cap * 2;
		list->items = realloc(list->items, list->cap * sizeof(*list->items));
		LT_ASSERT(list->items);
	}
	memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof(*list->items));
	list->items[at] = *stuck;
	list->count++;
}

void stuck_copy(const struct stuck_list *list, uint64_t dossier, size_t most, struct stuck_list *out)
{
	for (size_t i = 0; i < list->count && out->count < most; i++) {
		if (list->items[i].dossier == dossier)
			insert(out, out->count, &list->items[i]);
	}
}

static struct store_key key_of(const struct stuck *stuck)
{
	struct store_key key = { 0 };
	store_key_add(&key, stuck->agency, strlen(stuck->agency) + 1);
	store_key_add_u64(&key, stuck->number);
	return key;
}

static bool agency_full(const struct stuck_list *list, const char *agency)
{
	return stuck_at(list, agency, UINT64_MAX) - stuck_at(list, agency, 0) >= STUCK_AGENCY_MAX;
}

bool stuck_put(struct stuck_list *list, struct store *store, const struct stuck *stuck)
{
	uint8_t value[1 + 4 * 8 + 4 + 4 + 32];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = key_of(stuck);
	size_t at = stuck_at(list, stuck->agency, stuck->number);
	if (at < list->count && compare(&list->items[at], stuck->agency, stuck->number) == 0)
		list->items[at] = *stuck;
	else if (agency_full(list, stuck->agency))
		return false;
	else
		insert(list, at, stuck);
	store_put_layout(&writer, STUCK_LAYOUT);
	fields_put_u64(&writer, stuck->sequence);
	fields_put_u32(&writer, stuck->notice);
	fields_put_u64(&writer, stuck->dossier);
	fields_put_u64(&writer, stuck->redelivered);
	fields_put_u64(&writer, (uint64_t)stuck->since);
	fields_put_u32(&writer, (uint32_t)stuck->reason);
	fields_put_raw(&writer, stuck->sha256, sizeof(stuck->sha256));
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_STUCK, store_key_bytes(&key), lt_buf_bytes(&buf));
	return true;
}

void stuck_drop(struct stuck_list *list, struct store *store, size_t index)
{
	struct store_key key = key_of(&list->items[index]);
	store_del(store, STORE_STUCK, store_key_bytes(&key));
	list->count--;
	memmove(list->items + index, list->items + index + 1, (list->count - index) * sizeof(*list->items));
}

void stuck_load(struct stuck_list *list, struct store *store)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	while (store_key_seek(store, STORE_STUCK, &key, &value) == LT_OK) {
		struct stuck stuck = { 0 };
		size_t len = strnlen((const char *)key.data, key.len);
		LT_ASSERT(len < sizeof(stuck.agency) && key.len == len + 9);
		memcpy(stuck.agency, key.data, len);
		stuck.number = store_key_get_u64(&key, len + 1);
		struct fields_reader in = { .rest = value };
		store_get_layout(&in, STORE_STUCK, STUCK_LAYOUT);
		stuck.sequence = fields_get_u64(&in);
		stuck.notice = fields_get_u32(&in);
		stuck.dossier = fields_get_u64(&in);
		stuck.redelivered = fields_get_u64(&in);
		stuck.since = (int64_t)fields_get_u64(&in);
		stuck.reason = (enum lt_reason)fields_get_u32(&in);
		fields_get_raw(&in, stuck.sha256, sizeof(stuck.sha256));
		if (fields_end(&in))
			store_fault_note(store, STORE_STUCK, store_key_bytes(&key));
		insert(list, stuck_at(list, stuck.agency, stuck.number), &stuck);
		store_key_step(&key);
	}
}

void stuck_fini(struct stuck_list *list)
{
	free(list->items);
	*list = (struct stuck_list){ 0 };
}
