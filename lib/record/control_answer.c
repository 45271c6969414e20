/* control_answer.c: the answers to an operator's requests. Source: proto/control.proto. */
#include "control.h"

#include "record_internal.h"
#include "wire/maps.h"
#include "control.pb-c.h"
#include <lienthong/code.h>

static const struct codec_field session_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_session_view, curve_key),
	CODEC_FIELD(2, CODEC_U64, struct lt_session_view, epoch),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_session_view, software),
	CODEC_FIELD(4, CODEC_U64, struct lt_session_view, since),
	CODEC_FIELD(5, CODEC_U64, struct lt_session_view, last_seen),
	CODEC_FIELD_LIST(6, CODEC_TEXTS, struct lt_session_view, agencies, agency_count),
};
static const struct codec_map session_map = CODEC_MAP(session_fields, struct lt_session_view);

static const struct codec_field counter_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_counter, name),
	CODEC_FIELD(2, CODEC_U64, struct lt_counter, value),
};
static const struct codec_map counter_map = CODEC_MAP(counter_fields, struct lt_counter);

static const struct codec_field trust_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_trust_view, type),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_trust_view, name),
	CODEC_FIELD(3, CODEC_U64, struct lt_trust_view, from),
	CODEC_FIELD(4, CODEC_U64, struct lt_trust_view, ends),
	CODEC_FIELD(5, CODEC_U32, struct lt_trust_view, state),
	CODEC_FIELD(6, CODEC_BYTES, struct lt_trust_view, sha256),
};
static const struct codec_map trust_map = CODEC_MAP(trust_fields, struct lt_trust_view);

static const struct codec_field subject_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_cause_subject, name),
	CODEC_FIELD(2, CODEC_U64, struct lt_cause_subject, at),
};
static const struct codec_map subject_map = CODEC_MAP(subject_fields, struct lt_cause_subject);

static const struct codec_field cause_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_cause_view, cause),
	CODEC_FIELD(2, CODEC_U64, struct lt_cause_view, count),
	CODEC_FIELD_RECORDS(3, struct lt_cause_view, subjects, subject_count, subject_map),
};
static const struct codec_map cause_map = CODEC_MAP(cause_fields, struct lt_cause_view);

static const struct codec_field work_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_work_view, name),   CODEC_FIELD(2, CODEC_TEXT, struct lt_work_view, unit),
	CODEC_FIELD(3, CODEC_U64, struct lt_work_view, done),    CODEC_FIELD(4, CODEC_U64, struct lt_work_view, total),
	CODEC_FIELD(5, CODEC_U64, struct lt_work_view, elapsed),
};
static const struct codec_map work_map = CODEC_MAP(work_fields, struct lt_work_view);

static const struct codec_field status_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_status_view, version),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_status_view, domain),
	CODEC_FIELD(3, CODEC_U64, struct lt_status_view, head),
	CODEC_FIELD(4, CODEC_U64, struct lt_status_view, time),
	CODEC_FIELD(5, CODEC_U64, struct lt_status_view, started),
	CODEC_FIELD(6, CODEC_U64, struct lt_status_view, directory_version),
	CODEC_FIELD(7, CODEC_U64, struct lt_status_view, dossiers),
	CODEC_FIELD(8, CODEC_U64, struct lt_status_view, agencies),
	CODEC_FIELD(9, CODEC_U64, struct lt_status_view, admitted),
	CODEC_FIELD(10, CODEC_U64, struct lt_status_view, rejected),
	CODEC_FIELD(11, CODEC_U64, struct lt_status_view, delivered),
	CODEC_FIELD(12, CODEC_U64, struct lt_status_view, flushed),
	CODEC_FIELD(13, CODEC_U64, struct lt_status_view, journal_bytes),
	CODEC_FIELD(14, CODEC_U64, struct lt_status_view, disk_free),
	CODEC_FIELD(15, CODEC_BOOL, struct lt_status_view, store_full),
	CODEC_FIELD(16, CODEC_BOOL, struct lt_status_view, time_unconfirmed),
	CODEC_FIELD_RECORDS(17, struct lt_status_view, sessions, session_count, session_map),
	CODEC_FIELD(18, CODEC_U64, struct lt_status_view, resident),
	CODEC_FIELD_RECORDS(19, struct lt_status_view, counters, counter_count, counter_map),
	CODEC_FIELD_RECORDS(20, struct lt_status_view, trust, trust_count, trust_map),
	CODEC_FIELD(21, CODEC_U32, struct lt_status_view, trust_grace),
	CODEC_FIELD_LIST(22, CODEC_TEXTS, struct lt_status_view, damaged, damaged_count),
	CODEC_FIELD(23, CODEC_U32, struct lt_status_view, restored),
	CODEC_FIELD_LIST(40, CODEC_TEXTS, struct lt_status_view, frozen, frozen_count),
	CODEC_FIELD(60, CODEC_U32, struct lt_status_view, asker.uid),
	CODEC_FIELD(61, CODEC_TEXT, struct lt_status_view, asker.login),
	CODEC_FIELD(62, CODEC_U32, struct lt_status_view, asker.roles),
	CODEC_FIELD(70, CODEC_U64, struct lt_status_view, disk_reserve),
	CODEC_FIELD_RECORDS(71, struct lt_status_view, causes, cause_count, cause_map),
	CODEC_FIELD_RECORDS(72, struct lt_status_view, works, work_count, work_map),
};
static const struct codec_map status_map = CODEC_MAP(status_fields, struct lt_status_view);

static const struct codec_field adapter_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_adapter_view, software),
	CODEC_FIELD(2, CODEC_U64, struct lt_adapter_view, since),
	CODEC_FIELD(3, CODEC_U64, struct lt_adapter_view, told_at),
	CODEC_FIELD(4, CODEC_U64, struct lt_adapter_view, clock_ahead),
	CODEC_FIELD_RECORD(5, CODEC_MESSAGE, struct lt_adapter_view, report, codec_adapter_report_map),
};
static const struct codec_map adapter_map = CODEC_MAP(adapter_fields, struct lt_adapter_view);

static const struct codec_field refused_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_refused_count, reason),
	CODEC_FIELD(2, CODEC_U64, struct lt_refused_count, count),
};
static const struct codec_map refused_map = CODEC_MAP(refused_fields, struct lt_refused_count);

static const struct codec_field agency_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_agency_view, code),
	CODEC_FIELD_LIST(2, CODEC_TEXTS, struct lt_agency_view, aliases, alias_count),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_agency_view, name),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_agency_view, name_en),
	CODEC_FIELD(5, CODEC_U32, struct lt_agency_view, level),
	CODEC_FIELD(6, CODEC_TEXT, struct lt_agency_view, parent),
	CODEC_FIELD(7, CODEC_BOOL, struct lt_agency_view, suspended),
	CODEC_FIELD(8, CODEC_BOOL, struct lt_agency_view, online),
	CODEC_FIELD(9, CODEC_U32, struct lt_agency_view, certificates),
	CODEC_FIELD(10, CODEC_U64, struct lt_agency_view, valid_from),
	CODEC_FIELD(11, CODEC_U64, struct lt_agency_view, valid_to),
	CODEC_FIELD(12, CODEC_TEXT, struct lt_agency_view, handled_by),
	CODEC_FIELD(13, CODEC_U64, struct lt_agency_view, drained_at),
	CODEC_FIELD(14, CODEC_TEXT, struct lt_agency_view, drain_reason),
	CODEC_FIELD(15, CODEC_U64, struct lt_agency_view, closed_from),
	CODEC_FIELD(16, CODEC_U64, struct lt_agency_view, closed_until),
	CODEC_FIELD(17, CODEC_TEXT, struct lt_agency_view, closure_reason),
	CODEC_FIELD(18, CODEC_U64, struct lt_agency_view, certificates_end),
	CODEC_FIELD_RECORD(20, CODEC_POINTER, struct lt_agency_view, adapter, adapter_map),
	CODEC_FIELD_RECORDS(21, struct lt_agency_view, refused, refused_count, refused_map),
};
static const struct codec_map agency_map = CODEC_MAP(agency_fields, struct lt_agency_view);

static const struct codec_field mailbox_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_mailbox_view, agency),
	CODEC_FIELD(2, CODEC_U64, struct lt_mailbox_view, head),
	CODEC_FIELD(3, CODEC_U64, struct lt_mailbox_view, acknowledged),
	CODEC_FIELD(4, CODEC_U64, struct lt_mailbox_view, oldest),
	CODEC_FIELD(5, CODEC_BOOL, struct lt_mailbox_view, online),
	CODEC_FIELD(6, CODEC_TEXT, struct lt_mailbox_view, name),
	CODEC_FIELD(7, CODEC_TEXT, struct lt_mailbox_view, handled_by),
	CODEC_FIELD_RECORDS(8, struct lt_mailbox_view, stuck, stuck_count, codec_stuck_view_map),
	CODEC_FIELD(9, CODEC_U64, struct lt_mailbox_view, waiting),
	CODEC_FIELD(10, CODEC_U64, struct lt_mailbox_view, unanswered_since),
	CODEC_FIELD(11, CODEC_U64, struct lt_mailbox_view, unreadable),
	CODEC_FIELD(12, CODEC_U64, struct lt_mailbox_view, unreadable_since),
};
static const struct codec_map mailbox_map = CODEC_MAP(mailbox_fields, struct lt_mailbox_view);

/* The following stand in the answer's own record, at its beginning. */
static const struct codec_field agencies_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_answer, agencies.directory_version),
	CODEC_FIELD_RECORDS(2, struct lt_control_answer, agencies.agencies, agencies.count, agency_map),
};
static const struct codec_map agencies_map = CODEC_MAP(agencies_fields, struct lt_control_answer);

static const struct codec_field mailboxes_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_control_answer, mailboxes.mailboxes, mailboxes.count, mailbox_map),
};
static const struct codec_map mailboxes_map = CODEC_MAP(mailboxes_fields, struct lt_control_answer);

static const struct codec_field act_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_answer, act.sequence),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_answer, act.time),
	CODEC_FIELD(3, CODEC_U64, struct lt_control_answer, act.version),
};
static const struct codec_map act_map = CODEC_MAP(act_fields, struct lt_control_answer);

static const struct codec_field signed_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_signed_notice, index),
	CODEC_FIELD(2, CODEC_U64, struct lt_signed_notice, sequence),
	CODEC_FIELD(3, CODEC_U32, struct lt_signed_notice, at),
};
static const struct codec_map signed_map = CODEC_MAP(signed_fields, struct lt_signed_notice);

static const struct codec_field record_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_control_answer, record.record),
	CODEC_FIELD_LIST(2, CODEC_BYTES_LIST, struct lt_control_answer, record.parts, record.part_count),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_control_answer, record.leaf_hash),
	CODEC_FIELD(4, CODEC_BOOL, struct lt_control_answer, record.parts_elided),
	CODEC_FIELD_RECORDS(5, struct lt_control_answer, record.notices, record.notice_count, signed_map),
};
static const struct codec_map record_map = CODEC_MAP(record_fields, struct lt_control_answer);

static const struct codec_field backup_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_answer, backup.sequence),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_answer, backup.bytes),
};
static const struct codec_map backup_map = CODEC_MAP(backup_fields, struct lt_control_answer);

static const struct codec_field directory_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_control_answer, directory),
};
static const struct codec_map directory_map = CODEC_MAP(directory_fields, struct lt_control_answer);

static const struct codec_field journal_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_answer, journal.head),
	CODEC_FIELD_LIST(2, CODEC_BYTES_LIST, struct lt_control_answer, journal.records, journal.count),
};
static const struct codec_map journal_map = CODEC_MAP(journal_fields, struct lt_control_answer);

static const struct codec_field procedures_fields[] = {
	CODEC_FIELD_LIST(1, CODEC_BYTES_LIST, struct lt_control_answer, procedures.list, procedures.count),
};
static const struct codec_map procedures_map = CODEC_MAP(procedures_fields, struct lt_control_answer);

static const struct codec_field count_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_reorganisation_count, value),
	CODEC_FIELD(2, CODEC_U64, struct lt_reorganisation_count, held),
	CODEC_FIELD(3, CODEC_U64, struct lt_reorganisation_count, offered),
	CODEC_FIELD(4, CODEC_U64, struct lt_reorganisation_count, clocks),
};
static const struct codec_map count_map = CODEC_MAP(count_fields, struct lt_reorganisation_count);

static const struct codec_field reorganisation_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_answer, reorganisation.next),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_answer, reorganisation.waiting),
	CODEC_FIELD_RECORDS(3, struct lt_control_answer, reorganisation.counts, reorganisation.count, count_map),
};
static const struct codec_map reorganisation_map = CODEC_MAP(reorganisation_fields, struct lt_control_answer);

static const struct codec_field rules_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_control_answer, rules.active),
	CODEC_FIELD(2, CODEC_U32, struct lt_control_answer, rules.newest),
};
static const struct codec_map rules_map = CODEC_MAP(rules_fields, struct lt_control_answer);

static const struct codec_field found_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_found, code),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_found, procedure),
	CODEC_FIELD(3, CODEC_U32, struct lt_found, procedure_version),
	CODEC_FIELD(4, CODEC_U32, struct lt_found, status),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_found, origin),
	CODEC_FIELD(6, CODEC_U64, struct lt_found, opened_at),
};
static const struct codec_map found_map = CODEC_MAP(found_fields, struct lt_found);

static const struct codec_field find_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_control_answer, found.dossiers, found.count, found_map),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_answer, found.next),
};
static const struct codec_map find_map = CODEC_MAP(find_fields, struct lt_control_answer);

static const struct codec_field time_set_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_time_set, sequence),
	CODEC_FIELD(2, CODEC_U32, struct lt_time_set, generation),
	CODEC_FIELD(3, CODEC_U64, struct lt_time_set, before),
	CODEC_FIELD(4, CODEC_U64, struct lt_time_set, after),
};
static const struct codec_map time_set_map = CODEC_MAP(time_set_fields, struct lt_time_set);

static const struct codec_field time_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_time_view, time),
	CODEC_FIELD(2, CODEC_U64, struct lt_time_view, clock),
	CODEC_FIELD(3, CODEC_U32, struct lt_time_view, generation),
	CODEC_FIELD(4, CODEC_BOOL, struct lt_time_view, unconfirmed),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_time_view, why),
	CODEC_FIELD(6, CODEC_U64, struct lt_time_view, since),
	CODEC_FIELD(7, CODEC_ENUM, struct lt_time_view, kernel),
	CODEC_FIELD_RECORDS(8, struct lt_time_view, sets, set_count, time_set_map),
	CODEC_FIELD_LIST(9, CODEC_TEXTS, struct lt_time_view, dossiers, dossier_count),
	CODEC_FIELD(10, CODEC_U64, struct lt_time_view, next),
	CODEC_FIELD(11, CODEC_BOOL, struct lt_time_view, sandbox),
	CODEC_FIELD(12, CODEC_U64, struct lt_time_view, legal),
	CODEC_FIELD(13, CODEC_U64, struct lt_time_view, due),
};
static const struct codec_map time_map = CODEC_MAP(time_fields, struct lt_time_view);

static const struct codec_field carry_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_carry_window, subject),
	CODEC_FIELD(2, CODEC_U64, struct lt_carry_window, from),
	CODEC_FIELD(3, CODEC_U64, struct lt_carry_window, until),
	CODEC_FIELD(4, CODEC_U64, struct lt_carry_window, proposal),
	CODEC_FIELD(5, CODEC_U64, struct lt_carry_window, proposed_from),
	CODEC_FIELD(6, CODEC_U64, struct lt_carry_window, proposed_until),
};
static const struct codec_map carry_map = CODEC_MAP(carry_fields, struct lt_carry_window);

static const struct codec_field carries_fields[] = {
	CODEC_FIELD_RECORDS(1, struct lt_control_answer, carries.windows, carries.count, carry_map),
};
static const struct codec_map carries_map = CODEC_MAP(carries_fields, struct lt_control_answer);

static const struct codec_field changes_fields[] = {
	CODEC_FIELD_LIST(1, CODEC_U64_LIST, struct lt_changes_view, numbers, count),
	CODEC_FIELD(2, CODEC_U64, struct lt_changes_view, since),
	CODEC_FIELD(3, CODEC_U64, struct lt_changes_view, after),
	CODEC_FIELD(4, CODEC_BOOL, struct lt_changes_view, anew),
	CODEC_FIELD(5, CODEC_U64, struct lt_changes_view, sequence),
	CODEC_FIELD(6, CODEC_U64, struct lt_changes_view, time),
	CODEC_FIELD(7, CODEC_U64, struct lt_changes_view, dossiers),
	CODEC_FIELD(8, CODEC_BYTES, struct lt_changes_view, incarnation),
};
static const struct codec_map changes_map = CODEC_MAP(changes_fields, struct lt_changes_view);

static const struct codec_field silent_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_copied_silent, branch),
	CODEC_FIELD(2, CODEC_U64, struct lt_copied_silent, since),
};
static const struct codec_map silent_map = CODEC_MAP(silent_fields, struct lt_copied_silent);

static const struct codec_field copied_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_copied, number),
	CODEC_FIELD_RECORD(2, CODEC_MESSAGE, struct lt_copied, dossier, codec_dossier_view_map),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_copied, sector),
	CODEC_FIELD_RECORDS(4, struct lt_copied, silent, silent_count, silent_map),
};
static const struct codec_map copied_map = CODEC_MAP(copied_fields, struct lt_copied, .limits = codec_answer_limits);

enum lt_reason lt_copied_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_copied *out,
				struct lt_refusal *refusal)
{
	return codec_map_decode(&copied_map, &lienthong__v1__copied__descriptor, bytes, arena, out, refusal);
}

enum lt_err lt_copied_encode(const struct lt_copied *copied, struct lt_buf *out)
{
	return codec_map_encode(&copied_map, copied, out);
}

static const struct codec_field copy_fields[] = {
	CODEC_FIELD_LIST(1, CODEC_BYTES_LIST, struct lt_copy_view, dossiers, count),
	CODEC_FIELD(2, CODEC_U64, struct lt_copy_view, next),
	CODEC_FIELD(3, CODEC_U64, struct lt_copy_view, sequence),
	CODEC_FIELD(4, CODEC_U64, struct lt_copy_view, time),
};
static const struct codec_map copy_map = CODEC_MAP(copy_fields, struct lt_copy_view);

static const struct codec_field definitions_fields[] = {
	CODEC_FIELD_LIST(1, CODEC_BYTES_LIST, struct lt_control_answer, definitions.list, definitions.count),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_answer, definitions.next),
};
static const struct codec_map definitions_map = CODEC_MAP(definitions_fields, struct lt_control_answer);

static const struct codec_field delays_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct lt_signed_text, text),
	CODEC_FIELD(2, CODEC_BYTES, struct lt_signed_text, signature),
	CODEC_FIELD(3, CODEC_BYTES, struct lt_signed_text, certificate),
};
static const struct codec_map delays_map = CODEC_MAP(delays_fields, struct lt_signed_text);

enum answer_field {
	ANSWER_STATUS = 3,
	ANSWER_AGENCIES,
	ANSWER_DOSSIER,
	ANSWER_MAILBOXES,
	ANSWER_ACT,
	ANSWER_RECORD,
	ANSWER_BACKUP,
	ANSWER_DIRECTORY,
	ANSWER_JOURNAL,
	ANSWER_PROCEDURES,
	ANSWER_REORGANISATION,
	ANSWER_RULES,
	ANSWER_FOUND,
	ANSWER_TIME = 20,
	ANSWER_DOSSIERS,
	ANSWER_LEDGER = 30,
	ANSWER_CARRIES = 50,
	ANSWER_CHANGES = 70,
	ANSWER_COPY,
	ANSWER_DEFINITIONS = 80,
	ANSWER_DELAYS = 90,
};
static const struct codec_field answer_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_control_answer, reason),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_control_answer, detail),
	CODEC_CHOICE(ANSWER_STATUS, offsetof(struct lt_control_answer, status), status_map),
	CODEC_CHOICE(ANSWER_AGENCIES, 0, agencies_map),
	{ .id = ANSWER_DOSSIER,
	  .kind = CODEC_POINTER,
	  .choice = true,
	  .offset = offsetof(struct lt_control_answer, dossier),
	  .child = &codec_dossier_view_map },
	CODEC_CHOICE(ANSWER_MAILBOXES, 0, mailboxes_map),
	CODEC_CHOICE(ANSWER_ACT, 0, act_map),
	CODEC_CHOICE(ANSWER_RECORD, 0, record_map),
	CODEC_CHOICE(ANSWER_BACKUP, 0, backup_map),
	CODEC_CHOICE(ANSWER_DIRECTORY, 0, directory_map),
	CODEC_CHOICE(ANSWER_JOURNAL, 0, journal_map),
	CODEC_CHOICE(ANSWER_PROCEDURES, 0, procedures_map),
	CODEC_CHOICE(ANSWER_REORGANISATION, 0, reorganisation_map),
	CODEC_CHOICE(ANSWER_RULES, 0, rules_map),
	CODEC_CHOICE(ANSWER_FOUND, 0, find_map),
	CODEC_CHOICE(ANSWER_TIME, offsetof(struct lt_control_answer, time), time_map),
	CODEC_CHOICE(ANSWER_DOSSIERS, offsetof(struct lt_control_answer, dossiers), codec_dossiers_view_map),
	CODEC_CHOICE(ANSWER_LEDGER, offsetof(struct lt_control_answer, ledger), codec_ledger_view_map),
	CODEC_FIELD(40, CODEC_BYTES, struct lt_control_answer, sentence),
	CODEC_CHOICE(ANSWER_CARRIES, 0, carries_map),
	CODEC_CHOICE(ANSWER_CHANGES, offsetof(struct lt_control_answer, changes), changes_map),
	CODEC_CHOICE(ANSWER_COPY, offsetof(struct lt_control_answer, copy), copy_map),
	CODEC_CHOICE(ANSWER_DEFINITIONS, 0, definitions_map),
	CODEC_CHOICE(ANSWER_DELAYS, offsetof(struct lt_control_answer, delays), delays_map),
};

/* DEFINE, ADMIN, OUTAGE, ACTIVATE and ERASE have the same answer; read back, it is DEFINE. */
static const uint8_t answer_of_type[] = {
	[LT_CONTROL_STATUS] = ANSWER_STATUS,
	[LT_CONTROL_AGENCIES] = ANSWER_AGENCIES,
	[LT_CONTROL_DOSSIER] = ANSWER_DOSSIER,
	[LT_CONTROL_MAILBOXES] = ANSWER_MAILBOXES,
	[LT_CONTROL_OUTAGE] = ANSWER_ACT,
	[LT_CONTROL_DEFINE] = ANSWER_ACT,
	[LT_CONTROL_ADMIN] = ANSWER_ACT,
	[LT_CONTROL_RECORD] = ANSWER_RECORD,
	[LT_CONTROL_BACKUP] = ANSWER_BACKUP,
	[LT_CONTROL_DIRECTORY] = ANSWER_DIRECTORY,
	[LT_CONTROL_JOURNAL] = ANSWER_JOURNAL,
	[LT_CONTROL_PROCEDURES] = ANSWER_PROCEDURES,
	[LT_CONTROL_REORGANISATION] = ANSWER_REORGANISATION,
	[LT_CONTROL_RULES] = ANSWER_RULES,
	[LT_CONTROL_ACTIVATE] = ANSWER_ACT,
	[LT_CONTROL_FIND] = ANSWER_FOUND,
	[LT_CONTROL_TIME] = ANSWER_TIME,
	[LT_CONTROL_DOSSIERS] = ANSWER_DOSSIERS,
	[LT_CONTROL_LEDGER] = ANSWER_LEDGER,
	[LT_CONTROL_ERASE] = ANSWER_ACT,
	[LT_CONTROL_CARRIES] = ANSWER_CARRIES,
	[LT_CONTROL_CHANGES] = ANSWER_CHANGES,
	[LT_CONTROL_COPY] = ANSWER_COPY,
	[LT_CONTROL_DEFINITIONS] = ANSWER_DEFINITIONS,
	[LT_CONTROL_DELAYS] = ANSWER_DELAYS,
};
#define ANSWER_TYPES (sizeof(answer_of_type) / sizeof(answer_of_type[0]))

static uint32_t answer_get(const void *record)
{
	const struct lt_control_answer *answer = record;
	return answer->reason || answer->type >= ANSWER_TYPES ? 0 : answer_of_type[answer->type];
}

/* A refusal has no answer in it, and what is no refusal has one. */
static bool answer_set(void *record, uint32_t id)
{
	struct lt_control_answer *answer = record;
	answer->type = 0;
	for (unsigned type = 1; id && answer->type == 0 && type < ANSWER_TYPES; type++) {
		if (answer_of_type[type] == id)
			answer->type = (enum lt_control_type)type;
	}
	return (answer->reason != 0) == (id == 0);
}
#define ENTRIES_MAX 10000u /* lists that the operator reads: as many as there may be agencies */
#define RECORDS_MAX 1024u  /* records of one JOURNAL answer */
const struct codec_limit codec_answer_limits[] = {
	{ &lienthong__v1__session_view__descriptor, 6, 0, LT_LINK_AGENCIES_MAX },
	{ &lienthong__v1__status_answer__descriptor, 17, 0, ENTRIES_MAX },
	{ &lienthong__v1__status_answer__descriptor, 19, 0, ENTRIES_MAX },
	{ &lienthong__v1__agency_list_answer__descriptor, 2, 0, LT_AGENCIES_MAX },
	{ &lienthong__v1__agency_view__descriptor, 21, 0, LT_REFUSED_SHOWN },
	{ &lienthong__v1__mailbox_list_answer__descriptor, 1, 0, LT_AGENCIES_MAX },
	{ &lienthong__v1__mailbox_view__descriptor, 8, 0, LT_STUCK_SHOWN },
	{ &lienthong__v1__procedure_list_answer__descriptor, 1, 0, ENTRIES_MAX },
	{ &lienthong__v1__reorganisation_page__descriptor, 3, 0, LT_REORGANISATION_VALUES },
	{ &lienthong__v1__find_answer__descriptor, 1, 0, LT_FOUND_PAGE },
	{ &lienthong__v1__carry_list_answer__descriptor, 1, 0, LT_CARRIES_MAX },
	{ &lienthong__v1__definition_list_answer__descriptor, 1, 0, LT_DEFINITIONS_PAGE },
	{ &lienthong__v1__changes_answer__descriptor, 1, 0, LT_CHANGES_MAX },
	{ &lienthong__v1__copy_answer__descriptor, 1, 0, LT_COPY_PAGE },
	{ &lienthong__v1__copied__descriptor, 4, 0, LT_COPIED_SILENT },
	{ &lienthong__v1__time_answer__descriptor, 8, 0, RECORDS_MAX },
	{ &lienthong__v1__time_answer__descriptor, 9, 0, RECORDS_MAX },
	{ &lienthong__v1__record_answer__descriptor, 2, 0, LT_PARTS_MAX },
	{ &lienthong__v1__record_answer__descriptor, 5, 0, LT_RECORD_NOTICES },
	{ &lienthong__v1__journal_answer__descriptor, 2, 0, RECORDS_MAX },
	{ NULL, 0, 0, 0 },
};
static const struct codec_map answer_map = CODEC_MAP_CHOICE(answer_fields, struct lt_control_answer, answer_get,
							    answer_set, false, .limits = codec_answer_limits);

enum lt_reason lt_control_answer_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_control_answer *out,
					struct lt_refusal *refusal)
{
	return codec_map_decode(&answer_map, &lienthong__v1__control_answer__descriptor, bytes, arena, out, refusal);
}

enum lt_err lt_control_answer_encode(const struct lt_control_answer *answer, struct lt_buf *out)
{
	return codec_map_encode(&answer_map, answer, out);
}
