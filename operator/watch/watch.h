/* watch.h: the loop of lienthong-watch: a look every few seconds, the pages made of it, and who is to be told is told. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include <lienthong/base.h>

struct watch_options {
	const char *control; /* the broker's socket */
	const char *listen;  /* serve /metrics, /healthz and /readyz there; NULL: nowhere */
	const char *notify;  /* command or URL; NULL: nobody is told */
	const char *told;    /* the file that keeps what was told; NULL: none, and a new start tells all anew */
	/* A pipe whose end says that the broker is gone, and "stop" in it that it goes in order; -1: none, and the loop ends by a signal. */
	int life;
	int signals; /* a signalfd: whatever comes ends the loop */
};
/* Until the life or a signal ends it. LT_EINVAL, LT_EIO with a line for a person: it did not begin. */
enum lt_err watch_run(const struct watch_options *options, char *error, size_t error_size);

#endif
