/* scan.h: strict reading of one Protocol Buffers message, for lib/wire and lib/record alone.
 * The bytes are walked against the descriptor first; nothing is allocated for a message that is refused. */
#ifndef LIENTHONG_SDK_CODEC_SCAN_H
#define LIENTHONG_SDK_CODEC_SCAN_H

#include <lienthong/base.h>
#include <lienthong/reason.h>
#include <protobuf-c/protobuf-c.h>

#define CODEC_DEPTH_MAX 8u  /* Link > QueryAnswer > DossierView > LegView > ClockView are 5 */
#define CODEC_FIELDS_MAX 40 /* fields of one message of ours; the widest has 33 */

/* One field as it stands on the wire. */
struct codec_wire {
	uint32_t id;
	uint8_t type;          /* 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes */
	uint64_t number;       /* types 0, 1, 5 */
	struct lt_bytes bytes; /* type 2: view */
};
/* Takes one varint, or one field, off the front. False: truncated, over 10 bytes, over 64 bits, a type that has no
 * place, field number 0; `rest` is then undefined. */
bool codec_next_varint(struct lt_bytes *rest, uint64_t *out);
bool codec_next(struct lt_bytes *rest, struct codec_wire *out);

/* How many entries a repeated field may have; a maximum is at least 1. The rows with a minimum, which is 1, stand first in a table; it
 * ends with a row without message. */
struct codec_limit {
	const ProtobufCMessageDescriptor *message;
	uint32_t field, min, max;
};
/* Only walks: the reasons of codec_unpack, no memory. `more`: limits beyond those of the link, or NULL. */
enum lt_reason codec_scan(const ProtobufCMessageDescriptor *descriptor, const struct codec_limit *more,
			  struct lt_bytes bytes, struct lt_refusal *refusal);

#endif
