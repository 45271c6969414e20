/* commands.h: what the agency's engineer asks on the command line: a backup, and what the running adapter says of itself. START only. */
#ifndef ADAPTER_COMMANDS_H
#define ADAPTER_COMMANDS_H

#include "settings.h"

/* Copies the data folder to a new folder. LT_EEXIST, LT_EIO, LT_ECORRUPT; error gets a line. */
enum lt_err command_backup(const struct settings *config, const char *to, char *error, size_t size);
/* Asks the running adapter over its own API, with the first token of its file, and prints the answer: status, todo, outbox, inbox, hook
 * list [NAME], hook redeliver NAME [ID].
 * json: as it came, on one line. LT_ENOENT: no such command; LT_EAGAIN: no adapter answers; LT_EDENIED: it refuses; *red: it answers, and
 * its health is red. */
enum lt_err command_ask(const struct settings *config, char *const *words, int count, bool json, bool *red, char *error,
			size_t size);

/* Sends an act that the broker has rejected again, as a new one, and prints its id; twice is once. Errors as command_ask; LT_EINVAL: no id. */
enum lt_err command_again(const struct settings *config, const char *id, bool json, char *error, size_t size);

/* Makes a new folder with key, CURVE key and the request for an agency, and prints the fingerprint that is compared by phone. LT_EINVAL,
 * LT_EIO; error gets a line. Needs no configuration. */
enum lt_err command_enroll(const char *agency, const char *dir, char *error, size_t size);

#endif
