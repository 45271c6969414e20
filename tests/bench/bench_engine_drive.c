/* bench_engine_drive.c: the engine's jobs, batches and receipts. */
#include "bench_engine.h"

#include <lienthong/envelope.h>
#include <lienthong/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "law/file_calendar.h"
#include "record/definitions.h"
#include "record/record.h"

#define SEGMENT (64u << 20)
enum { QUEUE_MAX = 256 }; /* jobs of a batch: half of what one may hold */

static int64_t env_now(void *ctx)
{
	return ((struct engine_bench *)ctx)->now;
}

static int64_t env_boottime(void *ctx)
{
	return ((struct engine_bench *)ctx)->boot;
}

static void env_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 7, len);
}

static struct session_ref session_of(size_t agency)
{
	return (struct session_ref){ .slot = (uint32_t)agency + 1, .serial = agency + 1 };
}

/* ---- batches ---- */

static void copy_code(char out[LT_AGENCY_MAX], const char *code)
{
	size_t len = strlen(code);
	if (len >= LT_AGENCY_MAX)
		bench_die("code %s", code);
	memcpy(out, code, len + 1);
}

static void flush(struct engine_bench *b)
{
	if (store_freeze(b->store) != LT_OK)
		return;
	int64_t start = bench_now();
	if (store_flush(b->store))
		bench_die("flush");
	b->flush_us += (double)(bench_now() - start);
	store_thaw(b->store);
}

/* Everything that was sent has been received; a window is given anew. */
static void receive(struct engine_bench *b)
{
	for (size_t i = 0; i < BENCH_AGENCIES; i++) {
		struct input input = { .type = INPUT_ACK, .session = session_of(i), .u.ack.number = UINT64_MAX };
		copy_code(input.u.ack.agency, b->site->agencies[i].code);
		engine_take(b->engine, b->batch, &input);
	}
}

static void count(struct engine_bench *b)
{
	struct output out;
	for (size_t used, at = 0; (used = output_decode(lt_bytes(b->outputs.data + at, b->outputs.len - at), &out)) > 0;
	     at += used) {
		enum lt_link_type type;
		size_t envelopes;
		if (out.type == OUTPUT_SEND && lt_link_peek(out.data, &type, &envelopes) == LT_REASON_NONE &&
		    type == LT_LINK_DELIVER) {
			struct lt_arena *arena;
			struct lt_link link;
			struct lt_refusal refusal;
			if (lt_arena_new(16u << 20, &arena) || lt_link_decode(out.data, arena, &link, &refusal))
				bench_die("deliver");
			b->delivered += link.u.deliver.count;
			lt_arena_free(arena);
		}
	}
}

static void pump(struct engine_bench *b, bool counted)
{
	for (bool more = true; more;) {
		lt_buf_clear(&b->outputs);
		more = engine_pump(b->engine, &b->outputs, 1 << 20);
		if (counted)
			count(b);
		receive(b);
	}
}

/* This thread's processor time: what the machine does besides is not the engine's. */
static double cpu_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void take_all(struct engine_bench *b)
{
	struct input input;
	for (size_t used, at = 0; (used = input_decode(lt_bytes(b->jobs.data + at, b->jobs.len - at), &input)) > 0;
	     at += used)
		engine_take(b->engine, b->batch, &input);
	lt_buf_clear(&b->jobs);
	b->queued = 0;
}

void engine_bench_commit(struct engine_bench *b)
{
	struct commit commit = { 0 };
	double start = cpu_us();
	take_all(b);
	if (batch_empty(b->batch))
		return;
	engine_seal(b->engine, b->batch);
	b->apply_us += cpu_us() - start;
	const struct journal_batch *journal = batch_journal(b->batch);
	bool own = b->command.len > 0;
	if (journal->count && journal_write(b->journal, journal, &commit))
		bench_die("journal");
	start = cpu_us();
	lt_buf_clear(&b->outputs);
	engine_release(b->engine, b->batch, &commit, &b->outputs);
	b->apply_us += cpu_us() - start;
	pump(b, own);
	if (store_flush_due(b->store, 0))
		flush(b);
}

void engine_bench_settle(struct engine_bench *b)
{
	for (int i = 0; i < 4; i++) {
		engine_bench_commit(b);
		flush(b);
	}
}

void engine_bench_take(struct engine_bench *b, const struct input *input)
{
	if (input_encode(input, &b->jobs))
		bench_die("out of memory");
	if (++b->queued == QUEUE_MAX)
		engine_bench_commit(b);
}

/* ---- acts ---- */

static void command(struct engine_bench *b, enum input_type type, const struct lt_command *in,
		    struct session_ref session)
{
	struct input input = { .type = type, .session = session };
	lt_buf_clear(&b->encoded);
	if (lt_command_encode(in, &b->encoded))
		bench_die("encode");
	*(type == INPUT_SUBMIT ? &input.u.submit.command : &input.u.command) = lt_buf_bytes(&b->encoded);
	engine_bench_take(b, &input);
}

/* A signature's worth of bytes: the engine does not look at them. */
static void submit(struct engine_bench *b, struct lt_header *header, size_t agency, uint32_t dossier, uint64_t id)
{
	static const uint8_t signature[480] = { 0x0a };
	static const uint8_t certificate[32] = { 7 };
	struct rulebook *rulebook = b->rulebook;
	struct lt_refusal refusal = { 0 };
	uint8_t random[8];
	for (size_t i = 0; i < 8; i++)
		random[i] = (uint8_t)(id >> (56 - 8 * i));
	lt_uuid_make(b->now, random, header->id);
	header->domain = b->site->domain;
	header->reason = header->subject = "";
	header->sent_at = b->now;
	copy_code(header->sender, b->site->agencies[agency].code);
	if (snprintf(header->dossier, sizeof header->dossier, "%.20s-20261119-%07u", b->site->agencies[0].code,
		     dossier) >= (int)sizeof header->dossier)
		bench_die("dossier %u", dossier);
	lt_buf_clear(&b->header);
	if (lt_header_encode(header, &b->header, &refusal))
		bench_die("header: %s", refusal.detail);
	struct lt_command in = { .type = LT_COMMAND_SUBMIT,
				 .u.submit = { .header = lt_buf_bytes(&b->header),
					       .signature = lt_bytes(signature, sizeof signature),
					       .verdict = { .directory_version = rulebook_directory_version(rulebook),
							    .trust_version = rulebook_trust_version(rulebook),
							    .certificate_sha256 = lt_bytes(certificate, 32) } } };
	command(b, INPUT_SUBMIT, &in, session_of(agency));
}

static size_t holder_of(uint32_t leg)
{
	return (leg - 1) % BENCH_AGENCIES;
}

void engine_bench_open(struct engine_bench *b, uint32_t dossier, uint32_t version)
{
	struct lt_recipient to = { .leg = "buoc-1" };
	struct lt_header header = {
		.kind = LT_KIND_OPEN, .to_count = 1, .to = &to, .procedure_version = version, .received = true
	};
	copy_code(to.agency, b->site->agencies[0].code);
	snprintf(header.procedure, sizeof header.procedure, "%s", ENGINE_BENCH_PROCEDURE);
	submit(b, &header, 0, dossier, ++b->ids);
	b->legs[dossier] = 1;
}

void engine_bench_forward(struct engine_bench *b, uint32_t dossier)
{
	uint32_t leg = b->legs[dossier];
	struct lt_recipient to = { 0 };
	struct lt_header header = { .kind = LT_KIND_FORWARD, .to_count = 1, .to = &to, .branch = 1 };
	copy_code(to.agency, b->site->agencies[holder_of(leg + 1)].code);
	snprintf(to.leg, sizeof to.leg, "buoc-%u", leg + 1);
	header.branch_version = 2 * (uint64_t)leg - 1;
	submit(b, &header, holder_of(leg), dossier, ++b->ids);
}

void engine_bench_accept(struct engine_bench *b, uint32_t dossier)
{
	uint32_t leg = b->legs[dossier];
	struct lt_recipient to = { 0 };
	struct lt_header header = { .kind = LT_KIND_ACCEPT, .to_count = 1, .to = &to, .branch = 1, .has_reply = true };
	uint8_t random[8];
	for (size_t i = 0; i < 8; i++)
		random[i] = (uint8_t)(b->ids >> (56 - 8 * i));
	lt_uuid_make(b->now, random, header.in_reply_to);
	copy_code(to.agency, b->site->agencies[holder_of(leg)].code);
	header.branch_version = 2 * (uint64_t)leg;
	submit(b, &header, holder_of(leg + 1), dossier, ++b->ids);
	b->legs[dossier]++;
}

/* ---- start ---- */

static void define(struct engine_bench *b, enum lt_definition type, struct lt_bytes data)
{
	struct lt_command in = { .type = LT_COMMAND_DEFINE,
				 .u.define = {
					 .type = type, .data = data, .operator_name = "bench", .reason = "bench" } };
	command(b, INPUT_COMMAND, &in, (struct session_ref){ 0 });
	engine_bench_commit(b);
}

static void define_procedure(struct engine_bench *b, uint32_t version, uint32_t days)
{
	struct lt_buf bytes = { 0 };
	struct lt_route_leg *legs = calloc(b->legs_max, sizeof *legs);
	uint32_t *next = calloc(b->legs_max, sizeof *next);
	char(*ids)[16] = calloc(b->legs_max, sizeof *ids);
	if (!legs || !next || !ids)
		bench_die("out of memory");
	for (uint32_t i = 0; i < b->legs_max; i++) {
		next[i] = i + 2;
		snprintf(ids[i], sizeof ids[i], "buoc-%u", i + 1);
		legs[i] = (struct lt_route_leg){ .number = i + 1,
						 .id = ids[i],
						 .name = "Bước",
						 .name_en = "step",
						 .agency = b->site->agencies[holder_of(i + 1)].code,
						 .kind = LT_LEG_PROCESS,
						 .limit = { LT_LIMIT_WORKING_DAYS, 4 * days },
						 .next_count = i + 1 < b->legs_max ? 1 : 0,
						 .next = &next[i] };
	}
	struct lt_procedure procedure = { .code = ENGINE_BENCH_PROCEDURE,
					  .version = version,
					  .name = "Thủ tục",
					  .name_en = "procedure",
					  .lead = b->site->agencies[1].code,
					  .sector = "",
					  .source = "",
					  .leg_count = b->legs_max,
					  .legs = legs,
					  .total = { LT_LIMIT_WORKING_DAYS, 480 } };
	if (lt_procedure_encode(&procedure, &bytes))
		bench_die("procedure");
	define(b, LT_DEFINE_PROCEDURE, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	free(legs);
	free(next);
	free(ids);
}

static void define_calendars(struct engine_bench *b)
{
	for (int year = 2026; year <= 2028; year++) {
		char path[600];
		struct calendar_file file;
		struct lt_buf bytes = { 0 };
		snprintf(path, sizeof path, "%s/conf/calendars/%d.json", LT_SOURCE_DIR, year);
		if (calendar_file_load(path, &file) || calendar_file_encode(&file, &bytes))
			bench_die("%s", path);
		define(b, LT_DEFINE_CALENDAR, lt_buf_bytes(&bytes));
		lt_buf_fini(&bytes);
		calendar_file_fini(&file);
	}
}

static void open_sessions(struct engine_bench *b)
{
	for (size_t i = 0; i < BENCH_AGENCIES; i++) {
		struct lt_ack_item self = { .agency = b->site->agencies[i].code };
		struct lt_command in = { .type = LT_COMMAND_SESSION,
					 .u.session = { .curve_key =
								lt_bytes(b->site->agencies[i].curve_key.public_key, 32),
							.software = "bench",
							.count = 1,
							.agencies = &self } };
		command(b, INPUT_SESSION, &in, session_of(i));
	}
	engine_bench_commit(b);
	for (size_t i = 0; i < BENCH_AGENCIES; i++) {
		struct input input = { .type = INPUT_CREDIT,
				       .session = session_of(i),
				       .u.credit = { .envelopes = 1024, .bytes = 8 << 20 } };
		copy_code(input.u.credit.agency, b->site->agencies[i].code);
		engine_take(b->engine, b->batch, &input);
	}
}

static void open_files(struct engine_bench *b)
{
	char path[600];
	struct journal_report report;
	struct journal_options options = { .leaf = lt_record_leaf, .segment_bytes = SEGMENT };
	snprintf(path, sizeof path, "%s/engine", b->site->folder);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/engine/journal", b->site->folder);
	if (disk_open(path, true, &b->disk) || journal_open(&b->disk, &options, 1, &report, &b->journal))
		bench_die("cannot open a journal in %s", path);
	snprintf(path, sizeof path, "%s/engine/store", b->site->folder);
	struct store_options store_options = { .path = path, .create = true };
	if (store_open(&store_options, &b->store))
		bench_die("cannot open a store in %s", path);
}

static void publish(void *ctx, struct rulebook *rulebook)
{
	struct engine_bench *b = ctx;
	rulebook_unref(b->rulebook);
	b->rulebook = rulebook_ref(rulebook);
}

struct engine_bench *engine_bench_new(const struct bench_site *site, uint32_t dossiers, uint32_t legs)
{
	char error[240], key[600], cert[600];
	struct engine_bench *b = calloc(1, sizeof *b);
	if (!b || !(b->legs = calloc(dossiers, 1)))
		bench_die("out of memory");
	b->site = site;
	b->capacity = dossiers;
	b->legs_max = legs;
	b->batch = batch_new();
	b->boot = 1000000000;
	if (lt_time_parse("2026-11-19T08:30:00+07:00", &b->now))
		bench_die("time");
	snprintf(key, sizeof key, "%s/broker/signer.key.pem", site->folder);
	snprintf(cert, sizeof cert, "%s/broker/signer.pem", site->folder);
	if (lt_signer_open(key, cert, false, &b->signer))
		bench_die("cannot open %s", key);
	open_files(b);
	struct env env = { .ctx = b, .now = env_now, .boottime = env_boottime, .random = env_random };
	struct engine_hooks hooks = { .ctx = b, .publish = publish };
	struct engine_options options = { .elide_days = 30, .horizon_days = LT_ID_HORIZON_DAYS, .version = LT_VERSION };
	struct lt_buf registrar = site_pem(site, "genesis/registrar.pem");
	struct lt_buf ca = site_pem(site, "genesis/ca.pem"), directory;
	struct engine_genesis genesis = { .domain = site->domain,
					  .registrar = lt_buf_bytes(&registrar),
					  .ca = lt_buf_bytes(&ca) };
	if (engine_open(&env, &options, &hooks, b->journal, b->store, &genesis, false, error, sizeof error, &b->engine))
		bench_die("engine: %s", error);
	engine_tick(b->engine, b->batch);
	engine_bench_commit(b);
	directory = site_file(site, "genesis/directory.bin");
	define(b, LT_DEFINE_DIRECTORY, lt_buf_bytes(&directory));
	define_calendars(b);
	define_procedure(b, 1, 60);
	define_procedure(b, 2, 2);
	open_sessions(b);
	lt_buf_fini(&registrar);
	lt_buf_fini(&ca);
	lt_buf_fini(&directory);
	return b;
}

void engine_bench_free(struct engine_bench *b)
{
	engine_close(b->engine);
	rulebook_unref(b->rulebook);
	store_close(b->store);
	journal_close(b->journal);
	disk_close(&b->disk);
	batch_free(b->batch);
	lt_signer_free(b->signer);
	lt_buf_fini(&b->outputs);
	lt_buf_fini(&b->jobs);
	lt_buf_fini(&b->header);
	lt_buf_fini(&b->encoded);
	lt_buf_fini(&b->request);
	lt_buf_fini(&b->command);
	free(b->legs);
	free(b);
}

int engine_bench_pid(void)
{
	return (int)getpid();
}

double engine_bench_own_mib(const struct engine_bench *b)
{
	return (double)(b->capacity + b->outputs.cap) / (1 << 20);
}
