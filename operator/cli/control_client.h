/* control_client.h: asks the broker over its local control socket: one ControlRequest, one ControlAnswer.
 * Every function says on standard error what is wrong and returns an exit code. One thread. */
#ifndef CLI_CONTROL_CLIENT_H
#define CLI_CONTROL_CLIENT_H

#include "cli.h"
#include "control/control_line.h"
#include "record/record.h"
#include "record/control.h"

struct control_client;
/* The path of the socket that is asked: --control, --sandbox, $LIENTHONG_CONTROL, ./broker/control.sock. Lives as cli does. */
const char *control_where(struct cli *cli);
/* Finds the socket (--control, --sandbox, $LIENTHONG_CONTROL, ./broker/control.sock) and connects.
 * EX_UNAVAILABLE when nobody listens there, EX_NOPERM when we may not. */
int control_open(struct cli *cli,
		 struct control_client **out); /* with --dry-run no act is done over it, whoever asks for one */
/* Over a connection that is lent: control_close leaves it open; after an error it is over, and *line is NULL then. */
int control_lend(struct control_line **line, struct control_client **out);
void control_close(struct control_client *control);
/* The connection alone, for another process; the client is closed. */
int control_take_socket(struct control_client *control);
/* Sends one request and waits. Answers live until control_close. A refusal is said, and its exit code is
 * EX_NOINPUT for things that are not there, EX_TEMPFAIL when it may work later, EX_OK when it was so already (then
 * out->type is 0), EX_USAGE for what was left out, else EX_DATAERR. */
int control_call(struct control_client *control, const struct lt_control_request *request,
		 struct lt_control_answer *out);
/* One question, one answer: connects, asks, hands the answer to `show`, and closes. `show` may ask more. */
typedef int control_show(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer);
int control_ask(struct cli *cli, const struct lt_control_request *request, control_show *show);
/* Ends the life of all answers so far: for commands that ask thousands of questions. */
void control_forget(struct control_client *control);

/* The directory in force: without its signature checked, as it comes from our own broker over a private socket. */
struct lt_directory;
int control_directory(struct control_client *control, struct lt_directory **out);
/* The signed bytes of a version; 0: of the one in force. They live until the next call. */
int control_directory_bytes(struct control_client *control, uint64_t version, struct lt_bytes *out);
/* DEFINE with operator and reason of the command line. */
int control_define(struct cli *cli, struct control_client *control, enum lt_definition type, struct lt_bytes data,
		   struct lt_control_answer *out);
/* ADMIN likewise: act, subject and what belongs to them are filled. */
int control_admin_of(struct cli *cli, struct control_client *control, const struct lt_admin_command *admin,
		     struct lt_control_answer *out);
int control_admin_number(struct cli *cli, struct control_client *control, enum lt_admin_act act, const char *subject,
			 uint64_t number, struct lt_control_answer *out);
int control_admin(struct cli *cli, struct control_client *control, enum lt_admin_act act, const char *subject,
		  struct lt_control_answer *out);
/* Prints what an act's answer says: record, time, version; with --dry-run that it would be done; nothing when it is so already. Fits
 * control_ask. */
control_show control_show_act;

/* An act about the first argument, from connection to close, with operator, reason and --dry-run of the command line (the broker only
 * checks then). confirm: the command by which another user confirms it, which is said; NULL: nobody has to. */
int control_act(struct cli *cli, struct lt_admin_command *admin, const char *confirm);

#endif
