/* control_line.h: a connection to the broker's control socket: one ControlRequest, one ControlAnswer, as often as is asked. A frame is its
 * length (4 bytes, little-endian) and a message of at most LT_CONTROL_MESSAGE_MAX bytes. Nothing is printed here.
 * The broker knows who asks by who has connected; it stays so when the descriptor passes to another process. */
#ifndef CONTROL_CONTROL_LINE_H
#define CONTROL_CONTROL_LINE_H

#include "record/control.h"

struct control_line;
/* Connects. LT_EINVAL: the path is too long for a socket; LT_EDENIED, LT_ENOENT: the socket may not be used, or is not there; LT_ECLOSED:
 * nobody listens (errno); LT_ENOMEM. timeout: seconds for a question to be sent, and for its answer. */
enum lt_err control_line_open(const char *path, unsigned timeout, struct control_line **out);
/* The same of a connection that another process has made; takes the descriptor, also when it fails. */
enum lt_err control_line_adopt(int socket, unsigned timeout, struct control_line **out);
void control_line_close(struct control_line *line); /* NULL is fine */
/* The connection alone, for another process; the line is gone. Nothing was asked on it, or its answers are all here. */
int control_line_release(struct control_line *line);
/* Asks, and waits. `bytes` gets the answer's bytes, to which `out` points besides the arena. An answer that refuses is an answer: LT_OK, with
 * out->reason. After any error the line is over: LT_ETIMEOUT, LT_ECLOSED (errno 0: the broker closed it), LT_EPARSE with the refusal, which
 * says what is wrong with the answer; LT_EFULL: it is larger than a message may be; LT_ENOMEM. */
enum lt_err control_line_call(struct control_line *line, const struct lt_control_request *request,
			      struct lt_arena *arena, struct lt_buf *bytes, struct lt_control_answer *out,
			      struct lt_refusal *refusal);
/* Process and user that listen at the other end, by the kernel's word. False: it is no such connection. */
bool control_line_listener(const struct control_line *line, int32_t *pid, uint32_t *uid);

#endif
