/* link.c: the messages of the link as tables, their two functions, and a look at the outermost bytes. */
#include "link.h"
#include "frame_roots.h"
#include "maps.h"
#include "link.pb-c.h"

#include <string.h>

/* ---- session ---- */

static const struct codec_field hello_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_hello, version_min),
	CODEC_FIELD(2, CODEC_U32, struct lt_hello, version_max),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_hello, nonce),
	CODEC_FIELD_LIST(4, CODEC_TEXTS, struct lt_hello, agencies, agency_count),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_hello, software),
	CODEC_FIELD(6, CODEC_U64, struct lt_hello, directory_version),
	CODEC_FIELD(7, CODEC_BYTES, struct lt_hello, directory_sha256),
	CODEC_FIELD_LIST(8, CODEC_BYTES_LIST, struct lt_hello, lists, list_count),
	CODEC_FIELD(9, CODEC_U64, struct lt_hello, definitions),
};
static const struct codec_map hello_map = CODEC_MAP(hello_fields, struct lt_hello);

static const struct codec_field challenge_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_challenge, version),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_challenge, nonce),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_challenge, domain),
	CODEC_FIELD(4, CODEC_BYTES, struct lt_challenge, incarnation),
	CODEC_FIELD(5, CODEC_BYTES, struct lt_challenge, broker_key),
	CODEC_FIELD(6, CODEC_U64, struct lt_challenge, time),
};
static const struct codec_map challenge_map = CODEC_MAP(challenge_fields, struct lt_challenge);

static const struct codec_field agency_proof_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_agency_proof, agency),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_agency_proof, cms),
	CODEC_FIELD(3, CODEC_U64, struct lt_agency_proof, resume),
};
static const struct codec_map agency_proof_map = CODEC_MAP(agency_proof_fields, struct lt_agency_proof);

static const struct codec_field proof_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_proof, agencies, count, agency_proof_map),
};
static const struct codec_map proof_map = CODEC_MAP(proof_fields, struct lt_proof);

static const struct codec_field exception_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_exception, number),
	CODEC_FIELD(2, CODEC_U32, struct lt_exception, reason),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_exception, sha256),
};
static const struct codec_map exception_map = CODEC_MAP(exception_fields, struct lt_exception);

static const struct codec_field agency_welcome_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_agency_welcome, agency),
	CODEC_FIELD(2, CODEC_U64, struct lt_agency_welcome, acknowledged),
	CODEC_FIELD(3, CODEC_U64, struct lt_agency_welcome, head),
	CODEC_FIELD_RECORDS(4, struct lt_agency_welcome, excepted, excepted_count, exception_map),
	CODEC_FIELD(5, CODEC_U64, struct lt_agency_welcome, received),
};
static const struct codec_map agency_welcome_map = CODEC_MAP(agency_welcome_fields, struct lt_agency_welcome);

static const struct codec_field welcome_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_welcome, epoch),
	CODEC_FIELD(2, CODEC_U64, struct lt_welcome, head),
	CODEC_FIELD(3, CODEC_U64, struct lt_welcome, directory_version),
	CODEC_FIELD(4, CODEC_U32, struct lt_welcome, max_message),
	CODEC_FIELD(5, CODEC_U32, struct lt_welcome, max_envelopes),
	CODEC_FIELD(6, CODEC_U32, struct lt_welcome, credit_envelopes),
	CODEC_FIELD(7, CODEC_U64, struct lt_welcome, credit_bytes),
	CODEC_FIELD(8, CODEC_U32, struct lt_welcome, ping_interval_ms),
	CODEC_FIELD_RECORDS(9, struct lt_welcome, agencies, count, agency_welcome_map),
	CODEC_FIELD(10, CODEC_BYTES, struct lt_welcome, checkpoint),
};
static const struct codec_map welcome_map = CODEC_MAP(welcome_fields, struct lt_welcome);

/* ---- envelopes ---- */

static const struct codec_field envelope_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_envelope, header),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_envelope, signature),
	CODEC_FIELD_LIST(3, CODEC_BYTES_LIST, struct lt_envelope, parts, part_count),
};
static const struct codec_map envelope_map = CODEC_MAP(envelope_fields, struct lt_envelope);

static const struct codec_field submit_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_submit, envelopes, count, envelope_map),
	CODEC_FIELD_LIST(2, CODEC_BYTES_LIST, struct lt_submit, roots, root_count),
};
static const struct codec_map submit_map = CODEC_MAP(submit_fields, struct lt_submit);

static const struct codec_field admitted_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_answer, id),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_answer, sender),
	CODEC_FIELD(3, CODEC_U64, struct lt_answer, sequence),
	CODEC_FIELD(4, CODEC_U64, struct lt_answer, time),
	CODEC_FIELD(5, CODEC_BYTES, struct lt_answer, head),
	CODEC_FIELD(6, CODEC_U32, struct lt_answer, branch),
	CODEC_FIELD(7, CODEC_U64, struct lt_answer, branch_version),
	CODEC_FIELD(8, CODEC_BYTES, struct lt_answer, verdict_digest),
	CODEC_FIELD(9, CODEC_BYTES, struct lt_answer, outcome_digest),
};
static const struct codec_map admitted_map = CODEC_MAP(admitted_fields, struct lt_answer);

/* clang-format off */
static const struct codec_field rejected_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_answer, id),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_answer, sender),
	CODEC_FIELD(3, CODEC_U32, struct lt_answer, reason),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_answer, detail),
	CODEC_FIELD(5, CODEC_U64, struct lt_answer, sequence),
	CODEC_FIELD(6, CODEC_BOOL, struct lt_answer, retry),
	CODEC_FIELD(7, CODEC_U32, struct lt_answer, index),
	CODEC_FIELD(8, CODEC_BYTES, struct lt_answer, sentence),
	CODEC_FIELD(9, CODEC_TEXT, struct lt_answer, vietnamese),
};
/* clang-format on */
static const struct codec_map rejected_map = CODEC_MAP(rejected_fields, struct lt_answer);

static const struct codec_field answer_fields[] = {
	CODEC_CHOICE(1, 0, admitted_map),
	CODEC_CHOICE(2, 0, rejected_map),
};
static uint32_t answer_get(const void *record)
{
	return ((const struct lt_answer *)record)->reason ? 2 : 1;
}
/* A refusal without a reason would read as an admission. */
static bool answer_set(void *record, uint32_t id)
{
	return id == answer_get(record);
}
static const struct codec_map answer_map =
	CODEC_MAP_CHOICE(answer_fields, struct lt_answer, answer_get, answer_set, false);

static const struct codec_field answers_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_answers, answers, count, answer_map),
};
static const struct codec_map answers_map = CODEC_MAP(answers_fields, struct lt_answers);

static const struct codec_field delivery_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_delivery, number),
	CODEC_FIELD(2, CODEC_U64, struct lt_delivery, sequence),
	CODEC_FIELD(3, CODEC_U64, struct lt_delivery, time),
	CODEC_FIELD_RECORD(4, CODEC_MESSAGE, struct lt_delivery, envelope, envelope_map),
	CODEC_FIELD(5, CODEC_U32, struct lt_delivery, branch),
	CODEC_FIELD(6, CODEC_U64, struct lt_delivery, branch_version),
	CODEC_FIELD(7, CODEC_BOOL, struct lt_delivery, parts_elided),
	CODEC_FIELD(8, CODEC_U64, struct lt_delivery, previous),
	CODEC_FIELD(9, CODEC_U64, struct lt_delivery, erased_by),
	CODEC_FIELD(10, CODEC_U32, struct lt_delivery, recipient),
};
static const struct codec_map delivery_map = CODEC_MAP(delivery_fields, struct lt_delivery);

static const struct codec_field deliver_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_deliver, agency),
	CODEC_FIELD_RECORDS(2, struct lt_deliver, items, count, delivery_map),
	CODEC_FIELD_LIST(3, CODEC_BYTES_LIST, struct lt_deliver, roots, root_count),
};
static const struct codec_map deliver_map = CODEC_MAP(deliver_fields, struct lt_deliver);

/* ---- the small ones ---- */

static const struct codec_field received_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_received, agency),
	CODEC_FIELD(2, CODEC_U64, struct lt_received, number),
	CODEC_FIELD_RECORDS(3, struct lt_received, except, except_count, exception_map),
};
static const struct codec_map received_map = CODEC_MAP(received_fields, struct lt_received);

static const struct codec_field credit_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_credit, agency),
	CODEC_FIELD(2, CODEC_U32, struct lt_credit, envelopes),
	CODEC_FIELD(3, CODEC_U64, struct lt_credit, bytes),
};
static const struct codec_map credit_map = CODEC_MAP(credit_fields, struct lt_credit);

static const struct codec_field ping_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_ping, token),
	CODEC_FIELD_RECORD(2, CODEC_POINTER, struct lt_ping, report, codec_adapter_report_map),
};
static const struct codec_map ping_map = CODEC_MAP(ping_fields, struct lt_ping);

static const struct codec_field pong_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_pong, token),
	CODEC_FIELD(2, CODEC_U64, struct lt_pong, head),
	CODEC_FIELD(3, CODEC_U64, struct lt_pong, time),
	CODEC_FIELD(4, CODEC_U64, struct lt_pong, directory_version),
	CODEC_FIELD_LIST(5, CODEC_BYTES_LIST, struct lt_pong, lists, list_count),
	CODEC_FIELD(6, CODEC_U64, struct lt_pong, definitions),
	CODEC_FIELD(7, CODEC_U64, struct lt_pong, legal_ahead),
};
static const struct codec_map pong_map = CODEC_MAP(pong_fields, struct lt_pong);

static const struct codec_field directory_get_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_directory_get, version),
	CODEC_FIELD(2, CODEC_U64, struct lt_directory_get, offset),
};
static const struct codec_map directory_get_map = CODEC_MAP(directory_get_fields, struct lt_directory_get);

static const struct codec_field directory_chunk_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_directory_chunk, version),
	CODEC_FIELD(2, CODEC_U64, struct lt_directory_chunk, offset),
	CODEC_FIELD(3, CODEC_U64, struct lt_directory_chunk, size),
	CODEC_FIELD(4, CODEC_BYTES, struct lt_directory_chunk, data),
};
static const struct codec_map directory_chunk_map = CODEC_MAP(directory_chunk_fields, struct lt_directory_chunk);

static const struct codec_field list_get_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_list_get, sha256),
	CODEC_FIELD(2, CODEC_U64, struct lt_list_get, offset),
};
static const struct codec_map list_get_map = CODEC_MAP(list_get_fields, struct lt_list_get);

static const struct codec_field list_chunk_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_list_chunk, sha256),
	CODEC_FIELD(2, CODEC_U64, struct lt_list_chunk, offset),
	CODEC_FIELD(3, CODEC_U64, struct lt_list_chunk, size),
	CODEC_FIELD(4, CODEC_BYTES, struct lt_list_chunk, data),
};
static const struct codec_map list_chunk_map = CODEC_MAP(list_chunk_fields, struct lt_list_chunk);

static const struct codec_field query_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_query, token),
	CODEC_FIELD(2, CODEC_U64, struct lt_query, min_seq),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_query, dossier),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_query, agency),
	CODEC_FIELD(5, CODEC_BOOL, struct lt_query, ledger),
	CODEC_FIELD_LIST(6, CODEC_U64_LIST, struct lt_query, sequences, sequence_count),
	CODEC_FIELD(7, CODEC_U64, struct lt_query, old_size),
	CODEC_FIELD_RECORD(8, CODEC_POINTER, struct lt_query, dossiers, codec_dossiers_request_map),
	CODEC_FIELD(9, CODEC_U32, struct lt_query, procedures),
	CODEC_FIELD(10, CODEC_TEXT, struct lt_query, procedure),
	CODEC_FIELD(11, CODEC_U32, struct lt_query, version),
	CODEC_FIELD(50, CODEC_BOOL, struct lt_query, applicant),
};
static const struct codec_map query_map = CODEC_MAP(query_fields, struct lt_query);

static const struct codec_field ledger_path_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_ledger_path, sequence),
	CODEC_FIELD_LIST(2, CODEC_BYTES_LIST, struct lt_ledger_path, hashes, count),
};
static const struct codec_map ledger_path_map = CODEC_MAP(ledger_path_fields, struct lt_ledger_path);

static const struct codec_field ledger_end_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_ledger_end, origin),
	CODEC_FIELD(2, CODEC_U64, struct lt_ledger_end, size),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_ledger_end, root),
};
static const struct codec_map ledger_end_map = CODEC_MAP(ledger_end_fields, struct lt_ledger_end);

static const struct codec_field ledger_view_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_ledger_view, checkpoint),
	CODEC_FIELD_RECORDS(2, struct lt_ledger_view, proofs, proof_count, ledger_path_map),
	CODEC_FIELD(4, CODEC_U64, struct lt_ledger_view, old_size),
	CODEC_FIELD_LIST(5, CODEC_BYTES_LIST, struct lt_ledger_view, grown, grown_count),
	CODEC_FIELD_RECORDS(6, struct lt_ledger_view, before, before_count, ledger_end_map),
};
const struct codec_map codec_ledger_view_map = CODEC_MAP(ledger_view_fields, struct lt_ledger_view);

static const struct codec_field applicant_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_applicant_answer, text),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_applicant_answer, signature),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_applicant_answer, certificate),
};
static const struct codec_map applicant_map = CODEC_MAP(applicant_fields, struct lt_applicant_answer);

static const struct codec_field query_answer_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_query_answer, token),
	CODEC_FIELD(2, CODEC_U64, struct lt_query_answer, sequence),
	CODEC_FIELD(3, CODEC_U32, struct lt_query_answer, reason),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_query_answer, said.detail),
	CODEC_FIELD_RECORD(5, CODEC_POINTER, struct lt_query_answer, dossier, codec_dossier_view_map),
	CODEC_FIELD_RECORD(6, CODEC_POINTER, struct lt_query_answer, ledger, codec_ledger_view_map),
	CODEC_FIELD_RECORD(7, CODEC_POINTER, struct lt_query_answer, dossiers, codec_dossiers_view_map),
	CODEC_FIELD_LIST(8, CODEC_BYTES_LIST, struct lt_query_answer, procedures, procedure_count),
	CODEC_FIELD(9, CODEC_BOOL, struct lt_query_answer, more),
	CODEC_FIELD_RECORD(50, CODEC_POINTER, struct lt_query_answer, applicant, applicant_map),
	CODEC_FIELD(51, CODEC_BYTES, struct lt_query_answer, said.sentence),
	CODEC_FIELD(52, CODEC_TEXT, struct lt_query_answer, said.vietnamese),
};
static const struct codec_map query_answer_map = CODEC_MAP(query_answer_fields, struct lt_query_answer);

/* ---- the message itself: its types are the field numbers ---- */

static const struct codec_field link_fields[] = {
	CODEC_CHOICE(LT_LINK_HELLO, offsetof(struct lt_link, u), hello_map),
	CODEC_CHOICE(LT_LINK_CHALLENGE, offsetof(struct lt_link, u), challenge_map),
	CODEC_CHOICE(LT_LINK_PROOF, offsetof(struct lt_link, u), proof_map),
	CODEC_CHOICE(LT_LINK_WELCOME, offsetof(struct lt_link, u), welcome_map),
	CODEC_CHOICE(LT_LINK_SUBMIT, offsetof(struct lt_link, u), submit_map),
	CODEC_CHOICE(LT_LINK_ANSWERS, offsetof(struct lt_link, u), answers_map),
	CODEC_CHOICE(LT_LINK_DELIVER, offsetof(struct lt_link, u), deliver_map),
	CODEC_CHOICE(LT_LINK_RECEIVED, offsetof(struct lt_link, u), received_map),
	CODEC_CHOICE(LT_LINK_CREDIT, offsetof(struct lt_link, u), credit_map),
	CODEC_CHOICE(LT_LINK_PING, offsetof(struct lt_link, u), ping_map),
	CODEC_CHOICE(LT_LINK_PONG, offsetof(struct lt_link, u), pong_map),
	CODEC_CHOICE(LT_LINK_DIRECTORY_GET, offsetof(struct lt_link, u), directory_get_map),
	CODEC_CHOICE(LT_LINK_DIRECTORY_CHUNK, offsetof(struct lt_link, u), directory_chunk_map),
	CODEC_CHOICE(LT_LINK_QUERY, offsetof(struct lt_link, u), query_map),
	CODEC_CHOICE(LT_LINK_QUERY_ANSWER, offsetof(struct lt_link, u), query_answer_map),
	CODEC_CHOICE(LT_LINK_BYE, offsetof(struct lt_link, u), codec_bye_map),
	CODEC_CHOICE(LT_LINK_LIST_GET, offsetof(struct lt_link, u), list_get_map),
	CODEC_CHOICE(LT_LINK_LIST_CHUNK, offsetof(struct lt_link, u), list_chunk_map),
	CODEC_CHOICE(LT_LINK_PART_OPEN, offsetof(struct lt_link, u), codec_part_open_map),
	CODEC_CHOICE(LT_LINK_PART_STATE, offsetof(struct lt_link, u), codec_part_state_map),
	CODEC_CHOICE(LT_LINK_PART_CHUNK, offsetof(struct lt_link, u), codec_part_chunk_map),
	CODEC_CHOICE(LT_LINK_PART_GET, offsetof(struct lt_link, u), codec_part_get_map),
};
static uint32_t link_get(const void *record)
{
	return ((const struct lt_link *)record)->type;
}
static bool link_set(void *record, uint32_t id)
{
	((struct lt_link *)record)->type = (enum lt_link_type)id;
	return id != 0;
}
static const struct codec_map link_map = CODEC_MAP_CHOICE(link_fields, struct lt_link, link_get, link_set, true);

/* What follows the one field of a Link: a second member, something unknown, or bytes that are no field at all. */
static enum lt_reason judge_rest(struct lt_bytes rest)
{
	struct codec_wire wire;
	if (!codec_next(&rest, &wire))
		return LT_TRAILING_BYTES;
	return wire.id <= LT_LINK_TYPE_MAX ? LT_FIELD_REPEATED : LT_FIELD_UNKNOWN;
}

enum lt_reason lt_link_peek(struct lt_bytes bytes, enum lt_link_type *type, size_t *envelopes)
{
	struct codec_wire outer, entry;
	size_t count = 0;
	if (!codec_next(&bytes, &outer))
		return LT_FRAME_MALFORMED;
	if (outer.id > LT_LINK_TYPE_MAX)
		return LT_FIELD_UNKNOWN;
	if (outer.type != 2)
		return LT_FRAME_MALFORMED;
	if (bytes.len > 0)
		return judge_rest(bytes);
	for (struct lt_bytes rest = outer.bytes; outer.id == LT_LINK_SUBMIT && rest.len > 0;) {
		if (!codec_next(&rest, &entry) || entry.type != 2)
			return LT_FRAME_MALFORMED;
		if (entry.id > 2)
			return LT_FIELD_UNKNOWN;
		count += entry.id == 1;
	}
	*type = (enum lt_link_type)outer.id;
	*envelopes = count;
	return LT_REASON_NONE;
}

/* ---- roots ---- */

static struct lt_bytes *signature_at(struct lt_link *link, size_t i)
{
	return link->type == LT_LINK_SUBMIT ? &link->u.submit.envelopes[i].signature
					    : &link->u.deliver.items[i].envelope.signature;
}

static enum lt_reason make_whole(struct lt_link *link, struct lt_arena *arena, struct lt_refusal *refusal)
{
	bool submit = link->type == LT_LINK_SUBMIT;
	if (!submit && link->type != LT_LINK_DELIVER)
		return LT_REASON_NONE;
	size_t count = submit ? link->u.submit.count : link->u.deliver.count;
	size_t root_count = submit ? link->u.submit.root_count : link->u.deliver.root_count;
	const struct lt_bytes *roots = submit ? link->u.submit.roots : link->u.deliver.roots;
	for (size_t i = 0; i < count; i++) {
		if (frame_roots_restore(roots, root_count, arena, signature_at(link, i)) != LT_OK)
			return lt_refuse(refusal, LT_OVERLOADED, "out of memory: signatures");
	}
	return LT_REASON_NONE;
}

enum lt_reason lt_link_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_link *out,
			      struct lt_refusal *refusal)
{
	enum lt_link_type type;
	size_t envelopes;
	enum lt_reason reason = lt_link_peek(bytes, &type, &envelopes);
	if (reason)
		return lt_refuse(refusal, reason, "Link: not exactly one known message");
	reason = codec_map_decode(&link_map, &lienthong__v1__link__descriptor, bytes, arena, out, refusal);
	return reason ? reason : make_whole(out, arena, refusal);
}

/* ---- a SUBMIT in slices ---- */

static uint64_t root_of(struct lt_bytes envelope)
{
	struct codec_wire field;
	while (envelope.len > 0 && codec_next(&envelope, &field)) {
		if (field.id == 2)
			return field.type == 2 ? frame_roots_pointer(field.bytes) : 0;
	}
	return 0;
}

size_t lt_link_weigh(struct lt_bytes bytes, struct lt_link_weight out[LT_LINK_BATCH_MAX])
{
	struct codec_wire outer, entry;
	size_t count = 0;
	uint64_t last = 0;
	if (!codec_next(&bytes, &outer))
		return 0;
	while (count < LT_LINK_BATCH_MAX && outer.bytes.len > 0 && codec_next(&outer.bytes, &entry)) {
		if (entry.id != 1)
			continue;
		uint64_t root = root_of(entry.bytes);
		out[count++] = (struct lt_link_weight){ entry.bytes.len, root == 0 || root != last };
		last = root;
	}
	return count;
}

enum lt_reason lt_link_decode_slice(struct lt_bytes bytes, size_t first, size_t count, struct lt_arena *arena,
				    struct lt_submit *out, struct lt_refusal *refusal)
{
	struct codec_wire outer, entry;
	struct lt_link link = { .type = LT_LINK_SUBMIT };
	struct lt_submit *submit = &link.u.submit;
	submit->envelopes = lt_arena_alloc(arena, count * sizeof *submit->envelopes);
	submit->roots = lt_arena_alloc(arena, FRAME_ROOTS_MAX * sizeof *submit->roots);
	if (!submit->envelopes || !submit->roots)
		return lt_refuse(refusal, LT_OVERLOADED, "out of memory: a slice");
	if (!codec_next(&bytes, &outer))
		return lt_refuse(refusal, LT_FRAME_MALFORMED, "Link: not exactly one known message");
	for (size_t at = 0; outer.bytes.len > 0;) {
		if (!codec_next(&outer.bytes, &entry))
			return lt_refuse(refusal, LT_FRAME_MALFORMED, "Submit: not a list");
		if (entry.id == 2 && submit->root_count < FRAME_ROOTS_MAX)
			submit->roots[submit->root_count++] = entry.bytes;
		if (entry.id != 1 || at++ < first || submit->count == count)
			continue;
		enum lt_reason reason =
			codec_map_decode(&envelope_map, &lienthong__v1__envelope__descriptor, entry.bytes, arena,
					 &submit->envelopes[submit->count++], refusal);
		if (reason)
			return reason;
	}
	enum lt_reason reason = make_whole(&link, arena, refusal);
	*out = *submit;
	return reason;
}

/* Copies of the plain records, which are the caller's, with shortened signatures. */
static enum lt_err encode_shortened(const struct lt_link *link, size_t count, struct lt_buf *out)
{
	struct lt_envelope envelopes[LT_LINK_BATCH_MAX];
	struct lt_delivery items[LT_LINK_BATCH_MAX];
	struct frame_roots roots;
	struct lt_link copy = *link;
	size_t bytes = 0;
	if (copy.type == LT_LINK_SUBMIT) {
		memcpy(envelopes, link->u.submit.envelopes, count * sizeof envelopes[0]);
		copy.u.submit.envelopes = envelopes;
	} else {
		memcpy(items, link->u.deliver.items, count * sizeof items[0]);
		copy.u.deliver.items = items;
	}
	for (size_t i = 0; i < count; i++)
		bytes += signature_at(&copy, i)->len;
	enum lt_err err = frame_roots_init(&roots, bytes);
	if (err)
		return err;
	/* Those that the record has stand first: what was decoded is encoded as it was. */
	roots.count = copy.type == LT_LINK_SUBMIT ? link->u.submit.root_count : link->u.deliver.root_count;
	if (roots.count > FRAME_ROOTS_MAX)
		roots.count = FRAME_ROOTS_MAX;
	if (roots.count > 0)
		memcpy(roots.roots, copy.type == LT_LINK_SUBMIT ? link->u.submit.roots : link->u.deliver.roots,
		       roots.count * sizeof roots.roots[0]);
	for (size_t i = 0; i < count; i++)
		*signature_at(&copy, i) = frame_roots_shorten(&roots, *signature_at(&copy, i));
	if (copy.type == LT_LINK_SUBMIT) {
		copy.u.submit.root_count = roots.count;
		copy.u.submit.roots = roots.roots;
	} else {
		copy.u.deliver.root_count = roots.count;
		copy.u.deliver.roots = roots.roots;
	}
	err = codec_map_encode(&link_map, &copy, out);
	frame_roots_fini(&roots);
	return err;
}

enum lt_err lt_link_encode(const struct lt_link *link, struct lt_buf *out)
{
	size_t count = link->type == LT_LINK_SUBMIT    ? link->u.submit.count
		       : link->type == LT_LINK_DELIVER ? link->u.deliver.count
						       : 0;
	if (count > 0 && count <= LT_LINK_BATCH_MAX)
		return encode_shortened(link, count, out);
	return codec_map_encode(&link_map, link, out);
}
