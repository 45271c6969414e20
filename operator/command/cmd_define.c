/* cmd_define.c: `lienthong crl import`. */
#include "commands.h"

#include "cli/control_client.h"

#include <lienthong/identity.h>

static int define(struct cli *cli, enum lt_definition type, struct lt_bytes data)
{
	struct control_client *control = NULL;
	struct lt_control_answer answer;
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_define(cli, control, type, data, &answer);
	if (code == EX_OK)
		code = control_show_act(cli, control, &answer);
	control_close(control);
	return code;
}

/* One list a file: the broker keeps one a CA. */
static enum lt_err only_crl(void *ctx, struct lt_bytes der)
{
	struct lt_buf *out = ctx;
	return out->len > 0 ? LT_EPARSE : lt_buf_append(out, der.data, der.len);
}

int cmd_crl_import(struct cli *cli)
{
	struct lt_buf der = { 0 };
	enum lt_err err = lt_crls_read(cli->args[0], only_crl, &der);
	int code = err == LT_OK ? define(cli, LT_DEFINE_CRL, lt_buf_bytes(&der))
				: say_fail_err(err, "read the CRL %s", cli->args[0]);
	lt_buf_fini(&der);
	return code;
}
