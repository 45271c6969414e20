/* upload_patch.c: PATCH /v1/uploads/{id}: its body goes to the file while it comes. */
#include "uploads.h"

#include "base/base64.h"
#include "http/request.h"

#include <stdlib.h>
#include <string.h>

static const char *header_of(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static bool read_number(const char *text, uint64_t *out)
{
	size_t len = text ? strlen(text) : 0;
	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

/* "sha256 " and the sum in base64. */
static enum lt_reason read_checksum(struct exchange *exchange, struct upload_patch *patch)
{
	const char *text = header_of(exchange, "Upload-Checksum");
	struct lt_buf sum = { 0 };
	if (!text)
		return LT_REASON_NONE;
	bool sha1 = strncmp(text, "sha1 ", 5) == 0, sha256 = strncmp(text, "sha256 ", 7) == 0;
	const char *base64 = strchr(text, ' ');
	patch->checksum_len = sha1 ? 20 : 32;
	bool good = (sha1 || sha256) && base64_decode(base64 + 1, strlen(base64 + 1), &sum) == LT_OK &&
		    sum.len == patch->checksum_len;
	if (good)
		memcpy(patch->checksum, sum.data, sum.len);
	lt_buf_fini(&sum);
	(sha1 ? digest_begin_sha1 : digest_begin)(&patch->sum);
	return good ? LT_REASON_NONE
		    : lt_refuse(&exchange->refusal, LT_REQUEST_MALFORMED,
				"Upload-Checksum: sha1 or sha256, a blank and the sum in base64 are needed");
}

static enum lt_reason read_row(struct exchange *exchange, struct upload_patch *patch)
{
	struct vault_tx *tx;
	enum lt_err err = lt_unhex(exchange->segments[0], patch->id, UPLOAD_ID) ? LT_ENOENT : LT_OK;
	if (!err)
		err = vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (!err) {
		err = upload_get(tx, patch->id, &patch->row);
		vault_read_end(tx);
	}
	if (err == LT_ENOENT)
		return lt_refuse(&exchange->refusal, LT_NOT_FOUND, "no such upload");
	return err ? lt_refuse(&exchange->refusal, LT_INTERNAL_ERROR, "%s", lt_err_text(err)) : LT_REASON_NONE;
}

static enum lt_reason check(struct exchange *exchange, struct upload_patch *patch)
{
	struct lt_refusal *refusal = &exchange->refusal;
	const char *version = header_of(exchange, "Tus-Resumable"), *type = header_of(exchange, "Content-Type");
	uint64_t offset;
	if (!version || strcmp(version, "1.0.0") != 0)
		return lt_refuse(refusal, LT_TUS_VERSION, "Tus-Resumable: 1.0.0 is needed");
	if (!type || strcmp(type, "application/offset+octet-stream") != 0)
		return lt_refuse(refusal, LT_MEDIA_TYPE_WRONG,
				 "Content-Type: application/offset+octet-stream is needed");
	if (!read_number(header_of(exchange, "Upload-Offset"), &offset))
		return lt_refuse(refusal, LT_REQUEST_MALFORMED, "Upload-Offset: a number of bytes is needed");
	if (read_checksum(exchange, patch) || read_row(exchange, patch))
		return refusal->reason;
	if (offset != patch->row.offset)
		return lt_refuse(refusal, LT_UPLOAD_OFFSET_WRONG, "Upload-Offset: it is at %llu",
				 (unsigned long long)patch->row.offset);
	if (exchange->announced > patch->row.length - patch->row.offset)
		return lt_refuse(refusal, LT_BODY_TOO_LARGE, "%llu bytes, the upload lacks %llu",
				 (unsigned long long)exchange->announced,
				 (unsigned long long)(patch->row.length - patch->row.offset));
	return LT_REASON_NONE;
}

/* Its connection ended before its body, or its answer is sent. */
static void let_go(void *work)
{
	struct upload_patch *patch = work;
	patch->exchange = NULL;
	patch->step = UPLOAD_DROP;
	uploads_post(patch->uploads, patch);
}

void upload_begin(struct exchange *exchange)
{
	bool full = false;
	struct upload_patch *patch = malloc(sizeof(*patch));
	if (!patch) {
		lt_refuse(&exchange->refusal, LT_INTERNAL_ERROR, "out of memory");
		return;
	}
	memset(patch, 0, offsetof(struct upload_patch, data));
	patch->uploads = api_uploads(exchange->api);
	patch->exchange = exchange;
	if (check(exchange, patch)) {
		free(patch);
		return;
	}
	if (!uploads_claim(patch->uploads, patch->id, &full)) {
		lt_refuse(&exchange->refusal, full ? LT_OVERLOADED : LT_UPLOAD_BUSY,
			  full ? "too many uploads are under way" : "a PATCH of it is under way");
		free(patch);
		return;
	}
	patch->start = patch->row.offset;
	exchange->work = patch;
	exchange->work_free = let_go;
}

void upload_take(struct exchange *exchange, struct upload_patch *patch, const char *data, size_t *size)
{
	uint64_t lacks = patch->row.length - patch->start - patch->taken;
	if (!patch->refusal.reason && *size > lacks)
		lt_refuse(&patch->refusal, LT_BODY_TOO_LARGE, "more bytes came than the upload lacks");
	if (patch->refusal.reason) { /* told at the end */
		*size = 0;
		return;
	}
	size_t room = UPLOAD_BUFFER - patch->len, take = *size < room ? *size : room;
	memcpy(patch->data + patch->len, data, take);
	patch->len += take;
	patch->taken += take;
	*size -= take;
	if (patch->len < UPLOAD_BUFFER)
		return;
	if (!upload_rest(exchange)) {
		lt_refuse(&patch->refusal, LT_OVERLOADED, "the adapter stops");
		return;
	}
	patch->step = UPLOAD_WRITE;
	uploads_post(patch->uploads, patch);
}

void api_upload_patch(struct exchange *exchange)
{
	struct upload_patch *patch = exchange->work;
	exchange_suspend(exchange);
	patch->step = UPLOAD_END;
	uploads_post(patch->uploads, patch);
}

void upload_answer(struct upload_patch *patch)
{
	struct exchange *exchange = patch->exchange;
	char hex[65];
	if (patch->refusal.reason) {
		exchange_refuse(exchange, &patch->refusal, NULL);
		return;
	}
	exchange->status = 204;
	exchange_header(exchange, "Upload-Offset", "%llu", (unsigned long long)patch->row.offset);
	if (patch->row.done) {
		lt_hex(lt_bytes(patch->row.sha256, 32), hex);
		exchange_header(exchange, "Part-Digest", "sha256:%s", hex);
	}
}
