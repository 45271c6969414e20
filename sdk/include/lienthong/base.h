/* base.h: errors, bytes, arena. Everything else in liblienthong stands on this page.
 *
 * Conventions of the whole library:
 *   - a function that can fail returns enum lt_err, 0 is success; out-parameters come last and
 *     are written on success only, unless said otherwise;
 *   - `struct lt_bytes` and `const char *` are borrowed views, `struct lt_buf` owns its memory;
 *   - `_new`/`_free` on the heap, `_init`/`_fini` embedded, `_open`/`_close` for files;
 *     every `_free`, `_fini` and `_close` takes NULL;
 *   - times are int64_t microseconds since 1970-01-01T00:00:00Z.
 * Nothing here is thread-safe unless it says so; distinct objects may be used from distinct threads. */
#ifndef LIENTHONG_BASE_H
#define LIENTHONG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LT_API __attribute__((visibility("default")))

enum lt_err {
	LT_OK = 0,
	LT_EINVAL,   /* an argument or a text breaks its rule */
	LT_ENOMEM,   /* out of memory, or over an arena's cap */
	LT_EIO,      /* the operating system refused a read, write or sync; errno says why */
	LT_ENOENT,   /* no such thing */
	LT_EEXIST,   /* exists already */
	LT_EPARSE,   /* bytes that are not what they should be */
	LT_ECRYPTO,  /* a signature, certificate or key does not hold */
	LT_ECORRUPT, /* data on our own disk is damaged */
	LT_EFULL,    /* a limit is reached: disk, window, queue */
	LT_EAGAIN,   /* nothing now; try later */
	LT_ETIMEOUT,
	LT_ECLOSED, /* the other side ended it */
	LT_EDENIED,
};

/* A short English sentence for an error; never NULL, static. */
LT_API const char *lt_err_text(enum lt_err err);

/* The library's version, "0.1.0". */
LT_API const char *lt_version(void);

/* A borrowed view of bytes. data may be NULL when len is 0. */
struct lt_bytes {
	const uint8_t *data;
	size_t len;
};
static inline struct lt_bytes lt_bytes(const void *data, size_t len)
{
	struct lt_bytes bytes = { (const uint8_t *)data, len };
	return bytes;
}
LT_API bool lt_bytes_equal(struct lt_bytes a, struct lt_bytes b);

/* SHA-256 of bytes, and of two pieces as if they were one. Cannot fail. */
LT_API void lt_sha256(struct lt_bytes data, uint8_t out[32]);
LT_API void lt_sha256_two(struct lt_bytes first, struct lt_bytes second, uint8_t out[32]);

/* A growable buffer that owns its memory. Zero-initialised is empty and valid. */
struct lt_buf {
	uint8_t *data;
	size_t len, cap;
};
LT_API void lt_buf_fini(struct lt_buf *buf);
static inline void lt_buf_clear(struct lt_buf *buf)
{
	buf->len = 0;
}
static inline struct lt_bytes lt_buf_bytes(const struct lt_buf *buf)
{
	struct lt_bytes bytes = { buf->data, buf->len };
	return bytes;
}
/* Makes room for `more` bytes after len. LT_ENOMEM leaves the buffer as it was. */
LT_API enum lt_err lt_buf_reserve(struct lt_buf *buf, size_t more);
LT_API enum lt_err lt_buf_append(struct lt_buf *buf, const void *data, size_t len);
LT_API enum lt_err lt_buf_printf(struct lt_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A bump allocator with a cap, so that hostile input cannot make us allocate without bound.
 * Reset keeps the memory for the next message. Plain records that a parser returns live in it. */
struct lt_arena;
LT_API enum lt_err lt_arena_new(size_t cap, struct lt_arena **out);
LT_API void lt_arena_free(struct lt_arena *arena);
LT_API void lt_arena_reset(struct lt_arena *arena);
/* 16-byte aligned, zeroed; NULL when the cap is reached or memory is out. */
LT_API void *lt_arena_alloc(struct lt_arena *arena, size_t size);

/* Lower-case hexadecimal. out has room for 2 * len + 1. */
LT_API void lt_hex(struct lt_bytes in, char *out);
/* Strict: even length, hex digits only, exactly out_len bytes. LT_EPARSE. */
LT_API enum lt_err lt_unhex(const char *hex, uint8_t *out, size_t out_len);

/* True when s[0..len) is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without U+0000. */
LT_API bool lt_text_valid(const char *s, size_t len);
/* Number of code points of a valid UTF-8 text. */
LT_API size_t lt_text_length(const char *s, size_t len);
/* Copies text for a terminal or a log line: controls, what ends a line or turns the reading direction, and what shows nothing
 * become '?'.
 * Always ends in NUL; cuts at a character boundary. */
LT_API void lt_text_clean(const char *s, char *out, size_t out_size);

/* Reads a whole file of at most `max` bytes. LT_EIO (errno), LT_EFULL. */
LT_API enum lt_err lt_file_read(const char *path, size_t max, struct lt_buf *out);
/* Writes a file so that it is there whole or not at all: temporary name, fdatasync, rename, folder sync. */
LT_API enum lt_err lt_file_write(const char *path, struct lt_bytes data, unsigned mode);

#ifdef __cplusplus
}
#endif

#endif
