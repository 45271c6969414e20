/* login.c: a connection comes in, the broker says whose it is, a link goes out. */
#include "login.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "program/log.h"

#define BACKLOG 16
#define CLIENT_SECONDS 2 /* for its message: one byte that is there already */
#define BROKER_SECONDS 5 /* for an answer of the broker */
#define ARENA_MAX (16u << 20)
#define LINE_MAX 512

struct login {
	struct login_options options;
	int socket, stop;
	pthread_t thread;
	bool running;
};

static int open_socket(const char *path, char *error, size_t size)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;
	if (strlen(path) >= sizeof(at.sun_path)) {
		snprintf(error, size, "login %.300s: the path is too long for a socket", path);
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path); /* left by a kill; the projection's own lock tells whether another console runs */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && chmod(path, 0666) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	snprintf(error, size, "login %.300s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The descriptor that came with the one byte; -1: none, or more than one. */
static int receive(int client)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(4 * sizeof(int))];
	} control;
	char byte;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	int found = -1;
	size_t count = 0;
	if (recvmsg(client, &message, MSG_CMSG_CLOEXEC) < 1)
		return -1;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= part->cmsg_len; at += sizeof(int)) {
			int fd;
			memcpy(&fd, (const char *)part + at, sizeof(fd));
			if (count++ == 0)
				found = fd;
			else
				close(fd);
		}
	}
	if (count == 1 && !(message.msg_flags & MSG_CTRUNC))
		return found;
	if (found >= 0)
		close(found);
	return -1;
}

/* Whether both lead to one listener: to the broker of this console, not to somebody who plays it. */
static bool same_broker(const struct login *login, const struct control_line *line)
{
	struct control_line *own = NULL;
	int32_t pid = 0, own_pid = 0;
	uint32_t uid = 0, own_uid = 0;
	if (control_line_open(login->options.control, BROKER_SECONDS, &own))
		return false;
	bool same = control_line_listener(own, &own_pid, &own_uid) && control_line_listener(line, &pid, &uid) &&
		    pid == own_pid && uid == own_uid;
	control_line_close(own);
	return same;
}

/* Takes the line. What is said is one line for the caller. */
static void offer(struct login *login, struct control_line *line, char said[LINE_MAX])
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct lt_control_answer answer = { 0 };
	struct lt_refusal refusal = { 0 };
	struct lt_buf bytes = { 0 };
	struct lt_arena *arena = NULL;
	char key[SESSION_KEY_TEXT];
	enum lt_err err = lt_arena_new(ARENA_MAX, &arena);
	if (!err)
		err = control_line_call(line, &request, arena, &bytes, &answer, &refusal);
	if (err) {
		snprintf(said, LINE_MAX, "NO the broker does not answer: %s", lt_err_text(err));
	} else if (answer.reason) {
		snprintf(said, LINE_MAX, "NO %s: %.300s", lt_reason_name(answer.reason), answer.detail);
	} else {
		const struct lt_asker *who = &answer.status.asker;
		char name[64];
		if (who->login[0])
			snprintf(name, sizeof(name), "%.63s", who->login);
		else
			snprintf(name, sizeof(name), "%u", (unsigned)who->uid);
		bool good = sessions_offer(door_sessions(login->options.door), name, who->uid, who->roles, line, key);
		line = NULL;
		if (good)
			snprintf(said, LINE_MAX, "OK %.300s/login?key=%s", door_address(login->options.door), key);
		else
			snprintf(said, LINE_MAX, "NO the console is out of memory");
		if (good)
			lt_log(LT_LOG_NOTICE, "link offered", "login", name, "uid", lt_log_u64(who->uid), NULL);
		explicit_bzero(key, sizeof(key));
	}
	control_line_close(line);
	lt_arena_free(arena);
	lt_buf_fini(&bytes);
}

static void serve(struct login *login, int client)
{
	struct timeval wait = { .tv_sec = CLIENT_SECONDS };
	struct control_line *line = NULL;
	char said[LINE_MAX] = "";
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	int fd = receive(client);
	if (fd < 0 || control_line_adopt(fd, BROKER_SECONDS, &line)) {
		snprintf(said, sizeof(said), "NO a connection to the broker must come with the message");
	} else if (!same_broker(login, line)) {
		control_line_close(line);
		snprintf(said, sizeof(said), "NO that is no connection to this console's broker (%.300s)",
			 login->options.control);
	} else {
		offer(login, line, said);
	}
	size_t len = strlen(said);
	said[len++] = '\n';
	(void)!send(client, said, len, MSG_NOSIGNAL);
	explicit_bzero(said, sizeof(said));
}

static void *run(void *arg)
{
	struct login *login = arg;
	struct pollfd items[] = { { .fd = login->socket, .events = POLLIN }, { .fd = login->stop, .events = POLLIN } };
	while (poll(items, 2, -1) >= 0 || errno == EINTR) {
		if (items[1].revents)
			break;
		int client = items[0].revents ? accept4(login->socket, NULL, NULL, SOCK_CLOEXEC) : -1;
		if (client < 0)
			continue;
		serve(login, client);
		close(client);
	}
	return NULL;
}

enum lt_err login_new(const struct login_options *options, struct login **out, char *error, size_t error_size)
{
	struct login *login = calloc(1, sizeof(*login));
	if (!login)
		return LT_ENOMEM;
	login->options = *options;
	login->stop = eventfd(0, EFD_CLOEXEC);
	login->socket = open_socket(options->path, error, error_size);
	enum lt_err err = login->socket < 0 ? LT_EINVAL : login->stop < 0 ? LT_EIO : LT_OK;
	if (!err && pthread_create(&login->thread, NULL, run, login) != 0)
		err = LT_EIO;
	login->running = !err;
	if (err) {
		login_free(login);
		return err;
	}
	*out = login;
	return LT_OK;
}

void login_free(struct login *login)
{
	uint64_t one = 1;
	if (!login)
		return;
	if (login->running && write(login->stop, &one, sizeof(one)) == (ssize_t)sizeof(one))
		pthread_join(login->thread, NULL);
	if (login->socket >= 0) {
		close(login->socket);
		unlink(login->options.path);
	}
	if (login->stop >= 0)
		close(login->stop);
	free(login);
}
