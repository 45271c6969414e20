/* view_dossier.c: what is common to the views of a dossier. */
#include "view_dossier.h"

#include "cli_output.h"
#include "law/status.h"

#include <lienthong/time.h>
#include <string.h>

void view_find_signer(const struct lt_directory *directory, struct lt_bytes sha256, struct view_signer *out)
{
	*out = (struct view_signer){ 0 };
	if (sha256.len != 32)
		return;
	for (size_t i = 0; i < lt_directory_count(directory); i++) {
		const struct lt_agency *agency = lt_directory_at(directory, i);
		for (size_t j = 0; j < agency->cert_count + agency->ended_count; j++) {
			if (memcmp(lt_cert_sha256(agency->certs[j]), sha256.data, 32) != 0)
				continue;
			out->agency = agency;
			lt_cert_subject(agency->certs[j], out->subject, sizeof(out->subject));
			return;
		}
	}
}

const char *view_agency_name(const struct lt_directory *directory, const char *code)
{
	const struct lt_agency *agency = lt_directory_find(directory, code);
	return agency ? agency->name : code;
}

const char *view_custody_name(enum lt_custody custody)
{
	switch (custody) {
	case LT_CUSTODY_HELD:
		return "HELD";
	case LT_CUSTODY_OFFERED:
		return "OFFERED";
	case LT_CUSTODY_CLOSED:
		return "CLOSED";
	}
	return "UNKNOWN";
}

void view_recipients(const struct lt_hop *hop, char *out, size_t size)
{
	size_t used = 0;
	out[0] = '\0';
	for (size_t i = 0; i < hop->to_count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s%s%s%s", i ? ", " : "", hop->to[i].agency,
					 hop->to[i].leg[0] ? " (" : "", hop->to[i].leg, hop->to[i].leg[0] ? ")" : "");
}

int64_t view_spent(const struct lt_dossier_view *dossier, size_t hop)
{
	for (size_t i = hop; i-- > 0;)
		if (dossier->hops[i].outcome == 0)
			return dossier->hops[hop].time - dossier->hops[i].time;
	return -1;
}

const struct lt_hop *view_opening(const struct lt_dossier_view *dossier)
{
	for (size_t i = 0; i < dossier->hop_count; i++)
		if (dossier->hops[i].kind == LT_KIND_OPEN && dossier->hops[i].outcome == 0)
			return &dossier->hops[i];
	return NULL;
}

static json_t *results_json(const struct lt_hop *hop)
{
	json_t *list = json_array();
	for (size_t i = 0; i < hop->result_count; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s}", "code", hop->results[i].code, "leg", hop->results[i].leg));
	return list;
}

static json_t *foreign_json(const struct lt_hop *hop)
{
	json_t *list = json_array();
	for (size_t i = 0; i < hop->foreign_count; i++)
		json_array_append_new(list, json_string(hop->foreign_codes[i]));
	return list;
}

static json_t *branch_json(const struct lt_branch_view *branch)
{
	json_t *json = json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:s, s:s}", "branch", (json_int_t)branch->branch,
				 "version", (json_int_t)branch->version, "custody", view_custody_name(branch->custody),
				 "holder", branch->holder, "offered_to", branch->offered_to, "leg", branch->leg,
				 "since", output_json_time(branch->since), "acting", branch->acting, "acting_offered",
				 branch->acting_offered);
	json_object_set_new(json, "clock", view_clock_json(branch->clock));
	json_object_set_new(json, "leg_name", json_string(branch->leg_name));
	json_object_set_new(json, "unit", json_string(branch->unit));
	json_object_set_new(json, "trace", json_integer((json_int_t)branch->trace));
	return json;
}

static json_t *signer_json(const struct lt_hop *hop, const struct lt_directory *directory)
{
	struct view_signer signer;
	view_find_signer(directory, hop->certificate_sha256, &signer);
	json_t *json = json_pack("{s:o}", "certificate_sha256", output_json_hex(hop->certificate_sha256));
	json_object_set_new(json, "agency", signer.agency ? json_string(signer.agency->code) : json_null());
	json_object_set_new(json, "subject", signer.agency ? json_string(signer.subject) : json_null());
	if (hop->signed_by != 0)
		json_object_set_new(json, "record", json_integer((json_int_t)hop->signed_by));
	return json;
}

const char *view_channel_name(enum lt_channel channel)
{
	static const char *const names[] = { NULL, "counter", "online", "post" };
	return (unsigned)channel < sizeof(names) / sizeof(names[0]) ? names[channel] : NULL;
}

static json_t *hop_json(const struct lt_dossier_view *dossier, size_t index, const struct lt_directory *directory)
{
	const struct lt_hop *hop = &dossier->hops[index];
	char id[LT_UUID_TEXT] = "";
	json_t *to = json_array();
	int64_t spent = view_spent(dossier, index);
	for (size_t i = 0; i < hop->to_count; i++)
		json_array_append_new(to, json_pack("{s:s, s:s}", "agency", hop->to[i].agency, "leg", hop->to[i].leg));
	if (hop->id.len == 16)
		lt_uuid_format(hop->id.data, id);
	json_t *json = json_pack("{s:I, s:o, s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:I}", "sequence",
				 (json_int_t)hop->sequence, "time", output_json_time(hop->time), "sent_at",
				 output_json_time(hop->sent_at), "kind", lt_kind_name(hop->kind), "sender", hop->sender,
				 "sender_name", view_agency_name(directory, hop->sender), "to", to, "id", id, "reason",
				 hop->reason, "branch", (json_int_t)hop->branch);
	if (hop->actor)
		json_object_set_new(json, "actor",
				    json_pack("{s:s, s:s, s:s}", "unit", hop->actor->unit, "officer",
					      hop->actor->officer, "title", hop->actor->title));
	if (view_channel_name(hop->channel))
		json_object_set_new(json, "channel", json_string(view_channel_name(hop->channel)));
	if (hop->ground[0])
		json_object_set_new(json, "ground", json_string(hop->ground));
	if (hop->result_count > 0)
		json_object_set_new(json, "results", results_json(hop));
	if (hop->late_reason)
		json_object_set_new(
			json, "late_reason",
			json_pack("{s:s, s:s}", "code", hop->late_reason->code, "words", hop->late_reason->words));
	if (hop->foreign_count > 0)
		json_object_set_new(json, "foreign_codes", foreign_json(hop));
	if (hop->erased_by)
		json_object_set_new(json, "erased_by", json_integer((json_int_t)hop->erased_by));
	json_object_set_new(json, "branch_version", json_integer((json_int_t)hop->branch_version));
	json_object_set_new(json, "status", json_integer((json_int_t)hop->status));
	json_object_set_new(json, "outcome", json_integer((json_int_t)hop->outcome)); /* 0: took effect */
	json_object_set_new(json, "outcome_name",
			    json_string(hop->outcome == 0 ? "ADMITTED" : lt_reason_name((enum lt_reason)hop->outcome)));
	if (hop->sentence.len > 0) {
		char said[LT_SENTENCE_TEXT];
		json_object_set_new(json, "detail_en",
				    json_string(lt_sentence_say(hop->sentence, LT_ENGLISH, said, sizeof(said))));
		json_object_set_new(json, "detail_vi",
				    json_string(lt_sentence_say(hop->sentence, LT_VIETNAMESE, said, sizeof(said))));
	}
	json_object_set_new(json, "signer", signer_json(hop, directory));
	json_object_set_new(json, "trust_stale", json_boolean(hop->trust_stale));
	json_object_set_new(json, "receipt",
			    json_pack("{s:I, s:o}", "sequence", (json_int_t)hop->sequence, "leaf_hash",
				      output_json_hex(hop->leaf_hash)));
	json_object_set_new(json, "spent_us", spent < 0 ? json_null() : json_integer((json_int_t)spent));
	return json;
}

json_t *view_stuck_json(const struct lt_stuck_view *stuck, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:I, s:I, s:s, s:o, s:o, s:I}", "agency", stuck[i].agency, "number",
					(json_int_t)stuck[i].number, "sequence", (json_int_t)stuck[i].sequence,
					"reason", lt_reason_name((enum lt_reason)stuck[i].reason), "sha256",
					output_json_hex(stuck[i].sha256), "since", output_json_time(stuck[i].since),
					"redelivered", (json_int_t)stuck[i].redelivered));
	return list;
}

void view_print_stuck(const struct cli *cli, const struct lt_stuck_view *stuck, size_t count)
{
	char place[CLI_PLACE_MAX];
	for (size_t i = 0; i < count; i++) {
		printf("STUCK: %s could not take number %s (record %s): ", stuck[i].agency, output_u64(stuck[i].number),
		       output_u64(stuck[i].sequence));
		printf("%s, since %s; ", lt_reason_name((enum lt_reason)stuck[i].reason), output_time(stuck[i].since));
		if (stuck[i].redelivered)
			printf("sent again under number %s\n", output_u64(stuck[i].redelivered));
		else
			printf("custody has not moved; `lienthong mailbox redeliver %s %s --reason TEXT%s`\n",
			       stuck[i].agency, output_u64(stuck[i].number), cli_place(cli, place));
	}
}

json_t *view_dossier_json(const struct lt_dossier_view *dossier, const struct lt_directory *directory, bool hops)
{
	json_t *branches = json_array();
	for (size_t i = 0; i < dossier->branch_count; i++)
		json_array_append_new(branches, branch_json(&dossier->branches[i]));
	json_t *json =
		json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:o, s:I, s:o}", "code", dossier->code, "procedure",
			  dossier->procedure, "procedure_version", (json_int_t)dossier->procedure_version, "status",
			  (json_int_t)dossier->status, "status_name", status_vietnamese(dossier->status), "origin",
			  dossier->origin, "lead", dossier->lead, "opened_at", output_json_time(dossier->opened_at),
			  "hops_total", (json_int_t)dossier->hops_total, "legs", branches);
	const struct lt_hop *opening = view_opening(dossier);
	json_object_set_new(json, "foreign_codes", opening ? foreign_json(opening) : json_null());
	json_object_set_new(json, "received_at", output_json_time(dossier->received_at));
	json_object_set_new(json, "carried_at", output_json_time(dossier->carried_at));
	json_object_set_new(json, "registered_by", json_string(dossier->registered_by));
	json_object_set_new(json, "place_of_help", json_string(dossier->place_of_help));
	const char *channel = view_channel_name(dossier->channel);
	json_object_set_new(json, "channel", channel ? json_string(channel) : json_null());
	json_object_set_new(json, "frozen", dossier->frozen ? json_integer((json_int_t)dossier->frozen) : json_null());
	json_object_set_new(json, "procedure_name", json_string(dossier->procedure_name));
	view_owed_json(dossier, json);
	json_object_set_new(json, "clock", view_clock_json(dossier->clock));
	json_object_set_new(json, "stays", view_stays_json(dossier));
	json_object_set_new(json, "stays_total", json_integer((json_int_t)dossier->stays_total));
	json_object_set_new(json, "stuck", view_stuck_json(dossier->stuck, dossier->stuck_count));
	view_state_json(dossier, json);
	if (!json || !hops)
		return json;
	json_t *list = json_array();
	for (size_t i = 0; i < dossier->hop_count; i++)
		json_array_append_new(list, hop_json(dossier, i, directory));
	json_object_set_new(json, "hops", list);
	return json;
}
