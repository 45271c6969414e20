/* codec_maps.h: the tables that more than one of sdk/codec*.c uses. */
#ifndef LIENTHONG_SDK_CODEC_MAPS_H
#define LIENTHONG_SDK_CODEC_MAPS_H

#include "codec_map.h"

extern const struct codec_map codec_dossier_view_map; /* codec_view.c: struct lt_dossier_view */
extern const struct codec_map codec_define_map;       /* codec_record.c: struct lt_define_command */
extern const struct codec_map codec_outage_map;       /* codec_record.c: struct lt_outage_command */
extern const struct codec_map codec_admin_map;        /* codec_record.c: struct lt_admin_command */

#endif
