/* control.c: the operator's requests. The answers are in codec_control_answer.c. Source: proto/control.proto. */
#include "control.h"
#include "record_internal.h"
#include "wire/maps.h"
#include "control.pb-c.h"

static const struct codec_map empty_map = { .size = 0 };

static const struct codec_field code_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_control_request, code),
};
static const struct codec_map code_map = CODEC_MAP(code_fields, struct lt_control_request);

static const struct codec_field status_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_control_request, asker.uid),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_control_request, asker.login),
	CODEC_FIELD(3, CODEC_U32, struct lt_control_request, asker.roles),
};
static const struct codec_map status_map = CODEC_MAP(status_fields, struct lt_control_request);

static const struct codec_field record_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_request, sequence),
	CODEC_FIELD(2, CODEC_BOOL, struct lt_control_request, parts),
};
static const struct codec_map record_map = CODEC_MAP(record_fields, struct lt_control_request);

static const struct codec_field backup_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_control_request, path),
};
static const struct codec_map backup_map = CODEC_MAP(backup_fields, struct lt_control_request);

static const struct codec_field journal_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_request, sequence),
	CODEC_FIELD(2, CODEC_U32, struct lt_control_request, limit),
};
static const struct codec_map journal_map = CODEC_MAP(journal_fields, struct lt_control_request);

static const struct codec_field ledger_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_request, sequence),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_request, old_size),
};
static const struct codec_map ledger_map = CODEC_MAP(ledger_fields, struct lt_control_request);

static const struct codec_field reorganisation_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_control_request, code),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_request, sequence),
	CODEC_FIELD(3, CODEC_U32, struct lt_control_request, limit),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_control_request, path),
};
static const struct codec_map reorganisation_map = CODEC_MAP(reorganisation_fields, struct lt_control_request);

static const struct codec_field find_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_control_request, code),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_request, sequence),
};
static const struct codec_map find_map = CODEC_MAP(find_fields, struct lt_control_request);

static const struct codec_field directory_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_request, sequence),
};
static const struct codec_map directory_map = CODEC_MAP(directory_fields, struct lt_control_request);

static const struct codec_field time_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_request, sequence),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_request, below),
};
static const struct codec_map time_map = CODEC_MAP(time_fields, struct lt_control_request);

static const struct codec_field changes_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_request, sequence),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_request, after),
};
static const struct codec_map changes_map = CODEC_MAP(changes_fields, struct lt_control_request);

static const struct codec_field copy_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_control_request, after),
	CODEC_FIELD_LIST(2, CODEC_U64_LIST, struct lt_control_request, numbers, number_count),
	CODEC_FIELD_LIST(3, CODEC_U64_LIST, struct lt_control_request, known, known_count),
};
static const struct codec_map copy_map = CODEC_MAP(copy_fields, struct lt_control_request);

static const struct codec_field definitions_fields[] = {
	CODEC_FIELD(1, CODEC_ENUM, struct lt_control_request, definition),
	CODEC_FIELD(2, CODEC_U64, struct lt_control_request, after),
};
static const struct codec_map definitions_map = CODEC_MAP(definitions_fields, struct lt_control_request);

static const struct codec_field delays_fields[] = {
	CODEC_FIELD_LIST(1, CODEC_TEXTS, struct lt_delays_request, dossiers, count),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_delays_request, agency),
	CODEC_FIELD(3, CODEC_U64, struct lt_delays_request, from),
	CODEC_FIELD(4, CODEC_U64, struct lt_delays_request, until),
};
static const struct codec_map delays_map = CODEC_MAP(delays_fields, struct lt_delays_request);

static const struct codec_field erase_fields[] = {
	CODEC_FIELD_RECORD(1, CODEC_MESSAGE, struct lt_control_request, erase, codec_erase_map),
};
static const struct codec_map erase_map = CODEC_MAP(erase_fields, struct lt_control_request);

/* The types are the field numbers; small requests fill the record's own members. */
static const struct codec_field request_fields[] = {
	CODEC_CHOICE(LT_CONTROL_STATUS, 0, status_map),
	CODEC_CHOICE(LT_CONTROL_AGENCIES, 0, code_map),
	CODEC_CHOICE(LT_CONTROL_DOSSIER, 0, code_map),
	CODEC_CHOICE(LT_CONTROL_MAILBOXES, 0, code_map),
	CODEC_CHOICE(LT_CONTROL_DEFINE, offsetof(struct lt_control_request, define), codec_define_map),
	CODEC_CHOICE(LT_CONTROL_ADMIN, offsetof(struct lt_control_request, admin), codec_admin_map),
	CODEC_CHOICE(LT_CONTROL_RECORD, 0, record_map),
	CODEC_CHOICE(LT_CONTROL_BACKUP, 0, backup_map),
	CODEC_CHOICE(LT_CONTROL_DIRECTORY, 0, directory_map),
	CODEC_CHOICE(LT_CONTROL_JOURNAL, 0, journal_map),
	CODEC_CHOICE(LT_CONTROL_PROCEDURES, 0, code_map),
	CODEC_CHOICE(LT_CONTROL_REORGANISATION, 0, reorganisation_map),
	CODEC_CHOICE(LT_CONTROL_OUTAGE, offsetof(struct lt_control_request, outage), codec_outage_map),
	CODEC_CHOICE(LT_CONTROL_RULES, 0, empty_map),
	CODEC_CHOICE(LT_CONTROL_ACTIVATE, offsetof(struct lt_control_request, activate), codec_activate_map),
	CODEC_CHOICE(LT_CONTROL_FIND, 0, find_map),
	CODEC_CHOICE(LT_CONTROL_TIME, 0, time_map),
	CODEC_CHOICE(LT_CONTROL_DOSSIERS, offsetof(struct lt_control_request, dossiers), codec_dossiers_request_map),
	CODEC_CHOICE(LT_CONTROL_LEDGER, 0, ledger_map),
	CODEC_CHOICE(LT_CONTROL_ERASE, 0, erase_map),
	CODEC_CHOICE(LT_CONTROL_CARRIES, 0, empty_map),
	CODEC_CHOICE(LT_CONTROL_CHANGES, 0, changes_map),
	CODEC_CHOICE(LT_CONTROL_COPY, 0, copy_map),
	CODEC_CHOICE(LT_CONTROL_DEFINITIONS, 0, definitions_map),
	CODEC_CHOICE(LT_CONTROL_DELAYS, offsetof(struct lt_control_request, delays), delays_map),
	CODEC_FIELD(LT_CONTROL_DRY_RUN, CODEC_BOOL, struct lt_control_request, dry_run),
};
static uint32_t request_get(const void *record)
{
	return ((const struct lt_control_request *)record)->type;
}
/* No member at all is told apart by the caller below. */
static bool request_set(void *record, uint32_t id)
{
	((struct lt_control_request *)record)->type = (enum lt_control_type)id;
	return true;
}
static const struct codec_map request_map = CODEC_MAP_CHOICE(request_fields, struct lt_control_request, request_get,
							     request_set, false, .limits = codec_record_limits);

enum lt_reason lt_control_request_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_control_request *out,
					 struct lt_refusal *refusal)
{
	enum lt_reason reason =
		codec_map_decode(&request_map, &lienthong__v1__control_request__descriptor, bytes, arena, out, refusal);
	if (!reason && out->type == 0)
		return lt_refuse(refusal, LT_REQUEST_UNKNOWN, "ControlRequest: no request in it");
	/* The walk checks the lists of a message that is there: one that is left out has no list to check. */
	if (!reason && out->type == LT_CONTROL_ERASE && out->erase.count == 0)
		return lt_refuse(refusal, LT_COUNT_EXCEEDED, "EraseRequest.erase: no record is named");
	return reason;
}

enum lt_err lt_control_request_encode(const struct lt_control_request *request, struct lt_buf *out)
{
	return codec_map_encode(&request_map, request, out);
}
