/* The engine with a nation's dossiers in flight: hand-offs with route and clocks, ticks, and many clocks due at once. Journal and
 * store are real; verdicts come ready-made, time is the bench's own. */
#include "bench.h"
#include "bench_engine.h"

#include <lienthong/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "law/worktime.h"
#include "start/signing.h"
#include "state/calendars.h"

enum {
	FEW = 10000,
	MANY = 1000000,
	HANDOFFS = 100000, /* measured at each size, at random */
	DUE_CALLS = 2000000,
	LEGS = 24,
};

/* ---- one due time ---- */

static void bench_due(struct engine_bench *b)
{
	struct calendars *calendars = calendars_load(b->store, law_of(1));
	const struct calendar *calendar = calendars_calendar(calendars, "H37");
	struct worktime_limit limit = { WORKTIME_WORKING_DAYS, 14 }; /* three days and a half */
	struct worktime_due due;
	int64_t start = bench_now(), sum = 0;
	for (int i = 0; i < DUE_CALLS; i++) {
		const struct worktime_office *office = calendars_office(calendars, b->site->agencies[i % 3].code);
		if (worktime_due(calendar, office, &limit, b->now + i * INT64_C(1000000), &due))
			bench_die("no due time");
		sum += due.due & 1;
	}
	bench_print("engine.due", (double)(bench_now() - start + (sum < 0)) / DUE_CALLS, "us");
	calendars_unref(calendars);
}

/* ---- hand-offs ---- */

static uint64_t random_state = 88172645463325252u;
static uint32_t random_below(uint32_t count)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state % count);
}

static void open_until(struct engine_bench *b, uint32_t count, uint32_t version)
{
	for (; b->dossiers < count; b->dossiers++)
		engine_bench_open(b, b->dossiers, version);
	engine_bench_commit(b);
}

/* FORWARD and ACCEPT of a dossier at random: two acts. */
static void bench_handoffs(struct engine_bench *b, uint32_t first, uint32_t count, const char *name)
{
	uint32_t acts = 0;
	engine_bench_settle(b);
	b->apply_us = 0;
	for (uint32_t i = 0; i < HANDOFFS; i++) {
		uint32_t dossier = first + random_below(count);
		if (b->legs[dossier] + 1 >= LEGS)
			continue;
		engine_bench_forward(b, dossier);
		engine_bench_accept(b, dossier);
		acts += 2;
	}
	engine_bench_commit(b);
	bench_print(name, b->apply_us / acts, "us");
}

/* ---- ticks ---- */

static void bench_tick(struct engine_bench *b)
{
	double worst = 0, sum = 0;
	engine_bench_settle(b);
	for (int i = 0; i < 100; i++) {
		b->now += 1000000;
		b->boot += 1000000;
		int64_t start = bench_now();
		engine_tick(b->engine, b->batch);
		double took = (double)(bench_now() - start);
		sum += took;
		worst = took > worst ? took : worst;
		engine_bench_commit(b);
	}
	bench_print("engine.tick", sum / 100 / 1000, "ms");
	bench_print("engine.tick.worst", worst / 1000, "ms");
}

/* Rounds as the engine thread makes them, until nothing is due, unsigned or undelivered. Signing and the store's flush are other
 * threads' there: their time counts for the whole, not for what others wait. */
static double lap(struct engine_bench *b, int64_t start)
{
	double took = (double)(bench_now() - start) - b->flush_us;
	b->flush_us = 0;
	return took;
}

static void run_due(struct engine_bench *b, const char *name)
{
	char line[64];
	double pause = 0, signing = 0;
	uint64_t before = b->delivered;
	int64_t begun = bench_now();
	for (bool busy = true; busy;) {
		int64_t start = bench_now();
		b->flush_us = 0;
		b->boot += 5000; /* the engine's own pause between two lots */
		engine_tick(b->engine, b->batch);
		busy = !batch_empty(b->batch);
		engine_bench_commit(b);
		double took = lap(b, start);
		pause = took > pause ? took : pause;
		start = bench_now();
		lt_buf_clear(&b->request);
		lt_buf_clear(&b->command);
		bool any = engine_unsigned(b->engine, &b->request);
		if (any && signing_make(b->signer, lt_buf_bytes(&b->request), &b->command))
			bench_die("sign");
		signing += (double)(bench_now() - start);
		if (any) {
			struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&b->command) };
			start = bench_now();
			engine_bench_take(b, &input);
			engine_bench_commit(b);
			took = lap(b, start);
			pause = took > pause ? took : pause;
		}
		busy |= any;
	}
	snprintf(line, sizeof line, "%s.out", name);
	bench_print(line, (double)(bench_now() - begun) / 1e6, "s");
	snprintf(line, sizeof line, "%s.pause", name);
	bench_print(line, pause / 1000, "ms");
	snprintf(line, sizeof line, "%s.signing", name);
	bench_print(line, signing / 1e6, "s");
	snprintf(line, sizeof line, "%s.delivered", name);
	bench_print(line, (double)(b->delivered - before), "notices");
}

/* The clock is set on without being noticed: both clocks move. */
static void move_to(struct engine_bench *b, const char *time)
{
	int64_t at;
	if (lt_time_parse(time, &at) || at < b->now)
		bench_die("%s is not ahead", time);
	b->boot += at - b->now;
	b->now = at;
}

static void print_resident(const struct engine_bench *b, const char *name)
{
	struct bench_site self = { .broker = engine_bench_pid() };
	bench_print(name, site_resident_mib(&self) - engine_bench_own_mib(b), "MiB");
}

static void bench_many(struct engine_bench *b)
{
	open_until(b, MANY, 1);
	engine_bench_settle(b);
	print_resident(b, "engine.resident");
	bench_handoffs(b, 0, MANY, "engine.handoff.many");
	bench_tick(b);
}

/* Ten thousand more whose leg has two days: all due on one minute. */
static void bench_overdue(struct engine_bench *b)
{
	open_until(b, b->dossiers + FEW, 2);
	engine_bench_settle(b);
	move_to(b, "2026-11-20T08:45:00+07:00");
	run_due(b, "engine.due_soon");
	move_to(b, "2026-11-23T08:45:00+07:00");
	run_due(b, "engine.overdue");
	print_resident(b, "engine.resident.end");
}

void bench_engine(void)
{
	struct bench_site site;
	struct engine_bench *b;
	bench_say("engine: %d dossiers", MANY);
	site_make(&site, true);
	b = engine_bench_new(&site, MANY + FEW, LEGS);
	if (bench_wants("engine.due"))
		bench_due(b);
	open_until(b, FEW, 1);
	if (bench_wants("engine.handoff.few"))
		bench_handoffs(b, 0, FEW, "engine.handoff.few");
	if (bench_wants("engine.handoff.many"))
		bench_many(b);
	if (bench_wants("engine.overdue"))
		bench_overdue(b);
	engine_bench_free(b);
	site_remove(&site);
}
