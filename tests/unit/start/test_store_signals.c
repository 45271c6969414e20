/* A fault inside of LMDB has a name; one elsewhere is as it was. */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "start/store_signals.h"
#include "store/store.h"
#include "store/store_guard.h"
#include "store/store_keys.h"

enum { ROWS = 500 };

struct fixture {
	char path[64], file[80];
	struct store *store;
};

/* A store whose file ends behind its first pages. */
static void begin(struct fixture *f)
{
	strcpy(f->path, "/tmp/lt-signals-XXXXXX");
	assert_non_null(mkdtemp(f->path));
	snprintf(f->file, sizeof(f->file), "%s/data.mdb", f->path);
	struct store_options options = { .path = f->path, .map_bytes = 64 << 20, .create = true };
	assert_int_equal(store_open(&options, &f->store), LT_OK);
	for (uint64_t i = 1; i <= ROWS; i++) {
		uint8_t value[400] = { 0 };
		struct store_key key = { 0 };
		store_key_add_u64(&key, i);
		store_put(f->store, STORE_DOSSIER, store_key_bytes(&key), lt_bytes(value, sizeof(value)));
	}
	store_mark(f->store, 1);
	store_committed(f->store, 1);
	assert_int_equal(store_flush_now(f->store), LT_OK);
	assert_int_equal(truncate(f->file, 2 * 4096), 0);
}

static void end(struct fixture *f)
{
	char command[100];
	store_close(f->store);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->path);
	assert_int_equal(system(command), 0);
}

static void read_all(void *ctx)
{
	struct fixture *f = ctx;
	struct lt_bytes value;
	for (uint64_t i = 1; i <= ROWS; i++) {
		struct store_key key = { 0 };
		store_key_add_u64(&key, i);
		store_get(f->store, STORE_DOSSIER, store_key_bytes(&key), &value);
	}
}

/* cmocka has these signals in each test. */
static void install(void)
{
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	store_signals_install();
}

static int status_of(void (*work)(void *ctx), void *ctx, char *said, size_t size)
{
	int fds[2], status;
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(fds[1], STDERR_FILENO);
		install();
		work(ctx);
		_exit(0);
	}
	close(fds[1]);
	ssize_t len = read(fds[0], said, size - 1);
	said[len > 0 ? len : 0] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void inside(void **state)
{
	struct fixture f;
	char said[2000];
	(void)state;
	begin(&f);
	int status = status_of(read_all, &f, said, sizeof(said));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EX_DATAERR);
	assert_non_null(strstr(said, "LMDB"));
	assert_non_null(strstr(said, "lienthong store rebuild"));
	install();
	assert_false(store_guard_try(read_all, &f)); /* a tool goes on without it */
	end(&f);
}

static void raise_fault(void *ctx)
{
	(void)ctx;
	raise(SIGBUS);
}

static void elsewhere(void **state)
{
	char said[2000];
	(void)state;
	int status = status_of(raise_fault, NULL, said, sizeof(said));
	assert_false(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EX_DATAERR));
	assert_null(strstr(said, "store rebuild"));
}

TEST_MAIN(cmocka_unit_test(inside), cmocka_unit_test(elsewhere))
