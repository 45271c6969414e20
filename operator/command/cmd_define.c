/* cmd_define.c: `lienthong crl import`. */
#include "commands.h"

#include "cli/control_client.h"
#include "base/file_pem.h"

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
				: say_fail_err(err, "read the CRL %s", cli->args[0]);
	lt_buf_fini(&der);
	return code;
}
