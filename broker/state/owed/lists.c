/* lists.c: the only file that touches STORE_LIST. */
#include "lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { LISTS_LAYOUT = 1 };

uint32_t lists_name(const char *code)
{
	return (uint32_t)(checksum64(0, code, strlen(code)) >> 32);
}

/* ---- what a key has ---- */

static bool has_name(uint8_t range)
{
	return range <= LISTS_PARTY;
}

static bool has_time(uint8_t range)
{
	return range >= LISTS_PARTY;
}

static bool has_branch(uint8_t range)
{
	return range >= LISTS_SILENT;
}

static struct store_key key_of(const struct dossier_row *row, uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u8(&key, row->range);
	if (has_name(row->range))
		store_key_add_u32(&key, row->name);
	if (has_time(row->range))
		store_key_add_u64(&key, row->time);
	store_key_add_u64(&key, number);
	if (has_branch(row->range))
		store_key_add_u32(&key, row->branch);
	return key;
}

/* ---- rows ---- */

static void add(struct dossier_row *out, size_t *count, struct dossier_row row)
{
	LT_ASSERT(*count < DOSSIER_ROWS_MAX);
	out[(*count)++] = row;
}

static uint64_t time_of(int64_t until)
{
	return until != 0 ? (uint64_t)until : LISTS_NEVER;
}

static bool owes(const struct owed_act *acts, size_t count, const char *who)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(acts[i].who, who) == 0)
			return true;
	}
	return false;
}

static void add_owed(const struct dossier *dossier, struct dossier_row *out, size_t *count)
{
	struct owed_act acts[OWED_MAX];
	size_t owed = owed_list(dossier, acts);
	for (size_t i = 0; i < owed; i++) {
		uint64_t until = time_of(acts[i].until);
		struct dossier_row party = { .range = LISTS_PARTY, .name = lists_name(acts[i].who), .time = until };
		struct dossier_row due = { .range = (uint8_t)(LISTS_DUE + acts[i].what),
					   .time = until,
					   .branch = acts[i].branch };
		add(out, count, party);
		add(out, count, due);
	}
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		struct dossier_row party = { .range = LISTS_PARTY,
					     .name = lists_name(branch->holder),
					     .time = LISTS_NEVER };
		if (branch->custody != LT_CUSTODY_CLOSED && !owes(acts, owed, branch->holder))
			add(out, count, party);
		if (branch->silent_since != 0)
			add(out, count,
			    (struct dossier_row){ .range = LISTS_SILENT,
						  .time = (uint64_t)branch->silent_since,
						  .branch = branch->number });
	}
}

static void add_open(const struct dossier *dossier, struct dossier_row *out, size_t *count)
{
	const struct legal_clock *clock = &dossier->clock;
	if (dossier->lead[0] != '\0')
		add(out, count, (struct dossier_row){ .range = LISTS_LEAD, .name = lists_name(dossier->lead) });
	if (dossier_clock_runs(clock) && clock->appointment != 0)
		add(out, count, (struct dossier_row){ .range = LISTS_DUE, .time = (uint64_t)clock->appointment });
	add_owed(dossier, out, count);
}

static int by_order(const void *left, const void *right)
{
	const struct dossier_row *a = left, *b = right;
	if (a->range != b->range)
		return a->range < b->range ? -1 : 1;
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return (a->branch > b->branch) - (a->branch < b->branch);
}

/* A handful: shorter than a call of qsort for each comparison. */
static void sort(struct dossier_row *rows, size_t count)
{
	enum { HANDFUL = 16 };
	if (count > HANDFUL) {
		qsort(rows, count, sizeof(*rows), by_order);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct dossier_row row = rows[i];
		size_t at = i;
		for (; at > 0 && by_order(&row, &rows[at - 1]) < 0; at--)
			rows[at] = rows[at - 1];
		rows[at] = row;
	}
}

size_t lists_rows(const struct dossier *dossier, struct dossier_row out[DOSSIER_ROWS_MAX])
{
	size_t count = 0, kept = 0;
	add(out, &count, (struct dossier_row){ .range = LISTS_STATUS, .name = (uint32_t)dossier->status });
	add(out, &count, (struct dossier_row){ .range = LISTS_PROCEDURE, .name = lists_name(dossier->procedure) });
	if (!dossier_closed(dossier))
		add_open(dossier, out, &count);
	sort(out, count);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || by_order(&out[i], &out[kept - 1]) != 0)
			out[kept++] = out[i];
	}
	return kept;
}

static void put(struct store *store, const struct dossier_row *row, uint64_t number)
{
	uint8_t value[1];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = key_of(row, number);
	store_put_layout(&writer, LISTS_LAYOUT);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_LIST, store_key_bytes(&key), lt_buf_bytes(&buf));
}

static void take(struct store *store, const struct dossier_row *row, uint64_t number)
{
	struct store_key key = key_of(row, number);
	store_del(store, STORE_LIST, store_key_bytes(&key));
}

void lists_save(struct store *store, struct dossier *dossier)
{
	struct dossier_row rows[DOSSIER_ROWS_MAX];
	size_t count = lists_rows(dossier, rows), before = 0, now = 0;
	while (before < dossier->row_count || now < count) {
		int order = before == dossier->row_count ? 1
			    : now == count               ? -1
							 : by_order(&dossier->rows[before], &rows[now]);
		if (order < 0)
			take(store, &dossier->rows[before++], dossier->number);
		else if (order > 0)
			put(store, &rows[now++], dossier->number);
		else
			before++, now++;
	}
	memcpy(dossier->rows, rows, count * sizeof(rows[0]));
	dossier->row_count = (uint32_t)count;
}

/* ---- reading ---- */

static bool read_key(const struct store_key *key, const struct lists_range *range, struct lists_place *out)
{
	size_t at = 1 + (has_name(range->range) ? 4u : 0u);
	size_t len = at + (has_time(range->range) ? 8u : 0u) + 8 + (has_branch(range->range) ? 4u : 0u);
	*out = (struct lists_place){ 0 };
	if (key->len != len)
		return false;
	if (has_time(range->range)) {
		out->time = store_key_get_u64(key, at);
		at += 8;
	}
	out->number = store_key_get_u64(key, at);
	out->branch = has_branch(range->range) ? store_key_get_u32(key, at + 8) : 0;
	return true;
}

enum lt_err lists_next(struct store *store, const struct lists_range *range, struct lists_place *place)
{
	const struct dossier_row from = {
		.range = range->range, .name = range->name, .time = place->time, .branch = place->branch
	};
	struct store_key key = key_of(&from, place->number), first = key;
	size_t prefix = 1 + (has_name(range->range) ? 4u : 0u);
	for (;;) {
		struct lt_bytes value;
		enum lt_err err = store_key_seek(store, STORE_LIST, &key, &value);
		if (err)
			return err;
		if (key.len < prefix || memcmp(key.data, first.data, prefix) != 0)
			return LT_ENOENT;
		struct fields_reader in = { .rest = value };
		store_get_layout(&in, STORE_LIST, LISTS_LAYOUT);
		if (!fields_end(&in) && read_key(&key, range, place))
			return LT_OK;
		store_fault_note(store, STORE_LIST, store_key_bytes(&key));
		if (key.len == STORE_KEY_MAX)
			return LT_ECORRUPT;
		store_key_step(&key);
	}
}

void lists_step(const struct lists_range *range, struct lists_place *place)
{
	if (has_branch(range->range) && ++place->branch != 0)
		return;
	place->number++;
}
