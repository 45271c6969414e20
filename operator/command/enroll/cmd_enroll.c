/* cmd_enroll.c: `lienthong enroll show|approve`: a request, compared by phone, becomes the next version of the directory. */
#include "enroll_request.h"

#include "cli/cli_output.h"
#include "command/commands.h"

#include <lienthong/time.h>
#include <stdlib.h>

int cmd_enroll_show(struct cli *cli)
{
	struct enroll_request request;
	int code = enroll_request_read(cli->args[0], &request);
	if (code != EX_OK)
		return code;
	if (cli->json)
		return output_json(
			json_pack("{s:s, s:s}", "agency", request.agency, "fingerprint", request.fingerprint));
	printf("agency       %s\nfingerprint  %s\n", request.agency, request.fingerprint);
	return EX_OK;
}

/* Beside what it has; with --only, when it uses the new ones, nothing else is left. */
static int put(const struct cli *cli, struct agency_edit *edit, const struct enroll_request *request,
	       const struct lt_cert *cert)
{
	struct lt_agency *agency = agencies_find(&edit->agencies, request->agency);
	if (request->of_broker && (!agency || agency->level != LT_LEVEL_BROKER))
		return say_fail(EX_DATAERR, "the directory lists no broker %s; a first one comes with `directory new`",
				request->agency);
	if (!request->of_broker && agency && agency->level == LT_LEVEL_BROKER)
		return say_fail(EX_DATAERR, "%s is the broker; its request is made by `lienthong-broker enroll`",
				request->agency);
	int code = EX_OK;
	if (!agency) {
		agency = agencies_add(&edit->agencies);
		code = agency ? agency_edit_describe(cli, request->agency, agency)
			      : say_fail_err(LT_EFULL, "add an agency");
	}
	if (code == EX_OK)
		code = enroll_request_put(request, cert, agency);
	if (code == EX_OK && cli->only)
		enroll_request_only(request, cert, agency, lt_time_now());
	return code;
}

int cmd_enroll_approve(struct cli *cli)
{
	struct enroll_request request;
	struct agency_edit edit = { 0 };
	struct lt_cert *cert = NULL;
	int code = enroll_request_open(cli, &request, &cert);
	if (code == EX_OK)
		code = agency_edit_begin(cli, &edit);
	if (code == EX_OK)
		code = put(cli, &edit, &request, cert);
	if (code == EX_OK)
		code = agency_edit_define(cli, &edit);
	agency_edit_end(&edit);
	lt_cert_free(cert);
	return code;
}
