/* wire.h: hand-made and random Protocol Buffers bytes for the codec's tests. A buffer that cannot grow ends the test. */
#ifndef LIENTHONG_TESTS_WIRE_H
#define LIENTHONG_TESTS_WIRE_H

#include <lienthong/base.h>
#include <lienthong/reason.h>
#include <protobuf-c/protobuf-c.h>

/* Only lib/wire and lib/record include generated headers; the tests need no more than the descriptors. */
extern const ProtobufCMessageDescriptor lienthong__v1__envelope__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__header__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__signature__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__link__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__bye__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__directory__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__procedure__descriptor, lienthong__v1__calendar_year__descriptor,
	lienthong__v1__office_hours__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__command__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__outcome__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__record__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__control_request__descriptor;
extern const ProtobufCMessageDescriptor lienthong__v1__control_answer__descriptor;

void wire_varint(struct lt_buf *out, uint64_t value);
void wire_number(struct lt_buf *out, uint32_t id, uint64_t value);
void wire_blob(struct lt_buf *out, uint32_t id, const void *data, size_t len);
void wire_text(struct lt_buf *out, uint32_t id, const char *text);
void wire_nest(struct lt_buf *out, uint32_t id, const struct lt_buf *inner);

/* A random message that says something, in the one form that we write: fields in order, defaults left out, lists packed
 * where they may be. The same seed gives the same message. */
void wire_random(const ProtobufCMessageDescriptor *message, uint64_t *seed, struct lt_buf *out);
uint64_t wire_draw(uint64_t *seed, uint64_t below);

/* What protobuf-c makes of the bytes when it unpacks and packs them again. False: it refuses them. */
bool wire_repack(const ProtobufCMessageDescriptor *message, struct lt_bytes bytes, struct lt_buf *out);

/* Unpacks into the arena after the walk. *out is the generated struct. FIELD_UNKNOWN, FIELD_REPEATED, TEXT_NOT_UTF8,
 * TEXT_HAS_NUL, COUNT_EXCEEDED, FRAME_MALFORMED (wire type, truncation, depth, over the arena's cap). */
enum lt_reason wire_unpack(const ProtobufCMessageDescriptor *descriptor, struct lt_bytes bytes, struct lt_arena *arena,
			   void **out, struct lt_refusal *refusal);
/* Appends the packed message. LT_ENOMEM. */
enum lt_err wire_pack(const ProtobufCMessage *message, struct lt_buf *out);

#endif
