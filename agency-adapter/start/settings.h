/* settings.h: the adapter's configuration file (conf/adapter.conf, lienthong-adapter.conf(5)). START only. */
#ifndef ADAPTER_SETTINGS_H
#define ADAPTER_SETTINGS_H

#include "assemble.h"
#include "settings_hooks.h"

#include "program/log.h"

struct settings {
	char *data, *listen, *token_file, *curve_key, *log_level;
	char *endpoint, *domain, *broker_key, *broker_next_key; /* the last may be NULL */
	char *registrar, *ca, *crl, *directory;
	char *spool; /* NULL: none */
	char *page;  /* "yes" or "no"; NULL: no */
	struct settings_hooks hooks;
	uint64_t map_size, disk_reserve, inbox_days, outbox_days;
	size_t agency_count;
	struct adapter_agency *agencies; /* texts owned */

	char *token; /* lines of the token file; NULL when none is needed */
	enum lt_log_level level;
	struct lt_curve_key curve;
	uint8_t broker_public[32], broker_next[32];
};
/* Reads the file and the small files that it names. error gets one line for a person. LT_EINVAL, LT_EIO, LT_ENOENT,
 * LT_EDENIED. The caller calls settings_fini in any case. */
enum lt_err settings_load(const char *path, struct settings *out, char *error, size_t error_size);
void settings_fini(struct settings *config);
void settings_options(const struct settings *config, struct adapter_options *out); /* views into config */

#endif
