/* cmd_enroll.c: `lienthong enroll show|approve`: an agency's request, compared by phone, becomes the next version of the directory. */
#include "command/agency_edit.h"
#include "command/commands.h"

#include "cli/cli_output.h"
#include "identity/enroll.h"
#include "identity/pem.h"
#include "program/json.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX (64u * 1024u) /* bytes of a request file */

struct enroll_request {
	char agency[LT_AGENCY_MAX], fingerprint[ENROLL_FINGERPRINT_TEXT];
	uint8_t key[32], curve[32];
};

static int take(const char *path, const struct json_reader *reader, const char *agency, const char *request,
		const char *curve, struct enroll_request *out)
{
	if (reader->refusal.reason)
		return say_fail(EX_DATAERR, "%s: %s", path, reader->refusal.detail);
	if (!lt_agency_code_valid(agency) || !z85_decode_key(curve, out->curve))
		return say_fail(EX_DATAERR, "%s: not what `lienthong-adapter enroll` wrote", path);
	enum lt_err err = enroll_request_key(request, out->key);
	if (err)
		return say_fail(EX_DATAERR, "%s: the request in it does not hold: %s", path, lt_err_text(err));
	memcpy(out->agency, agency, strlen(agency) + 1);
	enroll_fingerprint(agency, out->key, out->curve, out->fingerprint);
	return EX_OK;
}

static int read_request(const char *path, struct enroll_request *out)
{
	static const char *const known[] = { "agency", "request", "curve_key", "fingerprint", NULL };
	struct lt_buf file = { 0 };
	struct json_reader reader = { 0 };
	const char *agency = "", *request = "", *curve = "", *ignored = "";
	enum lt_err err = lt_file_read(path, FILE_MAX, &file);
	if (err)
		return say_fail_err(err, "read %s", path);
	if (json_read_body(lt_buf_bytes(&file), NULL, &reader) == LT_OK) {
		json_check_keys(&reader, reader.root, "", known);
		json_read_text(&reader, reader.root, "", "agency", true, &agency);
		json_read_text(&reader, reader.root, "", "request", true, &request);
		json_read_text(&reader, reader.root, "", "curve_key", true, &curve);
		json_read_text(&reader, reader.root, "", "fingerprint", false,
			       &ignored); /* counted anew, not believed */
	}
	int code = take(path, &reader, agency, request, curve, out);
	json_reader_fini(&reader);
	lt_buf_fini(&file);
	return code;
}

int cmd_enroll_show(struct cli *cli)
{
	struct enroll_request request;
	int code = read_request(cli->args[0], &request);
	if (code != EX_OK)
		return code;
	if (cli->json)
		return output_json(
			json_pack("{s:s, s:s}", "agency", request.agency, "fingerprint", request.fingerprint));
	printf("agency       %s\nfingerprint  %s\n", request.agency, request.fingerprint);
	return EX_OK;
}

/* The certificate that the CA made of this request, and of no other key. */
static int open_cert(const struct cli *cli, const struct enroll_request *request, struct lt_cert **out)
{
	uint8_t key[32];
	if (cli->certs.count != 1)
		return say_fail(EX_USAGE, "--cert is needed: the certificate that the CA made of the request");
	enum lt_err err = lt_cert_read(cli->certs.values[0], out);
	if (!err)
		err = enroll_cert_key(*out, key);
	if (err)
		return say_fail_err(err, "read %s", cli->certs.values[0]);
	return memcmp(key, request->key, sizeof(key)) == 0
		       ? EX_OK
		       : say_fail(EX_DATAERR, "%s is of another key than the request", cli->certs.values[0]);
}

static bool has_cert(const struct lt_agency *agency, const struct lt_cert *cert)
{
	for (size_t i = 0; i < agency->cert_count; i++) {
		if (memcmp(lt_cert_sha256(agency->certs[i]), lt_cert_sha256(cert), 32) == 0)
			return true;
	}
	return false;
}

static bool has_key(const struct lt_agency *agency, const uint8_t key[32])
{
	for (size_t i = 0; i < agency->curve_count; i++) {
		if (memcmp(agency->curve_keys[i], key, 32) == 0)
			return true;
	}
	return false;
}

/* Beside what the agency has: the old ones go with `agency import` when nobody uses them any more. */
static int put(const struct cli *cli, struct agency_edit *edit, const struct enroll_request *request,
	       const struct lt_cert *cert)
{
	struct lt_agency *agency = agencies_find(&edit->agencies, request->agency);
	int code = EX_OK;
	if (!agency) {
		agency = agencies_add(&edit->agencies);
		code = agency ? agency_edit_describe(cli, request->agency, agency)
			      : say_fail_err(LT_EFULL, "add an agency");
	}
	if (code != EX_OK)
		return code;
	enum lt_err err = has_cert(agency, cert) ? LT_OK : agency_add_cert(agency, lt_cert_der(cert));
	if (!err && !has_key(agency, request->curve))
		err = agency_add_key(agency, request->curve);
	return err ? say_fail_err(err, "enrol %s", request->agency) : EX_OK;
}

int cmd_enroll_approve(struct cli *cli)
{
	struct enroll_request request;
	struct agency_edit edit = { 0 };
	struct lt_cert *cert = NULL;
	int code = read_request(cli->args[0], &request);
	if (code != EX_OK)
		return code;
	if (!cli->fingerprint)
		return say_fail(EX_USAGE,
				"--fingerprint is needed, as the agency reads it to you; never from the file");
	if (!enroll_fingerprint_is(request.fingerprint, cli->fingerprint))
		return say_fail(EX_NOPERM, "the file is not what the agency read to you: its fingerprint is %s",
				request.fingerprint);
	code = open_cert(cli, &request, &cert);
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
