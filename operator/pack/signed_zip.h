/* signed_zip.h: a text that the broker has signed, as one zip file that needs a shell and openssl to be checked: the text, sig.p7s (CMS,
 * detached, DER), signer.pem, ca.pem out of the directory, and check.sh. docs/evidence.md explains it. LT_ENOMEM; LT_EFULL. */
#ifndef PACK_SIGNED_ZIP_H
#define PACK_SIGNED_ZIP_H

#include <lienthong/directory.h>

struct signed_zip {
	const char *name; /* of the text in the file: "delays.json" */
	struct lt_bytes text, signature, certificate;
};
enum lt_err signed_zip_make(const struct signed_zip *from, const struct lt_directory *directory, struct lt_buf *out);
/* Appends the CAs of a directory as PEM: those in force, and behind them those withdrawn, whose signatures of before are still checked. */
enum lt_err signed_zip_cas(const struct lt_directory *directory, struct lt_buf *out);

#endif
