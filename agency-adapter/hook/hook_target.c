/* hook_target.c: addresses against networks. */
#include "hook_target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAPPED_BITS 96u /* before an IPv4 address in an IPv6 one */
#define LOOPBACK "127.0.0.0/8, ::1"

static void map(const void *v4, uint8_t out[16])
{
	memset(out, 0, 10);
	memset(out + 10, 0xff, 2);
	memcpy(out + 12, v4, 4);
}

static bool read_network(char *text, struct hook_networks *out)
{
	uint8_t v4[4], *address = out->list[out->count].address;
	char *slash = strchr(text, '/'), *end = NULL;
	unsigned most = 128;
	if (slash)
		*slash++ = '\0';
	if (inet_pton(AF_INET, text, v4) == 1) {
		map(v4, address);
		most = 32;
	} else if (inet_pton(AF_INET6, text, address) != 1) {
		return false;
	}
	unsigned long bits = slash ? strtoul(slash, &end, 10) : most;
	if (slash && (*slash < '0' || *slash > '9' || *end))
		return false;
	if (bits > most)
		return false;
	out->list[out->count++].bits = (unsigned)bits + (128 - most);
	return true;
}

enum lt_err hook_networks_read(const char *text, struct hook_networks *out, char *error, size_t error_size)
{
	char *rest = NULL, *copy = strdup(text && *text ? text : LOOPBACK);
	enum lt_err err = copy ? LT_OK : LT_ENOMEM;
	*out = (struct hook_networks){ 0 };
	for (char *one = copy ? strtok_r(copy, ", \t", &rest) : NULL; one && !err;
	     one = strtok_r(NULL, ", \t", &rest)) {
		char shown[64];
		lt_text_clean(one, shown, sizeof(shown));
		if (out->count == HOOK_NETWORKS_MAX || !read_network(one, out)) {
			snprintf(error, error_size, "a network, as 10.0.0.0/8 or fd00::/8, at most %u: %s",
				 HOOK_NETWORKS_MAX, shown);
			err = LT_EINVAL;
		}
	}
	free(copy);
	return err;
}

static bool plain(const struct sockaddr *address, socklen_t len, uint8_t out[16])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	if (len >= sizeof(v4) && address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		map(&v4.sin_addr, out);
		return true;
	}
	if (len < sizeof(v6) || address->sa_family != AF_INET6)
		return false;
	memcpy(&v6, address, sizeof(v6));
	memcpy(out, &v6.sin6_addr, 16);
	return true;
}

static bool same_bits(const uint8_t a[16], const uint8_t b[16], unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool hook_networks_hold(const struct hook_networks *networks, const struct sockaddr *address, socklen_t len)
{
	uint8_t bytes[16];
	bool held = false;
	if (!plain(address, len, bytes))
		return false;
	for (size_t i = 0; i < networks->count && !held; i++)
		held = same_bits(networks->list[i].address, bytes, networks->list[i].bits);
	return held;
}

bool hook_is_loopback(const struct sockaddr *address, socklen_t len)
{
	struct hook_networks loopback;
	char ignored[128];
	return !hook_networks_read(NULL, &loopback, ignored, sizeof(ignored)) &&
	       hook_networks_hold(&loopback, address, len);
}
