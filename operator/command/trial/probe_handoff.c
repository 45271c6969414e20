/* probe_handoff.c: what both together need: a procedure by which one may hand on to the other, and signatures that each believes of the
 * other. The envelopes of the dry hand-off are made and checked as real ones are, and go nowhere. */
#include "probe.h"

#include "base/date.h"

#include <lienthong/envelope.h>
#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>

static const char *pair(const struct probe *probe, char out[160])
{
	snprintf(out, 160, "%.64s -> %.64s", probe->sides[0].code, probe->sides[1].code);
	return out;
}

/* ---- rights ---- */

static void make_open(const struct probe *probe, struct lt_recipient *to, struct lt_header *out)
{
	char day[LT_TIME_TEXT];
	lt_time_format(probe->legal, day);
	*out = (struct lt_header){ .domain = lt_directory_domain(probe->directory),
				   .kind = LT_KIND_OPEN,
				   .to = to,
				   .to_count = 1,
				   .sent_at = probe->now,
				   .reason = "",
				   .subject = "",
				   .place_of_help = "",
				   .ground = "",
				   .received = true };
	snprintf(out->sender, sizeof(out->sender), "%s", probe->sides[0].code);
	snprintf(out->dossier, sizeof(out->dossier), "%.35s-%.4s%.2s%.2s-0000001", probe->sides[0].code, day, day + 5,
		 day + 8);
	*to = (struct lt_recipient){ 0 };
	snprintf(to->agency, sizeof(to->agency), "%s", probe->sides[1].code);
}

/* As the broker asks it when an OPEN comes. */
static bool may_open(struct probe *probe, const struct law *law, const struct lt_procedure *procedure,
		     struct lt_refusal *refusal)
{
	struct lt_recipient to;
	struct lt_header header;
	make_open(probe, &to, &header);
	enum lt_reason reason =
		law->access.code(probe->directory, header.sender, header.dossier, probe->legal, probe->now, refusal);
	if (!reason)
		reason = law->access.open(probe->directory, procedure, &header, probe->now, refusal);
	if (!reason)
		reason = law->access.offer(probe->directory, procedure, &header, probe->now, refusal);
	return !reason;
}

/* A leg of A that leads to one of B, both by their codes. */
static const char *follows(const struct probe *probe, const struct law *law, const struct lt_procedure *procedure)
{
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		if (strcmp(leg->agency, probe->sides[0].code) != 0)
			continue;
		for (size_t k = 0; k < leg->next_count; k++) {
			const struct lt_route_leg *next = law->route.leg(procedure, leg->next[k]);
			if (next && strcmp(next->agency, probe->sides[1].code) == 0)
				return next->id;
		}
	}
	return NULL;
}

static bool take(struct probe *probe, const struct law *law, const struct lt_procedure *procedure)
{
	struct lt_refusal refusal = { 0 };
	if (!law->route.in_force(procedure, (probe->legal + LT_VIETNAM_OFFSET_US) / LT_DAY_US))
		return false;
	const char *leg = follows(probe, law, procedure);
	probe->opens = may_open(probe, law, procedure, &refusal);
	if (!leg && !probe->opens)
		return false;
	probe->procedure = procedure;
	probe->leg = leg ? leg : "";
	return true;
}

/* Every version of one procedure, whole; the list has them without their legs. */
static int try_versions(struct probe *probe, const char *code)
{
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = code };
	struct lt_control_answer answer;
	struct lt_refusal refusal = { 0 };
	int result = control_call(probe->control, &request, &answer);
	for (size_t i = 0; result == EX_OK && !probe->procedure && i < answer.procedures.count; i++) {
		struct lt_procedure *procedure = lt_arena_alloc(probe->arena, sizeof(*procedure));
		if (!procedure || lt_procedure_decode(answer.procedures.list[i], probe->arena, procedure, &refusal))
			return say_fail(EX_PROTOCOL, "the broker's answer does not hold: %s", refusal.detail);
		take(probe, &law_1, procedure);
	}
	return result;
}

static int find_procedure(struct probe *probe)
{
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES };
	struct lt_control_answer answer;
	const char *before = "";
	int result = control_call(probe->control, &request, &answer);
	for (size_t i = 0; result == EX_OK && !probe->procedure && i < answer.procedures.count; i++) {
		struct lt_procedure listed;
		struct lt_refusal refusal = { 0 };
		if (lt_procedure_decode(answer.procedures.list[i], probe->arena, &listed, &refusal))
			return say_fail(EX_PROTOCOL, "the broker's answer does not hold: %s", refusal.detail);
		if (strcmp(listed.code, before) != 0)
			result = try_versions(probe, listed.code);
		before = listed.code;
	}
	return result;
}

static int try_rights(struct probe *probe)
{
	char who[160];
	int code = find_procedure(probe);
	if (code != EX_OK)
		return code;
	if (probe->procedure)
		probe_good(
			probe, pair(probe, who), "rights", "%s version %u: %s, %s%s", probe->procedure->code,
			probe->procedure->version, probe->opens ? "the first opens it" : "the first does a leg of it",
			probe->leg[0] ? "the second does the next leg, " : "the second may be offered it", probe->leg);
	else
		probe_bad(probe, pair(probe, who), "rights",
			  "no procedure in force leads from the first to the second: see `lienthong procedure list`");
	return EX_OK;
}

/* ---- one hand-off ---- */

static void make_answer(const struct probe *probe, const struct lt_header *offer, struct lt_recipient *to,
			struct lt_header *out)
{
	*out = *offer;
	out->kind = LT_KIND_ACCEPT;
	out->procedure[0] = '\0';
	out->procedure_version = 0;
	out->received = false;
	out->branch = 1;
	out->branch_version = 1;
	out->has_reply = true;
	memcpy(out->in_reply_to, offer->id, sizeof(offer->id));
	snprintf(out->sender, sizeof(out->sender), "%s", probe->sides[1].code);
	*to = (struct lt_recipient){ 0 };
	snprintf(to->agency, sizeof(to->agency), "%s", probe->sides[0].code);
	out->to = to;
}

/* Made, read back, signed, and believed by the certificates that the directory lists for its sender. */
static bool pass(struct probe *probe, const struct probe_side *side, const struct lt_header *header,
		 char why[PROBE_TEXT])
{
	struct lt_buf bytes = { 0 }, signature = { 0 };
	struct lt_refusal refusal = { 0 };
	struct lt_header read;
	const struct lt_cert *used = NULL;
	enum lt_err err = lt_header_encode(header, &bytes, &refusal);
	if (err == LT_OK && lt_header_parse(lt_buf_bytes(&bytes), probe->arena, &read, &refusal))
		err = LT_EINVAL;
	if (err == LT_OK)
		err = lt_signer_header(side->signer, lt_buf_bytes(&bytes), &signature);
	if (err == LT_OK && lt_signature_verify(lt_buf_bytes(&signature), lt_buf_bytes(&bytes),
						(const struct lt_cert *const *)side->agency->certs,
						side->agency->cert_count, &used, &refusal))
		err = LT_ECRYPTO;
	if (err != LT_OK)
		snprintf(why, PROBE_TEXT, "%s of %s: %s %.200s", lt_kind_name(header->kind), side->code,
			 refusal.reason ? lt_reason_name(refusal.reason) : lt_err_text(err), refusal.detail);
	lt_buf_fini(&bytes);
	lt_buf_fini(&signature);
	return err == LT_OK;
}

static void try_handoff(struct probe *probe)
{
	struct lt_recipient to, back;
	struct lt_header offer, answer;
	char who[160], why[PROBE_TEXT] = "";
	make_open(probe, &to, &offer);
	snprintf(to.leg, sizeof(to.leg), "%s", probe->leg);
	if (probe->opens) {
		snprintf(offer.procedure, sizeof(offer.procedure), "%s", probe->procedure->code);
		offer.procedure_version = probe->procedure->version;
	} else {
		offer.kind = LT_KIND_FORWARD;
		offer.received = false;
		offer.branch = 1;
		offer.branch_version = 1;
	}
	bool good = lt_uuid_new(offer.id) == LT_OK && pass(probe, &probe->sides[0], &offer, why);
	make_answer(probe, &offer, &back, &answer);
	good = good && lt_uuid_new(answer.id) == LT_OK && pass(probe, &probe->sides[1], &answer, why);
	if (good)
		probe_good(probe, pair(probe, who), "hand-off",
			   "%s and ACCEPT were made, signed and believed by both; nothing was sent",
			   lt_kind_name(offer.kind));
	else
		probe_bad(probe, pair(probe, who), "hand-off", "%s", why);
}

int probe_handoff(struct probe *probe)
{
	char who[160];
	int code = try_rights(probe);
	if (code != EX_OK)
		return code;
	if (probe->procedure && probe->sides[0].signer && probe->sides[1].signer)
		try_handoff(probe);
	else
		probe_untried(probe, pair(probe, who), "hand-off");
	return EX_OK;
}
