/* form_qr.h: the QR code of a dossier code. */
#ifndef FORMS_FORM_QR_H
#define FORMS_FORM_QR_H

#include <lienthong/base.h>

#define FORM_QR_MAX 177u /* modules a side: version 40 */

struct form_qr {
	unsigned width;   /* modules a side, without the quiet zone */
	uint8_t *modules; /* width * width, row by row, 1 is dark; owned */
};
/* Byte mode, error correction M: a crease or a stamp over it does no harm. LT_EINVAL for an empty or too long text. */
enum lt_err form_qr_make(const char *text, struct form_qr *out);
void form_qr_fini(struct form_qr *qr);

#endif
