/* large_look.h: whole files of large parts, read and held against their names (large_files.h says what stands in them). Any thread, also
 * beside the one that keeps them. `goes_on` is asked after each chunk; false ends the look: LT_ECLOSED. NULL: always. */
#ifndef BROKER_LARGE_LOOK_H
#define BROKER_LARGE_LOOK_H

#include "large_faults.h"

typedef bool large_goes_on(void *ctx, size_t bytes);
/* LT_OK: whole, *size bytes of the part. LT_ECORRUPT: not the bytes that its name says, *where as a fault has it, or no plain file. LT_ENOENT, LT_EIO, LT_ENOMEM. */
enum lt_err large_look_file(const char *folder, const uint8_t sha256[32], large_goes_on *goes_on, void *ctx,
			    uint64_t *size, uint64_t *where);
/* All files of the folder: each that is not whole becomes a fault, and is logged; each that is one, and is whole again, none. The same of
 * those alone that are faults. LT_ECLOSED, LT_EIO: the folder; LT_ENOMEM. */
enum lt_err large_look_all(const char *folder, struct large_faults *faults, large_goes_on *goes_on, void *ctx);
enum lt_err large_look_again(const char *folder, struct large_faults *faults, large_goes_on *goes_on, void *ctx);

#endif
