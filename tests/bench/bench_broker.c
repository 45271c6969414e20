/* The real broker process under a pre-signed load: three agencies, one thread and one session each. */
#include "bench.h"
#include "wire/scan.h"

#include <lienthong/envelope.h>
#include <lienthong/link.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	WINDOW = 512,
	BURST = 16,
	BATCH_WINDOW = 768,
	BATCH_BURST = 64,
	BURST_MAX = 64,
	SCATTER = 600011,
	OFFERED_MAX =
		20000, /* of an agency, before it answers: then FORWARDs and ACCEPTs come in turns, half with a part */
	DELIVER_WINDOW = 1024,
	HEADER_ID = 3, /* the field of proto/envelope.proto */
	/* Milliseconds. Whoever may send goes on with what it gets; the pace, and the end of the preloading, have no message. */
	WAIT = 20,
	WAIT_PACED = 1
};

struct queue { /* of act numbers; a ring, one thread */
	uint32_t *items, head, len, cap;
};
struct run;
struct driver {
	struct run *run;
	int index;
	struct lt_link_client *link;
	struct queue ready, answers; /* FORWARDs and ACCEPTs that this agency may submit now, in order */
	bool answered;               /* the last act was an ACCEPT */
	uint32_t opens_next, opens_done, opens_count;
	uint64_t resume;
	bool ready_seen;
};
struct run {
	const struct bench_site *site;
	struct load *load;
	struct driver drivers[BENCH_AGENCIES];
	_Atomic int inflight;
	_Atomic bool stop, opening;
	_Atomic uint64_t delivered;
	_Atomic int64_t *sent_at; /* by act number */
	int window, burst;
	double pace;                /* as in bench_run */
	int64_t begun;              /* of the acts */
	_Atomic uint64_t submitted; /* acts */
	struct histogram *latency;
};

static void queue_push(struct queue *q, uint32_t item)
{
	if (q->len == q->cap)
		bench_die("queue full");
	q->items[(q->head + q->len++) % q->cap] = item;
}

static uint32_t queue_pop(struct queue *q)
{
	uint32_t item = q->items[q->head];
	q->head = (q->head + 1) % q->cap;
	q->len--;
	return item;
}

static uint64_t act_number(const uint8_t id[16])
{
	uint64_t number = 0;
	for (int i = 8; i < 16; i++)
		number = number << 8 | id[i];
	return number & (((uint64_t)1 << 48) - 1);
}

static void on_answers(void *ctx, const struct lt_link_answer *answers, size_t count)
{
	struct driver *d = ctx;
	for (size_t i = 0; i < count; i++) {
		if (answers[i].reason)
			bench_die("refused: %s: %s", lt_reason_name(answers[i].reason), answers[i].detail);
		if (d->run->opening)
			d->opens_done++;
	}
}

static uint64_t on_resume(void *ctx, const char *agency)
{
	(void)agency;
	return ((struct driver *)ctx)->resume;
}

/* The id alone: everything else of it is the load's own, and known. */
static uint64_t delivered_number(struct lt_bytes header)
{
	struct codec_wire field;
	while (codec_next(&header, &field))
		if (field.id == HEADER_ID && field.bytes.len == 16)
			return act_number(field.bytes.data);
	bench_die("delivered: a header without an id");
}

/* An offer that arrives, forth or back, makes its ACCEPT ready; an ACCEPT that arrives ends a pair. */
static void on_deliver(void *ctx, const struct lt_link_item *items, size_t count)
{
	struct driver *d = ctx;
	int64_t now = bench_now();
	for (size_t i = 0; i < count; i++) {
		uint64_t number = delivered_number(items[i].envelope.header);
		histogram_add(d->run->latency, now - atomic_load(&d->run->sent_at[number]));
		if (number % 2 == 0)
			queue_push(&d->answers, (uint32_t)number + 1);
	}
	d->resume = items[count - 1].number;
	lt_link_client_received(d->link, items[0].agency, d->resume);
	atomic_fetch_sub(&d->run->inflight, (int)count);
	atomic_fetch_add(&d->run->delivered, count);
}

static void on_bye(void *ctx, const struct lt_refusal *why)
{
	(void)ctx;
	bench_say("bye: %s %s", lt_reason_name(why->reason), why->detail);
}

static struct lt_envelope view(const struct load_envelope *e, struct lt_bytes *part, bool with_part)
{
	return (struct lt_envelope){ .header = lt_bytes(e->bytes, e->header_len),
				     .signature = lt_bytes(e->bytes + e->header_len, e->signature_len),
				     .part_count = with_part ? 1 : 0,
				     .parts = part };
}

static void submit_opens(struct driver *d)
{
	struct lt_envelope batch[BURST_MAX];
	while (d->opens_next < d->opens_count && d->opens_next - d->opens_done < 256) {
		size_t count = 0;
		while (count < BURST && d->opens_next + count < d->opens_count) {
			uint32_t dossier = (d->opens_next + (uint32_t)count) * BENCH_AGENCIES + (uint32_t)d->index;
			batch[count++] = view(&d->run->load->opens[dossier], NULL, false);
		}
		if (lt_link_client_submit(d->link, batch, count))
			return;
		d->opens_next += (uint32_t)count;
	}
}

static bool any_act(const struct driver *d)
{
	return d->ready.len > 0 || d->answers.len > 0;
}

/* Offers of an agency before it answers. */
static uint32_t offered_most(const struct driver *d)
{
	return d->opens_count / 2 < OFFERED_MAX ? d->opens_count / 2 : OFFERED_MAX;
}

static uint32_t next_act(struct driver *d)
{
	uint32_t most = offered_most(d);
	d->answered = d->ready.len == 0 || (d->answers.len > most && !d->answered);
	return queue_pop(d->answered ? &d->answers : &d->ready);
}

static bool in_pace(struct run *run)
{
	return run->pace <= 0 ||
	       (double)atomic_load(&run->submitted) < run->pace * (double)(bench_now() - run->begun) / 1e6;
}

static void submit_acts(struct driver *d)
{
	struct run *run = d->run;
	struct lt_bytes part = lt_bytes(run->load->part, BENCH_PART);
	while (any_act(d) && !run->stop) {
		struct lt_envelope batch[BURST_MAX];
		uint32_t numbers[BURST_MAX];
		size_t count = 0;
		while (count < (size_t)run->burst && any_act(d) && atomic_load(&run->inflight) < run->window &&
		       in_pace(run)) {
			atomic_fetch_add(&run->inflight, 1);
			atomic_fetch_add(&run->submitted, 1);
			numbers[count] = next_act(d);
			batch[count] = view(&run->load->acts[numbers[count]], &part, numbers[count] % 2 == 0);
			count++;
		}
		if (!count)
			return;
		int64_t now = bench_now();
		for (size_t i = 0; i < count; i++)
			atomic_store(&run->sent_at[numbers[i]], now);
		enum lt_err err = lt_link_client_submit(d->link, batch, count);
		if (err)
			bench_die("submit: %s", lt_err_text(err));
		/* After an ACCEPT the agency holds the dossier: its next FORWARD goes to the end of its queue. */
		for (size_t i = 0; i < count; i++) {
			uint32_t next = numbers[i] - 1 + 2 * run->load->dossiers;
			if (numbers[i] % 2 && next < run->load->steps)
				queue_push(&d->ready, next);
		}
	}
}

static void *drive(void *arg)
{
	struct driver *d = arg;
	int wait = d->run->pace > 0 ? WAIT_PACED : WAIT;
	while (!d->run->stop || atomic_load(&d->run->inflight) > 0) {
		if (lt_link_client_poll(d->link, -1, wait) == LT_ECLOSED)
			bench_die("the session has ended");
		if (!lt_link_client_ready(d->link))
			continue;
		d->ready_seen = true;
		if (d->run->opening)
			submit_opens(d);
		else
			submit_acts(d);
	}
	for (int i = 0; i < 20; i++) /* the last RECEIVEDs */
		lt_link_client_poll(d->link, -1, 1);
	return NULL;
}

static void connect_driver(struct run *run, int index)
{
	static const struct lt_link_events events = {
		.resume = on_resume, .answers = on_answers, .deliver = on_deliver, .bye = on_bye
	};
	struct driver *d = &run->drivers[index];
	const struct bench_agency *agency = &run->site->agencies[index];
	struct lt_link_agency self = { .code = agency->code, .signer = agency->signer };
	struct lt_link_options options = { .endpoint = run->site->endpoint,
					   .domain = run->site->domain,
					   .key = agency->curve_key,
					   .software = "lienthong-bench",
					   .agency_count = 1,
					   .agencies = &self,
					   .window_envelopes = DELIVER_WINDOW,
					   .plain = !run->site->curve };
	memcpy(options.broker_key, run->site->broker_key, 32);
	d->run = run;
	d->index = index;
	d->opens_count = (run->load->dossiers - (uint32_t)index + BENCH_AGENCIES - 1) / BENCH_AGENCIES;
	d->ready.cap = d->answers.cap = run->load->dossiers * 2 + 16;
	d->ready.items = calloc(d->ready.cap, sizeof *d->ready.items);
	d->answers.items = calloc(d->answers.cap, sizeof *d->answers.items);
	if (!d->ready.items || !d->answers.items || lt_link_client_new(&options, &events, d, &d->link))
		bench_die("cannot make a client");
}

/* Until answers come in turns with offers, however slow the machine: offers alone have twice the parts. */
static void warm_up(const struct run *run)
{
	uint64_t offered = 0;
	for (int i = 0; i < BENCH_AGENCIES; i++)
		offered += offered_most(&run->drivers[i]);
	if (offered > run->load->steps / 4)
		offered = run->load->steps / 4;
	sleep(2);
	for (int i = 0; i < 100 && atomic_load(&run->delivered) < offered; i++)
		usleep(200000);
}

/* Preloads the dossiers, then measures from a warm start. */
struct bench_figures bench_measure(struct bench_site *site, struct load *load, struct bench_run *options)
{
	struct run run = { .site = site,
			   .load = load,
			   .opening = true,
			   .window = options->window,
			   .burst = options->burst,
			   .pace = options->pace };
	uint64_t begun_with = site_received(site);
	run.latency = histogram_new();
	run.sent_at = calloc(load->steps, sizeof *run.sent_at);
	pthread_t threads[BENCH_AGENCIES];
	for (int i = 0; i < BENCH_AGENCIES; i++) {
		run.drivers[i].resume = options->resume[i];
		connect_driver(&run, i);
	}
	for (uint32_t pair = 0; pair < load->dossiers && pair * 2 < load->steps; pair++)
		queue_push(&run.drivers[load_sender(load_dossier(load, pair), 0, false)].ready, pair * 2);
	int64_t begun = bench_now();
	for (int i = 0; i < BENCH_AGENCIES; i++)
		pthread_create(&threads[i], NULL, drive, &run.drivers[i]);
	for (uint32_t done = 0; done < load->dossiers;) {
		usleep(20000);
		done = 0;
		for (int i = 0; i < BENCH_AGENCIES; i++)
			done += __atomic_load_n(&run.drivers[i].opens_done, __ATOMIC_RELAXED);
		if (bench_now() - begun > 300000000)
			bench_die("preloading takes over 300 s: %u of %u", done, load->dossiers);
	}
	bench_say("preloaded %u dossiers in %.1f s", load->dossiers, (double)(bench_now() - begun) / 1e6);
	run.begun = bench_now();
	run.opening = false;
	warm_up(&run);
	struct histogram *warm = run.latency;
	run.latency = histogram_new();
	struct bench_usage before = site_usage(site);
	uint64_t received = site_received(site);
	int64_t start = bench_now();
	if (options->begun)
		options->begun();
	sleep((unsigned)options->seconds);
	received = site_received(site) - received;
	double seconds = (double)(bench_now() - start) / 1e6;
	struct bench_usage after = site_usage(site);
	struct bench_figures f = { .resident = site_resident_mib(site) };
	run.stop = true;
	for (int i = 0; i < BENCH_AGENCIES; i++)
		pthread_join(threads[i], NULL);
	f.rate = (double)received / seconds;
	f.p50 = histogram_quantile(run.latency, 0.5);
	f.p99 = histogram_quantile(run.latency, 0.99);
	f.cpu = (after.cpu_us - before.cpu_us) / (double)(received ? received : 1);
	f.load = (after.load_us - before.load_us) / (double)(received ? received : 1);
	f.written = (double)(after.written - before.written) / (double)(received ? received : 1);
	for (int i = 0; i < BENCH_WRITERS; i++)
		f.written_by[i] =
			(double)(after.written_by[i] - before.written_by[i]) / (double)(received ? received : 1);
	for (int i = 0; i < BENCH_AGENCIES; i++) {
		options->resume[i] = run.drivers[i].resume;
		lt_link_client_free(run.drivers[i].link);
		free(run.drivers[i].ready.items);
		free(run.drivers[i].answers.items);
	}
	f.received = site_received(site) - begun_with;
	histogram_free(warm);
	histogram_free(run.latency);
	free((void *)run.sent_at);
	return f;
}

static void print(const char *prefix, const struct bench_figures *f)
{
	char name[96];
	const struct {
		const char *name, *unit;
		double value;
	} rows[] = { { "rate", "envelopes/s", f->rate },
		     { "p50", "us", f->p50 },
		     { "p99", "us", f->p99 },
		     { "cpu", "us/envelope", f->cpu },
		     { "load", "us/envelope", f->load },
		     { "written", "bytes/envelope", f->written },
		     { "resident", "MiB", f->resident } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(name, sizeof name, "%s.%s", prefix, rows[i].name);
		bench_print(name, rows[i].value, rows[i].unit);
	}
	for (int i = 0; i < BENCH_WRITERS; i++) {
		snprintf(name, sizeof name, "%s.written.%s", prefix, bench_writer_names[i]);
		bench_print(name, f->written_by[i], "bytes/envelope");
	}
}

struct scenario {
	const char *name;
	bool plain, restart; /* without CURVE; killed at the end and started again */
	uint32_t dossiers, pairs, batch, scatter;
	int window, burst;
};

static void run_scenario(const struct scenario *s)
{
	struct bench_site site;
	struct load load;
	if (!bench_wants(s->name))
		return;
	bench_say("%s", s->name);
	site_make(&site, !s->plain);
	site_start_broker(&site);
	load_sign(&load, &site, 0, s->dossiers, s->pairs, s->batch, s->scatter);
	struct bench_run run = { .window = s->window, .burst = s->burst, .seconds = bench_seconds() };
	struct bench_figures f = bench_measure(&site, &load, &run);
	print(s->name, &f);
	if (s->restart) {
		site_stop_broker(&site, SIGKILL);
		bench_print("broker.restart", site_start_broker(&site), "s");
	}
	load_free(&load);
	site_remove(&site);
}

void bench_broker(void)
{
	/* As many acts as the fastest machine of this class takes in the time. */
	uint32_t seconds = (uint32_t)bench_seconds() + 3;
	const uint32_t single = 20000 * seconds, batch = 30000 * seconds;
	const struct scenario scenarios[] = {
		{ "broker.curve.single", false, true, BENCH_DOSSIERS, single, 1, 1, WINDOW, BURST },
		{ "broker.null.single", true, false, BENCH_DOSSIERS, single, 1, 1, WINDOW, BURST },
		{ "broker.curve.batch", false, false, BENCH_DOSSIERS, batch, BENCH_BATCH, 1, BATCH_WINDOW,
		  BATCH_BURST },
		{ "broker.curve.one", false, false, 30000, 2000 * seconds, 1, 1, 1, 1 },
		/* The same load over few dossiers and over a nation's, far apart. */
		{ "broker.few", false, false, 10000, batch, BENCH_BATCH, SCATTER, BATCH_WINDOW, BATCH_BURST },
		{ "broker.million", false, false, 1000000, batch, BENCH_BATCH, SCATTER, BATCH_WINDOW, BATCH_BURST },
	};
	for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
		run_scenario(&scenarios[i]);
}
