/* Single operations: what one core does. */
#include "bench.h"
#include "record/record.h"
#include "record/definitions.h"
#include "queue/input.h"
#include "engine/engine.h"
#include "law/file_procedure.h"
#include "journal/journal.h"
#include "state/rulebook.h"
#include "store/store.h"

#include <lienthong/envelope.h>
#include <lienthong/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MICRO_DOSSIERS = 10000, MICRO_ROUNDS = 6 };

static int64_t micro_time(void)
{
	return bench_seconds() * INT64_C(1000000);
}

enum { MICRO_HEADER = 400 }; /* bytes: a FORWARD with one part */

static void micro_sign(const struct bench_site *site)
{
	struct lt_buf signature = { 0 };
	uint8_t header[MICRO_HEADER];
	memset(header, 7, sizeof header);
	int64_t begun = bench_now(), now = begun;
	uint64_t count = 0;
	for (; now - begun < micro_time(); now = bench_now(), count++) {
		header[0] = (uint8_t)count;
		lt_buf_clear(&signature);
		if (lt_signer_header(site->agencies[0].signer, lt_bytes(header, sizeof header), &signature))
			bench_die("sign");
	}
	bench_print("micro.sign", (double)count * 1e6 / (double)(now - begun), "signatures/s");
	lt_buf_fini(&signature);
}

static void micro_verify(const struct bench_site *site)
{
	struct lt_signer *signer = site->agencies[0].signer;
	struct lt_cert *cert;
	struct lt_roots *roots;
	struct lt_buf signature = { 0 };
	uint8_t header[MICRO_HEADER];
	memset(header, 7, sizeof header);
	if (lt_cert_new(lt_signer_certificate(signer), &cert) || lt_roots_new(&roots) ||
	    lt_signer_header(signer, lt_bytes(header, sizeof header), &signature))
		bench_die("certificate");
	const struct lt_cert *certs[1] = { cert }, *used;
	struct lt_refusal refusal;
	int64_t begun = bench_now(), now = begun;
	uint64_t count = 0;
	for (; now - begun < micro_time(); now = bench_now(), count++)
		if (lt_signature_verify_with(roots, lt_buf_bytes(&signature), lt_bytes(header, sizeof header), certs, 1,
					     &used, &refusal))
			bench_die("verify: %s", refusal.detail);
	bench_print("micro.verify.single", (double)count * 1e6 / (double)(now - begun), "signatures/s");
	lt_roots_free(roots);
	lt_cert_free(cert);
	lt_buf_fini(&signature);
}

/* The envelopes of one batch after each other: what the batch's signature itself costs is not in it. */
static void micro_verify_batch(const struct bench_site *site)
{
	struct lt_signer *signer = site->agencies[0].signer;
	struct lt_cert *cert;
	struct lt_roots *roots;
	struct lt_buf signatures[BENCH_BATCH] = { 0 };
	static uint8_t bytes[BENCH_BATCH][MICRO_HEADER];
	struct lt_bytes headers[BENCH_BATCH];
	for (size_t i = 0; i < BENCH_BATCH; i++) {
		bytes[i][0] = (uint8_t)i;
		headers[i] = lt_bytes(bytes[i], MICRO_HEADER);
	}
	if (lt_cert_new(lt_signer_certificate(signer), &cert) || lt_roots_new(&roots) ||
	    lt_signer_batch(signer, headers, BENCH_BATCH, signatures))
		bench_die("certificate");
	const struct lt_cert *certs[1] = { cert }, *used;
	struct lt_refusal refusal;
	int64_t begun = bench_now(), now = begun;
	uint64_t count = 0;
	for (; now - begun < micro_time(); now = bench_now())
		for (size_t i = 0; i < BENCH_BATCH; i++, count++)
			if (lt_signature_verify_with(roots, lt_buf_bytes(&signatures[i]), headers[i], certs, 1, &used,
						     &refusal))
				bench_die("verify: %s", refusal.detail);
	bench_print("micro.verify.batch", (double)count * 1e6 / (double)(now - begun), "signatures/s");
	for (size_t i = 0; i < BENCH_BATCH; i++)
		lt_buf_fini(&signatures[i]);
	lt_roots_free(roots);
	lt_cert_free(cert);
}

/* P-256 over as many bytes, and nothing of CMS: what no check can do better than. */
static void micro_raw(const struct bench_site *site)
{
	uint8_t header[MICRO_HEADER];
	memset(header, 7, sizeof header);
	struct raw *raw = raw_new(site->agencies[0].key, lt_bytes(header, sizeof header));
	int64_t begun = bench_now(), now = begun;
	uint64_t count = 0;
	for (; now - begun < micro_time(); now = bench_now(), count++)
		raw_verify(raw);
	bench_print("micro.verify.raw", (double)count * 1e6 / (double)(now - begun), "signatures/s");
	raw_free(raw);
}

/* One record of 1 KiB with a part of 2 KiB a batch, each synced: what one hand-off at a time waits for. */
static void micro_journal(const char *folder)
{
	char path[600];
	struct disk disk;
	struct journal *journal;
	struct journal_report report;
	struct journal_options options = { .segment_bytes = JOURNAL_SEGMENT_BYTES };
	snprintf(path, sizeof path, "%s/micro-journal", folder);
	if (disk_open(path, true, &disk) || journal_open(&disk, &options, 1, &report, &journal))
		bench_die("cannot open a journal in %s", path);
	static uint8_t record[1024], part[BENCH_PART], leaf[32];
	struct histogram *h = histogram_new();
	struct journal_batch batch = { 0 };
	struct commit commit;
	struct lt_bytes parts[1] = { lt_bytes(part, sizeof part) };
	int64_t begun = bench_now();
	uint64_t sequence = 1;
	for (; bench_now() - begun < micro_time(); sequence++) {
		int64_t start = bench_now();
		journal_batch_clear(&batch, sequence);
		if (journal_batch_add(&batch, lt_bytes(record, sizeof record), (struct journal_shared){ 0 }, leaf,
				      parts, 1) ||
		    journal_write(journal, &batch, &commit))
			bench_die("journal");
		journal_publish(journal, &commit, &batch);
		histogram_add(h, bench_now() - start);
	}
	bench_print("micro.journal.append", histogram_quantile(h, 0.5), "us");
	bench_print("micro.journal.append.p99", histogram_quantile(h, 0.99), "us");
	journal_batch_fini(&batch);
	journal_close(journal);
	disk_close(&disk);
	histogram_free(h);
}

static int64_t env_now(void *ctx)
{
	(void)ctx;
	return lt_time_now();
}

static int64_t env_boottime(void *ctx)
{
	(void)ctx;
	return bench_now();
}

static void env_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	if (getrandom(out, len, 0) != (ssize_t)len)
		bench_die("getrandom");
}

struct micro {
	const struct bench_site *site;
	struct engine *engine;
	struct journal *journal;
	struct store *store;
	struct batch *batch;
	struct lt_buf outputs, command;
	double apply_us;
	uint64_t applied;
	struct rulebook *rulebook; /* in force */
};

static void publish(void *ctx, struct rulebook *rulebook)
{
	struct micro *m = ctx;
	rulebook_unref(m->rulebook);
	m->rulebook = rulebook_ref(rulebook);
}

/* What the journal and the flush thread do, in this thread and outside the measured time. */
static void commit_batch(struct micro *m)
{
	struct commit commit = { 0 };
	if (batch_empty(m->batch))
		return;
	int64_t start = bench_now();
	engine_seal(m->engine, m->batch);
	m->apply_us += (double)(bench_now() - start);
	const struct journal_batch *journal = batch_journal(m->batch);
	if (journal->count) {
		if (journal_write(m->journal, journal, &commit))
			bench_die("journal");
	}
	start = bench_now();
	lt_buf_clear(&m->outputs);
	engine_release(m->engine, m->batch, &commit, &m->outputs);
	m->apply_us += (double)(bench_now() - start);
	if (store_flush_due(m->store, 0) && store_freeze(m->store) == LT_OK) {
		if (store_flush(m->store))
			bench_die("flush");
		store_thaw(m->store);
	}
}

static void take(struct micro *m, const struct input *input)
{
	if (batch_full(m->batch))
		commit_batch(m);
	int64_t start = bench_now();
	engine_take(m->engine, m->batch, input);
	m->apply_us += (double)(bench_now() - start);
}

static void take_command(struct micro *m, enum input_type type, const struct lt_command *command,
			 struct session_ref session)
{
	struct input input = { .type = type, .session = session };
	lt_buf_clear(&m->command);
	if (lt_command_encode(command, &m->command))
		bench_die("encode");
	input.u.command = lt_buf_bytes(&m->command);
	take(m, &input);
}

static void define(struct micro *m, enum lt_definition type, struct lt_bytes data)
{
	struct lt_command command = {
		.type = LT_COMMAND_DEFINE,
		.u.define = { .type = type, .data = data, .operator_name = "bench", .reason = "bench" }
	};
	take_command(m, INPUT_COMMAND, &command, (struct session_ref){ 0 });
	commit_batch(m);
}

static void submit(struct micro *m, int agency, const struct load_envelope *e, struct lt_bytes *part)
{
	struct rulebook *rulebook = m->rulebook;
	struct lt_command command = {
		.type = LT_COMMAND_SUBMIT,
		.u.submit = { .header = lt_bytes(e->bytes, e->header_len),
			      .signature = lt_bytes(e->bytes + e->header_len, e->signature_len),
			      .verdict = { .directory_version = rulebook_directory_version(rulebook),
					   .trust_version = rulebook_trust_version(rulebook),
					   .parts = part ? 1 : 0 } },
	};
	struct input input = { .type = INPUT_SUBMIT,
			       .session = { .slot = (uint32_t)agency + 1, .serial = (uint64_t)agency + 1 },
			       .u.submit.part_count = part ? 1 : 0 };
	if (part)
		input.u.submit.parts[0] = *part;
	lt_buf_clear(&m->command);
	if (lt_command_encode(&command, &m->command))
		bench_die("encode");
	input.u.submit.command = lt_buf_bytes(&m->command);
	take(m, &input);
}

static void define_procedure(struct micro *m, const char *agency)
{
	struct lt_buf procedure = { 0 };
	struct procedure_file file;
	char path[600];
	snprintf(path, sizeof path, "%s/genesis/procedures/%s-v1.json", m->site->folder, site_procedure(agency));
	if (procedure_load(path, &file) || lt_procedure_encode(&file.procedure, &procedure))
		bench_die("cannot load %s", path);
	define(m, LT_DEFINE_PROCEDURE, lt_buf_bytes(&procedure));
	procedure_fini(&file);
	lt_buf_fini(&procedure);
}

static void define_all(struct micro *m)
{
	const struct bench_site *site = m->site;
	struct lt_buf directory = site_file(site, "genesis/directory.bin");
	commit_batch(m); /* genesis */
	define(m, LT_DEFINE_DIRECTORY, lt_buf_bytes(&directory));
	for (size_t i = 0; i < BENCH_AGENCIES; i++)
		define_procedure(m, site->agencies[i].code);
	for (size_t i = 0; i < BENCH_AGENCIES; i++) {
		struct lt_ack_item self = { .agency = site->agencies[i].code };
		struct lt_command command = { .type = LT_COMMAND_SESSION,
					      .u.session = {
						      .curve_key = lt_bytes(site->agencies[i].curve_key.public_key, 32),
						      .software = "bench",
						      .count = 1,
						      .agencies = &self } };
		take_command(m, INPUT_SESSION, &command,
			     (struct session_ref){ .slot = (uint32_t)i + 1, .serial = i + 1 });
	}
	commit_batch(m);
	lt_buf_fini(&directory);
}

static void run_acts(struct micro *m)
{
	struct load load;
	load_sign(&load, m->site, 0, MICRO_DOSSIERS, MICRO_DOSSIERS * MICRO_ROUNDS, 1, 1);
	struct lt_bytes part = lt_bytes(load.part, BENCH_PART);
	for (uint32_t d = 0; d < load.dossiers; d++)
		submit(m, load_sender(d, 0, false), &load.opens[d], NULL);
	commit_batch(m);
	m->apply_us = 0;
	for (uint32_t i = 0; i < load.steps; i++) {
		uint32_t dossier = i / 2 % load.dossiers, round = i / 2 / load.dossiers;
		submit(m, load_sender(dossier, round, i % 2), &load.acts[i], i % 2 ? NULL : &part);
		m->applied++;
	}
	commit_batch(m);
	load_free(&load);
}

static void micro_apply(const struct bench_site *site)
{
	char path[600], error[240];
	struct micro m = { .site = site, .batch = batch_new() };
	struct env env = { .now = env_now, .boottime = env_boottime, .random = env_random };
	struct engine_hooks hooks = { .ctx = &m, .publish = publish };
	struct engine_options options = { .elide_days = 30, .horizon_days = LT_ID_HORIZON_DAYS, .version = LT_VERSION };
	struct lt_buf registrar = site_pem(site, "genesis/registrar.pem");
	struct lt_buf ca = site_pem(site, "genesis/ca.pem");
	struct engine_genesis genesis = { .domain = site->domain,
					  .registrar = lt_buf_bytes(&registrar),
					  .ca = lt_buf_bytes(&ca) };
	struct disk disk;
	struct journal_report report;
	struct journal_options journal_options = { .leaf = lt_record_leaf, .segment_bytes = JOURNAL_SEGMENT_BYTES };
	snprintf(path, sizeof path, "%s/micro-apply", site->folder);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/micro-apply/journal", site->folder);
	if (disk_open(path, true, &disk) || journal_open(&disk, &journal_options, 1, &report, &m.journal))
		bench_die("cannot open a journal in %s", path);
	snprintf(path, sizeof path, "%s/micro-apply/store", site->folder);
	struct store_options store_options = { .path = path, .create = true };
	if (store_open(&store_options, &m.store))
		bench_die("cannot open a store in %s", path);
	if (engine_open(&env, &options, &hooks, m.journal, m.store, &genesis, false, error, sizeof error, &m.engine))
		bench_die("engine: %s", error);
	engine_tick(m.engine, m.batch);
	define_all(&m);
	run_acts(&m);
	bench_print("micro.apply", m.apply_us / (double)m.applied, "us");
	engine_close(m.engine);
	rulebook_unref(m.rulebook);
	store_close(m.store);
	journal_close(m.journal);
	disk_close(&disk);
	batch_free(m.batch);
	lt_buf_fini(&m.outputs);
	lt_buf_fini(&m.command);
	lt_buf_fini(&registrar);
	lt_buf_fini(&ca);
}

void bench_micro(void)
{
	struct bench_site site;
	bench_say("micro");
	site_make(&site, true);
	if (bench_wants("micro.verify.raw"))
		micro_raw(&site);
	if (bench_wants("micro.sign"))
		micro_sign(&site);
	if (bench_wants("micro.verify.single"))
		micro_verify(&site);
	if (bench_wants("micro.verify.batch"))
		micro_verify_batch(&site);
	if (bench_wants("micro.journal"))
		micro_journal(site.folder);
	if (bench_wants("micro.apply"))
		micro_apply(&site);
	site_remove(&site);
}
