/* pem.h: the text forms that in-tree programs write: PEM, and Z85 of a public CURVE key. Reading PEM is public
 * (<lienthong/identity.h>). Pure functions. */
#ifndef IDENTITY_PEM_H
#define IDENTITY_PEM_H

#include <lienthong/base.h>

/* Appends one block (RFC 7468). LT_ENOMEM. */
enum lt_err pem_encode(struct lt_bytes der, const char *label, struct lt_buf *out);
/* A CURVE public key as 40 characters (ZeroMQ RFC 32) and back. False: not of that form. */
void z85_encode_key(const uint8_t key[32], char out[41]);
bool z85_decode_key(const char *text, uint8_t out[32]);

#endif
