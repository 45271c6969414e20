/* make_corpus.c: writes the first inputs of the fuzz targets to DIR/link, DIR/header, DIR/record and DIR/definition. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <lienthong/time.h>

#include "record/control.h"
#include "wire/link.h"
#include "record/record.h"
#include "fuzz.h"
#include "../lib/kinds.h"

static const char *root;
static const uint8_t signature[] = { 0x0a, 3, 'c', 'm', 's' };
static const uint8_t batch[] = { 0x12, 10, 0x0a, 3, 'c', 'm', 's', 0x18, 2, 0x22, 1, 'h' };

static struct lt_bytes bytes_of(const char *text)
{
	return lt_bytes(text, strlen(text));
}

static void make_folder(const char *name)
{
	char path[4096];
	FUZZ_CHECK(snprintf(path, sizeof(path), "%s/%s", root, name) < (int)sizeof(path));
	FUZZ_CHECK(mkdir(path, 0777) == 0 || errno == EEXIST);
}

static void save(const char *folder, unsigned number, struct lt_buf *bytes)
{
	char path[4096];
	FUZZ_CHECK(snprintf(path, sizeof(path), "%s/%s/seed-%02u", root, folder, number) < (int)sizeof(path));
	FILE *file = fopen(path, "wb");
	FUZZ_CHECK(file);
	FUZZ_CHECK(fwrite(bytes->data, 1, bytes->len, file) == bytes->len);
	FUZZ_CHECK(fclose(file) == 0);
	lt_buf_clear(bytes);
}

static void make_header(enum lt_kind kind, struct lt_buf *out)
{
	bool opens = kind == LT_KIND_OPEN;
	struct lt_recipient to = { "H22.02", "tham-dinh" };
	struct lt_part_info part = { "đơn.pdf", "application/pdf", 77, { 1, 2, 3 } };
	struct lt_header header = { .domain = "lienthong.example.vn",
				    .kind = kind,
				    .sender = "H22.01",
				    .to_count = 1,
				    .to = &to,
				    .dossier = "H22.01-20261124-0000001",
				    .branch = opens ? 0 : 1,
				    .branch_version = opens ? 0 : 2,
				    .sent_at = 1795000000000000,
				    .procedure_version = opens,
				    .has_reply = kinds_answers(kind),
				    .reason = kinds_explains(kind) ? "thiếu giấy tờ" : "",
				    .subject = "hồ sơ",
				    .part_count = opens,
				    .parts = &part };
	lt_uuid_make(1795000000000000, (const uint8_t *)"8 bytes", header.id);
	memcpy(header.in_reply_to, header.id, sizeof(header.id));
	if (opens)
		strcpy(header.procedure, "1.011442");
	kinds_fill(&header);
	FUZZ_CHECK(lt_header_encode(&header, out, NULL) == LT_OK);
}

static void make_headers(void)
{
	struct lt_buf bytes = { 0 };
	for (enum lt_kind kind = LT_KIND_OPEN; kind; kind = kinds_next(kind)) {
		make_header(kind, &bytes);
		save("header", (unsigned)kind, &bytes);
	}
	lt_buf_fini(&bytes);
}

static void fill_link(struct lt_link *link)
{
	static const char *agencies[] = { "H22.01", "H22.02" };
	static struct lt_agency_proof proof = { "H22.01", { (const uint8_t *)"cms", 3 }, 4 };
	static struct lt_agency_welcome welcome = { .agency = "H22.01", .acknowledged = 3, .head = 9 };
	static struct lt_bytes parts[] = { { (const uint8_t *)"part", 4 } };
	static struct lt_answer answers[] = { { .sequence = 5, .sender = "H22" },
					      { .reason = LT_STALE_VERSION, .detail = "4" } };
	static struct lt_hop hop = { .sequence = 3, .kind = LT_KIND_OPEN, .sender = "H22" };
	static struct lt_branch_view branch = { .branch = 1, .custody = LT_CUSTODY_HELD, .holder = "H22" };
	static struct lt_dossier_view view = {
		.code = "c", .branch_count = 1, .branches = &branch, .hop_count = 1, .hops = &hop
	};
	static struct lt_envelope envelopes[2];
	static struct lt_delivery item;
	envelopes[0] = (struct lt_envelope){ bytes_of("header"), lt_bytes(signature, sizeof(signature)), 1, parts };
	envelopes[1] = (struct lt_envelope){ bytes_of("other"), lt_bytes(batch, sizeof(batch)), 0, NULL };
	item = (struct lt_delivery){ .number = 1, .envelope = envelopes[0], .parts_elided = true };
	if (link->type == LT_LINK_HELLO)
		link->u.hello = (struct lt_hello){ .version_min = 1,
						   .version_max = 1,
						   .nonce = bytes_of("nonce"),
						   .agency_count = 2,
						   .agencies = agencies,
						   .software = "x/1" };
	else if (link->type == LT_LINK_PROOF)
		link->u.proof = (struct lt_proof){ 1, &proof };
	else if (link->type == LT_LINK_WELCOME)
		link->u.welcome = (struct lt_welcome){ .epoch = 4, .count = 1, .agencies = &welcome };
	else if (link->type == LT_LINK_SUBMIT)
		link->u.submit = (struct lt_submit){ .count = 2, .envelopes = envelopes };
	else if (link->type == LT_LINK_ANSWERS)
		link->u.answers = (struct lt_answers){ 2, answers };
	else if (link->type == LT_LINK_DELIVER)
		link->u.deliver = (struct lt_deliver){ .agency = "H22", .count = 1, .items = &item };
	else if (link->type == LT_LINK_QUERY_ANSWER)
		link->u.query_answer = (struct lt_query_answer){ .token = 1, .dossier = &view };
}

static void make_links(void)
{
	struct lt_buf bytes = { 0 };
	for (unsigned type = LT_LINK_HELLO; type <= LT_LINK_TYPE_MAX; type++) {
		struct lt_link link = { .type = (enum lt_link_type)type };
		fill_link(&link);
		FUZZ_CHECK(lt_link_encode(&link, &bytes) == LT_OK);
		save("link", type, &bytes);
	}
	lt_buf_fini(&bytes);
}

static void fill_command(struct lt_command *command)
{
	static struct lt_ack_item items[] = { { .agency = "H22.01", .number = 4 },
					      { .agency = "H22.02", .number = 5 } };
	static uint64_t sequences[] = { 1, 300, 70000 };
	if (command->type == LT_COMMAND_SUBMIT)
		command->u.submit = (struct lt_submit_command){ .header = bytes_of("header"),
								.signature = lt_bytes(signature, sizeof(signature)),
								.verdict = { .parts = 1 } };
	else if (command->type == LT_COMMAND_ACK)
		command->u.ack = (struct lt_ack_command){ 2, items };
	else if (command->type == LT_COMMAND_SESSION)
		command->u.session = (struct lt_session_command){
			.curve_key = bytes_of("key"), .software = "x/1", .count = 2, .agencies = items
		};
	else if (command->type == LT_COMMAND_DEFINE)
		command->u.define = (struct lt_define_command){
			.type = LT_DEFINE_CRL, .data = bytes_of("crl"), .operator_name = "an", .reason = "vì"
		};
	else if (command->type == LT_COMMAND_ELIDE)
		command->u.elide = (struct lt_elide_command){ .count = 3, .sequences = sequences };
}

static void make_records(void)
{
	struct lt_mailbox_item mail[] = { { .agency = "H22.01", .number = 1 } };
	struct lt_outcome done = { .dossier = 1, .mail_count = 1, .mail = mail, .status = 2 };
	struct lt_buf command_bytes = { 0 }, outcome = { 0 }, bytes = { 0 };
	FUZZ_CHECK(lt_outcome_encode(&done, &outcome) == LT_OK);
	for (unsigned type = LT_COMMAND_SUBMIT; type <= LT_COMMAND_PRUNE; type++) {
		struct lt_command command = { .type = (enum lt_command_type)type };
		fill_command(&command);
		lt_buf_clear(&command_bytes);
		struct lt_record record = { .sequence = type,
					    .time = 1795000000000000,
					    .previous = 1,
					    .rules_version = 1,
					    .outcome = lt_buf_bytes(&outcome),
					    .salts = { bytes_of("0123456789abcdef"), bytes_of("fedcba9876543210") } };
		record.submit = type == LT_COMMAND_SUBMIT;
		if (record.submit) {
			FUZZ_CHECK(lt_verdict_encode(&command.u.submit.verdict, &command_bytes) == LT_OK);
			record.header = command.u.submit.header;
			record.signature = command.u.submit.signature;
			record.verdict = lt_buf_bytes(&command_bytes);
		} else {
			FUZZ_CHECK(lt_command_encode(&command, &command_bytes) == LT_OK);
			record.command = lt_buf_bytes(&command_bytes);
		}
		FUZZ_CHECK(lt_record_encode(&record, NULL, &bytes, NULL) == LT_OK);
		save("record", type, &bytes);
	}
	lt_buf_fini(&command_bytes);
	lt_buf_fini(&outcome);
	lt_buf_fini(&bytes);
}

/* What the operator asks: the byte before it is the one by which fuzz_definition takes it for a request. */
static void make_requests(void)
{
	static uint64_t sequences[] = { 7, 300 };
	static const unsigned types[] = { LT_CONTROL_STATUS,         LT_CONTROL_AGENCIES, LT_CONTROL_DOSSIER,
					  LT_CONTROL_DEFINE,         LT_CONTROL_ADMIN,    LT_CONTROL_RECORD,
					  LT_CONTROL_JOURNAL,        LT_CONTROL_OUTAGE,   LT_CONTROL_ACTIVATE,
					  LT_CONTROL_FIND,           LT_CONTROL_TIME,     LT_CONTROL_DOSSIERS,
					  LT_CONTROL_LEDGER,         LT_CONTROL_ERASE,    LT_CONTROL_CARRIES,
					  LT_CONTROL_REORGANISATION, LT_CONTROL_CHANGES,  LT_CONTROL_COPY,
					  LT_CONTROL_DEFINITIONS,    LT_CONTROL_DELAYS };
	struct lt_buf bytes = { 0 }, seed = { 0 };
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct lt_control_request request = {
			.type = (enum lt_control_type)types[i], .code = "H22.01", .sequence = 300, .limit = 10
		};
		if (request.type == LT_CONTROL_ERASE)
			request.erase = (struct lt_erase_command){
				.count = 2, .sequences = sequences, .operator_name = "an", .reason = "vì"
			};
		lt_buf_clear(&bytes);
		lt_buf_clear(&seed);
		FUZZ_CHECK(lt_control_request_encode(&request, &bytes) == LT_OK);
		FUZZ_CHECK(lt_buf_append(&seed, "\4", 1) == LT_OK);
		FUZZ_CHECK(lt_buf_append(&seed, bytes.data, bytes.len) == LT_OK);
		save("definition", types[i], &seed);
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&seed);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_corpus DIR\n");
		return 64;
	}
	root = argv[1];
	make_folder("");
	make_folder("link");
	make_folder("header");
	make_folder("record");
	make_links();
	make_headers();
	make_records();
	make_folder("definition");
	make_requests();
	return 0;
}
