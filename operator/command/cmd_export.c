/* cmd_export.c: `lienthong envelope export SEQUENCE[/N] DIR`: one envelope as files that openssl can check without us. A notice of the
 * broker is one too: its header stands in the record that made it, its signature in a later one. */
#include "commands.h"

#include "cli/cli_output.h"
#include "wire/frame_roots.h"
#include "wire/signature.h"
#include "cli/control_client.h"
#include "identity/pem.h"
#include "base/base64.h"

#include <errno.h>
#include <lienthong/directory.h>
#include <lienthong/merkle.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct export
{
	const char *dir;
	struct lt_control_answer answer;
	struct lt_record record;
	struct lt_submit_command submit;
	struct lt_header header;
	struct lt_signature signature;
	uint32_t notice; /* which of the record's notices is wanted, from 1; 0: its envelope, or the first */
	struct lt_signed_notice signed_in;
	struct lt_directory *directory;
	json_t *files; /* names, in the order in which they were written */
};

static int write_file(struct export *export, const char *name, struct lt_bytes data)
{
	char path[CLI_PATH_MAX];
	enum lt_err err = lt_file_write(cli_path(path, export->dir, name), data, 0644);
	if (err != LT_OK)
		return say_fail_err(err, "write %s", path);
	json_array_append_new(export->files, json_string(name));
	return EX_OK;
}

static int write_pem(struct export *export, const char *name, const struct lt_bytes *ders, size_t count)
{
	struct lt_buf text = { 0 };
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < count && err == LT_OK; i++)
		err = pem_encode(ders[i], "CERTIFICATE", &text);
	int code = err == LT_OK ? write_file(export, name, lt_buf_bytes(&text)) : say_fail_err(err, "encode %s", name);
	lt_buf_fini(&text);
	return code;
}

static int parse(struct export *export, const char *sequence, struct lt_arena *arena)
{
	struct lt_refusal refusal = { 0 };
	if (lt_header_parse(export->submit.header, arena, &export->header, &refusal) != LT_REASON_NONE)
		return say_fail(EX_DATAERR, "the header of record %s is not well-formed: %s", sequence, refusal.detail);
	if (lt_signature_decode(export->submit.signature, arena, &export->signature, &refusal) != LT_REASON_NONE)
		return say_fail(EX_DATAERR, "the signature of record %s is not well-formed: %s", sequence,
				refusal.detail);
	return EX_OK;
}

/* The header of a notice that the record made, and where its signature stands. */
static int find_notice(struct export *export, const char *sequence, struct lt_arena *arena)
{
	struct lt_outcome outcome;
	struct lt_refusal refusal = { 0 };
	uint32_t index = export->notice == 0 ? 0 : export->notice - 1;
	if (lt_outcome_decode(export->record.outcome, arena, &outcome, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "record %s cannot be read: %s", sequence, refusal.detail);
	if (index >= outcome.notice_count)
		return say_fail(EX_NOINPUT,
				"record %s holds no such envelope; `lienthong trace CODE` names those that do",
				sequence);
	export->submit.header = outcome.notices[index];
	for (size_t i = 0; i < export->answer.record.notice_count; i++) {
		if (export->answer.record.notices[i].index == index)
			export->signed_in = export->answer.record.notices[i];
	}
	if (export->signed_in.sequence == 0)
		return say_fail(EX_TEMPFAIL, "the broker has not signed the notice of record %s yet; try again",
				sequence);
	return EX_OK;
}

static int read_record(struct export *export, const char *sequence, struct lt_arena *arena)
{
	struct lt_command command;
	struct lt_refusal refusal = { 0 };
	struct lt_bytes bytes = export->answer.record.record;
	if (lt_record_decode(bytes, &export->record, &refusal) == LT_REASON_NONE && export->record.erased_by)
		return say_fail(EX_NOINPUT,
				"what stood in record %s was erased by record %llu; `lienthong ledger prove %s` still "
				"proves its place",
				sequence, (unsigned long long)export->record.erased_by, sequence);
	if (lt_record_decode(bytes, &export->record, &refusal) != LT_REASON_NONE ||
	    lt_record_command(&export->record, arena, &command, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "record %s cannot be read: %s", sequence, refusal.detail);
	if (command.type != LT_COMMAND_SUBMIT || export->notice != 0)
		return find_notice(export, sequence, arena);
	export->submit = command.u.submit;
	return parse(export, sequence, arena);
}

/* The notice's signature, whole, and with which certificate it was made. */
static int read_signature(struct export *export, const struct lt_control_answer *answer, const char *sequence,
			  struct lt_arena *arena)
{
	struct lt_record record;
	struct lt_command command;
	struct lt_refusal refusal = { 0 };
	uint32_t at = export->signed_in.at;
	if (lt_record_decode(answer->record.record, &record, &refusal) != LT_REASON_NONE ||
	    lt_record_command(&record, arena, &command, &refusal) != LT_REASON_NONE ||
	    command.type != LT_COMMAND_NOTICES || at >= command.u.notices.count)
		return say_fail(EX_PROTOCOL, "record %s holds no signature of a notice",
				output_u64(export->signed_in.sequence));
	const struct lt_notices_command *notices = &command.u.notices;
	struct lt_bytes signature = notices->notices[at].signature;
	if (frame_roots_restore(notices->roots, notices->root_count, arena, &signature) != LT_OK)
		return say_fail(EX_OSERR, "out of memory");
	export->submit.signature = signature;
	export->submit.verdict.certificate_sha256 = notices->certificate_sha256;
	return parse(export, sequence, arena);
}

/* "4711", or "4711/2": the second notice of that record. */
static bool read_place(const char *text, uint64_t *sequence, uint32_t *notice)
{
	char number[24];
	uint64_t which = 0;
	size_t len = strcspn(text, "/");
	if (len >= sizeof(number) || (text[len] == '/' && !cli_number(text + len + 1, 1, LT_RECORD_NOTICES, &which)))
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	*notice = (uint32_t)which;
	return cli_number(number, 1, UINT64_MAX / 2, sequence);
}

enum { PATH_MAX_HASHES = 8 }; /* of a batch of 256 */

/* The root that a batch path leads to (RFC 9162 section 2.1.3.2). */
static void root_of_path(const struct lt_batch_signature *tree, const uint8_t leaf[32], uint8_t root[32], bool *left)
{
	uint64_t node = tree->index, last = tree->count - 1;
	memcpy(root, leaf, 32);
	for (size_t i = 0; i < tree->path_count; i++) {
		bool right = node & 1 || node == last;
		left[i] = right; /* we stand on the right, the other one on the left */
		if (right)
			lt_node_hash(tree->path[i].data, root, root);
		else
			lt_node_hash(root, tree->path[i].data, root);
		while (right && !(node & 1) && node != 0) {
			node >>= 1;
			last >>= 1;
		}
		node >>= 1;
		last >>= 1;
	}
}

/* The way up for a shell: a line a step, the side on which the other hash stands and that hash, in base64, which openssl reads. */
static int write_path(struct export *export, const bool *left)
{
	const struct lt_batch_signature *tree = &export->signature.tree;
	struct lt_buf text = { 0 };
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < tree->path_count && err == LT_OK; i++) {
		const char *side = left[i] ? "left " : "right ";
		err = lt_buf_append(&text, side, strlen(side));
		if (err == LT_OK)
			err = base64_encode(tree->path[i], 0, &text);
		if (err == LT_OK)
			err = lt_buf_append(&text, "\n", 1);
	}
	int code = err == LT_OK ? write_file(export, "batch-path.txt", lt_buf_bytes(&text))
				: say_fail_err(err, "write %s", "batch-path.txt");
	lt_buf_fini(&text);
	return code;
}

/* A batch signature stands over the root of a tree: batch.bin is what the CMS signs, batch.json and batch-path.txt are the way
 * to it (docs/evidence.md). */
static int write_batch(struct export *export)
{
	static const char type[] = "lienthong.batch.v1\n";
	const struct lt_batch_signature *tree = &export->signature.tree;
	uint8_t text[sizeof(type) - 1 + 4 + 32], leaf[32];
	bool left[PATH_MAX_HASHES];
	uint8_t *count = text + sizeof(type) - 1;
	if (tree->count == 0 || tree->index >= tree->count || tree->path_count > PATH_MAX_HASHES)
		return say_fail(EX_DATAERR, "the batch signature's path has no place in its tree");
	memcpy(text, type, sizeof(type) - 1);
	for (unsigned i = 0; i < 4; i++)
		count[i] = (uint8_t)(tree->count >> (24 - 8 * i));
	lt_leaf_hash(export->submit.header, leaf);
	root_of_path(tree, leaf, count + 4, left);
	json_t *path = json_array();
	for (size_t i = 0; i < tree->path_count; i++)
		json_array_append_new(path, output_json_hex(tree->path[i]));
	json_t *json = json_pack("{s:I, s:I, s:o, s:o}", "index", (json_int_t)tree->index, "count",
				 (json_int_t)tree->count, "leaf", output_json_hex(lt_bytes(leaf, 32)), "path", path);
	char *json_text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	int code = write_file(export, "batch.bin", lt_bytes(text, sizeof(text)));
	if (code == EX_OK && json_text)
		code = write_file(export, "batch.json", lt_bytes(json_text, strlen(json_text)));
	if (code == EX_OK)
		code = write_path(export, left);
	free(json_text);
	json_decref(json);
	return code;
}

#define CAS_MAX 128u /* in force and withdrawn: the directory's own limits */

static int write_signer(struct export *export)
{
	struct lt_bytes sha256 = export->submit.verdict.certificate_sha256, ca[CAS_MAX];
	size_t ca_count = 0;
	for (size_t i = 0; i < lt_directory_ca_count(export->directory) && ca_count < CAS_MAX; i++)
		ca[ca_count++] = lt_directory_ca(export->directory, i);
	for (size_t i = 0; i < lt_directory_ended_ca_count(export->directory) && ca_count < CAS_MAX; i++)
		ca[ca_count++] = lt_directory_ended_ca(export->directory, i).der;
	int code = write_pem(export, "ca.pem", ca, ca_count);
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

static int write_parts(struct export *export)
{
	int code = EX_OK;
	for (size_t i = 0; code == EX_OK && i < export->answer.record.part_count && i < export->header.part_count;
	     i++) {
		char name[32 + LT_PART_NAME_MAX];
		snprintf(name, sizeof(name), "part-%02zu-%s", i, export->header.parts[i].name);
		code = write_file(export, name, export->answer.record.parts[i]);
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
static int write_refusal(struct export *export, struct lt_arena *arena)
{
	struct lt_outcome outcome;
	struct lt_parameter parameters[LT_PARAMETERS_MAX];
	char said[LT_SENTENCE_TEXT];
	const char *english = "", *vietnamese = "";
	struct lt_buf text = { 0 };
	uint32_t number;
	size_t count;
	if (lt_outcome_decode(export->record.outcome, arena, &outcome, NULL) || outcome.reason == LT_REASON_NONE)
		return EX_OK;
	enum lt_err err = lt_buf_printf(&text, "reason %d %s\nen: %s\nvi: %s\n", (int)outcome.reason,
					lt_reason_name(outcome.reason), lt_reason_text(outcome.reason),
					lt_reason_vietnamese(outcome.reason));
	if (lt_sentence_read(outcome.sentence, &number, parameters, &count)) {
		lt_sentence_line(number, &english, &vietnamese);
		lt_buf_printf(&text, "\nsentence %u\nen: %s\nvi: %s\n", number, english, vietnamese);
		put_parameters(&text, parameters, count);
		lt_buf_printf(&text, "\nen: %s\n", lt_sentence_say(outcome.sentence, LT_ENGLISH, said, sizeof(said)));
		err = lt_buf_printf(&text, "vi: %s\n",
				    lt_sentence_say(outcome.sentence, LT_VIETNAMESE, said, sizeof(said)));
	}
	int code = err == LT_OK ? write_file(export, "refusal.txt", lt_buf_bytes(&text))
				: say_fail_err(err, "write %s", "refusal.txt");
	lt_buf_fini(&text);
	return code;
}

static int write_all(struct export *export, struct lt_arena *arena)
{
	if (mkdir(export->dir, 0755) != 0 && errno != EEXIST)
		return say_fail(EX_CANTCREAT, "cannot make the folder %s: %s", export->dir, strerror(errno));
	struct lt_bytes cms = export->signature.batch ? export->signature.tree.cms : export->signature.cms;
	int code = write_file(export, "header.bin", export->submit.header);
	if (code == EX_OK)
		code = write_file(export, "sig.p7s", cms);
	if (code == EX_OK && export->signature.batch)
		code = write_batch(export);
	if (code == EX_OK)
		code = write_signer(export);
	if (code == EX_OK)
		code = write_refusal(export, arena);
	return code == EX_OK ? write_parts(export) : code;
}

static int print(const struct cli *cli, const struct export *export)
{
	const char *content = export->signature.batch ? "batch.bin" : "header.bin";
	if (cli->json) {
		return output_json(json_pack(
			"{s:I, s:s, s:s, s:s, s:o, s:b, s:O, s:s}", "sequence", (json_int_t) export->record.sequence,
			"kind", lt_kind_name(export->header.kind), "dossier", export->header.dossier, "sender",
			export->header.sender, "leaf_hash", output_json_hex(export->answer.record.leaf_hash),
			"parts_elided", (int)export->answer.record.parts_elided, "files", export->files, "signed_file",
			content));
	}
	printf("%s of %s by %s, record %s:", lt_kind_name(export->header.kind), export->header.dossier,
	       export->header.sender, output_u64(export->record.sequence));
	for (size_t i = 0; i < json_array_size(export->files); i++)
		printf(" %s", json_string_value(json_array_get(export->files, i)));
	if (export->answer.record.parts_elided)
		printf("\nThe parts' bytes are no longer kept; the header has their digests.");
	printf("\nCheck it in that folder with:\n  openssl cms -verify -cades -binary -purpose any -inform DER -in "
	       "sig.p7s "
	       "-content %s -certfile signer.pem -CAfile ca.pem -out /dev/null\n",
	       content);
	return EX_OK;
}

static int fetch_signature(struct control_client *control, struct export *export, const char *sequence,
			   struct lt_arena *arena)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = export->signed_in.sequence };
	struct lt_control_answer answer;
	int code = control_call(control, &request, &answer);
	export->answer.record.part_count = 0;
	return code == EX_OK ? read_signature(export, &answer, sequence, arena) : code;
}

int cmd_envelope_export(struct cli *cli)
{
	struct control_client *control = NULL;
	struct lt_arena *arena = NULL;
	struct export export = { .dir = cli->args[1] };
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .parts = true };
	if (!read_place(cli->args[0], &request.sequence, &export.notice))
		return say_fail(EX_USAGE, "\"%s\" is not a sequence; `lienthong trace CODE` shows them", cli->args[0]);
	int code = lt_arena_new(4u << 20, &arena) == LT_OK ? control_open(cli, &control) : EX_OSERR;
	export.files = json_array();
	if (code == EX_OK)
		code = control_call(control, &request, &export.answer);
	if (code == EX_OK)
		code = read_record(&export, cli->args[0], arena);
	if (code == EX_OK && export.signed_in.sequence != 0)
		code = fetch_signature(control, &export, cli->args[0], arena);
	if (code == EX_OK)
		code = control_directory(control, &export.directory);
	if (code == EX_OK)
		code = write_all(&export, arena);
	if (code == EX_OK)
		code = print(cli, &export);
	json_decref(export.files);
	lt_directory_free(export.directory);
	lt_arena_free(arena);
	control_close(control);
	return code;
}
