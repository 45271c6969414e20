/* bench_engine.h: an engine without threads, for many dossiers. */
#ifndef BENCH_BENCH_ENGINE_H
#define BENCH_BENCH_ENGINE_H

#include "bench.h"
#include "journal/disk.h"
#include "engine/engine.h"
#include "state/rulebook.h"

#define ENGINE_BENCH_PROCEDURE "1.004873"

struct engine_bench {
	const struct bench_site *site;
	struct disk disk;
	struct journal *journal;
	struct store *store;
	struct engine *engine;
	struct rulebook *rulebook; /* in force */
	struct batch *batch;
	struct lt_signer *signer;
	struct lt_buf outputs, header, encoded, request, command;
	int64_t now, boot;
	double apply_us; /* processor time of engine_take, seal and release: what a batch costs the engine thread */
	double flush_us; /* of the store: another thread's work in the broker */
	struct lt_buf jobs;
	uint32_t queued;
	uint64_t delivered;
	/* What the agencies know of each dossier. */
	uint32_t dossiers, legs_max, capacity;
	uint8_t *legs; /* route leg */
	uint64_t ids;
};
/* Version 1: legs of 60 days; version 2: of 2 days. */
struct engine_bench *engine_bench_new(const struct bench_site *site, uint32_t dossiers, uint32_t legs);
void engine_bench_free(struct engine_bench *b);
void engine_bench_open(struct engine_bench *b, uint32_t dossier, uint32_t version);
void engine_bench_forward(struct engine_bench *b, uint32_t dossier);
void engine_bench_accept(struct engine_bench *b, uint32_t dossier);
void engine_bench_take(struct engine_bench *b, const struct input *input);
/* Seals, writes, releases, delivers, and takes the receipts; flushes the store when it is due, outside the measured time. */
void engine_bench_commit(struct engine_bench *b);
void engine_bench_settle(struct engine_bench *b); /* and until all is in LMDB */
int engine_bench_pid(void);
double engine_bench_own_mib(const struct engine_bench *b); /* what is not the engine's */

#endif
