/* header_more.c: the header's fields that say who acted, by which way, on what ground and why late, and those that the rules will
 * have: 24 to 35, in this order, after all others. A field that is not carried yet is refused before its form is looked at.
 * Source: SPEC.md, "Header". Which kind has which: kind.def. */
#include "header_internal.h"

#include <string.h>

#include <lienthong/text.h>

static bool absent(const char *text)
{
	return !text || !*text;
}

/* [A-Za-z0-9._-]: ids of other systems, without blanks. */
static bool word_valid(const char *word, size_t max)
{
	size_t length = strlen(word);
	return length <= max &&
	       strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

/* A text of one line for a person. */
static enum lt_reason check_line(const char *text, size_t max, const char *field, struct lt_refusal *refusal)
{
	enum lt_reason reason = lt_text_refuse(text, LT_TEXT_LINE, LT_TEXT_NOT_IN_FORM, field, refusal);
	return reason ? reason : codec_check_length(text, max, field, refusal);
}

static enum lt_reason check_actor(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	const struct lt_actor *actor = header->actor;
	enum kind_presence rule = kind->sender == KIND_SENDER_AGENCY ? KIND_OPTIONAL : KIND_ABSENT;
	enum lt_reason reason = codec_check_presence(rule, actor != NULL, "actor", refusal);
	if (reason || !actor)
		return reason;
	if (absent(actor->unit) && absent(actor->officer) && absent(actor->title))
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "actor: a unit, an officer or a title is needed");
	reason = check_line(actor->unit, LT_ACTOR_TEXT_MAX, "actor.unit", refusal);
	if (!reason && !absent(actor->officer) && !word_valid(actor->officer, LT_OFFICER_MAX))
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED,
				   "actor.officer: an id of 1 to %u letters, digits, dots, hyphens and underscores",
				   LT_OFFICER_MAX);
	return reason ? reason : check_line(actor->title, LT_ACTOR_TEXT_MAX, "actor.title", refusal);
}

static enum lt_reason check_channel(enum kind_presence rule, enum lt_channel channel, const char *field,
				    struct lt_refusal *refusal)
{
	enum lt_reason reason = codec_check_presence(rule, channel != LT_CHANNEL_NONE, field, refusal);
	if (!reason && channel != LT_CHANNEL_NONE && channel != LT_CHANNEL_COUNTER && channel != LT_CHANNEL_ONLINE &&
	    channel != LT_CHANNEL_POST)
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "%s: not 1, 2 or 3", field);
	return reason;
}

static enum lt_reason check_place(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum lt_reason reason =
		codec_check_presence(kind->place_of_help, !absent(header->place_of_help), "place_of_help", refusal);
	return reason ? reason : check_line(header->place_of_help, LT_PLACE_MAX, "place_of_help", refusal);
}

static enum lt_reason check_foreign(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	const char **codes = header->foreign_codes;
	enum lt_reason reason =
		codec_check_presence(kind->foreign_codes, header->foreign_count > 0, "foreign_codes", refusal);
	for (size_t i = 0; i < header->foreign_count && !reason; i++) {
		if (absent(codes[i]))
			return lt_refuse(refusal, LT_FIELD_REQUIRED, "foreign_codes[%zu]: empty", i);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(codes[i], codes[j]) == 0)
				return lt_refuse(refusal, LT_HEADER_MALFORMED, "foreign_codes[%zu]: stands twice", i);
		}
		reason = check_line(codes[i], LT_FOREIGN_CODE_MAX, "foreign_codes", refusal);
	}
	return reason;
}

static enum lt_reason check_replaces(const struct kind *kind, const struct lt_header *header,
				     struct lt_refusal *refusal)
{
	enum lt_reason reason = codec_check_presence(kind->replaces, !absent(header->replaces), "replaces", refusal);
	if (!reason && !absent(header->replaces) &&
	    (!memchr(header->replaces, '\0', sizeof(header->replaces)) || !lt_dossier_code_valid(header->replaces) ||
	     strcmp(header->replaces, header->dossier) == 0))
		reason = lt_refuse(refusal, LT_DOSSIER_CODE_INVALID,
				   "replaces: not of the form agency-date-number, or the dossier itself");
	return reason;
}

static enum lt_reason check_learned(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum lt_reason reason = codec_check_presence(kind->facts, header->fact_count > 0, "facts", refusal);
	return reason ? reason : codec_check_facts(header->facts, header->fact_count, "facts", refusal);
}

static enum lt_reason check_results(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	const struct lt_made_result *results = header->results;
	enum lt_reason reason = codec_check_presence(kind->results, header->result_count > 0, "results", refusal);
	for (size_t i = 0; i < header->result_count && !reason; i++) {
		if (absent(results[i].code) || !word_valid(results[i].code, LT_RESULT_CODE_MAX))
			return lt_refuse(refusal, LT_HEADER_MALFORMED,
					 "results[%zu].code: 1 to %u letters, digits, dots, hyphens and underscores", i,
					 LT_RESULT_CODE_MAX);
		if (!memchr(results[i].leg, '\0', LT_LEG_ID_MAX) || !lt_leg_id_valid(results[i].leg))
			return lt_refuse(refusal, LT_HEADER_MALFORMED, "results[%zu].leg: not the id of a leg", i);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(results[i].code, results[j].code) == 0)
				return lt_refuse(refusal, LT_HEADER_MALFORMED, "results[%zu].code: stands twice", i);
		}
	}
	return reason;
}

static enum lt_reason check_hand_over(const struct kind *kind, const struct lt_header *header,
				      struct lt_refusal *refusal)
{
	const struct lt_hand_over *over = header->hand_over;
	enum lt_reason reason = codec_check_presence(kind->hand_over, over != NULL, "hand_over", refusal);
	if (reason || !over)
		return reason;
	reason = check_channel(KIND_REQUIRED, over->manner, "hand_over.manner", refusal);
	if (!reason && over->at <= 0)
		reason = lt_refuse(refusal, LT_FIELD_REQUIRED, "hand_over.at: must be after 1970");
	return reason;
}

static enum lt_reason check_code(const char *code, const char *field, struct lt_refusal *refusal)
{
	_Static_assert(LT_GROUND_MAX == LT_LEG_ID_MAX - 1, "codes of grounds have the form of ids of legs");
	if (lt_leg_id_valid(code))
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_HEADER_MALFORMED, "%s: 1 to %u lower-case letters, digits and hyphens", field,
			 LT_GROUND_MAX);
}

static enum lt_reason check_late(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	const struct lt_late_reason *late = header->late_reason;
	enum lt_reason reason = codec_check_presence(kind->late_reason, late != NULL, "late_reason", refusal);
	if (reason || !late)
		return reason;
	if (absent(late->code))
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "late_reason.code: missing");
	reason = check_code(late->code, "late_reason.code", refusal);
	return reason ? reason : check_line(late->words, LT_LATE_WORDS_MAX, "late_reason.words", refusal);
}

/* One date of a dossier of before: not before another of them. */
static enum lt_reason check_date(int64_t date, int64_t least, const char *field, const char *other,
				 struct lt_refusal *refusal)
{
	if (date >= least)
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_HEADER_MALFORMED, "%s: before %s", field, other);
}

/* What is optional is 0, or a date that fits. */
static enum lt_reason check_carried(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	const struct lt_carried *carried = header->carried;
	enum lt_reason reason = codec_check_presence(kind->carried, carried != NULL, "carried", refusal);
	if (reason || !carried)
		return reason;
	if (absent(header->to[0].leg))
		return lt_refuse(refusal, LT_FIELD_REQUIRED,
				 "to[0].leg: missing; what is carried over stands at a leg of its route");
	if (carried->opened_at <= 0 || carried->received_at <= 0 || carried->since <= 0)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "carried: opened_at, received_at and since are needed");
	reason = check_date(carried->received_at, carried->opened_at, "carried.received_at", "opened_at", refusal);
	if (!reason)
		reason = check_date(carried->since, carried->received_at, "carried.since", "received_at", refusal);
	if (!reason && carried->appointment != 0)
		reason = check_date(carried->appointment, carried->received_at, "carried.appointment", "received_at",
				    refusal);
	if (!reason && carried->counted_from != 0)
		reason = check_date(carried->counted_from, carried->received_at, "carried.counted_from", "received_at",
				    refusal);
	if (!reason && carried->done_at != 0)
		reason = check_date(carried->done_at,
				    carried->counted_from ? carried->counted_from : carried->received_at,
				    "carried.done_at", "received_at", refusal);
	if (!reason && carried->done_at > carried->since)
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "carried.done_at: after since");
	return reason;
}

static enum lt_reason check_tally(const struct lt_digest *digest, size_t at, struct lt_refusal *refusal)
{
	const char *agency = digest->tallies[at].agency;
	if (!memchr(agency, '\0', LT_AGENCY_MAX) || !lt_agency_code_valid(agency))
		return lt_refuse(refusal, LT_AGENCY_CODE_INVALID, "digest.tallies[%zu].agency: not a canonical code",
				 at);
	for (size_t i = 0; i < at; i++) {
		if (strcmp(agency, digest->tallies[i].agency) == 0)
			return lt_refuse(refusal, LT_HEADER_MALFORMED, "digest.tallies[%zu].agency: stands twice", at);
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_digest(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	const struct lt_digest *digest = header->digest;
	enum lt_reason reason = codec_check_presence(kind->digest, digest != NULL, "digest", refusal);
	if (reason || !digest)
		return reason;
	if (digest->from < 0 || digest->until <= digest->from)
		return lt_refuse(refusal, LT_HEADER_MALFORMED, "digest.until: not after from");
	if (digest->agencies < digest->tally_count)
		return lt_refuse(refusal, LT_HEADER_MALFORMED, "digest.agencies: fewer than are told of");
	for (size_t i = 0; i < digest->tally_count && !reason; i++)
		reason = check_tally(digest, i, refusal);
	return reason;
}

enum lt_reason codec_header_check_more(const struct kind *kind, const struct lt_header *header,
				       struct lt_refusal *refusal)
{
	enum lt_reason reason = check_actor(kind, header, refusal);
	if (!reason)
		reason = check_channel(kind->channel, header->channel, "channel", refusal);
	if (!reason)
		reason = check_place(kind, header, refusal);
	if (!reason)
		reason = check_foreign(kind, header, refusal);
	if (!reason)
		reason = check_replaces(kind, header, refusal);
	if (!reason)
		reason = check_learned(kind, header, refusal);
	if (!reason)
		reason = check_results(kind, header, refusal);
	if (!reason)
		reason = check_hand_over(kind, header, refusal);
	if (!reason)
		reason = codec_check_presence(kind->ground, !absent(header->ground), "ground", refusal);
	if (!reason && !absent(header->ground))
		reason = check_code(header->ground, "ground", refusal);
	if (!reason)
		reason = check_late(kind, header, refusal);
	if (!reason)
		reason = codec_check_presence(kind->received, header->received, "received", refusal);
	if (!reason)
		reason = check_carried(kind, header, refusal);
	return reason ? reason : check_digest(kind, header, refusal);
}
