/* outbox_add.c: a new envelope: checked, built, signed, stored.
 *
 * Everything that can be said without the broker is said now, in the answer to the caller: form, parts that are
 * missing, a key that was used for something else. The header is built from the request and what this adapter knows of
 * the dossier, signed, and stored with its parts and its Idempotency-Key in one transaction. After that sync the
 * caller may forget it. */
#include "outbox_internal.h"

#include "dossiers.h"
#include "base/fields.h"
#include "parts.h"
#include "mail/history/comeback.h"
#include "program/log.h"

#include <lienthong/time.h>

#include <string.h>

/* The request's header while it is completed; what is changed in its lists has room here. */
struct draft {
	struct lt_header header;
	struct lt_recipient to[LT_TO_MAX];
	struct lt_part_info parts[LT_PARTS_MAX];
	const struct speaker_agency *agency;
};

enum lt_err outbox_repeat(struct vault_tx *tx, const struct outbox_request *request, struct outbox_receipt *receipt)
{
	struct outbox_state state;
	struct lt_bytes value;
	uint8_t digest[32];
	char id[LT_UUID_TEXT];
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
	lt_uuid_format(receipt->id, id);
	if (memcmp(digest, request->body_digest, sizeof(digest)) != 0)
		lt_refuse(&receipt->refusal, LT_IDEMPOTENCY_KEY_REUSED,
			  "this key was used for another body before, that of envelope %s", id);
	err = outbox_get_state(tx, receipt->number, &state);
	receipt->status = err ? 0 : state.status;
	return err;
}

static enum lt_reason resolve_sender(const struct speaker *speaker, const struct lt_directory *directory,
				     struct draft *draft, struct lt_refusal *refusal)
{
	const char *code = draft->header.sender;
	if (!*code && speaker->agency_count != 1)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "sender: this adapter speaks for several agencies");
	const struct lt_agency *listed = *code && directory ? lt_directory_resolve(directory, code) : NULL;
	draft->agency = !*code ? &speaker->agencies[0] : speaker_find(speaker, listed ? listed->code : code);
	if (!draft->agency)
		return lt_refuse(refusal, LT_SENDER_NOT_SESSION, "sender: this adapter does not speak for %.60s", code);
	memcpy(draft->header.sender, draft->agency->code, sizeof(draft->header.sender));
	return LT_REASON_NONE;
}

static enum lt_reason resolve_recipients(const struct lt_directory *directory, struct draft *draft,
					 struct lt_refusal *refusal)
{
	for (size_t i = 0; i < draft->header.to_count; i++) {
		const char *code = draft->header.to[i].agency;
		const struct lt_agency *agency = directory ? lt_directory_resolve(directory, code) : NULL;
		/* Before the first directory a canonical code is taken at its word; the broker checks it anyway. */
		if (!agency && !directory && !lt_agency_code_valid(code))
			return lt_refuse(refusal, LT_ADAPTER_OFFLINE,
					 "to[%zu].agency: %.60s is no canonical code, and no directory was fetched yet",
					 i, code);
		if (!agency && directory)
			return lt_refuse(refusal, LT_RECIPIENT_UNKNOWN, "to[%zu].agency: %.60s is not in the directory",
					 i, code);
		draft->to[i] = draft->header.to[i];
		if (agency)
			memcpy(draft->to[i].agency, agency->code, sizeof(draft->to[i].agency));
	}
	draft->header.to = draft->to;
	return LT_REASON_NONE;
}

static struct lt_bytes data_of(const struct outbox_request *request, size_t part)
{
	return request->part_data ? request->part_data[part] : lt_bytes(NULL, 0);
}

static enum lt_err collect_parts(struct vault_tx *tx, const struct outbox_request *request, struct draft *draft,
				 struct lt_refusal *refusal)
{
	for (size_t i = 0; i < draft->header.part_count; i++) {
		struct lt_part_info *part = &draft->parts[i];
		struct part_note note = { .size = data_of(request, i).len };
		*part = draft->header.parts[i];
		if (note.size == 0) {
			enum lt_err err = parts_find(tx, part->sha256, &note);
			if (err == LT_ENOENT) {
				char hex[65];
				lt_hex(lt_bytes(part->sha256, 32), hex);
				lt_refuse(refusal, LT_PART_MISSING, "parts: no upload with the digest %s", hex);
				return LT_OK;
			}
			if (err)
				return err;
		}
		part->size = note.size;
	}
	draft->header.parts = draft->parts;
	return LT_OK;
}

/* Where the sender believes the dossier to be. */
static enum lt_err fill_leg(struct vault_tx *tx, const struct outbox_request *request, struct draft *draft,
			    struct lt_refusal *refusal)
{
	struct dossier_note note = { 0 };
	struct lt_header *header = &draft->header;
	if (header->kind == LT_KIND_OPEN || !lt_dossier_code_valid(header->dossier))
		return LT_OK; /* the encoder names what is wrong with the code */
	enum lt_err err = dossiers_get(tx, header->dossier, &note);
	if (err && err != LT_ENOENT)
		return err;
	if (!request->has_leg) {
		header->branch = note.branch;
		header->branch_version = note.predicted;
		if (err == LT_ENOENT || note.branch == 0)
			lt_refuse(refusal, LT_DOSSIER_UNKNOWN,
				  "dossier: it has not passed through this adapter; give branch and branch_version");
	}
	if (header->kind == LT_KIND_RECALL && !header->has_reply && note.has_offer) {
		header->has_reply = true;
		memcpy(header->in_reply_to, note.offer_id, sizeof(header->in_reply_to));
	}
	return LT_OK;
}

/* Its code may be another spelling of one that is known here. Nothing but a refused OPEN may have been filed under it. */
static enum lt_err check_known(struct vault_tx *tx, const struct outbox_request *request,
			       struct outbox_receipt *receipt)
{
	const struct lt_header *header = &request->header;
	struct dossier_note note = { 0 };
	if (!request->ask_unknown || header->kind == LT_KIND_OPEN || !lt_dossier_code_valid(header->dossier))
		return LT_OK;
	enum lt_err err = dossiers_get(tx, header->dossier, &note);
	receipt->ask = err == LT_ENOENT || (!err && note.predicted == 0);
	if (receipt->ask)
		lt_refuse(&receipt->refusal, LT_NOT_YET,
			  "%s has not passed through this adapter; the broker is asked how it was opened",
			  header->dossier);
	return receipt->ask ? LT_OK : err;
}

static void fill_identity(const struct speaker *speaker, const struct outbox_request *request, struct lt_header *header)
{
	header->domain = speaker->domain;
	if (request->has_identity)
		return;
	header->sent_at = speaker->now();
	LT_ASSERT(lt_uuid_new(header->id) == LT_OK); /* a kernel without random bytes signs nothing */
}

/* Its lists have room in the draft; the rest is the encoder's to check. */
static bool counts_fit(const struct lt_header *header, struct lt_refusal *refusal)
{
	if (header->to_count <= LT_TO_MAX && header->part_count <= LT_PARTS_MAX)
		return true;
	lt_refuse(refusal, LT_COUNT_EXCEEDED, "to, parts: %zu and %zu entries", header->to_count, header->part_count);
	return false;
}

static enum lt_err build(struct vault_tx *tx, const struct speaker *speaker, const struct outbox_request *request,
			 struct draft *draft, struct lt_refusal *refusal)
{
	struct directory_page *page = directory_current_ref(speaker->book);
	enum lt_err err = LT_OK;
	draft->header = request->header;
	fill_identity(speaker, request, &draft->header);
	if (!counts_fit(&draft->header, refusal) ||
	    resolve_sender(speaker, directory_current_directory(page), draft, refusal) ||
	    resolve_recipients(directory_current_directory(page), draft, refusal))
		goto out;
	err = collect_parts(tx, request, draft, refusal);
	if (!err && !refusal->reason)
		err = fill_leg(tx, request, draft, refusal);
out:
	directory_current_unref(page);
	return err;
}

static void state_of(const struct draft *draft, const struct outbox_request *request, int64_t now,
		     struct outbox_state *state)
{
	const struct lt_header *header = &draft->header;
	*state = (struct outbox_state){
		.status = OUTBOX_QUEUED, .kind = header->kind, .item = request->item, .created = now
	};
	memcpy(state->id, header->id, sizeof(state->id));
	memcpy(state->sender, header->sender, sizeof(state->sender));
	memcpy(state->dossier, header->dossier, sizeof(state->dossier));
	if (request->key)
		memcpy(state->key, request->key, strlen(request->key) + 1);
}

static enum lt_err keep_parts(struct vault_tx *tx, const struct outbox_request *request, int64_t now)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < request->header.part_count && !err; i++) {
		const uint8_t *digest = request->header.parts[i].sha256;
		if (data_of(request, i).len > 0)
			err = parts_put(tx, digest, data_of(request, i), now);
		if (!err)
			err = parts_hold(tx, digest);
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

static enum lt_err keep_envelope(struct vault_tx *tx, const struct speaker *speaker,
				 const struct outbox_request *request, const struct draft *draft,
				 struct lt_bytes header, struct outbox_receipt *receipt)
{
	struct outbox_state state;
	uint64_t number = 0;
	int64_t now = speaker->now();
	enum lt_err err = vault_meta_get(tx, "outbox_last", &number);
	number++;
	if (!err)
		err = vault_meta_put(tx, "outbox_last", number);
	if (!err)
		err = outbox_sign_later(tx, speaker, draft->agency, number, header);
	if (!err) {
		state_of(draft, request, now, &state);
		err = outbox_put_state(tx, number, &state);
	}
	if (!err)
		err = keep_parts(tx, request, now);
	if (!err)
		err = keep_indexes(tx, request, draft, number);
	if (!err)
		err = outbox_tell(tx, now, &state, LT_EVENT_ENVELOPE_QUEUED);
	receipt->status = OUTBOX_QUEUED;
	receipt->number = number;
	memcpy(receipt->id, draft->header.id, sizeof(receipt->id));
	return err;
}

/* Whether the broker has it from the time before this store was restored. */
static enum lt_err find_restored(struct vault_tx *tx, const struct speaker *speaker,
				 const struct outbox_request *request, struct draft *draft,
				 struct outbox_receipt *receipt)
{
	struct lt_header *header = &draft->header;
	uint8_t id[16];
	bool found;
	comeback_bind(header->id, header->sender, request->key);
	memcpy(id, header->id, sizeof(id));
	enum lt_err err = comeback_find(tx, speaker->now(), header->dossier, id, &found, &receipt->ask);
	if (!err && receipt->ask)
		lt_refuse(&receipt->refusal, LT_NOT_YET,
			  "the store of this adapter is new or came from a backup; the broker is asked what was sent "
			  "about %s",
			  header->dossier);
	if (err || !found)
		return err;
	receipt->repeated = true;
	receipt->status = OUTBOX_ADMITTED;
	memcpy(receipt->id, id, sizeof(receipt->id));
	return LT_OK;
}

enum lt_err outbox_add(struct vault_tx *tx, const struct speaker *speaker, const struct outbox_request *request,
		       struct outbox_receipt *receipt)
{
	struct lt_buf header = { 0 };
	struct draft draft;
	uint64_t waiting = 0;
	*receipt = (struct outbox_receipt){ 0 };
	enum lt_err err = outbox_repeat(tx, request, receipt);
	if (err != LT_ENOENT)
		return err;
	if (!request->has_identity && broker_clock_apart(speaker->clock, speaker->now())) {
		lt_refuse(&receipt->refusal, LT_CLOCK_WRONG,
			  "the clock of this adapter's machine is over 60 seconds off the broker's");
		return LT_OK;
	}
	err = vault_count(tx, VAULT_QUEUE, &waiting);
	if (!err && waiting >= OUTBOX_QUEUE_MAX)
		lt_refuse(&receipt->refusal, LT_ADAPTER_FULL, "%u envelopes wait for the broker", OUTBOX_QUEUE_MAX);
	if (!err && !receipt->refusal.reason)
		err = check_known(tx, request, receipt);
	if (err || receipt->refusal.reason)
		return err;
	memset(&draft, 0, sizeof(draft));
	err = build(tx, speaker, request, &draft, &receipt->refusal);
	if (err || receipt->refusal.reason)
		return err;
	if (request->key && !request->has_identity) {
		err = find_restored(tx, speaker, request, &draft, receipt);
		if (err || receipt->repeated || receipt->refusal.reason)
			return err;
	}
	err = lt_header_encode(&draft.header, &header, &receipt->refusal);
	if (err == LT_EINVAL && receipt->refusal.reason)
		err = LT_OK;
	else if (!err)
		err = keep_envelope(tx, speaker, request, &draft, lt_buf_bytes(&header), receipt);
	lt_buf_fini(&header);
	return err;
}
