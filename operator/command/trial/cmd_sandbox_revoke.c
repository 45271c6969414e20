/* cmd_sandbox_revoke.c: `lienthong sandbox-revoke DIR CODE`: puts an agency's certificate on the sandbox's CRL. */
#include "command/commands.h"

#include "cli/cli_output.h"
#include "sandbox/sandbox.h"

#include <lienthong/code.h>
#include <lienthong/time.h>
#include <string.h>

int cmd_sandbox_revoke(struct cli *cli)
{
	char a[CLI_PATH_MAX], b[CLI_PATH_MAX], name[64 + LT_AGENCY_MAX];
	struct pki *pki = NULL;
	if (!lt_agency_code_valid(cli->args[1]))
		return say_fail(EX_USAGE, "\"%s\" is not an agency code in canonical form", cli->args[1]);
	enum lt_err err =
		pki_open(cli_path(a, cli->args[0], "ca/ca.key.pem"), cli_path(b, cli->args[0], "ca/ca.pem"), &pki);
	if (err != LT_OK)
		return say_fail_err(err, "open the CA of %s", cli->args[0]);
	char cert[CLI_PATH_MAX];
	snprintf(name, sizeof(name), "adapters/%s/cert.pem", cli->args[1]);
	err = pki_crl(pki, cli_path(cert, cli->args[0], name), lt_time_now(), cli_path(a, cli->args[0], "ca/crl.der"),
		      cli_path(b, cli->args[0], "ca/crl.pem"));
	pki_free(pki);
	if (err != LT_OK)
		return say_fail_err(err, "revoke %s", cert);
	if (cli->json)
		return output_json(json_pack("{s:s, s:s}", "revoked", cert, "crl", a));
	printf("revoked %s; now: lienthong crl import %s --sandbox %s --reason ...\n", cert, a, cli->args[0]);
	return EX_OK;
}
