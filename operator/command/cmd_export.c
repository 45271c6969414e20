/* cmd_export.c: `lienthong envelope export SEQUENCE[/N] DIR`: one envelope as files; `lienthong evidence CODE`: all of a dossier as one zip. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "evidence/dossier_zip.h"
#include "evidence/envelope_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { EXPORT_ARENA = 4 << 20 }; /* a record's header and outcome, several times over */

struct folder {
	const char *path;
	json_t *files; /* names, in the order in which they were written */
};

static int put_file(void *ctx, const char *name, struct lt_bytes data)
{
	struct folder *folder = ctx;
	char path[CLI_PATH_MAX];
	enum lt_err err = lt_file_write(cli_path(path, folder->path, name), data, 0644);
	if (err != LT_OK)
		return say_fail_err(err, "write %s", path);
	json_array_append_new(folder->files, json_string(name));
	return EX_OK;
}

static int print(const struct cli *cli, const struct envelope *envelope, const struct folder *folder)
{
	const char *content = envelope->signature.batch ? "batch.bin" : "header.bin";
	bool elided = envelope->answer.record.parts_elided;
	if (cli->json) {
		return output_json(json_pack(
			"{s:I, s:s, s:s, s:s, s:o, s:b, s:O, s:s}", "sequence", (json_int_t)envelope->record.sequence,
			"kind", lt_kind_name(envelope->header.kind), "dossier", envelope->header.dossier, "sender",
			envelope->header.sender, "leaf_hash", output_json_hex(envelope->answer.record.leaf_hash),
			"parts_elided", (int)elided, "files", folder->files, "signed_file", content));
	}
	printf("%s of %s by %s, record %s:", lt_kind_name(envelope->header.kind), envelope->header.dossier,
	       envelope->header.sender, output_u64(envelope->record.sequence));
	for (size_t i = 0; i < json_array_size(folder->files); i++)
		printf(" %s", json_string_value(json_array_get(folder->files, i)));
	if (elided)
		printf("\nThe parts' bytes are no longer kept; the header has their digests.");
	printf("\nCheck it in that folder with:\n  openssl cms -verify -cades -binary -purpose any -nointern -inform "
	       "DER -in "
	       "sig.p7s "
	       "-content %s -certfile signer.pem -CAfile ca.pem -out /dev/null\n",
	       content);
	return EX_OK;
}

int cmd_envelope_export(struct cli *cli)
{
	struct control_client *control = NULL;
	struct lt_arena *arena = NULL;
	struct lt_directory *directory = NULL;
	struct folder folder = { .path = cli->args[1] };
	struct envelope_place place;
	struct envelope envelope;
	if (!envelope_place_read(cli->args[0], &place))
		return say_fail(EX_USAGE, "\"%s\" is not a sequence; `lienthong trace CODE` shows them", cli->args[0]);
	int code = lt_arena_new(EXPORT_ARENA, &arena) == LT_OK ? control_open(cli, &control) : EX_OSERR;
	folder.files = json_array();
	if (code == EX_OK)
		code = envelope_read(control, &place, arena, &envelope);
	if (code == EX_OK)
		code = control_directory(control, &directory);
	if (code == EX_OK && mkdir(folder.path, 0755) != 0 && errno != EEXIST)
		code = say_fail(EX_CANTCREAT, "cannot make the folder %s: %s", folder.path, strerror(errno));
	if (code == EX_OK)
		code = envelope_write(&envelope, directory, put_file, &folder);
	if (code == EX_OK)
		code = print(cli, &envelope, &folder);
	json_decref(folder.files);
	lt_directory_free(directory);
	lt_arena_free(arena);
	control_close(control);
	return code;
}

int cmd_evidence(struct cli *cli)
{
	char name[LT_DOSSIER_MAX + 4];
	const char *path = cli->output;
	struct control_client *control = NULL;
	struct lt_buf bytes = { 0 };
	struct dossier_zip told = { 0 };
	if (!lt_dossier_code_valid(cli->args[0]))
		return say_fail(EX_USAGE, "\"%s\" is not the code of a dossier", cli->args[0]);
	if (!path) {
		snprintf(name, sizeof(name), "%s.zip", cli->args[0]);
		path = name;
	}
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = dossier_zip_make(control, cli->args[0], &bytes, &told);
	enum lt_err err = code == EX_OK ? lt_file_write(path, lt_buf_bytes(&bytes), 0600) : LT_OK;
	if (err)
		code = say_fail_err(err, "write %s", path);
	if (code == EX_OK && cli->json)
		code = output_json(json_pack("{s:s, s:s, s:I, s:I}", "dossier", cli->args[0], "file", path, "envelopes",
					     (json_int_t)told.envelopes, "erased", (json_int_t)told.erased));
	else if (code == EX_OK)
		printf("%s: %zu envelopes, %zu that were erased. Check it anywhere with `unzip` and `sh check.sh`.\n",
		       path, told.envelopes, told.erased);
	lt_buf_fini(&bytes);
	control_close(control);
	return code;
}
