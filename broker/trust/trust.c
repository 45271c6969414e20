/* trust.c: from the bytes of a rulebook to what can be asked of them. */
#include "trust_internal.h"

#include <stdlib.h>
#include <string.h>

#include "directory/directory_read.h"
#include "program/log.h"

/* ---- certificates of a directory ---- */

static void end_directory(void *made)
{
	lt_directory_free(made);
}

static void *make_directory(struct rulebook *rulebook)
{
	struct lt_directory *directory = NULL;
	struct lt_refusal refusal = { 0 };
	if (directory_read(rulebook_directory_body(rulebook), DIRECTORY_CERTIFICATES_READABLE, &directory, &refusal))
		lt_fatal("out of memory: directory: %s", refusal.detail); /* it was read before, without certificates */
	if (directory_unreadable(directory) > 0)
		lt_log(LT_LOG_ERROR, "certificates of the directory cannot be read: who signs by them is refused",
		       "count", lt_log_u64(directory_unreadable(directory)), NULL);
	return directory;
}

const struct lt_directory *trust_directory(struct rulebook *rulebook)
{
	if (!rulebook_directory(rulebook))
		return NULL;
	return rulebook_made(rulebook, RULEBOOK_DIRECTORY, make_directory, end_directory);
}

const struct lt_agency *trust_agency(struct rulebook *rulebook, const char *code)
{
	const struct lt_directory *directory = trust_directory(rulebook);
	return directory ? lt_directory_find(directory, code) : NULL;
}

/* ---- CAs and lists ---- */

static void end_trust(void *made)
{
	struct trust *trust = made;
	lt_cert_free(trust->registrar);
	lt_cert_free(trust->ca);
	lt_trust_free(trust->registrar_only);
	lt_trust_free(trust->all);
	pthread_mutex_destroy(&trust->lock);
	free(trust);
}

static void say(bool good, const char *what, size_t index)
{
	if (!good)
		lt_log(LT_LOG_ERROR, "a definition in force cannot be read: what rests on it is refused", "what", what,
		       "index", lt_log_u64(index), NULL);
}

static void add_cas(struct trust *trust, const struct lt_directory *directory)
{
	for (size_t i = 0; i < lt_directory_ca_count(directory); i++)
		say(lt_trust_add_ca(trust->all, lt_directory_ca(directory, i)) == LT_OK, "CA", i);
	for (size_t i = 0; i < lt_directory_ended_ca_count(directory); i++) {
		struct lt_ended_ca ended = lt_directory_ended_ca(directory, i);
		say(lt_trust_end_ca(trust->all, ended.der, ended.until) == LT_OK, "ended CA", i);
	}
}

static void *make_trust(struct rulebook *rulebook)
{
	struct trust *trust = calloc(1, sizeof(*trust));
	LT_ASSERT(trust && pthread_mutex_init(&trust->lock, NULL) == 0 && lt_trust_new(&trust->all) == LT_OK &&
		  lt_trust_new(&trust->registrar_only) == LT_OK);
	say(lt_cert_new(rulebook_registrar(rulebook), &trust->registrar) == LT_OK, "registrar", 0);
	say(lt_cert_new(rulebook_ca(rulebook), &trust->ca) == LT_OK &&
		    lt_trust_add_ca(trust->registrar_only, rulebook_ca(rulebook)) == LT_OK,
	    "CA of the registrar", 0);
	if (rulebook_directory(rulebook))
		add_cas(trust, rulebook_directory(rulebook));
	for (size_t i = 0; i < rulebook_list_count(rulebook); i++) {
		bool registrars = lt_trust_add_crl(trust->registrar_only, rulebook_list(rulebook, i)) == LT_OK;
		say(lt_trust_add_crl(trust->all, rulebook_list(rulebook, i)) == LT_OK || registrars, "revocation list",
		    i);
	}
	return trust;
}

struct trust *trust_of(struct rulebook *rulebook)
{
	return rulebook_made(rulebook, RULEBOOK_WHOLE, make_trust, end_trust);
}

void trust_make(struct rulebook *rulebook)
{
	(void)trust_of(rulebook);
	(void)trust_directory(rulebook);
}

/* Once an operator has given a CRL, every certificate needs one in force: a lost CRL must not lift a revocation. */
enum lt_reason trust_check_cert(struct rulebook *rulebook, const struct lt_cert *cert, int64_t at, bool *stale,
				struct lt_refusal *refusal)
{
	struct trust *trust = trust_of(rulebook);
	const struct lt_trust_question question = { .at = at,
						    .require_crl = rulebook_crl_required(rulebook) ||
								   rulebook_list_count(rulebook) > 0,
						    .grace = rulebook_grace(rulebook) };
	pthread_mutex_lock(&trust->lock);
	enum lt_reason reason = lt_trust_ask(trust->all, cert, &question, stale, refusal);
	pthread_mutex_unlock(&trust->lock);
	return reason;
}
