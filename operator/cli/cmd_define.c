/* cmd_define.c: `lienthong crl import`, `lienthong procedure check|import`. */
#include "commands.h"

#include "cli_output.h"
#include "control_client.h"
#include "file_pem.h"
#include "file_procedure.h"

#include <lienthong/code.h>
#include <string.h>

#define CRL_MAX (8u << 20) /* bytes: about 200,000 revoked certificates */

static int define(struct cli *cli, enum lt_definition type, struct lt_bytes data)
{
	struct control *control = NULL;
	struct lt_control_answer answer;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_define(cli, control, type, data, &answer);
	if (code == EX_OK)
		code = control_print_act(cli, &answer);
	control_close(control);
	return code;
}

/* A CRL in DER or PEM. */
static enum lt_err read_crl(const char *path, struct lt_buf *out)
{
	static const char begin[] = "-----BEGIN ";
	enum lt_err err = lt_file_read(path, CRL_MAX, out);
	if (err != LT_OK || out->len < sizeof(begin) || memcmp(out->data, begin, sizeof(begin) - 1) != 0)
		return err;
	lt_buf_clear(out);
	return pem_read(path, "X509 CRL", out);
}

int cmd_crl_import(struct cli *cli)
{
	struct lt_buf der = { 0 };
	enum lt_err err = read_crl(cli->args[0], &der);
	int code = err == LT_OK ? define(cli, LT_DEFINE_CRL, lt_buf_bytes(&der))
				: cli_fail_err(err, "read the CRL %s", cli->args[0]);
	lt_buf_fini(&der);
	return code;
}

static int load(const char *path, struct procedure_file *out)
{
	enum lt_err err = procedure_load(path, out);
	if (err == LT_OK)
		return EX_OK;
	return cli_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s",
			out->file.error[0] ? out->file.error : lt_err_text(err));
}

int cmd_procedure_import(struct cli *cli)
{
	struct procedure_file procedure;
	struct lt_buf bytes = { 0 };
	int code = load(cli->args[0], &procedure);
	if (code == EX_OK && lt_procedure_encode(&procedure.procedure, &bytes) != LT_OK)
		code = cli_fail_err(LT_ENOMEM, "encode the procedure");
	if (code == EX_OK)
		code = define(cli, LT_DEFINE_PROCEDURE, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	procedure_fini(&procedure);
	return code;
}

static void print_route(const char *path, const struct lt_procedure *procedure)
{
	static const char *const heads[] = { "LEG", "AGENCY", "LIMIT", "NAME" };
	struct output_table *table = output_table_new(heads, 4);
	uint64_t total = 0;
	printf("%s: %s version %s\n", path, procedure->code, output_u64(procedure->version));
	output_line("name", procedure->name);
	output_line("lead", procedure->lead[0] ? procedure->lead : "(holder of leg 2)");
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		char limit[32];
		snprintf(limit, sizeof(limit), leg->limit_hours ? "%u h" : "-", leg->limit_hours);
		const char *row[] = { output_u64(leg->number), leg->agency, limit, leg->name };
		output_table_row(table, row);
		total += leg->limit_hours;
	}
	output_table_print(table);
	printf("total: %s working hours\n", output_u64(total));
}

static json_t *route_json(const char *path, const struct procedure_file *procedure)
{
	return json_pack("{s:s, s:O}", "file", path, "procedure", procedure->file.root);
}

int cmd_procedure_check(struct cli *cli)
{
	int worst = EX_OK;
	json_t *list = json_array();
	for (int i = 0; i < cli->arg_count; i++) {
		struct procedure_file procedure;
		int code = load(cli->args[i], &procedure);
		if (code == EX_OK && cli->json)
			json_array_append_new(list, route_json(cli->args[i], &procedure));
		else if (code == EX_OK)
			print_route(cli->args[i], &procedure.procedure);
		worst = code == EX_OK ? worst : code;
		procedure_fini(&procedure);
	}
	if (cli->json && worst == EX_OK)
		worst = output_json(list);
	json_decref(list);
	return worst;
}
