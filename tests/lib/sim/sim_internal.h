#ifndef TESTS_SIM_INTERNAL_H
#define TESTS_SIM_INTERNAL_H

#include "test.h"

#include "sim.h"

void sim_genesis(struct sim *sim);
void sim_part_bytes(uint8_t *out, size_t len); /* of the one part of an act */
void sim_publish(void *ctx, struct rulebook *rulebook);

#endif
