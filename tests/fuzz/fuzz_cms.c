/* fuzz_cms.c: a signature, as a peer sends it: what the short way accepts the long one accepts too, by the same certificate. */
#include "fuzz.h"

#include "identity/cms.h"
#include "wire/signature.h"

enum { CERTS_MAX = 16 };
static struct lt_cert *certs[CERTS_MAX];
static size_t cert_count;

static enum lt_err keep(void *ctx, struct lt_bytes der)
{
	(void)ctx;
	return cert_count < CERTS_MAX && lt_cert_new(der, &certs[cert_count]) == LT_OK ? (cert_count++, LT_OK) : LT_OK;
}

static void try_cms(struct lt_bytes cms)
{
	static const uint8_t text[] = "lienthong.header.v1";
	const struct lt_cert *const *all = (const struct lt_cert *const *)certs;
	const struct lt_cert *used = NULL;
	struct lt_refusal refusal = { 0 };
	const struct lt_cert *direct = cms_verify_direct(cms, lt_bytes(text, sizeof(text)), all, cert_count, NULL);
	enum lt_reason reason = cms_verify_whole(cms, lt_bytes(text, sizeof(text)), all, cert_count, &used, &refusal);
	FUZZ_CHECK(!direct || (reason == LT_REASON_NONE && used == direct));
	FUZZ_CHECK(!reason || refusal.reason == reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lt_signature signature;
	struct lt_refusal refusal = { 0 };
	static const char *const files[] = { FUZZ_KEYS "/ec.cert.pem", FUZZ_KEYS "/rsa.cert.pem",
					     FUZZ_KEYS "/ec384.cert.pem" };
	for (size_t i = cert_count; i < sizeof(files) / sizeof(files[0]); i++)
		FUZZ_CHECK(lt_certs_read(files[i], keep, NULL) == LT_OK && cert_count == i + 1);
	try_cms(lt_bytes(data, size));
	if (lt_signature_decode(lt_bytes(data, size), fuzz_arena(), &signature, &refusal) == LT_REASON_NONE)
		try_cms(signature.batch ? signature.tree.cms : signature.cms);
	return 0;
}
