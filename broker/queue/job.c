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

/* Room for the fields, codes and a refusal's text, and what else the job carries. */
static size_t job_size(const struct job *job)
{
	size_t size = 512;
	switch (job->type) {
	case JOB_SUBMIT:
		size += job->u.submit.id.len + job->u.submit.command.len;
		for (size_t i = 0; i < job->u.submit.part_count; i++)
			size += job->u.submit.parts[i].len + 4;
		break;
	case JOB_SESSION:
	case JOB_COMMAND:
		size += job->u.command.len;
		break;
	case JOB_CONTROL:
		size += job->u.control.request.len;
		break;
	case JOB_ACK:
	case JOB_CREDIT:
	case JOB_LOST:
	case JOB_QUERY:
		break;
	}
	return size;
}

static void put_submit(const struct job *job, struct lt_buf *out)
{
	LT_ASSERT(job->u.submit.part_count <= LT_PARTS_MAX);
	field_put_u32(out, job->u.submit.index);
	field_put_u32(out, job->u.submit.bytes);
	field_put_u32(out, (uint32_t)job->u.submit.refused.reason);
	field_put_code(out, job->u.submit.refused.reason ? job->u.submit.refused.detail : "");
	put_bytes(out, job->u.submit.id);
	put_bytes(out, job->u.submit.command);
	field_put_u8(out, (uint8_t)job->u.submit.part_count);
	for (size_t i = 0; i < job->u.submit.part_count; i++)
		put_bytes(out, job->u.submit.parts[i]);
}

static void get_submit(struct field_reader *in, struct job *out)
{
	out->u.submit.index = field_get_u32(in);
	out->u.submit.bytes = field_get_u32(in);
	out->u.submit.refused.reason = (enum lt_reason)field_get_u32(in);
	field_get_code(in, out->u.submit.refused.detail, sizeof(out->u.submit.refused.detail));
	out->u.submit.id = get_bytes(in);
	out->u.submit.command = get_bytes(in);
	out->u.submit.part_count = field_get_u8(in);
	LT_ASSERT(out->u.submit.part_count <= LT_PARTS_MAX);
	for (size_t i = 0; i < out->u.submit.part_count; i++)
		out->u.submit.parts[i] = get_bytes(in);
}

static void put_job(const struct job *job, struct lt_buf *out)
{
	switch (job->type) {
	case JOB_SUBMIT:
		put_submit(job, out);
		return;
	case JOB_ACK:
		field_put_code(out, job->u.ack.agency);
		field_put_u64(out, job->u.ack.number);
		return;
	case JOB_CREDIT:
		field_put_code(out, job->u.credit.agency);
		field_put_u32(out, job->u.credit.envelopes);
		field_put_u64(out, job->u.credit.bytes);
		return;
	case JOB_QUERY:
		field_put_code(out, job->u.query.agency);
		field_put_code(out, job->u.query.dossier);
		field_put_u64(out, job->u.query.min_seq);
		field_put_u64(out, job->u.query.token);
		return;
	case JOB_CONTROL:
		field_put_u64(out, job->u.control.client);
		put_bytes(out, job->u.control.request);
		return;
	case JOB_SESSION:
	case JOB_COMMAND:
		put_bytes(out, job->u.command);
		return;
	case JOB_LOST:
		return;
	}
	lt_fatal("job type %d", (int)job->type);
}

static void get_job(struct field_reader *in, struct job *out)
{
	switch (out->type) {
	case JOB_SUBMIT:
		get_submit(in, out);
		return;
	case JOB_ACK:
		field_get_code(in, out->u.ack.agency, sizeof(out->u.ack.agency));
		out->u.ack.number = field_get_u64(in);
		return;
	case JOB_CREDIT:
		field_get_code(in, out->u.credit.agency, sizeof(out->u.credit.agency));
		out->u.credit.envelopes = field_get_u32(in);
		out->u.credit.bytes = field_get_u64(in);
		return;
	case JOB_QUERY:
		field_get_code(in, out->u.query.agency, sizeof(out->u.query.agency));
		field_get_code(in, out->u.query.dossier, sizeof(out->u.query.dossier));
		out->u.query.min_seq = field_get_u64(in);
		out->u.query.token = field_get_u64(in);
		return;
	case JOB_CONTROL:
		out->u.control.client = field_get_u64(in);
		out->u.control.request = get_bytes(in);
		return;
	case JOB_SESSION:
	case JOB_COMMAND:
		out->u.command = get_bytes(in);
		return;
	case JOB_LOST:
		return;
	}
	lt_fatal("job type %d", (int)out->type);
}

enum lt_err job_encode(const struct job *job, struct lt_buf *out)
{
	enum lt_err err = lt_buf_reserve(out, job_size(job));
	if (err)
		return err;
	size_t start = begin_frame(out);
	field_put_u8(out, (uint8_t)job->type);
	put_session(out, job->session);
	put_job(job, out);
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
	get_job(&in, out);
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
