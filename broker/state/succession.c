/* succession.c: the way from an agency to who acts for it now. */
#include "succession.h"

#include <string.h>

#include "program/log.h"

/* The value of the dossier's field; NULL when it has none or no field is asked for. */
static const char *field_value(const struct dossier *dossier, const char *name)
{
	return dossier && name && name[0] ? dossier_field(dossier, name) : NULL;
}

static bool closed(const struct lt_agency *agency, int64_t time)
{
	return agency && agency->valid_to != 0 && time >= agency->valid_to;
}

/* The successor for a value: its rule, else the rule of all others, else the first. */
static const char *choose(const struct lt_agency *agency, const char *value)
{
	const char *others = agency->successors[0];
	for (size_t i = 0; i < agency->split_count; i++) {
		const struct lt_split_rule *rule = &agency->split[i];
		if (rule->value[0] == '\0')
			others = rule->successor;
		else if (value && strcmp(rule->value, value) == 0)
			return rule->successor;
	}
	return others;
}

static const struct lt_agency *find(const struct lt_directory *directory, const char *code)
{
	return directory && code[0] ? lt_directory_find(directory, code) : NULL;
}

bool succession_closed(const struct rulebook *rulebook, const char *agency, int64_t time)
{
	return closed(find(rulebook_directory(rulebook), agency), time);
}

bool succession_in_force(const struct rulebook *rulebook, const char *code, int64_t time)
{
	const struct lt_agency *agency = find(rulebook_directory(rulebook), code);
	return agency && time >= agency->valid_from && !closed(agency, time);
}

static const char *next(const struct lt_directory *directory, const char *code, const struct dossier *dossier,
			int64_t time)
{
	const struct lt_agency *agency = find(directory, code);
	if (!closed(agency, time) || agency->successor_count == 0)
		return code;
	return choose(agency, field_value(dossier, agency->split_field));
}

/* The directory's check knows no circles; the bound holds whatever it says. */
const char *succession_of(const struct rulebook *rulebook, const char *code, const struct dossier *dossier,
			  int64_t time)
{
	const struct lt_directory *directory = rulebook_directory(rulebook);
	for (unsigned step = 0; step < SUCCESSION_STEPS; step++) {
		const char *after = next(directory, code, dossier, time);
		if (after == code)
			break;
		code = after;
	}
	return code;
}

const char *succession_next(const struct rulebook *rulebook, const char *agency, const struct dossier *dossier,
			    int64_t time)
{
	return next(rulebook_directory(rulebook), agency, dossier, time);
}

bool succession_acts_for(const struct rulebook *rulebook, const char *sender, const char *agency,
			 const struct dossier *dossier, int64_t time)
{
	return agency[0] != '\0' && strcmp(succession_of(rulebook, agency, dossier, time), sender) == 0;
}

bool succession_is_party(const struct rulebook *rulebook, const char *sender, const struct dossier *dossier,
			 int64_t time)
{
	if (dossier_has_party(dossier, sender))
		return true;
	for (uint32_t i = 0; i < dossier->party_count; i++) {
		if (succession_acts_for(rulebook, sender, dossier->parties[i], dossier, time))
			return true;
	}
	return false;
}
