/* cmd_ledger.c: `lienthong ledger head|prove|check|declare`: checkpoints and proofs, in the forms of c2sp.org. */
#include "agency_edit.h"
#include "commands.h"

#include "base/base64.h"
#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "evidence/record_proof.h"

#include <lienthong/directory.h>
#include <lienthong/ledger.h>
#include <string.h>

enum { PROOF_MAX = 16384 };

static json_t *json_bytes(struct lt_bytes bytes)
{
	return json_stringn((const char *)bytes.data, bytes.len);
}

static int show_head(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	struct lt_bytes note = answer->ledger.checkpoint;
	struct lt_checkpoint checkpoint;
	(void)control;
	if (lt_checkpoint_parse(note, &checkpoint) != LT_OK)
		return say_fail(EX_PROTOCOL, "the broker's checkpoint is none");
	if (cli->json)
		return output_json(json_pack("{s:s, s:I, s:o, s:o, s:o}", "origin", checkpoint.origin, "size",
					     (json_int_t)checkpoint.size, "root",
					     output_json_hex(lt_bytes(checkpoint.root, 32)), "time",
					     output_json_time(checkpoint.time), "note", json_bytes(note)));
	fwrite(note.data, 1, note.len, stdout);
	return EX_OK;
}

int cmd_ledger_head(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_LEDGER };
	return control_ask(cli, &request, show_head);
}

/* ---- prove ---- */

static int write_proof(const struct cli *cli, uint64_t sequence, struct lt_bytes text)
{
	if (cli->output) {
		enum lt_err err = lt_file_write(cli->output, text, 0644);
		return err ? say_fail_err(err, "write %s", cli->output) : EX_OK;
	}
	if (cli->json)
		return output_json(
			json_pack("{s:I, s:o}", "sequence", (json_int_t)sequence, "proof", json_bytes(text)));
	fwrite(text.data, 1, text.len, stdout);
	return EX_OK;
}

int cmd_ledger_prove(struct cli *cli)
{
	struct control_client *control = NULL;
	struct lt_buf text = { 0 };
	uint64_t sequence;
	if (!cli_number(cli->args[0], 1, INT64_MAX, &sequence))
		return say_fail(EX_USAGE, "\"%s\" is not the sequence of a record", cli->args[0]);
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = record_proof_make(control, sequence, &text);
	if (code == EX_OK)
		code = write_proof(cli, sequence, lt_buf_bytes(&text));
	lt_buf_fini(&text);
	control_close(control);
	return code;
}

/* ---- check ---- */

static int read_key(const char *text, uint8_t key[32])
{
	struct lt_buf bytes = { 0 };
	bool good = base64_decode(text, strlen(text), &bytes) == LT_OK && bytes.len == 32;
	if (good)
		memcpy(key, bytes.data, 32);
	lt_buf_fini(&bytes);
	return good ? EX_OK : say_fail(EX_USAGE, "--key: not the base64 of an Ed25519 public key (32 bytes)");
}

/* The signature, by the key that was given, or by the directory of the broker that is asked. */
static int check_note(struct cli *cli, struct control_client *control, struct lt_bytes note, struct lt_checkpoint *out)
{
	uint8_t key[32];
	struct lt_refusal refusal = { 0 };
	struct lt_directory *directory = NULL;
	int code = cli->key ? read_key(cli->key, key) : control_directory(control, &directory);
	if (code != EX_OK)
		return code;
	enum lt_reason reason = cli->key ? lt_checkpoint_verify(note, key, out, &refusal)
					 : lt_directory_checkpoint(directory, note, out, &refusal);
	lt_directory_free(directory);
	return reason == LT_REASON_NONE ? EX_OK
					: say_fail(EX_DATAERR, "the checkpoint does not hold: %s", refusal.detail);
}

static int say_good(const struct cli *cli, const struct lt_checkpoint *checkpoint, uint64_t sequence)
{
	if (cli->json)
		return output_json(json_pack("{s:b, s:s, s:I, s:o, s:I}", "holds", 1, "origin", checkpoint->origin,
					     "size", (json_int_t)checkpoint->size, "time",
					     output_json_time(checkpoint->time), "sequence", (json_int_t)sequence));
	if (sequence > 0)
		printf("record %s stands in the ledger %s of %s records\n", output_u64(sequence), checkpoint->origin,
		       output_u64(checkpoint->size));
	else
		printf("the checkpoint of %s, %s records, holds\n", checkpoint->origin, output_u64(checkpoint->size));
	return EX_OK;
}

static int check_proof(struct cli *cli, struct control_client *control, const struct lt_ledger_proof *proof)
{
	struct lt_checkpoint checkpoint;
	struct lt_record_head head;
	uint8_t leaf[32];
	int code = check_note(cli, control, proof->checkpoint, &checkpoint);
	if (code != EX_OK)
		return code;
	if (proof->extra_len < LT_RECORD_HEAD_LEN ||
	    lt_record_head_get(lt_bytes(proof->extra, LT_RECORD_HEAD_LEN), &head) != LT_OK ||
	    head.sequence != proof->index + 1)
		return say_fail(EX_DATAERR, "the proof does not say what its leaf is made of, or of another record");
	lt_leaf_hash(lt_bytes(proof->extra, proof->extra_len), leaf);
	if (!lt_merkle_verify(leaf, proof->index, checkpoint.size, (const uint8_t(*)[32])proof->path, proof->path_count,
			      checkpoint.root))
		return say_fail(EX_DATAERR,
				"the proof does not hold: the path does not lead to the root that was signed");
	return say_good(cli, &checkpoint, head.sequence);
}

/* The broker's ledger against a checkpoint that somebody has kept. */
static int check_growth(struct cli *cli, struct control_client *control, struct lt_bytes kept_note)
{
	struct lt_checkpoint kept, newest;
	struct lt_control_request request = { .type = LT_CONTROL_LEDGER };
	struct lt_control_answer answer;
	uint8_t grown[LT_MERKLE_PATH_MAX + 1][32];
	int code = check_note(cli, control, kept_note, &kept);
	request.old_size = kept.size;
	if (code == EX_OK)
		code = control_call(control, &request, &answer);
	if (code == EX_OK)
		code = check_note(cli, control, answer.ledger.checkpoint, &newest);
	if (code != EX_OK)
		return code;
	if (!lt_ledger_hashes(answer.ledger.grown, answer.ledger.grown_count, grown))
		return say_fail(EX_PROTOCOL, "the broker's proof is none");
	if (strcmp(kept.origin, newest.origin) != 0)
		return say_fail(EX_DATAERR, "the broker's ledger is another one now: %s", newest.origin);
	if (!lt_merkle_verify_consistency(kept.size, kept.root, newest.size, newest.root, (const uint8_t(*)[32])grown,
					  answer.ledger.grown_count))
		return say_fail(
			EX_DATAERR,
			"the broker's ledger of %s records has NOT grown out of the checkpoint of %s: keep both",
			output_u64(newest.size), output_u64(kept.size));
	return say_good(cli, &newest, 0);
}

static int check_file(struct cli *cli, struct control_client *control, struct lt_bytes text)
{
	struct lt_ledger_proof proof;
	if (lt_ledger_proof_parse(text, &proof) == LT_OK)
		return check_proof(cli, control, &proof);
	return check_growth(cli, control, text);
}

static int show_check(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	struct lt_checkpoint checkpoint;
	int code = check_note(cli, control, answer->ledger.checkpoint, &checkpoint);
	return code == EX_OK ? say_good(cli, &checkpoint, 0) : code;
}

int cmd_ledger_check(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_LEDGER };
	struct lt_ledger_proof proof;
	struct control_client *control = NULL;
	struct lt_buf text = { 0 };
	if (cli->arg_count == 0)
		return control_ask(cli, &request, show_check);
	enum lt_err err = lt_file_read(cli->args[0], PROOF_MAX, &text);
	if (err)
		return say_fail_err(err, "read %s", cli->args[0]);
	bool offline = cli->key && lt_ledger_proof_parse(lt_buf_bytes(&text), &proof) == LT_OK;
	int code = offline ? EX_OK : control_open(cli, &control);
	if (code == EX_OK)
		code = check_file(cli, control, lt_buf_bytes(&text));
	control_close(control);
	lt_buf_fini(&text);
	return code;
}

/* ---- declare ---- */

static bool listed(const struct lt_agency *broker, const char *origin)
{
	for (size_t i = 0; i < broker->incarnation_count; i++)
		if (strcmp(broker->incarnations[i].origin, origin) == 0)
			return true;
	return false;
}

/* Each ledger before this one and what came after it, as far as the directory does not say so yet. */
static int add_missing(struct lt_agency *broker, const struct lt_ledger_view *view, const char *now, size_t *added)
{
	for (size_t i = 0; i < view->before_count; i++) {
		const struct lt_ledger_end *end = &view->before[i];
		const char *after = i + 1 < view->before_count ? view->before[i + 1].origin : now;
		struct lt_incarnation one = { .size = end->size };
		if (strlen(after) >= sizeof(one.origin) || strlen(end->origin) >= sizeof(one.before) ||
		    end->root.len != 32)
			return say_fail(EX_PROTOCOL, "the broker does not say from which ledger it goes on");
		if (listed(broker, after))
			continue;
		memcpy(one.origin, after, strlen(after) + 1);
		memcpy(one.before, end->origin, strlen(end->origin) + 1);
		memcpy(one.root, end->root.data, 32);
		if (agency_add_incarnation(broker, &one) != LT_OK)
			return say_fail_err(LT_ENOMEM, "add to the directory");
		(*added)++;
	}
	return EX_OK;
}

int cli_ledger_declare(struct cli *cli, struct agency_edit *edit, size_t *added)
{
	struct lt_control_request request = { .type = LT_CONTROL_LEDGER };
	struct lt_control_answer answer;
	struct lt_checkpoint now;
	struct lt_agency *broker = NULL;
	int code = EX_OK;
	for (size_t i = 0; i < edit->agencies.count && !broker; i++)
		broker = edit->agencies.items[i].level == LT_LEVEL_BROKER ? &edit->agencies.items[i] : NULL;
	if (!broker)
		return say_fail(EX_DATAERR, "the directory has no entry of the broker");
	code = control_call(edit->control, &request, &answer);
	if (code == EX_OK)
		code = check_note(cli, edit->control, answer.ledger.checkpoint, &now);
	if (code == EX_OK) /* checking has asked for the directory: the answer is gone */
		code = control_call(edit->control, &request, &answer);
	return code == EX_OK ? add_missing(broker, &answer.ledger, now.origin, added) : code;
}

/* The registrar says in the directory that the ledger goes on after a restore: adapters take its new origin only then. */
int cmd_ledger_declare(struct cli *cli)
{
	struct agency_edit edit = { 0 };
	size_t added = 0;
	int code = agency_edit_begin(cli, &edit);
	if (code == EX_OK)
		code = cli_ledger_declare(cli, &edit, &added);
	if (code == EX_OK && added == 0)
		code = say_fail(EX_DATAERR,
				"nothing to declare: the directory says from which ledger this one goes on");
	if (code == EX_OK)
		code = agency_edit_define(cli, &edit);
	agency_edit_end(&edit);
	return code;
}
