/* bench_console.c: a broker with many dossiers, beside which tests/bench/console_figures.py takes what the console must reach. It prints
 * where its sandbox lies, and then does the loads that standard input asks for, a line each: PACE SECONDS, pace 0 being all that the
 * broker takes. `begun` is printed when one is warm, and its rate at its end. It ends with its input. */
#include "bench.h"

#include <signal.h>
#include <stdio.h>

enum {
	DOSSIERS = 100000, /* unless the command line says otherwise */
	FIRST = 10000,     /* new dossiers of each load */
	ACTS = 20000, /* a second, when no pace is given: more than the fastest machine of this class takes of single ones */
	WARM_SECONDS = 5, /* the longest that a load gets warm in, and a rest for the end */
	WINDOW = 512,
	BURST = 16,
};

static void say_begun(void)
{
	puts("begun");
	fflush(stdout);
}

/* The dossiers that there are from the beginning: a quarter of them goes on, so that all kinds of owed acts are there. */
static void fill(struct bench_site *site, struct bench_run *run, uint32_t count)
{
	struct load load;
	run->seconds = 1;
	load_sign(&load, site, 0, count, count / 4, BENCH_BATCH, 1);
	bench_measure(site, &load, run);
	load_free(&load);
}

static void one_load(struct bench_site *site, struct bench_run *run, uint32_t first)
{
	struct load load;
	double acts = (run->pace > 0 ? run->pace : ACTS) * (run->seconds + WARM_SECONDS);
	load_sign(&load, site, first, FIRST, (uint32_t)(acts / 2), 1, 1);
	bench_print("rate", bench_measure(site, &load, run).rate, "envelopes/s");
	load_free(&load);
}

void bench_console(void)
{
	struct bench_site site;
	struct bench_run run = { .window = WINDOW, .burst = BURST };
	uint32_t next = (uint32_t)bench_count(DOSSIERS);
	char line[80];
	signal(SIGPIPE, SIG_IGN); /* who asked may be gone: then the input ends, and the sandbox is removed */
	site_make(&site, true);
	site_start_broker(&site);
	fill(&site, &run, next);
	printf("site\t%s\n", site.folder);
	fflush(stdout);
	run.begun = say_begun;
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "%lf %d", &run.pace, &run.seconds) != 2 || run.seconds < 1)
			bench_die("not PACE SECONDS: %s", line);
		one_load(&site, &run, next);
		next += FIRST;
	}
	site_stop_broker(&site, SIGTERM);
	site_remove(&site);
}
