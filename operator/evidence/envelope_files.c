/* envelope_files.c: out of the record to files. What was signed is written as it was signed, never made again. */
#include "envelope_files.h"

#include "cli/cli_output.h"
#include "identity/pem.h"
#include "wire/batch_text.h"
#include "wire/frame_roots.h"
#include "pack/signed_zip.h"
#include "pack/zip.h"

#include <jansson.h>
#include <lienthong/merkle.h>
#include <lienthong/sentence.h>
#include <stdlib.h>
#include <string.h>

struct export
{
	const struct envelope *envelope;
	const struct lt_directory *directory;
	envelope_put *put;
	void *ctx;
};

static int write_file(const struct export *export, const char *name, struct lt_bytes data)
{
	return export->put(export->ctx, name, data);
}

static int write_pem(const struct export *export, const char *name, const struct lt_bytes *ders, size_t count)
{
	struct lt_buf text = { 0 };
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < count && err == LT_OK; i++)
		err = pem_encode(ders[i], "CERTIFICATE", &text);
	int code = err == LT_OK ? write_file(export, name, lt_buf_bytes(&text)) : say_fail_err(err, "encode %s", name);
	lt_buf_fini(&text);
	return code;
}

/* ---- out of the record ---- */

static int parse(struct envelope *envelope, struct lt_arena *arena)
{
	struct lt_refusal refusal = { 0 };
	const char *what = "header";
	enum lt_reason reason = lt_header_parse(envelope->submit.header, arena, &envelope->header, &refusal);
	if (!reason) {
		what = "signature";
		reason = lt_signature_decode(envelope->submit.signature, arena, &envelope->signature, &refusal);
	}
	return reason ? say_fail(EX_DATAERR, "the %s of record %s is not well-formed: %s", what,
				 output_u64(envelope->record.sequence), refusal.detail)
		      : EX_OK;
}

/* The notice's signature, whole, and with which certificate it was made. */
static int read_signature(struct envelope *envelope, struct lt_bytes bytes, struct lt_arena *arena)
{
	struct lt_record record;
	struct lt_command command;
	struct lt_refusal refusal = { 0 };
	uint32_t at = envelope->signed_in.at;
	if (lt_record_decode(bytes, &record, &refusal) || lt_record_command(&record, arena, &command, &refusal) ||
	    command.type != LT_COMMAND_NOTICES || at >= command.u.notices.count)
		return say_fail(EX_PROTOCOL, "record %s holds no signature of a notice",
				output_u64(envelope->signed_in.sequence));
	const struct lt_notices_command *notices = &command.u.notices;
	struct lt_bytes signature = notices->notices[at].signature;
	if (frame_roots_restore(notices->roots, notices->root_count, arena, &signature) != LT_OK)
		return say_fail_err(LT_ENOMEM, "read the signature");
	envelope->submit.signature = signature;
	envelope->submit.verdict.certificate_sha256 = notices->certificate_sha256;
	return parse(envelope, arena);
}

/* A notice: its header stands in the record that made it, its signature in a later one. */
static int read_notice(struct control_client *control, struct envelope *envelope, uint32_t index,
		       struct lt_arena *arena)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD };
	struct lt_control_answer answer;
	const char *sequence = output_u64(envelope->record.sequence);
	if (index >= envelope->outcome.notice_count)
		return say_fail(EX_NOINPUT,
				"record %s holds no such envelope; `lienthong trace CODE` names those that do",
				sequence);
	envelope->submit = (struct lt_submit_command){ .header = envelope->outcome.notices[index] };
	for (size_t i = 0; i < envelope->answer.record.notice_count; i++) {
		if (envelope->answer.record.notices[i].index == index)
			envelope->signed_in = envelope->answer.record.notices[i];
	}
	if (envelope->signed_in.sequence == 0)
		return say_fail(EX_TEMPFAIL, "the broker has not signed the notice of record %s yet; try again",
				sequence);
	request.sequence = envelope->signed_in.sequence;
	envelope->answer.record.part_count = 0;
	int code = control_call(control, &request, &answer);
	return code == EX_OK ? read_signature(envelope, answer.record.record, arena) : code;
}

int envelope_read(struct control_client *control, const struct envelope_place *place, struct lt_arena *arena,
		  struct envelope *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .parts = true, .sequence = place->sequence };
	struct lt_command command;
	struct lt_refusal refusal = { 0 };
	const char *sequence = output_u64(place->sequence);
	*out = (struct envelope){ 0 };
	int code = control_call(control, &request, &out->answer);
	if (code != EX_OK)
		return code;
	struct lt_record *record = &out->record;
	bool read = !lt_record_decode(out->answer.record.record, record, &refusal);
	if (read && record->erased_by)
		return say_fail(EX_NOINPUT,
				"what stood in record %s was erased by record %llu; `lienthong ledger prove %s` still "
				"proves its place",
				sequence, (unsigned long long)record->erased_by, sequence);
	if (!read || lt_record_command(record, arena, &command, &refusal) ||
	    lt_outcome_decode(record->outcome, arena, &out->outcome, &refusal))
		return say_fail(EX_PROTOCOL, "record %s cannot be read: %s", sequence, refusal.detail);
	if (command.type != LT_COMMAND_SUBMIT || place->notice != 0)
		return read_notice(control, out, place->notice == 0 ? 0 : place->notice - 1, arena);
	out->submit = command.u.submit;
	return parse(out, arena);
}

bool envelope_place_read(const char *text, struct envelope_place *out)
{
	char number[24];
	uint64_t which = 0;
	size_t len = strcspn(text, "/");
	if (len >= sizeof(number) || (text[len] == '/' && !cli_number(text + len + 1, 1, LT_RECORD_NOTICES, &which)))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	out->notice = (uint32_t)which;
	return cli_number(number, 1, UINT64_MAX / 2, &out->sequence);
}

/* ---- to files ---- */

/* A batch signature stands over the root of a tree: batch.bin is what the CMS signs, batch.json and batch-path.txt are the way
 * to it (docs/evidence.md). */
static int write_batch(const struct export *export)
{
	const struct lt_batch_signature *tree = &export->envelope->signature.tree;
	struct lt_buf text = { 0 }, way = { 0 };
	uint8_t leaf[32];
	enum lt_err err = batch_text(tree, export->envelope->submit.header, &text, &way);
	if (err) {
		lt_buf_fini(&text);
		lt_buf_fini(&way);
		return err == LT_EINVAL ? say_fail(EX_DATAERR, "the batch signature's path has no place in its tree")
					: say_fail_err(err, "write %s", "batch-path.txt");
	}
	lt_leaf_hash(export->envelope->submit.header, leaf);
	json_t *path = json_array();
	for (size_t i = 0; i < tree->path_count; i++)
		json_array_append_new(path, output_json_hex(tree->path[i]));
	json_t *json = json_pack("{s:I, s:I, s:o, s:o}", "index", (json_int_t)tree->index, "count",
				 (json_int_t)tree->count, "leaf", output_json_hex(lt_bytes(leaf, 32)), "path", path);
	char *json_text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	int code = write_file(export, "batch.bin", lt_buf_bytes(&text));
	if (code == EX_OK && json_text)
		code = write_file(export, "batch.json", lt_bytes(json_text, strlen(json_text)));
	if (code == EX_OK)
		code = write_file(export, "batch-path.txt", lt_buf_bytes(&way));
	free(json_text);
	json_decref(json);
	lt_buf_fini(&text);
	lt_buf_fini(&way);
	return code;
}

static int write_signer(const struct export *export)
{
	struct lt_bytes sha256 = export->envelope->submit.verdict.certificate_sha256;
	struct lt_buf cas = { 0 };
	enum lt_err err = signed_zip_cas(export->directory, &cas);
	int code = err ? say_fail_err(err, "encode ca.pem") : write_file(export, "ca.pem", lt_buf_bytes(&cas));
	lt_buf_fini(&cas);
	for (size_t i = 0; code == EX_OK && i < lt_directory_count(export->directory); i++) {
		const struct lt_agency *agency = lt_directory_at(export->directory, i);
		for (size_t j = 0; j < agency->cert_count + agency->ended_count; j++) {
			struct lt_bytes der = lt_cert_der(agency->certs[j]);
			if (sha256.len == 32 && memcmp(lt_cert_sha256(agency->certs[j]), sha256.data, 32) == 0)
				return write_pem(export, "signer.pem", &der, 1);
		}
	}
	if (code != EX_OK)
		return code;
	return say_fail(EX_NOINPUT,
			"the signer's certificate is not in the directory in force; take it from an earlier one");
}

static int write_parts(const struct export *export)
{
	int code = EX_OK;
	for (size_t i = 0;
	     code == EX_OK && i < export->envelope->answer.record.part_count && i < export->envelope->header.part_count;
	     i++) {
		char name[32 + LT_PART_NAME_MAX];
		snprintf(name, sizeof(name), "part-%02zu-%s", i, export->envelope->header.parts[i].name);
		code = write_file(export, name, export->envelope->answer.record.parts[i]);
	}
	return code;
}

static void put_parameters(struct lt_buf *text, const struct lt_parameter *parameters, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct lt_parameter *one = &parameters[i];
		if (one->type == LT_PARAMETER_TEXT)
			lt_buf_printf(text, "parameter %zu: %.*s\n", i + 1, (int)one->text.len,
				      (const char *)one->text.data);
		else if (one->type == LT_PARAMETER_SIGNED)
			lt_buf_printf(text, "parameter %zu: %lld\n", i + 1, (long long)one->number);
		else
			lt_buf_printf(text, "parameter %zu: %llu\n", i + 1, (unsigned long long)one->whole);
	}
}

/* Of a refusal the record has the number of a sentence and its parameters: the catalogue's own line goes with them, so that nobody needs
 * this software to say it. */
static int write_refusal(const struct export *export)
{
	const struct lt_outcome *outcome = &export->envelope->outcome;
	struct lt_parameter parameters[LT_PARAMETERS_MAX];
	char said[LT_SENTENCE_TEXT];
	const char *english = "", *vietnamese = "";
	struct lt_buf text = { 0 };
	uint32_t number;
	size_t count;
	if (outcome->reason == LT_REASON_NONE)
		return EX_OK;
	enum lt_err err = lt_buf_printf(&text, "reason %d %s\nen: %s\nvi: %s\n", (int)outcome->reason,
					lt_reason_name(outcome->reason), lt_reason_text(outcome->reason),
					lt_reason_vietnamese(outcome->reason));
	if (lt_sentence_read(outcome->sentence, &number, parameters, &count)) {
		lt_sentence_line(number, &english, &vietnamese);
		lt_buf_printf(&text, "\nsentence %u\nen: %s\nvi: %s\n", number, english, vietnamese);
		put_parameters(&text, parameters, count);
		lt_buf_printf(&text, "\nen: %s\n", lt_sentence_say(outcome->sentence, LT_ENGLISH, said, sizeof(said)));
		err = lt_buf_printf(&text, "vi: %s\n",
				    lt_sentence_say(outcome->sentence, LT_VIETNAMESE, said, sizeof(said)));
	}
	int code = err == LT_OK ? write_file(export, "refusal.txt", lt_buf_bytes(&text))
				: say_fail_err(err, "write %s", "refusal.txt");
	lt_buf_fini(&text);
	return code;
}

/* As other tools take them (ETSI EN 319 162-1): what was signed, and its signature. */
static int write_container(const struct export *export)
{
	static const char type[] = "application/vnd.etsi.asic-s+zip";
	struct lt_buf bytes = { 0 };
	struct zip zip;
	zip_init(&zip, &bytes);
	enum lt_err err = zip_add(&zip, "mimetype", lt_bytes(type, sizeof(type) - 1));
	if (!err)
		err = zip_add(&zip, "header.bin", export->envelope->submit.header);
	if (!err)
		err = zip_add(&zip, "META-INF/signature.p7s", export->envelope->signature.cms);
	if (!err)
		err = zip_end(&zip);
	int code = err ? say_fail_err(err, "make envelope.asics")
		       : write_file(export, "envelope.asics", lt_buf_bytes(&bytes));
	zip_fini(&zip);
	lt_buf_fini(&bytes);
	return code;
}

int envelope_write(const struct envelope *envelope, const struct lt_directory *directory, envelope_put *put, void *ctx)
{
	const struct export export = { envelope, directory, put, ctx };
	bool batch = envelope->signature.batch;
	int code = write_file(&export, "header.bin", envelope->submit.header);
	if (code == EX_OK)
		code = write_file(&export, "sig.p7s", batch ? envelope->signature.tree.cms : envelope->signature.cms);
	if (code == EX_OK)
		code = batch ? write_batch(&export) : write_container(&export);
	if (code == EX_OK)
		code = write_signer(&export);
	if (code == EX_OK)
		code = write_refusal(&export);
	return code == EX_OK ? write_parts(&export) : code;
}
