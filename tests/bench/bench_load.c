/* Signs the whole load before the clock starts, on two threads. */
#include "bench.h"
#include <lienthong/code.h>
#include <lienthong/envelope.h>
#include <lienthong/time.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct input {
	struct load *load;
	const struct bench_site *site;
	struct lt_signer *signers[BENCH_AGENCIES];
	uint32_t first, step; /* every step-th chunk, from first on */
	uint32_t pairs, batch;
	int64_t now;
};

uint32_t load_dossier(const struct load *load, uint32_t pair)
{
	return (uint32_t)((uint64_t)pair * load->scatter % load->dossiers);
}

int load_sender(uint32_t dossier, uint32_t round, bool accept)
{
	bool there = (round % 2 == 1) != accept; /* forth in an even round, back in an odd one */
	return (int)((dossier + (there ? 1 : 0)) % BENCH_AGENCIES);
}

/* The number of the act stands in the id, so that a DELIVER finds its SUBMIT's time. */
static void make_id(int64_t now, uint64_t number, uint8_t id[16])
{
	uint8_t random[8];
	for (int i = 0; i < 8; i++)
		random[i] = (uint8_t)(number >> (8 * (7 - i)));
	lt_uuid_make(now, random, id);
}

static void put_header(const struct lt_header *header, struct load_envelope *out)
{
	struct lt_buf bytes = { 0 };
	struct lt_refusal refusal;
	if (lt_header_encode(header, &bytes, &refusal))
		bench_die("header: %s %s", lt_reason_name(refusal.reason), refusal.detail);
	out->header_len = (uint32_t)bytes.len;
	out->bytes = bytes.data;
}

static void put_signature(struct lt_buf *signature, struct load_envelope *out)
{
	out->signature_len = (uint32_t)signature->len;
	out->bytes = realloc(out->bytes, out->header_len + signature->len);
	if (!out->bytes)
		bench_die("out of memory");
	memcpy(out->bytes + out->header_len, signature->data, signature->len);
	lt_buf_fini(signature);
}

static void sign_one(struct input *input, int agency, struct load_envelope *out)
{
	struct lt_buf signature = { 0 };
	if (lt_signer_header(input->signers[agency], lt_bytes(out->bytes, out->header_len), &signature))
		bench_die("cannot sign");
	put_signature(&signature, out);
}

static void sign_many(struct input *input, int agency, struct load_envelope *const *many, size_t count)
{
	struct lt_bytes headers[BENCH_BATCH];
	struct lt_buf signatures[BENCH_BATCH] = { 0 };
	for (size_t i = 0; i < count; i++)
		headers[i] = lt_bytes(many[i]->bytes, many[i]->header_len);
	if (count > 0 && lt_signer_batch(input->signers[agency], headers, count, signatures))
		bench_die("cannot sign");
	for (size_t i = 0; i < count; i++)
		put_signature(&signatures[i], many[i]);
}

static void put_open_of(const char *domain, const char *agency, int64_t now, uint32_t dossier,
			struct load_envelope *out)
{
	struct lt_recipient to = { 0 };
	struct lt_header header = { .domain = domain,
				    .kind = LT_KIND_OPEN,
				    .to_count = 1,
				    .to = &to,
				    .sent_at = now,
				    .procedure_version = 1,
				    .reason = "",
				    .subject = "",
				    .received = true };
	make_id(now - 1000000, ((uint64_t)1 << 40) + dossier,
		header.id); /* opened before all acts: ids rise with time */
	strcpy(header.sender, agency);
	strcpy(header.procedure, site_procedure(agency));
	strcpy(to.agency, header.sender);
	lt_dossier_code_make(header.sender, now, dossier + 1, header.dossier);
	put_header(&header, out);
}

/* Which agency signs it. */
static int put_open(struct input *input, uint32_t dossier)
{
	int agency = load_sender(dossier, 0, false);
	put_open_of(input->site->domain, input->site->agencies[agency].code, input->now, input->load->first + dossier,
		    &input->load->opens[dossier]);
	return agency;
}

void load_open(const char *domain, const struct bench_agency *agency, uint32_t dossier, struct load_envelope *out)
{
	struct lt_buf signature = { 0 };
	put_open_of(domain, agency->code, lt_time_now(), dossier, out);
	if (lt_signer_header(agency->signer, lt_bytes(out->bytes, out->header_len), &signature))
		bench_die("cannot sign");
	put_signature(&signature, out);
}

/* Which agency signs it. */
static int put_act(struct input *input, uint32_t number)
{
	uint32_t pair = number / 2, dossier = load_dossier(input->load, pair), round = pair / input->load->dossiers;
	bool accept = number % 2;
	int agency = load_sender(dossier, round, accept);
	int other = accept ? load_sender(dossier, round, false) : load_sender(dossier, round, true);
	struct lt_recipient to = { 0 };
	struct lt_part_info part = { .name = "to-khai.json", .media_type = "application/json", .size = BENCH_PART };
	struct lt_header header = { .domain = input->site->domain,
				    .kind = accept      ? LT_KIND_ACCEPT
					    : round % 2 ? LT_KIND_RETURN
							: LT_KIND_FORWARD,
				    .to_count = 1,
				    .to = &to,
				    .branch = 1,
				    .branch_version = 1 + 2 * (uint64_t)round + accept,
				    .sent_at = input->now,
				    .has_reply = accept,
				    .reason = accept || round % 2 == 0 ? "" : "trả lại",
				    .subject = "",
				    .part_count = accept ? 0 : 1,
				    .parts = &part };
	lt_sha256(lt_bytes(input->load->part, BENCH_PART), part.sha256);
	make_id(input->now, number, header.id);
	make_id(input->now, number - (accept ? 1 : 0), header.in_reply_to);
	strcpy(header.sender, input->site->agencies[agency].code);
	strcpy(to.agency, input->site->agencies[other].code);
	lt_dossier_code_make(input->site->agencies[load_sender(dossier, 0, false)].code, input->now,
			     input->load->first + dossier + 1, header.dossier);
	put_header(&header, &input->load->acts[number]);
	return agency;
}

/* `batch` of each agency, as they follow each other. */
static void sign_chunk(struct input *input, struct load_envelope *all, uint32_t first, uint32_t end,
		       int (*put)(struct input *input, uint32_t number))
{
	struct load_envelope *of[BENCH_AGENCIES][BENCH_BATCH];
	size_t counts[BENCH_AGENCIES] = { 0 };
	for (uint32_t i = first; i < first + input->batch * BENCH_AGENCIES && i < end; i++) {
		int agency = put(input, i);
		of[agency][counts[agency]++] = &all[i];
		if (input->batch == 1)
			sign_one(input, agency, of[agency][--counts[agency]]);
		else if (counts[agency] == input->batch) {
			sign_many(input, agency, of[agency], counts[agency]);
			counts[agency] = 0;
		}
	}
	for (int agency = 0; agency < BENCH_AGENCIES; agency++)
		sign_many(input, agency, of[agency], counts[agency]);
}

static void *work(void *arg)
{
	struct input *input = arg;
	uint32_t chunk = input->batch * BENCH_AGENCIES;
	for (uint32_t i = input->first * chunk; i < input->load->dossiers; i += input->step * chunk)
		sign_chunk(input, input->load->opens, i, input->load->dossiers, put_open);
	for (uint32_t i = input->first * chunk; i < input->pairs * 2; i += input->step * chunk)
		sign_chunk(input, input->load->acts, i, input->pairs * 2, put_act);
	return NULL;
}

void load_sign(struct load *load, const struct bench_site *site, uint32_t first, uint32_t dossiers, uint32_t pairs,
	       uint32_t batch, uint32_t scatter)
{
	memset(load, 0, sizeof *load);
	load->first = first;
	load->dossiers = dossiers;
	load->scatter = scatter;
	load->steps = pairs * 2;
	load->opens = calloc(dossiers, sizeof *load->opens);
	load->acts = calloc((size_t)pairs * 2, sizeof *load->acts);
	if (!load->opens || !load->acts)
		bench_die("out of memory");
	for (size_t i = 0; i < BENCH_PART; i++)
		load->part[i] = (uint8_t)(i * 31);
	int64_t begun = bench_now(), now = lt_time_now();
	struct input jobs[2];
	pthread_t threads[2];
	for (uint32_t t = 0; t < 2; t++) {
		jobs[t] = (struct input){
			.load = load, .site = site, .first = t, .step = 2, .pairs = pairs, .batch = batch, .now = now
		};
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
