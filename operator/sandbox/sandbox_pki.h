/* sandbox_pki.h: a test CA in files, for sandboxes alone: a real deployment gets its certificates from its own CA.
 * The only file of the tool that touches OpenSSL. One thread. Keys are written with mode 0600. */
#ifndef CLI_SANDBOX_PKI_H
#define CLI_SANDBOX_PKI_H

#include <lienthong/base.h>

struct pki; /* the CA with its key */
enum pki_key { PKI_P256, PKI_RSA2048 };

/* Makes a CA: P-256, valid ten years from a day before `now`. */
enum lt_err pki_new(const char *common_name, int64_t now, struct pki **out);
/* Reads one that pki_save has written. LT_EIO, LT_EPARSE. */
enum lt_err pki_open(const char *key_path, const char *cert_path, struct pki **out);
void pki_free(struct pki *pki);
enum lt_err pki_save(const struct pki *pki, const char *key_path, const char *cert_path);

/* Makes a key and a certificate for signing (keyUsage digitalSignature and nonRepudiation, no CA), valid two years from a
 * day before `now`. Texts are UTF-8; an organization over 64 characters is cut. */
enum lt_err pki_issue(const struct pki *pki, enum pki_key type, const char *organization, const char *common_name,
		      int64_t now, const char *key_path, const char *cert_path);
/* Writes a CRL, valid a year, in DER and PEM. When der_path holds one of this CA already, its entries stay and its number
 * rises. revoked_cert: path of a certificate to be added, or NULL. */
enum lt_err pki_crl(const struct pki *pki, const char *revoked_cert, int64_t now, const char *der_path,
		    const char *pem_path);

#endif
