/* identity_curve.c: CURVE key pairs and their files. The arithmetic is libzmq's; no socket is touched here. */
#include "identity_internal.h"
#include "pem.h"

#include <openssl/crypto.h>
#include <string.h>
#include <zmq.h>

#define Z85_LEN 40u

enum lt_err lt_curve_new(struct lt_curve_key *out)
{
	char public_text[Z85_LEN + 1], secret_text[Z85_LEN + 1];
	if (zmq_curve_keypair(public_text, secret_text) != 0)
		return LT_ECRYPTO;
	bool decoded = zmq_z85_decode(out->public_key, public_text) && zmq_z85_decode(out->secret_key, secret_text);
	OPENSSL_cleanse(secret_text, sizeof secret_text);
	return decoded ? LT_OK : LT_ECRYPTO;
}

/* Exactly 40 characters, then at most one line end. */
static enum lt_err load_text(const char *path, bool secret, char out[Z85_LEN + 1])
{
	struct lt_buf file = { 0 };
	enum lt_err err = identity_file_read(path, secret, &file);
	if (err != LT_OK)
		return err;
	bool whole = file.len == Z85_LEN || (file.len == Z85_LEN + 1 && file.data[Z85_LEN] == '\n') ||
		     (file.len == Z85_LEN + 2 && memcmp(file.data + Z85_LEN, "\r\n", 2) == 0);
	/* zmq_z85_decode measures its text with strlen. */
	if (whole && !memchr(file.data, 0, Z85_LEN)) {
		memcpy(out, file.data, Z85_LEN);
		out[Z85_LEN] = 0;
	} else {
		err = LT_EPARSE;
	}
	identity_file_wipe(&file);
	return err;
}

enum lt_err lt_curve_load(const char *secret_path, struct lt_curve_key *out)
{
	char secret_text[Z85_LEN + 1], public_text[Z85_LEN + 1];
	struct lt_curve_key key;
	enum lt_err err = load_text(secret_path, true, secret_text);
	if (err != LT_OK)
		return err;
	if (!zmq_z85_decode(key.secret_key, secret_text) || zmq_curve_public(public_text, secret_text) != 0 ||
	    !zmq_z85_decode(key.public_key, public_text))
		err = LT_EPARSE;
	else
		*out = key;
	OPENSSL_cleanse(secret_text, sizeof secret_text);
	OPENSSL_cleanse(&key, sizeof key);
	return err;
}

static enum lt_err save_text(const char *path, const uint8_t key[32], unsigned mode)
{
	char text[Z85_LEN + 2];
	if (!zmq_z85_encode(text, key, 32))
		return LT_ECRYPTO;
	text[Z85_LEN] = '\n';
	enum lt_err err = lt_file_write(path, lt_bytes(text, Z85_LEN + 1), mode);
	OPENSSL_cleanse(text, sizeof text);
	return err;
}

enum lt_err lt_curve_save(const char *secret_path, const char *public_path, const struct lt_curve_key *key)
{
	enum lt_err err = save_text(secret_path, key->secret_key, 0600);
	return err == LT_OK ? save_text(public_path, key->public_key, 0644) : err;
}

enum lt_err lt_curve_load_public(const char *public_path, uint8_t out[32])
{
	char text[Z85_LEN + 1];
	enum lt_err err = load_text(public_path, false, text);
	if (err != LT_OK)
		return err;
	return z85_decode_key(text, out) ? LT_OK : LT_EPARSE;
}

void z85_encode_key(const uint8_t key[32], char out[Z85_LEN + 1])
{
	zmq_z85_encode(out, key, 32);
}

bool z85_decode_key(const char *text, uint8_t out[32])
{
	uint8_t key[32];
	if (strlen(text) != Z85_LEN || !zmq_z85_decode(key, text))
		return false;
	memcpy(out, key, sizeof key);
	return true;
}
