/* simbook.h: a rulebook with real keys and certificates for tests of GATE and ADMIT. Ends the test on failure. One thread. */
#ifndef LIENTHONG_SIM_BOOK_H
#define LIENTHONG_SIM_BOOK_H

#include "state/rulebook.h"
#include "testpki.h"

#define SIMBOOK_DOMAIN "test.lienthong.vn"

enum { SIMBOOK_AGENCIES = 4 };
/* H01 and H02 each have a key; H03 is listed with H01's key too; H04 is not in force any more. */
struct simbook {
	struct testpki *pki;
	const struct testpki_id *registrar, *ids[SIMBOOK_AGENCIES];
	struct lt_signer *registrar_signer, *signers[SIMBOOK_AGENCIES];
	struct lt_curve_key keys[SIMBOOK_AGENCIES];
	struct lt_buf directory;
	bool restoring;                              /* of rulebooks from now on */
	struct lt_ended_key ended[SIMBOOK_AGENCIES]; /* until 0: in force */
};
extern const char *const simbook_codes[SIMBOOK_AGENCIES];
struct simbook *simbook_new(void);
void simbook_free(struct simbook *book);
/* From the next rulebook on, the agency's CURVE key stands there with this end. */
void simbook_end_key(struct simbook *book, size_t agency, int64_t until);
/* suspended: codes, ended by NULL, or NULL. trust_version distinguishes rulebooks with another CRL. */
struct rulebook *simbook_rulebook(struct simbook *book, const char *const *suspended, const struct lt_bytes *crl,
				  uint64_t trust_version);

#endif
