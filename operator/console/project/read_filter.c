/* read_filter.c: the conditions of a list, each as what it is true of by itself, and as a look at one dossier. */
#include "read_filter.h"

#include "fold.h"
#include "program/log.h"

#include <stddef.h>
#include <string.h>

enum condition_kind { TEXT, NUMBER, FLAG, RANGE, LATE };
/* few: the numbers of those that are so, each once, by an index; NULL: there is none, they are many. look: whether `d` is so, which no index
 * is tempted by ("+"). due: likewise, where an index has the order by `due` of those that are so; NULL: as look. Each question mark is the
 * value; of a range from and to, in turns. */
static const struct condition {
	enum condition_kind kind;
	size_t offset;
	const char *few, *look, *due;
} conditions[] = {
	{ TEXT, offsetof(struct project_filter, holder), "SELECT DISTINCT dossier AS n FROM branch WHERE holder = ?",
	  "EXISTS (SELECT 1 FROM branch WHERE dossier = d.number AND +holder = ?)", NULL },
	{ TEXT, offsetof(struct project_filter, owed_by),
	  "SELECT DISTINCT n FROM (SELECT dossier AS n FROM owed WHERE who = ? UNION ALL SELECT dossier FROM owed WHERE"
	  " acting = ? AND acting <> '')",
	  "EXISTS (SELECT 1 FROM owed WHERE dossier = d.number AND (+who = ? OR +acting = ?))", NULL },
	{ TEXT, offsetof(struct project_filter, lead), "SELECT number AS n FROM dossier WHERE lead = ? AND lead <> ''",
	  "+d.lead = ?", "d.lead = ? AND d.lead <> ''" },
	{ TEXT, offsetof(struct project_filter, origin), "SELECT number AS n FROM dossier WHERE origin = ?",
	  "+d.origin = ?", "d.origin = ?" },
	{ TEXT, offsetof(struct project_filter, procedure), "SELECT number AS n FROM dossier WHERE procedure = ?",
	  "+d.procedure = ?", "d.procedure = ?" },
	{ TEXT, offsetof(struct project_filter, sector), "SELECT number AS n FROM dossier WHERE sector = ?",
	  "+d.sector = ?", NULL },
	{ NUMBER, offsetof(struct project_filter, status), "SELECT number AS n FROM dossier WHERE status = ?",
	  "+d.status = ?", "d.status = ?" },
	{ NUMBER, offsetof(struct project_filter, channel), "SELECT number AS n FROM dossier WHERE channel = ?",
	  "+d.channel = ?", NULL },
	{ NUMBER, offsetof(struct project_filter, verdict),
	  "SELECT number AS n FROM dossier WHERE verdict = ? AND verdict <> 0", "+d.verdict = ?", NULL },
	{ RANGE, offsetof(struct project_filter, opened_from),
	  "SELECT number AS n FROM dossier WHERE opened >= ? AND opened < ?", "+d.opened >= ? AND +d.opened < ?",
	  NULL },
	{ RANGE, offsetof(struct project_filter, finished_from),
	  "SELECT number AS n FROM dossier WHERE finished <> 0 AND finished >= ? AND finished < ?",
	  "+d.finished <> 0 AND +d.finished >= ? AND +d.finished < ?",
	  "d.finished <> 0 AND +d.finished >= ? AND +d.finished < ?" },
	{ LATE, offsetof(struct project_filter, due_before), "SELECT number AS n FROM dossier WHERE due < ?",
	  "+d.due < ?", "d.due < ?" },
	{ FLAG, offsetof(struct project_filter, open), NULL, "d.branches > 0", NULL },
	{ FLAG, offsetof(struct project_filter, silent), "SELECT number AS n FROM dossier WHERE silent <> 0",
	  "+d.silent <> 0", NULL },
	{ FLAG, offsetof(struct project_filter, unanswered),
	  "SELECT DISTINCT dossier AS n FROM owed INDEXED BY owed_unanswered WHERE what <= 2",
	  "EXISTS (SELECT 1 FROM owed WHERE dossier = d.number AND +what <= 2)", NULL },
	{ FLAG, offsetof(struct project_filter, frozen), "SELECT number AS n FROM dossier WHERE frozen <> 0",
	  "+d.frozen <> 0", NULL },
	{ FLAG, offsetof(struct project_filter, stuck), "SELECT DISTINCT dossier AS n FROM stuck WHERE dossier <> 0",
	  "EXISTS (SELECT 1 FROM stuck WHERE dossier = d.number AND dossier <> 0)", NULL },
	{ FLAG, offsetof(struct project_filter, carried), "SELECT number AS n FROM dossier WHERE carried <> 0",
	  "+d.carried <> 0", NULL },
};
enum { CONDITIONS = sizeof(conditions) / sizeof(conditions[0]) };

/* What stands at a condition's question marks, in turns. */
struct value {
	const char *text;
	int64_t numbers[2];
};

static bool said(const char *text)
{
	return text && text[0] != '\0';
}

static const void *member(const struct project_filter *filter, size_t offset)
{
	return (const char *)filter + offset;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* False: it is not asked for. `late` and `due_before` are one. */
static bool value_of(const struct condition *condition, const struct project_filter *filter, int64_t now,
		     struct value *out)
{
	const void *at = member(filter, condition->offset);
	*out = (struct value){ 0 };
	switch (condition->kind) {
	case TEXT:
		out->text = *(const char *const *)at;
		return said(out->text);
	case NUMBER:
		out->numbers[0] = out->numbers[1] = *(const uint32_t *)at;
		return out->numbers[0] != 0;
	case FLAG:
		return *(const bool *)at;
	case RANGE:
		memcpy(out->numbers, at, sizeof(out->numbers));
		if (out->numbers[0] == 0 && out->numbers[1] == 0)
			return false;
		out->numbers[1] = out->numbers[1] ? out->numbers[1] : INT64_MAX;
		return true;
	case LATE:
		out->numbers[0] = out->numbers[1] = earlier(filter->late ? now : 0, filter->due_before);
		return out->numbers[0] != 0;
	}
	return false;
}

static void add(struct asked_sql *asked, const char *sql, const struct value *value)
{
	size_t mark = 0;
	asked_add(asked, sql);
	for (const char *at = sql; (at = strchr(at, '?')) != NULL; at++) {
		if (value->text)
			asked_text(asked, value->text);
		else
			asked_number(asked, value->numbers[mark++ % 2]);
	}
}

/* How many it is true of, no further than FILTER_FEW. */
static enum lt_err count_few(struct project_reader *reader, const char *few, const struct value *value, int64_t *count)
{
	struct asked_sql asked = { 0 };
	asked_add(&asked, "SELECT count(*) FROM (");
	add(&asked, few, value);
	asked_add(&asked, " LIMIT ?)");
	asked_number(&asked, FILTER_FEW + 1);
	enum lt_err err = asked_one(reader, &asked, count);
	asked_fini(&asked);
	return err;
}

/* The condition that leads: of the fewest. NULL: the order does. */
static enum lt_err choose(struct project_reader *reader, const struct project_filter *filter, int64_t now,
			  enum filter_way way, const struct condition **out)
{
	int64_t fewest = way == FILTER_COUNT ? INT64_MAX : FILTER_FEW + 1;
	enum lt_err err = LT_OK;
	*out = NULL;
	for (size_t i = 0; i < CONDITIONS && !err; i++) {
		struct value value;
		int64_t count = 0;
		if (!conditions[i].few || !value_of(&conditions[i], filter, now, &value))
			continue;
		err = count_few(reader, conditions[i].few, &value, &count);
		if (!err && count < fewest) {
			fewest = count;
			*out = &conditions[i];
		}
	}
	return err;
}

/* A beginning makes FTS5 read the lists of all words that begin so before it gives the first dossier, 0.1 s for each million; of a whole word
 * it reads on as rows are taken. So a word that alone finds many is meant whole. */
static bool is_common(void *ctx, const char *word)
{
	struct asked_sql asked = { 0 };
	int64_t count = 0;
	asked_add(&asked, "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ? LIMIT ?)");
	asked_text(&asked, word);
	asked_number(&asked, FILTER_FEW + 1);
	if (asked_one(ctx, &asked, &count))
		count = 0;
	asked_fini(&asked);
	return count > FILTER_FEW;
}

/* Up to "WHERE 1". What of the index fits leads, if a text was typed: it comes by number, so nothing is sorted. */
static enum lt_err add_from(struct project_reader *reader, struct asked_sql *asked, const struct condition *leader,
			    const struct value *value, const char *text, struct lt_buf *question)
{
	if (!said(text)) {
		if (!leader) {
			asked_add(asked, " FROM dossier d WHERE 1");
			return LT_OK;
		}
		asked_add(asked, " FROM (");
		add(asked, leader->few, value);
		asked_add(asked, ") few CROSS JOIN dossier d ON d.number = few.n WHERE 1");
		return LT_OK;
	}
	enum lt_err err = fold_question(text, is_common, reader, question);
	if (err)
		return err;
	asked_add(asked, " FROM search CROSS JOIN dossier d ON d.number = search.rowid WHERE search MATCH ?");
	asked_text(asked, (const char *)question->data);
	return question->data[0] != '\0' ? LT_OK : LT_ENOENT;
}

enum lt_err filter_ask(struct project_reader *reader, const struct project_filter *filter, enum filter_way way,
		       const char *columns, struct lt_buf *question, struct asked_sql *asked)
{
	int64_t now = filter->now ? filter->now : reader->time;
	const struct condition *leader = NULL;
	struct value value = { 0 };
	enum lt_err err = said(filter->text) ? LT_OK : choose(reader, filter, now, way, &leader);
	if (err)
		return err;
	if (leader)
		value_of(leader, filter, now, &value);
	asked_add(asked, "SELECT ");
	asked_add(asked, columns);
	err = add_from(reader, asked, leader, &value, filter->text, question);
	for (size_t i = 0; i < CONDITIONS; i++) {
		const struct condition *condition = &conditions[i];
		bool ordered = way == FILTER_BY_TIME && !leader && condition->due;
		if (condition == leader || !value_of(condition, filter, now, &value))
			continue;
		asked_add(asked, " AND ");
		add(asked, ordered ? condition->due : condition->look, &value);
	}
	return err;
}
