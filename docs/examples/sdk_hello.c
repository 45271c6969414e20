/* sdk_hello.c: the first ten minutes with liblienthong: a header is built, signed, and verified as its receiver does.
 *
 *   cc -std=c11 sdk_hello.c $(pkg-config --cflags --libs lienthong) -o sdk_hello
 *   ./sdk_hello KEY.pem CERT.pem
 *
 * KEY.pem has mode 0600; `lienthong sandbox DIR` makes both in DIR/adapters/H37.24. */
#include <stdio.h>
#include <string.h>

#include <lienthong/envelope.h>
#include <lienthong/identity.h>
#include <lienthong/time.h>

static enum lt_err build(struct lt_bytes part, struct lt_buf *out)
{
	struct lt_recipient to = { .agency = "H37.11", .leg = "doi-chieu" };
	struct lt_part_info info = { .name = "to-khai.json", .media_type = "application/json", .size = part.len };
	struct lt_header header = {
		.domain = "lienthong.sandbox.vn",
		.kind = LT_KIND_FORWARD,
		.sender = "H37.24",
		.to_count = 1,
		.to = &to,
		.dossier = "H37.24-20261124-0000001",
		.branch = 1,
		.branch_version = 1,
		.sent_at = lt_time_now(),
		.reason = "",
		.subject = "Đề nghị cấp giấy xác nhận",
		.part_count = 1,
		.parts = &info,
	};
	struct lt_refusal refusal = { 0 };
	lt_sha256(part, info.sha256);
	if (lt_uuid_new(header.id))
		return LT_EIO;
	enum lt_err err = lt_header_encode(&header, out, &refusal);
	if (err)
		fprintf(stderr, "header: %s: %s\n", lt_reason_name(refusal.reason), refusal.detail);
	return err;
}

/* What the receiver does with bytes that it has no reason to believe. */
static enum lt_reason verify(const struct lt_envelope *envelope, const struct lt_cert *cert, struct lt_arena *arena,
			     struct lt_refusal *refusal)
{
	struct lt_header header;
	const struct lt_cert *used;
	enum lt_reason reason = lt_header_parse(envelope->header, arena, &header, refusal);
	if (!reason)
		reason = lt_signature_verify(envelope->signature, envelope->header, &cert, 1, &used, refusal);
	if (!reason)
		reason = lt_envelope_check_parts(&header, envelope, refusal);
	if (!reason)
		printf("%s from %s to %s, %zu bytes of header, %zu of signature\n", lt_kind_name(header.kind),
		       header.sender, header.to[0].agency, envelope->header.len, envelope->signature.len);
	return reason;
}

int main(int argc, char **argv)
{
	struct lt_bytes part = lt_bytes("{\"họ tên\":\"Nguyễn Văn An\"}", strlen("{\"họ tên\":\"Nguyễn Văn An\"}"));
	struct lt_buf header = { 0 }, signature = { 0 };
	struct lt_signer *signer = NULL;
	struct lt_cert *cert = NULL;
	struct lt_arena *arena = NULL;
	struct lt_refusal refusal = { 0 };
	if (argc != 3) {
		fprintf(stderr, "usage: sdk_hello KEY.pem CERT.pem\n");
		return 64;
	}
	enum lt_err err = lt_signer_open(argv[1], argv[2], false, &signer);
	if (!err)
		err = build(part, &header);
	if (!err)
		err = lt_signer_header(signer, lt_buf_bytes(&header), &signature);
	if (!err)
		err = lt_cert_new(lt_signer_certificate(signer), &cert);
	if (!err)
		err = lt_arena_new(65536, &arena);
	if (!err) {
		struct lt_envelope envelope = { lt_buf_bytes(&header), lt_buf_bytes(&signature), 1, &part };
		enum lt_reason reason = verify(&envelope, cert, arena, &refusal);
		printf("as it was sent: %s\n", reason ? lt_reason_name(reason) : "good");
		if (reason)
			err = LT_ECRYPTO;
		header.data[header.len - 1] ^= 1;
		reason = verify(&envelope, cert, arena, &refusal);
		printf("with one bit turned: %s\n", lt_reason_name(reason));
	}
	if (err)
		fprintf(stderr, "sdk_hello: %s\n", lt_err_text(err));
	lt_arena_free(arena);
	lt_cert_free(cert);
	lt_signer_free(signer);
	lt_buf_fini(&signature);
	lt_buf_fini(&header);
	return err ? 1 : 0;
}
