/* serve.h: the console put together, from a configuration to its end. */
#ifndef CONSOLE_START_SERVE_H
#define CONSOLE_START_SERVE_H

/* Runs until SIGTERM or SIGINT. An exit code after sysexits.h; what is wrong was said on standard error. */
int serve_run(const char *conf);
int serve_check(const char *conf); /* reads the configuration alone */

#endif
