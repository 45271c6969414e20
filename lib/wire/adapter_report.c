/* adapter_report.c: what an adapter tells of itself with a PING, and operators are told in turn. */
#include "link.h"
#include "maps.h"

static const struct codec_field report_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_adapter_report, clock),
	CODEC_FIELD(2, CODEC_U64, struct lt_adapter_report, disk_free),
	CODEC_FIELD(3, CODEC_U64, struct lt_adapter_report, disk_size),
	CODEC_FIELD(4, CODEC_U64, struct lt_adapter_report, disk_reserve),
	CODEC_FIELD(5, CODEC_U64, struct lt_adapter_report, store_bytes),
	CODEC_FIELD(6, CODEC_BOOL, struct lt_adapter_report, full),
	CODEC_FIELD(7, CODEC_U64, struct lt_adapter_report, unsent),
	CODEC_FIELD(8, CODEC_U64, struct lt_adapter_report, unsent_since),
	CODEC_FIELD(9, CODEC_U64, struct lt_adapter_report, restored_at),
};
const struct codec_map codec_adapter_report_map = CODEC_MAP(report_fields, struct lt_adapter_report);
