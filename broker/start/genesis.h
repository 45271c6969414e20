/* genesis.h: the files of [genesis], read and checked before anything is written. They become the first batch of an empty journal:
 * record 1 and the definitions behind it, all or none. START. */
#ifndef BROKER_GENESIS_H
#define BROKER_GENESIS_H

#include "config.h"
#include "engine/engine.h"

struct genesis {
	struct lt_buf registrar, ca; /* DER */
	struct lt_buf jobs;          /* encoded DEFINE jobs: directory, CRL, procedures, calendars, office hours */
};
/* LT_EINVAL, LT_ENOENT, LT_EIO with one line for a person. */
enum lt_err genesis_load(const struct config *config, int64_t now, struct genesis *out, char *error, size_t error_size);
void genesis_fini(struct genesis *genesis);

/* What the files of genesis share. */
struct genesis_load {
	const struct config *config;
	int64_t now;
	struct genesis *out;
	struct rulebook *rulebook;
	struct lt_arena *arena;
	char *error;
	size_t error_size;
};
/* Checks a definition as an operator's is checked, and appends its job. */
enum lt_err genesis_define(struct genesis_load *load, const char *path, enum lt_definition type, struct lt_bytes data);
/* genesis_files.c: a folder of procedure files, each by itself and all of them beside each other; a folder of calendar files; the
 * agencies file's office hours. */
enum lt_err genesis_load_procedures(struct genesis_load *load, const char *folder);
enum lt_err genesis_load_calendars(struct genesis_load *load, const char *folder);
enum lt_err genesis_load_offices(struct genesis_load *load, const char *path);

#endif
