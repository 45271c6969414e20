/* lint_internal.h: what the two lint files share. */
#ifndef IDENTITY_LINT_INTERNAL_H
#define IDENTITY_LINT_INTERNAL_H

#include "identity_internal.h"
#include "lint.h"

#include <stdio.h>

/* SHA-256, SHA-384 or SHA-512 below the signature. */
bool lint_digest_good(int signature_nid, const X509_ALGOR *algorithm);
/* "crlNumber", or the numbers of the OID. */
void lint_extension_name(const X509_EXTENSION *extension, char *out, size_t size);
/* "2026-11-24 08:15:00Z" */
void lint_time(const ASN1_TIME *time, char *out, size_t size);

#endif
