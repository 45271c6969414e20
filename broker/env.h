/* env.h: the real clocks and the kernel's random bytes behind struct env. START only. */
#ifndef BROKER_ENV_H
#define BROKER_ENV_H

#include "broker.h"

struct env env_real(void);

#endif
