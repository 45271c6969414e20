/* rulebook_internal.h: what the files of the rulebook share. */
#ifndef STATE_RULEBOOK_INTERNAL_H
#define STATE_RULEBOOK_INTERNAL_H

#include "rulebook.h"

#include <lienthong/envelope.h>

struct made {
	pthread_mutex_t lock;
	void *object;
	void (*end)(void *object);
};
/* The parsed directory is shared by all rulebooks of its version: parsing 4,000 agencies takes a while. */
struct directory_ref {
	atomic_uint refs;
	struct lt_directory *directory;
	const struct lt_agency *broker; /* of level broker; NULL: none */
	struct lt_buf signed_bytes;
	size_t body_at, body_len; /* the Directory within */
	struct made made;
};
struct announced_of {
	char code[LT_AGENCY_MAX]; /* first: what is looked for is a code */
	struct lt_buf value;      /* that the texts point into */
	struct announced announced;
};
struct rulebook {
	atomic_uint refs;
	char domain[LT_DOMAIN_MAX];
	uint64_t directory_version, trust_version;
	struct directory_ref *directory; /* NULL before the first */
	struct lt_buf registrar, ca;     /* DER */
	struct made made;
	bool crl_required, restoring;
	int64_t grace;
	size_t crl_count;
	struct lt_buf *crls;
	uint8_t (*crl_sha256)[32];
	size_t suspended_count;
	char (*suspended)[LT_AGENCY_MAX]; /* sorted */
	size_t announced_count;
	struct announced_of *announced; /* sorted */
};

#endif
