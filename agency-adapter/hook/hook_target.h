/* hook_target.h: where a webhook may go: to the networks that the configuration names and nowhere else, whatever a name resolves to.
 * Pure. */
#ifndef ADAPTER_HOOK_TARGET_H
#define ADAPTER_HOOK_TARGET_H

#include <lienthong/base.h>

#include <sys/socket.h>

#define HOOK_NETWORKS_MAX 16u
struct hook_networks {
	size_t count;
	struct {
		uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
		unsigned bits;       /* of the 128 */
	} list[HOOK_NETWORKS_MAX];
};
/* "10.0.0.0/8, 192.168.3.4, fd00::/8"; NULL or "": the loopback. LT_EINVAL with what is wrong. */
enum lt_err hook_networks_read(const char *text, struct hook_networks *out, char *error, size_t error_size);
bool hook_networks_hold(const struct hook_networks *networks, const struct sockaddr *address, socklen_t len);
bool hook_is_loopback(const struct sockaddr *address, socklen_t len);

#endif
