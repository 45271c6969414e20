/* signing.h: one batch signature over notices that have none yet. A thread of START works for the engine here; the key is behind
 * struct lt_signer. */
#ifndef BROKER_SIGNING_H
#define BROKER_SIGNING_H

#include <lienthong/identity.h>

/* request: as engine_unsigned appends it: sequence (8), index (4), length (4), header, little-endian; 1 to 256 of them.
 * Appends an encoded NOTICES command. LT_ECRYPTO. Asserts on damage: both ends are ours. */
enum lt_err signing_make(struct lt_signer *signer, struct lt_bytes request, struct lt_buf *command);

#endif
