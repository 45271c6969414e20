/* Signs the whole load before the clock starts, on two threads. */
#include "bench.h"
#include <lienthong/code.h>
#include <lienthong/envelope.h>
#include <lienthong/time.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct job {
	struct load *load;
	const struct bench_site *site;
	struct lt_signer *signers[BENCH_AGENCIES];
	uint32_t first, step; /* every step-th envelope from first on */
	bool opens;
	uint32_t pairs;
	int64_t now;
};

int load_sender(uint32_t dossier, uint32_t round, bool accept)
{
	return (int)((dossier + round + (accept ? 1 : 0)) % BENCH_AGENCIES);
}

/* The number of the act stands in the id, so that a DELIVER finds its SUBMIT's time. */
static void make_id(int64_t now, uint64_t number, uint8_t id[16])
{
	uint8_t random[8];
	for (int i = 0; i < 8; i++)
		random[i] = (uint8_t)(number >> (8 * (7 - i)));
	lt_uuid_make(now, random, id);
}

static void sign(struct job *job, const struct lt_header *header, int agency, struct load_envelope *out)
{
	struct lt_buf bytes = { 0 };
	struct lt_refusal refusal;
	if (lt_header_encode(header, &bytes, &refusal))
		bench_die("header: %s %s", lt_reason_name(refusal.reason), refusal.detail);
	out->header_len = (uint32_t)bytes.len;
	struct lt_buf copy = { 0 };
	if (lt_signer_header(job->signers[agency], lt_buf_bytes(&bytes), &copy) ||
	    lt_buf_append(&bytes, copy.data, copy.len))
		bench_die("cannot sign");
	out->signature_len = (uint32_t)copy.len;
	lt_buf_fini(&copy);
	out->bytes = bytes.data;
}

static void sign_open(struct job *job, uint32_t dossier)
{
	int agency = load_sender(dossier, 0, false);
	struct lt_recipient to = { 0 };
	struct lt_header header = { .domain = job->site->domain,
				    .kind = LT_KIND_OPEN,
				    .to_count = 1,
				    .to = &to,
				    .sent_at = job->now,
				    .procedure = "1.010828",
				    .procedure_version = 1,
				    .reason = "",
				    .subject = "" };
	make_id(job->now, ((uint64_t)1 << 40) + dossier, header.id);
	strcpy(header.sender, job->site->agencies[agency].code);
	strcpy(to.agency, header.sender);
	lt_dossier_code_make(header.sender, job->now, dossier + 1, header.dossier);
	sign(job, &header, agency, &job->load->opens[dossier]);
}

static void sign_act(struct job *job, uint32_t number)
{
	uint32_t pair = number / 2, dossier = pair % job->load->dossiers, round = pair / job->load->dossiers;
	bool accept = number % 2;
	int agency = load_sender(dossier, round, accept);
	int other = accept ? load_sender(dossier, round, false) : load_sender(dossier, round, true);
	struct lt_recipient to = { 0 }; /* three agencies in turn: no leg of the route */
	struct lt_part_info part = { .name = "to-khai.json", .media_type = "application/json", .size = BENCH_PART };
	struct lt_header header = { .domain = job->site->domain,
				    .kind = accept ? LT_KIND_ACCEPT : LT_KIND_FORWARD,
				    .to_count = 1,
				    .to = &to,
				    .leg = 1,
				    .leg_version = 1 + 2 * (uint64_t)round + accept,
				    .sent_at = job->now,
				    .has_reply = accept,
				    .reason = "",
				    .subject = "",
				    .part_count = accept ? 0 : 1,
				    .parts = &part };
	lt_sha256(lt_bytes(job->load->part, BENCH_PART), part.sha256);
	make_id(job->now, number, header.id);
	make_id(job->now, number - (accept ? 1 : 0), header.in_reply_to);
	strcpy(header.sender, job->site->agencies[agency].code);
	strcpy(to.agency, job->site->agencies[other].code);
	lt_dossier_code_make(job->site->agencies[load_sender(dossier, 0, false)].code, job->now, dossier + 1,
			     header.dossier);
	sign(job, &header, agency, &job->load->acts[number]);
}

static void *work(void *arg)
{
	struct job *job = arg;
	for (uint32_t i = job->first; i < job->load->dossiers; i += job->step)
		sign_open(job, i);
	for (uint32_t i = job->first; i < job->pairs * 2; i += job->step)
		sign_act(job, i);
	return NULL;
}

void load_sign(struct load *load, const struct bench_site *site, uint32_t dossiers, uint32_t pairs)
{
	memset(load, 0, sizeof *load);
	load->dossiers = dossiers;
	load->steps = pairs * 2;
	load->opens = calloc(dossiers, sizeof *load->opens);
	load->acts = calloc((size_t)pairs * 2, sizeof *load->acts);
	if (!load->opens || !load->acts)
		bench_die("out of memory");
	for (size_t i = 0; i < BENCH_PART; i++)
		load->part[i] = (uint8_t)(i * 31);
	int64_t begun = bench_now(), now = lt_time_now();
	struct job jobs[2];
	pthread_t threads[2];
	for (uint32_t t = 0; t < 2; t++) {
		jobs[t] = (struct job){ .load = load, .site = site, .first = t, .step = 2, .pairs = pairs, .now = now };
		for (size_t a = 0; a < BENCH_AGENCIES; a++)
			if (lt_signer_open(site->agencies[a].key, site->agencies[a].cert, false, &jobs[t].signers[a]))
				bench_die("cannot open the key of %s", site->agencies[a].code);
		pthread_create(&threads[t], NULL, work, &jobs[t]);
	}
	for (uint32_t t = 0; t < 2; t++) {
		pthread_join(threads[t], NULL);
		for (size_t a = 0; a < BENCH_AGENCIES; a++)
			lt_signer_free(jobs[t].signers[a]);
	}
	bench_say("signed %u envelopes in %.1f s", dossiers + pairs * 2, (double)(bench_now() - begun) / 1e6);
}

void load_free(struct load *load)
{
	for (uint32_t i = 0; i < load->dossiers; i++)
		free(load->opens[i].bytes);
	for (uint32_t i = 0; i < load->steps; i++)
		free(load->acts[i].bytes);
	free(load->opens);
	free(load->acts);
}
