/* outbox_add.c: a new envelope: checked, built, stored; its signature is made at the end of the transaction. */
#include "outbox_internal.h"

#include "dossiers.h"
#include "base/fields.h"
#include "parts.h"
#include "program/log.h"

#include <lienthong/time.h>

#include <string.h>

/* The header while it is put together, with room for its lists. */
struct draft {
	struct lt_header header;
	struct lt_recipient to[LT_TO_MAX];
	struct lt_part_info parts[LT_PARTS_MAX];
	const char *items[LT_ITEMS_MAX];
	struct lt_field fields[LT_FIELDS_MAX];
	const struct office_agency *agency;
};

static enum lt_err find_repeat(struct vault_tx *tx, const struct outbox_request *request,
			       struct outbox_receipt *receipt)
{
	struct lt_bytes value;
	uint8_t digest[32];
	if (!request->key)
		return LT_ENOENT;
	enum lt_err err = vault_get(tx, VAULT_KEY, lt_bytes(request->key, strlen(request->key)), &value);
	if (err)
		return err;
	struct fields_reader reader = { .rest = value };
	fields_get_raw(&reader, digest, sizeof(digest));
	receipt->number = fields_get_u64(&reader);
	fields_get_raw(&reader, receipt->id, sizeof(receipt->id));
	err = fields_end(&reader);
	if (err)
		return err;
	receipt->repeated = true;
	if (memcmp(digest, request->body_digest, sizeof(digest)) != 0)
		lt_refuse(&receipt->refusal, LT_IDEMPOTENCY_KEY_REUSED, "this key was used for another body before");
	return LT_OK;
}

static enum lt_reason resolve_sender(const struct office *office, const struct lt_directory *directory,
				     const struct outbox_request *request, struct draft *draft,
				     struct lt_refusal *refusal)
{
	const char *code = request->sender ? request->sender : "";
	if (!*code && office->agency_count != 1)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "sender: this adapter speaks for several agencies");
	const struct lt_agency *listed = *code && directory ? lt_directory_resolve(directory, code) : NULL;
	draft->agency = !*code ? &office->agencies[0] : office_find(office, listed ? listed->code : code);
	if (!draft->agency)
		return lt_refuse(refusal, LT_SENDER_NOT_SESSION, "sender: this adapter does not speak for %.60s", code);
	memcpy(draft->header.sender, draft->agency->code, sizeof(draft->header.sender));
	return LT_REASON_NONE;
}

static enum lt_reason resolve_recipients(const struct lt_directory *directory, const struct outbox_request *request,
					 struct draft *draft, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < request->to_count; i++) {
		const char *code = request->to_agency[i];
		const struct lt_agency *agency = directory ? lt_directory_resolve(directory, code) : NULL;
		/* Before the first directory a canonical code is taken at its word; the broker checks it anyway. */
		if (!agency && !directory && !lt_agency_code_valid(code))
			return lt_refuse(refusal, LT_ADAPTER_OFFLINE,
					 "to[%zu].agency: %.60s is no canonical code, and no directory was fetched yet",
					 i, code);
		if (!agency && directory)
			return lt_refuse(refusal, LT_RECIPIENT_UNKNOWN, "to[%zu].agency: %.60s is not in the directory",
					 i, code);
		const char *canonical = agency ? agency->code : code;
		memcpy(draft->to[i].agency, canonical, strlen(canonical) + 1);
		draft->to[i].leg = request->to_leg[i];
	}
	draft->header.to_count = request->to_count;
	draft->header.to = draft->to;
	return LT_REASON_NONE;
}

static enum lt_err collect_parts(struct vault_tx *tx, const struct outbox_request *request, struct draft *draft,
				 struct lt_refusal *refusal)
{
	for (size_t i = 0; i < request->part_count; i++) {
		const struct outbox_part *part = &request->parts[i];
		struct lt_part_info *info = &draft->parts[i];
		struct part_note note = { .size = part->data.len };
		info->name = part->name;
		info->media_type = part->media_type;
		memcpy(info->sha256, part->digest, sizeof(info->sha256));
		if (!part->has_data) {
			enum lt_err err = parts_find(tx, part->digest, &note);
			if (err == LT_ENOENT) {
				char hex[65];
				lt_hex(lt_bytes(part->digest, 32), hex);
				lt_refuse(refusal, LT_PART_MISSING, "parts: no upload with the digest %s", hex);
				return LT_OK;
			}
			if (err)
				return err;
		}
		info->size = note.size;
	}
	draft->header.part_count = request->part_count;
	draft->header.parts = draft->parts;
	return LT_OK;
}

/* Where the sender believes the dossier to be. */
static enum lt_err fill_leg(struct vault_tx *tx, const struct outbox_request *request, struct draft *draft,
			    struct lt_refusal *refusal)
{
	struct dossier_note note = { 0 };
	struct lt_header *header = &draft->header;
	if (request->has_leg || header->kind == LT_KIND_OPEN) {
		header->leg = request->leg;
		header->leg_version = request->leg_version;
	}
	if (header->kind == LT_KIND_OPEN || !lt_dossier_code_valid(header->dossier))
		return LT_OK; /* the encoder names what is wrong with the code */
	enum lt_err err = dossiers_get(tx, header->dossier, &note);
	if (err && err != LT_ENOENT)
		return err;
	if (!request->has_leg) {
		header->leg = note.leg;
		header->leg_version = note.predicted;
		if (err == LT_ENOENT || note.leg == 0)
			lt_refuse(refusal, LT_DOSSIER_UNKNOWN,
				  "dossier: it has not passed through this adapter; give leg and leg_version");
	}
	if (header->kind == LT_KIND_RECALL && !header->has_reply && note.has_offer) {
		header->has_reply = true;
		memcpy(header->in_reply_to, note.offer_id, sizeof(header->in_reply_to));
	}
	return LT_OK;
}

static void fill_fields(const struct outbox_request *request, struct draft *draft)
{
	struct lt_header *header = &draft->header;
	header->due_at = request->due_at;
	header->amount = request->amount;
	header->agree = request->agree;
	header->trace = request->trace;
	memcpy(draft->items, request->items, sizeof(draft->items));
	header->items = draft->items;
	header->item_count = request->item_count;
	memcpy(draft->fields, request->fields, sizeof(draft->fields));
	header->fields = draft->fields;
	header->field_count = request->field_count;
}

static enum lt_reason fill_plain(const struct office *office, const struct outbox_request *request, struct draft *draft,
				 struct lt_refusal *refusal)
{
	struct lt_header *header = &draft->header;
	header->domain = office->domain;
	header->kind = request->kind;
	if (strlen(request->dossier) >= sizeof(header->dossier))
		return lt_refuse(refusal, LT_DOSSIER_CODE_INVALID, "dossier: longer than any dossier code");
	memcpy(header->dossier, request->dossier, strlen(request->dossier) + 1);
	if (strlen(request->procedure) >= sizeof(header->procedure))
		return lt_refuse(refusal, LT_PROCEDURE_CODE_INVALID, "procedure: longer than any procedure code");
	memcpy(header->procedure, request->procedure, strlen(request->procedure) + 1);
	header->procedure_version = request->procedure_version;
	header->reason = request->reason;
	header->subject = request->subject;
	header->has_reply = request->has_reply;
	memcpy(header->in_reply_to, request->in_reply_to, sizeof(header->in_reply_to));
	header->sent_at = request->has_identity ? request->sent_at : office->now();
	if (request->has_identity)
		memcpy(header->id, request->id, sizeof(header->id));
	else
		LT_ASSERT(lt_uuid_new(header->id) == LT_OK); /* a kernel without random bytes signs nothing */
	return LT_REASON_NONE;
}

static enum lt_err build(struct vault_tx *tx, const struct office *office, const struct outbox_request *request,
			 struct draft *draft, struct lt_refusal *refusal)
{
	struct book_page *page = book_ref(office->book);
	enum lt_err err = LT_OK;
	fill_fields(request, draft);
	if (fill_plain(office, request, draft, refusal) ||
	    resolve_sender(office, book_directory(page), request, draft, refusal) ||
	    resolve_recipients(book_directory(page), request, draft, refusal))
		goto out;
	err = collect_parts(tx, request, draft, refusal);
	if (!err && !refusal->reason)
		err = fill_leg(tx, request, draft, refusal);
out:
	book_unref(page);
	return err;
}

static void state_of(const struct draft *draft, const struct outbox_request *request, int64_t now,
		     struct outbox_state *state)
{
	const struct lt_header *header = &draft->header;
	*state = (struct outbox_state){ .status = OUTBOX_QUEUED, .kind = header->kind, .created = now };
	memcpy(state->id, header->id, sizeof(state->id));
	memcpy(state->sender, header->sender, sizeof(state->sender));
	memcpy(state->to, header->to[0].agency, sizeof(state->to));
	memcpy(state->dossier, header->dossier, sizeof(state->dossier));
	if (request->key)
		memcpy(state->key, request->key, strlen(request->key) + 1);
}

static enum lt_err keep_parts(struct vault_tx *tx, const struct outbox_request *request, int64_t now)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < request->part_count && !err; i++) {
		const struct outbox_part *part = &request->parts[i];
		if (part->has_data)
			err = parts_put(tx, part->digest, part->data, now);
		if (!err)
			err = parts_hold(tx, part->digest);
	}
	return err;
}

static enum lt_err keep_indexes(struct vault_tx *tx, const struct outbox_request *request, const struct draft *draft,
				uint64_t number)
{
	uint8_t zero = 0;
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, number);
	enum lt_err err = fields_written(&writer);
	if (!err)
		err = vault_put(tx, VAULT_ID, lt_bytes(draft->header.id, 16), lt_buf_bytes(&buf));
	lt_buf_clear(&buf);
	fields_put_raw(&writer, request->body_digest, 32);
	fields_put_u64(&writer, number);
	fields_put_raw(&writer, draft->header.id, 16);
	if (!err)
		err = fields_written(&writer);
	if (!err && request->key)
		err = vault_put(tx, VAULT_KEY, lt_bytes(request->key, strlen(request->key)), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
	if (!err)
		err = vault_put_u64(tx, VAULT_QUEUE, number, lt_bytes(&zero, 1));
	if (!err)
		err = dossiers_trace(tx, draft->header.dossier, 's', number);
	return err ? err : dossiers_predict(tx, &draft->header);
}

static enum lt_err keep_envelope(struct vault_tx *tx, const struct office *office, const struct outbox_request *request,
				 const struct draft *draft, struct lt_bytes header, struct outbox_receipt *receipt)
{
	struct outbox_state state;
	uint64_t number = 0;
	int64_t now = office->now();
	enum lt_err err = vault_meta_get(tx, "outbox_last", &number);
	number++;
	if (!err)
		err = vault_meta_put(tx, "outbox_last", number);
	if (!err)
		err = outbox_sign_later(tx, office, draft->agency, number, header);
	if (!err) {
		state_of(draft, request, now, &state);
		err = outbox_put_state(tx, number, &state);
	}
	if (!err)
		err = keep_parts(tx, request, now);
	if (!err)
		err = keep_indexes(tx, request, draft, number);
	receipt->number = number;
	memcpy(receipt->id, draft->header.id, sizeof(receipt->id));
	return err;
}

enum lt_err outbox_add(struct vault_tx *tx, const struct office *office, const struct outbox_request *request,
		       struct outbox_receipt *receipt)
{
	struct lt_buf header = { 0 };
	struct draft draft;
	uint64_t waiting = 0;
	*receipt = (struct outbox_receipt){ 0 };
	enum lt_err err = find_repeat(tx, request, receipt);
	if (err != LT_ENOENT)
		return err;
	err = vault_count(tx, VAULT_QUEUE, &waiting);
	if (!err && waiting >= OUTBOX_QUEUE_MAX)
		lt_refuse(&receipt->refusal, LT_ADAPTER_FULL, "%u envelopes wait for the broker", OUTBOX_QUEUE_MAX);
	if (err || receipt->refusal.reason)
		return err;
	memset(&draft, 0, sizeof(draft));
	err = build(tx, office, request, &draft, &receipt->refusal);
	if (err || receipt->refusal.reason)
		return err;
	err = lt_header_encode(&draft.header, &header, &receipt->refusal);
	if (err == LT_EINVAL && receipt->refusal.reason)
		err = LT_OK;
	else if (!err)
		err = keep_envelope(tx, office, request, &draft, lt_buf_bytes(&header), receipt);
	lt_buf_fini(&header);
	return err;
}
