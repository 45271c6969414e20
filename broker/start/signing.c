/* signing.c: headers in, a NOTICES command out: one batch signature for all of them. */
#include "signing.h"

#include "record/record.h"
#include "base/fields.h"
#include "program/log.h"
#include "queue/limits.h"
#include "wire/frame_roots.h"

struct work {
	struct lt_bytes headers[BROKER_SIGN_NOTICES];
	struct lt_notice_signature notices[BROKER_SIGN_NOTICES];
	struct lt_buf signatures[BROKER_SIGN_NOTICES];
	size_t count;
};

static void read_request(struct lt_bytes request, struct work *work)
{
	struct fields_reader in = { .rest = request };
	work->count = 0;
	while (in.rest.len > 0 && !in.failed) {
		LT_ASSERT(work->count < BROKER_SIGN_NOTICES);
		struct lt_notice_signature *notice = &work->notices[work->count];
		notice->sequence = fields_get_u64(&in);
		notice->index = fields_get_u32(&in);
		work->headers[work->count++] = fields_get_bytes(&in);
	}
	LT_ASSERT(fields_end(&in) == LT_OK);
}

static enum lt_err encode(const struct lt_signer *signer, struct work *work, struct lt_buf *out)
{
	uint8_t certificate[32];
	struct lt_command command = { .type = LT_COMMAND_NOTICES };
	struct frame_roots roots;
	size_t bytes = 0;
	for (size_t i = 0; i < work->count; i++)
		bytes += work->signatures[i].len;
	enum lt_err err = frame_roots_init(&roots, bytes);
	if (err)
		return err;
	for (size_t i = 0; i < work->count; i++)
		work->notices[i].signature = frame_roots_shorten(&roots, lt_buf_bytes(&work->signatures[i]));
	lt_sha256(lt_signer_certificate(signer), certificate);
	command.u.notices = (struct lt_notices_command){ .count = work->count,
							 .notices = work->notices,
							 .root_count = roots.count,
							 .roots = roots.roots,
							 .certificate_sha256 = lt_bytes(certificate, 32) };
	err = lt_command_encode(&command, out);
	frame_roots_fini(&roots);
	return err;
}

enum lt_err signing_make(struct lt_signer *signer, struct lt_bytes request, struct lt_buf *command)
{
	struct work work;
	read_request(request, &work);
	for (size_t i = 0; i < work.count; i++)
		work.signatures[i] = (struct lt_buf){ 0 };
	enum lt_err err = lt_signer_batch(signer, work.headers, work.count, work.signatures);
	if (!err)
		err = encode(signer, &work, command);
	for (size_t i = 0; i < work.count; i++)
		lt_buf_fini(&work.signatures[i]);
	return err;
}
