/* new_keys.c: `lienthong-broker enroll CODE DIR`: the broker's own new keys, and the request for the registrar, as lienthong-adapter makes
 * them for an agency. The folder is what curve_key, [signer] and [ledger] of the configuration name then; the secret keys never leave it. */
#include "new_keys.h"

#include "base/base64.h"
#include "identity/enroll.h"
#include "identity/pem.h"
#include "program/say.h"

#include <lienthong/code.h>
#include <lienthong/identity.h>
#include <lienthong/ledger.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096 };

const char new_keys_usage[] = "  enroll CODE DIR              make the broker's own keys in a new folder, and the "
			      "request for the registrar\n";

static const char *in(char path[PATH_BYTES], const char *dir, const char *name)
{
	snprintf(path, PATH_BYTES, "%.4000s/%s", dir, name);
	return path;
}

static enum lt_err new_link_key(const char *dir)
{
	char secret[PATH_BYTES], public[PATH_BYTES];
	struct lt_curve_key curve;
	enum lt_err err = lt_curve_new(&curve);
	if (!err)
		err = lt_curve_save(in(secret, dir, "curve.secret"), in(public, dir, "curve.public"), &curve);
	explicit_bzero(&curve, sizeof(curve));
	return err;
}

/* A request in PEM has one character that JSON writes otherwise: the end of a line. */
static enum lt_err append_lines(struct lt_buf *out, const char *text)
{
	enum lt_err err = LT_OK;
	for (; *text && !err; text++)
		err = *text == '\n' ? lt_buf_append(out, "\\n", 2) : lt_buf_append(out, text, 1);
	return err;
}

static enum lt_err write_request(const char *dir, const char *code, const char *pem, const uint8_t ledger[32],
				 const char *fingerprint)
{
	char path[PATH_BYTES];
	struct lt_buf json = { 0 };
	enum lt_err err = lt_buf_printf(&json, "{\n  \"agency\": \"%s\",\n  \"request\": \"", code);
	if (!err)
		err = append_lines(&json, pem);
	if (!err)
		err = lt_buf_printf(&json, "\",\n  \"ledger_key\": \"");
	if (!err)
		err = base64_encode(lt_bytes(ledger, 32), 0, &json);
	if (!err)
		err = lt_buf_printf(&json, "\",\n  \"fingerprint\": \"%s\"\n}\n", fingerprint);
	if (!err)
		err = lt_file_write(in(path, dir, "request.json"), lt_buf_bytes(&json), 0644);
	if (!err)
		err = lt_file_write(in(path, dir, "request.pem"), lt_bytes(pem, strlen(pem)), 0644);
	lt_buf_fini(&json);
	return err;
}

static enum lt_err make(const char *code, const char *dir, char fingerprint[ENROLL_FINGERPRINT_TEXT])
{
	char path[PATH_BYTES];
	uint8_t key[32], ledger[32];
	struct lt_buf request = { 0 };
	enum lt_err err = new_link_key(dir);
	if (!err)
		err = lt_ledger_key_new(in(path, dir, "ledger.key.pem"), ledger);
	if (!err)
		err = enroll_new(in(path, dir, "key.pem"), code, &request);
	if (!err)
		err = lt_buf_append(&request, "", 1);
	if (!err)
		err = enroll_request_key((const char *)request.data, key);
	if (!err) {
		enroll_fingerprint(code, key, ledger, fingerprint);
		err = write_request(dir, code, (const char *)request.data, ledger, fingerprint);
	}
	lt_buf_fini(&request);
	return err;
}

int new_keys_run(int argc, char **argv)
{
	char fingerprint[ENROLL_FINGERPRINT_TEXT];
	if (argc != 4) {
		fprintf(stderr, "Usage: lienthong-broker enroll CODE DIR\n%s", new_keys_usage);
		return EX_USAGE;
	}
	const char *code = argv[2], *dir = argv[3];
	if (!lt_agency_code_valid(code))
		return say_fail(EX_USAGE, "\"%s\" is not an agency code in canonical form, as H37.02", code);
	if (mkdir(dir, 0700) != 0)
		return say_fail(EX_CANTCREAT, "cannot make the folder %s: %s", dir, strerror(errno));
	enum lt_err err = make(code, dir, fingerprint);
	if (err)
		return say_fail_err(err, "make keys in %s", dir);
	printf("key.pem, curve.secret, ledger.key.pem: keep them; request.pem is for the CA, request.json for the "
	       "registrar,\n"
	       "curve.public for every agency. Read this to the registrar on the phone:\n\n    %s\n",
	       fingerprint);
	return EX_OK;
}
