/* What a link client must not do to the process that it lives in: neither few descriptors, nor a peer that breaks off, nor
 * options that make no sense end it; each is an error, or a link that is not ready. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lienthong/link.h>
#include <lienthong/time.h>

#include "testpki.h"

#define NOW INT64_C(1795507200000000)

struct fixture {
	struct testpki *pki;
	struct lt_signer *signer;
	struct lt_link_agency agency;
	struct lt_link_options options;
};

static enum lt_err try_new(const struct lt_link_options *options)
{
	static const struct lt_link_events events;
	struct lt_link_client *client = NULL;
	enum lt_err err = lt_link_client_new(options, &events, NULL, &client);
	assert_int_equal(client != NULL, err == LT_OK);
	lt_link_client_free(client);
	return err;
}

static void options_that_make_no_sense(void **state)
{
	struct fixture *f = *state;
	struct lt_link_options options = f->options;
	assert_int_equal(try_new(&options), LT_OK);
	options.endpoint = NULL;
	assert_int_equal(try_new(&options), LT_EINVAL);
	options.endpoint = "pgm://127.0.0.1:1";
	assert_int_equal(try_new(&options), LT_EINVAL);
	options = f->options;
	options.domain = NULL;
	assert_int_equal(try_new(&options), LT_EINVAL);
	options = f->options;
	options.agency_count = 0;
	assert_int_equal(try_new(&options), LT_EINVAL);
	options = f->options;
	char software[102];
	memset(software, 'a', 101);
	software[101] = 0;
	options.software = software;
	assert_int_equal(try_new(&options), LT_EINVAL);
	software[100] = 0;
	assert_int_equal(try_new(&options), LT_OK);
	options = f->options;
	options.endpoint = "tcp://10.0.0.1:1";
	options.plain = true;
	assert_int_equal(try_new(&options), LT_EINVAL);
	options = f->options;
	struct lt_link_agency nobody = { .code = "nobody", .signer = f->signer };
	options.agencies = &nobody;
	assert_int_equal(try_new(&options), LT_EINVAL);
}

/* With every number of free descriptors there is a client or an error. */
static void few_descriptors(void **state)
{
	struct fixture *f = *state;
	struct rlimit limit;
	bool refused = false, taken = false;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	int next = fcntl(0, F_DUPFD, 0);
	assert_true(next >= 0);
	close(next);
	for (rlim_t more = 0; more < 40; more++) {
		struct rlimit low = { .rlim_cur = (rlim_t)next + more, .rlim_max = limit.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
		enum lt_err err = try_new(&f->options);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		refused |= err != LT_OK;
		taken |= err == LT_OK;
		assert_true(err == LT_OK || err == LT_EFULL || err == LT_EIO);
		assert_true(err == LT_OK || !taken);
	}
	assert_true(refused && taken);
}

/* The limit falls when the client is there already: it finds no descriptor for its sockets, and tries again. */
static void descriptors_run_out_later(void **state)
{
	struct fixture *f = *state;
	static const struct lt_link_events events;
	struct lt_link_client *client;
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	int next = fcntl(0, F_DUPFD, 0);
	close(next);
	for (int more = 0; more < 12; more++) {
		assert_int_equal(lt_link_client_new(&f->options, &events, NULL, &client), LT_OK);
		struct rlimit low = { .rlim_cur = (rlim_t)(next + more), .rlim_max = limit.rlim_max };
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
		for (int i = 0; i < 3; i++)
			assert_int_equal(lt_link_client_poll(client, -1, 20), LT_OK);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_false(lt_link_client_ready(client));
		lt_link_client_free(client);
	}
}

struct rude {
	int socket;
	_Atomic int taken;
};

/* Takes a connection and breaks it off with RST, so that what the client writes next meets a dead socket. */
static void *be_rude(void *arg)
{
	struct rude *rude = arg;
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	for (;;) {
		int peer = accept(rude->socket, NULL, NULL);
		if (peer < 0)
			return NULL;
		setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof now);
		close(peer);
		rude->taken++;
	}
}

static void a_peer_that_breaks_off(void **state)
{
	struct fixture *f = *state;
	struct rude rude = { .socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	pthread_t thread;
	assert_int_equal(bind(rude.socket, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(rude.socket, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(listen(rude.socket, 8), 0);
	assert_int_equal(pthread_create(&thread, NULL, be_rude, &rude), 0);
	char endpoint[40];
	snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", ntohs(address.sin_port));
	struct lt_link_options options = f->options;
	options.endpoint = endpoint;
	static const struct lt_link_events events;
	struct lt_link_client *client;
	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	assert_int_equal(lt_link_client_new(&options, &events, NULL, &client), LT_OK);
	int64_t end = lt_time_now() + 20000000;
	while (rude.taken < 4 && lt_time_now() < end)
		assert_int_equal(lt_link_client_poll(client, -1, 20), LT_OK);
	assert_true(rude.taken >= 4);
	assert_false(lt_link_client_ready(client));
	lt_link_client_free(client);
	shutdown(rude.socket, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(rude.socket);
}

static void nothing_without_a_session(void **state)
{
	struct fixture *f = *state;
	static const struct lt_link_events events;
	struct lt_link_client *client;
	uint32_t envelopes;
	uint64_t bytes;
	const struct lt_envelope envelope = { 0 };
	assert_int_equal(lt_link_client_new(&f->options, &events, NULL, &client), LT_OK);
	assert_int_equal(lt_link_client_submit(client, &envelope, 1), LT_EAGAIN);
	assert_int_equal(lt_link_client_directory(client), LT_EAGAIN);
	assert_int_equal(lt_link_client_query(client, "H37.24", "H37.24-20261124-0000001", 0, 1), LT_EAGAIN);
	assert_int_equal(lt_link_client_received(client, "H37.11", 1), LT_ENOENT);
	assert_int_equal(lt_link_client_received(client, "H37.24", 1), LT_OK);
	lt_link_client_credit(client, &envelopes, &bytes);
	assert_true(envelopes == 0 && bytes == 0);
	lt_link_client_free(client);
	lt_link_client_free(NULL);
}

static int set_up(void **state)
{
	static struct fixture f;
	f.pki = testpki_new(NOW);
	f.signer = testpki_signer(testpki_issue(f.pki, "H37.24", NULL), false);
	f.agency = (struct lt_link_agency){ .code = "H37.24", .signer = f.signer };
	f.options = (struct lt_link_options){ .endpoint = "tcp://127.0.0.1:1",
					      .domain = "lienthong.sandbox.vn",
					      .agency_count = 1,
					      .agencies = &f.agency };
	struct lt_curve_key broker;
	*state = &f;
	if (lt_curve_new(&f.options.key) || lt_curve_new(&broker))
		return 1;
	memcpy(f.options.broker_key, broker.public_key, 32);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	lt_signer_free(f->signer);
	testpki_free(f->pki);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_that_make_no_sense), cmocka_unit_test(few_descriptors),
		cmocka_unit_test(descriptors_run_out_later),  cmocka_unit_test(a_peer_that_breaks_off),
		cmocka_unit_test(nothing_without_a_session),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
