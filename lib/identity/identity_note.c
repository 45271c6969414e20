/* identity_note.c: Ed25519 signatures of checkpoints, in the form of a note. Source: c2sp.org/signed-note. */
#include "identity_internal.h"

#include <lienthong/ledger.h>

#include "base/base64.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

enum { ED25519 = 1, SIGNATURE_LEN = 64, NAMED_LEN = 4 + SIGNATURE_LEN };

static const char dash[] = "\xe2\x80\x94 "; /* em dash, space */

struct lt_ledger_signer {
	EVP_PKEY *key;
	uint8_t public_key[32];
};

/* The first four bytes of SHA-256(name, line end, 1, key): which signature of a note is by whom. */
static void key_id(const char *name, const uint8_t key[32], uint8_t id[4])
{
	uint8_t text[LT_ORIGIN_MAX + 2 + 32], hash[32];
	size_t len = strlen(name);
	memcpy(text, name, len);
	text[len] = '\n';
	text[len + 1] = ED25519;
	memcpy(text + len + 2, key, 32);
	lt_sha256(lt_bytes(text, len + 34), hash);
	memcpy(id, hash, 4);
}

enum lt_err lt_ledger_signer_open(const char *key_path, struct lt_ledger_signer **out)
{
	struct lt_buf file = { 0 };
	enum lt_err err = identity_file_read(key_path, true, &file);
	if (err)
		return err;
	struct lt_ledger_signer *signer = calloc(1, sizeof *signer);
	BIO *bio = signer ? BIO_new_mem_buf(file.data, (int)file.len) : NULL;
	size_t len = sizeof signer->public_key;
	if (bio)
		signer->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	identity_file_wipe(&file);
	if (!signer)
		return LT_ENOMEM;
	if (!signer->key || EVP_PKEY_get_base_id(signer->key) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(signer->key, signer->public_key, &len) != 1) {
		lt_ledger_signer_free(signer);
		return LT_EPARSE;
	}
	*out = signer;
	return LT_OK;
}

void lt_ledger_signer_free(struct lt_ledger_signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

const uint8_t *lt_ledger_signer_key(const struct lt_ledger_signer *signer)
{
	return signer->public_key;
}

static enum lt_err sign_text(EVP_PKEY *key, struct lt_bytes text, uint8_t out[SIGNATURE_LEN])
{
	size_t len = SIGNATURE_LEN;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestSign(ctx, out, &len, text.data, text.len) == 1 && len == SIGNATURE_LEN;
	EVP_MD_CTX_free(ctx);
	return done ? LT_OK : LT_ECRYPTO;
}

enum lt_err lt_checkpoint_sign(struct lt_ledger_signer *signer, const struct lt_checkpoint *checkpoint,
			       struct lt_buf *out)
{
	struct lt_buf note = { 0 };
	uint8_t named[NAMED_LEN];
	enum lt_err err = lt_checkpoint_text(checkpoint, &note);
	if (!err)
		err = sign_text(signer->key, lt_buf_bytes(&note), named + 4);
	key_id(checkpoint->origin, signer->public_key, named);
	if (!err)
		err = lt_buf_append(&note, "\n", 1);
	if (!err)
		err = lt_buf_append(&note, dash, sizeof dash - 1);
	if (!err)
		err = lt_buf_append(&note, checkpoint->origin, strlen(checkpoint->origin));
	if (!err)
		err = lt_buf_append(&note, " ", 1);
	if (!err)
		err = base64_encode(lt_bytes(named, sizeof named), 0, &note);
	if (!err)
		err = lt_buf_append(&note, "\n", 1);
	if (!err)
		err = lt_buf_append(out, note.data, note.len);
	lt_buf_fini(&note);
	return err;
}

static bool verify_text(const uint8_t key[32], struct lt_bytes text, const uint8_t signature[SIGNATURE_LEN])
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		    EVP_DigestVerify(ctx, signature, SIGNATURE_LEN, text.data, text.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return good;
}

/* The text ends before the last empty line. */
static bool split_note(struct lt_bytes note, struct lt_bytes *text, struct lt_bytes *signatures)
{
	for (size_t at = note.len; at-- > 1;) {
		if (note.data[at] != '\n' || note.data[at - 1] != '\n')
			continue;
		*text = lt_bytes(note.data, at);
		*signatures = lt_bytes(note.data + at + 1, note.len - at - 1);
		return true;
	}
	return false;
}

/* One signature line by this name and key: its 64 bytes. */
static bool read_line(struct lt_bytes line, const char *name, const uint8_t id[4], uint8_t out[SIGNATURE_LEN])
{
	struct lt_buf bytes = { 0 };
	size_t head = sizeof dash - 1, len = strlen(name);
	if (line.len <= head + len || memcmp(line.data, dash, head) != 0 || memcmp(line.data + head, name, len) != 0 ||
	    line.data[head + len] != ' ')
		return false;
	size_t at = head + len + 1;
	bool ours = base64_decode((const char *)line.data + at, line.len - at, &bytes) == LT_OK &&
		    bytes.len == NAMED_LEN && memcmp(bytes.data, id, 4) == 0;
	if (ours)
		memcpy(out, bytes.data + 4, SIGNATURE_LEN);
	lt_buf_fini(&bytes);
	return ours;
}

enum lt_reason lt_checkpoint_verify(struct lt_bytes note, const uint8_t key[32], struct lt_checkpoint *out,
				    struct lt_refusal *refusal)
{
	struct lt_bytes text, rest;
	uint8_t id[4], signature[SIGNATURE_LEN];
	if (lt_checkpoint_parse(note, out) || !split_note(note, &text, &rest))
		return lt_refuse(refusal, LT_CHECKPOINT_INVALID, "not a checkpoint");
	key_id(out->origin, key, id);
	while (rest.len > 0) {
		const uint8_t *end = memchr(rest.data, '\n', rest.len);
		if (!end)
			break;
		struct lt_bytes line = lt_bytes(rest.data, (size_t)(end - rest.data));
		rest = lt_bytes(end + 1, rest.len - line.len - 1);
		if (!read_line(line, out->origin, id, signature))
			continue;
		return verify_text(key, text, signature) ? LT_REASON_NONE
							 : lt_refuse(refusal, LT_CHECKPOINT_INVALID,
								     "the signature of %s does not hold", out->origin);
	}
	return lt_refuse(refusal, LT_CHECKPOINT_INVALID, "%s: not signed by the key that is expected", out->origin);
}

enum lt_err lt_ledger_key_new(const char *key_path, uint8_t public_key[32])
{
	size_t len = 32;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	enum lt_err err = LT_ECRYPTO;
	if (key && bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    EVP_PKEY_get_raw_public_key(key, public_key, &len) == 1) {
		long size = BIO_get_mem_data(bio, &data);
		err = lt_file_write(key_path, lt_bytes(data, (size_t)size), 0600);
		OPENSSL_cleanse(data, (size_t)size);
	}
	BIO_free(bio);
	EVP_PKEY_free(key);
	return err;
}
