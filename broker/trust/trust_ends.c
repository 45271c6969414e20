/* trust_ends.c: when revocation lists, CAs and certificates end, so that somebody is told days before and not by what stops. */
#include "trust_internal.h"

#include <stdio.h>
#include <string.h>

#include "identity/crl.h"
#include "identity/lint.h"
#include "record/control.h"

#define DAY_US (86400LL * 1000000)
#define SOON_US (30 * DAY_US)
#define VERY_SOON_US (7 * DAY_US)
#define CRL_LAST_PART 5 /* a list is renewed long before its last fifth */

struct end_walk {
	struct rulebook *rulebook;
	int64_t now;
	void (*each)(void *ctx, const struct trust_end *end);
	void *ctx;
};

static uint32_t state_of(int64_t ends, int64_t now)
{
	return ends <= now                  ? LT_TRUST_OVER
	       : ends - now <= VERY_SOON_US ? LT_TRUST_VERY_SOON
	       : ends - now <= SOON_US      ? LT_TRUST_SOON
					    : LT_TRUST_GOOD;
}

static uint32_t crl_state(const struct end_walk *walk, int64_t from, int64_t ends)
{
	if (ends > walk->now)
		return ends - walk->now > (ends - from) / CRL_LAST_PART ? LT_TRUST_GOOD : LT_TRUST_SOON;
	return ends + rulebook_grace(walk->rulebook) > walk->now ? LT_TRUST_GRACE : LT_TRUST_OVER;
}

static void give_certificate(struct end_walk *walk, enum lt_trust_type type, const char *name,
			     const struct lt_cert *cert)
{
	struct trust_end end = { .type = type };
	lt_cert_valid(cert, &end.from, &end.ends);
	end.state = state_of(end.ends, walk->now);
	if (end.state == LT_TRUST_GOOD)
		return;
	memcpy(end.sha256, lt_cert_sha256(cert), 32);
	if (name)
		snprintf(end.name, sizeof end.name, "%s", name);
	else
		lt_cert_subject(cert, end.name, sizeof end.name);
	walk->each(walk->ctx, &end);
}

/* The list of one CA, or that there is none. */
static void give_crl(struct end_walk *walk, struct lt_bytes ca, const struct lt_cert *cert)
{
	struct rulebook *rulebook = walk->rulebook;
	struct trust_end end = { .type = LT_TRUST_CRL, .state = LT_TRUST_OVER };
	lt_cert_subject(cert, end.name, sizeof end.name);
	for (size_t i = 0; i < rulebook_list_count(rulebook); i++) {
		struct lt_bytes crl = rulebook_list(rulebook, i);
		struct crl_info info;
		if (!lint_crl_same_ca(crl, crl, &ca, 1) || crl_read(crl, &info) ||
		    crl_time(info.this_update) < end.from)
			continue;
		end.from = crl_time(info.this_update);
		end.ends = crl_time(info.next_update);
		end.state = crl_state(walk, end.from, end.ends);
		lt_sha256(crl, end.sha256);
	}
	if (end.from != 0 || rulebook_crl_required(rulebook) || rulebook_list_count(rulebook) > 0)
		walk->each(walk->ctx, &end);
}

static void give_ca(struct end_walk *walk, struct lt_bytes ca)
{
	struct lt_cert *cert = NULL;
	if (lt_cert_new(ca, &cert))
		return;
	give_crl(walk, ca, cert);
	give_certificate(walk, LT_TRUST_CA, NULL, cert);
	lt_cert_free(cert);
}

/* NULL: it has none. */
static const struct lt_cert *last_of(const struct lt_agency *agency, int64_t *ends)
{
	const struct lt_cert *last = NULL;
	int64_t from, to;
	*ends = 0;
	for (size_t i = 0; i < agency->cert_count; i++) {
		lt_cert_valid(agency->certs[i], &from, &to);
		if (!last || to > *ends) {
			last = agency->certs[i];
			*ends = to;
		}
	}
	return last;
}

int64_t trust_last_end(const struct lt_agency *agency)
{
	int64_t ends;
	(void)last_of(agency, &ends);
	return ends;
}

static void give_agency(struct end_walk *walk, const struct lt_agency *agency)
{
	int64_t ends;
	const struct lt_cert *last = last_of(agency, &ends);
	if (agency->valid_to != 0 && agency->valid_to <= walk->now)
		return;
	if (last)
		give_certificate(walk, LT_TRUST_AGENCY, agency->code, last);
}

void trust_each_end(struct rulebook *rulebook, int64_t now, void (*each)(void *ctx, const struct trust_end *end),
		    void *ctx)
{
	struct end_walk walk = { .rulebook = rulebook, .now = now, .each = each, .ctx = ctx };
	const struct lt_directory *directory = trust_directory(rulebook);
	const struct trust *trust = trust_of(rulebook);
	struct lt_bytes ca = rulebook_ca(rulebook);
	bool listed = false;
	if (trust->registrar)
		give_certificate(&walk, LT_TRUST_REGISTRAR, NULL, trust->registrar);
	for (size_t i = 0; directory && i < lt_directory_ca_count(directory); i++) {
		listed = listed || lt_bytes_equal(ca, lt_directory_ca(directory, i));
		give_ca(&walk, lt_directory_ca(directory, i));
	}
	if (!listed && trust->ca)
		give_certificate(&walk, LT_TRUST_CA, NULL, trust->ca);
	for (size_t i = 0; directory && i < lt_directory_count(directory); i++)
		give_agency(&walk, lt_directory_at(directory, i));
}
