/* simfacts.h: what is so for all dossiers of a simulated world, a second time and naively: which minutes are worked, who acts for whom, and who is drained. One world at a
 * time. Offices work Monday to Friday, 07:30-11:30 and 13:00-17:00. */
#ifndef TESTS_SIMFACTS_H
#define TESTS_SIMFACTS_H

#include <stdbool.h>
#include <stdint.h>

void simfacts_forget(void);                          /* a new world */
void simfacts_day_off(int64_t day);                  /* since 1970-01-01, at +07:00 */
void simfacts_lost(int64_t from, int64_t to);        /* an outage; microseconds */
uint32_t simfacts_minutes(int64_t from, int64_t to); /* that are worked; microseconds */
void simfacts_merge(int from, int to);               /* of agencies: `to` acts for `from` */
int simfacts_acts(int agency);                       /* who acts for it; itself, and below 0 as it is */
bool simfacts_is(int a, int b);                      /* one acts for the other, or both for a third */
void simfacts_drain(int agency, bool drained);
bool simfacts_drained(int agency); /* it itself */

#endif
