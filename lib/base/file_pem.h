/* file_pem.h: bytes as text: base64 (RFC 4648), the PEM frame around it (RFC 7468), and Z85 (ZeroMQ RFC 32). For
 * certificates and public keys alone: nothing here is wiped. */
#ifndef CLI_FILE_PEM_H
#define CLI_FILE_PEM_H

#include <lienthong/base.h>

/* Strict: padding, no other characters. Appends. LT_EPARSE. */
enum lt_err base64_decode(const char *text, size_t len, struct lt_buf *out);
/* Appends without line breaks, or with one after `width` characters when width is not 0. */
enum lt_err base64_encode(struct lt_bytes data, size_t width, struct lt_buf *out);
/* Appends the DER of the first block of that label in a PEM file. LT_EIO, LT_EFULL, LT_EPARSE. */
enum lt_err pem_read(const char *path, const char *label, struct lt_buf *der);
/* Appends one PEM block. */
enum lt_err pem_encode(struct lt_bytes der, const char *label, struct lt_buf *out);
/* A CURVE public key as 40 characters and back. False: not of that form. */
void z85_encode_key(const uint8_t key[32], char out[41]);
bool z85_decode_key(const char *text, uint8_t out[32]);

#endif
