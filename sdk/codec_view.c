/* codec_view.c: the view of a dossier, which both the link and the control socket carry. */
#include "codec.h"
#include "codec_maps.h"

static const struct codec_field recipient_fields[] = {
	CODEC_FIELD_CODE(1, struct lt_recipient, agency),
	CODEC_FIELD(2, CODEC_U32, struct lt_recipient, leg),
};
static const struct codec_map recipient_map = CODEC_MAP(recipient_fields, struct lt_recipient);

static const struct codec_field hop_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_hop, sequence),
	CODEC_FIELD(2, CODEC_U64, struct lt_hop, time),
	CODEC_FIELD(3, CODEC_ENUM, struct lt_hop, kind),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_hop, sender),
	CODEC_FIELD_RECORDS(5, struct lt_hop, to, to_count, recipient_map),
	CODEC_FIELD(6, CODEC_BYTES, struct lt_hop, id),
	CODEC_FIELD(7, CODEC_TEXT, struct lt_hop, reason),
	CODEC_FIELD(8, CODEC_BYTES, struct lt_hop, leaf_hash),
	CODEC_FIELD(9, CODEC_BYTES, struct lt_hop, certificate_sha256),
	CODEC_FIELD(10, CODEC_U32, struct lt_hop, outcome),
	CODEC_FIELD(11, CODEC_U32, struct lt_hop, leg),
	CODEC_FIELD(12, CODEC_U64, struct lt_hop, leg_version),
	CODEC_FIELD(13, CODEC_U32, struct lt_hop, status),
	CODEC_FIELD(14, CODEC_U64, struct lt_hop, sent_at),
};
static const struct codec_map hop_map = CODEC_MAP(hop_fields, struct lt_hop);

static const struct codec_field leg_view_fields[] = {
	CODEC_FIELD(1, CODEC_U32, struct lt_leg_view, visit),
	CODEC_FIELD(2, CODEC_U64, struct lt_leg_view, version),
	CODEC_FIELD(3, CODEC_ENUM, struct lt_leg_view, custody),
	CODEC_FIELD(4, CODEC_TEXT, struct lt_leg_view, holder),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_leg_view, offered_to),
	CODEC_FIELD(6, CODEC_BYTES, struct lt_leg_view, offer_id),
	CODEC_FIELD(7, CODEC_U32, struct lt_leg_view, route_leg),
	CODEC_FIELD(8, CODEC_U64, struct lt_leg_view, since),
};
static const struct codec_map leg_view_map = CODEC_MAP(leg_view_fields, struct lt_leg_view);

static const struct codec_field dossier_view_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_dossier_view, code),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_dossier_view, procedure),
	CODEC_FIELD(3, CODEC_U32, struct lt_dossier_view, procedure_version),
	CODEC_FIELD(4, CODEC_U32, struct lt_dossier_view, status),
	CODEC_FIELD(5, CODEC_TEXT, struct lt_dossier_view, origin),
	CODEC_FIELD(6, CODEC_TEXT, struct lt_dossier_view, lead),
	CODEC_FIELD(7, CODEC_U64, struct lt_dossier_view, opened_at),
	CODEC_FIELD_RECORDS(8, struct lt_dossier_view, legs, leg_count, leg_view_map),
	CODEC_FIELD_RECORDS(9, struct lt_dossier_view, hops, hop_count, hop_map),
	CODEC_FIELD(10, CODEC_U64, struct lt_dossier_view, hops_total),
};
const struct codec_map codec_dossier_view_map = CODEC_MAP(dossier_view_fields, struct lt_dossier_view);
