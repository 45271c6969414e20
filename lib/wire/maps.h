/* maps.h: tables of lib/wire that lib/record uses too. */
#ifndef LIENTHONG_SDK_CODEC_MAPS_H
#define LIENTHONG_SDK_CODEC_MAPS_H

#include "map.h"

extern const struct codec_map codec_stuck_view_map;       /* codec_view.c: struct lt_stuck_view */
extern const struct codec_map codec_dossier_view_map;     /* codec_view.c: struct lt_dossier_view */
extern const struct codec_map codec_dossiers_request_map; /* view.c: struct lt_dossiers_request */
extern const struct codec_map codec_dossiers_view_map;    /* view.c: struct lt_dossiers_view */
extern const struct codec_map codec_ledger_view_map;      /* link.c: struct lt_ledger_view */
extern const struct codec_map codec_adapter_report_map;   /* adapter_report.c: struct lt_adapter_report */
extern const struct codec_map codec_actor_map;            /* header.c: struct lt_actor */
extern const struct codec_map codec_result_map;           /* header.c: struct lt_made_result */
extern const struct codec_map codec_late_reason_map;      /* header.c: struct lt_late_reason */
extern const struct codec_map codec_stay_map;             /* view.c: struct lt_stay */
extern const struct codec_map codec_bye_map;              /* said.c: struct lt_bye */
extern const struct codec_map codec_part_open_map;        /* link_parts.c: struct lt_part_open */
extern const struct codec_map codec_part_state_map;       /* link_parts.c: struct lt_part_state */
extern const struct codec_map codec_part_chunk_map;       /* link_parts.c: struct lt_part_chunk */
extern const struct codec_map codec_part_get_map;         /* link_parts.c: struct lt_part_get */

#endif
