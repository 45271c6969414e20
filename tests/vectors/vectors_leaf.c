/* vectors_leaf.c: receipts: head, digests and the envelope's own header and signature make the leaf that the ledger holds. */
#include "vectors.h"

#include <lienthong/receipt.h>

#include <string.h>

void vectors_leaf(const char *name, struct lt_bytes header, const char *header_file, struct lt_bytes signature)
{
	struct lt_receipt receipt;
	uint8_t leaf[32];
	struct lt_record_head head = {
		.form = LT_RECORD_SUBMIT,
		.rules_version = 1,
		.sequence = 4711,
		.time = VECTORS_AT + 250000,
		.previous = 4242,
		.term = 3,
		.time_generation = 2,
		.flags = 1,
	};
	lt_record_head_put(&head, receipt.head);
	memset(receipt.verdict, 0x3c, 32);
	memset(receipt.outcome, 0xc3, 32);
	VECTORS_NEED(lt_receipt_leaf(&receipt, header, signature, leaf) == LT_OK);
	vectors_begin("leaf", name, "OK");
	vectors_file("file", signature, "leaf/%s.bin", name);
	vectors_text("header", header_file);
	vectors_hex("head", lt_bytes(receipt.head, sizeof receipt.head));
	vectors_number("sequence", (int64_t)head.sequence);
	vectors_number("time", head.time);
	vectors_hex("verdict_digest", lt_bytes(receipt.verdict, 32));
	vectors_hex("outcome_digest", lt_bytes(receipt.outcome, 32));
	vectors_hex("leaf", lt_bytes(leaf, 32));
	vectors_end();
}
