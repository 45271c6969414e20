/* dossier_zip.h: all evidence of one dossier in one zip file: its envelopes, each with its signature and its place in the ledger, refused
 * ones and the broker's notices too, and what is needed to check them: docs/evidence.md. */
#ifndef EVIDENCE_DOSSIER_ZIP_H
#define EVIDENCE_DOSSIER_ZIP_H

#include "cli/control_client.h"

struct dossier_zip {
	size_t envelopes, erased; /* records whose envelope is erased: their place is still proved */
};
/* Says what is wrong and returns an exit code. EX_TEMPFAIL: something is not signed yet. */
int dossier_zip_make(struct control_client *control, const char *code, struct lt_buf *out, struct dossier_zip *told);

#endif
