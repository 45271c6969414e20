/* test_reason.c: the list of reasons is a promise: numbers and names stay as they are. */
#include "test.h"

#include <lienthong/reason.h>

#include <stdio.h>
#include <string.h>

/* Frozen. A new reason is added here and in reason.def; a line that is here is never changed. */
static const struct {
	int number;
	const char *name;
	bool retry;
} frozen[] = {
	{ 100, "FRAME_MALFORMED", false },
	{ 101, "FRAME_TOO_LARGE", false },
	{ 102, "VERSION_NOT_SUPPORTED", false },
	{ 103, "FIELD_UNKNOWN", false },
	{ 104, "FIELD_REPEATED", false },
	{ 105, "TEXT_NOT_UTF8", false },
	{ 106, "TEXT_HAS_NUL", false },
	{ 107, "COUNT_EXCEEDED", false },
	{ 108, "TRAILING_BYTES", false },
	{ 110, "SESSION_UNKNOWN", true },
	{ 111, "SESSION_SUPERSEDED", false },
	{ 112, "PROOF_INVALID", false },
	{ 113, "KEY_NOT_ENROLLED", false },
	{ 114, "CREDIT_EXCEEDED", true },
	{ 115, "BROKER_STOPPING", true },
	{ 116, "DOMAIN_WRONG", false },
	{ 117, "STATE_WRONG", false },
	{ 118, "SESSION_REFUSALS", true },
	{ 119, "SESSION_STALLED", true },
	{ 120, "RESUME_AHEAD", false },
	{ 121, "RESUME_TOO_OLD", true },
	{ 200, "HEADER_MALFORMED", false },
	{ 201, "HEADER_TYPE_UNKNOWN", false },
	{ 202, "HEADER_TOO_LARGE", false },
	{ 203, "KIND_NOT_SUPPORTED", false },
	{ 204, "SENDER_NOT_SESSION", false },
	{ 205, "ID_INVALID", false },
	{ 206, "ID_TOO_OLD", false },
	{ 207, "ID_IN_FUTURE", false },
	{ 208, "RECIPIENTS_INVALID", false },
	{ 209, "AGENCY_CODE_INVALID", false },
	{ 210, "DOSSIER_CODE_INVALID", false },
	{ 211, "PROCEDURE_CODE_INVALID", false },
	{ 212, "REASON_REQUIRED", false },
	{ 213, "TEXT_TOO_LONG", false },
	{ 214, "FIELD_NOT_ALLOWED", false },
	{ 215, "FIELD_REQUIRED", false },
	{ 216, "PART_COUNT_WRONG", false },
	{ 217, "PART_TOO_LARGE", false },
	{ 218, "PART_SIZE_WRONG", false },
	{ 219, "PART_DIGEST_WRONG", false },
	{ 220, "PART_NAME_INVALID", false },
	{ 221, "TEXT_NOT_IN_FORM", false },
	{ 222, "FIELD_NOT_SUPPORTED", false },
	{ 300, "SIGNATURE_MALFORMED", false },
	{ 301, "SIGNATURE_TRAILING", false },
	{ 302, "SIGNATURE_NOT_DER", false },
	{ 303, "SIGNER_COUNT_WRONG", false },
	{ 304, "SIGNED_ATTRIBUTES_MISSING", false },
	{ 305, "UNSIGNED_ATTRIBUTES", false },
	{ 306, "ALGORITHM_NOT_ALLOWED", false },
	{ 307, "KEY_TOO_SHORT", false },
	{ 308, "CERTIFICATE_NOT_ENROLLED", false },
	{ 309, "CERTIFICATE_EXPIRED", false },
	{ 310, "CERTIFICATE_REVOKED", false },
	{ 311, "CERTIFICATE_UNTRUSTED", false },
	{ 312, "CERTIFICATE_KEY_USAGE", false },
	{ 313, "SIGNING_CERTIFICATE_WRONG", false },
	{ 314, "SIGNATURE_WRONG", false },
	{ 315, "EMBEDDED_CONTENT", false },
	{ 316, "BATCH_PATH_WRONG", false },
	{ 400, "SENDER_UNKNOWN", false },
	{ 401, "SENDER_SUSPENDED", false },
	{ 402, "RECIPIENT_UNKNOWN", false },
	{ 403, "RECIPIENT_SUSPENDED", false },
	{ 404, "PROCEDURE_UNKNOWN", false },
	{ 405, "DOSSIER_EXISTS", false },
	{ 406, "DOSSIER_UNKNOWN", false },
	{ 407, "DOSSIER_CLOSED", false },
	{ 408, "BRANCH_UNKNOWN", false },
	{ 409, "NOT_HOLDER", false },
	{ 410, "NOT_OFFERED", false },
	{ 411, "OFFER_OPEN", false },
	{ 412, "STALE_VERSION", false },
	{ 413, "REPLY_UNKNOWN", false },
	{ 414, "STATUS_EDGE_ILLEGAL", false },
	{ 416, "EQUIVOCATION", false },
	{ 417, "DIRECTORY_INVALID", false },
	{ 418, "DEFINITION_INVALID", false },
	{ 419, "AGENCY_UNKNOWN", false },
	{ 420, "OPERATOR_REQUIRED", false },
	{ 421, "ALREADY_SO", false },
	{ 422, "POISONED", false },
	{ 423, "REQUEST_UNKNOWN", false },
	{ 424, "RECORD_UNKNOWN", false },
	{ 425, "SENDER_CLOSED", false },
	{ 426, "RECORD_UNREADABLE", true },
	{ 427, "NOT_A_SANDBOX", false },
	{ 428, "CLOCK_BEHIND", false },
	{ 429, "TIME_DIFFERS", false },
	{ 430, "BRANCH_CLOSED", false },
	{ 431, "BRANCHES_OPEN", false },
	{ 432, "NOT_LEAD", false },
	{ 433, "NOT_ORIGIN", false },
	{ 434, "NOT_CONSULTED", false },
	{ 435, "ALREADY_ANSWERED", false },
	{ 436, "SUPPLEMENTS_EXHAUSTED", false },
	{ 437, "WITHDRAWAL_TOO_LATE", false },
	{ 438, "TRACE_ORDER", false },
	{ 439, "RECALL_OPEN", false },
	{ 440, "DUE_INVALID", false },
	{ 441, "CODE_NOT_OWNED", false },
	{ 442, "CODE_DATE_WRONG", false },
	{ 443, "OPENER_NOT_ADMITTED", false },
	{ 444, "OFFER_NOT_ADMITTED", false },
	{ 445, "LEG_UNKNOWN", false },
	{ 446, "NOT_AT_THIS_LEG", false },
	{ 447, "CARRY_NOT_OPEN", false },
	{ 448, "CARRY_DATE_WRONG", false },
	{ 449, "RECIPIENT_DRAINED", false },
	{ 460, "RECORD_ERASED", false },
	{ 461, "RECORD_ARCHIVED", true },
	{ 465, "PART_GONE", false },
	{ 470, "OPERATOR_NOT_ADMITTED", false },
	{ 480, "CHECKPOINT_INVALID", false },
	{ 481, "LEDGER_SHORTER", true },
	{ 500, "STORE_FULL", true },
	{ 501, "OVERLOADED", true },
	{ 502, "RETRY_AFTER_EARLIER", true },
	{ 503, "VERDICT_OUTDATED", true },
	{ 504, "NOT_YET", true },
	{ 505, "RESTORING", true },
	{ 507, "TRUST_STALE", true },
	{ 508, "STORE_DAMAGED", true },
	{ 509, "DOSSIER_FROZEN", true },
	{ 510, "CLOCK_WRONG", true },
	{ 515, "PART_NOT_STORED", true },
	{ 600, "UNAUTHORIZED", false },
	{ 601, "IDEMPOTENCY_KEY_REQUIRED", false },
	{ 602, "IDEMPOTENCY_KEY_REUSED", false },
	{ 603, "BODY_MALFORMED", false },
	{ 604, "NOT_FOUND", false },
	{ 605, "METHOD_NOT_ALLOWED", false },
	{ 606, "ANSWERED_OTHERWISE", false },
	{ 607, "NOT_AN_OFFER", false },
	{ 608, "PART_MISSING", false },
	{ 609, "ADAPTER_OFFLINE", true },
	{ 610, "ADAPTER_FULL", true },
	{ 611, "NOT_ADDRESSED_TO_US", false },
	{ 612, "QUARANTINED", false },
	{ 613, "DIRECTORY_UNTRUSTED", false },
	{ 614, "INTERNAL_ERROR", true },
	{ 615, "BROKER_DOUBTFUL", true },
	{ 616, "ENCODING_NOT_SUPPORTED", false },
	{ 617, "PART_AWAITED", true },
	{ 630, "OFFER_GONE", false },
	{ 631, "CURSOR_UNKNOWN", false },
	{ 640, "QUERY_INVALID", false },
	{ 641, "REQUEST_MALFORMED", false },
	{ 642, "BODY_TOO_LARGE", false },
	{ 643, "REQUEST_HEAD_TOO_LARGE", false },
	{ 644, "REQUEST_SLOW", true },
	{ 645, "RANGE_INVALID", false },
	{ 646, "TOKEN_NOT_ALLOWED", false },
	{ 647, "UPLOAD_OFFSET_WRONG", false },
	{ 648, "UPLOAD_BUSY", true },
	{ 649, "CHECKSUM_WRONG", false },
	{ 650, "TUS_VERSION", false },
	{ 651, "MEDIA_TYPE_WRONG", false },
	{ 660, "BROKER_NOT_REACHED", true },
	{ 661, "BROKER_KEY_WRONG", true },
	{ 662, "BROKER_SILENT", true },
	{ 663, "CERTIFICATE_ENDS", true },
	{ 664, "LIST_ENDS", true },
	{ 665, "SPOOL_STOPPED", true },
	{ 666, "HOOK_NOT_TOLD", true },
	{ 667, "MAIL_DAMAGED", true },
	{ 668, "STORE_BEHIND", true },
};
#define FROZEN (sizeof frozen / sizeof *frozen)

static const struct {
	int number;
	const char *name;
} listed[] = {
#define LT_REASON(name, number, retry, text, vietnamese) { number, #name },
#include <lienthong/reason.def>
#undef LT_REASON
};
#define LISTED (sizeof listed / sizeof *listed)

static void the_list_is_the_frozen_one(void **state)
{
	(void)state;
	assert_int_equal(LISTED, FROZEN);
	for (size_t i = 0; i < FROZEN; i++) {
		enum lt_reason reason = LT_REASON_NONE;
		if (lt_reason_find(frozen[i].name, &reason) != LT_OK)
			fail_msg("%s is gone", frozen[i].name);
		assert_int_equal((int)reason, frozen[i].number);
		assert_string_equal(lt_reason_name(reason), frozen[i].name);
		assert_int_equal(lt_reason_retry(reason), frozen[i].retry);
	}
}

static void numbers_and_names_are_unique_and_rise(void **state)
{
	(void)state;
	for (size_t i = 0; i < LISTED; i++) {
		assert_true(listed[i].number > 0 && listed[i].number < 65536);
		for (size_t k = 0; k < i; k++) {
			assert_true(listed[k].number < listed[i].number);
			assert_string_not_equal(listed[k].name, listed[i].name);
		}
	}
}

/* "step: what is wrong; who mends it and how" */
static void every_text_names_step_and_remedy(void **state)
{
	(void)state;
	for (size_t i = 0; i < LISTED; i++) {
		enum lt_reason reason = (enum lt_reason)listed[i].number;
		const char *texts[] = { lt_reason_text(reason), lt_reason_vietnamese(reason) };
		for (size_t k = 0; k < 2; k++) {
			const char *colon = strstr(texts[k], ": ");
			if (!colon || colon == texts[k] || !lt_text_valid(texts[k], strlen(texts[k])))
				fail_msg("%s: \"%s\"", listed[i].name, texts[k]);
			/* A remedy that English gives is given in Vietnamese too. */
			if (strchr(texts[0], ';') && !strchr(texts[k], ';'))
				fail_msg("%s: \"%s\" has no remedy", listed[i].name, texts[k]);
		}
	}
}

static void unknown_ones(void **state)
{
	(void)state;
	enum lt_reason reason = LT_STALE_VERSION;
	assert_string_equal(lt_reason_name(LT_REASON_NONE), "NONE");
	assert_string_equal(lt_reason_name((enum lt_reason)9999), "UNKNOWN");
	assert_non_null(lt_reason_text((enum lt_reason)9999));
	assert_false(lt_reason_retry((enum lt_reason)9999));
	assert_int_equal(lt_reason_find("NONE", &reason), LT_ENOENT);
	assert_int_equal(lt_reason_find("stale_version", &reason), LT_ENOENT);
	assert_int_equal(lt_reason_find("", &reason), LT_ENOENT);
	assert_int_equal(reason, LT_STALE_VERSION);
}

static void refusals_are_filled_and_clean(void **state)
{
	(void)state;
	struct lt_refusal refusal;
	char longer[1200];
	assert_int_equal(lt_refuse(NULL, LT_NOT_HOLDER, "x"), LT_NOT_HOLDER);
	assert_int_equal(lt_refuse(&refusal, LT_STALE_VERSION, "version %d, now %d", 3, 4), LT_STALE_VERSION);
	assert_int_equal(refusal.reason, LT_STALE_VERSION);
	assert_string_equal(refusal.detail, "version 3, now 4");
	lt_refuse(&refusal, LT_TEXT_NOT_UTF8, "\"%s\"", "a\xff\x1b[0m");
	assert_string_equal(refusal.detail, "\"a??[0m\"");
	longer[0] = 0;
	for (int i = 0; i < 300; i++)
		strcat(longer, "ồ");
	lt_refuse(&refusal, LT_TEXT_TOO_LONG, "x%s", longer);
	assert_int_equal(strlen(refusal.detail), 238); /* 1 + 79 whole characters of 3 bytes */
	assert_true(lt_text_valid(refusal.detail, strlen(refusal.detail)));
}

TEST_MAIN(cmocka_unit_test(the_list_is_the_frozen_one), cmocka_unit_test(numbers_and_names_are_unique_and_rise),
	  cmocka_unit_test(every_text_names_step_and_remedy), cmocka_unit_test(unknown_ones),
	  cmocka_unit_test(refusals_are_filled_and_clean))
