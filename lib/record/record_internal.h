/* record_internal.h: what the files of lib/record share. */
#ifndef RECORD_RECORD_INTERNAL_H
#define RECORD_RECORD_INTERNAL_H

#include "wire/map.h"

extern const struct codec_limit codec_record_limits[]; /* record.c: lists of commands and outcomes */
extern const struct codec_limit codec_answer_limits[]; /* control_answer.c */
extern const struct codec_map codec_define_map;        /* record.c: struct lt_define_command */
extern const struct codec_map codec_outage_map;        /* record.c: struct lt_outage_command */
extern const struct codec_map codec_activate_map;      /* record.c: struct lt_activate_command */
extern const struct codec_map codec_erase_map;         /* record.c: struct lt_erase_command */
extern const struct codec_map codec_admin_map;         /* record.c: struct lt_admin_command */

#endif
