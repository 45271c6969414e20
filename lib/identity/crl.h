/* crl.h: whose a CRL is and when it was made, read from its DER (RFC 5280 section 5.1). The signature is checked elsewhere. */
#ifndef IDENTITY_CRL_H
#define IDENTITY_CRL_H

#include <lienthong/base.h>

struct crl_info {
	struct lt_bytes issuer; /* DER of the Name */
	char this_update[16];   /* "20261124081500Z": compares as text */
};
/* LT_EPARSE. The view points into der. */
enum lt_err crl_read(struct lt_bytes der, struct crl_info *out);

#endif
