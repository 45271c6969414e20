/* uuid.c: UUIDv7 of RFC 9562 section 5.7, with method 3 of section 6.2 (clock precision in rand_a). */
#include <lienthong/time.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

#define TICKS_PER_MS 4096u                 /* 12 bits of fraction */
#define TICK_MAX ((UINT64_C(1) << 60) - 1) /* 48 bits of ms and the fraction */
#define LEAD_MAX (1000u * TICKS_PER_MS)    /* over a second ahead of the clock: it was set back, follow it */

static uint64_t ticks_of(int64_t time)
{
	if (time < 0)
		return 0;
	uint64_t us = (uint64_t)time;
	uint64_t ticks = us / 1000 * TICKS_PER_MS + us % 1000 * TICKS_PER_MS / 1000;
	return ticks > TICK_MAX ? TICK_MAX : ticks;
}

static void put_id(uint64_t ticks, const uint8_t random[8], uint8_t out[16])
{
	uint64_t ms = ticks / TICKS_PER_MS, fraction = ticks % TICKS_PER_MS;
	for (int i = 0; i < 6; i++)
		out[i] = (uint8_t)(ms >> (40 - 8 * i));
	out[6] = (uint8_t)(0x70 | fraction >> 8);
	out[7] = (uint8_t)fraction;
	memcpy(out + 8, random, 8);
	out[8] = (uint8_t)(0x80 | (out[8] & 0x3f));
}

void lt_uuid_make(int64_t time, const uint8_t random[8], uint8_t out[16])
{
	put_id(ticks_of(time), random, out);
}

/* Ids of one process rise strictly, also within one reading of the clock. */
static uint64_t next_ticks(uint64_t now)
{
	static _Atomic uint64_t last;
	uint64_t seen = atomic_load_explicit(&last, memory_order_relaxed), next;
	do {
		bool ahead = seen >= now && seen - now < LEAD_MAX;
		next = ahead && seen < TICK_MAX ? seen + 1 : now;
	} while (
		!atomic_compare_exchange_weak_explicit(&last, &seen, next, memory_order_relaxed, memory_order_relaxed));
	return next;
}

enum lt_err lt_uuid_new(uint8_t out[16])
{
	uint8_t random[8];
	ssize_t got;
	do
		got = getrandom(random, sizeof random, 0); /* up to 256 bytes come whole */
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof random)
		return LT_EIO;
	put_id(next_ticks(ticks_of(lt_time_now())), random, out);
	return LT_OK;
}

bool lt_uuid_valid(struct lt_bytes id)
{
	return id.len == 16 && (id.data[6] & 0xf0) == 0x70 && (id.data[8] & 0xc0) == 0x80;
}

int64_t lt_uuid_time(const uint8_t id[16])
{
	int64_t ms = 0;
	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id[i];
	return ms * 1000;
}

void lt_uuid_format(const uint8_t id[16], char out[LT_UUID_TEXT])
{
	static const size_t group_bytes[] = { 4, 2, 2, 2, 6 };
	char *to = out;
	for (size_t i = 0; i < 5; i++) {
		lt_hex(lt_bytes(id, group_bytes[i]), to);
		id += group_bytes[i];
		to += 2 * group_bytes[i];
		*to++ = '-';
	}
	to[-1] = 0;
}

enum lt_err lt_uuid_parse(const char *text, uint8_t out[16])
{
	char hex[33];
	size_t len = 0, i = 0;
	for (; text[i] && i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash != (text[i] == '-'))
			return LT_EPARSE;
		if (!dash)
			hex[len++] = text[i];
	}
	if (i != 36 || text[36])
		return LT_EPARSE;
	hex[len] = 0;
	return lt_unhex(hex, out, 16);
}
