/* base64.h: bytes as text (RFC 4648 section 4): in JSON, and in the PEM that we write. PEM is read by OpenSSL (lib/identity).
 * Not for secrets: nothing here is wiped. In-tree programs only. Pure functions. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <lienthong/base.h>

/* Strict: padded, nothing but the alphabet. Appends. LT_EPARSE; then some bytes may have been appended. */
enum lt_err base64_decode(const char *text, size_t len, struct lt_buf *out);
/* Appends without line breaks, or with one after `width` characters when width is not 0. */
enum lt_err base64_encode(struct lt_bytes data, size_t width, struct lt_buf *out);

#endif
