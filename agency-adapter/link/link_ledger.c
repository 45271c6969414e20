/* link_ledger.c: the broker's ledger is watched.
 *
 * WELCOME brings a checkpoint. It must be signed by a key that the registrar's directory lists for the broker, and it must have grown
 * out of the one that this adapter has checked before: that is asked, and until it is shown nothing is submitted. Afterwards it is asked
 * again each hour, and whenever there are receipts to complete: an answer moves the kept checkpoint on and brings the paths of up to 64 of
 * our leaves in one. What does not agree is broken: both checkpoints are kept, the adapter is red, and sends nothing until a person
 * has looked. What cannot be judged yet (a directory that is under way, a question without an answer) is asked again.
 *
 * One question at a time goes to the broker, of this sort or about a dossier. */
#include "link_thread.h"

#include "program/log.h"

#include <stdio.h>
#include <string.h>

void link_ledger_fini(struct link_ledger *ledger)
{
	lt_buf_fini(&ledger->welcome);
}

bool link_ledger_agrees(const struct adapter *adapter)
{
	return adapter->ledger.state == LEDGER_AGREES;
}

static void say(struct adapter *adapter, const struct lt_refusal *trouble)
{
	pthread_mutex_lock(&adapter->own_mutex);
	adapter->ledger_trouble = *trouble;
	pthread_mutex_unlock(&adapter->own_mutex);
}

static void agree(struct adapter *adapter, int64_t now)
{
	static const struct lt_refusal nothing = { 0 };
	struct link_ledger *ledger = &adapter->ledger;
	ledger->state = LEDGER_AGREES;
	ledger->checked_at = now;
	say(adapter, &nothing);
}

/* Not yet, or not so: said when it lasts, and tried again. */
static void doubt(struct adapter *adapter, const char *why, int64_t now)
{
	struct link_ledger *ledger = &adapter->ledger;
	struct lt_refusal trouble = { 0 };
	ledger->not_before = now + LEDGER_AGAIN_US;
	if (ledger->state != LEDGER_OPEN || now - ledger->opened < LEDGER_SHOWN_US)
		return;
	lt_refuse(&trouble, LT_CHECKPOINT_INVALID,
		  "the broker has not shown that its ledger agrees, and nothing is submitted: %s", why);
	bool told = strcmp(adapter->ledger_trouble.detail, trouble.detail) == 0;
	say(adapter, &trouble);
	if (told)
		return;
	lt_log(LT_LOG_ERROR, "the broker has not shown that its ledger agrees: nothing is submitted", "why", why, NULL);
}

/* ---- what is stored ---- */

static bool load(struct adapter *adapter)
{
	struct link_ledger *ledger = &adapter->ledger;
	struct vault_tx *tx;
	enum lt_err err = vault_read_begin(adapter->vault, &tx);
	if (err)
		return false;
	err = checkpoints_load(tx, &ledger->kept);
	vault_read_end(tx);
	if (err) {
		lt_log(LT_LOG_ERROR, "the checkpoint that was kept cannot be read", "error", lt_err_text(err), NULL);
		return false;
	}
	ledger->loaded = true;
	if (ledger->kept.broken.reason) {
		ledger->state = LEDGER_BROKEN;
		say(adapter, &ledger->kept.broken);
	}
	return true;
}

struct storing {
	struct adapter *adapter;
	struct lt_bytes note;
	const struct lt_ledger_view *view; /* NULL: the note alone */
	const char *why;                   /* broken; NULL: keep */
};

static enum lt_err store(void *ctx, struct vault_tx *tx)
{
	const struct storing *storing = ctx;
	const struct link_ledger *ledger = &storing->adapter->ledger;
	if (storing->why)
		return checkpoints_break(tx, &ledger->kept, storing->note, storing->why,
					 storing->adapter->speaker.now());
	enum lt_err err = ledger->base.other ? checkpoints_follow(tx, &ledger->kept, storing->note,
								  storing->adapter->speaker.now())
					     : checkpoints_keep(tx, storing->note);
	for (size_t i = 0; storing->view && i < storing->view->proof_count && !err; i++)
		err = proofs_complete(tx, &ledger->waiting[i], storing->note, storing->view->proofs[i].hashes,
				      storing->view->proofs[i].count);
	return err;
}

/* What follows is of what is on disk: so it is read back. */
static bool put(struct adapter *adapter, const struct storing *storing)
{
	enum lt_err err = vault_run(adapter->vault, store, (void *)(uintptr_t)storing);
	if (err)
		lt_log(LT_LOG_ERROR, "what was seen of the broker's ledger cannot be stored", "error", lt_err_text(err),
		       NULL);
	return !err && load(adapter);
}

static void break_off(struct adapter *adapter, struct lt_bytes note, const char *why)
{
	struct storing storing = { .adapter = adapter, .note = note, .why = why };
	adapter->ledger.state = LEDGER_BROKEN; /* also when it cannot be stored */
	put(adapter, &storing);
}

/* ---- judging ---- */

static void keep(struct adapter *adapter, struct lt_bytes note, const struct lt_ledger_view *view, int64_t now)
{
	struct storing storing = { .adapter = adapter, .note = note, .view = view };
	bool followed = adapter->ledger.base.other;
	if (!put(adapter, &storing)) {
		adapter->ledger.not_before = now + LEDGER_AGAIN_US;
		return;
	}
	if (followed)
		lt_log(LT_LOG_WARNING,
		       "the broker was restored, and the registrar has signed from where its ledger goes on", "origin",
		       adapter->ledger.kept.checkpoint.origin, "same_up_to", lt_log_u64(adapter->ledger.base.size),
		       NULL);
	agree(adapter, now);
}

static void ask(struct adapter *adapter, int64_t now)
{
	struct link_ledger *ledger = &adapter->ledger;
	uint64_t sequences[LT_LEDGER_PROOFS_MAX];
	if (link_queries_asking(adapter))
		return;
	for (size_t i = 0; i < ledger->count; i++)
		sequences[i] = ledger->waiting[i].sequence;
	/* Each time for another agency: one of them may be taken away from us. */
	uint64_t token = LEDGER_TOKEN | (ledger->token + 1);
	if (lt_link_client_ledger(adapter->client,
				  adapter->speaker.agencies[token % adapter->speaker.agency_count].code, sequences,
				  ledger->count, ledger->base.size, token))
		return;
	ledger->token = token;
	ledger->asking = true;
	ledger->asked_at = now;
}

/* The checkpoint of WELCOME: agrees, or is asked for, or breaks. */
static void judge_welcome(struct adapter *adapter, int64_t now)
{
	struct link_ledger *ledger = &adapter->ledger;
	struct lt_bytes note = lt_buf_bytes(&ledger->welcome);
	struct lt_checkpoint next;
	struct lt_refusal refusal = { 0 };
	char why[160];
	if (link_directory_missing(adapter)) {
		doubt(adapter, "the directory with its key is under way", now);
		ledger->not_before = now;
		return;
	}
	if (note.len == 0 && !ledger->kept.any) {
		agree(adapter, now);
		return;
	}
	if (note.len == 0) {
		doubt(adapter, "it tells no checkpoint any more", now);
		return;
	}
	if (!checkpoints_signed(adapter->book, note, &next, &refusal)) {
		doubt(adapter, refusal.detail, now);
		return;
	}
	enum checkpoints_verdict verdict = checkpoints_judge(adapter->book, &ledger->kept, &next, &ledger->base, why);
	if (ledger->state == LEDGER_BROKEN && !ledger->base.other)
		return; /* a person must look; or the registrar has, and signed for a restore */
	switch (verdict) {
	case CHECKPOINTS_AGREE:
		keep(adapter, note, NULL, now);
		return;
	case CHECKPOINTS_OTHER:
		ledger->opened = 0; /* nothing is to be waited for: it is said at once */
		doubt(adapter, why, now);
		return;
	case CHECKPOINTS_ASK:
		ledger->count = 0;
		ask(adapter, now);
		return;
	case CHECKPOINTS_BREAK:
		break_off(adapter, note, why);
		return;
	}
}

/* Receipts that were there at the look before: by now a checkpoint covers them. False: the store cannot be read. */
static bool find_waiting(struct adapter *adapter, int64_t now)
{
	struct link_ledger *ledger = &adapter->ledger;
	struct vault_tx *tx;
	ledger->count = LT_LEDGER_PROOFS_MAX;
	enum lt_err err = vault_read_begin(adapter->vault, &tx);
	if (!err) {
		err = proofs_waiting(tx, ledger->ripe, ledger->waiting, &ledger->count);
		if (!err && now - ledger->ripened_at >= LEDGER_PROOFS_US) {
			err = vault_last_u64(tx, VAULT_UNPROVED, &ledger->ripe);
			ledger->ripened_at = now;
		}
		vault_read_end(tx);
	}
	if (err)
		ledger->count = 0;
	return !err;
}

static void step_agreed(struct adapter *adapter, int64_t now)
{
	struct link_ledger *ledger = &adapter->ledger;
	if (!ledger->kept.any)
		return;
	int64_t pause = ledger->count == LT_LEDGER_PROOFS_MAX ? LEDGER_MORE_US : LEDGER_PROOFS_US;
	bool hour = now - ledger->checked_at >= LEDGER_CHECK_US || now < ledger->checked_at;
	if (now - ledger->looked_at < pause && now >= ledger->looked_at && !hour)
		return;
	ledger->looked_at = now;
	ledger->base = (struct checkpoints_base){ .size = ledger->kept.checkpoint.size };
	memcpy(ledger->base.root, ledger->kept.checkpoint.root, sizeof(ledger->base.root));
	if (find_waiting(adapter, now) && (hour || ledger->count > 0))
		ask(adapter, now);
}

void link_ledger_step(struct adapter *adapter, int64_t now)
{
	struct link_ledger *ledger = &adapter->ledger;
	if (atomic_exchange(&adapter->ledger_accepted, false))
		*ledger = (struct link_ledger){
			.welcomed = ledger->welcomed, .welcome = ledger->welcome, .opened = now, .token = ledger->token
		};
	if (!ledger->welcomed || !lt_link_client_ready(adapter->client))
		return;
	if (!ledger->loaded && !load(adapter)) {
		doubt(adapter, "the checkpoint that was kept cannot be read", now);
		return;
	}
	if (ledger->asking && now - ledger->asked_at > LEDGER_AGAIN_US) {
		ledger->asking = false;
		doubt(adapter, "it does not answer", now);
	}
	if (ledger->asking || now < ledger->not_before)
		return;
	if (ledger->state == LEDGER_AGREES)
		step_agreed(adapter, now);
	else
		judge_welcome(adapter, now);
	if (ledger->state == LEDGER_BROKEN && !ledger->asking)
		ledger->not_before = now + LEDGER_AGAIN_US;
}

void link_ledger_welcome(struct adapter *adapter, struct lt_bytes note, int64_t now)
{
	struct link_ledger *ledger = &adapter->ledger;
	lt_buf_clear(&ledger->welcome);
	if (note.len > 0 && lt_buf_append(&ledger->welcome, note.data, note.len))
		lt_fatal("out of memory");
	ledger->welcomed = true;
	ledger->not_before = 0;
	ledger->ripe = 0;
	if (ledger->state == LEDGER_BROKEN)
		return;
	ledger->state = LEDGER_OPEN;
	ledger->opened = now;
}

void link_ledger_lost(struct adapter *adapter)
{
	adapter->ledger.asking = false;
	adapter->ledger.welcomed = false;
}

/* ---- the answer ---- */

/* Which of the envelope's signatures its record has. */
static bool find_leaf(struct proofs_open *open, const struct lt_checkpoint *next,
		      const uint8_t hashes[LT_MERKLE_PATH_MAX + 1][32], size_t count)
{
	for (open->found = 0; open->found < open->leaf_count; open->found++) {
		if (lt_merkle_verify(open->leaves[open->found], open->sequence - 1, next->size, hashes, count,
				     next->root))
			return true;
	}
	return false;
}

/* Every receipt that was asked about stands where it was said to be. */
static bool receipts_hold(struct adapter *adapter, const struct lt_checkpoint *next, const struct lt_ledger_view *view,
			  char *why)
{
	struct link_ledger *ledger = &adapter->ledger;
	for (size_t i = 0; i < view->proof_count; i++) {
		uint8_t hashes[LT_MERKLE_PATH_MAX + 1][32];
		const struct lt_ledger_path *path = &view->proofs[i];
		struct proofs_open *open = &ledger->waiting[i];
		if (path->sequence == open->sequence && lt_ledger_hashes(path->hashes, path->count, hashes) &&
		    find_leaf(open, next, (const uint8_t(*)[32])hashes, path->count))
			continue;
		snprintf(why, 160, "record %llu is not the envelope for which it gave a receipt",
			 (unsigned long long)open->sequence);
		return false;
	}
	return true;
}

static void judge_answer(struct adapter *adapter, const struct lt_ledger_view *view, int64_t now)
{
	struct link_ledger *ledger = &adapter->ledger;
	struct lt_checkpoint next;
	struct lt_refusal refusal = { 0 };
	char why[160] = "";
	if (!checkpoints_signed(adapter->book, view->checkpoint, &next, &refusal) ||
	    view->proof_count != ledger->count) {
		doubt(adapter, refusal.reason ? refusal.detail : "it has not answered what was asked", now);
		return;
	}
	struct checkpoints_base base;
	enum checkpoints_verdict verdict = checkpoints_judge(adapter->book, &ledger->kept, &next, &base, why);
	if (verdict == CHECKPOINTS_OTHER || base.size != ledger->base.size || base.other != ledger->base.other) {
		doubt(adapter, "its answer is of another ledger than was asked about", now);
		return;
	}
	if (verdict == CHECKPOINTS_ASK && !checkpoints_grown(&base, &next, view->grown, view->grown_count)) {
		snprintf(why, sizeof(why), "its %llu records have not grown out of the %llu that it had signed for",
			 (unsigned long long)next.size, (unsigned long long)base.size);
		verdict = CHECKPOINTS_BREAK;
	}
	if (verdict != CHECKPOINTS_BREAK && !receipts_hold(adapter, &next, view, why))
		verdict = CHECKPOINTS_BREAK;
	if (verdict == CHECKPOINTS_BREAK)
		break_off(adapter, view->checkpoint, why);
	else
		keep(adapter, view->checkpoint, view, now);
}

void link_ledger_answer(struct adapter *adapter, uint64_t token, const struct lt_refusal *why,
			const struct lt_ledger_view *view)
{
	struct link_ledger *ledger = &adapter->ledger;
	int64_t now = adapter->speaker.now();
	if (!ledger->asking || token != ledger->token)
		return;
	ledger->asking = false;
	if (why->reason || !view)
		doubt(adapter, why->reason ? why->detail : "it answers about something else", now);
	else
		judge_answer(adapter, view, now);
}
