/* peer.c: what all peers have in common. A window over all threads bounds what is under way, as in lienthong-bench. */
#include "peer.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 768, WARM_SECONDS = 2, THREADS_MAX = 16, SLOTS = 2000001 };

struct peer_run {
	const struct peer *peer;
	const char *address;
	bool sign;
	EVP_PKEY_CTX *signer, *verifier;
	_Atomic bool stop;
	_Atomic int64_t under_way;
	_Atomic uint64_t number, taken;
	_Atomic bool measured;
	_Atomic uint32_t latency[SLOTS]; /* by microseconds */
};
struct thread {
	struct peer_run *run;
	int index;
	bool producer;
	pthread_t thread;
};

void peer_die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("bench-peers: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

bool peer_stopped(const struct peer_run *run)
{
	return atomic_load(&run->stop);
}

size_t peer_claim(struct peer_run *run)
{
	int64_t share = WINDOW / run->peer->producers, want = share < PEER_BATCH ? share : PEER_BATCH;
	if (atomic_fetch_add(&run->under_way, want) + want <= WINDOW)
		return (size_t)want;
	atomic_fetch_sub(&run->under_way, want);
	usleep(100);
	return 0;
}

static void must(int good, const char *what)
{
	if (good != 1)
		peer_die("%s", what);
}

size_t peer_make(struct peer_run *run, uint8_t out[PEER_MESSAGE])
{
	int64_t now = now_us();
	uint64_t number = atomic_fetch_add(&run->number, 1);
	memset(out, (int)(number & 0xff), PEER_PAYLOAD);
	memcpy(out, &now, 8);
	memcpy(out + 8, &number, 8);
	if (!run->sign)
		return PEER_PAYLOAD;
	uint8_t digest[32];
	size_t len = PEER_SIGNATURE - 1;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(run->signer);
	SHA256(out, PEER_PAYLOAD, digest);
	must(ctx && EVP_PKEY_sign(ctx, out + PEER_PAYLOAD + 1, &len, digest, sizeof digest) == 1, "cannot sign");
	EVP_PKEY_CTX_free(ctx);
	out[PEER_PAYLOAD] = (uint8_t)len;
	return PEER_MESSAGE;
}

static void verify(struct peer_run *run, const uint8_t *data)
{
	uint8_t digest[32];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(run->verifier);
	SHA256(data, PEER_PAYLOAD, digest);
	must(ctx && EVP_PKEY_verify(ctx, data + PEER_PAYLOAD + 1, data[PEER_PAYLOAD], digest, sizeof digest) == 1,
	     "a signature does not hold");
	EVP_PKEY_CTX_free(ctx);
}

void peer_take(struct peer_run *run, const void *data, size_t len)
{
	int64_t sent, took;
	if (len != (run->sign ? (size_t)PEER_MESSAGE : (size_t)PEER_PAYLOAD))
		peer_die("a message of %zu bytes", len);
	if (run->sign)
		verify(run, data);
	memcpy(&sent, data, 8);
	took = now_us() - sent;
	if (atomic_load_explicit(&run->measured, memory_order_relaxed))
		atomic_fetch_add_explicit(&run->latency[took < SLOTS ? took : SLOTS - 1], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&run->taken, 1, memory_order_relaxed);
	atomic_fetch_sub(&run->under_way, 1);
}

static void make_keys(struct peer_run *run)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	run->signer = EVP_PKEY_CTX_new(key, NULL);
	run->verifier = EVP_PKEY_CTX_new(key, NULL);
	must(run->signer && run->verifier && EVP_PKEY_sign_init(run->signer) == 1 &&
		     EVP_PKEY_verify_init(run->verifier) == 1,
	     "cannot make a key");
	EVP_PKEY_free(key);
}

static void *thread_main(void *arg)
{
	struct thread *thread = arg;
	struct peer_run *run = thread->run;
	(thread->producer ? run->peer->produce : run->peer->consume)(run, run->address, thread->index);
	return NULL;
}

static int64_t quantile(const struct peer_run *run, double q)
{
	uint64_t all = 0, seen = 0;
	for (int64_t i = 0; i < SLOTS; i++)
		all += run->latency[i];
	for (int64_t i = 0; i < SLOTS; i++)
		if ((seen += run->latency[i]) >= (uint64_t)(q * (double)all) && seen > 0)
			return i;
	return 0;
}

static void measure(struct peer_run *run, unsigned seconds)
{
	sleep(WARM_SECONDS);
	uint64_t taken = run->taken;
	run->measured = true;
	int64_t begun = now_us();
	sleep(seconds);
	double rate = (double)(run->taken - taken) * 1e6 / (double)(now_us() - begun);
	run->measured = false;
	const char *how = run->sign ? "signed" : "plain";
	printf("peer.%s.%s.rate\t%.0f\tmessages/s\n", run->peer->name, how, rate);
	printf("peer.%s.%s.p50\t%lld\tus\n", run->peer->name, how, (long long)quantile(run, 0.5));
	printf("peer.%s.%s.p99\t%lld\tus\n", run->peer->name, how, (long long)quantile(run, 0.99));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const struct peer *const peers[] = { &peer_redis, &peer_postgres, &peer_rabbit };
	static struct peer_run run;
	if (argc != 5)
		peer_die("usage: bench-peers NAME ADDRESS plain|signed SECONDS");
	for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
		if (strcmp(peers[i]->name, argv[1]) == 0)
			run.peer = peers[i];
	if (!run.peer || run.peer->producers + run.peer->consumers > THREADS_MAX)
		peer_die("no peer named %s", argv[1]);
	run.address = argv[2];
	run.sign = strcmp(argv[3], "signed") == 0;
	make_keys(&run);
	if (run.peer->prepare)
		run.peer->prepare(run.address);
	struct thread threads[THREADS_MAX];
	int count = 0;
	for (int i = 0; i < run.peer->consumers; i++)
		threads[count++] = (struct thread){ .run = &run, .index = i };
	for (int i = 0; i < run.peer->producers; i++)
		threads[count++] = (struct thread){ .run = &run, .index = i, .producer = true };
	for (int i = 0; i < count; i++)
		pthread_create(&threads[i].thread, NULL, thread_main, &threads[i]);
	measure(&run, (unsigned)atoi(argv[4]));
	_Exit(0); /* the servers' folders go; nobody waits for the rest */
}
