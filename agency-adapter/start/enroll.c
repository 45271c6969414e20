/* enroll.c: `lienthong-adapter enroll CODE DIR`: an agency's new keys, and the request for the registrar. The folder is what [agency CODE] and
 * curve_key of the configuration name then; the secret keys never leave it. */
#include "commands.h"

#include "identity/enroll.h"
#include "identity/pem.h"

#include <lienthong/code.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_LEN 4096

static const char *in(char path[PATH_LEN], const char *dir, const char *name)
{
	snprintf(path, PATH_LEN, "%.4000s/%s", dir, name);
	return path;
}

static enum lt_err write_request(const char *dir, const char *agency, const char *request, const char *curve,
				 const char *fingerprint)
{
	char path[PATH_LEN];
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "agency", agency, "request", request, "curve_key", curve,
				 "fingerprint", fingerprint);
	char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	enum lt_err err =
		text ? lt_file_write(in(path, dir, "request.json"), lt_bytes(text, strlen(text)), 0644) : LT_ENOMEM;
	if (!err)
		err = lt_file_write(in(path, dir, "request.pem"), lt_bytes(request, strlen(request)), 0644);
	free(text);
	json_decref(json);
	return err;
}

static enum lt_err make(const char *agency, const char *dir, char fingerprint[ENROLL_FINGERPRINT_TEXT])
{
	char secret[PATH_LEN], public[PATH_LEN], curve_text[41];
	uint8_t key[32];
	struct lt_curve_key curve;
	struct lt_buf request = { 0 };
	enum lt_err err = enroll_new(in(secret, dir, "key.pem"), agency, &request);
	if (!err)
		err = lt_buf_append(&request, "", 1);
	if (!err)
		err = enroll_request_key((const char *)request.data, key);
	if (!err)
		err = lt_curve_new(&curve);
	if (!err) {
		err = lt_curve_save(in(secret, dir, "curve.secret"), in(public, dir, "curve.public"), &curve);
		enroll_fingerprint(agency, key, curve.public_key, fingerprint);
		z85_encode_key(curve.public_key, curve_text);
		explicit_bzero(&curve, sizeof(curve));
	}
	if (!err)
		err = write_request(dir, agency, (const char *)request.data, curve_text, fingerprint);
	lt_buf_fini(&request);
	return err;
}

enum lt_err command_enroll(const char *agency, const char *dir, char *error, size_t size)
{
	char fingerprint[ENROLL_FINGERPRINT_TEXT];
	if (!lt_agency_code_valid(agency)) {
		snprintf(error, size, "%.60s: not an agency code in canonical form, as H37.02", agency);
		return LT_EINVAL;
	}
	enum lt_err err = mkdir(dir, 0700) ? LT_EIO : make(agency, dir, fingerprint);
	if (err) {
		snprintf(error, size, "%.200s: %s", dir, err == LT_EIO ? strerror(errno) : lt_err_text(err));
		return err;
	}
	printf("key.pem, curve.secret: keep them; request.pem is for the CA, request.json for the registrar.\n"
	       "Read this to the registrar on the phone:\n\n    %s\n\n"
	       "Then put the certificate beside them, and name all in the configuration:\n"
	       "    [adapter] curve_key = %s/curve.secret\n    [agency %s] key = %s/key.pem, cert = %s/cert.pem\n",
	       fingerprint, dir, agency, dir, dir);
	return LT_OK;
}
