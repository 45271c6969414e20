/* dossier_zip.c: walks both chains of a dossier back to their beginning, what took effect and what was refused of its parties, and writes a
 * folder for each envelope, in the order of their records. */
#include "dossier_zip.h"

#include "check_script.h"
#include "cli/cli_output.h"
#include "cli/view_dossier.h"
#include "envelope_files.h"
#include "identity/pem.h"
#include "record_proof.h"
#include "wire/directory.h"
#include "pack/zip.h"

#include <lienthong/ledger.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	RECORDS_MAX = 8192, /* of one dossier: form 06 is made of 4,096 acts at most, and notices come with them */
	EVIDENCE_ARENA = 8 << 20, /* a record's header and outcome, several times over */
	COVER_TRIES = 40,         /* a checkpoint comes a second after its records */
	COVER_WAIT_MS = 250
};

struct zipping {
	struct control_client *control;
	const char *code;
	struct lt_directory *directory;
	struct zip zip;
	char folder[96]; /* with a slash: of the envelope that is written */
	size_t count;
	uint64_t *records;
	struct dossier_zip *told;
};

static int put(void *ctx, const char *name, struct lt_bytes data)
{
	struct zipping *zipping = ctx;
	char path[sizeof(zipping->folder) + LT_PART_NAME_MAX + 32];
	snprintf(path, sizeof(path), "%s%s", zipping->folder, name);
	enum lt_err err = zip_add(&zipping->zip, path, data);
	return err ? say_fail_err(err, "write %s", path) : EX_OK;
}

static int put_text(struct zipping *zipping, const char *name, const char *text)
{
	return put(zipping, name, lt_bytes(text, strlen(text)));
}

/* ---- what all have in common ---- */

static int put_directory(struct zipping *zipping)
{
	struct lt_bytes bytes;
	struct signed_directory_record record;
	struct lt_refusal refusal = { 0 };
	int code = control_directory_bytes(zipping->control, 0, &bytes);
	if (code != EX_OK)
		return code;
	if (codec_signed_directory_decode(bytes, &record, &refusal))
		return say_fail(EX_PROTOCOL, "the directory cannot be read: %s", refusal.detail);
	code = put(zipping, "directory.bin", record.directory);
	return code == EX_OK ? put(zipping, "directory.p7s", record.cms) : code;
}

/* As openssl reads them: SubjectPublicKeyInfo of Ed25519 (RFC 8410). */
static int put_ledger_keys(struct zipping *zipping)
{
	static const uint8_t head[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
	uint8_t der[sizeof(head) + 32];
	char name[32];
	unsigned number = 0;
	int code = EX_OK;
	memcpy(der, head, sizeof(head));
	for (size_t i = 0; i < lt_directory_count(zipping->directory); i++) {
		const struct lt_agency *agency = lt_directory_at(zipping->directory, i);
		for (size_t j = 0; j < agency->ledger_key_count && code == EX_OK; j++) {
			struct lt_buf text = { 0 };
			memcpy(der + sizeof(head), agency->ledger_keys[j].key, 32);
			snprintf(name, sizeof(name), "ledger-%u.pub.pem", ++number);
			enum lt_err err = pem_encode(lt_bytes(der, sizeof(der)), "PUBLIC KEY", &text);
			code = err ? say_fail_err(err, "encode %s", name) : put(zipping, name, lt_buf_bytes(&text));
			lt_buf_fini(&text);
		}
	}
	return code;
}

static int put_trace(struct zipping *zipping, const struct lt_dossier_view *view)
{
	json_t *json = view_dossier_json(view, zipping->directory, true);
	char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	int code = text ? put_text(zipping, "trace.json", text) : say_fail_err(LT_ENOMEM, "write trace.json");
	free(text);
	json_decref(json);
	return code;
}

static int put_common(struct zipping *zipping, const struct lt_dossier_view *view)
{
	int code = put_text(zipping, "README.txt", check_readme);
	if (code == EX_OK)
		code = put_text(zipping, "check.sh", check_script);
	if (code == EX_OK)
		code = put_trace(zipping, view);
	if (code == EX_OK)
		code = put_directory(zipping);
	return code == EX_OK ? put_ledger_keys(zipping) : code;
}

/* ---- which records ---- */

/* From one record back along `previous`. */
static int walk(struct zipping *zipping, uint64_t sequence)
{
	while (sequence != 0) {
		struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence };
		struct lt_control_answer answer;
		struct lt_record record;
		struct lt_refusal refusal = { 0 };
		int code = control_call(zipping->control, &request, &answer);
		if (code != EX_OK)
			return code;
		if (lt_record_decode(answer.record.record, &record, &refusal) || record.previous >= sequence)
			return say_fail(EX_PROTOCOL, "record %s cannot be read: %s", output_u64(sequence),
					refusal.detail);
		if (zipping->count == RECORDS_MAX)
			return say_fail(EX_DATAERR, "the dossier has more than %u records", (unsigned)RECORDS_MAX);
		zipping->records[zipping->count++] = sequence;
		sequence = record.previous;
		control_forget(zipping->control);
	}
	return EX_OK;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;
	return (*one > *other) - (*one < *other);
}

static int find_records(struct zipping *zipping, const struct lt_dossier_view *view)
{
	uint64_t last = 0, refused = 0;
	for (size_t i = 0; i < view->hop_count; i++) { /* refused acts have a chain of their own */
		const struct lt_hop *hop = &view->hops[i];
		uint64_t *newest = hop->outcome == 0 || hop->outcome == LT_POISONED ? &last : &refused;
		*newest = hop->sequence > *newest ? hop->sequence : *newest;
	}
	int code = walk(zipping, last);
	if (code == EX_OK)
		code = walk(zipping, refused);
	if (code == EX_OK && zipping->count > 1)
		qsort(zipping->records, zipping->count, sizeof(*zipping->records), by_number);
	return code;
}

/* Until the newest checkpoint covers them all. */
static int wait_for_checkpoint(struct zipping *zipping)
{
	const struct timespec wait = { .tv_nsec = COVER_WAIT_MS * 1000000L };
	struct lt_control_request request = { .type = LT_CONTROL_LEDGER };
	for (unsigned i = 0; i < COVER_TRIES; i++) {
		struct lt_control_answer answer;
		struct lt_checkpoint checkpoint;
		int code = control_call(zipping->control, &request, &answer);
		if (code != EX_OK)
			return code;
		if (!lt_checkpoint_parse(answer.ledger.checkpoint, &checkpoint) &&
		    checkpoint.size >= zipping->records[zipping->count - 1])
			return EX_OK;
		nanosleep(&wait, NULL);
	}
	return say_fail(EX_TEMPFAIL, "no checkpoint covers record %s yet; try again",
			output_u64(zipping->records[zipping->count - 1]));
}

/* ---- a folder for each envelope ---- */

static int put_place(struct zipping *zipping, uint64_t sequence, int64_t at)
{
	struct lt_buf text = { 0 };
	char seconds[24];
	snprintf(seconds, sizeof(seconds), "%lld\n", (long long)(at / 1000000));
	int code = put_text(zipping, "time.txt", seconds);
	if (code == EX_OK)
		code = record_proof_make(zipping->control, sequence, &text);
	if (code == EX_OK)
		code = put(zipping, "record.tlog-proof", lt_buf_bytes(&text));
	lt_buf_fini(&text);
	return code;
}

/* What the record says became of it, behind its salt: SHA-256 of the two stands in the leaf. */
static int put_outcome(struct zipping *zipping, const struct lt_record *record)
{
	struct lt_buf bytes = { 0 };
	enum lt_err err = lt_buf_append(&bytes, record->salts[1].data, record->salts[1].len);
	if (!err)
		err = lt_buf_append(&bytes, record->outcome.data, record->outcome.len);
	int code = err ? say_fail_err(err, "write outcome.bin") : put(zipping, "outcome.bin", lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return code;
}

static int put_envelope(struct zipping *zipping, const struct envelope_place *place, struct lt_arena *arena)
{
	struct envelope envelope;
	int code = envelope_read(zipping->control, place, arena, &envelope);
	if (code != EX_OK)
		return code;
	if (strcmp(envelope.header.dossier, zipping->code) != 0)
		return EX_OK; /* a notice of another one, of the same record */
	snprintf(zipping->folder, sizeof(zipping->folder), "%010llu-", (unsigned long long)place->sequence);
	size_t len = strlen(zipping->folder);
	if (place->notice > 0)
		len += (size_t)snprintf(zipping->folder + len, sizeof(zipping->folder) - len, "notice-%u-",
					place->notice);
	snprintf(zipping->folder + len, sizeof(zipping->folder) - len, "%s%s/", lt_kind_name(envelope.header.kind),
		 envelope.outcome.reason && place->notice == 0 ? "-refused" : "");
	code = envelope_write(&envelope, zipping->directory, put, zipping);
	if (code == EX_OK)
		code = put_outcome(zipping, &envelope.record);
	if (code == EX_OK)
		code = put_place(zipping, place->sequence, envelope.record.time);
	zipping->told->envelopes++;
	return code;
}

static int put_erased(struct zipping *zipping, const struct lt_record *record)
{
	snprintf(zipping->folder, sizeof(zipping->folder), "%010llu-erased/", (unsigned long long)record->sequence);
	zipping->told->erased++;
	return put_place(zipping, record->sequence, record->time);
}

/* Its envelope, and the notices that came with it. */
static int put_record(struct zipping *zipping, uint64_t sequence, struct lt_arena *arena)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence };
	struct lt_control_answer answer;
	struct lt_record record;
	struct lt_outcome outcome;
	struct lt_refusal refusal = { 0 };
	struct envelope_place place = { .sequence = sequence };
	int code = control_call(zipping->control, &request, &answer);
	if (code != EX_OK)
		return code;
	if (lt_record_decode(answer.record.record, &record, &refusal) ||
	    (!record.erased_by && lt_outcome_decode(record.outcome, arena, &outcome, &refusal)))
		return say_fail(EX_PROTOCOL, "record %s cannot be read: %s", output_u64(sequence), refusal.detail);
	if (record.erased_by)
		return put_erased(zipping, &record);
	if (record.submit)
		code = put_envelope(zipping, &place, arena);
	for (place.notice = 1; place.notice <= outcome.notice_count && code == EX_OK; place.notice++)
		code = put_envelope(zipping, &place, arena);
	return code;
}

static int put_records(struct zipping *zipping)
{
	struct lt_arena *arena = NULL;
	int code = lt_arena_new(EVIDENCE_ARENA, &arena) ? say_fail_err(LT_ENOMEM, "read the records") : EX_OK;
	for (size_t i = 0; i < zipping->count && code == EX_OK; i++) {
		code = put_record(zipping, zipping->records[i], arena);
		lt_arena_reset(arena);
		control_forget(zipping->control);
	}
	lt_arena_free(arena);
	return code;
}

static int make(struct zipping *zipping)
{
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIER, .code = zipping->code };
	struct lt_control_answer answer;
	int code = control_directory(zipping->control, &zipping->directory);
	if (code == EX_OK)
		code = control_call(zipping->control, &request, &answer);
	if (code == EX_OK && !answer.dossier)
		code = say_fail(EX_PROTOCOL, "the broker's answer holds no dossier");
	if (code == EX_OK)
		code = put_common(zipping, answer.dossier);
	if (code == EX_OK)
		code = find_records(zipping, answer.dossier);
	if (code == EX_OK && zipping->count > 0)
		code = wait_for_checkpoint(zipping);
	if (code == EX_OK)
		code = put_records(zipping);
	enum lt_err err = code == EX_OK ? zip_end(&zipping->zip) : LT_OK;
	return err ? say_fail_err(err, "end the zip file") : code;
}

int dossier_zip_make(struct control_client *control, const char *code, struct lt_buf *out, struct dossier_zip *told)
{
	struct zipping zipping = { .control = control, .code = code, .told = told };
	zipping.records = calloc(RECORDS_MAX, sizeof(*zipping.records));
	if (!zipping.records)
		return say_fail_err(LT_ENOMEM, "read the records");
	zip_init(&zipping.zip, out);
	int result = make(&zipping);
	zip_fini(&zipping.zip);
	lt_directory_free(zipping.directory);
	free(zipping.records);
	return result;
}
