/* job.c: jobs and outputs as length-prefixed bytes. Both ends are ours: damage is a broken invariant. */
#include "job.h"

#include <string.h>

#include "program/field.h"

static void put_bytes(struct lt_buf *buf, struct lt_bytes bytes)
{
	LT_ASSERT(bytes.len <= UINT32_MAX);
	field_put_u32(buf, (uint32_t)bytes.len);
	field_put(buf, bytes.data, bytes.len);
}

static struct lt_bytes get_bytes(struct field_reader *in)
{
	size_t len = field_get_u32(in);
	return lt_bytes(field_get(in, len), len);
}

/* The length before a frame is filled in at its end. */
static size_t begin_frame(struct lt_buf *buf)
{
	field_put_u32(buf, 0);
	return buf->len;
}

static void end_frame(struct lt_buf *buf, size_t start)
{
	size_t len = buf->len - start;
	LT_ASSERT(len <= UINT32_MAX);
	for (size_t i = 0; i < 4; i++)
		buf->data[start - 4 + i] = (uint8_t)(len >> (8 * i));
}

static bool open_frame(struct lt_bytes bytes, struct field_reader *in)
{
	if (bytes.len == 0)
		return false;
	struct field_reader outer = { .bytes = bytes };
	in->bytes = get_bytes(&outer);
	in->at = 0;
	return true;
}

static void put_session(struct lt_buf *buf, struct session_ref session)
{
	field_put_u32(buf, session.slot);
	field_put_u64(buf, session.serial);
}

static struct session_ref get_session(struct field_reader *in)
{
	struct session_ref session;
	session.slot = field_get_u32(in);
	session.serial = field_get_u64(in);
	return session;
}

static size_t job_size(const struct job *job)
{
	size_t size = 256 + sizeof(job->refused.detail) + job->id.len + job->command.len + job->data.len;
	for (size_t i = 0; i < job->part_count; i++)
		size += job->parts[i].len + 4;
	return size;
}

enum lt_err job_encode(const struct job *job, struct lt_buf *out)
{
	LT_ASSERT(job->part_count <= LT_PARTS_MAX);
	enum lt_err err = lt_buf_reserve(out, job_size(job));
	if (err)
		return err;
	size_t start = begin_frame(out);
	field_put_u8(out, (uint8_t)job->type);
	put_session(out, job->session);
	field_put_u64(out, job->client);
	field_put_u32(out, job->index);
	field_put_u32(out, job->bytes);
	field_put_u32(out, (uint32_t)job->refused.reason);
	field_put_code(out, job->refused.reason ? job->refused.detail : "");
	put_bytes(out, job->id);
	put_bytes(out, job->command);
	field_put_u8(out, (uint8_t)job->part_count);
	for (size_t i = 0; i < job->part_count; i++)
		put_bytes(out, job->parts[i]);
	put_bytes(out, job->data);
	field_put_code(out, job->agency);
	field_put_u64(out, job->number);
	field_put_u32(out, job->envelopes);
	field_put_u64(out, job->token);
	field_put_code(out, job->dossier);
	field_put_u64(out, (uint64_t)job->received_at);
	end_frame(out, start);
	return LT_OK;
}

size_t job_decode(struct lt_bytes bytes, struct job *out)
{
	struct field_reader in;
	if (!open_frame(bytes, &in))
		return 0;
	out->type = (enum job_type)field_get_u8(&in);
	out->session = get_session(&in);
	out->client = field_get_u64(&in);
	out->index = field_get_u32(&in);
	out->bytes = field_get_u32(&in);
	out->refused.reason = (enum lt_reason)field_get_u32(&in);
	field_get_code(&in, out->refused.detail, sizeof(out->refused.detail));
	out->id = get_bytes(&in);
	out->command = get_bytes(&in);
	out->part_count = field_get_u8(&in);
	LT_ASSERT(out->part_count <= LT_PARTS_MAX);
	for (size_t i = 0; i < out->part_count; i++)
		out->parts[i] = get_bytes(&in);
	out->data = get_bytes(&in);
	field_get_code(&in, out->agency, sizeof(out->agency));
	out->number = field_get_u64(&in);
	out->envelopes = field_get_u32(&in);
	out->token = field_get_u64(&in);
	field_get_code(&in, out->dossier, sizeof(out->dossier));
	out->received_at = (int64_t)field_get_u64(&in);
	field_end(&in);
	return in.bytes.len + 4;
}

enum lt_err out_encode(const struct out *out, struct lt_buf *buf)
{
	enum lt_err err = lt_buf_reserve(buf, 64 + out->data.len);
	if (err)
		return err;
	size_t start = begin_frame(buf);
	field_put_u8(buf, (uint8_t)out->type);
	put_session(buf, out->session);
	field_put_u64(buf, out->client);
	field_put_u32(buf, out->answered);
	field_put_u32(buf, out->answered_bytes);
	put_bytes(buf, out->data);
	end_frame(buf, start);
	return LT_OK;
}

size_t out_decode(struct lt_bytes bytes, struct out *out)
{
	struct field_reader in;
	if (!open_frame(bytes, &in))
		return 0;
	out->type = (enum out_type)field_get_u8(&in);
	out->session = get_session(&in);
	out->client = field_get_u64(&in);
	out->answered = field_get_u32(&in);
	out->answered_bytes = field_get_u32(&in);
	out->data = get_bytes(&in);
	field_end(&in);
	return in.bytes.len + 4;
}
