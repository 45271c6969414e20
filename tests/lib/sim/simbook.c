#include "test.h"

#include "simbook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

const char *const simbook_codes[SIMBOOK_AGENCIES] = { "H01", "H02", "H03", "H04" };

static void make_directory(struct simbook *book)
{
	struct lt_agency agencies[SIMBOOK_AGENCIES];
	struct lt_cert *certs[SIMBOOK_AGENCIES];
	static char name[] = "Sở Thử nghiệm", empty[] = "";
	memset(agencies, 0, sizeof agencies);
	for (size_t i = 0; i < SIMBOOK_AGENCIES; i++) {
		certs[i] = testpki_cert(book->ids[i]);
		snprintf(agencies[i].code, LT_AGENCY_MAX, "%s", simbook_codes[i]);
		agencies[i].name = name;
		agencies[i].name_en = empty;
		agencies[i].level = LT_LEVEL_DEPARTMENT;
		agencies[i].cert_count = 1;
		agencies[i].certs = &certs[i];
		agencies[i].curve_count = 1;
		agencies[i].curve_keys = (uint8_t(*)[32])book->keys[i].public_key;
		agencies[i].ended_key_count = book->ended[i].until ? 1 : 0;
		agencies[i].curve_count -= agencies[i].ended_key_count;
		agencies[i].ended_keys = &book->ended[i];
	}
	agencies[3].valid_to = book->pki->now - TESTPKI_DAY;
	struct lt_bytes ca = book->pki->ca->der;
	struct lt_refusal refusal = { 0 };
	assert_int_equal(lt_directory_encode(SIMBOOK_DOMAIN, 1, book->pki->now, agencies, SIMBOOK_AGENCIES, &ca, 1,
					     book->registrar_signer, &book->directory, &refusal),
			 LT_OK);
	for (size_t i = 0; i < SIMBOOK_AGENCIES; i++)
		lt_cert_free(certs[i]);
}

struct simbook *simbook_new(void)
{
	struct simbook *book = calloc(1, sizeof *book);
	assert_non_null(book);
	book->pki = testpki_new(lt_time_now());
	book->registrar = testpki_issue(book->pki, "Registrar", NULL);
	book->registrar_signer = testpki_signer(book->registrar, false);
	for (size_t i = 0; i < SIMBOOK_AGENCIES; i++) {
		book->ids[i] = testpki_issue(book->pki, simbook_codes[i], NULL);
		book->signers[i] = testpki_signer(book->ids[i], false);
		assert_int_equal(lt_curve_new(&book->keys[i]), LT_OK);
	}
	book->keys[2] = book->keys[0];
	make_directory(book);
	return book;
}

void simbook_free(struct simbook *book)
{
	for (size_t i = 0; i < SIMBOOK_AGENCIES; i++)
		lt_signer_free(book->signers[i]);
	lt_signer_free(book->registrar_signer);
	lt_buf_fini(&book->directory);
	testpki_free(book->pki);
	free(book);
}

void simbook_end_key(struct simbook *book, size_t agency, int64_t until)
{
	book->ended[agency].until = until;
	memcpy(book->ended[agency].key, book->keys[agency].public_key, 32);
	lt_buf_clear(&book->directory);
	make_directory(book);
}

struct rulebook *simbook_rulebook(struct simbook *book, const char *const *suspended, const struct lt_bytes *crl,
				  uint64_t trust_version)
{
	struct rulebook_parts parts = { .domain = SIMBOOK_DOMAIN,
					.registrar = book->registrar->der,
					.ca = book->pki->ca->der,
					.signed_directory = lt_buf_bytes(&book->directory),
					.suspended = suspended,
					.crls = crl,
					.crl_count = crl ? 1 : 0,
					.restoring = book->restoring,
					.directory_version = 1,
					.trust_version = trust_version };
	while (suspended && suspended[parts.suspended_count])
		parts.suspended_count++;
	struct rulebook *rulebook = NULL;
	struct lt_refusal refusal = { 0 };
	enum lt_reason reason = rulebook_new(&parts, NULL, &rulebook, &refusal);
	if (reason)
		print_message("%s: %s\n", lt_reason_name(reason), refusal.detail);
	assert_int_equal(reason, LT_REASON_NONE);
	return rulebook;
}
