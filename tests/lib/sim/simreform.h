/* simreform.h: directories with reorganisations for tests: any agencies, without keys, signed by a registrar of the test's own
 * (what a broker stores was checked before). Ends the test on failure. One thread. */
#ifndef TESTS_SIMREFORM_H
#define TESTS_SIMREFORM_H

#include "state/rulebook.h"
#include "testpki.h"

struct simreform {
	struct testpki *pki;
	struct lt_signer *registrar;
	size_t count;
	struct lt_agency agencies[1024]; /* texts and lists are owned */
};
struct simreform *simreform_new(int64_t now);
void simreform_free(struct simreform *reform);
/* Takes over all agencies of a directory; keys and certificates are borrowed from it. */
void simreform_take(struct simreform *reform, const struct lt_directory *directory);
struct lt_agency *simreform_find(struct simreform *reform, const char *code);
/* An agency in force since always. */
struct lt_agency *simreform_add(struct simreform *reform, const char *code);
/* Closes it at a time, with one successor (NULL: none). */
void simreform_close(struct simreform *reform, const char *code, int64_t at, const char *successor);
/* Closes it with a split: rules as "value=code", ended by NULL; the value "" (as "=code") is all others. */
void simreform_split(struct simreform *reform, const char *code, int64_t at, const char *field,
		     const char *const *rules);
/* Encodes a SignedDirectory. The reason when it does not hold, with its words. */
enum lt_reason simreform_encode(struct simreform *reform, const char *domain, uint64_t version, int64_t issued,
				struct lt_buf *out, struct lt_refusal *refusal);
/* A rulebook with it. Domain "lienthong.test". */
struct rulebook *simreform_rulebook(struct simreform *reform);

#endif
