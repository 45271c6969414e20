/* testcms.h: signatures made wrong on purpose, and the check of what our own check says of them. Fails the cmocka test
 * that calls. */
#ifndef LIENTHONG_TEST_CMS_H
#define LIENTHONG_TEST_CMS_H

#include <lienthong/identity.h>
#include <lienthong/reason.h>

#include "testpki.h"

#include <openssl/cms.h>
#include <openssl/evp.h>

/* The flags of a right signature. */
#define TESTCMS_GOOD ((unsigned)(CMS_DETACHED | CMS_BINARY | CMS_NOCERTS | CMS_CADES | CMS_NOSMIMECAP))

extern const struct lt_bytes testcms_content; /* what all of them sign */

typedef void testcms_spoil(CMS_ContentInfo *cms, CMS_SignerInfo *signer);

/* `before` runs before signing, so that what it adds is signed; `after` behind it. Both may be NULL. */
struct lt_buf testcms_make(const struct testpki_id *id, const EVP_MD *md, unsigned flags, testcms_spoil *before,
			   testcms_spoil *after);
struct lt_buf testcms_make_good(const struct testpki_id *id); /* with SHA-256 */
struct lt_buf testcms_make_pss(const struct testpki_id *rsa, const EVP_MD *md, const EVP_MD *mask, int salt);

enum lt_reason testcms_verify(struct lt_bytes cms, const struct testpki_id *id);
/* Frees the CMS. */
void testcms_expect(struct lt_buf cms, const struct testpki_id *id, enum lt_reason wanted);
/* Where these bytes stand first. */
uint8_t *testcms_find(const struct lt_buf *buf, const void *what, size_t len);

#endif
