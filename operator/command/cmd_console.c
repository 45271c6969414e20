/* cmd_console.c: `lienthong console login`: brings a connection to the broker to the console, and gets an address for it. The broker knows the
 * connection's user by the kernel's word, whoever holds it later; so the console needs no right of its own to act for anybody. */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli_output.h"
#include "cli/control_client.h"

#define INSTALLED "/run/lienthong-console/login.sock"
#define LINE_MAX 512
#define ANSWER_SECONDS 10

static const char *socket_path(const struct cli *cli, char out[CLI_PATH_MAX])
{
	if (cli->console)
		return cli->console;
	if (cli->sandbox)
		return cli_path(out, cli->sandbox, "console/login.sock");
	return cli->env_console && *cli->env_console ? cli->env_console : INSTALLED;
}

static int connect_to(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = ANSWER_SECONDS };
	if (strlen(path) >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	int why = errno;
	if (fd >= 0)
		close(fd);
	errno = why;
	return -1;
}

/* One byte, and beside it the descriptor. */
static bool send_connection(int console, int connection)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { .iov_base = (char[]){ 'L' }, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)
	};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &connection, sizeof(connection));
	return sendmsg(console, &message, MSG_NOSIGNAL) == 1;
}

static bool read_line(int fd, char out[LINE_MAX])
{
	size_t len = 0;
	while (len + 1 < LINE_MAX) {
		ssize_t n = recv(fd, out + len, LINE_MAX - 1 - len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
		if (out[len - 1] == '\n') {
			out[len - 1] = '\0';
			return true;
		}
	}
	return false;
}

static int show(const struct cli *cli, const char *line)
{
	if (strncmp(line, "OK ", 3) != 0)
		return say_fail(EX_NOPERM, "the console does not let you in: %s",
				strncmp(line, "NO ", 3) == 0 ? line + 3 : line);
	if (cli->json)
		return output_json(json_pack("{s:s, s:i}", "address", line + 3, "seconds", 600));
	printf("%s\n", line + 3);
	fprintf(stderr, "good once, for 10 minutes\n");
	return EX_OK;
}

int cmd_console_login(struct cli *cli)
{
	char path[CLI_PATH_MAX], line[LINE_MAX] = "";
	struct control_client *control = NULL;
	const char *where = socket_path(cli, path);
	int code = control_open(cli, &control);
	if (code != EX_OK)
		return code;
	int connection = control_take_socket(control), console = connect_to(where);
	if (console < 0)
		code = say_fail(EX_UNAVAILABLE, "no console at %s: %s; give --console PATH or --sandbox DIR", where,
				strerror(errno));
	else if (!send_connection(console, connection) || !read_line(console, line))
		code = say_fail(EX_UNAVAILABLE, "the console at %s gave no answer", where);
	else
		code = show(cli, line);
	close(connection);
	if (console >= 0)
		close(console);
	return code;
}
