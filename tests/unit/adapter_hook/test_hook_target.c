/* test_hook_target.c: where a webhook may go, whatever its name resolves to. */
#include "test.h"

#include "hook/hook_target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool held(const char *networks, const char *address)
{
	struct hook_networks list;
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char error[128];
	assert_int_equal(hook_networks_read(networks, &list, error, sizeof(error)), LT_OK);
	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return hook_networks_hold(&list, (struct sockaddr *)&v4, sizeof(v4));
	assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
	return hook_networks_hold(&list, (struct sockaddr *)&v6, sizeof(v6));
}

static void test_networks(void **state)
{
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0/8",    "::1/129",    "host",
					   "10.0.0.0/",   "10.0.0.0/8x", "10.0.0.0/-1" };
	struct hook_networks list;
	struct {
		sa_family_t family;
	} local = { AF_UNIX };
	char error[128];
	(void)state;
	assert_true(held(NULL, "127.0.0.1") && held("", "127.8.8.8") && held(NULL, "::1") &&
		    held(NULL, "::ffff:127.0.0.1"));
	assert_false(held(NULL, "128.0.0.1") || held(NULL, "10.0.0.1") || held(NULL, "::2") ||
		     held(NULL, "::127.0.0.1"));
	assert_true(held("10.0.0.0/8, 192.168.3.4", "10.255.0.1") && held("10.0.0.0/8 192.168.3.4", "192.168.3.4"));
	assert_false(held("10.0.0.0/8,192.168.3.4", "192.168.3.5") || held("10.0.0.0/8", "127.0.0.1"));
	assert_true(held("169.254.0.0/17", "169.254.127.1") && !held("169.254.0.0/17", "169.254.128.1"));
	assert_true(held("fd00::/8", "fdab::1") && !held("fd00::/8", "fc00::1") && held("0.0.0.0/0", "8.8.8.8"));
	assert_false(held("0.0.0.0/0", "2001:db8::1"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hook_networks_read(bad[i], &list, error, sizeof(error)), LT_EINVAL);
	assert_int_equal(hook_networks_read("0.0.0.0/0", &list, error, sizeof(error)), LT_OK);
	assert_false(hook_networks_hold(&list, (struct sockaddr *)&local, sizeof(local)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_networks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
