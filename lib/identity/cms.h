/* cms.h: the two halves of lt_cms_verify_any, apart, so that tests can hold one against the other. In-tree programs only. */
#ifndef LIENTHONG_IDENTITY_CMS_H
#define LIENTHONG_IDENTITY_CMS_H

#include <lienthong/identity.h>

struct identity_tables; /* identity_internal.h */

/* The common form, walked in place: the one of `certs` that signed, or NULL, which says nothing about the CMS. What it
 * accepts cms_verify_whole accepts too, with the same certificate. `tables` may be NULL. */
const struct lt_cert *cms_verify_direct(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *const *certs,
					size_t count, struct identity_tables *tables);
/* lt_cms_verify_any with tables (NULL: without). */
enum lt_reason cms_verify_with(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *const *certs,
			       size_t count, struct identity_tables *tables, const struct lt_cert **used,
			       struct lt_refusal *refusal);
/* Every form, by OpenSSL's parser and all rules in their order: lt_cms_verify_any without the short way. */
enum lt_reason cms_verify_whole(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *const *certs,
				size_t count, const struct lt_cert **used, struct lt_refusal *refusal);

#endif
