/* new_keys.h: `lienthong-broker enroll CODE DIR`: new keys of a broker in a folder that is not there yet, and a request for them. What the
 * registrar does with it: `lienthong directory new` before the first start, `lienthong enroll approve` later. */
#ifndef BROKER_NEW_KEYS_H
#define BROKER_NEW_KEYS_H

/* For the usage of the program. */
extern const char new_keys_usage[];
/* argv[1] is "enroll": an exit code after sysexits.h, said. */
int new_keys_run(int argc, char **argv);

#endif
