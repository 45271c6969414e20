/* env_real.h: the real clocks and the kernel's random bytes behind struct env. START only. */
#ifndef START_ENV_REAL_H
#define START_ENV_REAL_H

#include "queue/env.h"

struct env env_real(void);

#endif
