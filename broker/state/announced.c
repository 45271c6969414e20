/* announced.c: see announced.h. */
#include "announced.h"

#include "base/fields.h"
#include "definition_store.h"
#include "program/log.h"

enum lt_err announced_read(struct lt_bytes value, struct announced *out)
{
	struct fields_reader in = { .rest = value };
	out->drained_at = (int64_t)fields_get_u64(&in);
	out->drain_reason = fields_get_text(&in);
	out->closed_from = (int64_t)fields_get_u64(&in);
	out->closed_until = (int64_t)fields_get_u64(&in);
	out->closure_reason = fields_get_text(&in);
	return fields_end(&in) ? LT_EPARSE : LT_OK;
}

enum lt_err announced_get(struct store *store, const char *agency, struct announced *out)
{
	struct lt_bytes value;
	struct store_key key = definition_announced(agency);
	enum lt_err err = definition_get(store, &key, &value);
	*out = (struct announced){ .drain_reason = "", .closure_reason = "" };
	if (err)
		return err == LT_ENOENT ? LT_OK : err;
	return announced_read(value, out) ? definition_fault(store, store_key_bytes(&key)) : LT_OK;
}

void announced_put(struct store *store, const char *agency, const struct announced *announced)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	struct store_key key = definition_announced(agency);
	fields_put_u64(&writer, (uint64_t)announced->drained_at);
	fields_put_text(&writer, announced->drain_reason);
	fields_put_u64(&writer, (uint64_t)announced->closed_from);
	fields_put_u64(&writer, (uint64_t)announced->closed_until);
	fields_put_text(&writer, announced->closure_reason);
	LT_ASSERT(!writer.failed);
	if (announced->drained_at == 0 && announced->closed_until == 0)
		definition_delete(store, &key);
	else
		definition_put(store, &key, lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
}
