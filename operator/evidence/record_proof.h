/* record_proof.h: the proof that a record stands in the broker's ledger, as a tlog-proof. */
#ifndef EVIDENCE_RECORD_PROOF_H
#define EVIDENCE_RECORD_PROOF_H

#include "cli/control_client.h"

/* Appends its text. What is proved is made of digests alone. Says what is wrong and returns an exit code. */
int record_proof_make(struct control_client *control, uint64_t sequence, struct lt_buf *out);

#endif
