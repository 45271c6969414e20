/* form_qr.c: libqrencode. */
#include "form_qr.h"

#include <qrencode.h>
#include <stdlib.h>

enum lt_err form_qr_make(const char *text, struct form_qr *out)
{
	if (!text || text[0] == '\0')
		return LT_EINVAL;
	QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (!code)
		return LT_EINVAL;
	size_t width = (size_t)code->width;
	uint8_t *modules = width <= FORM_QR_MAX ? malloc(width * width) : NULL;
	for (size_t i = 0; modules && i < width * width; i++)
		modules[i] = code->data[i] & 1;
	QRcode_free(code);
	if (!modules)
		return LT_ENOMEM;
	*out = (struct form_qr){ .width = (unsigned)width, .modules = modules };
	return LT_OK;
}

void form_qr_fini(struct form_qr *qr)
{
	if (!qr)
		return;
	free(qr->modules);
	*qr = (struct form_qr){ 0 };
}
