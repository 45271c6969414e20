/* store_faults.c: what was read and did not hold: counted each time, listed and told once. */
#include "store_internal.h"

#include "program/log.h"

#include <string.h>

uint64_t store_faults(const struct store *store)
{
	return store->faults;
}

size_t store_fault_list(const struct store *store, const struct store_fault **out)
{
	*out = store->listed;
	return store->listed_count;
}

static bool listed(const struct store *store, const struct store_fault *fault)
{
	for (size_t i = 0; i < store->listed_count; i++) {
		const struct store_fault *other = &store->listed[i];
		if (other->table == fault->table && other->key_len == fault->key_len &&
		    memcmp(other->key, fault->key, fault->key_len) == 0)
			return true;
	}
	return false;
}

enum lt_err store_fault_note(struct store *store, enum store_table table, struct lt_bytes key)
{
	struct store_fault fault = { .table = table, .key_len = key.len < STORE_KEY_MAX ? key.len : STORE_KEY_MAX };
	char hex[2 * STORE_KEY_MAX + 1];
	store->faults++;
	if (fault.key_len > 0)
		memcpy(fault.key, key.data, fault.key_len);
	if (store->listed_count == STORE_FAULTS_LISTED || listed(store, &fault))
		return LT_ECORRUPT;
	store->listed[store->listed_count++] = fault;
	lt_hex(lt_bytes(fault.key, fault.key_len), hex);
	lt_log(LT_LOG_ERROR, "the store is damaged: what needs this value stands until `lienthong store rebuild`",
	       "table", store_table_names[table], "key", hex, NULL);
	return LT_ECORRUPT;
}

enum lt_err store_page_fault(struct store *store, enum store_table table, int code)
{
	lt_log(LT_LOG_ERROR, "the store is damaged: LMDB refuses a page", "error", mdb_strerror(code), "table",
	       store_table_names[table], NULL);
	return store_fault_note(store, table, lt_bytes(NULL, 0));
}
