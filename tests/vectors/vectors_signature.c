/* vectors_signature.c: signatures over one header, good ones of each kind, and one for each refusal. */
#include "vectors.h"

#include <lienthong/identity.h>
#include <lienthong/time.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "wire/signature.h"
#include "testpki.h"
#include "wire.h"

#define GOOD ((unsigned)(CMS_DETACHED | CMS_BINARY | CMS_NOCERTS | CMS_CADES | CMS_NOSMIMECAP))

typedef void spoil(CMS_ContentInfo *cms, CMS_SignerInfo *signer);

static struct testpki *pki;
static struct lt_buf header; /* what is signed */
static int64_t from, to;
static const struct testpki_id *ec, *ec384, *rsa, *shorter, *other, *twin, *expired, *revoked, *stranger, *encipher;

static const struct testpki_id *issue(const char *name, struct testpki_options options)
{
	options.from = options.from ? options.from : from;
	options.to = options.to ? options.to : to;
	const struct testpki_id *id = testpki_issue(pki, name, &options);
	struct lt_buf pem = { 0 };
	VECTORS_NEED(lt_file_read(id->cert_path, 65536, &pem) == LT_OK);
	vectors_write(lt_buf_bytes(&pem), "keys/%s.cert.pem", name);
	lt_buf_clear(&pem);
	VECTORS_NEED(lt_file_read(id->key_path, 65536, &pem) == LT_OK);
	vectors_write(lt_buf_bytes(&pem), "keys/%s.TEST-KEY.pem", name);
	lt_buf_fini(&pem);
	return id;
}

static void make_pki(void)
{
	VECTORS_NEED(lt_time_parse("2020-01-01T00:00:00Z", &from) == LT_OK);
	VECTORS_NEED(lt_time_parse("2045-01-01T00:00:00Z", &to) == LT_OK);
	pki = testpki_new(VECTORS_AT);
	pki->ca = NULL; /* both CAs sign themselves, and live as long as the others */
	stranger = issue("stranger-ca", (struct testpki_options){ .ca = true });
	const struct testpki_id *ca = issue("ca", (struct testpki_options){ .ca = true });
	pki->ca = ca;
	ec = issue("ec", (struct testpki_options){ .key = TESTPKI_P256 });
	ec384 = issue("ec384", (struct testpki_options){ .key = TESTPKI_P384 });
	rsa = issue("rsa", (struct testpki_options){ .key = TESTPKI_RSA_2048 });
	shorter = issue("rsa-1024", (struct testpki_options){ .key = TESTPKI_RSA_1024 });
	other = issue("other", (struct testpki_options){ .key = TESTPKI_P256 });
	twin = issue("same-key-another-subject", (struct testpki_options){ .same_key = ec });
	expired = issue("expired", (struct testpki_options){ .to = VECTORS_AT - TESTPKI_DAY });
	revoked = issue("revoked", (struct testpki_options){ .key = TESTPKI_P256 });
	encipher = issue("encipherment", (struct testpki_options){ .usage = "critical,keyEncipherment" });
	stranger = issue("stranger", (struct testpki_options){ .issuer = stranger });
	testpki_revoke(pki, revoked);
	struct lt_buf crl = { 0 };
	testpki_crl(pki, from, to, &crl);
	vectors_write(lt_buf_bytes(&crl), "keys/crl.der");
	lt_buf_fini(&crl);
}

static struct lt_buf make(const struct testpki_id *id, const EVP_MD *md, unsigned flags, spoil *before, spoil *after)
{
	struct lt_buf out = { 0 };
	BIO *bio = BIO_new_mem_buf(header.data, (int)header.len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);
	CMS_SignerInfo *signer = CMS_add1_signer(cms, id->x509, id->key, md, flags | CMS_PARTIAL);
	VECTORS_NEED(bio && cms && signer);
	if (before)
		before(cms, signer);
	VECTORS_NEED(CMS_final(cms, bio, NULL, flags) == 1);
	if (after)
		after(cms, signer);
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	VECTORS_NEED(len > 0 && lt_buf_append(&out, der, (size_t)len) == LT_OK);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	ERR_clear_error();
	return out;
}

/* An entry over an encoded Signature. certs: those enrolled for the sender. */
static void put(const char *name, const char *expect, struct lt_bytes signature, const struct testpki_id *id)
{
	char cert[100];
	snprintf(cert, sizeof cert, "keys/%s.cert.pem", id->name);
	vectors_begin("signature", name, expect);
	vectors_file("file", signature, "signature/%s.bin", name);
	vectors_text("header", "signature/header.bin");
	vectors_list("certificates", (const char *const[]){ cert }, 1);
	vectors_text("ca", "keys/ca.cert.pem");
	vectors_text("crl", "keys/crl.der");
	vectors_number("at", VECTORS_AT);
	vectors_end();
}

static void put_cms(const char *name, const char *expect, struct lt_buf cms, const struct testpki_id *id)
{
	struct lt_buf signature = { 0 };
	wire_blob(&signature, 1, cms.data, cms.len);
	put(name, expect, lt_buf_bytes(&signature), id);
	lt_buf_fini(&signature);
	lt_buf_fini(&cms);
}

static void good_ones(void)
{
	static const struct {
		const char *name;
		const struct testpki_id **id;
		bool pss;
	} signers[] = { { "good-ec", &ec, false },
			{ "good-ec384", &ec384, false },
			{ "good-rsa", &rsa, false },
			{ "good-pss", &rsa, true } };
	for (size_t i = 0; i < 4; i++) {
		struct lt_signer *signer = testpki_signer(*signers[i].id, signers[i].pss);
		struct lt_buf out = { 0 };
		VECTORS_NEED(lt_signer_header(signer, lt_buf_bytes(&header), &out) == LT_OK);
		put(signers[i].name, "OK", lt_buf_bytes(&out), *signers[i].id);
		lt_buf_fini(&out);
		lt_signer_free(signer);
	}
	put_cms("good-rsa-sha512", "OK", make(rsa, EVP_sha512(), GOOD, NULL, NULL), rsa);
	put_cms("good-signer-by-key-id", "OK", make(ec, EVP_sha256(), GOOD | CMS_USE_KEYID, NULL, NULL), ec);
}

static void add_unsigned(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)cms;
	VECTORS_NEED(
		CMS_unsigned_add1_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, V_ASN1_OCTET_STRING, "x", 1));
}

static void add_signer(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)signer;
	VECTORS_NEED(CMS_add1_signer(cms, other->x509, other->key, EVP_sha256(), GOOD | CMS_PARTIAL));
}

static void add_ess(CMS_SignerInfo *signer, X509 *x509)
{
	ESS_SIGNING_CERT_V2 *ess = OSSL_ESS_signing_cert_v2_new_init(EVP_sha256(), x509, NULL, 1);
	unsigned char *der = NULL;
	int len = i2d_ESS_SIGNING_CERT_V2(ess, &der);
	VECTORS_NEED(len > 0);
	VECTORS_NEED(
		CMS_signed_add1_attr_by_NID(signer, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, der, len));
	OPENSSL_free(der);
	ESS_SIGNING_CERT_V2_free(ess);
}

/* signing-certificate-v2 of the twin, in a CMS that names `ec`. */
static void add_twin(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)cms;
	add_ess(signer, twin->x509);
}

/* With SHA-1 OpenSSL itself writes signing-certificate of version 1. */
static void add_own_rsa(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)cms;
	add_ess(signer, rsa->x509);
}

static void set_content_type(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)signer;
	VECTORS_NEED(CMS_set1_eContentType(cms, OBJ_nid2obj(NID_pkcs7_digest)) == 1);
}

static struct lt_buf plain(void)
{
	return make(ec, EVP_sha256(), GOOD, NULL, NULL);
}

static void bad_bytes(void)
{
	struct lt_buf cms = plain(), long_form = { 0 };
	put("empty", "SIGNATURE_MALFORMED", lt_bytes("", 0), ec);
	put("not-a-signature-message", "SIGNATURE_MALFORMED", lt_bytes("\xff\xff\xff", 3), ec);
	VECTORS_NEED(cms.data[1] == 0x82);
	wire_varint(&long_form, 0x30);
	VECTORS_NEED(!lt_buf_append(&long_form, "\x83\0", 2) && !lt_buf_append(&long_form, cms.data + 2, cms.len - 2));
	put_cms("length-in-long-form", "SIGNATURE_NOT_DER", long_form, ec);
	cms.len -= 7;
	put_cms("cut", "SIGNATURE_MALFORMED", cms, ec);
	cms = plain();
	VECTORS_NEED(!lt_buf_append(&cms, "\0", 1));
	put_cms("trailing", "SIGNATURE_TRAILING", cms, ec);
	cms = plain();
	memset(cms.data, 0x5a, cms.len);
	put_cms("garbage", "SIGNATURE_MALFORMED", cms, ec);
	cms = plain();
	cms.data[cms.len - 1] ^= 1;
	put_cms("signature-bit", "SIGNATURE_WRONG", cms, ec);
}

static void bad_forms(void)
{
	put_cms("content-type", "SIGNATURE_MALFORMED", make(ec, EVP_sha256(), GOOD, set_content_type, NULL), ec);
	put_cms("embedded-content", "EMBEDDED_CONTENT",
		make(ec, EVP_sha256(), GOOD & ~(unsigned)CMS_DETACHED, NULL, NULL), ec);
	put_cms("embedded-certificate", "EMBEDDED_CONTENT",
		make(ec, EVP_sha256(), GOOD & ~(unsigned)CMS_NOCERTS, NULL, NULL), ec);
	put_cms("two-signers", "SIGNER_COUNT_WRONG", make(ec, EVP_sha256(), GOOD, add_signer, NULL), ec);
	put_cms("unsigned-attribute", "UNSIGNED_ATTRIBUTES", make(ec, EVP_sha256(), GOOD, NULL, add_unsigned), ec);
	put_cms("no-attributes", "SIGNED_ATTRIBUTES_MISSING",
		make(ec, EVP_sha256(), (GOOD & ~(unsigned)CMS_CADES) | CMS_NOATTR, NULL, NULL), ec);
	put_cms("no-signing-certificate", "SIGNED_ATTRIBUTES_MISSING",
		make(ec, EVP_sha256(), GOOD & ~(unsigned)CMS_CADES, NULL, NULL), ec);
	put_cms("sha1", "ALGORITHM_NOT_ALLOWED", make(rsa, EVP_sha1(), GOOD & ~(unsigned)CMS_CADES, add_own_rsa, NULL),
		rsa);
	put_cms("sha1-by-openssl", "SIGNED_ATTRIBUTES_MISSING", make(rsa, EVP_sha1(), GOOD, NULL, NULL), rsa);
	put_cms("p256-sha512", "ALGORITHM_NOT_ALLOWED", make(ec, EVP_sha512(), GOOD, NULL, NULL), ec);
	put_cms("rsa-1024", "KEY_TOO_SHORT", make(shorter, EVP_sha256(), GOOD, NULL, NULL), shorter);
	put_cms("not-enrolled", "CERTIFICATE_NOT_ENROLLED", make(other, EVP_sha256(), GOOD, NULL, NULL), ec);
	put_cms("same-key-another-subject", "CERTIFICATE_NOT_ENROLLED", make(twin, EVP_sha256(), GOOD, NULL, NULL), ec);
	put_cms("signing-certificate-of-another", "SIGNING_CERTIFICATE_WRONG",
		make(ec, EVP_sha256(), GOOD & ~(unsigned)CMS_CADES, add_twin, NULL), ec);
	put_cms("key-usage", "CERTIFICATE_KEY_USAGE", make(encipher, EVP_sha256(), GOOD, NULL, NULL), encipher);
	put_cms("expired", "CERTIFICATE_EXPIRED", make(expired, EVP_sha256(), GOOD, NULL, NULL), expired);
	put_cms("revoked", "CERTIFICATE_REVOKED", make(revoked, EVP_sha256(), GOOD, NULL, NULL), revoked);
	put_cms("other-ca", "CERTIFICATE_UNTRUSTED", make(stranger, EVP_sha256(), GOOD, NULL, NULL), stranger);
	header.data[header.len - 1] ^= 1;
	struct lt_buf elsewhere = plain();
	header.data[header.len - 1] ^= 1;
	put_cms("header-changed", "SIGNATURE_WRONG", elsewhere, ec);
}

/* ---- two faults: the rows in the order of SPEC.md, a CMS for each pair that can be made; the first row's reason ---- */

enum {
	TRAILING,
	LONG_FORM,
	EMBEDDED,
	TWO_SIGNERS,
	UNSIGNED,
	NO_ESS,
	DIGEST,
	NOT_ENROLLED,
	SHORT,
	TWIN,
	USAGE,
	WRONG,
	EXPIRED,
	REVOKED,
	ROWS
};
static const struct {
	const char *name, *reason;
	const struct testpki_id **id; /* who signs; NULL: as the other says */
} rows[ROWS] = {
	[TRAILING] = { "trailing", "SIGNATURE_TRAILING", NULL },
	[LONG_FORM] = { "long-form", "SIGNATURE_NOT_DER", NULL },
	[EMBEDDED] = { "embedded", "EMBEDDED_CONTENT", NULL },
	[TWO_SIGNERS] = { "two-signers", "SIGNER_COUNT_WRONG", NULL },
	[UNSIGNED] = { "unsigned", "UNSIGNED_ATTRIBUTES", NULL },
	[NO_ESS] = { "no-signing-certificate", "SIGNED_ATTRIBUTES_MISSING", NULL },
	[DIGEST] = { "p256-sha512", "ALGORITHM_NOT_ALLOWED", NULL },
	[NOT_ENROLLED] = { "not-enrolled", "CERTIFICATE_NOT_ENROLLED", NULL },
	[SHORT] = { "short-key", "KEY_TOO_SHORT", &shorter },
	[TWIN] = { "another-named", "SIGNING_CERTIFICATE_WRONG", NULL },
	[USAGE] = { "key-usage", "CERTIFICATE_KEY_USAGE", &encipher },
	[WRONG] = { "wrong", "SIGNATURE_WRONG", NULL },
	[EXPIRED] = { "expired", "CERTIFICATE_EXPIRED", &expired },
	[REVOKED] = { "revoked", "CERTIFICATE_REVOKED", &revoked },
};

static bool combine(int a, int b)
{
	bool digest_of_rsa = a == DIGEST && b == SHORT;
	return !(rows[a].id && rows[b].id) && !digest_of_rsa && !(a == NO_ESS && b == TWIN);
}

static struct lt_buf make_two(int a, int b, const struct testpki_id *id)
{
#define IS(row) (a == (row) || b == (row))
	unsigned flags = GOOD;
	if (IS(EMBEDDED))
		flags &= ~(unsigned)CMS_DETACHED;
	if (IS(NO_ESS) || IS(TWIN))
		flags &= ~(unsigned)CMS_CADES;
	spoil *before = IS(TWO_SIGNERS) ? add_signer : NULL;
	spoil *ess = IS(TWIN) ? add_twin : NULL;
	struct lt_buf cms = make(id, IS(DIGEST) ? EVP_sha512() : EVP_sha256(), flags, ess ? ess : before,
				 IS(UNSIGNED) ? add_unsigned : NULL);
	if (IS(WRONG))
		cms.data[cms.len - 1] ^= 1;
	if (IS(LONG_FORM)) {
		struct lt_buf longer = { 0 };
		VECTORS_NEED(cms.data[1] == 0x82 && !lt_buf_append(&longer, "\x30\x83\0", 3) &&
			     !lt_buf_append(&longer, cms.data + 2, cms.len - 2));
		lt_buf_fini(&cms);
		cms = longer;
	}
	if (IS(TRAILING))
		VECTORS_NEED(!lt_buf_append(&cms, "\0", 1));
	return cms;
}

static void two_faults(void)
{
	for (int a = 0; a < ROWS; a++) {
		for (int b = a + 1; b < ROWS; b++) {
			char name[80];
			const struct testpki_id *id = rows[a].id ? *rows[a].id : rows[b].id ? *rows[b].id : ec;
			if (!combine(a, b) || (IS(TWO_SIGNERS) && IS(TWIN))) /* both are done before the end */
				continue;
			snprintf(name, sizeof name, "two-%s-%s", rows[a].name, rows[b].name);
			put_cms(name, rows[a].reason, make_two(a, b, id), IS(NOT_ENROLLED) ? other : id);
		}
	}
#undef IS
}

/* A refusal is recorded: such a signature has its leaf too. */
static void encode(const struct lt_signature *signature, const char *name, const char *expect)
{
	struct lt_buf out = { 0 };
	VECTORS_NEED(lt_signature_encode(signature, &out) == LT_OK);
	put(name, expect, lt_buf_bytes(&out), ec);
	vectors_leaf(name, lt_buf_bytes(&header), "signature/header.bin", lt_buf_bytes(&out));
	lt_buf_fini(&out);
}

/* Five headers, ours is the fourth. */
static void batch(void)
{
	struct lt_signer *signer = testpki_signer(ec, false);
	struct lt_bytes headers[5] = { lt_bytes("a", 1), lt_bytes("b", 1), lt_bytes("c", 1), lt_buf_bytes(&header),
				       lt_bytes("e", 1) };
	struct lt_buf out[5] = { { 0 } };
	struct lt_arena *arena = NULL;
	struct lt_signature signature;
	VECTORS_NEED(lt_arena_new(65536, &arena) == LT_OK && lt_signer_batch(signer, headers, 5, out) == LT_OK);
	put("good-batch", "OK", lt_buf_bytes(&out[3]), ec);
	vectors_leaf("batch", headers[3], "signature/header.bin", lt_buf_bytes(&out[3]));
	VECTORS_NEED(lt_signature_decode(lt_buf_bytes(&out[3]), arena, &signature, NULL) == LT_REASON_NONE);
	signature.tree.index = 2;
	encode(&signature, "batch-index", "SIGNATURE_WRONG");
	signature.tree.index = 5;
	encode(&signature, "batch-index-beyond", "BATCH_PATH_WRONG");
	signature.tree.index = 3;
	signature.tree.path_count--;
	encode(&signature, "batch-path-short", "BATCH_PATH_WRONG");
	signature.tree.path_count++;
	signature.tree.count = 257;
	encode(&signature, "batch-count-257", "BATCH_PATH_WRONG");
	signature.tree.count = 5;
	signature.tree.path[0].len = 31;
	encode(&signature, "batch-hash-of-31-bytes", "BATCH_PATH_WRONG");
	signature.tree.path[0].len = 32;
	signature.tree.root = 1;
	encode(&signature, "batch-root-and-cms", "SIGNATURE_MALFORMED");
	signature.tree.cms.len = 0;
	encode(&signature, "batch-root-out-of-its-message", "SIGNATURE_MALFORMED");
	for (size_t i = 0; i < 5; i++)
		lt_buf_fini(&out[i]);
	lt_arena_free(arena);
	lt_signer_free(signer);
}

static void leaf_of_single(void)
{
	struct lt_signer *signer = testpki_signer(ec, false);
	struct lt_buf out = { 0 };
	VECTORS_NEED(lt_signer_header(signer, lt_buf_bytes(&header), &out) == LT_OK);
	vectors_leaf("single", lt_buf_bytes(&header), "signature/header.bin", lt_buf_bytes(&out));
	vectors_leaf("no-signature", lt_buf_bytes(&header), "signature/header.bin", lt_bytes("no Signature", 12));
	lt_buf_fini(&out);
	lt_signer_free(signer);
}

void vectors_signatures(void)
{
	struct lt_header record = vectors_header(LT_KIND_FORWARD);
	vectors_encode(&record, &header);
	vectors_write(lt_buf_bytes(&header), "signature/header.bin");
	make_pki();
	good_ones();
	bad_bytes();
	bad_forms();
	two_faults();
	batch();
	leaf_of_single();
	testpki_free(pki);
	lt_buf_fini(&header);
}
