/* Headers of the broker's notices: who signs, who is told, the same bytes each time, and what stands until the signature comes. */
#include "test.h"

#include <lienthong/time.h>
#include <string.h>

#include "rules/notice.h"
#include "simreform.h"
#include "simstate.h"

#define CUT (SIMSTATE_NOW + INT64_C(1000000))

static struct simstate *make(bool broker)
{
	struct simstate *s = simstate_new();
	struct simreform *reform = simreform_new(SIMSTATE_NOW);
	simreform_add(reform, "H37.02");
	simreform_add(reform, "H37.14");
	simreform_add(reform, "H37.15");
	if (broker)
		simreform_add(reform, "B00")->level = LT_LEVEL_BROKER;
	simreform_close(reform, "H37.14", CUT, "H37.15");
	rulebook_unref(s->state.rulebook);
	s->state.rulebook = simreform_rulebook(reform);
	simreform_free(reform);
	return s;
}

static struct notice soon(struct simstate *s)
{
	struct notice notice = { .kind = LT_KIND_DUE_SOON,
				 .branch = &s->dossier.branches[0],
				 .subject = "Sắp đến hạn" };
	notice.reason = "Chặng 1 sắp đến hạn.";
	notice.due_at = SIMSTATE_NOW + 5;
	return notice;
}

static void parse(struct simstate *s, size_t index, struct lt_header *out)
{
	struct lt_refusal refusal;
	assert_true(index < s->act.outcome.notice_count);
	if (lt_header_parse(s->act.outcome.notices[index], s->arena, out, &refusal))
		fail_msg("%s", refusal.detail);
}

static void test_header(void **state)
{
	struct simstate *s = make(true);
	struct notice notice = soon(s);
	struct lt_header header;
	uint8_t first[16], bytes[2048];
	(void)state;
	notice_to(&s->act, &notice, "H37.14");
	notice_to(&s->act, &notice, "");
	notice_to(&s->act, &notice, "H37.02");
	notice_to(&s->act, &notice, "H37.14");
	notice_add(&s->act, &notice);
	notice_add(&s->act, &notice);
	assert_int_equal(s->act.outcome.notice_count, 2);
	parse(s, 0, &header);
	assert_string_equal(header.sender, "B00");
	assert_string_equal(header.domain, "lienthong.test");
	assert_string_equal(header.dossier, s->dossier.code);
	assert_int_equal(header.to_count, 2);
	assert_string_equal(header.to[0].agency, "H37.14");
	assert_string_equal(header.to[1].agency, "H37.02");
	assert_int_equal(header.branch, 1);
	assert_int_equal(header.branch_version, s->dossier.branches[0].version);
	assert_int_equal(header.due_at, SIMSTATE_NOW + 5);
	assert_int_equal(header.sent_at, SIMSTATE_NOW);
	assert_int_equal(lt_uuid_time(header.id) / 1000, SIMSTATE_NOW / 1000);
	memcpy(first, header.id, 16);
	parse(s, 1, &header);
	assert_memory_not_equal(first, header.id, 16);
	/* Derived from the record alone: made again, it is the same. */
	size_t len = s->act.outcome.notices[0].len;
	memcpy(bytes, s->act.outcome.notices[0].data, len);
	simstate_next(s, 0);
	notice_add(&s->act, &notice);
	assert_int_equal(s->act.outcome.notices[0].len, len);
	assert_memory_equal(s->act.outcome.notices[0].data, bytes, len);
	simstate_next(s, 1);
	notice_add(&s->act, &notice);
	assert_memory_not_equal(s->act.outcome.notices[0].data, bytes, len);
	simstate_free(s);
}

/* After the cut the successor is told, once. */
static void test_successor(void **state)
{
	struct simstate *s = make(true);
	struct notice notice = soon(s);
	(void)state;
	s->act.time = CUT;
	notice_to(&s->act, &notice, "H37.14");
	notice_to(&s->act, &notice, "H37.15");
	assert_int_equal(notice.to_count, 1);
	assert_string_equal(notice.to[0], "H37.15");
	simstate_free(s);
}

static void test_no_sender(void **state)
{
	struct simstate *s = make(false);
	struct notice notice = soon(s);
	(void)state;
	notice_to(&s->act, &notice, "H37.02");
	notice_add(&s->act, &notice);
	assert_int_equal(s->act.outcome.notice_count, 0);
	assert_int_equal(s->state.counts.notices_without_sender, 1);
	assert_int_equal(s->state.unsigned_notices, 0);
	simstate_free(s);
}

/* Nobody to tell: nothing is made. */
static void test_nobody(void **state)
{
	struct simstate *s = make(true);
	struct notice notice = soon(s);
	(void)state;
	notice_add(&s->act, &notice);
	assert_int_equal(s->act.outcome.notice_count, 0);
	simstate_free(s);
}

static enum lt_reason sign(struct simstate *s, uint64_t sequence, uint32_t index)
{
	static uint8_t bytes[] = { 1, 2, 3 };
	struct lt_notice_signature signature = { sequence, index, { bytes, sizeof(bytes) } };
	struct lt_command command = { .type = LT_COMMAND_NOTICES };
	command.u.notices = (struct lt_notices_command){ .count = 1, .notices = &signature };
	simstate_next(s, 1);
	s->act.command = &command;
	return apply_notices(&s->act);
}

/* A notice goes into each mailbox when its signature comes, and never again. */
static void test_signature_once(void **state)
{
	struct simstate *s = make(true);
	struct notice notice = soon(s);
	uint64_t made = s->act.sequence, sequence = 0;
	uint32_t index = 0, recipients = 0;
	uint64_t dossier = 0;
	struct mailbox_entry entry;
	(void)state;
	simstate_save(s);
	notice_to(&s->act, &notice, "H37.14");
	notice_to(&s->act, &notice, "H37.02");
	notice_add(&s->act, &notice);
	assert_int_equal(s->state.unsigned_notices, 1);
	assert_int_equal(notices_next(s->state.store, &sequence, &index, &recipients, &dossier), LT_OK);
	assert_true(sequence == made && index == 0 && recipients == 2);
	assert_int_equal(sign(s, made, 1), 0); /* no such notice */
	assert_int_equal(s->act.outcome.mail_count, 0);
	assert_int_equal(sign(s, made, 0), 0);
	assert_int_equal(s->act.outcome.mail_count, 2);
	assert_string_equal(s->act.mail[0].agency, "H37.14");
	assert_int_equal(s->act.mail[0].number, 1);
	uint32_t box = mailboxes_find(&s->state.mailboxes, "H37.02");
	assert_int_equal(mailbox_entry(&s->state.mailboxes.items[box], s->state.store, 1, &entry), LT_OK);
	assert_true(entry.sequence == s->act.sequence && entry.notice == 1 && entry.dossier == s->dossier.number);
	assert_int_equal(s->state.unsigned_notices, 0);
	sequence = 0;
	index = 0;
	assert_int_equal(notices_next(s->state.store, &sequence, &index, &recipients, &dossier), LT_ENOENT);
	assert_int_equal(sign(s, made, 0), 0); /* again */
	assert_int_equal(s->act.outcome.mail_count, 0);
	assert_int_equal(s->state.mailboxes.items[box].head, 1);
	simstate_free(s);
}

TEST_MAIN(cmocka_unit_test(test_header), cmocka_unit_test(test_successor), cmocka_unit_test(test_no_sender),
	  cmocka_unit_test(test_nobody), cmocka_unit_test(test_signature_once))
