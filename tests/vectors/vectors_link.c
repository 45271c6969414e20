/* vectors_link.c: one good message of each type, and bytes that are none. */
#include "vectors.h"

#include <lienthong/receipt.h>
#include <lienthong/time.h>
#include <stdio.h>
#include <string.h>

#include "wire/link.h"
#include "wire/signature.h"
#include "wire.h"

static const uint8_t some[32] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99 };
static uint8_t id[16];
static struct lt_bytes bytes32, bytes16;
static const char *agencies[2] = { "H37.24", "H37.11" };
static struct lt_envelope envelope;
static struct lt_bytes parts[2];
static struct lt_buf header, signature;

static void put(const char *name, const char *expect, const char *type, struct lt_buf *bytes)
{
	vectors_begin("link", name, expect);
	vectors_file("file", lt_buf_bytes(bytes), "link/%s.bin", name);
	if (type)
		vectors_text("type", type);
	vectors_end();
	lt_buf_clear(bytes);
}

static void good_as(const char *what, const char *type, const struct lt_link *link)
{
	char name[60];
	struct lt_buf out = { 0 };
	VECTORS_NEED(lt_link_encode(link, &out) == LT_OK);
	snprintf(name, sizeof name, "good-%s", what);
	put(name, "OK", type, &out);
	lt_buf_fini(&out);
}

static void good(const char *type, const struct lt_link *link)
{
	good_as(type, type, link);
}

static void good_session(void)
{
	struct lt_agency_proof proof = { .agency = "H37.24",
					 .cms = signature.data ? lt_buf_bytes(&signature) : bytes32,
					 .resume = 17 };
	struct lt_agency_welcome welcome = { .agency = "H37.24", .acknowledged = 17, .head = 20, .received = 19 };
	good("hello", &(struct lt_link){ .type = LT_LINK_HELLO,
					 .u.hello = { .version_min = 1,
						      .version_max = 1,
						      .nonce = bytes32,
						      .agency_count = 2,
						      .agencies = agencies,
						      .software = "vectors/1",
						      .directory_version = 1,
						      .directory_sha256 = bytes32,
						      .list_count = 1,
						      .lists = &bytes32,
						      .definitions = 3 } });
	good("challenge", &(struct lt_link){ .type = LT_LINK_CHALLENGE,
					     .u.challenge = { .version = 1,
							      .time = VECTORS_AT,
							      .nonce = bytes32,
							      .domain = VECTORS_DOMAIN,
							      .incarnation = bytes16,
							      .broker_key = bytes32 } });
	good("proof", &(struct lt_link){ .type = LT_LINK_PROOF, .u.proof = { .count = 1, .agencies = &proof } });
	good("welcome", &(struct lt_link){ .type = LT_LINK_WELCOME,
					   .u.welcome = { .epoch = 9,
							  .head = 9,
							  .directory_version = 1,
							  .max_message = LT_LINK_MESSAGE_MAX,
							  .max_envelopes = 64,
							  .credit_envelopes = 1024,
							  .credit_bytes = 16777216,
							  .ping_interval_ms = 5000,
							  .count = 1,
							  .agencies = &welcome } });
	good("ping", &(struct lt_link){ .type = LT_LINK_PING, .u.ping = { .token = 5 } });
	struct lt_adapter_report report = { .clock = VECTORS_AT,
					    .disk_free = 5000000000,
					    .disk_size = 20000000000,
					    .disk_reserve = 1000000000,
					    .store_bytes = 70000000,
					    .unsent = 2,
					    .unsent_since = VECTORS_AT - 1000000,
					    .restored_at = VECTORS_AT - 2000000 };
	good_as("ping-report", "ping",
		&(struct lt_link){ .type = LT_LINK_PING, .u.ping = { .token = 5, .report = &report } });
	good("pong", &(struct lt_link){ .type = LT_LINK_PONG,
					.u.pong = { .token = 5,
						    .head = 9,
						    .time = VECTORS_AT,
						    .directory_version = 1,
						    .list_count = 1,
						    .lists = &bytes32,
						    .definitions = 3 } });
	char room[LT_SENTENCE_TEXT];
	struct lt_refusal why;
	lt_refuse(&why, LT_CERTIFICATE_REVOKED, "%s: %s", "H37.28", "certificate revoked");
	good("bye", &(struct lt_link){ .type = LT_LINK_BYE,
				       .u.bye = { .reason = why.reason, .said = lt_link_said(&why, room) } });
	const char *closed[255];
	for (size_t i = 0; i < 255; i++)
		closed[i] = "H37.24";
	lt_refuse(&why, LT_SENDER_CLOSED, "%s is closed; %s acts for it", "H37.24", "H37");
	good_as("bye-agencies", "bye",
		&(struct lt_link){ .type = LT_LINK_BYE,
				   .u.bye = { .reason = why.reason,
					      .said = lt_link_said(&why, room),
					      .agency_count = 255,
					      .agencies = closed } });
}

static void good_parts(struct lt_bytes sha256)
{
	good("part_open",
	     &(struct lt_link){
		     .type = LT_LINK_PART_OPEN,
		     .u.part_open = { .agency = "H37.11", .sha256 = sha256, .size = 20971520, .number = 21 } });
	char room[LT_SENTENCE_TEXT];
	struct lt_refusal why;
	lt_refuse(&why, LT_STORE_FULL, "the broker's disk has no room for it");
	good("part_state", &(struct lt_link){ .type = LT_LINK_PART_STATE,
					      .u.part_state = { .sha256 = sha256,
								.offset = 524288,
								.reason = LT_STORE_FULL,
								.said = lt_link_said(&why, room),
								.retry = true } });
	good_as("part_state-wanted", "part_state",
		&(struct lt_link){ .type = LT_LINK_PART_STATE,
				   .u.part_state = { .sha256 = sha256, .agency = "H37.11" } });
	good("part_chunk", &(struct lt_link){ .type = LT_LINK_PART_CHUNK,
					      .u.part_chunk = { .sha256 = sha256, .offset = 262144, .data = sha256 } });
	good("part_get",
	     &(struct lt_link){ .type = LT_LINK_PART_GET, .u.part_get = { .sha256 = sha256, .offset = 262144 } });
}

static void good_traffic(void)
{
	uint8_t head[LT_RECORD_HEAD_LEN];
	lt_record_head_put(&(struct lt_record_head){ .form = LT_RECORD_SUBMIT,
						     .rules_version = 1,
						     .sequence = 10,
						     .time = VECTORS_AT,
						     .previous = 9 },
			   head);
	struct lt_refusal refusal;
	char vietnamese[LT_SENTENCE_TEXT];
	lt_refuse(&refusal, LT_STALE_VERSION, "branch %u is at version %llu, held by %s; %s may send it on", 1u, 4ull,
		  "H37.11", "H37.11");
	lt_sentence_say(lt_refusal_sentence(&refusal), LT_VIETNAMESE, vietnamese, sizeof(vietnamese));
	struct lt_answer answers[2] = { { .id = bytes16,
					  .sender = "H37.24",
					  .sequence = 10,
					  .time = VECTORS_AT,
					  .head = lt_bytes(head, sizeof(head)),
					  .verdict_digest = bytes32,
					  .outcome_digest = bytes32,
					  .branch = 1,
					  .branch_version = 2,
					  .detail = "" },
					{ .reason = LT_STALE_VERSION,
					  .id = bytes16,
					  .sender = "H37.24",
					  .detail = refusal.detail,
					  .vietnamese = vietnamese,
					  .sentence = lt_refusal_sentence(&refusal),
					  .sequence = 11,
					  .index = 1 } };
	struct lt_delivery item = {
		.number = 21, .sequence = 10, .time = VECTORS_AT, .envelope = envelope, .branch = 1, .branch_version = 2
	};
	good("submit", &(struct lt_link){ .type = LT_LINK_SUBMIT, .u.submit = { .count = 1, .envelopes = &envelope } });
	good("answers", &(struct lt_link){ .type = LT_LINK_ANSWERS, .u.answers = { .count = 2, .answers = answers } });
	good("deliver", &(struct lt_link){ .type = LT_LINK_DELIVER,
					   .u.deliver = { .agency = "H37.11", .count = 1, .items = &item } });
	struct lt_exception except[] = { { 20, LT_SIGNATURE_WRONG, bytes32 } };
	good("received",
	     &(struct lt_link){
		     .type = LT_LINK_RECEIVED,
		     .u.received = { .agency = "H37.11", .number = 21, .except_count = 1, .except = except } });
	good("credit", &(struct lt_link){ .type = LT_LINK_CREDIT,
					  .u.credit = { .agency = "H37.11", .envelopes = 512, .bytes = 16777216 } });
	good("directory_get",
	     &(struct lt_link){ .type = LT_LINK_DIRECTORY_GET, .u.directory_get = { .offset = 524288 } });
	good("directory_chunk",
	     &(struct lt_link){ .type = LT_LINK_DIRECTORY_CHUNK,
				.u.directory_chunk = { .version = 1, .size = 32, .data = bytes32 } });
	good("list_get", &(struct lt_link){ .type = LT_LINK_LIST_GET, .u.list_get = { .sha256 = bytes32 } });
	good("list_chunk", &(struct lt_link){ .type = LT_LINK_LIST_CHUNK,
					      .u.list_chunk = { .sha256 = bytes32, .size = 32, .data = bytes32 } });
	good_parts(bytes32);
}

static void good_query(void)
{
	struct lt_recipient to = { .agency = "H37.11", .leg = "tham-dinh" };
	struct lt_branch_view branch = { .branch = 1,
					 .version = 2,
					 .custody = LT_CUSTODY_OFFERED,
					 .holder = "H37.24",
					 .offered_to = "H37.11",
					 .offer_id = bytes16,
					 .leg = "tham-dinh",
					 .since = VECTORS_AT };
	struct lt_hop hop = { .sequence = 10,
			      .time = VECTORS_AT,
			      .kind = LT_KIND_FORWARD,
			      .sender = "H37.24",
			      .to_count = 1,
			      .to = &to,
			      .id = bytes16,
			      .reason = "",
			      .leaf_hash = bytes32,
			      .certificate_sha256 = bytes32,
			      .branch = 1,
			      .branch_version = 2,
			      .status = 4,
			      .sent_at = VECTORS_AT };
	struct lt_dossier_view view = { .code = "H37.24-20261124-0000001",
					.procedure = "1.010828",
					.procedure_version = 1,
					.status = 4,
					.origin = "H37.24",
					.lead = "H37.11",
					.opened_at = VECTORS_AT,
					.branch_count = 1,
					.branches = &branch,
					.hop_count = 1,
					.hops = &hop,
					.hops_total = 1 };
	good("query",
	     &(struct lt_link){ .type = LT_LINK_QUERY,
				.u.query = { .token = 3, .min_seq = 10, .dossier = view.code, .agency = "H37.24" } });
	struct lt_bytes procedures[] = { lt_bytes("\x0a\x08"
						  "1.010828"
						  "\x10\x02",
						  12) };
	good_as("query-procedures", "query",
		&(struct lt_link){ .type = LT_LINK_QUERY,
				   .u.query = { .token = 3,
						.dossier = "",
						.agency = "H37.24",
						.procedures = LT_LINK_PROCEDURES_ONE,
						.procedure = "1.010828",
						.version = 2 } });
	good_as("query_answer-procedures", "query_answer",
		&(struct lt_link){ .type = LT_LINK_QUERY_ANSWER,
				   .u.query_answer = { .token = 3,
						       .sequence = 10,
						       .procedure_count = 1,
						       .procedures = procedures,
						       .more = true } });
	char room[LT_SENTENCE_TEXT];
	struct lt_refusal why;
	lt_refuse(&why, LT_DOSSIER_CODE_INVALID, "not of the form agency-date-number");
	good_as("query_answer-refused", "query_answer",
		&(struct lt_link){
			.type = LT_LINK_QUERY_ANSWER,
			.u.query_answer = {
				.token = 4, .sequence = 10, .reason = why.reason, .said = lt_link_said(&why, room) } });
	good_as("query-applicant", "query",
		&(struct lt_link){
			.type = LT_LINK_QUERY,
			.u.query = { .token = 3, .dossier = view.code, .agency = "H37.24", .applicant = true } });
	struct lt_applicant_answer applicant = { .text = lt_bytes("{}", 2),
						 .signature = lt_bytes("cms", 3),
						 .certificate = lt_bytes("der", 3) };
	good_as("query_answer-applicant", "query_answer",
		&(struct lt_link){ .type = LT_LINK_QUERY_ANSWER,
				   .u.query_answer = { .token = 3, .sequence = 10, .applicant = &applicant } });
	good("query_answer", &(struct lt_link){ .type = LT_LINK_QUERY_ANSWER,
						.u.query_answer = { .token = 3, .sequence = 10, .dossier = &view } });
}

/* Two envelopes of one batch and a single one; the roots stand behind. */
static void good_roots(void)
{
	struct lt_buf batch[2] = { { 0 }, { 0 } };
	struct lt_envelope envelopes[3] = { envelope, envelope, envelope };
	struct lt_delivery items[2] = {
		{ .number = 21, .sequence = 10, .time = VECTORS_AT, .branch = 1, .branch_version = 2 },
		{ .number = 22, .sequence = 11, .time = VECTORS_AT, .branch = 1, .branch_version = 2 }
	};
	for (uint32_t i = 0; i < 2; i++) {
		struct lt_signature record = { .batch = true,
					       .tree = { .cms = lt_bytes("not a real one either", 21),
							 .index = i,
							 .count = 2,
							 .path_count = 1,
							 .path = &bytes32 } };
		VECTORS_NEED(lt_signature_encode(&record, &batch[i]) == LT_OK);
		envelopes[i].signature = lt_buf_bytes(&batch[i]);
		items[i].envelope = envelopes[i];
	}
	good_as("submit-roots", "submit",
		&(struct lt_link){ .type = LT_LINK_SUBMIT, .u.submit = { .count = 3, .envelopes = envelopes } });
	good_as("deliver-roots", "deliver",
		&(struct lt_link){ .type = LT_LINK_DELIVER,
				   .u.deliver = { .agency = "H37.11", .count = 2, .items = items } });
	lt_buf_fini(&batch[0]);
	lt_buf_fini(&batch[1]);
}

static void bad_roots(void)
{
	struct lt_buf out = { 0 }, inner = { 0 }, one = { 0 };
	wire_blob(&one, 1, header.data, header.len);
	wire_nest(&inner, 1, &one);
	for (int i = 0; i < 65; i++)
		wire_text(&inner, 2, "root");
	wire_nest(&out, 5, &inner);
	put("submit-roots-65", "COUNT_EXCEEDED", NULL, &out);
	lt_buf_fini(&out);
	lt_buf_fini(&inner);
	lt_buf_fini(&one);
}

/* HELLO's fields by hand, with a member of our choice. */
static void hello(struct lt_buf *out, const char *software, size_t software_len, size_t agency_count)
{
	lt_buf_clear(out);
	wire_number(out, 1, 1);
	wire_number(out, 2, 1);
	wire_blob(out, 3, some, 32);
	for (size_t i = 0; i < agency_count; i++)
		wire_text(out, 4, "H37.24");
	wire_blob(out, 5, software, software_len);
}

static void bad_with_hello(const char *name, const char *expect, const char *software, size_t len, size_t count)
{
	struct lt_buf inner = { 0 }, out = { 0 };
	hello(&inner, software, len, count);
	wire_nest(&out, 1, &inner);
	put(name, expect, NULL, &out);
	lt_buf_fini(&inner);
	lt_buf_fini(&out);
}

static void bad_ones(void)
{
	struct lt_buf out = { 0 }, inner = { 0 };
	put("empty", "FRAME_MALFORMED", NULL, &out);
	VECTORS_NEED(!lt_buf_append(&out, "\xff\xff\xff\xff", 4));
	put("garbage", "FRAME_MALFORMED", NULL, &out);
	wire_number(&inner, 1, 5);
	wire_nest(&out, 60, &inner);
	put("message-60", "FIELD_UNKNOWN", NULL, &out);
	wire_number(&inner, 3, 5);
	wire_nest(&out, 10, &inner);
	put("ping-field-3", "FIELD_UNKNOWN", NULL, &out);
	lt_buf_clear(&inner);
	wire_number(&inner, 1, 5);
	wire_nest(&out, 10, &inner);
	wire_nest(&out, 10, &inner);
	put("ping-twice", "FIELD_REPEATED", NULL, &out);
	wire_nest(&out, 10, &inner);
	wire_number(&inner, 2, 5);
	wire_nest(&out, 11, &inner);
	put("ping-and-pong", "FIELD_REPEATED", NULL, &out);
	wire_number(&out, 10, 5);
	put("ping-as-number", "FRAME_MALFORMED", NULL, &out);
	lt_buf_clear(&inner);
	wire_number(&inner, 1, 5);
	wire_nest(&out, 10, &inner);
	VECTORS_NEED(!lt_buf_append(&out, "\0", 1));
	put("trailing-nul", "TRAILING_BYTES", NULL, &out);
	wire_nest(&out, 10, &inner);
	out.len--;
	put("cut", "FRAME_MALFORMED", NULL, &out);
	static const uint8_t eleven[] = { 10 << 3 | 2, 12,   8,    0xff, 0xff, 0xff, 0xff,
					  0xff,        0xff, 0xff, 0xff, 0xff, 0xff, 1 };
	VECTORS_NEED(!lt_buf_append(&out, eleven, sizeof eleven));
	put("number-of-11-bytes", "FRAME_MALFORMED", NULL, &out);
	lt_buf_clear(&inner);
	VECTORS_NEED(!lt_buf_append(&inner, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11));
	wire_nest(&out, LT_LINK_PING, &inner);
	put("number-of-65-bits", "FRAME_MALFORMED", NULL, &out);
	lt_buf_clear(&inner);
	wire_text(&inner, 1, "H37.24");
	wire_number(&inner, 2, UINT64_C(1) << 32);
	wire_nest(&out, LT_LINK_CREDIT, &inner);
	put("number-of-33-bits", "FRAME_MALFORMED", NULL, &out);
	lt_buf_clear(&inner);
	bad_with_hello("text-not-utf8", "TEXT_NOT_UTF8", "a\xff", 2, 1);
	bad_with_hello("text-surrogate", "TEXT_NOT_UTF8", "\xed\xa0\x80", 3, 1);
	bad_with_hello("text-overlong", "TEXT_NOT_UTF8", "\xc0\xaf", 2, 1);
	bad_with_hello("text-nul", "TEXT_HAS_NUL", "a\0b", 3, 1);
	bad_with_hello("agencies-257", "COUNT_EXCEEDED", "a", 1, 257);
	bad_with_hello("agencies-none", "COUNT_EXCEEDED", "a", 1, 0);
	lt_buf_clear(&inner);
	wire_nest(&out, 5, &inner);
	put("submit-none", "COUNT_EXCEEDED", NULL, &out);
	for (size_t i = 0; i < 65; i++)
		wire_text(&inner, 1, "");
	wire_nest(&out, 5, &inner);
	put("submit-65", "COUNT_EXCEEDED", NULL, &out);
	lt_buf_fini(&inner);
	lt_buf_fini(&out);
}

void vectors_links(void)
{
	struct lt_header record = vectors_header(LT_KIND_FORWARD);
	lt_uuid_make(VECTORS_AT, some, id);
	bytes32 = lt_bytes(some, 32);
	bytes16 = lt_bytes(id, 16);
	vectors_encode(&record, &header);
	wire_blob(&signature, 1, "not a real one", 14);
	for (size_t i = 0; i < 2; i++)
		parts[i] = vectors_part(i);
	envelope = (struct lt_envelope){
		.header = lt_buf_bytes(&header), .signature = lt_buf_bytes(&signature), .part_count = 2, .parts = parts
	};
	good_session();
	good_traffic();
	good_query();
	good_roots();
	bad_ones();
	bad_roots();
	lt_buf_fini(&header);
	lt_buf_fini(&signature);
}
