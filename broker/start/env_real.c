/* env_real.c: the only clocks and the only randomness of the broker. */
#include "env_real.h"

#include <sys/random.h>
#include <sys/timex.h>
#include <time.h>

#include "program/log.h"

static int64_t read_clock(clockid_t clock)
{
	struct timespec at;
	LT_ASSERT(clock_gettime(clock, &at) == 0);
	return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static int64_t real_now(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_REALTIME);
}

static int64_t real_boottime(void *ctx)
{
	(void)ctx;
	return read_clock(CLOCK_BOOTTIME);
}

static void real_random(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	while (len > 0) {
		ssize_t got = getrandom(out, len, 0);
		LT_ASSERT(got > 0);
		out += got;
		len -= (size_t)got;
	}
}

/* A clock that is set by hand loses its mark at once; who keeps it (NTP, PTP) sets the mark again. */
static bool real_synchronised(void *ctx, int64_t *kernel)
{
	struct timex timex = { .modes = 0 };
	int state = adjtimex(&timex);
	(void)ctx;
	*kernel = (int64_t)timex.time.tv_sec * 1000000 +
		  (timex.status & STA_NANO ? timex.time.tv_usec / 1000 : timex.time.tv_usec);
	return state >= 0 && state != TIME_ERROR && !(timex.status & STA_UNSYNC);
}

struct env env_real(void)
{
	return (struct env){
		.now = real_now, .boottime = real_boottime, .random = real_random, .synchronised = real_synchronised
	};
}
