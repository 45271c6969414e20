/* cmd_directory_new.c: `lienthong directory new`: version 1 of the directory, made on the registrar's machine before a broker has ever
 * run: the broker's own entry out of its request, and the agencies of a file. */
#include "enroll_request.h"

#include "cli/cli_output.h"
#include "command/commands.h"

#include <lienthong/envelope.h>
#include <lienthong/time.h>

#include <string.h>

static int check_options(const struct cli *cli)
{
	if (!cli->agencies || !cli->ca || !cli->domain || !cli->output || !cli->name || !*cli->name)
		return say_fail(EX_USAGE, "--agencies, --ca, --domain, --name and -o are needed");
	size_t len = strlen(cli->domain);
	if (len == 0 || len >= LT_DOMAIN_MAX || strspn(cli->domain, "abcdefghijklmnopqrstuvwxyz0123456789.-") != len)
		return say_fail(EX_USAGE,
				"--domain takes a host name of at most %u small letters, digits, dots and dashes",
				LT_DOMAIN_MAX - 1);
	return EX_OK;
}

static int add_broker(const struct cli *cli, struct agency_edit *edit, const struct enroll_request *request,
		      const struct lt_cert *cert)
{
	if (!request->of_broker)
		return say_fail(EX_DATAERR, "%s is not what `lienthong-broker enroll` wrote", cli->args[0]);
	for (size_t i = 0; i < edit->agencies.count; i++) {
		const struct lt_agency *agency = &edit->agencies.items[i];
		if (agency->level == LT_LEVEL_BROKER || strcmp(agency->code, request->agency) == 0)
			return say_fail(EX_DATAERR, "%s: %s: the broker's entry is made of its request; leave it out",
					cli->agencies, agency->code);
	}
	struct lt_agency *broker = agencies_add(&edit->agencies);
	if (!broker)
		return say_fail_err(LT_EFULL, "add the broker");
	broker->level = LT_LEVEL_BROKER;
	enum lt_err err = agency_set_code(broker->code, request->agency);
	if (err == LT_OK)
		err = agency_set_text(&broker->name, cli->name);
	if (err == LT_OK)
		err = agency_set_text(&broker->name_en, cli->name_en ? cli->name_en : "");
	return err == LT_OK ? enroll_request_put(request, cert, broker) : say_fail_err(err, "describe the broker");
}

static int write_directory(const struct cli *cli, struct agency_edit *edit)
{
	struct lt_refusal refusal = { 0 };
	struct lt_buf out = { 0 };
	struct lt_cert *ca = NULL;
	int code = EX_OK;
	enum lt_err err = lt_cert_read(cli->ca, &ca);
	if (err)
		return say_fail_err(err, "read %s", cli->ca);
	struct lt_bytes der = lt_cert_der(ca);
	err = lt_directory_encode(cli->domain, 1, lt_time_now(), edit->agencies.items, edit->agencies.count, &der, 1,
				  edit->registrar, &out, &refusal);
	if (err && refusal.reason)
		code = say_fail(EX_DATAERR, "the directory does not hold: %s", refusal.detail);
	else if (err)
		code = say_fail_err(err, "make the directory");
	if (code == EX_OK)
		code = agency_edit_lint(edit, lt_buf_bytes(&out));
	if (code == EX_OK && (err = lt_file_write(cli->output, lt_buf_bytes(&out), 0644)) != LT_OK)
		code = say_fail_err(err, "write %s", cli->output);
	lt_buf_fini(&out);
	lt_cert_free(ca);
	return code;
}

static int print(const struct cli *cli, const struct agency_edit *edit)
{
	if (cli->json)
		return output_json(json_pack("{s:i, s:s, s:I}", "version", 1, "domain", cli->domain, "agencies",
					     (json_int_t)edit->agencies.count));
	output_line("version", "1");
	output_line("domain", cli->domain);
	output_line("agencies", output_u64(edit->agencies.count));
	output_line("written", cli->output);
	return EX_OK;
}

int cmd_directory_new(struct cli *cli)
{
	struct enroll_request request;
	struct agency_edit edit = { 0 };
	struct lt_cert *cert = NULL;
	char error[600];
	int code = check_options(cli);
	if (code == EX_OK)
		code = enroll_request_open(cli, &request, &cert);
	if (code == EX_OK)
		code = agency_edit_registrar(cli, &edit);
	enum lt_err err = code == EX_OK ? agencies_load(cli->agencies, &edit.agencies, error, sizeof(error)) : LT_OK;
	if (err)
		code = cli_fail_file(err, error);
	if (code == EX_OK)
		code = add_broker(cli, &edit, &request, cert);
	if (code == EX_OK)
		code = write_directory(cli, &edit);
	if (code == EX_OK)
		code = print(cli, &edit);
	agency_edit_end(&edit);
	lt_cert_free(cert);
	return code;
}
