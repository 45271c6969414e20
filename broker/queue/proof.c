/* proof.c: a proof's context as bytes. */
#include "proof.h"

#include "program/log.h"
#include "wire/link.h"

enum { NONCE_BYTES = 32 };

enum lt_err proof_context_encode(const struct proof_context *context, struct lt_buf *out)
{
	LT_ASSERT(context->broker_nonce.len == NONCE_BYTES && context->adapter_nonce.len == NONCE_BYTES);
	LT_ASSERT(context->hello.len <= LT_LINK_MESSAGE_MAX);
	uint8_t length[4];
	for (unsigned i = 0; i < 4; i++)
		length[i] = (uint8_t)(context->hello.len >> (8 * i));
	enum lt_err err = lt_buf_append(out, context->broker_nonce.data, NONCE_BYTES);
	if (!err)
		err = lt_buf_append(out, context->adapter_nonce.data, NONCE_BYTES);
	if (!err)
		err = lt_buf_append(out, length, sizeof length);
	if (!err)
		err = lt_buf_append(out, context->hello.data, context->hello.len);
	if (!err)
		err = lt_buf_append(out, context->proof.data, context->proof.len);
	return err;
}

struct proof_context proof_context_decode(struct lt_bytes bytes)
{
	const uint8_t *at = bytes.data;
	size_t fixed = 2 * NONCE_BYTES + 4;
	LT_ASSERT(bytes.len >= fixed);
	size_t hello = 0;
	for (unsigned i = 0; i < 4; i++)
		hello |= (size_t)at[2 * NONCE_BYTES + i] << (8 * i);
	LT_ASSERT(hello <= bytes.len - fixed);
	return (struct proof_context){ .broker_nonce = lt_bytes(at, NONCE_BYTES),
				       .adapter_nonce = lt_bytes(at + NONCE_BYTES, NONCE_BYTES),
				       .hello = lt_bytes(at + fixed, hello),
				       .proof = lt_bytes(at + fixed + hello, bytes.len - fixed - hello) };
}
