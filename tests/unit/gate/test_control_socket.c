/* The operators' socket: frames, one request in work, who asks, and what a client may not do. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gate/control_socket.h"
#include "record/control.h"

struct fixture {
	char folder[64], path[96];
	struct control_socket *socket;
	int64_t now;
	unsigned taken;
	uint64_t client;
	struct control_peer peer;
	size_t len;
};

static void open_fixture(struct fixture *f)
{
	char error[200] = "";
	memset(f, 0, sizeof *f);
	strcpy(f->folder, "/tmp/lt-control-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof f->path, "%s/s", f->folder);
	assert_int_equal(control_socket_open(f->path, &f->socket, error, sizeof error), LT_OK);
	f->now = 1000000;
}

static void close_fixture(struct fixture *f)
{
	struct stat st;
	control_socket_close(f->socket);
	assert_int_equal(stat(f->path, &st), -1);
	rmdir(f->folder);
}

static void take(void *ctx, uint64_t client, const struct control_peer *peer, struct lt_bytes request)
{
	struct fixture *f = ctx;
	f->taken++;
	f->client = client;
	f->peer = *peer;
	f->len = request.len;
}

static void serve(struct fixture *f, unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++)
		control_socket_serve(f->socket, -1, 0, f->now, take, f);
}

static int connect_to(const struct fixture *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	strcpy(address.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static bool is_closed(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN);
}

static void one_request_in_work(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f);
	int fd = connect_to(&f);
	assert_int_equal(send(fd, "\3\0\0\0abc\2\0\0\0de", 13, 0), 13);
	serve(&f, 5);
	assert_int_equal(f.taken, 1);
	assert_int_equal(f.len, 3);
	assert_int_equal(f.peer.uid, getuid());
	assert_int_equal(f.peer.pid, getpid());
	control_socket_answer(f.socket, f.client, lt_bytes("xy", 2));
	control_socket_answer(f.socket, f.client, lt_bytes("zz", 2)); /* one answer */
	serve(&f, 3);
	assert_int_equal(f.taken, 2);
	assert_int_equal(f.len, 2);
	char answer[16];
	assert_int_equal(recv(fd, answer, sizeof answer, 0), 6);
	assert_memory_equal(answer, "\2\0\0\0xy", 6);
	/* Who has gone hears nothing, and the next one in its place neither. */
	close(fd);
	serve(&f, 2);
	fd = connect_to(&f);
	serve(&f, 2);
	control_socket_answer(f.socket, f.client, lt_bytes("xy", 2));
	assert_int_equal(recv(fd, answer, sizeof answer, 0), -1);
	close(fd);
	close_fixture(&f);
}

static void half_requests_end(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f);
	int half = connect_to(&f), idle = connect_to(&f), large = connect_to(&f);
	assert_int_equal(send(half, "\3\0\0\0a", 5, 0), 5);
	assert_int_equal(send(large, "\xff\xff\xff\x7f", 4, 0), 4);
	serve(&f, 6);
	char answer[256];
	assert_true(recv(large, answer, sizeof answer, 0) > 4); /* FRAME_TOO_LARGE, and no more */
	assert_true(is_closed(large));
	f.now += (int64_t)CONTROL_HALF_FRAME_MS * 1000 + 1;
	serve(&f, 1);
	assert_true(is_closed(half));
	assert_false(is_closed(idle));
	assert_int_equal(f.taken, 0);
	close(half);
	close(idle);
	close(large);
	close_fixture(&f);
}

static void idle_clients_make_room(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f);
	int fds[CONTROL_CLIENTS];
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		fds[i] = connect_to(&f);
		f.now++;
		serve(&f, 1);
	}
	/* Those that are in the middle of something stay. */
	assert_int_equal(send(fds[0], "\3\0\0\0a", 5, 0), 5);
	serve(&f, 1);
	int late = connect_to(&f);
	serve(&f, 1);
	assert_int_equal(send(late, "\1\0\0\0q", 5, 0), 5);
	serve(&f, 1);
	assert_int_equal(f.taken, 1);
	assert_false(is_closed(fds[0]));
	assert_true(is_closed(fds[1]));
	assert_false(is_closed(fds[2]));
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		close(fds[i]);
	close(late);
	close_fixture(&f);
}

/* All in one turn, at one time: the newest stay. */
static void a_crowd_puts_out_its_oldest(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f);
	enum { CROWD = 2 * CONTROL_CLIENTS };
	int fds[CROWD];
	for (int i = 0; i < CROWD; i++)
		fds[i] = connect_to(&f);
	serve(&f, CROWD);
	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(is_closed(fds[i]), i < CROWD - CONTROL_CLIENTS);
		close(fds[i]);
	}
	close_fixture(&f);
}

static void bytes_are_bounded(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f);
	enum { PIECE = 1 << 20 };
	char *piece = calloc(1, PIECE);
	int fds[3];
	size_t held = 0;
	bool refused = false;
	for (int i = 0; i < 3; i++) {
		fds[i] = connect_to(&f);
		assert_int_equal(send(fds[i], "\0\0\0\4", 4, 0), 4); /* 64 MiB are to come */
		serve(&f, 2);
		for (size_t sent = 0; sent < (60u << 20) && !refused;) {
			ssize_t n = send(fds[i], piece, PIECE, MSG_NOSIGNAL);
			serve(&f, 1);
			refused = n < 0 && errno != EAGAIN;
			sent += n > 0 ? (size_t)n : 0;
			held += n > 0 ? (size_t)n : 0;
		}
	}
	assert_true(refused);
	assert_true(held <= CONTROL_BYTES_MAX + (4u << 20));
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	free(piece);
	close_fixture(&f);
}

static void files_in_the_way(void **state)
{
	(void)state;
	struct fixture f;
	struct control_socket *second = NULL;
	char error[200] = "", path[200];
	struct stat st;
	open_fixture(&f);
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(control_socket_open(f.path, &second, error, sizeof error), LT_EEXIST); /* it lives */
	/* A file that a dead broker left is replaced; a file that is no socket is not. */
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(address.sun_path, sizeof address.sun_path, "%s/old", f.folder);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	assert_int_equal(control_socket_open(address.sun_path, &second, error, sizeof error), LT_OK);
	control_socket_close(second);
	fd = open(address.sun_path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(control_socket_open(address.sun_path, &second, error, sizeof error), LT_EEXIST);
	unlink(address.sun_path);
	snprintf(path, sizeof path, "%s/%0110d", f.folder, 0);
	assert_int_equal(control_socket_open(path, &second, error, sizeof error), LT_EINVAL);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_request_in_work),    cmocka_unit_test(half_requests_end),
		cmocka_unit_test(idle_clients_make_room), cmocka_unit_test(a_crowd_puts_out_its_oldest),
		cmocka_unit_test(bytes_are_bounded),      cmocka_unit_test(files_in_the_way)
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
