/* base.c: errors, growable buffers and the arena. */
#include <lienthong/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 64u     /* bytes: fewer is not worth an allocation */
#define CHUNK_FIRST 4096u /* bytes: a header with its records fits */
#define ALIGN 16u

const char *lt_err_text(enum lt_err err)
{
	switch (err) {
	case LT_OK:
		return "no error";
	case LT_EINVAL:
		return "an argument or a text breaks its rule";
	case LT_ENOMEM:
		return "out of memory";
	case LT_EIO:
		return "reading or writing failed";
	case LT_ENOENT:
		return "there is no such thing";
	case LT_EEXIST:
		return "it exists already";
	case LT_EPARSE:
		return "the bytes are not what they should be";
	case LT_ECRYPTO:
		return "a signature, certificate or key does not hold";
	case LT_ECORRUPT:
		return "data on the disk is damaged";
	case LT_EFULL:
		return "a limit is reached";
	case LT_EAGAIN:
		return "nothing now, try again later";
	case LT_ETIMEOUT:
		return "it took too long";
	case LT_ECLOSED:
		return "the other side has ended it";
	case LT_EDENIED:
		return "it is not allowed";
	}
	return "unknown error";
}

bool lt_bytes_equal(struct lt_bytes a, struct lt_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

void lt_buf_fini(struct lt_buf *buf)
{
	if (!buf)
		return;
	free(buf->data);
	*buf = (struct lt_buf){ 0 };
}

enum lt_err lt_buf_reserve(struct lt_buf *buf, size_t more)
{
	if (more <= buf->cap - buf->len)
		return LT_OK;
	if (more > SIZE_MAX / 2 - buf->len)
		return LT_ENOMEM;
	size_t need = buf->len + more;
	size_t cap = buf->cap < BUF_FIRST ? BUF_FIRST : buf->cap;
	while (cap < need)
		cap *= 2;
	uint8_t *data = realloc(buf->data, cap);
	if (!data)
		return LT_ENOMEM;
	buf->data = data;
	buf->cap = cap;
	return LT_OK;
}

enum lt_err lt_buf_append(struct lt_buf *buf, const void *data, size_t len)
{
	enum lt_err err = lt_buf_reserve(buf, len);
	if (err)
		return err;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	return LT_OK;
}

enum lt_err lt_buf_printf(struct lt_buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return LT_EINVAL;
	enum lt_err err = lt_buf_reserve(buf, (size_t)len + 1);
	if (err)
		return err;
	va_start(args, format);
	vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
	return LT_OK;
}

/* Chunks form a stack, the newest on top; only the top one is allocated from. */
struct arena_chunk {
	struct arena_chunk *below;
	size_t size, used;
	size_t unused; /* keeps data aligned */
	uint8_t data[];
};
_Static_assert(sizeof(struct arena_chunk) % ALIGN == 0, "chunk data must be aligned");

struct lt_arena {
	struct arena_chunk *top;
	size_t cap;
	size_t used; /* handed out since the last reset */
	size_t held; /* size of all chunks */
	size_t want; /* size of the next first chunk */
};

enum lt_err lt_arena_new(size_t cap, struct lt_arena **out)
{
	struct lt_arena *arena = calloc(1, sizeof *arena);
	if (!arena)
		return LT_ENOMEM;
	arena->cap = cap;
	arena->want = CHUNK_FIRST;
	*out = arena;
	return LT_OK;
}

static void drop_chunks(struct lt_arena *arena)
{
	while (arena->top) {
		struct arena_chunk *below = arena->top->below;
		free(arena->top);
		arena->top = below;
	}
	arena->held = 0;
}

void lt_arena_free(struct lt_arena *arena)
{
	if (!arena)
		return;
	drop_chunks(arena);
	free(arena);
}

/* One chunk is kept as it is. Several are exchanged for one that would have held all, so that
 * messages of like size soon need no allocation at all and old chunks never pile up. */
void lt_arena_reset(struct lt_arena *arena)
{
	if (arena->top && arena->top->below) {
		arena->want = arena->used;
		drop_chunks(arena);
	} else if (arena->top) {
		arena->top->used = 0;
	}
	arena->used = 0;
}

/* Doubles what is held, but takes no more than the cap leaves. */
static enum lt_err push_chunk(struct lt_arena *arena, size_t size)
{
	size_t chunk_size = arena->held > arena->want ? arena->held : arena->want;
	if (chunk_size > arena->cap - arena->used)
		chunk_size = arena->cap - arena->used;
	if (chunk_size < size)
		chunk_size = size;
	if (chunk_size > SIZE_MAX - sizeof(struct arena_chunk))
		return LT_ENOMEM;
	struct arena_chunk *chunk = malloc(sizeof *chunk + chunk_size);
	if (!chunk)
		return LT_ENOMEM;
	chunk->below = arena->top;
	chunk->size = chunk_size;
	chunk->used = 0;
	arena->top = chunk;
	arena->held += chunk_size;
	return LT_OK;
}

void *lt_arena_alloc(struct lt_arena *arena, size_t size)
{
	if (size > arena->cap)
		return NULL;
	size = size == 0 ? ALIGN : (size + ALIGN - 1) / ALIGN * ALIGN;
	if (size > arena->cap - arena->used)
		return NULL;
	struct arena_chunk *top = arena->top;
	if ((!top || size > top->size - top->used) && push_chunk(arena, size))
		return NULL;
	top = arena->top;
	void *data = top->data + top->used;
	top->used += size;
	arena->used += size;
	return memset(data, 0, size);
}
