/* directory_internal.h: what the directory files share. */
#ifndef LIENTHONG_SDK_DIRECTORY_INTERNAL_H
#define LIENTHONG_SDK_DIRECTORY_INTERNAL_H

#include <lienthong/directory.h>

#include "directory_read.h"
#include "wire/directory.h"

#define DIRECTORY_NAME_MAX 250u   /* characters of an agency's name */
#define DIRECTORY_PARENTS_MAX 16u /* steps from a commune to the top; a code has 9 groups at most */
#define DIRECTORY_LIST_MAX 64u    /* aliases, certificates, keys, successors of one agency: the codec's own limit */

struct directory_alias {
	const char *text;
	size_t agency; /* index */
};
struct directory_key {
	uint8_t bytes[32]; /* first: it is looked for by them */
	int64_t until;     /* INT64_MAX: open */
};
/* Texts, lists and agencies live in the arena, except for certificates. */
struct lt_directory {
	struct lt_arena *arena;
	uint8_t *bytes; /* record's views point here */
	struct directory_record record;
	struct lt_agency *agencies; /* by code */
	enum directory_certificates which;
	size_t cert_total, unreadable;
	struct lt_cert **certs; /* of all agencies, in their order; filled up to cert_total */
	size_t alias_count, key_count;
	struct directory_alias *aliases; /* by text */
	struct directory_key *keys;      /* sorted, each once */
};

/* directory_successor.c: no circles, no endless ways. */
enum lt_reason directory_check_successions(const struct directory_record *record, struct lt_refusal *refusal);
/* All rules that need no parsed certificate. DIRECTORY_INVALID. */
enum lt_reason directory_check(const struct directory_record *record, struct lt_refusal *refusal);
/* That its CAs are CAs. DIRECTORY_INVALID. */
enum lt_reason directory_check_cas(const struct directory_record *record, struct lt_refusal *refusal);
/* An origin of a ledger of this domain: "<domain>/…". */
bool directory_of_domain(const char *domain, const char *origin);
int directory_compare_alias(const void *a, const void *b);
int directory_compare_key(const void *a, const void *b);

#endif
