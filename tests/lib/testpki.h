/* testpki.h: keys, certificates and CRLs for tests, made on the spot in a temporary folder that goes with them.
 * Everything here ends the test on failure, so nothing returns an error. One thread. */
#ifndef LIENTHONG_TEST_PKI_H
#define LIENTHONG_TEST_PKI_H

#include <lienthong/identity.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#define TESTPKI_IDS_MAX 64u
#define TESTPKI_DAY 86400000000ll /* microseconds */

enum testpki_key { TESTPKI_P256, TESTPKI_P384, TESTPKI_RSA_2048, TESTPKI_RSA_1024 };

struct testpki_options {
	enum testpki_key key;
	int64_t from, to;  /* microseconds; 0: a day before and a year after the PKI was made */
	const char *usage; /* keyUsage as OpenSSL writes it; NULL: digitalSignature; "": without the extension */
	bool ca;           /* basicConstraints CA:TRUE, keyUsage keyCertSign, cRLSign and digitalSignature */
	const struct testpki_id *same_key; /* takes that key instead of a new one */
	const struct testpki_id *issuer;   /* NULL: the CA */
};
struct testpki_id {
	char name[64]; /* CN */
	EVP_PKEY *key;
	X509 *x509;
	struct lt_bytes der;
	char key_path[160], cert_path[160]; /* PEM, the key with mode 0600 */
};
struct testpki {
	char dir[96];
	int64_t now;
	long serial, crl_number;
	const struct testpki_id *ca; /* P-256, self-signed; cert_path is ca.pem */
	size_t count;
	struct testpki_id ids[TESTPKI_IDS_MAX];
	bool revoked[TESTPKI_IDS_MAX];
};

/* A PKI with its CA. now: microseconds; validity is counted from there. */
struct testpki *testpki_new(int64_t now);
void testpki_free(struct testpki *pki);
/* Issues a certificate; options may be NULL (P-256, valid, digitalSignature). It lives as long as the PKI. */
const struct testpki_id *testpki_issue(struct testpki *pki, const char *name, const struct testpki_options *options);
void testpki_revoke(struct testpki *pki, const struct testpki_id *id);
/* Appends a CRL (DER) with all that is revoked. The number rises with each. */
void testpki_crl(struct testpki *pki, int64_t this_update, int64_t next_update, struct lt_buf *out);

struct lt_signer *testpki_signer(const struct testpki_id *id, bool pss); /* lt_signer_free */
struct lt_cert *testpki_cert(const struct testpki_id *id);               /* lt_cert_free */
/* A trust with the CA and, when revoked ones exist or not, a CRL of today. */
struct lt_trust *testpki_trust(struct testpki *pki); /* lt_trust_free */

#endif
