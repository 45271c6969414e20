/* write.h: bytes into a file that is open. */
#ifndef BASE_WRITE_H
#define BASE_WRITE_H

#include <lienthong/base.h>

/* All of them, or LT_EIO; errno says why. */
enum lt_err lt_write_all(int fd, struct lt_bytes data);

#endif
