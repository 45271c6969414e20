/* procedure_check.h: the check of a procedure: pure functions over a procedure that was read, the agencies that there are, and its
 * other versions. docs/procedures.md.
 *
 * The whole check is asked before a definition is recorded: by the command line, which tells all faults with their line, by the
 * broker's control thread and by its first start, which refuse with the first. A version in force is never exchanged, so a route
 * that cannot end would hold every dossier that was opened under it. apply asks the form alone, of the record. */
#ifndef LAW_PROCEDURE_CHECK_H
#define LAW_PROCEDURE_CHECK_H

#include <lienthong/directory.h>

#include "record/definitions.h"
#include "route.h"

#define PROCEDURE_FAULTS_MAX 64u

struct procedure_fault {
	char pointer[80]; /* JSON Pointer into the procedure's file */
	char text[320];   /* what is wrong and how to mend it */
};
struct procedure_faults {
	size_t count; /* more than PROCEDURE_FAULTS_MAX are not kept */
	struct procedure_fault items[PROCEDURE_FAULTS_MAX];
};
/* The agencies that there are. */
struct procedure_agencies {
	const struct lt_agency *(*find)(const void *ctx, const char *code); /* by canonical code; NULL: not listed */
	const struct lt_agency *(*at)(const void *ctx, size_t index);       /* one after the other; NULL at the end */
	const void *ctx;
};
/* The longest way from leg 1 to the end by results, in working minutes: a working day is 480, 7 calendar days are 5 working
 * days; legs whose time does not count (kind pay, route_counts) are 0, and so are those after the last result; a leg with `until` ends then. */
struct procedure_path {
	uint32_t minutes;
	size_t count;
	uint32_t legs[64]; /* numbers, in order */
};

/* Those of a directory, which may be NULL: none. */
struct procedure_agencies procedure_agencies_listed(const struct lt_directory *directory);

/* Whether a definition can be worked with: legs numbered from 1 without a gap, what they name is there, numbers within their
 * bounds. DEFINITION_INVALID with the place in words. */
/* What is wrong with a leg's `sets`, for people; NULL: nothing. */
const char *procedure_sets_fault(const struct lt_route_leg *leg);
enum lt_reason procedure_check_form(const struct lt_procedure *procedure, struct lt_refusal *refusal);
/* Adds what is wrong with one procedure: its form, and only when that holds its texts, agencies, route and limits. agencies NULL:
 * codes and roles are not looked up. */
void procedure_check(const struct lt_procedure *procedure, const struct procedure_agencies *agencies,
		     struct procedure_faults *faults);
/* What a reader of a file still finds in a procedure that has faults of its form, so that all are told at once: agencies and roles; with
 * `ways` the route and its limits too, when nothing that is wrong is of the ways. Nothing when the procedure cannot be worked with. */
void procedure_check_rest(const struct lt_procedure *procedure, const struct procedure_agencies *agencies, bool ways,
			  struct procedure_faults *faults);
/* Adds a fault when both are versions of one procedure and in force on one day, or the same version; pointer and words are for
 * `procedure`, whose order in time does not matter. `where` names the other. */
void procedure_check_versions(const struct lt_procedure *procedure, const struct lt_procedure *other, const char *where,
			      struct procedure_faults *faults);
/* The first fault as DEFINITION_INVALID: procedure, version, place and remedy; 0 when there is none. */
enum lt_reason procedure_refuse(const struct lt_procedure *procedure, const struct procedure_faults *faults,
				struct lt_refusal *refusal);
/* With limits and choices by these fields. An empty path when the route runs in a circle. */
void procedure_critical_path(const struct lt_procedure *procedure, const struct route_facts *facts,
			     struct procedure_path *out);
/* A limit in working minutes, as the path counts it. */
uint32_t procedure_limit_minutes(const struct lt_limit *limit);
/* None, or one that counts working time alone. */
bool procedure_limit_works(const struct lt_limit *limit);
#define PROCEDURE_WORKING_FAULT "must be in minutes, working_hours or working_days"
#define PROCEDURE_UNTIL_FAULT "counts from the valid file, and the time of this leg does not count; give it a \"limit\""
#define PROCEDURE_SILENCE_FAULT \
	"DEEMED_CONSENT needs \"limit\" in \"consult\": silence is consent only when the time of the law is over"

#endif
