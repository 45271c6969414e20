/* state_damage.c: what the store does not give, as the rules ask for it. */
#include "state.h"

#include <stdarg.h>
#include <stdio.h>

#include "store/store_guard.h"

uint64_t state_faults(const struct state *state)
{
	return store_faults(state->store);
}

const char *state_fault_table(const struct state *state)
{
	const struct store_fault *faults;
	size_t count = store_fault_list(state->store, &faults);
	return count > 0 ? store_table_name(faults[count - 1].table) : "";
}

void state_end(const char *format, ...)
{
	char text[500];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	store_end("%s", text);
}
