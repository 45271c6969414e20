/* signed_zip.c: see signed_zip.h. */
#include "signed_zip.h"

#include "identity/pem.h"
#include "zip.h"

enum lt_err signed_zip_cas(const struct lt_directory *directory, struct lt_buf *out)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; !err && i < lt_directory_ca_count(directory); i++)
		err = pem_encode(lt_directory_ca(directory, i), "CERTIFICATE", out);
	for (size_t i = 0; !err && i < lt_directory_ended_ca_count(directory); i++)
		err = pem_encode(lt_directory_ended_ca(directory, i).der, "CERTIFICATE", out);
	return err;
}

/* The time of checking is today's: what was signed with a certificate that has ended since is checked as of then (docs/evidence.md). */
static enum lt_err put_script(const struct signed_zip *from, struct lt_buf *out)
{
	return lt_buf_printf(
		out,
		"#!/bin/sh\n"
		"# Checks %s with openssl (3.0 or later) alone; CA=FILE sh check.sh takes a CA that you have from "
		"elsewhere.\n"
		"# Kiểm tra chữ ký của trục trên %s chỉ bằng openssl.\n"
		"cd \"$(dirname \"$0\")\" || exit 2\n"
		"exec openssl cms -verify -cades -binary -purpose any -nointern -inform DER -in sig.p7s -content %s "
		"\\\n"
		"\t-certfile signer.pem -CAfile \"${CA:-ca.pem}\" -out /dev/null\n",
		from->name, from->name, from->name);
}

enum lt_err signed_zip_make(const struct signed_zip *from, const struct lt_directory *directory, struct lt_buf *out)
{
	struct lt_buf signer = { 0 }, cas = { 0 }, script = { 0 };
	struct zip zip;
	zip_init(&zip, out);
	enum lt_err err = pem_encode(from->certificate, "CERTIFICATE", &signer);
	err = err ? err : signed_zip_cas(directory, &cas);
	err = err ? err : put_script(from, &script);
	const struct {
		const char *name;
		struct lt_bytes data;
	} files[] = { { from->name, from->text },
		      { "sig.p7s", from->signature },
		      { "signer.pem", lt_buf_bytes(&signer) },
		      { "ca.pem", lt_buf_bytes(&cas) },
		      { "check.sh", lt_buf_bytes(&script) } };
	for (size_t i = 0; !err && i < sizeof(files) / sizeof(files[0]); i++)
		err = zip_add(&zip, files[i].name, files[i].data);
	err = err ? err : zip_end(&zip);
	zip_fini(&zip);
	lt_buf_fini(&signer);
	lt_buf_fini(&cas);
	lt_buf_fini(&script);
	return err;
}
