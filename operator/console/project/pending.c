/* pending.c: a bitmap that grows to the highest number. */
#include "pending.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 64, ROOM_LEAST = 1024 /* words: 65,536 dossiers in 8 KiB */ };

void pending_fini(struct pending *pending)
{
	free(pending->words);
	*pending = (struct pending){ 0 };
}

void pending_clear(struct pending *pending)
{
	if (pending->count > 0)
		memset(pending->words, 0, pending->room * sizeof(pending->words[0]));
	pending->count = 0;
	pending->at = 0;
}

static enum lt_err grow(struct pending *pending, size_t least)
{
	size_t room = pending->room ? pending->room : ROOM_LEAST;
	while (room <= least)
		room *= 2;
	uint64_t *words = realloc(pending->words, room * sizeof(words[0]));
	if (!words)
		return LT_ENOMEM;
	memset(words + pending->room, 0, (room - pending->room) * sizeof(words[0]));
	pending->words = words;
	pending->room = room;
	return LT_OK;
}

enum lt_err pending_add(struct pending *pending, uint64_t number)
{
	size_t word = (size_t)(number / WORD);
	uint64_t bit = UINT64_C(1) << number % WORD;
	if (number == 0 || number > PENDING_NUMBER_MAX)
		return LT_EINVAL;
	if (word >= pending->room && grow(pending, word))
		return LT_ENOMEM;
	pending->count += (pending->words[word] & bit) == 0;
	pending->words[word] |= bit;
	if (word < pending->at)
		pending->at = word;
	return LT_OK;
}

void pending_remove(struct pending *pending, uint64_t number)
{
	size_t word = (size_t)(number / WORD);
	uint64_t bit = UINT64_C(1) << number % WORD;
	if (word >= pending->room || (pending->words[word] & bit) == 0)
		return;
	pending->words[word] &= ~bit;
	pending->count--;
}

size_t pending_first(struct pending *pending, uint64_t *out, size_t room)
{
	size_t count = 0;
	if (pending->count == 0)
		return 0;
	while (pending->words[pending->at] == 0)
		pending->at++;
	for (size_t word = pending->at; count < room && word < pending->room; word++) {
		for (uint64_t bits = pending->words[word]; bits != 0 && count < room; bits &= bits - 1)
			out[count++] = word * WORD + (unsigned)__builtin_ctzll(bits);
	}
	return count;
}
