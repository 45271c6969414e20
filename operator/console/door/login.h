/* login.h: the socket at which `lienthong console login` brings an operator's connection to the broker, and gets a link for it. A message is
 * one byte and, beside it, the descriptor of a connection on which nothing was asked yet (SCM_RIGHTS); the answer is one line: "OK " and
 * the link, or "NO " and why. Anybody may come: what counts is whom the broker knows at the other end of the connection. */
#ifndef DOOR_LOGIN_H
#define DOOR_LOGIN_H

#include "door.h"

struct login_options {
	const char *path;    /* of the socket; mode 0666: the folder says who comes near */
	const char *control; /* the broker's: only a connection to who listens there is taken */
	struct door *door;   /* must live longer */
};
struct login;
/* Listens on a thread of its own. LT_EINVAL, LT_EIO, LT_ENOMEM; error gets one line for a person. */
enum lt_err login_new(const struct login_options *options, struct login **out, char *error, size_t error_size);
void login_free(struct login *login); /* NULL is fine */

#endif
