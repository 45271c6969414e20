/* identity_signer.c: a key and its certificate from files, and the CMS that they make. */
#include "identity_internal.h"

#include "wire/signature.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define SIGN_FLAGS ((unsigned)(CMS_DETACHED | CMS_BINARY | CMS_NOCERTS | CMS_CADES | CMS_NOSMIMECAP))

struct lt_signer {
	struct lt_cert *cert;
	EVP_PKEY *key;
	EVP_PKEY_CTX *direct; /* NULL: OpenSSL makes each CMS */
	EVP_MD *digest;
	bool pss;
};

/* A key file with a passphrase must not make a daemon ask its terminal. */
static int no_passphrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf, (void)size, (void)writing, (void)ctx;
	return -1;
}

static enum lt_err load_key(const char *path, EVP_PKEY **out)
{
	struct lt_buf pem = { 0 };
	enum lt_err err = identity_file_read(path, true, &pem);
	if (err != LT_OK)
		return err;
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	*out = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	BIO_free(bio);
	identity_file_wipe(&pem);
	return *out ? LT_OK : LT_EPARSE;
}

static enum lt_err load_certificate(const char *path, struct lt_cert **out)
{
	struct lt_buf file = { 0 };
	enum lt_err err = identity_file_read(path, false, &file);
	if (err == LT_OK)
		err = lt_cert_decode(lt_buf_bytes(&file), out);
	identity_file_wipe(&file);
	return err;
}

/* The key fits the certificate and is of a kind that readers accept. */
static enum lt_err check_pair(const struct lt_signer *signer)
{
	const struct lt_cert *cert = signer->cert;
	if (X509_check_private_key(cert->x509, signer->key) != 1 || cert->key == IDENTITY_KEY_OTHER || !cert->may_sign)
		return LT_ECRYPTO;
	if (cert->key == IDENTITY_KEY_RSA && cert->key_bits < IDENTITY_RSA_BITS_MIN)
		return LT_ECRYPTO;
	return signer->pss && cert->key != IDENTITY_KEY_RSA ? LT_EINVAL : LT_OK;
}

enum lt_err lt_signer_open(const char *key_path, const char *cert_path, bool pss, struct lt_signer **out)
{
	struct lt_signer *signer = calloc(1, sizeof *signer);
	if (!signer)
		return LT_ENOMEM;
	signer->pss = pss;
	enum lt_err err = load_key(key_path, &signer->key);
	if (err == LT_OK)
		err = load_certificate(cert_path, &signer->cert);
	if (err == LT_OK)
		err = check_pair(signer);
	if (err == LT_OK) {
		signer->digest = EVP_MD_fetch(NULL, signer->cert->key == IDENTITY_KEY_P384 ? "SHA384" : "SHA256", NULL);
		err = signer->digest ? LT_OK : LT_ECRYPTO;
		signer->direct = identity_direct_signer(signer->cert, signer->key);
	}
	ERR_clear_error();
	if (err != LT_OK) {
		lt_signer_free(signer);
		return err;
	}
	*out = signer;
	return LT_OK;
}

const char *lt_signer_why(enum lt_err err)
{
	if (err == LT_EIO)
		return strerror(errno);
	if (err == LT_EDENIED)
		return "others may read the key: its file must have mode 0600";
	if (err == LT_EPARSE)
		return "not a private key in PEM without a passphrase, or not a certificate in PEM";
	if (err == LT_ECRYPTO)
		return "key and certificate do not belong together, or are not of a kind that signs here (ECDSA P-256 "
		       "or P-384, RSA "
		       "from 2048 bits on)";
	return err == LT_EINVAL ? "RSA-PSS needs an RSA key" : lt_err_text(err);
}

void lt_signer_free(struct lt_signer *signer)
{
	if (!signer)
		return;
	EVP_MD_free(signer->digest);
	EVP_PKEY_CTX_free(signer->direct);
	EVP_PKEY_free(signer->key);
	lt_cert_free(signer->cert);
	free(signer);
}

struct lt_bytes lt_signer_certificate(const struct lt_signer *signer)
{
	return lt_cert_der(signer->cert);
}

static bool set_pss(CMS_SignerInfo *info)
{
	EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(info);
	return ctx && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static CMS_ContentInfo *make_cms(struct lt_signer *signer, BIO *data)
{
	unsigned flags = SIGN_FLAGS | CMS_PARTIAL;
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	CMS_SignerInfo *info = NULL;
	if (cms)
		info = CMS_add1_signer(cms, signer->cert->x509, signer->key, signer->digest,
				       flags | (signer->pss ? CMS_KEY_PARAM : 0));
	if (!info || (signer->pss && !set_pss(info)) || CMS_final(cms, data, NULL, SIGN_FLAGS) != 1) {
		CMS_ContentInfo_free(cms);
		return NULL;
	}
	return cms;
}

static enum lt_err append_der(CMS_ContentInfo *cms, struct lt_buf *out)
{
	int len = i2d_CMS_ContentInfo(cms, NULL);
	if (len <= 0)
		return LT_ECRYPTO;
	if (lt_buf_reserve(out, (size_t)len) != LT_OK)
		return LT_ENOMEM;
	unsigned char *p = out->data + out->len;
	if (i2d_CMS_ContentInfo(cms, &p) != len)
		return LT_ECRYPTO;
	out->len += (size_t)len;
	return LT_OK;
}

static enum lt_err make_whole(struct lt_signer *signer, struct lt_bytes data, struct lt_buf *out)
{
	BIO *bio = BIO_new_mem_buf(data.len > 0 ? (const void *)data.data : "", (int)data.len);
	CMS_ContentInfo *cms = bio ? make_cms(signer, bio) : NULL;
	enum lt_err err = cms ? append_der(cms, out) : LT_ECRYPTO;
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	ERR_clear_error();
	return err;
}

enum lt_err lt_signer_cms(struct lt_signer *signer, struct lt_bytes data, struct lt_buf *out)
{
	if (data.len > INT32_MAX)
		return LT_EINVAL;
	if (signer->direct && identity_direct_sign(signer->cert, signer->direct, data, out))
		return LT_OK;
	return make_whole(signer, data, out);
}

enum lt_err lt_signer_header(struct lt_signer *signer, struct lt_bytes header, struct lt_buf *out)
{
	struct lt_buf cms = { 0 };
	enum lt_err err = lt_signer_cms(signer, header, &cms);
	if (err == LT_OK)
		err = lt_signature_encode(&(struct lt_signature){ .cms = lt_buf_bytes(&cms) }, out);
	lt_buf_fini(&cms);
	return err;
}
