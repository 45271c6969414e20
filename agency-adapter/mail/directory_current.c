/* directory_current.c: the directory in force. */
#include "directory_current.h"

#include "program/log.h"

#include <lienthong/envelope.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct directory_page {
	atomic_uint references;
	struct lt_directory *directory;
	struct lt_buf signed_bytes; /* a restored broker may want it back */
};
struct directory_current {
	struct lt_cert *registrar;
	char domain[LT_DOMAIN_MAX];
	pthread_mutex_t mutex;
	struct directory_page *page;
};

enum lt_err directory_current_new(struct lt_bytes registrar, const char *domain, struct directory_current **out)
{
	if (strlen(domain) >= LT_DOMAIN_MAX)
		return LT_EINVAL;
	struct directory_current *book = calloc(1, sizeof(*book));
	if (!book)
		return LT_ENOMEM;
	enum lt_err err = lt_cert_new(registrar, &book->registrar);
	if (err) {
		free(book);
		return err;
	}
	memcpy(book->domain, domain, strlen(domain) + 1);
	pthread_mutex_init(&book->mutex, NULL);
	*out = book;
	return LT_OK;
}

void directory_current_free(struct directory_current *book)
{
	if (!book)
		return;
	directory_current_unref(book->page);
	lt_cert_free(book->registrar);
	pthread_mutex_destroy(&book->mutex);
	free(book);
}

static enum lt_reason untrusted(struct lt_refusal *refusal)
{
	struct lt_refusal cause = *refusal;
	return lt_refuse(refusal, LT_DIRECTORY_UNTRUSTED, "%s: %.180s", lt_reason_name(cause.reason), cause.detail);
}

enum lt_reason directory_current_take(struct directory_current *book, struct lt_bytes signed_directory,
				      struct lt_trust *trust, int64_t now, struct lt_refusal *refusal)
{
	struct lt_directory *directory = NULL;
	if (lt_trust_check(trust, book->registrar, now, false, refusal) ||
	    lt_directory_open(signed_directory, book->registrar, &directory, refusal))
		return untrusted(refusal);
	if (strcmp(lt_directory_domain(directory), book->domain) != 0) {
		enum lt_reason reason =
			lt_refuse(refusal, LT_DIRECTORY_UNTRUSTED, "it is of the domain %.100s, ours is %s",
				  lt_directory_domain(directory), book->domain);
		lt_directory_free(directory);
		return reason;
	}
	if (lt_directory_version(directory) <= directory_current_version(book)) {
		lt_directory_free(directory);
		return LT_REASON_NONE;
	}
	struct directory_page *page = calloc(1, sizeof(*page));
	if (!page) {
		lt_directory_free(directory);
		return lt_refuse(refusal, LT_INTERNAL_ERROR, "out of memory");
	}
	atomic_init(&page->references, 1);
	page->directory = directory;
	if (lt_buf_append(&page->signed_bytes, signed_directory.data, signed_directory.len))
		lt_fatal("out of memory: directory");
	pthread_mutex_lock(&book->mutex);
	struct directory_page *old = book->page;
	book->page = page;
	pthread_mutex_unlock(&book->mutex);
	directory_current_unref(old);
	return LT_REASON_NONE;
}

struct directory_page *directory_current_ref(struct directory_current *book)
{
	pthread_mutex_lock(&book->mutex);
	struct directory_page *page = book->page;
	if (page)
		atomic_fetch_add(&page->references, 1);
	pthread_mutex_unlock(&book->mutex);
	return page;
}

void directory_current_unref(struct directory_page *page)
{
	if (!page || atomic_fetch_sub(&page->references, 1) != 1)
		return;
	lt_directory_free(page->directory);
	lt_buf_fini(&page->signed_bytes);
	free(page);
}

const struct lt_directory *directory_current_directory(const struct directory_page *page)
{
	return page ? page->directory : NULL;
}

struct lt_bytes directory_current_signed(const struct directory_page *page)
{
	return page ? lt_buf_bytes(&page->signed_bytes) : lt_bytes(NULL, 0);
}

uint64_t directory_current_version(struct directory_current *book)
{
	struct directory_page *page = directory_current_ref(book);
	uint64_t version = page ? lt_directory_version(page->directory) : 0;
	directory_current_unref(page);
	return version;
}

bool directory_current_acts_for(struct directory_current *book, const char *who, const char *agency, int64_t now)
{
	if (strcmp(who, agency) == 0)
		return true;
	struct directory_page *page = directory_current_ref(book);
	const struct lt_directory *directory = directory_current_directory(page);
	bool follows = directory &&
		       lt_directory_succeeds(directory, who, agency, now + (int64_t)LT_ID_FUTURE_SECONDS * 1000000);
	directory_current_unref(page);
	return follows;
}

/* The agency that a dossier code begins with. */
static const char *agency_in(const struct lt_directory *directory, const char *code, char out[LT_AGENCY_MAX])
{
	snprintf(out, LT_AGENCY_MAX, "%.*s", (int)strcspn(code, "-"), code);
	const struct lt_agency *agency = directory ? lt_directory_resolve(directory, out) : NULL;
	return agency ? agency->code : out;
}

bool directory_current_same_dossier(struct directory_current *book, const char *a, const char *b)
{
	char plain[2][LT_DOSSIER_MAX], agency[2][LT_AGENCY_MAX];
	if (lt_dossier_code_plain(a, plain[0]) || lt_dossier_code_plain(b, plain[1]))
		return false;
	if (strcmp(strchr(plain[0], '-'), strchr(plain[1], '-')) != 0)
		return false;
	struct directory_page *page = directory_current_ref(book);
	const struct lt_directory *directory = directory_current_directory(page);
	bool same = strcmp(agency_in(directory, a, agency[0]), agency_in(directory, b, agency[1])) == 0;
	directory_current_unref(page);
	return same;
}
