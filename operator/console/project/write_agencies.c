/* write_agencies.c: what the broker says of the agencies and their mailboxes as rows; and texts as a search finds them. */
#include "project_internal.h"

#include "base/checksum.h"
#include "fold.h"
#include "program/log.h"

#include <string.h>

void write_text(struct lt_buf *out, const char *text)
{
	if (text[0] == '\0')
		return;
	if (out->len > 0 && out->data[out->len - 1] != ' ')
		LT_ASSERT(lt_buf_append(out, " ", 1) == LT_OK);
	LT_ASSERT(fold_append(text, out) == LT_OK);
}

uint64_t write_sum(uint64_t seed, const char *text)
{
	return checksum64(seed, text, strlen(text) + 1);
}

static uint64_t count_refused(const struct lt_agency_view *agency)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < agency->refused_count; i++)
		sum += agency->refused[i].count;
	return sum;
}

static enum project_level level_of(bool told, bool low, bool bad)
{
	return !told ? PROJECT_UNTOLD : bad ? PROJECT_BAD : low ? PROJECT_LOW : PROJECT_GOOD;
}

static void write_agency(struct project *project, const struct lt_agency_view *agency)
{
	static const struct lt_adapter_view nobody;
	/* The last word of one that went is old. */
	const struct lt_adapter_view *adapter = agency->online && agency->adapter ? agency->adapter : &nobody;
	const struct lt_adapter_report *told = &adapter->report;
	bool clock_off = lt_adapter_clock_off(adapter);
	write_run(project, SQL_AGENCY, "ttttitiiiiitiiiiiii", agency->code, agency->name, agency->name_en,
		  agency->parent, (int64_t)agency->level, agency->handled_by, (int64_t)agency->suspended,
		  (int64_t)agency->online, (int64_t)agency->certificates, agency->valid_from, agency->valid_to,
		  (const char *)project->text.data, agency->certificates_end, (int64_t)count_refused(agency),
		  (int64_t)level_of(told->disk_size > 0, lt_adapter_disk_low(adapter), told->full),
		  (int64_t)told->disk_free, (int64_t)told->disk_size,
		  (int64_t)level_of(adapter->told_at != 0 && told->clock != 0, false, clock_off), adapter->clock_ahead);
}

void write_agencies(struct project *project, const struct lt_control_answer *agencies)
{
	project->names = 0;
	for (size_t i = 0; i < agencies->agencies.count; i++) {
		const struct lt_agency_view *agency = &agencies->agencies.agencies[i];
		project->names = write_sum(write_sum(project->names, agency->code), agency->name);
		lt_buf_clear(&project->text);
		write_text(&project->text, agency->code);
		write_text(&project->text, agency->name);
		write_text(&project->text, agency->name_en);
		for (size_t j = 0; j < agency->alias_count; j++)
			write_text(&project->text, agency->aliases[j]);
		LT_ASSERT(lt_buf_append(&project->text, "", 1) == LT_OK);
		write_agency(project, agency);
	}
}

void write_mailboxes(struct project *project, const struct lt_control_answer *mailboxes)
{
	write_run(project, SQL_STUCK_GONE, "");
	for (size_t i = 0; i < mailboxes->mailboxes.count; i++) {
		const struct lt_mailbox_view *mailbox = &mailboxes->mailboxes.mailboxes[i];
		write_run(project, SQL_MAILBOX, "tiiii", mailbox->agency, (int64_t)mailbox->waiting, mailbox->oldest,
			  mailbox->unanswered_since, (int64_t)mailbox->unreadable);
		for (size_t j = 0; j < mailbox->stuck_count; j++) {
			const struct lt_stuck_view *stuck = &mailbox->stuck[j];
			write_run(project, SQL_STUCK, "titiiii", mailbox->agency, (int64_t)stuck->number,
				  stuck->dossier, (int64_t)stuck->sequence, (int64_t)stuck->reason, stuck->since,
				  (int64_t)stuck->redelivered);
		}
	}
}
