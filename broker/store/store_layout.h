/* store_layout.h: the first byte of each value says how the rest is laid out. The number stands beside the owner of the table; another one was
 * written by another program, and is not to be guessed at: the reader fails, and the owner of the table says so (store_fault_note). */
#ifndef STORE_STORE_LAYOUT_H
#define STORE_STORE_LAYOUT_H

#include "base/fields.h"
#include "store.h"

static inline void store_put_layout(struct fields_writer *writer, uint8_t layout)
{
	fields_put_u8(writer, layout);
}
/* Takes the byte off the front. */
void store_get_layout(struct fields_reader *reader, enum store_table table, uint8_t known);

#endif
