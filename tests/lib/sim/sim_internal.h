#ifndef TESTS_SIM_INTERNAL_H
#define TESTS_SIM_INTERNAL_H

/* clang-format off: cmocka needs these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include "sim.h"

void sim_genesis(struct sim *sim);
void sim_publish(void *ctx, struct rulebook *rulebook);

#endif
