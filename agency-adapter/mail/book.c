/* book.c: the directory in force. */
#include "book.h"

#include <lienthong/envelope.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct book_page {
	atomic_uint references;
	struct lt_directory *directory;
};
struct book {
	struct lt_cert *registrar;
	char domain[LT_DOMAIN_MAX];
	pthread_mutex_t mutex;
	struct book_page *page;
};

enum lt_err book_new(struct lt_bytes registrar, const char *domain, struct book **out)
{
	if (strlen(domain) >= LT_DOMAIN_MAX)
		return LT_EINVAL;
	struct book *book = calloc(1, sizeof(*book));
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

void book_free(struct book *book)
{
	if (!book)
		return;
	book_unref(book->page);
	lt_cert_free(book->registrar);
	pthread_mutex_destroy(&book->mutex);
	free(book);
}

static enum lt_reason untrusted(struct lt_refusal *refusal)
{
	struct lt_refusal cause = *refusal;
	return lt_refuse(refusal, LT_DIRECTORY_UNTRUSTED, "%s: %.180s", lt_reason_name(cause.reason), cause.detail);
}

enum lt_reason book_take(struct book *book, struct lt_bytes signed_directory, struct lt_trust *trust, int64_t now,
			 struct lt_refusal *refusal)
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
	if (lt_directory_version(directory) <= book_version(book)) {
		lt_directory_free(directory);
		return LT_REASON_NONE;
	}
	struct book_page *page = calloc(1, sizeof(*page));
	if (!page) {
		lt_directory_free(directory);
		return lt_refuse(refusal, LT_INTERNAL_ERROR, "out of memory");
	}
	atomic_init(&page->references, 1);
	page->directory = directory;
	pthread_mutex_lock(&book->mutex);
	struct book_page *old = book->page;
	book->page = page;
	pthread_mutex_unlock(&book->mutex);
	book_unref(old);
	return LT_REASON_NONE;
}

struct book_page *book_ref(struct book *book)
{
	pthread_mutex_lock(&book->mutex);
	struct book_page *page = book->page;
	if (page)
		atomic_fetch_add(&page->references, 1);
	pthread_mutex_unlock(&book->mutex);
	return page;
}

void book_unref(struct book_page *page)
{
	if (!page || atomic_fetch_sub(&page->references, 1) != 1)
		return;
	lt_directory_free(page->directory);
	free(page);
}

const struct lt_directory *book_directory(const struct book_page *page)
{
	return page ? page->directory : NULL;
}

uint64_t book_version(struct book *book)
{
	struct book_page *page = book_ref(book);
	uint64_t version = page ? lt_directory_version(page->directory) : 0;
	book_unref(page);
	return version;
}
