/* pack.h: values on the adapter's disk, field by field, little-endian. Reading is strict: pack_end fails when a field was
 * cut or bytes are left. A writer that ran out of memory stays failed; pack_failed tells. Any thread, distinct objects. */
#ifndef ADAPTER_PACK_H
#define ADAPTER_PACK_H

#include <lienthong/base.h>

struct packer {
	struct lt_buf buf;
	bool failed;
};
void pack_u8(struct packer *packer, uint8_t value);
void pack_u32(struct packer *packer, uint32_t value);
void pack_u64(struct packer *packer, uint64_t value);
void pack_raw(struct packer *packer, const void *data, size_t len); /* without its length */
void pack_bytes(struct packer *packer, struct lt_bytes data);       /* length (4 bytes) and bytes */
void pack_text(struct packer *packer, const char *text);            /* with its NUL inside the length; NULL is "" */
enum lt_err pack_failed(const struct packer *packer);
void pack_fini(struct packer *packer);

struct unpacker {
	struct lt_bytes rest;
	bool failed;
};
uint8_t unpack_u8(struct unpacker *unpacker);
uint32_t unpack_u32(struct unpacker *unpacker);
uint64_t unpack_u64(struct unpacker *unpacker);
void unpack_raw(struct unpacker *unpacker, void *out, size_t len);
struct lt_bytes unpack_bytes(struct unpacker *unpacker); /* view */
const char *unpack_text(struct unpacker *unpacker);      /* view, never NULL */
enum lt_err unpack_end(const struct unpacker *unpacker); /* LT_ECORRUPT */

/* Keys that sort as their numbers do: big-endian. */
void pack_key_u64(uint64_t value, uint8_t out[8]);
uint64_t unpack_key_u64(const uint8_t key[8]);

#endif
