/* access.c: see access.h. */
#include "access.h"

#include <stdio.h>
#include <string.h>

#include <lienthong/time.h>

#include "base/date.h"
#include "program/log.h"
#include "role.h"
#include "route.h"

#define PARENTS_MAX 16u /* steps upwards; the directory's check allows no more */

/* ---- who is whom ---- */

/* The same agency, or the one that has followed the other. */
static bool same(const struct lt_directory *directory, const char *a, const char *b, int64_t time)
{
	return strcmp(a, b) == 0 || lt_directory_succeeds(directory, a, b, time) ||
	       lt_directory_succeeds(directory, b, a, time);
}

static bool stands_for(const struct lt_directory *directory, const char *agency, const char *other, int64_t time)
{
	return strcmp(agency, other) == 0 || lt_directory_succeeds(directory, agency, other, time);
}

/* The directory says that this agency takes dossiers in for the other, as a one-stop centre does. */
static bool receives_for(const struct lt_directory *directory, const char *agency, const char *other, int64_t time)
{
	const struct lt_agency *entry = lt_directory_find(directory, agency);
	for (size_t i = 0; entry && i < entry->receives_count; i++) {
		if (same(directory, entry->receives_for[i], other, time))
			return true;
	}
	return false;
}

static bool under(const struct lt_directory *directory, const char *unit, const char *agency, int64_t time)
{
	const struct lt_agency *entry = lt_directory_find(directory, unit);
	for (unsigned steps = 0; entry && entry->parent[0] != '\0' && steps < PARENTS_MAX; steps++) {
		if (stands_for(directory, entry->parent, agency, time))
			return true;
		entry = lt_directory_find(directory, entry->parent);
	}
	return false;
}

/* ---- codes ---- */

static int64_t number_of(const char *digits, size_t count)
{
	int64_t value = 0;
	for (size_t i = 0; i < count; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/* Days since 1970-01-01 of the date in "AGENCY-YYYYMMDD-NUMBER" or "AGENCY-YYMMDD-NUMBER". */
static int64_t day_in(const char *code)
{
	const char *date = strchr(code, '-') + 1;
	size_t digits = (size_t)(strchr(date, '-') - date), year = digits - 4;
	return lt_date_to_days((int)(number_of(date, year) + (year == 2 ? 2000 : 0)), (int)number_of(date + year, 2),
			       (int)number_of(date + year + 2, 2));
}

static int64_t day_of(int64_t time)
{
	int64_t local = time + LT_VIETNAM_OFFSET_US;
	return local / LT_DAY_US - (local % LT_DAY_US < 0);
}

static enum lt_reason check_date(const char *code, int64_t time, struct lt_refusal *refusal)
{
	int64_t ahead = day_in(code) - day_of(time);
	if (ahead >= -ACCESS_CODE_DAYS_BACK && ahead <= ACCESS_CODE_DAYS_AHEAD)
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_CODE_DATE_WRONG, "%s: its day is %lld days %s; allowed are %d back and %d ahead",
			 code, (long long)(ahead < 0 ? -ahead : ahead), ahead < 0 ? "back" : "ahead",
			 ACCESS_CODE_DAYS_BACK, ACCESS_CODE_DAYS_AHEAD);
}

/* The listed agency that a code belongs to: the one that it begins with, else the nearest above it by the groups of its code; NULL: no
 * listed agency. *exact: it is listed itself. */
static const struct lt_agency *owner_of(const struct lt_directory *directory, const char *prefix, bool *exact)
{
	char code[LT_AGENCY_MAX];
	const struct lt_agency *agency = lt_directory_resolve(directory, prefix);
	char *dot;
	*exact = agency != NULL;
	snprintf(code, sizeof(code), "%s", prefix);
	while (!agency && lt_agency_code_valid(code) && (dot = strrchr(code, '.'))) {
		*dot = '\0';
		agency = lt_directory_find(directory, code);
	}
	return agency;
}

/* What the list names, and the units under that by their codes. */
static bool names(const char (*list)[LT_AGENCY_MAX], size_t count, const char *code)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(list[i]);
		if (strncmp(code, list[i], length) == 0 && (code[length] == '\0' || code[length] == '.'))
			return true;
	}
	return false;
}

static bool brings(const struct lt_directory *directory, const char *sender, const char *prefix)
{
	const struct lt_agency *entry = lt_directory_find(directory, sender);
	return entry && names((const char(*)[LT_AGENCY_MAX])entry->brings, entry->brings_count, prefix);
}

bool access_answers(const struct lt_directory *directory, const char *agency, const char *origin)
{
	const struct lt_agency *entry = lt_directory_find(directory, agency);
	return entry && names((const char(*)[LT_AGENCY_MAX])entry->answers_for, entry->answers_count, origin);
}

enum lt_reason access_code(const struct lt_directory *directory, const char *sender, const char *code, int64_t received,
			   int64_t time, struct lt_refusal *refusal)
{
	char prefix[LT_AGENCY_MAX];
	bool exact = false;
	enum lt_reason reason = check_date(code, received, refusal);
	if (reason)
		return reason;
	snprintf(prefix, sizeof(prefix), "%.*s", (int)strcspn(code, "-"), code);
	const struct lt_agency *owner = directory ? owner_of(directory, prefix, &exact) : NULL;
	if (owner && (stands_for(directory, sender, owner->code, time) || under(directory, sender, owner->code, time) ||
		      receives_for(directory, sender, owner->code, time)))
		return LT_REASON_NONE;
	if (directory && !exact && brings(directory, sender, prefix))
		return LT_REASON_NONE;
	if (owner)
		return lt_refuse(refusal, LT_CODE_NOT_OWNED, "%s belongs to %s, and %s does not receive for it", code,
				 owner->code, sender);
	return lt_refuse(refusal, LT_CODE_NOT_OWNED,
			 "%s: no listed agency is %s, and %s has no right to bring its codes", code, prefix, sender);
}

/* Adds what is not there yet. */
static size_t add_spelling(char out[ACCESS_SPELLINGS_MAX][LT_DOSSIER_MAX], size_t count, const char *agency,
			   const char *rest)
{
	snprintf(out[count], LT_DOSSIER_MAX, "%s%s", agency, rest);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(out[i], out[count]) == 0)
			return count;
	}
	return count + 1;
}

size_t access_spellings(const struct lt_directory *directory, const char *code,
			char out[ACCESS_SPELLINGS_MAX][LT_DOSSIER_MAX])
{
	char plain[LT_DOSSIER_MAX], prefix[LT_AGENCY_MAX];
	LT_ASSERT(lt_dossier_code_plain(code, plain) == LT_OK);
	size_t length = strcspn(code, "-");
	snprintf(prefix, sizeof(prefix), "%.*s", (int)length, code);
	const struct lt_agency *agency = directory ? lt_directory_resolve(directory, prefix) : NULL;
	size_t count = add_spelling(out, 0, code, "");
	count = add_spelling(out, count, plain, "");
	return add_spelling(out, count, agency ? agency->code : prefix, plain + length);
}

/* ---- procedures ---- */

/* Who does what the role says for a dossier that this one-stop receives. */
static bool resolve(const struct lt_directory *directory, const struct lt_procedure *procedure,
		    const struct lt_header *header, const char *origin, const char *role, char out[LT_AGENCY_MAX])
{
	struct lt_refusal ignored = { 0 };
	const struct route_facts facts = { .origin = origin,
					   .field_count = header->field_count,
					   .fields = header->fields };
	return !route_resolve_role(directory, procedure, &facts, role, out, &ignored);
}

/* Whether the recipient does this leg of a dossier that the sender receives. */
static bool does_leg(const struct lt_directory *directory, const struct lt_procedure *procedure,
		     const struct lt_header *header, const struct lt_route_leg *leg, int64_t time)
{
	char agency[LT_AGENCY_MAX];
	const char *to = header->to[0].agency;
	return resolve(directory, procedure, header, header->sender, leg->agency, agency) &&
	       (same(directory, to, agency, time) || receives_for(directory, to, agency, time));
}

static bool follows(const struct lt_directory *directory, const struct lt_procedure *procedure,
		    const struct lt_header *header, int64_t time)
{
	for (uint32_t i = 0; i < procedure->leg_count; i++) {
		if (route_follows(procedure, 1, i + 1) &&
		    does_leg(directory, procedure, header, &procedure->legs[i], time))
			return true;
	}
	return false;
}

bool access_registers(const struct lt_directory *directory, const struct lt_procedure *procedure,
		      const struct lt_header *header, int64_t time)
{
	const struct lt_recipient *to = &header->to[0];
	const struct lt_route_leg *named = route_find(procedure, to->leg);
	if (header->received || header->carried || !directory)
		return false;
	if (to->leg[0] != '\0')
		return named && named->number == 1;
	return stands_for(directory, header->sender, to->agency, time) || !follows(directory, procedure, header, time);
}

/* The receiving one-stop. */
static const char *origin_of(const struct lt_directory *directory, const struct lt_procedure *procedure,
			     const struct lt_header *header, int64_t time)
{
	const char *to = header->to[0].agency;
	return access_registers(directory, procedure, header, time) && !stands_for(directory, header->sender, to, time)
		       ? to
		       : header->sender;
}

/* A first leg that is done above the origin admits everybody under it. */
static bool admits(const struct lt_directory *directory, const struct lt_procedure *procedure,
		   const struct lt_header *header, const char *origin, const char *text, int64_t time)
{
	char agency[LT_AGENCY_MAX];
	struct lt_role role;
	if (lt_role_parse(text, &role) || !resolve(directory, procedure, header, origin, text, agency))
		return false;
	if (role.kind == LT_ROLE_ORIGIN || role.kind == LT_ROLE_PARENT || role.kind == LT_ROLE_PROVINCE)
		return true;
	return same(directory, origin, agency, time) || receives_for(directory, origin, agency, time);
}

enum lt_reason access_open(const struct lt_directory *directory, const struct lt_procedure *procedure,
			   const struct lt_header *header, int64_t time, struct lt_refusal *refusal)
{
	const char *first = procedure->leg_count > 0 ? procedure->legs[0].agency : "";
	const char *origin = directory ? origin_of(directory, procedure, header, time) : header->sender;
	for (size_t i = 0; directory && i < procedure->open_count; i++) {
		if (admits(directory, procedure, header, origin, procedure->open_by[i], time))
			return LT_REASON_NONE;
	}
	if (procedure->open_count > 0)
		return lt_refuse(refusal, LT_OPENER_NOT_ADMITTED,
				 "%s is none of those that may open procedure %s (open_by)", origin, procedure->code);
	if (directory && admits(directory, procedure, header, origin, first, time))
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_OPENER_NOT_ADMITTED,
			 "procedure %s begins with leg %s, which is for %s, not for %s", procedure->code,
			 procedure->leg_count > 0 ? procedure->legs[0].id : "", first, origin);
}

/* ---- offers ---- */

/* The first leg, or one that follows it. */
static bool begins(const struct lt_procedure *procedure, uint32_t leg)
{
	return leg == 1 || route_follows(procedure, 1, leg);
}

enum lt_reason access_offer(const struct lt_directory *directory, const struct lt_procedure *procedure,
			    const struct lt_header *header, int64_t time, struct lt_refusal *refusal)
{
	const struct lt_recipient *to = &header->to[0];
	const struct lt_route_leg *named = route_find(procedure, to->leg);
	bool own = stands_for(directory, header->sender, to->agency, time) ||
		   (directory && access_registers(directory, procedure, header, time));
	if (to->leg[0] != '\0' && !named)
		return route_unknown(procedure, to->leg, 0, refusal);
	if (named && !header->carried && !begins(procedure, named->number))
		return lt_refuse(refusal, LT_OFFER_NOT_ADMITTED,
				 "to[0].leg: %s neither is the first leg nor follows it", to->leg);
	if (named && !(own && named->number == 1) && !does_leg(directory, procedure, header, named, time))
		return lt_refuse(refusal, LT_OFFER_NOT_ADMITTED, "to[0]: leg %s is for %s, not for %s", to->leg,
				 named->agency, to->agency);
	if (named || own)
		return LT_REASON_NONE;
	if (does_leg(directory, procedure, header, &procedure->legs[0], time) ||
	    follows(directory, procedure, header, time))
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_OFFER_NOT_ADMITTED,
			 "to[0]: %s does neither the first leg of procedure %s nor one that follows it", to->agency,
			 procedure->code);
}

enum lt_reason access_unknown(const char *code, struct lt_refusal *refusal)
{
	return lt_refuse(refusal, LT_DOSSIER_UNKNOWN, "%.60s", code);
}
