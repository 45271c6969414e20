/* enroll_request.c: a request for new keys, and whether it is the one whose fingerprint was read on the phone. */
#include "enroll_request.h"

#include "base/base64.h"
#include "identity/pem.h"
#include "program/json.h"

#include <string.h>

#define FILE_MAX (64u * 1024u) /* bytes of a request file */

static bool read_second(const char *curve, const char *ledger, struct enroll_request *out)
{
	struct lt_buf bytes = { 0 };
	out->of_broker = ledger[0] != '\0';
	if ((curve[0] != '\0') == out->of_broker) /* one of them */
		return false;
	if (!out->of_broker)
		return z85_decode_key(curve, out->second);
	bool good = base64_decode(ledger, strlen(ledger), &bytes) == LT_OK && bytes.len == sizeof(out->second);
	if (good)
		memcpy(out->second, bytes.data, sizeof(out->second));
	lt_buf_fini(&bytes);
	return good;
}

static int take(const char *path, const struct json_reader *reader, const char *const texts[4],
		struct enroll_request *out)
{
	if (reader->refusal.reason)
		return say_fail(EX_DATAERR, "%s: %s", path, reader->refusal.detail);
	if (!lt_agency_code_valid(texts[0]) || !read_second(texts[2], texts[3], out))
		return say_fail(EX_DATAERR,
				"%s: not what `lienthong-adapter enroll` or `lienthong-broker enroll` wrote", path);
	enum lt_err err = enroll_request_key(texts[1], out->key);
	if (err)
		return say_fail(EX_DATAERR, "%s: the request in it does not hold: %s", path, lt_err_text(err));
	memcpy(out->agency, texts[0], strlen(texts[0]) + 1);
	enroll_fingerprint(texts[0], out->key, out->second, out->fingerprint);
	return EX_OK;
}

int enroll_request_read(const char *path, struct enroll_request *out)
{
	static const char *const known[] = { "agency", "request", "curve_key", "ledger_key", "fingerprint", NULL };
	struct lt_buf file = { 0 };
	struct json_reader reader = { 0 };
	const char *texts[5] = { "", "", "", "", "" };
	enum lt_err err = lt_file_read(path, FILE_MAX, &file);
	if (err)
		return say_fail_err(err, "read %s", path);
	if (json_read_body(lt_buf_bytes(&file), NULL, &reader) == LT_OK) {
		json_check_keys(&reader, reader.root, "", known);
		for (size_t i = 0; known[i]; i++)
			json_read_text(&reader, reader.root, "", known[i], i < 2, &texts[i]);
	}
	int code = take(path, &reader, texts, out);
	json_reader_fini(&reader);
	lt_buf_fini(&file);
	return code;
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

int enroll_request_open(const struct cli *cli, struct enroll_request *out, struct lt_cert **cert)
{
	int code = enroll_request_read(cli->args[0], out);
	if (code != EX_OK)
		return code;
	if (!cli->fingerprint)
		return say_fail(EX_USAGE,
				"--fingerprint is needed, as the agency reads it to you; never from the file");
	if (!enroll_fingerprint_is(out->fingerprint, cli->fingerprint))
		return say_fail(EX_NOPERM, "the file is not what the agency read to you: its fingerprint is %s",
				out->fingerprint);
	return open_cert(cli, out, cert);
}

static bool has_cert(const struct lt_agency *agency, const struct lt_cert *cert)
{
	for (size_t i = 0; i < agency->cert_count; i++) {
		if (memcmp(lt_cert_sha256(agency->certs[i]), lt_cert_sha256(cert), 32) == 0)
			return true;
	}
	return false;
}

static enum lt_err put_curve_key(struct lt_agency *agency, const uint8_t key[32])
{
	for (size_t i = 0; i < agency->curve_count; i++) {
		if (memcmp(agency->curve_keys[i], key, 32) == 0)
			return LT_OK;
	}
	return agency_add_key(agency, key);
}

static enum lt_err put_ledger_key(struct lt_agency *agency, const uint8_t key[32])
{
	struct lt_ledger_key next = { 0 };
	for (size_t i = 0; i < agency->ledger_key_count; i++) {
		if (memcmp(agency->ledger_keys[i].key, key, 32) == 0)
			return LT_OK;
	}
	memcpy(next.key, key, sizeof(next.key));
	return agency_add_ledger_key(agency, &next);
}

int enroll_request_put(const struct enroll_request *request, const struct lt_cert *cert, struct lt_agency *agency)
{
	enum lt_err err = has_cert(agency, cert) ? LT_OK : agency_add_cert(agency, lt_cert_der(cert));
	if (!err && request->of_broker)
		err = put_ledger_key(agency, request->second);
	else if (!err)
		err = put_curve_key(agency, request->second);
	return err ? say_fail_err(err, "enrol %s", request->agency) : EX_OK;
}

void enroll_request_only(const struct enroll_request *request, const struct lt_cert *cert, struct lt_agency *agency,
			 int64_t now)
{
	agency_only_cert(agency, lt_cert_der(cert));
	if (!request->of_broker)
		agency_only_key(agency, request->second);
	for (size_t i = 0; request->of_broker && i < agency->ledger_key_count; i++) {
		struct lt_ledger_key *key = &agency->ledger_keys[i];
		if (memcmp(key->key, request->second, 32) != 0 && (key->valid_to == 0 || key->valid_to > now))
			key->valid_to = now;
	}
}
