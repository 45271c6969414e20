/* apply_time.c: an operator has set the time. The record that says so is the first of a new generation; its own time may be before
 * that of the record before it. What was decided under the old clock stays: nobody's act is undone by a clock. What is due and has not
 * happened stands in the table of due times, by its date, and comes when that date does. */
#include "rules/apply.h"

void apply_time_set(struct act *act)
{
	state_set_time(act->state, act->sequence, act->time_generation, act->time);
}
