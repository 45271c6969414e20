/* Fairness: an agency with one envelope in flight, alone, and then beside three that keep their whole credit in use with single
 * signatures. Theirs are generators: they run at nice +10, so that what is measured is the broker's turns and not the machine's. */
#include "bench.h"
#include <lienthong/envelope.h>
#include <lienthong/link.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	FLOOD_RATE = 7000, /* of each; more than its third of what two cores check */
	QUIET_RATE = 3000,
	BURST = 64,
	NICE = 10,
};

struct sender {
	const struct bench_site *site;
	const struct bench_agency *agency;
	struct lt_link_client *link;
	struct load_envelope *opens;
	uint32_t count, sent, answered, window;
	int64_t sent_at;
	struct histogram *_Atomic latency; /* NULL: nothing is measured */
	_Atomic uint64_t done;
	_Atomic bool *stop;
	bool flood;
};

static void on_answers(void *ctx, const struct lt_link_answer *answers, size_t count)
{
	struct sender *sender = ctx;
	struct histogram *latency = atomic_load(&sender->latency);
	for (size_t i = 0; i < count; i++) {
		if (answers[i].reason)
			bench_die("refused: %s: %s", lt_reason_name(answers[i].reason), answers[i].detail);
	}
	if (latency)
		histogram_add(latency, bench_now() - sender->sent_at);
	sender->answered += (uint32_t)count;
	atomic_fetch_add(&sender->done, count);
}

static uint64_t on_resume(void *ctx, const char *agency)
{
	(void)ctx;
	(void)agency;
	return 0;
}

static void on_deliver(void *ctx, const struct lt_link_item *items, size_t count)
{
	struct sender *sender = ctx;
	lt_link_client_received(sender->link, items[0].agency, items[count - 1].number);
}

static void on_bye(void *ctx, const struct lt_refusal *why)
{
	(void)ctx;
	bench_say("bye: %s %s", lt_reason_name(why->reason), why->detail);
}

static void submit(struct sender *sender)
{
	struct lt_envelope batch[BURST];
	size_t count = 0;
	while (count < BURST && sender->sent < sender->count && sender->sent - sender->answered < sender->window) {
		const struct load_envelope *open = &sender->opens[sender->sent++];
		batch[count++] = (struct lt_envelope){
			.header = lt_bytes(open->bytes, open->header_len),
			.signature = lt_bytes(open->bytes + open->header_len, open->signature_len),
		};
	}
	sender->sent_at = bench_now();
	if (count > 0 && lt_link_client_submit(sender->link, batch, count))
		bench_die("submit");
}

static void *drive(void *arg)
{
	struct sender *sender = arg;
	if (sender->flood && setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE) != 0)
		bench_say("generators keep their priority");
	while (!atomic_load(sender->stop)) {
		if (lt_link_client_poll(sender->link, -1, 1) == LT_ECLOSED)
			bench_die("the session has ended");
		if (lt_link_client_ready(sender->link))
			submit(sender);
	}
	return NULL;
}

static void *sign(void *arg)
{
	struct sender *sender = arg;
	for (uint32_t i = 0; i < sender->count; i++)
		load_open(sender->site->domain, sender->agency, i, &sender->opens[i]);
	return NULL;
}

static void prepare(struct sender *sender, uint32_t count, uint32_t window)
{
	static const struct lt_link_events events = {
		.resume = on_resume, .answers = on_answers, .deliver = on_deliver, .bye = on_bye
	};
	struct lt_link_agency self = { .code = sender->agency->code, .signer = sender->agency->signer };
	struct lt_link_options options = { .endpoint = sender->site->endpoint,
					   .domain = sender->site->domain,
					   .key = sender->agency->curve_key,
					   .software = "lienthong-bench",
					   .agency_count = 1,
					   .agencies = &self,
					   .window_envelopes = 1024 };
	memcpy(options.broker_key, sender->site->broker_key, 32);
	sender->window = window;
	sender->count = count;
	sender->opens = calloc(count, sizeof *sender->opens);
	if (!sender->opens || lt_link_client_new(&options, &events, sender, &sender->link))
		bench_die("cannot make a client");
}

static void finish(struct sender *sender)
{
	lt_link_client_free(sender->link);
	for (uint32_t i = 0; i < sender->count; i++)
		free(sender->opens[i].bytes);
	free(sender->opens);
}

/* The latencies of the quiet one for so long. */
static struct histogram *measure(struct sender *quiet, int seconds)
{
	struct histogram *latency = histogram_new();
	atomic_store(&quiet->latency, latency);
	sleep((unsigned)seconds);
	atomic_store(&quiet->latency, NULL);
	usleep(100000); /* whoever adds just now */
	return latency;
}

void bench_fair(void)
{
	if (!bench_wants("fair"))
		return;
	bench_say("fair");
	struct bench_site site;
	_Atomic bool quiet_stop = false, flood_stop = false;
	struct sender quiet = { .site = &site, .agency = &site.quiet, .stop = &quiet_stop };
	struct sender floods[BENCH_AGENCIES];
	pthread_t threads[BENCH_AGENCIES], thread;
	int seconds = bench_seconds();
	site_make(&site, true);
	site_start_broker(&site);
	prepare(&quiet, QUIET_RATE * 2 * (uint32_t)(seconds + 3), 1);
	for (int i = 0; i < BENCH_AGENCIES; i++) {
		floods[i] = (struct sender){
			.site = &site, .agency = &site.agencies[i], .stop = &flood_stop, .flood = true
		};
		prepare(&floods[i], FLOOD_RATE * (uint32_t)(seconds + 3), 1024);
	}
	for (int i = 0; i < BENCH_AGENCIES; i++)
		pthread_create(&threads[i], NULL, sign, &floods[i]);
	sign(&quiet);
	for (int i = 0; i < BENCH_AGENCIES; i++)
		pthread_join(threads[i], NULL);
	pthread_create(&thread, NULL, drive, &quiet);
	sleep(2);
	struct histogram *alone = measure(&quiet, seconds);
	for (int i = 0; i < BENCH_AGENCIES; i++)
		pthread_create(&threads[i], NULL, drive, &floods[i]);
	sleep(1);
	uint64_t before = 0, after = 0;
	for (int i = 0; i < BENCH_AGENCIES; i++)
		before += atomic_load(&floods[i].done);
	struct histogram *beside = measure(&quiet, seconds);
	for (int i = 0; i < BENCH_AGENCIES; i++)
		after += atomic_load(&floods[i].done);
	atomic_store(&flood_stop, true);
	atomic_store(&quiet_stop, true);
	for (int i = 0; i < BENCH_AGENCIES; i++)
		pthread_join(threads[i], NULL);
	pthread_join(thread, NULL);
	bench_print("fair.alone.p50", histogram_quantile(alone, 0.5), "us");
	bench_print("fair.alone.p99", histogram_quantile(alone, 0.99), "us");
	bench_print("fair.p50", histogram_quantile(beside, 0.5), "us");
	bench_print("fair.p99", histogram_quantile(beside, 0.99), "us");
	bench_print("fair.ratio", histogram_quantile(beside, 0.5) / histogram_quantile(alone, 0.5),
		    "p50 over p50 alone");
	bench_print("fair.flood.rate", (double)(after - before) / seconds, "envelopes/s");
	finish(&quiet);
	for (int i = 0; i < BENCH_AGENCIES; i++)
		finish(&floods[i]);
	histogram_free(alone);
	histogram_free(beside);
	site_remove(&site);
}
