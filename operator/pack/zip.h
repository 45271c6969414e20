/* zip.h: writes a zip file (APPNOTE 6.3.10) into memory: stored, not compressed, since signatures and PDFs give nothing; names in
 * UTF-8; every file of 1980-01-01, so that the same evidence gives the same bytes. */
#ifndef PACK_ZIP_H
#define PACK_ZIP_H

#include <lienthong/base.h>

struct zip {
	struct lt_buf *out;    /* borrowed; empty at the beginning */
	struct lt_buf central; /* the directory that stands at the end */
	uint32_t count;
};
void zip_init(struct zip *zip, struct lt_buf *out);
void zip_fini(struct zip *zip);
/* name: as "0000000053-OPEN/header.bin". LT_ENOMEM; LT_EFULL: over 65,535 files or 4 GiB, for which the form has no room. */
enum lt_err zip_add(struct zip *zip, const char *name, struct lt_bytes data);
enum lt_err zip_end(struct zip *zip);

#endif
