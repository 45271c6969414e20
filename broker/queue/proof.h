/* proof.h: what the gate knows about a session when its PROOF comes: travels to ADMIT in the message of a RING_PROOF slot. */
#ifndef QUEUE_PROOF_H
#define QUEUE_PROOF_H

#include <lienthong/base.h>

struct proof_context {
	struct lt_bytes broker_nonce, adapter_nonce; /* 32 bytes each */
	struct lt_bytes hello, proof;                /* encoded Links */
};
/* Appends. LT_ENOMEM. */
enum lt_err proof_context_encode(const struct proof_context *context, struct lt_buf *out);
/* Views into bytes. Asserts on damage: both ends are ours. */
struct proof_context proof_context_decode(struct lt_bytes bytes);

#endif
