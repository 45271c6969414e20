#include "engine_internal.h"

#include <string.h>

void engine_incarnation(const struct engine *engine, uint8_t out[16])
{
	memcpy(out, engine->state.incarnation, sizeof engine->state.incarnation);
}
