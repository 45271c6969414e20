/* batch_text.h: a batch signature as files that a shell can check (docs/evidence.md). In-tree programs only. */
#ifndef WIRE_BATCH_TEXT_H
#define WIRE_BATCH_TEXT_H

#include "signature.h"

/* Appends what the CMS signs: type, number of leaves and root; and the way from this header's leaf to the root, a line a step: the side on
 * which the other hash stands, and that hash in base64. LT_EINVAL: the path has no place in such a tree; LT_ENOMEM. */
enum lt_err batch_text(const struct lt_batch_signature *tree, struct lt_bytes header, struct lt_buf *text,
		       struct lt_buf *path);

#endif
