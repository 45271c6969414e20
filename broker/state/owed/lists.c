/* lists.c: the only file that knows the rows of STORE_LIST. */
#include "lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "program/log.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { LISTS_LAYOUT = 2, NUMBER_LEN = 6, BRANCH_LEN = 2 };
_Static_assert(DOSSIER_BRANCHES_MAX < 1u << (8 * BRANCH_LEN), "a branch must fit");

uint32_t lists_name(const char *code)
{
	return (uint32_t)(checksum64(0, code, strlen(code)) >> 32);
}

uint32_t lists_since(int64_t since)
{
	return since > 0 ? (uint32_t)(since / 1000000) : 0;
}

/* Where a dossier stands. */
struct list_row {
	uint8_t range;
	uint32_t name, branch, since;
	uint64_t time;
};
/* Of each act that is owed two; of each branch two more; the dossier's own four. */
enum { ROWS_MAX = 2 * OWED_MAX + 2 * DOSSIER_BRANCHES_MAX + 4 };
struct list_work {
	struct dossier dossier;
	struct list_row rows[ROWS_MAX];
	struct owed_act acts[OWED_MAX];
};

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

static struct store_key key_of(const struct list_row *row, uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u8(&key, row->range);
	if (has_name(row->range))
		store_key_add_u32(&key, row->name);
	if (has_time(row->range))
		store_key_add_u64(&key, row->time);
	if (has_time(row->range))
		store_key_add_u32(&key, row->since);
	store_key_add_number(&key, number, NUMBER_LEN);
	if (has_branch(row->range))
		store_key_add_number(&key, row->branch, BRANCH_LEN);
	return key;
}

/* ---- rows ---- */

static void add(struct list_row *out, size_t *count, struct list_row row)
{
	LT_ASSERT(*count < ROWS_MAX);
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

/* One for all: who holds several of its branches has one row. */
static uint32_t newest_custody(const struct dossier *dossier)
{
	int64_t newest = 0;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].since > newest)
			newest = dossier->branches[i].since;
	}
	return lists_since(newest);
}

static void add_owed(struct list_work *work, size_t *count)
{
	const struct dossier *dossier = &work->dossier;
	struct list_row *out = work->rows;
	const struct owed_act *acts = work->acts;
	size_t owed = owed_list(dossier, work->acts);
	for (size_t i = 0; i < owed; i++) {
		uint64_t until = time_of(acts[i].until);
		uint32_t since = lists_since(acts[i].since);
		struct list_row party = {
			.range = LISTS_PARTY, .name = lists_name(acts[i].who), .time = until, .since = since
		};
		struct list_row due = { .range = (uint8_t)(LISTS_DUE + acts[i].what),
					.time = until,
					.since = since,
					.branch = acts[i].branch };
		add(out, count, party);
		add(out, count, due);
	}
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		struct list_row party = { .range = LISTS_PARTY,
					  .name = lists_name(branch->holder),
					  .time = LISTS_NEVER,
					  .since = newest_custody(dossier) };
		if (branch->custody != LT_CUSTODY_CLOSED && !owes(acts, owed, branch->holder))
			add(out, count, party);
		if (branch->silent_since != 0)
			add(out, count,
			    (struct list_row){ .range = LISTS_SILENT,
					       .time = (uint64_t)branch->silent_since,
					       .branch = branch->number });
	}
}

static void add_open(struct list_work *work, size_t *count)
{
	const struct dossier *dossier = &work->dossier;
	struct list_row *out = work->rows;
	const struct legal_clock *clock = &dossier->clock;
	if (dossier->lead[0] != '\0')
		add(out, count, (struct list_row){ .range = LISTS_LEAD, .name = lists_name(dossier->lead) });
	if (dossier_clock_runs(clock) && clock->appointment != 0)
		add(out, count, (struct list_row){ .range = LISTS_DUE, .time = (uint64_t)clock->appointment });
	add_owed(work, count);
}

static int by_order(const void *left, const void *right)
{
	const struct list_row *a = left, *b = right;
	if (a->range != b->range)
		return a->range < b->range ? -1 : 1;
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->since != b->since)
		return a->since < b->since ? -1 : 1;
	return (a->branch > b->branch) - (a->branch < b->branch);
}

/* A handful: shorter than a call of qsort for each comparison. */
static void sort(struct list_row *rows, size_t count)
{
	enum { HANDFUL = 16 };
	if (count > HANDFUL) {
		qsort(rows, count, sizeof(*rows), by_order);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		struct list_row row = rows[i];
		size_t at = i;
		for (; at > 0 && by_order(&row, &rows[at - 1]) < 0; at--)
			rows[at] = rows[at - 1];
		rows[at] = row;
	}
}

/* The rows of the dossier as it is, sorted, none twice. */
static size_t make_rows(struct list_work *work)
{
	const struct dossier *dossier = &work->dossier;
	struct list_row *out = work->rows;
	size_t count = 0, kept = 0;
	add(out, &count, (struct list_row){ .range = LISTS_STATUS, .name = (uint32_t)dossier->status });
	add(out, &count, (struct list_row){ .range = LISTS_PROCEDURE, .name = lists_name(dossier->procedure) });
	if (!dossier_closed(dossier))
		add_open(work, &count);
	sort(out, count);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || by_order(&out[i], &out[kept - 1]) != 0)
			out[kept++] = out[i];
	}
	return kept;
}

static void rows_of_value(void *scratch, struct lt_bytes key, struct lt_bytes value, struct lt_buf *out)
{
	struct list_work *work = scratch;
	struct fields_writer writer = { .buf = out };
	uint64_t number = key.len == 8 ? fields_key_get(key.data, 8) : 0;
	size_t count = dossier_read(value, number, &work->dossier) ? 0 : make_rows(work);
	for (size_t i = 0; i < count; i++) {
		struct store_key row = key_of(&work->rows[i], number);
		fields_put_u8(&writer, (uint8_t)row.len);
		fields_put_raw(&writer, row.data, row.len);
	}
	LT_ASSERT(!writer.failed);
}

static const uint8_t row_value[1] = { LISTS_LAYOUT };
const struct store_derived lists_derived = {
	.to = STORE_LIST,
	.scratch = sizeof(struct list_work),
	.rows = rows_of_value,
	.value = { row_value, sizeof(row_value) },
};

/* ---- reading ---- */

static bool read_key(const struct store_key *key, const struct lists_range *range, struct lists_place *out)
{
	size_t at = 1 + (has_name(range->range) ? 4u : 0u);
	size_t len =
		at + (has_time(range->range) ? 12u : 0u) + NUMBER_LEN + (has_branch(range->range) ? BRANCH_LEN : 0u);
	*out = (struct lists_place){ 0 };
	if (key->len != len)
		return false;
	if (has_time(range->range)) {
		out->time = store_key_get_u64(key, at);
		out->since = store_key_get_u32(key, at + 8);
		at += 12;
	}
	out->number = store_key_get_number(key, at, NUMBER_LEN);
	if (has_branch(range->range))
		out->branch = (uint32_t)store_key_get_number(key, at + NUMBER_LEN, BRANCH_LEN);
	return true;
}

enum lt_err lists_next(struct store *store, const struct lists_range *range, struct lists_place *place)
{
	const struct list_row from = {
		.range = range->range,
		.name = range->name,
		.time = place->time,
		.since = place->since,
		.branch = place->branch,
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
