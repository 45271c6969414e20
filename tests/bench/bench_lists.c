/* bench_lists.c: the lists of many dossiers, each page read from the disk's state by a thread of its own as the broker does, and beside it
 * the engine at work: neither may wait for the other. */
#include "bench.h"
#include "bench_engine.h"

#include <lienthong/time.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query/query.h"

enum {
	DOSSIERS = 1000000, /* unless the command line says otherwise */
	LEGS = 6,
	PAGES = 400, /* of each list: some pages one behind the other, then from the start again */
	RUN = 8,
	BATCHES = 4000, /* of the engine: alone, and beside the lists */
	ACTS = 16,      /* of a batch */
	ARENA = 64 << 20
};
#define DAY_US INT64_C(86400000000)

struct lists {
	struct engine_bench *b;
	struct store *follower;
	struct query query;
	struct state state;
	struct lt_arena *arena;
	atomic_bool stop;
	double worst; /* p95 of the slowest list */
};

static const struct named {
	const char *name;
	struct lt_dossiers_request request;
	int agency; /* 1 owed by, 2 holder, 3 lead: the first agency of the site */
} all[] = {
	{ "owed_by", { .limit = 0 }, 1 },
	{ "owed_by_late", { .late = true }, 1 },
	{ "late", { .late = true }, 0 },
	{ "due_within", { .due_within = 120 * DAY_US }, 0 },
	{ "unanswered", { .unanswered = true }, 0 },
	{ "status", { .status = 4 }, 0 },
	{ "procedure", { .procedure = ENGINE_BENCH_PROCEDURE }, 0 },
	{ "lead", { .limit = 0 }, 3 },
	{ "holder", { .limit = 0 }, 2 },
	{ "lead_unanswered_late", { .late = true, .unanswered = true }, 3 },
};
enum { LISTS = sizeof all / sizeof all[0] };

/* One page; the place behind it. */
static size_t page(struct lists *lists, struct lt_dossiers_request *request, uint8_t place[LT_DOSSIERS_PLACE])
{
	struct lt_dossiers_view view;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(lists->arena);
	store_begin_read(lists->follower);
	lists->query.now = lists->query.legal = lists->b->now;
	if (query_dossiers(&lists->query, request, &view, &refusal))
		bench_die("list: %s", refusal.detail);
	store_end_read(lists->follower);
	memcpy(place, view.next.data, view.next.len);
	request->after = lt_bytes(place, view.next.len);
	return view.count;
}

static void set_agency(const struct lists *lists, const struct named *named, struct lt_dossiers_request *request)
{
	const char *code = lists->b->site->agencies[0].code;
	if (named->agency == 1)
		request->owed_by = code;
	else if (named->agency == 2)
		request->holder = code;
	else if (named->agency == 3)
		request->lead = lists->b->site->agencies[1].code;
}

static void measure(struct lists *lists, const struct named *named, bool beside)
{
	struct histogram *h = histogram_new();
	uint8_t place[LT_DOSSIERS_PLACE];
	struct lt_dossiers_request request = named->request;
	char line[80];
	size_t rows = 0;
	set_agency(lists, named, &request);
	for (int i = 0; i < PAGES; i++) {
		if (i % RUN == 0)
			request.after.len = 0;
		int64_t start = bench_now();
		rows += page(lists, &request, place);
		histogram_add(h, bench_now() - start);
	}
	if (rows == 0)
		bench_die("lists.%s: no row, so nothing was measured", named->name);
	double p95 = histogram_quantile(h, 0.95);
	lists->worst = p95 > lists->worst ? p95 : lists->worst;
	if (!beside) {
		snprintf(line, sizeof line, "lists.%s.p95", named->name);
		bench_print(line, p95 / 1000, "ms");
		snprintf(line, sizeof line, "lists.%s.rows", named->name);
		bench_print(line, (double)rows / PAGES, "rows/page");
	}
	histogram_free(h);
}

static void *ask_on(void *ctx)
{
	struct lists *lists = ctx;
	while (!atomic_load(&lists->stop)) {
		for (size_t i = 0; i < LISTS && !atomic_load(&lists->stop); i++)
			measure(lists, &all[i], true);
	}
	return NULL;
}

/* Batches of hand-offs; what each takes, with the journal's sync. */
static double work(struct engine_bench *b, uint32_t *next)
{
	struct histogram *h = histogram_new();
	for (int i = 0; i < BATCHES; i++) {
		int64_t start = bench_now();
		for (int k = 0; k < ACTS; k += 2) {
			uint32_t dossier = (*next)++ * 7919u % b->dossiers;
			if (dossier % 3 == 0 || b->legs[dossier] + 1 >= LEGS) /* offered already, or at its end */
				continue;
			engine_bench_forward(b, dossier);
			engine_bench_accept(b, dossier);
		}
		b->flush_us = 0;
		engine_bench_commit(b);
		histogram_add(h, bench_now() - start - (int64_t)b->flush_us);
	}
	double p99 = histogram_quantile(h, 0.99);
	histogram_free(h);
	return p99;
}

static void fill(struct engine_bench *b, uint32_t count)
{
	for (; b->dossiers < count; b->dossiers++)
		engine_bench_open(b, b->dossiers, 1 + b->dossiers % 2);
	engine_bench_commit(b);
	for (uint32_t i = 0; i < count; i += 3) /* a third has gone on, and of these half is offered only */
		engine_bench_forward(b, i);
	engine_bench_settle(b);
	b->now += 5 * DAY_US; /* what had two days is late; nothing is told: that is the clocks' work */
	b->boot += 5 * DAY_US;
}

void bench_lists(void)
{
	struct bench_site site;
	struct lists lists = { 0 };
	uint32_t count = (uint32_t)bench_count(DOSSIERS), next = 0;
	pthread_t thread;
	bench_say("lists: %u dossiers", count);
	site_make(&site, true);
	struct engine_bench *b = lists.b = engine_bench_new(&site, count, LEGS);
	fill(b, count);
	bench_print("lists.store", (double)store_bytes(b->store) / count, "bytes/dossier");
	if (store_open_follower(b->store, &lists.follower) || lt_arena_new(ARENA, &lists.arena))
		bench_die("out of memory");
	lists.state = (struct state){ .store = lists.follower, .law = law_of(1), .rulebook = b->rulebook };
	lists.query = (struct query){ .state = &lists.state, .arena = lists.arena };
	for (size_t i = 0; i < LISTS; i++)
		measure(&lists, &all[i], false);
	bench_print("lists.p95.worst", lists.worst / 1000, "ms");
	double alone = work(b, &next);
	if (pthread_create(&thread, NULL, ask_on, &lists))
		bench_die("thread");
	double beside = work(b, &next);
	atomic_store(&lists.stop, true);
	pthread_join(thread, NULL);
	bench_print("lists.engine.p99.alone", alone / 1000, "ms");
	bench_print("lists.engine.p99.beside", beside / 1000, "ms");
	bench_print("lists.engine.p99", beside / alone, "beside/alone");
	bench_print("lists.p95.beside", lists.worst / 1000, "ms");
	query_fini(&lists.query);
	lt_arena_free(lists.arena);
	store_close(lists.follower);
	engine_bench_free(b);
	site_remove(&site);
}
