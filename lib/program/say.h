/* say.h: what a command says to people. How it fails: one line on standard error, cleaned of what could trick a terminal, that
 * begins with the name under which the program was run; and an exit code after sysexits.h. One thread. */
#ifndef LIENTHONG_PROGRAM_SAY_H
#define LIENTHONG_PROGRAM_SAY_H

#include <lienthong/base.h>
#include <sysexits.h>

/* How a command ends that only looks: EX_OK when all is well, else one of these, as plugins of a monitoring do. */
enum { SAY_ATTENTION = 1, SAY_UNWELL = 2 };

/* Prints "program: ..."; returns code. */
int say_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for an error of the library while doing something: "cannot <what>: <why>". LT_EIO is explained by errno. */
int say_fail_err(enum lt_err err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How a command ends that has printed: code, when it failed anyway or all of it went out; else says that it did not, and
 * EX_IOERR. Also what a full buffer had written before counts: it leaves nothing to flush at the end. */
int say_ended(int code);

/* How a program begins: EX_OK, or says that the installed Unicode is not the contract's, and EX_OSFILE. */
int say_check_unicode(void);

#define SAY_SIZE_TEXT 16u
/* "12.3M"; out is returned. */
const char *say_size(uint64_t bytes, char out[SAY_SIZE_TEXT]);

#endif
