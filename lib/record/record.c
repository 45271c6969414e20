/* record.c: commands, verdicts and outcomes of journal records. Source: proto/record.proto. */
#include "record.h"
#include "control.h"
#include "record_internal.h"
#include "control.pb-c.h"
#include "record.pb-c.h"
#include "wire/maps.h"
#include "wire/link.h"

static const struct codec_field verdict_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_verdict, reason),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_verdict, sentence),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_verdict, certificate_sha256),
	CODEC_FIELD(4, CODEC_U64, struct lt_verdict, directory_version),
	CODEC_FIELD(5, CODEC_U64, struct lt_verdict, trust_version),
	CODEC_FIELD(6, CODEC_BOOL, struct lt_verdict, stale),
	CODEC_FIELD(7, CODEC_U32, struct lt_verdict, parts),
	CODEC_FIELD(8, CODEC_U32, struct lt_verdict, blobs),
	CODEC_FIELD(9, CODEC_TEXT, struct lt_verdict, carrier),
};
static const struct codec_map verdict_map = CODEC_MAP(verdict_fields, struct lt_verdict);

static const struct codec_field submit_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_submit_command, header),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_submit_command, signature),
	CODEC_FIELD_RECORD(3, CODEC_MESSAGE, struct lt_submit_command, verdict, verdict_map),
};
static const struct codec_map submit_map = CODEC_MAP(submit_fields, struct lt_submit_command);

static const struct codec_field ack_exception_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_ack_exception, number),
	CODEC_FIELD(2, CODEC_U32, struct lt_ack_exception, reason),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_ack_exception, sha256),
};
static const struct codec_map ack_exception_map = CODEC_MAP(ack_exception_fields, struct lt_ack_exception);

static const struct codec_field ack_item_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_ack_item, agency),
	CODEC_FIELD(2, CODEC_U64, struct lt_ack_item, number),
	CODEC_FIELD_RECORDS(3, struct lt_ack_item, except, except_count, ack_exception_map),
};
static const struct codec_map ack_item_map = CODEC_MAP(ack_item_fields, struct lt_ack_item);

static const struct codec_field ack_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_ack_command, items, count, ack_item_map),
};
static const struct codec_map ack_map = CODEC_MAP(ack_fields, struct lt_ack_command);

static const struct codec_field session_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_session_command, curve_key),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_session_command, software),
	CODEC_FIELD_RECORDS(3, struct lt_session_command, agencies, count, ack_item_map),
	CODEC_FIELD(4, CODEC_U64, struct lt_session_command, directory_version),
	CODEC_FIELD(5, CODEC_BYTES, struct lt_session_command, directory_sha256),
	CODEC_FIELD(6, CODEC_U64, struct lt_session_command, definitions),
};
static const struct codec_map session_map = CODEC_MAP(session_fields, struct lt_session_command);

static const struct codec_field crl_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_crl_verdict, list),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_crl_verdict, number),
	CODEC_FIELD(3, CODEC_U64, struct lt_crl_verdict, made),
	CODEC_FIELD(4, CODEC_U64, struct lt_crl_verdict, ends),
};
static const struct codec_map crl_map = CODEC_MAP(crl_fields, struct lt_crl_verdict);

static const struct codec_field define_fields[] = {
	CODEC_FIELD(1, CODEC_ENUM, struct lt_define_command, type),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_define_command, data),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_define_command, operator_name),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_define_command, reason),
	CODEC_FIELD(5, CODEC_U32, struct lt_define_command, uid),
	CODEC_FIELD(6, CODEC_TEXT, struct lt_define_command, login),
	CODEC_FIELD_RECORD(7, CODEC_MESSAGE, struct lt_define_command, crl, crl_map),
};
const struct codec_map codec_define_map = CODEC_MAP(define_fields, struct lt_define_command);

static const struct codec_field repair_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_repair_branch, number),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_repair_branch, holder),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_repair_branch, leg),
};
static const struct codec_map repair_map = CODEC_MAP(repair_fields, struct lt_repair_branch);

static const struct codec_field admin_fields[] = {
	CODEC_FIELD(1, CODEC_ENUM, struct lt_admin_command, act),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_admin_command, subject),
	CODEC_FIELD(3, CODEC_U64, struct lt_admin_command, number),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_admin_command, operator_name),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_admin_command, reason),
	CODEC_FIELD(6, CODEC_U64, struct lt_admin_command, time),
	CODEC_FIELD(7, CODEC_U32, struct lt_admin_command, uid),
	CODEC_FIELD(8, CODEC_TEXT, struct lt_admin_command, login),
	CODEC_FIELD(9, CODEC_U64, struct lt_admin_command, dossier),
	CODEC_FIELD_RECORDS(10, struct lt_admin_command, branches, branch_count, repair_map),
	CODEC_FIELD(11, CODEC_U32, struct lt_admin_command, status),
	CODEC_FIELD(20, CODEC_U32, struct lt_admin_command, verdict),
	CODEC_FIELD(30, CODEC_U64, struct lt_admin_command, until),
};
const struct codec_map codec_admin_map = CODEC_MAP(admin_fields, struct lt_admin_command);

static const struct codec_field genesis_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_genesis_command, domain),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_genesis_command, registrar),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_genesis_command, ca),
	CODEC_FIELD(4, CODEC_BYTES, struct lt_genesis_command, incarnation),
	CODEC_FIELD(5, CODEC_BOOL, struct lt_genesis_command, sandbox),
};
static const struct codec_map genesis_map = CODEC_MAP(genesis_fields, struct lt_genesis_command);

static const struct codec_field incarnation_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_incarnation_command, incarnation),
};
static const struct codec_map incarnation_map = CODEC_MAP(incarnation_fields, struct lt_incarnation_command);

static const struct codec_field snapshot_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_snapshot_command, at),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_snapshot_command, state_hash),
};
static const struct codec_map snapshot_map = CODEC_MAP(snapshot_fields, struct lt_snapshot_command);

static const struct codec_field elide_fields[] = {
	CODEC_FIELD_LIST(1, CODEC_U64_LIST, struct lt_elide_command, sequences, count),
	CODEC_FIELD(2, CODEC_BOOL, struct lt_elide_command, some_stay),
};
static const struct codec_map elide_map = CODEC_MAP(elide_fields, struct lt_elide_command);

static const struct codec_field mailbox_prune_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_mailbox_prune, agency),
	CODEC_FIELD_LIST(2, CODEC_U64_LIST, struct lt_mailbox_prune, numbers, count),
	CODEC_FIELD(3, CODEC_U64, struct lt_mailbox_prune, gone),
};
static const struct codec_map mailbox_prune_map = CODEC_MAP(mailbox_prune_fields, struct lt_mailbox_prune);
static const struct codec_field prune_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_prune_command, before),
	CODEC_FIELD(2, CODEC_U64, struct lt_prune_command, answers_below),
	CODEC_FIELD_RECORDS(3, struct lt_prune_command, mailboxes, mailbox_count, mailbox_prune_map),
};
static const struct codec_map prune_map = CODEC_MAP(prune_fields, struct lt_prune_command);

static const struct codec_field clock_fields[] = {
	CODEC_FIELD(1, CODEC_ENUM, struct lt_clock_command, kind),
	CODEC_FIELD(2, CODEC_U64, struct lt_clock_command, dossier),
	CODEC_FIELD(3, CODEC_U32, struct lt_clock_command, branch),
	CODEC_FIELD(4, CODEC_U32, struct lt_clock_command, generation),
	CODEC_FIELD(5, CODEC_U64, struct lt_clock_command, due),
	CODEC_FIELD(6, CODEC_TEXT, struct lt_clock_command, subject),
	CODEC_FIELD(7, CODEC_U64, struct lt_clock_command, armed),
};
static const struct codec_map clock_map = CODEC_MAP(clock_fields, struct lt_clock_command);

static const struct codec_field notice_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_notice_signature, sequence),
	CODEC_FIELD(2, CODEC_U32, struct lt_notice_signature, index),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_notice_signature, signature),
};
static const struct codec_map notice_map = CODEC_MAP(notice_fields, struct lt_notice_signature);

static const struct codec_field notices_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_notices_command, notices, count, notice_map),
	CODEC_FIELD_LIST(2, CODEC_BYTES_LIST, struct lt_notices_command, roots, root_count),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_notices_command, certificate_sha256),
};
static const struct codec_map notices_map = CODEC_MAP(notices_fields, struct lt_notices_command);

static const struct codec_field outage_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_outage_command, from),
	CODEC_FIELD(2, CODEC_U64, struct lt_outage_command, to),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_outage_command, operator_name),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_outage_command, reason),
	CODEC_FIELD(5, CODEC_U32, struct lt_outage_command, uid),
	CODEC_FIELD(6, CODEC_TEXT, struct lt_outage_command, login),
};
const struct codec_map codec_outage_map = CODEC_MAP(outage_fields, struct lt_outage_command);

static const struct codec_field activate_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_activate_command, rules_version),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_activate_command, operator_name),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_activate_command, reason),
	CODEC_FIELD(4, CODEC_U32, struct lt_activate_command, uid),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_activate_command, login),
};
const struct codec_map codec_activate_map = CODEC_MAP(activate_fields, struct lt_activate_command);

static const struct codec_field erase_fields[] = {
	CODEC_FIELD_LIST(1, CODEC_U64_LIST, struct lt_erase_command, sequences, count),
	CODEC_FIELD(2, CODEC_U64, struct lt_erase_command, dossier),
	CODEC_FIELD_LIST(3, CODEC_TEXTS, struct lt_erase_command, fields, field_count),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_erase_command, operator_name),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_erase_command, reason),
	CODEC_FIELD(6, CODEC_U32, struct lt_erase_command, uid),
	CODEC_FIELD(7, CODEC_TEXT, struct lt_erase_command, login),
};
const struct codec_map codec_erase_map = CODEC_MAP(erase_fields, struct lt_erase_command);

static const struct codec_field large_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_large_command, agency),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_large_command, sha256),
	CODEC_FIELD(3, CODEC_U64, struct lt_large_command, size),
	CODEC_FIELD(4, CODEC_BYTES, struct lt_large_command, chunks),
};
static const struct codec_map large_map = CODEC_MAP(large_fields, struct lt_large_command);

static const struct codec_field large_gone_fields[] = {
	CODEC_FIELD_LIST(1, CODEC_BYTES_LIST, struct lt_large_gone_command, sha256, count),
};
static const struct codec_map large_gone_map = CODEC_MAP(large_gone_fields, struct lt_large_gone_command);

/* The types are the field numbers. */
static const struct codec_field command_fields[] = {
	CODEC_CHOICE(LT_COMMAND_SUBMIT, offsetof(struct lt_command, u), submit_map),
	CODEC_CHOICE(LT_COMMAND_ACK, offsetof(struct lt_command, u), ack_map),
	CODEC_CHOICE(LT_COMMAND_SESSION, offsetof(struct lt_command, u), session_map),
	CODEC_CHOICE(LT_COMMAND_DEFINE, offsetof(struct lt_command, u), codec_define_map),
	CODEC_CHOICE(LT_COMMAND_ADMIN, offsetof(struct lt_command, u), codec_admin_map),
	CODEC_CHOICE(LT_COMMAND_GENESIS, offsetof(struct lt_command, u), genesis_map),
	CODEC_CHOICE(LT_COMMAND_INCARNATION, offsetof(struct lt_command, u), incarnation_map),
	CODEC_CHOICE(LT_COMMAND_SNAPSHOT, offsetof(struct lt_command, u), snapshot_map),
	CODEC_CHOICE(LT_COMMAND_ELIDE, offsetof(struct lt_command, u), elide_map),
	CODEC_CHOICE(LT_COMMAND_PRUNE, offsetof(struct lt_command, u), prune_map),
	CODEC_CHOICE(LT_COMMAND_CLOCK, offsetof(struct lt_command, u), clock_map),
	CODEC_CHOICE(LT_COMMAND_NOTICES, offsetof(struct lt_command, u), notices_map),
	CODEC_CHOICE(LT_COMMAND_OUTAGE, offsetof(struct lt_command, u), codec_outage_map),
	CODEC_CHOICE(LT_COMMAND_ACTIVATE, offsetof(struct lt_command, u), codec_activate_map),
	CODEC_CHOICE(LT_COMMAND_ERASE, offsetof(struct lt_command, u), codec_erase_map),
	CODEC_CHOICE(LT_COMMAND_LARGE, offsetof(struct lt_command, u), large_map),
	CODEC_CHOICE(LT_COMMAND_LARGE_GONE, offsetof(struct lt_command, u), large_gone_map),
};
static uint32_t command_get(const void *record)
{
	return ((const struct lt_command *)record)->type;
}
static bool command_set(void *record, uint32_t id)
{
	((struct lt_command *)record)->type = (enum lt_command_type)id;
	return id != 0;
}
#define COMMAND_ENTRIES 4096u /* of one internal command */
#define NOTICES_MAX 256u      /* headers under one batch signature */
#define STAYS_MAX 128u        /* that one act ends: of 64 branches, each with an offer */
#define MAIL_MAX 1024u /* mailbox numbers that one record gives: a step of a reorganisation passes on 1,000 entries */
#define NOTICES_MADE_MAX 256u /* by one record */
const struct codec_limit codec_record_limits[] = {
	{ &lienthong__v1__erase_command__descriptor, 1, 1, LT_ERASE_MAX },
	{ &lienthong__v1__notices_command__descriptor, 1, 1, NOTICES_MAX },
	{ &lienthong__v1__large_gone_command__descriptor, 1, 1, LT_LARGE_GONE_MAX },
	{ &lienthong__v1__ack_command__descriptor, 1, 0, COMMAND_ENTRIES },
	{ &lienthong__v1__ack_item__descriptor, 3, 0, COMMAND_ENTRIES },
	{ &lienthong__v1__elide_command__descriptor, 1, 0, COMMAND_ENTRIES },
	{ &lienthong__v1__prune_command__descriptor, 3, 0, COMMAND_ENTRIES },
	{ &lienthong__v1__mailbox_prune__descriptor, 2, 0, COMMAND_ENTRIES },
	{ &lienthong__v1__erase_command__descriptor, 3, 0, LT_FIELDS_MAX },
	{ &lienthong__v1__session_command__descriptor, 3, 0, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__notices_command__descriptor, 2, 0, NOTICES_MAX },
	{ &lienthong__v1__outcome__descriptor, 7, 0, MAIL_MAX },
	{ &lienthong__v1__outcome__descriptor, 11, 0, STAYS_MAX },
	{ &lienthong__v1__outcome__descriptor, 9, 0, NOTICES_MADE_MAX },
	{ &lienthong__v1__copy_request__descriptor, 2, 0, LT_COPY_PAGE },
	{ &lienthong__v1__copy_request__descriptor, 3, 0, LT_COPY_PAGE },
	{ &lienthong__v1__delays_request__descriptor, 1, 0, LT_DELAYS_MAX },
	{ NULL, 0, 0, 0 },
};
static const struct codec_map command_map = CODEC_MAP_CHOICE(command_fields, struct lt_command, command_get,
							     command_set, true, .limits = codec_record_limits);

static const struct codec_field mail_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_mailbox_item, agency),
	CODEC_FIELD(2, CODEC_U64, struct lt_mailbox_item, number),
	CODEC_FIELD(3, CODEC_U64, struct lt_mailbox_item, from),
};
static const struct codec_map mail_map = CODEC_MAP(mail_fields, struct lt_mailbox_item);

enum { OUTCOME_BRANCH = 4, OUTCOME_BRANCH_VERSION = 5 };
static const struct codec_field outcome_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_outcome, reason),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_outcome, sentence),
	CODEC_FIELD(3, CODEC_U64, struct lt_outcome, dossier),
	CODEC_FIELD(OUTCOME_BRANCH, CODEC_U32, struct lt_outcome, branch),
	CODEC_FIELD(OUTCOME_BRANCH_VERSION, CODEC_U64, struct lt_outcome, branch_version),
	CODEC_FIELD(6, CODEC_U32, struct lt_outcome, status),
	CODEC_FIELD_RECORDS(7, struct lt_outcome, mail, mail_count, mail_map),
	CODEC_FIELD(8, CODEC_U64, struct lt_outcome, version),
	CODEC_FIELD_LIST(9, CODEC_BYTES_LIST, struct lt_outcome, notices, notice_count),
	CODEC_FIELD(10, CODEC_U64, struct lt_outcome, value),
	CODEC_FIELD_RECORDS(11, struct lt_outcome, stays, stay_count, codec_stay_map),
	CODEC_FIELD(20, CODEC_U64, struct lt_outcome, due),
	CODEC_FIELD(30, CODEC_U64, struct lt_outcome, legal),
};
static const struct codec_map outcome_map = CODEC_MAP(outcome_fields, struct lt_outcome, .limits = codec_record_limits);

enum lt_reason lt_command_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_command *out,
				 struct lt_refusal *refusal)
{
	return codec_map_decode(&command_map, &lienthong__v1__command__descriptor, bytes, arena, out, refusal);
}

enum lt_err lt_command_encode(const struct lt_command *command, struct lt_buf *out)
{
	return codec_map_encode(&command_map, command, out);
}

enum lt_reason lt_outcome_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_outcome *out,
				 struct lt_refusal *refusal)
{
	return codec_map_decode(&outcome_map, &lienthong__v1__outcome__descriptor, bytes, arena, out, refusal);
}

bool lt_outcome_branch(struct lt_bytes bytes, uint32_t *branch, uint64_t *version)
{
	struct codec_wire wire;
	*branch = 0;
	*version = 0;
	while (bytes.len > 0) {
		if (!codec_next(&bytes, &wire))
			return false;
		if (wire.id == OUTCOME_BRANCH)
			*branch = (uint32_t)wire.number;
		else if (wire.id == OUTCOME_BRANCH_VERSION)
			*version = wire.number;
	}
	return true;
}

enum lt_err lt_outcome_encode(const struct lt_outcome *outcome, struct lt_buf *out)
{
	return codec_map_encode(&outcome_map, outcome, out);
}

enum lt_err lt_verdict_encode(const struct lt_verdict *verdict, struct lt_buf *out)
{
	return codec_map_encode(&verdict_map, verdict, out);
}

enum lt_reason lt_record_command(const struct lt_record *record, struct lt_arena *arena, struct lt_command *out,
				 struct lt_refusal *refusal)
{
	if (record->erased_by)
		return lt_refuse(refusal, LT_RECORD_ERASED, "record %llu was erased by record %llu",
				 (unsigned long long)record->sequence, (unsigned long long)record->erased_by);
	if (!record->submit) {
		enum lt_reason reason = lt_command_decode(record->command, arena, out, refusal);
		return !reason && out->type == LT_COMMAND_SUBMIT
			       ? lt_refuse(refusal, LT_FRAME_MALFORMED, "an envelope stands in a record as a command")
			       : reason;
	}
	*out = (struct lt_command){ .type = LT_COMMAND_SUBMIT };
	out->u.submit.header = record->header;
	out->u.submit.signature = record->signature;
	enum lt_reason reason = codec_map_decode(&verdict_map, &lienthong__v1__verdict__descriptor, record->verdict,
						 arena, &out->u.submit.verdict, refusal);
	const struct lt_verdict *verdict = &out->u.submit.verdict;
	if (!reason && verdict->carrier[0] != '\0')
		reason = lt_refuse(refusal, LT_FIELD_NOT_SUPPORTED, "verdict: carriers are not carried yet");
	return reason;
}
