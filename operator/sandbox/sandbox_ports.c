/* sandbox_ports.c: free ports, found by binding. They lie below the range that the kernel hands out to clients, and the
 * search starts at a random place, so that two sandboxes that are made at once rarely meet. */
#include "sandbox.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT_FIRST 10240u
#define PORT_COUNT 22000u

static int bind_port(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

enum lt_err sandbox_ports_find(uint16_t *out, size_t count)
{
	uint32_t start;
	size_t found = 0;
	if (getrandom(&start, sizeof(start), 0) != sizeof(start))
		return LT_EIO;
	for (uint32_t i = 0; i < PORT_COUNT && found < count; i++) {
		uint16_t port = (uint16_t)(PORT_FIRST + (start + i) % PORT_COUNT);
		int fd = bind_port(port);
		if (fd < 0)
			continue;
		out[found++] = port;
		close(fd);
	}
	return found == count ? LT_OK : LT_EAGAIN;
}
