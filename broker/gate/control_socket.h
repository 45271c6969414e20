/* control_socket.h: the operators' socket: a Unix stream socket of our own, on the control thread. A frame is its length (4 bytes,
 * little-endian) and a ControlRequest or ControlAnswer. A client has one request in work; what it sends meanwhile waits in its
 * own socket. Who asks is told by the kernel. Bounds: clients, bytes of all of them together, and time for half a frame. */
#ifndef GATE_CONTROL_SOCKET_H
#define GATE_CONTROL_SOCKET_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

#include "operators.h"

enum {
	CONTROL_CLIENTS = 32,          /* at once; who has the most makes room for a new one */
	CONTROL_STALLED_MS = 250,      /* after which half a request or half an answer makes room too */
	CONTROL_HALF_FRAME_MS = 10000, /* for a whole request from its first byte on, and for an answer to be read */
};
#define CONTROL_BYTES_MAX (128u << 20) /* requests and answers of all clients that are under way: two of the largest */

/* A whole request; it is answered once by control_socket_answer, then or later. */
typedef void control_take(void *ctx, uint64_t client, const struct control_peer *peer, struct lt_bytes request);

struct control_socket;
/* Binds, mode 0660. A file of a broker that is gone is replaced. LT_EINVAL, LT_EEXIST or LT_EIO with one line for a person. */
enum lt_err control_socket_open(const char *path, struct control_socket **out, char *error, size_t error_size);
void control_socket_close(struct control_socket *socket);
/* Waits for clients or `event`, for timeout_ms at most, and serves what is there. now: boot-time clock. */
void control_socket_serve(struct control_socket *socket, int event, int timeout_ms, int64_t now, control_take *take,
			  void *ctx);
/* A client that is gone hears nothing. */
void control_socket_answer(struct control_socket *socket, uint64_t client, struct lt_bytes answer);
bool control_socket_sending(const struct control_socket *socket); /* an answer is not read to its end */

#endif
