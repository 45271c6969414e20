/* identity_roots.c: roots of batches that were checked. A batch of 256 headers carries one CMS; it is checked with the first
 * header and remembered for the others. What is kept is a fact that no later event changes: this CMS over this text is a
 * good signature of that certificate. Whether the certificate counts is asked each time, by the caller; the version is
 * there so that nothing outlives the directory and lists under which it was found. */
#include "identity_internal.h"

#include <lienthong/merkle.h>

#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 64 * 1024 }; /* bytes: a Signature of LT_SIGNATURE_MAX bytes with its longest legal path fits */

struct root {
	uint8_t key[32], certificate[32];
	bool set;
};
/* The step that the last path had at this height: of 8 hashes of a batch's envelope 7 are its neighbours'. */
struct step {
	uint8_t l[32], r[32], above[32];
	bool set;
};
struct lt_roots {
	struct lt_arena *arena;
	struct digest_last cms; /* that was asked for last */
	uint64_t version, checks;
	struct identity_tables tables;
	struct step steps[IDENTITY_PATH_MAX];
	size_t next; /* the oldest, replaced by the next that is new */
	struct root roots[LT_ROOTS_MAX];
};

enum lt_err lt_roots_new(struct lt_roots **out)
{
	struct lt_roots *roots = calloc(1, sizeof *roots);
	if (!roots || lt_arena_new(ARENA_MAX, &roots->arena) != LT_OK) {
		free(roots);
		return LT_ENOMEM;
	}
	*out = roots;
	return LT_OK;
}

void lt_roots_free(struct lt_roots *roots)
{
	if (!roots)
		return;
	lt_arena_free(roots->arena);
	digest_last_fini(&roots->cms);
	identity_tables_fini(&roots->tables);
	free(roots);
}

void lt_roots_renew(struct lt_roots *roots, uint64_t version)
{
	if (roots->version == version)
		return;
	roots->version = version;
	memset(roots->roots, 0, sizeof roots->roots);
}

struct lt_arena *identity_roots_arena(struct lt_roots *roots)
{
	lt_arena_reset(roots->arena);
	return roots->arena;
}

uint64_t lt_roots_checks(const struct lt_roots *roots)
{
	return roots->checks;
}

void identity_roots_count(struct lt_roots *roots)
{
	roots->checks++;
}

struct identity_tables *identity_roots_tables(struct lt_roots *roots)
{
	return &roots->tables;
}

void identity_root_key(struct lt_roots *roots, struct lt_bytes cms, struct lt_bytes text, uint8_t out[32])
{
	uint8_t sha256[32];
	digest_again(&roots->cms, cms, sha256);
	lt_sha256_two(lt_bytes(sha256, sizeof sha256), text, out);
}

void identity_roots_node(struct lt_roots *roots, size_t step, const uint8_t l[32], const uint8_t r[32], uint8_t out[32])
{
	struct step *last = &roots->steps[step];
	if (!last->set || memcmp(last->l, l, 32) != 0 || memcmp(last->r, r, 32) != 0) {
		memcpy(last->l, l, 32);
		memcpy(last->r, r, 32);
		lt_node_hash(l, r, last->above);
		last->set = true;
	}
	memcpy(out, last->above, 32);
}

const struct lt_cert *identity_roots_find(const struct lt_roots *roots, const uint8_t key[32],
					  const struct lt_cert *const *certs, size_t count)
{
	for (size_t i = 0; i < LT_ROOTS_MAX; i++) {
		const struct root *root = &roots->roots[i];
		if (!root->set || memcmp(root->key, key, 32) != 0)
			continue;
		for (size_t c = 0; c < count; c++) {
			if (memcmp(certs[c]->sha256, root->certificate, 32) == 0)
				return certs[c];
		}
	}
	return NULL;
}

void identity_roots_add(struct lt_roots *roots, const uint8_t key[32], const struct lt_cert *cert)
{
	struct root *root = &roots->roots[roots->next];
	memcpy(root->key, key, 32);
	memcpy(root->certificate, cert->sha256, 32);
	root->set = true;
	roots->next = (roots->next + 1) % LT_ROOTS_MAX;
}
