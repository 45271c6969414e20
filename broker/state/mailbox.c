/* mailbox.c: heads in memory, entries in the store.
 *
 * A mailbox is an agency's row of numbers. An entry says which record stands under a number, or which of the broker's
 * notices; the bytes stay in the journal. Heads, acknowledged and fetched numbers of all agencies are in memory, a few
 * thousand of them; entries are read when they are delivered. Numbers only rise. They may have gaps after a restore:
 * mailbox_next finds the one behind. */
#include "mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum {
	AGENCY_LAYOUT = 4,
	MAILBOX_LAYOUT = 4,
	MAILBOX_FLAG_PARTS = 1,
	MAILBOX_FLAG_OFFER = 2,
	FLAG_SUSPENDED = 1,
	FLAG_PASSED = 2
};

static uint32_t hash_code(const char *code)
{
	uint32_t hash =
		2166136261u; /* FNV-1a: codes come from a signed directory, nobody can choose collisions freely */
	for (; *code; code++)
		hash = (hash ^ (uint8_t)*code) * 16777619u;
	return hash;
}

static void insert_slot(struct mailboxes *mailboxes, uint32_t index)
{
	uint32_t mask = mailboxes->slot_count - 1;
	uint32_t at = hash_code(mailboxes->items[index].code) & mask;
	while (mailboxes->slots[at] != 0)
		at = (at + 1) & mask;
	mailboxes->slots[at] = index + 1;
}

static void grow(struct mailboxes *mailboxes)
{
	uint32_t cap = mailboxes->cap == 0 ? 64 : mailboxes->cap * 2;
	struct mailbox *items = realloc(mailboxes->items, cap * sizeof(*items));
	uint32_t *slots = calloc(cap * 2, sizeof(*slots));
	LT_ASSERT(items && slots);
	free(mailboxes->slots);
	mailboxes->items = items;
	mailboxes->cap = cap;
	mailboxes->slots = slots;
	mailboxes->slot_count = cap * 2;
	for (uint32_t i = 0; i < mailboxes->count; i++)
		insert_slot(mailboxes, i);
}

uint32_t mailboxes_find(const struct mailboxes *mailboxes, const char *code)
{
	if (mailboxes->slot_count == 0)
		return MAILBOX_NONE;
	uint32_t mask = mailboxes->slot_count - 1;
	for (uint32_t at = hash_code(code) & mask; mailboxes->slots[at] != 0; at = (at + 1) & mask) {
		uint32_t index = mailboxes->slots[at] - 1;
		if (strcmp(mailboxes->items[index].code, code) == 0)
			return index;
	}
	return MAILBOX_NONE;
}

uint32_t mailboxes_get(struct mailboxes *mailboxes, const char *code)
{
	uint32_t index = mailboxes_find(mailboxes, code);
	if (index != MAILBOX_NONE)
		return index;
	if (mailboxes->count == mailboxes->cap)
		grow(mailboxes);
	size_t len = strlen(code);
	LT_ASSERT(len < LT_AGENCY_MAX);
	index = mailboxes->count++;
	mailboxes->items[index] = (struct mailbox){ 0 };
	memcpy(mailboxes->items[index].code, code, len + 1);
	insert_slot(mailboxes, index);
	return index;
}

void mailbox_save(const struct mailbox *mailbox, struct store *store)
{
	uint8_t value[1 + 5 * 8 + 5 * 10 + 1] = { AGENCY_LAYOUT };
	struct lt_buf buf = { .data = value, .len = 1, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, mailbox->head);
	fields_put_u64(&writer, mailbox->acknowledged);
	fields_put_u64(&writer, mailbox->fetched);
	fields_put_u64(&writer, mailbox->moved);
	fields_put_u64(&writer, mailbox->given);
	fields_put_number(&writer, mailbox->gone);
	fields_put_number(&writer, mailbox->goes);
	fields_put_number(&writer, mailbox->marked);
	fields_put_number(&writer, (uint64_t)mailbox->marked_at);
	fields_put_number(&writer, mailbox->begin);
	fields_put_u8(&writer,
		      (uint8_t)((mailbox->suspended ? FLAG_SUSPENDED : 0) | (mailbox->passed ? FLAG_PASSED : 0)));
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_AGENCY, lt_bytes(mailbox->code, strlen(mailbox->code)), lt_buf_bytes(&buf));
}

void mailboxes_load(struct mailboxes *mailboxes, struct store *store)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	while (store_key_seek(store, STORE_AGENCY, &key, &value) == LT_OK) {
		char code[LT_AGENCY_MAX];
		LT_ASSERT(key.len < sizeof(code));
		memcpy(code, key.data, key.len);
		code[key.len] = '\0';
		uint32_t index = mailboxes_get(mailboxes, code);
		struct mailbox *mailbox = &mailboxes->items[index];
		struct fields_reader in = { .rest = value };
		store_get_layout(&in, STORE_AGENCY, AGENCY_LAYOUT);
		mailbox->head = fields_get_u64(&in);
		mailbox->acknowledged = fields_get_u64(&in);
		mailbox->fetched = fields_get_u64(&in);
		mailbox->moved = fields_get_u64(&in);
		mailbox->given = fields_get_u64(&in);
		mailbox->gone = fields_get_number(&in);
		mailbox->goes = fields_get_number(&in);
		mailbox->marked = fields_get_number(&in);
		mailbox->marked_at = (int64_t)fields_get_number(&in);
		mailbox->begin = fields_get_number(&in);
		uint8_t flags = fields_get_u8(&in);
		mailbox->suspended = (flags & FLAG_SUSPENDED) != 0;
		mailbox->passed = (flags & FLAG_PASSED) != 0;
		if (fields_end(&in))
			store_fault_note(store, STORE_AGENCY, store_key_bytes(&key));
		store_key_step(&key);
	}
}

void mailboxes_fini(struct mailboxes *mailboxes)
{
	free(mailboxes->items);
	free(mailboxes->slots);
	*mailboxes = (struct mailboxes){ 0 };
}

/* With the code's NUL, so that an agency's numbers stand together. */
static struct store_key entry_key(const struct mailbox *mailbox, uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add(&key, mailbox->code, strlen(mailbox->code) + 1);
	store_key_add_u64(&key, number);
	return key;
}

uint64_t mailbox_append(struct mailbox *mailbox, struct store *store, const struct mailbox_entry *entry)
{
	uint8_t value[1 + 1 + 5 * 10];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = entry_key(mailbox, ++mailbox->head);
	store_put_layout(&writer, MAILBOX_LAYOUT);
	fields_put_number(&writer, entry->sequence);
	fields_put_number(&writer, entry->dossier);
	fields_put_number(&writer, entry->notice);
	fields_put_u8(&writer,
		      (uint8_t)((entry->has_parts ? MAILBOX_FLAG_PARTS : 0) | (entry->offer ? MAILBOX_FLAG_OFFER : 0)));
	fields_put_number(&writer, entry->branch);
	fields_put_number(&writer, ++mailbox->given);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_MAILBOX, store_key_bytes(&key), lt_buf_bytes(&buf));
	mailbox_save(mailbox, store);
	return mailbox->head;
}

void mailbox_acknowledge(struct mailbox *mailbox, uint64_t number, int64_t time)
{
	if (time - mailbox->marked_at >= MAILBOX_KEEP_US) {
		mailbox->goes = mailbox->marked;
		mailbox->marked = mailbox->acknowledged;
		mailbox->marked_at = time;
	} else if (time < mailbox->marked_at) { /* the time was set back: not before it has passed once more */
		mailbox->marked_at = time;
	}
	mailbox->acknowledged = number;
	if (mailbox->marked > number) /* the adapter was restored: what it has lost goes when it has it again */
		mailbox->marked = number;
	if (mailbox->goes > number)
		mailbox->goes = number;
}

void mailbox_drop(const struct mailbox *mailbox, struct store *store, uint64_t number)
{
	struct store_key key = entry_key(mailbox, number);
	store_del(store, STORE_MAILBOX, store_key_bytes(&key));
}

static enum lt_err read_entry(struct store *store, const struct store_key *key, struct lt_bytes value,
			      struct mailbox_entry *out)
{
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_MAILBOX, MAILBOX_LAYOUT);
	out->sequence = fields_get_number(&in);
	out->dossier = fields_get_number(&in);
	out->notice = fields_get_number32(&in);
	uint8_t flags = fields_get_u8(&in);
	out->has_parts = (flags & MAILBOX_FLAG_PARTS) != 0;
	out->offer = (flags & MAILBOX_FLAG_OFFER) != 0;
	out->branch = fields_get_number32(&in);
	out->ordinal = fields_get_number(&in);
	return fields_end(&in) ? store_fault_note(store, STORE_MAILBOX, store_key_bytes(key)) : LT_OK;
}

enum lt_err mailbox_entry(const struct mailbox *mailbox, struct store *store, uint64_t number,
			  struct mailbox_entry *out)
{
	struct store_key key = entry_key(mailbox, number);
	struct lt_bytes value;
	enum lt_err err = store_get(store, STORE_MAILBOX, store_key_bytes(&key), &value);
	return err ? err : read_entry(store, &key, value, out);
}

/* Nearly always the number itself: a get costs less than a seek. */
enum lt_err mailbox_next_entry(const struct mailbox *mailbox, struct store *store, uint64_t *number,
			       struct mailbox_entry *out)
{
	struct store_key key = entry_key(mailbox, *number);
	size_t prefix = strlen(mailbox->code) + 1;
	struct lt_bytes value;
	if (*number > mailbox->head)
		return LT_ENOENT;
	enum lt_err err = mailbox_entry(mailbox, store, *number, out);
	if (err != LT_ENOENT)
		return err;
	uint64_t faults = store_faults(store);
	err = store_key_seek(store, STORE_MAILBOX, &key, &value);
	if (store_faults(store) != faults)
		return LT_ECORRUPT; /* perhaps the next one: nothing goes past it */
	if (err || key.len != prefix + 8 || memcmp(key.data, mailbox->code, prefix) != 0)
		return LT_ENOENT;
	*number = store_key_get_u64(&key, prefix);
	return read_entry(store, &key, value, out);
}

uint64_t mailbox_waiting(const struct mailbox *mailbox, struct store *store, uint64_t above)
{
	struct mailbox_entry entry;
	uint64_t number = above + 1;
	if (mailbox_next_entry(mailbox, store, &number, &entry))
		return 0;
	return mailbox->given - entry.ordinal + 1;
}

bool mailboxes_passed(const struct mailboxes *mailboxes, const char *agency)
{
	uint32_t index = mailboxes_find(mailboxes, agency);
	return index != MAILBOX_NONE && mailboxes->items[index].passed;
}
