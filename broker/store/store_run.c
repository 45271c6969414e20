/* store_run.c: new rows that follow each other go to LMDB as one run, behind which whole pages stand.
 *
 * Where rows rise with time within a part of a table (an agency's numbers, what is due by one time), each flush puts a run between two
 * rows that stand. LMDB fills pages when rows are put at a page's end; in front of rows that stand on the same page it splits that page
 * in halves again and again, and what it leaves behind stays half empty: twice the pages, for this flush and for each later one that
 * takes a row of them away. So the rows behind the run that share its page are taken out before it, and put back behind it. Flush
 * thread, within its transaction. */
#include "store_internal.h"

#include "base/fields.h"

#include <errno.h>
#include <string.h>

enum { PAGE_ROWS_MAX = 256 }; /* taken out at most: more than a page of 4 KiB holds of any table's rows */

void row_run_fini(struct row_run *run)
{
	lt_buf_fini(&run->behind);
}

static bool same_page(const void *a, const void *b, size_t page)
{
	const uint8_t *x = a, *y = b;
	return (size_t)(x < y ? y - x : x - y) < page;
}

static bool keep(struct lt_buf *behind, MDB_val key, MDB_val value)
{
	struct fields_writer writer = { .buf = behind };
	fields_put_bytes(&writer, lt_bytes(key.mv_data, key.mv_size));
	fields_put_bytes(&writer, lt_bytes(value.mv_data, value.mv_size));
	return !writer.failed;
}

int row_run_find(MDB_cursor *cursor, struct lt_bytes key, struct lt_bytes *next)
{
	MDB_val found = { key.len, (void *)(uintptr_t)key.data }, value;
	int code = mdb_cursor_get(cursor, &found, &value, MDB_SET_RANGE);
	*next = code ? lt_bytes(NULL, 0) : lt_bytes(found.mv_data, found.mv_size);
	return code == MDB_NOTFOUND ? 0 : code;
}

/* Copies them, from where the cursor stands; another page begins where the address leaps. */
static int copy(struct row_run *run, MDB_cursor *cursor)
{
	MDB_val key, value;
	MDB_stat stat;
	int code = mdb_stat(mdb_cursor_txn(cursor), mdb_cursor_dbi(cursor), &stat);
	if (!code)
		code = mdb_cursor_get(cursor, &key, &value, MDB_GET_CURRENT);
	const void *first = code ? NULL : key.mv_data;
	for (size_t i = 0; !code && i < PAGE_ROWS_MAX && same_page(first, key.mv_data, stat.ms_psize); i++) {
		if (!keep(&run->behind, key, value))
			return ENOMEM;
		code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	return code == MDB_NOTFOUND ? 0 : code;
}

static bool next_kept(struct fields_reader *in, MDB_val *key, MDB_val *value)
{
	MDB_val *out[2] = { key, value };
	if (in->rest.len == 0)
		return false;
	for (int i = 0; i < 2; i++) {
		size_t len = fields_get_u32(in);
		*out[i] = (MDB_val){ len, (void *)(uintptr_t)fields_take(in, len) };
	}
	return true;
}

int row_run_begin(struct row_run *run, MDB_cursor *cursor)
{
	MDB_val key, value, stored;
	lt_buf_clear(&run->behind);
	int code = copy(run, cursor);
	struct fields_reader in = { .rest = lt_buf_bytes(&run->behind) };
	while (!code && next_kept(&in, &key, &value)) {
		code = mdb_cursor_get(cursor, &key, &stored, MDB_SET);
		if (!code)
			code = mdb_cursor_del(cursor, 0);
	}
	return code;
}

int row_run_end(struct row_run *run, MDB_cursor *cursor)
{
	MDB_val key, value;
	int code = 0;
	struct fields_reader in = { .rest = lt_buf_bytes(&run->behind) };
	while (!code && next_kept(&in, &key, &value))
		code = mdb_cursor_put(cursor, &key, &value, 0);
	return code;
}
