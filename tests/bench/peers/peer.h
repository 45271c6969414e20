/* peer.h: another broker on the same work: a payload of 2 KiB is handed over by a producer, is on the broker's disk when that hears so,
 * and is acknowledged by a consumer. Each peer is one file with two loops; peer.c has payload, signatures, counting. Built by
 * `./dev bench peers` alone: our own programs need none of these libraries. */
#ifndef BENCH_PEERS_PEER_H
#define BENCH_PEERS_PEER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PEER_PAYLOAD = 2048, /* bytes, of which the first 16 are ours: time and number */
	PEER_SIGNATURE = 80, /* bytes behind it when it is signed: length and a P-256 signature in DER */
	PEER_MESSAGE = PEER_PAYLOAD + PEER_SIGNATURE,
	PEER_BATCH = 64, /* messages that a loop handles at a time, as in our link */
	PEER_QUEUES = 3, /* as many as the agencies of our own bench */
};
struct peer_run;

struct peer {
	const char *name;
	int producers, consumers;             /* threads, each with a connection of its own */
	void (*prepare)(const char *address); /* tables, queues; NULL: nothing */
	/* Run until peer_stopped. `index` counts the threads of its kind. */
	void (*produce)(struct peer_run *run, const char *address, int index);
	void (*consume)(struct peer_run *run, const char *address, int index);
};
extern const struct peer peer_redis, peer_postgres, peer_rabbit;

_Noreturn void peer_die(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool peer_stopped(const struct peer_run *run);

/* How many messages may be sent now, at most PEER_BATCH; waits a little when it is none. They count as under way. */
size_t peer_claim(struct peer_run *run);
/* One message, signed when the run says so; its length. */
size_t peer_make(struct peer_run *run, uint8_t out[PEER_MESSAGE]);
/* A message has come: its signature is verified, its time noted, its place in the window is free. */
void peer_take(struct peer_run *run, const void *data, size_t len);

#endif
