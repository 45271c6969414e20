#include "bench.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HISTOGRAM_SLOTS = 1000001 };
struct histogram {
	_Atomic uint64_t count;
	_Atomic uint32_t slots[HISTOGRAM_SLOTS];
};

void bench_die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("lienthong-bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

void bench_say(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void bench_print(const char *name, double value, const char *unit)
{
	printf("%s\t%.*f\t%s\n", name, value < 100 ? 2 : 0, value, unit);
	fflush(stdout);
}

int64_t bench_now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct histogram *histogram_new(void)
{
	struct histogram *h = calloc(1, sizeof *h);
	if (!h)
		bench_die("out of memory");
	return h;
}

void histogram_free(struct histogram *h)
{
	free(h);
}

void histogram_add(struct histogram *h, int64_t us)
{
	size_t slot = us < 0 ? 0 : us >= HISTOGRAM_SLOTS ? HISTOGRAM_SLOTS - 1 : (size_t)us;
	atomic_fetch_add_explicit(&h->slots[slot], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->count, 1, memory_order_relaxed);
}

double histogram_quantile(const struct histogram *h, double q)
{
	double wanted = q * (double)h->count, seen = 0;
	for (size_t i = 0; i < HISTOGRAM_SLOTS; i++) {
		seen += h->slots[i];
		if (seen >= wanted && seen > 0)
			return (double)i;
	}
	return 0;
}

static const char *wanted = "all";
static int seconds = BENCH_SECONDS;
static bool counted; /* the second argument was given */

static bool begins(const char *text, const char *with)
{
	size_t len = strlen(with);
	return strncmp(text, with, len) == 0 && (text[len] == 0 || text[len] == '.');
}

bool bench_wants(const char *name)
{
	return strcmp(wanted, "all") == 0 || begins(name, wanted) || begins(wanted, name);
}

int bench_seconds(void)
{
	return seconds;
}

uint64_t bench_count(uint64_t otherwise)
{
	return counted ? (uint64_t)seconds : otherwise;
}

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {
	{ "micro", bench_micro }, { "engine", bench_engine }, { "broker", bench_broker },
	{ "fair", bench_fair },   { "full", bench_full },
};

static void usage(FILE *out)
{
	fputs("usage: lienthong-bench [NAME [SECONDS]]\n"
	      "Prints name<TAB>value<TAB>unit a line. Takes the broker and the adapter of its own build.\n"
	      "  broker  the real broker process under a pre-signed load\n"
	      "  fair    one agency with one envelope in flight, alone and beside three that flood\n"
	      "  full    outboxes and inboxes of three adapters, signing and verifying at both ends; http: through "
	      "their APIs\n"
	      "  micro   single operations\n"
	      "  engine  1,000,000 dossiers in flight: hand-offs with route and clocks, ticks, many due at once\n"
	      "  all     these five\n"
	      "  growth  a broker that has stored many hand-offs, against itself when it had few; a long run of its "
	      "own.\n"
	      "          The number behind it is that of hand-offs (10,000,000)\n"
	      "  console the broker under the loads that tests/bench/console_figures.py asks for, a line each on "
	      "standard "
	      "input;\n"
	      "          what the console must reach: ./dev bench console\n"
	      "  lists   each list of many dossiers, page by page, and the engine beside; a run of its own.\n"
	      "          The number behind it is that of dossiers (1,000,000)\n"
	      "NAME may go on to what is measured, as broker.curve.batch. SECONDS is how long each is measured; under "
	      "10 a disk\n"
	      "is flattered.\n",
	      out);
}

int main(int argc, char **argv)
{
	bool found = false;
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	if (argc > 1)
		wanted = argv[1];
	if (argc > 2)
		seconds = atoi(argv[2]);
	counted = argc > 2;
	if (strcmp(wanted, "growth") == 0 && argc <= 3 && seconds > 0) {
		bench_growth();
		return 0;
	}
	if (strcmp(wanted, "lists") == 0 && argc <= 3 && seconds > 0) {
		bench_lists();
		return 0;
	}
	if (strcmp(wanted, "console") == 0 && argc <= 3 && seconds > 0) {
		bench_console();
		return 0;
	}
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		found = found || bench_wants(groups[i].name);
	if (argc > 3 || !found || seconds < 1) {
		usage(stderr);
		return 64;
	}
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		if (bench_wants(groups[i].name))
			groups[i].run();
	return 0;
}
