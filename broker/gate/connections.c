/* connections.c: accept4, close, recv and send between libzmq and the kernel. */
#undef _FORTIFY_SOURCE /* it declares recv as an inline function: here it is defined */
#include "connections.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

enum {
	ADDRESSES = 4096, /* counters; addresses that share one are counted together */
	SAMPLE = 1024,    /* connections looked at for one that may go */
	PRESSURE = 8,     /* from 7/8 of the descriptors on */
};

struct connection {
	uint32_t serial;
	bool open, kept;
	uint16_t address;               /* its counter */
	uint64_t turn;                  /* of acceptance */
	uint64_t received, taken, sent; /* bytes */
};
/* Of the process, since accept4 is. */
static struct {
	pthread_mutex_t lock;
	struct connection *slots; /* by descriptor; NULL: nothing is counted */
	int limit;                /* the first descriptor of the reserve */
	int hand;                 /* where the next look for one that may go begins */
	uint64_t turns;
	uint32_t without[ADDRESSES]; /* open connections without a session */
	struct connections_figures figures;
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

enum lt_err connections_raise_limit(char *error, size_t error_size)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return LT_EIO;
	if (limit.rlim_cur < limit.rlim_max && limit.rlim_cur < CONNECTIONS_MAX) {
		limit.rlim_cur = limit.rlim_max < CONNECTIONS_MAX ? limit.rlim_max : CONNECTIONS_MAX;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
			return LT_EIO;
	}
	if (limit.rlim_cur >= CONNECTIONS_DESCRIPTORS_MIN)
		return LT_OK;
	snprintf(error, error_size,
		 "at most %llu open files (ulimit -n, LimitNOFILE=) are too few: at least %d are needed",
		 (unsigned long long)limit.rlim_cur, CONNECTIONS_DESCRIPTORS_MIN);
	return LT_EINVAL;
}

enum lt_err connections_open(char *error, size_t error_size)
{
	struct rlimit limit;
	if (dlsym(RTLD_DEFAULT, "accept4") != (void *)accept4 || dlsym(RTLD_DEFAULT, "close") != (void *)close ||
	    dlsym(RTLD_DEFAULT, "recv") != (void *)recv || dlsym(RTLD_DEFAULT, "send") != (void *)send) {
		snprintf(error, error_size, "gate: libzmq accepts past this program: it cannot bound its connections");
		return LT_EINVAL;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return LT_EIO;
	uint64_t most = limit.rlim_cur < CONNECTIONS_MAX ? limit.rlim_cur : CONNECTIONS_MAX;
	pthread_mutex_lock(&table.lock);
	free(table.slots);
	table.slots = calloc(CONNECTIONS_MAX, sizeof *table.slots);
	table.limit = most > CONNECTIONS_RESERVE ? (int)most - CONNECTIONS_RESERVE : 0;
	table.figures = (struct connections_figures){ 0 };
	memset(table.without, 0, sizeof table.without);
	enum lt_err err = table.slots ? LT_OK : LT_ENOMEM;
	pthread_mutex_unlock(&table.lock);
	return err;
}

void connections_close(void)
{
	pthread_mutex_lock(&table.lock);
	free(table.slots);
	table.slots = NULL;
	pthread_mutex_unlock(&table.lock);
}

/* ---- with the lock ---- */

static uint16_t hash_address(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;
	bool is_v6 = address->ss_family == AF_INET6;
	/* Of IPv6 the net: within it a host takes addresses as it likes. */
	const uint8_t *bytes = is_v6 ? v6->sin6_addr.s6_addr : (const uint8_t *)&v4->sin_addr;
	size_t len = is_v6 && !IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) ? 8 : is_v6 ? 16 : 4;
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return (uint16_t)((hash ^ hash >> 16) % ADDRESSES);
}

/* Of the connections without a session that are looked at: the address that has most, the oldest of it. */
static int find_one_to_go(void)
{
	int found = -1, span = table.limit < SAMPLE ? table.limit : SAMPLE;
	for (int i = 0; i < span; i++) {
		int fd = (table.hand + i) % table.limit;
		const struct connection *one = &table.slots[fd], *best = found < 0 ? NULL : &table.slots[found];
		if (!one->open || one->kept)
			continue;
		uint32_t count = table.without[one->address], most = best ? table.without[best->address] : 0;
		if (!best || count > most || (count == most && one->turn < best->turn))
			found = fd;
	}
	table.hand = (table.hand + span) % table.limit;
	return found;
}

static void forget(struct connection *one)
{
	if (!one->open)
		return;
	one->open = false;
	table.figures.open--;
	if (!one->kept)
		table.without[one->address]--;
}

/* False when there is no room for it. */
static bool take_in(int fd, const struct sockaddr_storage *address)
{
	if (table.limit > 0 && fd >= table.limit - table.limit / PRESSURE) {
		/* This is the thread that closes it: its number cannot have changed hands. */
		int victim = find_one_to_go();
		if (victim >= 0 && shutdown(victim, SHUT_RDWR) == 0) {
			struct connection *one = &table.slots[victim];
			table.figures.evicted++;
			/* It counts no more, and nobody chooses it again. */
			table.without[one->address]--;
			one->kept = true;
		}
	}
	if (fd >= table.limit) {
		table.figures.refused++;
		return false;
	}
	struct connection *one = &table.slots[fd];
	forget(one);
	*one = (struct connection){
		.serial = one->serial + 1, .open = true, .address = hash_address(address), .turn = ++table.turns
	};
	table.without[one->address]++;
	table.figures.open++;
	return true;
}

/* ---- what libzmq calls ---- */

EXPORTED int accept4(int listener, __SOCKADDR_ARG address, socklen_t *__restrict len, int flags)
{
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof peer;
	int fd = (int)syscall(SYS_accept4, listener, address.__sockaddr__, len, flags);
	if (fd < 0 || getpeername(fd, (struct sockaddr *)&peer, &size) != 0 || peer.ss_family == AF_UNIX)
		return fd;
	pthread_mutex_lock(&table.lock);
	bool good = !table.slots || take_in(fd, &peer);
	pthread_mutex_unlock(&table.lock);
	if (good)
		return fd;
	syscall(SYS_close, fd);
	errno = ECONNABORTED;
	return -1;
}

EXPORTED int close(int fd)
{
	pthread_mutex_lock(&table.lock);
	if (table.slots && fd >= 0 && fd < table.limit)
		forget(&table.slots[fd]);
	pthread_mutex_unlock(&table.lock);
	return (int)syscall(SYS_close, fd);
}

static struct connection *find_open(int fd)
{
	struct connection *one = table.slots && fd >= 0 && fd < table.limit ? &table.slots[fd] : NULL;
	return one && one->open ? one : NULL;
}

static ssize_t receive(int fd, void *data, size_t len, int flags)
{
	return syscall(SYS_recvfrom, fd, data, len, flags, NULL, NULL);
}

EXPORTED ssize_t recv(int fd, void *data, size_t len, int flags)
{
	ssize_t n = receive(fd, data, len, flags);
	if (n <= 0)
		return n;
	pthread_mutex_lock(&table.lock);
	struct connection *one = find_open(fd);
	if (one)
		one->received += (uint64_t)n;
	bool over = one && one->received > one->taken + CONNECTIONS_UNREAD_MAX;
	table.figures.cut += over;
	pthread_mutex_unlock(&table.lock);
	if (!over)
		return n;
	errno = ECONNRESET; /* libzmq closes it and forgets the message that was begun */
	return -1;
}

EXPORTED ssize_t send(int fd, const void *data, size_t len, int flags)
{
	ssize_t n = syscall(SYS_sendto, fd, data, len, flags, NULL, 0);
	if (n <= 0)
		return n;
	pthread_mutex_lock(&table.lock);
	struct connection *one = find_open(fd);
	if (one)
		one->sent += (uint64_t)n;
	pthread_mutex_unlock(&table.lock);
	return n;
}

/* ---- what the gate calls ---- */

void connections_taken(int fd, size_t bytes)
{
	pthread_mutex_lock(&table.lock);
	struct connection *one = find_open(fd);
	if (one)
		one->taken += bytes;
	pthread_mutex_unlock(&table.lock);
}

static struct connection *find_ref(struct connection_ref ref)
{
	struct connection *one = ref.serial ? find_open(ref.fd) : NULL;
	return one && one->serial == ref.serial ? one : NULL;
}

uint64_t connections_sent(struct connection_ref ref)
{
	pthread_mutex_lock(&table.lock);
	struct connection *one = find_ref(ref);
	uint64_t sent = one ? one->sent : 0;
	pthread_mutex_unlock(&table.lock);
	return sent;
}

void connections_cut(struct connection_ref ref)
{
	pthread_mutex_lock(&table.lock);
	if (find_ref(ref)) {
		shutdown(ref.fd, SHUT_RDWR); /* close waits for the lock: it is still this connection's */
		table.figures.cut++;
	}
	pthread_mutex_unlock(&table.lock);
}

struct connection_ref connections_of(int fd)
{
	struct connection_ref ref = { 0 };
	pthread_mutex_lock(&table.lock);
	if (find_open(fd))
		ref = (struct connection_ref){ fd, table.slots[fd].serial };
	pthread_mutex_unlock(&table.lock);
	return ref;
}

void connections_keep(struct connection_ref ref, bool kept)
{
	pthread_mutex_lock(&table.lock);
	struct connection *one = find_ref(ref);
	if (one && one->kept != kept) {
		one->kept = kept;
		table.without[one->address] += kept ? (uint32_t)-1 : 1u;
	}
	pthread_mutex_unlock(&table.lock);
}

struct connections_figures connections_figures(void)
{
	pthread_mutex_lock(&table.lock);
	struct connections_figures figures = table.figures;
	pthread_mutex_unlock(&table.lock);
	return figures;
}
