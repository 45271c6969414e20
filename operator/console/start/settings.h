/* settings.h: console.conf as a plain record. Texts are owned by it. */
#ifndef CONSOLE_START_SETTINGS_H
#define CONSOLE_START_SETTINGS_H

#include <lienthong/base.h>

#include "program/log.h"

struct console_settings {
	char *listen;           /* "127.0.0.1:8900", "[::1]:8900" or "unix:PATH" */
	char *address;          /* as browsers see it; NULL: http:// and listen */
	char *data;             /* folder of the projection */
	char *control;          /* the broker's control socket */
	char *login;            /* socket of `lienthong console login` */
	char *weights, *values; /* files of the ranking (report/ranking.h); NULL: none */
	char *log_level;
	enum lt_log_level level;
};
/* LT_EINVAL, LT_EIO, LT_ENOENT, LT_ENOMEM; error gets one line for a person: file, line, name, what is wrong. */
enum lt_err console_settings_load(const char *path, struct console_settings *out, char *error, size_t error_size);
void console_settings_fini(struct console_settings *settings);

#endif
