/* api_uploads.c: OPTIONS, POST, HEAD, GET and DELETE of /v1/uploads. */
#include "uploads.h"

#include "http/json_write.h"
#include "program/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char *header_of(const struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

void upload_headers(struct exchange *exchange)
{
	exchange_header(exchange, "Tus-Resumable", "1.0.0");
	if (exchange->status == 412)
		exchange_header(exchange, "Tus-Version", "1.0.0");
}

void api_upload_options(struct exchange *exchange)
{
	exchange->status = 204;
	exchange_header(exchange, "Tus-Version", "1.0.0");
	exchange_header(exchange, "Tus-Max-Size", "%llu", LT_LARGE_PART_MAX);
	exchange_header(exchange, "Tus-Extension", "creation,checksum,termination");
	exchange_header(exchange, "Tus-Checksum-Algorithm", "sha1,sha256");
}

/* False: answered. */
static bool speaks_tus(struct exchange *exchange)
{
	const char *version = header_of(exchange, "Tus-Resumable");
	if (version && strcmp(version, "1.0.0") == 0)
		return true;
	exchange_problem(exchange, LT_TUS_VERSION, "Tus-Resumable: 1.0.0 is needed");
	return false;
}

static bool read_number(const char *text, uint64_t *out)
{
	size_t len = text ? strlen(text) : 0;
	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

struct creation {
	uint8_t id[UPLOAD_ID];
	struct upload_row row;
	uint64_t room;
	struct lt_refusal refusal;
};

/* What others are still to bring counts as there. */
static enum lt_err create_run(void *ctx, struct vault_tx *tx)
{
	struct exchange *exchange = ctx;
	struct creation *creation = exchange->work;
	uint8_t id[UPLOAD_ID] = { 0 };
	uint64_t wanted = creation->row.length;
	size_t count = 0;
	struct upload_row row;
	creation->refusal = (struct lt_refusal){ 0 };
	for (; upload_next(tx, id, &row) == LT_OK && count <= UPLOADS_MAX; count++) {
		wanted += row.length - row.offset;
		for (size_t k = UPLOAD_ID; k-- > 0 && ++id[k] == 0;)
			;
	}
	if (count >= UPLOADS_MAX)
		lt_refuse(&creation->refusal, LT_OVERLOADED, "%u uploads are begun", UPLOADS_MAX);
	else if (wanted > creation->room)
		lt_refuse(&creation->refusal, LT_ADAPTER_FULL, "uploads: %llu bytes are wanted, %llu are left",
			  (unsigned long long)wanted, (unsigned long long)creation->room);
	return creation->refusal.reason ? LT_OK : upload_put(tx, creation->id, &creation->row);
}

static void create_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	const struct creation *creation = exchange->work;
	char hex[2 * UPLOAD_ID + 1];
	if (err) {
		exchange_error(exchange, err);
	} else if (creation->refusal.reason) {
		exchange_refuse(exchange, &creation->refusal, NULL);
	} else {
		lt_hex(lt_bytes(creation->id, UPLOAD_ID), hex);
		exchange_header(exchange, "Location", "/v1/uploads/%s", hex);
		exchange_json(exchange, 201,
			      json_pack("{s:s, s:I, s:i}", "id", hex, "length", (json_int_t)creation->row.length,
					"offset", 0));
	}
}

/* Refused before a byte of it has come: what is too large, or has no room. */
void api_upload_create(struct exchange *exchange)
{
	uint64_t length;
	const char *metadata = header_of(exchange, "Upload-Metadata");
	if (!speaks_tus(exchange))
		return;
	if (header_of(exchange,
		      "Upload-Concat")) { /* a client may send pieces at once unasked, and each would be a part */
		exchange_problem(exchange, LT_REQUEST_MALFORMED,
				 "Upload-Concat: pieces are not put together here; send it as one upload");
		return;
	}
	if (!read_number(header_of(exchange, "Upload-Length"), &length) || length == 0) {
		exchange_problem(exchange, LT_REQUEST_MALFORMED,
				 "Upload-Length: a number of bytes is needed, at least 1");
		return;
	}
	if (length > LT_LARGE_PART_MAX) {
		exchange_problem(exchange, LT_PART_TOO_LARGE, "Upload-Length: %llu bytes, allowed are %llu",
				 (unsigned long long)length, LT_LARGE_PART_MAX);
		return;
	}
	if (metadata && (strlen(metadata) > UPLOAD_METADATA_MAX || !lt_text_valid(metadata, strlen(metadata)))) {
		exchange_problem(exchange, LT_REQUEST_MALFORMED, "Upload-Metadata: over %u bytes, or no text",
				 UPLOAD_METADATA_MAX);
		return;
	}
	struct creation *creation = calloc(1, sizeof(*creation));
	if (!creation || getrandom(creation->id, UPLOAD_ID, 0) != UPLOAD_ID) {
		free(creation);
		exchange_error(exchange, LT_ENOMEM);
		return;
	}
	creation->row.length = length;
	creation->row.touched = adapter_speaker(exchange->adapter)->now();
	creation->room = part_files_room(adapter_files(exchange->adapter));
	snprintf(creation->row.metadata, sizeof(creation->row.metadata), "%s", metadata ? metadata : "");
	exchange->work = creation;
	exchange->work_free = free;
	exchange->new_work = true;
	exchange_run(exchange, create_run, create_then);
}

static enum lt_err find(struct exchange *exchange, uint8_t id[UPLOAD_ID], struct upload_row *row)
{
	struct vault_tx *tx;
	enum lt_err err = lt_unhex(exchange->segments[0], id, UPLOAD_ID)
				  ? LT_ENOENT
				  : vault_read_begin(adapter_vault(exchange->adapter), &tx);
	if (err)
		return err;
	err = upload_get(tx, id, row);
	vault_read_end(tx);
	return err;
}

/* HEAD is tus's; GET tells the same as JSON, and the digest of what is finished. */
void api_upload_get(struct exchange *exchange)
{
	uint8_t id[UPLOAD_ID];
	char hex[65];
	struct upload_row row;
	if (strcmp(exchange->method, "HEAD") == 0 && !speaks_tus(exchange))
		return;
	enum lt_err err = find(exchange, id, &row);
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	lt_hex(lt_bytes(row.sha256, 32), hex);
	exchange_header(exchange, "Upload-Offset", "%llu", (unsigned long long)row.offset);
	exchange_header(exchange, "Upload-Length", "%llu", (unsigned long long)row.length);
	if (row.metadata[0])
		exchange_header(exchange, "Upload-Metadata", "%s", row.metadata);
	json_t *view = json_pack("{s:s, s:I, s:I, s:b}", "id", exchange->segments[0], "length", (json_int_t)row.length,
				 "offset", (json_int_t)row.offset, "done", row.done);
	if (row.done) {
		json_object_set_new(view, "digest", json_sprintf("sha256:%s", hex));
		json_object_set_new(view, "sha256", json_string(hex));
	}
	exchange_json(exchange, 200, view);
}

static enum lt_err end_run(void *ctx, struct vault_tx *tx)
{
	const struct exchange *exchange = ctx;
	return vault_delete(tx, VAULT_UPLOAD, lt_bytes(exchange->work, UPLOAD_ID));
}

static void end_then(void *ctx, enum lt_err err)
{
	struct exchange *exchange = ctx;
	char name[3 + 2 * UPLOAD_ID + 1];
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	upload_file_name(exchange->work, name);
	part_files_drop(adapter_files(exchange->adapter), name);
	exchange->status = 204;
}

/* Of a finished one the part stays. */
void api_upload_delete(struct exchange *exchange)
{
	uint8_t id[UPLOAD_ID];
	struct upload_row row;
	if (!speaks_tus(exchange))
		return;
	enum lt_err err = find(exchange, id, &row);
	if (!err && !uploads_forget(api_uploads(exchange->api), id)) {
		exchange_problem(exchange, LT_UPLOAD_BUSY, "a PATCH of it is under way");
		return;
	}
	exchange->work = err ? NULL : malloc(UPLOAD_ID);
	exchange->work_free = free;
	if (!err && !exchange->work)
		err = LT_ENOMEM;
	if (err) {
		exchange_error(exchange, err);
		return;
	}
	memcpy(exchange->work, id, UPLOAD_ID);
	exchange_run(exchange, end_run, end_then);
}
