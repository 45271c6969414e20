/* report_signed.c: the projection says which dossiers were late; what they come to is counted by the broker, which believes nobody. */
#include "report_signed.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "pack/signed_zip.h"

#include <stdlib.h>

/* Which dossiers: the one, or those that were late in the period; with an agency those that it has delayed. */
static int choose(const struct cli *cli, const struct report_question *question, struct lt_delays_request *out,
		  json_t **codes)
{
	struct report_source *source = NULL;
	if (cli->dossier) {
		*codes = json_pack("[s]", cli->dossier);
		return EX_OK;
	}
	int code = report_open_source(cli, &source);
	enum lt_err err =
		code == EX_OK ? report_late(source, question, LT_DELAYS_MAX, codes, &out->from, &out->until) : LT_OK;
	if (err)
		code = say_fail(err == LT_EAGAIN  ? EX_TEMPFAIL
				: err == LT_EFULL ? EX_USAGE
						  : EX_IOERR,
				"%s", report_why(source));
	else if (code == EX_OK && json_array_size(*codes) == 0)
		code = say_fail(EX_NOINPUT, "nothing was late there");
	out->agency = question->agency ? question->agency : "";
	report_close(source);
	return code;
}

static int write_zip(const struct cli *cli, struct control_client *control, const struct lt_signed_text *text)
{
	struct lt_directory *directory = NULL;
	struct lt_buf bytes = { 0 };
	int code = control_directory(control, &directory);
	enum lt_err err = code == EX_OK ? signed_zip_make(&(struct signed_zip){ "delays.json", text->text,
										text->signature, text->certificate },
							  directory, &bytes)
					: LT_OK;
	if (code == EX_OK && !err)
		err = lt_file_write(cli->signed_file, lt_buf_bytes(&bytes), 0600);
	if (err)
		code = say_fail_err(err, "write %s", cli->signed_file);
	lt_buf_fini(&bytes);
	lt_directory_free(directory);
	return code;
}

static int show(const struct cli *cli, const struct lt_signed_text *text)
{
	json_t *told = json_loadb((const char *)text->text.data, text->text.len, 0, NULL);
	size_t count = json_array_size(json_object_get(told, "dossiers"));
	if (cli->json)
		return output_json(told);
	printf("%s: %zu dossiers, true at record %lld. Check it anywhere with `unzip` and `sh check.sh`.\n",
	       cli->signed_file, count, (long long)json_integer_value(json_object_get(told, "sequence")));
	json_decref(told);
	return EX_OK;
}

int report_signed(struct cli *cli, const struct report_question *question)
{
	struct lt_control_request request = { .type = LT_CONTROL_DELAYS, .delays = { .agency = "" } };
	struct lt_control_answer answer;
	struct control_client *control = NULL;
	json_t *codes = NULL;
	int code = choose(cli, question, &request.delays, &codes);
	size_t count = json_array_size(codes);
	const char **list = calloc(count + 1, sizeof(*list));
	if (code == EX_OK && !list)
		code = say_fail_err(LT_ENOMEM, "ask for the extract");
	for (size_t i = 0; list && i < count; i++)
		list[i] = json_string_value(json_array_get(codes, i));
	request.delays.dossiers = list;
	request.delays.count = count;
	if (code == EX_OK)
		code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_call(control, &request, &answer);
	if (code == EX_OK)
		code = write_zip(cli, control, &answer.delays);
	if (code == EX_OK)
		code = show(cli, &answer.delays);
	control_close(control);
	free(list);
	json_decref(codes);
	return code;
}
