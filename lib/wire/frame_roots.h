/* frame_roots.h: the CMS of a batch stands once in a message, and the signatures of its envelopes point to it. Outside of a
 * message every Signature is whole, but those of a NOTICES record, which brings its root along. Source: SPEC.md section 4, "Roots".
 * In-tree programs only. */
#ifndef WIRE_FRAME_ROOTS_H
#define WIRE_FRAME_ROOTS_H

#include <lienthong/base.h>

#define FRAME_ROOTS_MAX 64u /* as many as envelopes */

/* The roots of a message that is being written. `bytes` holds what the shortened signatures are views of; it has room from
 * the start and never moves. */
struct frame_roots {
	size_t count;
	struct lt_bytes roots[FRAME_ROOTS_MAX];
	struct lt_buf bytes;
};
enum lt_err frame_roots_init(struct frame_roots *roots, size_t signature_bytes); /* LT_ENOMEM; of all of them */
void frame_roots_fini(struct frame_roots *roots);
/* The signature as it stands in the message: one of a batch without its CMS, which is added to the roots; any other as it is. */
struct lt_bytes frame_roots_shorten(struct frame_roots *roots, struct lt_bytes signature);

#define FRAME_ROOTS_STEP 34u     /* bytes of a step of a path: tag, length, hash */
#define FRAME_ROOTS_STEPS_MAX 9u /* one more than a tree over 256 headers has */
#define FRAME_ROOTS_GAP_MAX 16u  /* bytes between CMS and path: two numbers */
/* The CMS of a whole batch signature, a view into it; empty for any other. path, behind it and to the end: the steps one after the
 * other; empty: there are none, or in a form that encoders do not make. */
struct lt_bytes frame_roots_cms(struct lt_bytes signature, struct lt_bytes *path);

/* Which root the signature points to, from 1; 0: to none. */
uint64_t frame_roots_pointer(struct lt_bytes signature);

/* The whole signature, in the arena when it points to a root; itself when it does not, and when it does wrongly: the check of
 * signatures refuses what points still. LT_ENOMEM. */
enum lt_err frame_roots_restore(const struct lt_bytes *roots, size_t count, struct lt_arena *arena,
				struct lt_bytes *signature);

#endif
