/* proof.c: the bytes that an agency signs to prove that a session speaks for it. Source: SPEC.md, "Proof". */
#include "link.h"

#include <string.h>

static const char proof_title[] = "lienthong.proof.v1\n";

static void put_big_endian(uint8_t *out, uint64_t value, size_t size)
{
	for (size_t i = size; i-- > 0; value >>= 8)
		out[i] = (uint8_t)value;
}

/* A length before each field, so that no two lists of fields give the same text. */
static enum lt_err append_field(struct lt_buf *out, struct lt_bytes field)
{
	uint8_t length[4];
	if (field.len > UINT32_MAX)
		return LT_EINVAL;
	put_big_endian(length, field.len, sizeof(length));
	enum lt_err err = lt_buf_append(out, length, sizeof(length));
	if (!err && field.len > 0)
		err = lt_buf_append(out, field.data, field.len);
	return err;
}

enum lt_err lt_proof_text(const char *domain, const char *agency, struct lt_bytes broker_nonce,
			  struct lt_bytes adapter_nonce, struct lt_bytes broker_key, struct lt_bytes adapter_key,
			  uint64_t resume, struct lt_buf *out)
{
	const struct lt_bytes fields[] = {
		lt_bytes(domain, strlen(domain)),
		lt_bytes(agency, strlen(agency)),
		broker_nonce,
		adapter_nonce,
		broker_key,
		adapter_key,
	};
	size_t before = out->len;
	uint8_t number[8];
	put_big_endian(number, resume, sizeof(number));
	enum lt_err err = lt_buf_append(out, proof_title, strlen(proof_title));
	for (size_t i = 0; !err && i < sizeof(fields) / sizeof(fields[0]); i++)
		err = append_field(out, fields[i]);
	if (!err)
		err = lt_buf_append(out, number, sizeof(number));
	if (err)
		out->len = before;
	return err;
}
