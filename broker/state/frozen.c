/* frozen.c: the only file that touches STORE_FROZEN. */
#include "frozen.h"

#include "base/fields.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { FROZEN_LAYOUT = 1 };

static struct store_key pair(uint64_t first, uint64_t second)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, first);
	store_key_add_u64(&key, second);
	return key;
}

static void put_proposal(const struct frozen_proposal *proposal, struct fields_writer *out)
{
	fields_put_number(out, proposal->sequence);
	fields_put_number(out, proposal->uid);
	fields_put_u8(out, proposal->close);
	fields_put_u8(out, (uint8_t)proposal->status);
	fields_put_u8(out, (uint8_t)proposal->branch_count);
	for (uint32_t i = 0; i < proposal->branch_count; i++) {
		fields_put_number(out, proposal->branches[i].number);
		fields_put_number(out, proposal->branches[i].leg);
		fields_put_code(out, proposal->branches[i].holder);
	}
}

void frozen_put(struct store *store, uint64_t number, const struct frozen *frozen)
{
	uint8_t value[1 + 6 * 10 + 3 + DOSSIER_BRANCHES_MAX * (2 * 10 + LT_AGENCY_MAX)];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = pair(UINT64_MAX, number);
	store_put_layout(&writer, FROZEN_LAYOUT);
	fields_put_number(&writer, frozen->skipped);
	fields_put_number(&writer, frozen->skip);
	fields_put_number(&writer, frozen->version);
	fields_put_number(&writer, (uint64_t)frozen->since);
	put_proposal(&frozen->proposal, &writer);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_FROZEN, store_key_bytes(&key), lt_buf_bytes(&buf));
}

static void get_proposal(struct fields_reader *in, struct frozen_proposal *out)
{
	out->sequence = fields_get_number(in);
	out->uid = fields_get_number32(in);
	out->close = fields_get_u8(in) != 0;
	out->status = (enum status)fields_get_u8(in);
	out->branch_count = fields_get_u8(in);
	if (out->branch_count > DOSSIER_BRANCHES_MAX) {
		in->failed = true;
		out->branch_count = 0;
	}
	for (uint32_t i = 0; i < out->branch_count; i++) {
		out->branches[i].number = fields_get_number32(in);
		out->branches[i].leg = fields_get_number32(in);
		fields_get_code(in, out->branches[i].holder, sizeof(out->branches[i].holder));
	}
}

enum lt_err frozen_get(struct store *store, uint64_t number, struct frozen *out)
{
	struct lt_bytes value;
	struct store_key key = pair(UINT64_MAX, number);
	enum lt_err err = store_get(store, STORE_FROZEN, store_key_bytes(&key), &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_FROZEN, FROZEN_LAYOUT);
	*out = (struct frozen){ .skipped = fields_get_number(&in) };
	out->skip = fields_get_number(&in);
	out->version = fields_get_number(&in);
	out->since = (int64_t)fields_get_number(&in);
	get_proposal(&in, &out->proposal);
	return fields_end(&in) ? store_fault_note(store, STORE_FROZEN, store_key_bytes(&key)) : LT_OK;
}

void frozen_end(struct store *store, uint64_t number)
{
	struct store_key key = pair(UINT64_MAX, number);
	store_del(store, STORE_FROZEN, store_key_bytes(&key));
}

enum lt_err frozen_next(struct store *store, uint64_t *number)
{
	struct lt_bytes value;
	struct store_key key = pair(UINT64_MAX, *number + 1);
	enum lt_err err = store_key_seek(store, STORE_FROZEN, &key, &value);
	if (!err)
		*number = store_key_get_u64(&key, 8);
	return err;
}

void frozen_mark(struct store *store, uint64_t number, uint64_t sequence)
{
	uint8_t value[1];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = pair(number, sequence);
	store_put_layout(&writer, FROZEN_LAYOUT);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_FROZEN, store_key_bytes(&key), lt_buf_bytes(&buf));
}

bool frozen_any_marked(struct store *store, uint64_t number)
{
	struct lt_bytes value;
	struct store_key key = pair(number, 0);
	return store_key_seek(store, STORE_FROZEN, &key, &value) == LT_OK && store_key_get_u64(&key, 0) == number;
}

bool frozen_marked(struct store *store, uint64_t number, uint64_t sequence)
{
	struct lt_bytes value;
	struct store_key key = pair(number, sequence);
	return store_get(store, STORE_FROZEN, store_key_bytes(&key), &value) == LT_OK;
}
