/* identity_pem.c: certificates and CRLs as people keep them, PEM or DER. OpenSSL finds and decodes the blocks; what is in them
 * is for lt_cert_new and lt_trust_add_crl to judge. A file may hold a private key beside its certificate: what was read is wiped. */
#include "identity_internal.h"

#include "base/base64.h"
#include "pem.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

static const char *const cert_labels[] = { PEM_STRING_X509, PEM_STRING_X509_OLD, NULL };
static const char *const crl_labels[] = { PEM_STRING_X509_CRL, NULL };

struct block {
	char *label, *header;
	unsigned char *data;
	long len;
};

static void free_block(struct block *block)
{
	OPENSSL_free(block->label);
	OPENSSL_free(block->header);
	OPENSSL_clear_free(block->data, (size_t)block->len);
	*block = (struct block){ 0 };
}

/* LT_ENOENT: no block is left. Headers inside a block (RFC 1421) are those of an encrypted one. */
static enum lt_err next_block(BIO *bio, struct block *out)
{
	*out = (struct block){ 0 };
	if (PEM_read_bio(bio, &out->label, &out->header, &out->data, &out->len) == 1)
		return out->header[0] != '\0' ? LT_EPARSE : LT_OK;
	unsigned long error = ERR_peek_last_error();
	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE ? LT_ENOENT
												 : LT_EPARSE;
}

static bool among(const char *const *labels, const char *label)
{
	while (*labels && strcmp(*labels, label) != 0)
		labels++;
	return *labels != NULL;
}

/* One value of DER from end to end. A text may begin with the same byte, the digit 0. */
static bool is_der(struct lt_bytes bytes)
{
	uint8_t tag;
	struct lt_bytes body;
	return bytes.len > 0 && bytes.data[0] == 0x30 && identity_der_next(&bytes, &tag, &body) && bytes.len == 0;
}

/* Blocks of another label end it when they are `strict`ly unwanted. LT_EPARSE also when there was none. */
static enum lt_err each_block(struct lt_bytes text, const char *const *labels, bool strict,
			      enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	if (is_der(text))
		return each(ctx, text);
	if (text.len == 0 || text.len > INT32_MAX)
		return LT_EPARSE;
	struct block block = { 0 };
	size_t found = 0;
	ERR_set_mark();
	BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
	enum lt_err err = bio ? LT_OK : LT_ENOMEM;
	while (err == LT_OK && (err = next_block(bio, &block)) == LT_OK) {
		if (among(labels, block.label)) {
			err = each(ctx, lt_bytes(block.data, (size_t)block.len));
			found++;
		} else if (strict) {
			err = LT_EPARSE;
		}
		free_block(&block);
	}
	free_block(&block);
	BIO_free(bio);
	ERR_pop_to_mark();
	return err != LT_ENOENT ? err : found > 0 ? LT_OK : LT_EPARSE;
}

static enum lt_err read_each(const char *path, const char *const *labels, bool strict,
			     enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	struct lt_buf file = { 0 };
	enum lt_err err = lt_file_read(path, IDENTITY_PEM_MAX, &file);
	if (err == LT_OK)
		err = each_block(lt_buf_bytes(&file), labels, strict, each, ctx);
	identity_file_wipe(&file);
	return err;
}

/* The rest of the file is of no interest: every further one is passed over. */
static enum lt_err take_first(void *ctx, struct lt_bytes der)
{
	struct lt_cert **cert = ctx;
	return *cert ? LT_OK : lt_cert_new(der, cert);
}

enum lt_err lt_cert_decode(struct lt_bytes bytes, struct lt_cert **out)
{
	struct lt_cert *cert = NULL;
	enum lt_err err = each_block(bytes, cert_labels, false, take_first, &cert);
	if (err != LT_OK) {
		lt_cert_free(cert);
		return err;
	}
	*out = cert;
	return LT_OK;
}

enum lt_err lt_cert_read(const char *path, struct lt_cert **out)
{
	struct lt_buf file = { 0 };
	enum lt_err err = lt_file_read(path, IDENTITY_PEM_MAX, &file);
	if (err == LT_OK)
		err = lt_cert_decode(lt_buf_bytes(&file), out);
	identity_file_wipe(&file);
	return err;
}

enum lt_err lt_certs_decode(struct lt_bytes bytes, enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	return each_block(bytes, cert_labels, true, each, ctx);
}

enum lt_err lt_certs_read(const char *path, enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	return read_each(path, cert_labels, true, each, ctx);
}

enum lt_err lt_crls_decode(struct lt_bytes bytes, enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	return each_block(bytes, crl_labels, true, each, ctx);
}

enum lt_err lt_crls_read(const char *path, enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx)
{
	return read_each(path, crl_labels, true, each, ctx);
}

enum lt_err pem_encode(struct lt_bytes der, const char *label, struct lt_buf *out)
{
	enum lt_err err = lt_buf_printf(out, "-----BEGIN %s-----\n", label);
	if (err == LT_OK)
		err = base64_encode(der, 64, out);
	if (err == LT_OK)
		err = lt_buf_printf(out, "\n-----END %s-----\n", label);
	return err;
}
