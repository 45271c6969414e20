/* input.c: jobs and outputs as length-prefixed bytes. Both ends are ours: damage is a broken invariant. */
#include "input.h"

#include <string.h>

#include "base/fields.h"
#include "program/log.h"

/* The length before a frame is filled in at its end. */
static size_t begin_frame(struct fields_writer *writer)
{
	fields_put_u32(writer, 0);
	return writer->buf->len;
}

static void end_frame(struct fields_writer *writer, size_t start)
{
	size_t len = writer->buf->len - start;
	LT_ASSERT(!writer->failed && len <= UINT32_MAX);
	fields_raw_put32(writer->buf->data + start - 4, (uint32_t)len);
}

/* The length of the frame with its own 4 bytes; 0: there is none. */
static size_t open_frame(struct lt_bytes bytes, struct fields_reader *in)
{
	struct fields_reader outer = { .rest = bytes };
	if (bytes.len == 0)
		return 0;
	*in = (struct fields_reader){ .rest = fields_get_bytes(&outer) };
	LT_ASSERT(!outer.failed);
	return in->rest.len + 4;
}

static void put_session(struct fields_writer *out, struct session_ref session)
{
	fields_put_u32(out, session.slot);
	fields_put_u64(out, session.serial);
}

static struct session_ref get_session(struct fields_reader *in)
{
	struct session_ref session;
	session.slot = fields_get_u32(in);
	session.serial = fields_get_u64(in);
	return session;
}

/* Room for the fields, codes and a refusal's text, and what else the job carries. */
static size_t job_size(const struct input *input)
{
	size_t size = 512;
	switch (input->type) {
	case INPUT_SUBMIT:
		size += input->u.submit.id.len + input->u.submit.command.len;
		for (size_t i = 0; i < input->u.submit.part_count; i++)
			size += input->u.submit.parts[i].len + 4;
		break;
	case INPUT_SESSION:
	case INPUT_STORED:
	case INPUT_COMMAND:
		size += input->u.command.len;
		break;
	case INPUT_CONTROL:
		size += input->u.control.request.len;
		break;
	case INPUT_ACK:
		size += input->u.ack.except.len;
		break;
	case INPUT_QUERY:
		size += input->u.query.sequences.len + input->u.query.dossiers.len;
		break;
	case INPUT_PART:
	case INPUT_PART_LOST:
		size += 32 + 16;
		break;
	case INPUT_CREDIT:
	case INPUT_REPORT:
	case INPUT_LOST:
		break;
	}
	return size;
}

static void put_submit(const struct input *input, struct fields_writer *out)
{
	LT_ASSERT(input->u.submit.part_count <= LT_PARTS_MAX);
	fields_put_u32(out, input->u.submit.index);
	fields_put_u32(out, input->u.submit.bytes);
	fields_put_u32(out, (uint32_t)input->u.submit.refused.reason);
	fields_put_bytes(out, input->u.submit.refused.reason ? lt_refusal_sentence(&input->u.submit.refused)
							     : (struct lt_bytes){ 0 });
	fields_put_bytes(out, input->u.submit.id);
	fields_put_code(out, input->u.submit.refused.reason ? input->u.submit.dossier : "");
	fields_put_bytes(out, input->u.submit.command);
	fields_put_u8(out, (uint8_t)input->u.submit.part_count);
	for (size_t i = 0; i < input->u.submit.part_count; i++)
		fields_put_bytes(out, input->u.submit.parts[i]);
}

static void get_submit(struct fields_reader *in, struct input *out)
{
	out->u.submit.index = fields_get_u32(in);
	out->u.submit.bytes = fields_get_u32(in);
	enum lt_reason reason = (enum lt_reason)fields_get_u32(in);
	lt_refuse_again(&out->u.submit.refused, reason, fields_get_bytes(in));
	out->u.submit.id = fields_get_bytes(in);
	fields_get_code(in, out->u.submit.dossier, sizeof(out->u.submit.dossier));
	out->u.submit.command = fields_get_bytes(in);
	out->u.submit.part_count = fields_get_u8(in);
	LT_ASSERT(out->u.submit.part_count <= LT_PARTS_MAX);
	for (size_t i = 0; i < out->u.submit.part_count; i++)
		out->u.submit.parts[i] = fields_get_bytes(in);
}

static void put_report(int64_t ahead, const struct lt_adapter_report *told, struct fields_writer *out)
{
	fields_put_u64(out, (uint64_t)ahead);
	fields_put_u64(out, (uint64_t)told->clock);
	fields_put_u64(out, told->disk_free);
	fields_put_u64(out, told->disk_size);
	fields_put_u64(out, told->disk_reserve);
	fields_put_u64(out, told->store_bytes);
	fields_put_u8(out, told->full);
	fields_put_u64(out, told->unsent);
	fields_put_u64(out, (uint64_t)told->unsent_since);
	fields_put_u64(out, (uint64_t)told->restored_at);
}

static void get_report(struct fields_reader *in, struct input *out)
{
	struct lt_adapter_report *told = &out->u.report.told;
	out->u.report.ahead = (int64_t)fields_get_u64(in);
	told->clock = (int64_t)fields_get_u64(in);
	told->disk_free = fields_get_u64(in);
	told->disk_size = fields_get_u64(in);
	told->disk_reserve = fields_get_u64(in);
	told->store_bytes = fields_get_u64(in);
	told->full = fields_get_u8(in) != 0;
	told->unsent = fields_get_u64(in);
	told->unsent_since = (int64_t)fields_get_u64(in);
	told->restored_at = (int64_t)fields_get_u64(in);
}

static void put_job(const struct input *input, struct fields_writer *out)
{
	switch (input->type) {
	case INPUT_SUBMIT:
		put_submit(input, out);
		return;
	case INPUT_ACK:
		fields_put_code(out, input->u.ack.agency);
		fields_put_u64(out, input->u.ack.number);
		fields_put_bytes(out, input->u.ack.except);
		return;
	case INPUT_CREDIT:
		fields_put_code(out, input->u.credit.agency);
		fields_put_u32(out, input->u.credit.envelopes);
		fields_put_u64(out, input->u.credit.bytes);
		return;
	case INPUT_REPORT:
		put_report(input->u.report.ahead, &input->u.report.told, out);
		return;
	case INPUT_QUERY:
		fields_put_code(out, input->u.query.agency);
		fields_put_code(out, input->u.query.dossier);
		fields_put_u64(out, input->u.query.min_seq);
		fields_put_u64(out, input->u.query.token);
		fields_put_u32(out, input->u.query.ledger);
		fields_put_u64(out, input->u.query.old_size);
		fields_put_bytes(out, input->u.query.sequences);
		fields_put_bytes(out, input->u.query.dossiers);
		fields_put_u32(out, input->u.query.procedures);
		fields_put_code(out, input->u.query.procedure);
		fields_put_u32(out, input->u.query.version);
		fields_put_u32(out, input->u.query.newest);
		fields_put_u32(out, input->u.query.applicant);
		return;
	case INPUT_CONTROL:
		fields_put_u64(out, input->u.control.client);
		fields_put_bytes(out, input->u.control.request);
		return;
	case INPUT_SESSION:
	case INPUT_STORED:
	case INPUT_COMMAND:
		fields_put_bytes(out, input->u.command);
		return;
	case INPUT_LOST:
		fields_put_code(out, input->u.lost.agency);
		return;
	case INPUT_PART:
	case INPUT_PART_LOST:
		fields_put_code(out, input->u.part.agency);
		fields_put_raw(out, input->u.part.sha256, sizeof(input->u.part.sha256));
		fields_put_u64(out, input->u.part.size);
		fields_put_u64(out, input->u.part.number);
		return;
	}
	lt_fatal("job type %d", (int)input->type);
}

static void get_job(struct fields_reader *in, struct input *out)
{
	switch (out->type) {
	case INPUT_SUBMIT:
		get_submit(in, out);
		return;
	case INPUT_ACK:
		fields_get_code(in, out->u.ack.agency, sizeof(out->u.ack.agency));
		out->u.ack.number = fields_get_u64(in);
		out->u.ack.except = fields_get_bytes(in);
		return;
	case INPUT_CREDIT:
		fields_get_code(in, out->u.credit.agency, sizeof(out->u.credit.agency));
		out->u.credit.envelopes = fields_get_u32(in);
		out->u.credit.bytes = fields_get_u64(in);
		return;
	case INPUT_REPORT:
		get_report(in, out);
		return;
	case INPUT_QUERY:
		fields_get_code(in, out->u.query.agency, sizeof(out->u.query.agency));
		fields_get_code(in, out->u.query.dossier, sizeof(out->u.query.dossier));
		out->u.query.min_seq = fields_get_u64(in);
		out->u.query.token = fields_get_u64(in);
		out->u.query.ledger = fields_get_u32(in) != 0;
		out->u.query.old_size = fields_get_u64(in);
		out->u.query.sequences = fields_get_bytes(in);
		out->u.query.dossiers = fields_get_bytes(in);
		out->u.query.procedures = fields_get_u32(in);
		fields_get_code(in, out->u.query.procedure, sizeof(out->u.query.procedure));
		out->u.query.version = fields_get_u32(in);
		out->u.query.newest = fields_get_u32(in) != 0;
		out->u.query.applicant = fields_get_u32(in) != 0;
		return;
	case INPUT_CONTROL:
		out->u.control.client = fields_get_u64(in);
		out->u.control.request = fields_get_bytes(in);
		return;
	case INPUT_SESSION:
	case INPUT_STORED:
	case INPUT_COMMAND:
		out->u.command = fields_get_bytes(in);
		return;
	case INPUT_LOST:
		fields_get_code(in, out->u.lost.agency, sizeof(out->u.lost.agency));
		return;
	case INPUT_PART:
	case INPUT_PART_LOST:
		fields_get_code(in, out->u.part.agency, sizeof(out->u.part.agency));
		fields_get_raw(in, out->u.part.sha256, sizeof(out->u.part.sha256));
		out->u.part.size = fields_get_u64(in);
		out->u.part.number = fields_get_u64(in);
		return;
	}
	lt_fatal("job type %d", (int)out->type);
}

enum lt_err input_encode(const struct input *input, struct lt_buf *out)
{
	enum lt_err err = lt_buf_reserve(out, job_size(input));
	if (err)
		return err;
	struct fields_writer writer = { .buf = out };
	size_t start = begin_frame(&writer);
	fields_put_u8(&writer, (uint8_t)input->type);
	put_session(&writer, input->session);
	put_job(input, &writer);
	end_frame(&writer, start);
	return LT_OK;
}

size_t input_decode(struct lt_bytes bytes, struct input *out)
{
	struct fields_reader in;
	size_t len = open_frame(bytes, &in);
	if (len == 0)
		return 0;
	out->type = (enum input_type)fields_get_u8(&in);
	out->session = get_session(&in);
	get_job(&in, out);
	LT_ASSERT(fields_end(&in) == LT_OK);
	return len;
}

enum lt_err output_encode(const struct output *out, struct lt_buf *buf)
{
	enum lt_err err = lt_buf_reserve(buf, 64 + out->data.len);
	if (err)
		return err;
	struct fields_writer writer = { .buf = buf };
	size_t start = begin_frame(&writer);
	fields_put_u8(&writer, (uint8_t)out->type);
	put_session(&writer, out->session);
	fields_put_u64(&writer, out->client);
	fields_put_u32(&writer, out->answered);
	fields_put_u32(&writer, out->answered_bytes);
	fields_put_bytes(&writer, out->data);
	end_frame(&writer, start);
	return LT_OK;
}

size_t output_decode(struct lt_bytes bytes, struct output *out)
{
	struct fields_reader in;
	size_t len = open_frame(bytes, &in);
	if (len == 0)
		return 0;
	out->type = (enum output_type)fields_get_u8(&in);
	out->session = get_session(&in);
	out->client = fields_get_u64(&in);
	out->answered = fields_get_u32(&in);
	out->answered_bytes = fields_get_u32(&in);
	out->data = fields_get_bytes(&in);
	LT_ASSERT(fields_end(&in) == LT_OK);
	return len;
}
