/* crl.h: whose a CRL is, when it was made, until when it is good, and its number, read from its DER (RFC 5280 section 5.1). The
 * signature is checked elsewhere. */
#ifndef IDENTITY_CRL_H
#define IDENTITY_CRL_H

#include <lienthong/base.h>
#include <stdint.h>

struct crl_info {
	struct lt_bytes issuer; /* DER of the Name */
	char this_update[16];   /* "20261124081500Z": compares as text */
	char next_update[16];   /* ""; there is none */
	struct lt_bytes ca_key; /* id of the CA's key: two CAs may have one name; empty: the list does not say */
	struct lt_bytes number; /* cRLNumber, big-endian, shortest; empty: there is none */
};
/* LT_EPARSE. The view points into der. */
enum lt_err crl_read(struct lt_bytes der, struct crl_info *out);
/* Is the number of a below that of b? Without one of the two: no. */
bool crl_number_below(const struct crl_info *a, const struct crl_info *b);
/* Microseconds since the epoch of such a text; 0 for "". */
int64_t crl_time(const char text[16]);

#endif
