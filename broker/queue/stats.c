/* stats.c: the counters by name, and what the process holds in memory. */
#include "stats.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const names[STATS_COUNT] = {
	[STATS_MESSAGES] = "messages",
	[STATS_ENVELOPES] = "envelopes",
	[STATS_NO_USER] = "frames_without_user",
	[STATS_NOT_ENROLLED] = "keys_not_enrolled",
	[STATS_MALFORMED] = "frames_malformed",
	[STATS_NO_SESSION] = "messages_without_session",
	[STATS_KEY_CHANGED] = "routing_ids_with_another_key",
	[STATS_CREDIT_EXCEEDED] = "credit_exceeded",
	[STATS_PROOFS_REFUSED] = "proofs_refused",
	[STATS_SESSIONS_OPENED] = "sessions_opened",
	[STATS_SESSIONS_CLOSED] = "sessions_closed",
	[STATS_SESSIONS_IDLE] = "sessions_idle",
	[STATS_SUSPENDED] = "messages_of_suspended",
	[STATS_UNROUTABLE] = "outputs_unroutable",
	[STATS_REFUSED_PARSE] = "refused_form",
	[STATS_REFUSED_SIGNATURE] = "refused_signature",
	[STATS_REFUSED_RULE] = "refused_rule",
	[STATS_TRUST_STALE] = "verified_on_a_stale_list",
	[STATS_SIGNATURES] = "signatures_checked",
	[STATS_CHAINS] = "chains_checked",
	[STATS_BATCHES] = "batches",
	[STATS_FLUSHES] = "flushes",
	[STATS_SNAPSHOTS] = "snapshots",
	[STATS_SCRUBS] = "scrubs",
	[STATS_SCRUB_DAMAGE] = "scrubs_with_damage",
	[STATS_SIGN_FAILURES] = "signing_failures",
	[STATS_CONTROL] = "control_requests",
	[STATS_CONNECTIONS_REFUSED] = "connections_refused",
	[STATS_CONNECTIONS_EVICTED] = "connections_evicted",
	[STATS_CONNECTIONS_CUT] = "connections_cut",
	[STATS_SESSIONS_HELD] = "sessions_held",
};

static void view_works(const struct stats *stats, int64_t now, struct lt_status_view *view, struct lt_arena *arena)
{
	static const struct lt_work_view works[] = {
		[STATS_BACKUP] = { .name = "backup", .unit = "bytes" },
		[STATS_ARCHIVE] = { .name = "archive", .unit = "segments" },
	};
	view->works = lt_arena_alloc(arena, STATS_WORKS * sizeof *view->works);
	for (size_t i = 0; view->works && i < STATS_WORKS; i++) {
		const struct stats_under_way *work = &stats->works[i];
		int64_t began = atomic_load_explicit(&work->began, memory_order_relaxed);
		if (began == 0)
			continue;
		struct lt_work_view *out = &view->works[view->work_count++];
		*out = works[i];
		out->done = atomic_load_explicit(&work->done, memory_order_relaxed);
		out->total = atomic_load_explicit(&work->total, memory_order_relaxed);
		out->elapsed = now - began;
	}
}

void stats_view(const struct stats *stats, int64_t now, struct lt_status_view *view, struct lt_arena *arena)
{
	view_works(stats, now, view, arena);
	size_t before = view->counter_count; /* the engine's own stay in front */
	struct lt_counter *counters = lt_arena_alloc(arena, (before + STATS_COUNT) * sizeof *counters);
	if (!counters)
		return;
	for (size_t i = 0; i < before; i++)
		counters[i] = view->counters[i];
	for (size_t i = 0; i < STATS_COUNT; i++)
		counters[before + i] =
			(struct lt_counter){ .name = names[i], .value = stats_get(stats, (enum stats_counter)i) };
	view->counters = counters;
	view->counter_count = before + STATS_COUNT;
}

uint64_t stats_resident(void)
{
	char text[64];
	int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return 0;
	ssize_t got = read(file, text, sizeof text - 1);
	close(file);
	if (got <= 0)
		return 0;
	text[got] = '\0';
	unsigned long long total, resident;
	if (sscanf(text, "%llu %llu", &total, &resident) != 2)
		return 0;
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}
