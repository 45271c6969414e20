/* env_real.h: the real clocks and the kernel's random bytes behind struct env. START only. */
#ifndef START_ENV_REAL_H
#define START_ENV_REAL_H

#include "queue/env.h"

/* clock is NULL: who starts a broker gives it one, and takes `synchronised` out when the configuration says so. */
struct env env_real(void);

#endif
