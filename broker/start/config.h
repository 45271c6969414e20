/* config.h: broker.conf in a plain record. Paths are absolute or relative to the working folder after loading. */
#ifndef BROKER_CONFIG_H
#define BROKER_CONFIG_H

#include <lienthong/base.h>

#include "gate/operators.h"
#include "program/log.h"

enum {
	CONFIG_ADMIT_THREADS_MAX = 16, /* more would only wait for the one engine */
	CONFIG_ERROR_MAX = 512,
};
#define ARCHIVE_NEVER UINT64_MAX
struct config {
	char *domain, *endpoint, *control, *data, *curve_key, *log_level, *transport;
	uint64_t admit_threads; /* 0: as many as there are cores */
	char *genesis_registrar, *genesis_ca, *genesis_directory, *genesis_crl,
		*genesis_procedures;                /* "" or NULL: not given */
	char *genesis_calendars, *genesis_agencies; /* folder of calendar files; the agencies file, for office hours */
	char *ledger_key, *checkpoint;              /* "" or NULL: the ledger is not kept; data/checkpoint */
	char *watch_listen, *watch_notify;          /* "" or NULL: nobody looks after it: herald.h */
	char *signer_key, *signer_cert;             /* "" or NULL: notices stay unsigned */
	uint32_t digest;                            /* when the week's digest is made: struct engine_options */
	uint64_t elide_days, horizon_days, snapshot_records, disk_reserve, segment, scrub_hours;
	uint64_t archive_days;                   /* ARCHIVE_NEVER: not given */
	uint64_t agency_envelopes, agency_bytes; /* a second */
	struct operators operators; /* of [operators]: users and groups of this machine, and what they may */
	enum lt_log_level level;
	bool genesis_sandbox; /* the law's time may be moved, for good */
	bool long_pause;      /* a start more than 7 days after the last record is believed: struct engine_options */
	bool kernel_clock;    /* a clock that the kernel calls synchronised ends the doubt about the time */
	bool plain; /* transport = null: ZeroMQ without CURVE, for measurements on the loopback interface alone */
};
/* LT_EINVAL, LT_ENOENT, LT_EIO with one line for a person: file, line, key, what is wrong. */
enum lt_err config_load(const char *path, struct config *out, char *error, size_t error_size);
void config_fini(struct config *config);
/* The login of a user of this machine, "" when there is none. Any one thread. */
const char *config_login(uint32_t uid, char *out, size_t out_size);

#endif
