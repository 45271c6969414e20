/* link_age.c: certificates and lists grow old: who runs the adapter is told 30 days before one ends, once a day, and once an hour when
 * 7 days are left, so that nobody learns of it by a rejected act. */
#include "link_thread.h"

#include "program/log.h"

#include <lienthong/time.h>

#define DAY_US (24 * 3600 * INT64_C(1000000))
#define WARN_CERTIFICATE_US (30 * DAY_US) /* to apply for a new one, and have the registrar enrol it */
#define URGENT_US (7 * DAY_US)
#define SAY_US DAY_US
#define SAY_URGENT_US (DAY_US / 24)

static void warn(struct lt_refusal *out, enum lt_reason reason, const char *what, int64_t ends, int64_t now)
{
	char at[LT_TIME_TEXT];
	lt_time_format(ends, at);
	long long days = (long long)((ends - now) / DAY_US);
	lt_refuse(out, reason, "%s ends at %s, in %lld days", what, at, days < 0 ? 0 : days);
}

size_t link_age_warnings(struct adapter *adapter, int64_t now, struct lt_refusal out[2])
{
	int64_t certificate = atomic_load(&adapter->certificate_ends), list = atomic_load(&adapter->list_ends);
	size_t count = 0;
	if (certificate && certificate - now < WARN_CERTIFICATE_US)
		warn(&out[count++], LT_CERTIFICATE_ENDS,
		     adapter->speaker.agencies[atomic_load(&adapter->certificate_agency)].code, certificate, now);
	if (list && list - now < atomic_load(&adapter->list_margin))
		warn(&out[count++], LT_LIST_ENDS, "the revocation list", list, now);
	return count;
}

void link_ages(struct adapter *adapter, int64_t now)
{
	struct lt_refusal warnings[2];
	int64_t first = 0, margin;
	size_t whose = 0;
	for (size_t i = 0; i < adapter->speaker.agency_count; i++) {
		int64_t ends = verify_certificate_ends(adapter->own_certs[i]);
		if (!first || ends < first) {
			first = ends;
			whose = i;
		}
	}
	atomic_store(&adapter->certificate_agency, whose);
	atomic_store(&adapter->certificate_ends, first);
	atomic_store(&adapter->list_ends, verifier_list_ends(adapter->verifier, &margin));
	atomic_store(&adapter->list_margin, margin);
	size_t count = link_age_warnings(adapter, now, warnings);
	int64_t apart = first && first - now < URGENT_US ? SAY_URGENT_US : SAY_US;
	if (count == 0 || (now >= adapter->age_logged && adapter->age_logged && now - adapter->age_logged < apart))
		return;
	adapter->age_logged = now;
	for (size_t i = 0; i < count; i++)
		lt_log(LT_LOG_WARNING, "something of this adapter ends soon", "reason",
		       lt_reason_name(warnings[i].reason), "detail", warnings[i].detail, NULL);
}
