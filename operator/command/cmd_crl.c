/* cmd_crl.c: `lienthong crl import|list|withdraw|grace`. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <lienthong/identity.h>
#include <string.h>

const char *cli_trust_type(uint32_t type)
{
	static const char *const names[] = { "?", "revocation list", "CA", "certificate of", "registrar" };
	return names[type <= LT_TRUST_REGISTRAR ? type : 0];
}

const char *cli_trust_state(uint32_t state)
{
	static const char *const names[] = { "good", "ends soon", "ends within 7 days", "is over, within the grace",
					     "is over" };
	return state <= LT_TRUST_OVER ? names[state] : "?";
}

/* One list a file: the broker keeps one a CA. */
static enum lt_err only_crl(void *ctx, struct lt_bytes der)
{
	struct lt_buf *out = ctx;
	return out->len > 0 ? LT_EPARSE : lt_buf_append(out, der.data, der.len);
}

static int define(struct cli *cli, struct lt_bytes data)
{
	struct control_client *control = NULL;
	struct lt_control_answer answer;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_define(cli, control, LT_DEFINE_CRL, data, &answer);
	if (code == EX_OK)
		code = control_show_act(cli, control, &answer);
	control_close(control);
	return code;
}

int cmd_crl_import(struct cli *cli)
{
	struct lt_buf der = { 0 };
	enum lt_err err = lt_crls_read(cli->args[0], only_crl, &der);
	int code = EX_OK;
	if (err == LT_EPARSE)
		code = say_fail(EX_DATAERR, "%s: not one revocation list (CRL), PEM or DER", cli->args[0]);
	else if (err)
		code = say_fail_err(err, "read the CRL %s", cli->args[0]);
	else
		code = define(cli, lt_buf_bytes(&der));
	lt_buf_fini(&der);
	return code;
}

static json_t *crl_json(const struct lt_trust_view *list)
{
	return json_pack("{s:s, s:o, s:o, s:s, s:o}", "ca", list->name, "made", output_json_time(list->from),
			 "next_update", output_json_time(list->ends), "state", cli_trust_state(list->state), "sha256",
			 output_json_hex(list->sha256));
}

static int show_list(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	static const char *const heads[] = { "~CA", "?MADE", "NEXT UPDATE", "STATE", "SHA-256" };
	const struct lt_status_view *status = &answer->status;
	struct output_table *table = output_table_new(heads, 5);
	json_t *lists = json_array();
	(void)control;
	for (size_t i = 0; i < status->trust_count; i++) {
		const struct lt_trust_view *list = &status->trust[i];
		if (list->type != LT_TRUST_CRL)
			continue;
		const char *row[] = { list->name, output_time(list->from), output_time(list->ends),
				      list->ends ? cli_trust_state(list->state) : "missing", output_hex(list->sha256) };
		output_table_row(table, row);
		json_array_append_new(lists, crl_json(list));
	}
	if (cli->json) {
		output_table_free(table);
		return output_json(
			json_pack("{s:o, s:I}", "lists", lists, "grace_hours", (json_int_t)status->trust_grace));
	}
	json_decref(lists);
	output_table_print(table);
	output_note("past its next update, a list counts for %u hours more", status->trust_grace);
	return EX_OK;
}

int cmd_crl_list(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	return control_ask(cli, &request, show_list);
}

static int admin(struct cli *cli, enum lt_admin_act act, const char *subject, uint64_t number)
{
	struct control_client *control = NULL;
	struct lt_control_answer answer;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_admin_number(cli, control, act, subject, number, &answer);
	if (code == EX_OK)
		code = control_show_act(cli, control, &answer);
	control_close(control);
	return code;
}

int cmd_crl_withdraw(struct cli *cli)
{
	const char *text = cli->args[0];
	if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
		return say_fail(EX_USAGE, "give the list's SHA-256 as `lienthong crl list` shows it");
	return admin(cli, LT_ADMIN_CRL_WITHDRAW, text, 0);
}

int cmd_crl_grace(struct cli *cli)
{
	uint64_t hours;
	if (!cli_number(cli->args[0], 0, 8760, &hours))
		return say_fail(EX_USAGE, "HOURS is a number from 0 to 8760");
	return admin(cli, LT_ADMIN_TRUST_GRACE, "", hours);
}
