/* connections.h: descriptors and bytes of adapters' connections. libzmq accepts without end and ends the process where it finds no free
 * descriptor; so accept4, close, recv and send of this program stand between libzmq and the kernel (its own calls resolve to these), and
 * count. The upper CONNECTIONS_RESERVE numbers are never a connection: journal, store and operators always find one there.
 * Near the limit each newcomer makes the oldest connection without a session go, of the address that has most of them, so
 * that a flood that says nothing shuts nobody out. One gate a process. Any thread. */
#ifndef GATE_CONNECTIONS_H
#define GATE_CONNECTIONS_H

#include <lienthong/base.h>

enum {
	CONNECTIONS_DESCRIPTORS_MIN =
		128,              /* below this the broker does not start: its own files, the reserve, some adapters */
	CONNECTIONS_RESERVE = 64, /* 32 operators, and files of journal, store, snapshot and backup */
	CONNECTIONS_UNREAD_MAX = 16 << 20, /* bytes in libzmq: twice an adapter's credit */
	CONNECTIONS_MAX = 65536,           /* descriptors; further ones are never accepted */
};
/* A connection, or another one that has its descriptor later: serials tell them apart. {0, 0} is none. */
struct connection_ref {
	int fd;
	uint32_t serial;
};
/* Raises the soft limit of descriptors to the hard one; LT_EINVAL with one line for a person when that is too few. */
enum lt_err connections_raise_limit(char *error, size_t error_size);
/* From now on connections are counted. LT_EINVAL: libzmq's calls do not come here. */
enum lt_err connections_open(char *error, size_t error_size);
void connections_close(void); /* after the context of ZeroMQ has ended */

struct connection_ref connections_of(int fd); /* as it is now */
/* A connection with a session stays; one without goes first when descriptors run short. */
void connections_keep(struct connection_ref ref, bool kept);
/* Bytes as they are on the wire, since the connection began. What libzmq holds of a peer is the difference to what the gate took out of
 * it; a peer that brings CONNECTIONS_UNREAD_MAX more than that is cut, in the middle of a message too. */
void connections_taken(int fd, size_t bytes);
uint64_t connections_sent(struct connection_ref ref);
void connections_cut(struct connection_ref ref);
struct connections_figures {
	size_t open;
	uint64_t refused, evicted, cut; /* since the start */
};
struct connections_figures connections_figures(void);

#endif
