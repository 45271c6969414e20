/* bench_growth.c: a broker that has stored many hand-offs, against itself when it had few: rate, restart and memory must not grow with
 * history. Loads of new dossiers follow each other on one broker, which keeps all that came before. */
#include "bench.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum {
	HANDOFFS = 10000000, /* unless the command line says otherwise */
	FIRST = 10000,       /* dossiers of a load */
	ROUND_SECONDS = 5,
	PAIRS = 24000 * ROUND_SECONDS, /* more than the fastest machine of this class takes in the time */
	WINDOW = 768,
	BURST = 64,
};
#define DISK_LEFT (UINT64_C(4) << 30) /* then it ends, and says so */

static bool disk_has_room(const struct bench_site *site)
{
	struct statvfs space;
	return statvfs(site->folder, &space) == 0 && (uint64_t)space.f_bavail * space.f_frsize > DISK_LEFT;
}

static struct bench_figures one_load(struct bench_site *site, struct bench_run *run, uint32_t number)
{
	struct load load;
	load_sign(&load, site, number * FIRST, FIRST, PAIRS, BENCH_BATCH, 1);
	struct bench_figures figures = bench_measure(site, &load, run);
	load_free(&load);
	return figures;
}

void bench_growth(void)
{
	struct bench_site site;
	struct bench_run run = { .window = WINDOW, .burst = BURST, .seconds = ROUND_SECONDS };
	uint64_t wanted = bench_count(HANDOFFS);
	site_make(&site, true);
	site_start_broker(&site);
	struct bench_figures first = one_load(&site, &run, 0), last = first;
	uint64_t stored = first.received;
	for (uint32_t number = 1; stored < wanted && disk_has_room(&site); number++) {
		last = one_load(&site, &run, number);
		stored += last.received;
		bench_say("stored %llu hand-offs, %.0f/s, %.0f MiB", (unsigned long long)stored, last.rate,
			  last.resident);
	}
	if (stored < wanted)
		bench_say("the disk is full: %llu hand-offs instead of %llu", (unsigned long long)stored,
			  (unsigned long long)wanted);
	bench_print("growth.handoffs", (double)stored, "hand-offs");
	bench_print("growth.rate.first", first.rate, "envelopes/s");
	bench_print("growth.rate.last", last.rate, "envelopes/s");
	bench_print("growth.rate.kept", last.rate / first.rate, "last/first");
	bench_print("growth.resident", last.resident, "MiB");
	bench_print("growth.written.last", last.written, "bytes/envelope");
	site_stop_broker(&site, SIGKILL);
	bench_print("growth.restart", site_start_broker(&site), "s");
	site_stop_broker(&site, SIGTERM);
	site_remove(&site);
}
