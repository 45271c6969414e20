/* agency_adapter.c: what the adapter of an agency tells of its machine, and what of the agency's envelopes was refused. It is told for people alone; nothing
 * is decided by it. */
#include "agency_parts.h"

void agency_put_ahead(struct html *html, int64_t ahead)
{
	uint64_t tenths = (uint64_t)(ahead < 0 ? -ahead : ahead) / 100000;
	html_put(html, "%s%u,%u s", tenths == 0 ? "" : ahead < 0 ? "−" : "+", tenths / 10, tenths % 10);
}

unsigned agency_percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (unsigned)(100.0 * (double)part / (double)whole) : 0;
}

static void put_clock(struct html *html, const struct lt_adapter_view *adapter)
{
	if (adapter->report.clock == 0)
		return;
	html_put(html, "<dt>%L<dd%s>", "Đồng hồ lệch", "Its clock is off by",
		 lt_adapter_clock_off(adapter) ? " class=bad" : "");
	agency_put_ahead(html, adapter->clock_ahead);
}

static void put_disk(struct html *html, const struct lt_adapter_view *adapter)
{
	const struct lt_adapter_report *told = &adapter->report;
	if (told->disk_size == 0)
		return;
	html_put(html, "<dt>%L<dd%s>%L %z / %z (%i %%), %L %z", "Ổ đĩa", "Disk",
		 told->full                     ? " class=bad"
		 : lt_adapter_disk_low(adapter) ? " class=warn"
						: "",
		 "trống", "free", told->disk_free, told->disk_size, agency_percent(told->disk_free, told->disk_size),
		 "giữ lại", "reserve", told->disk_reserve);
	if (told->full)
		html_put(html, " <strong>%L</strong>", "đầy: không nhận việc mới", "full: it takes nothing new");
	html_put(html, "<dt>%L<dd>%z", "Kho của bộ nối", "Its store", told->store_bytes);
}

void agency_put_adapter(struct html *html, const struct lt_adapter_view *adapter)
{
	const struct lt_adapter_report *told = adapter ? &adapter->report : NULL;
	if (!adapter || adapter->told_at == 0)
		return;
	put_disk(html, adapter);
	put_clock(html, adapter);
	html_put(html, "<dt>%L<dd>%u", "Chờ trục trả lời", "Sent, without an answer", told->unsent);
	if (told->unsent_since)
		html_put(html, " (%L %t)", "cũ nhất", "the oldest", told->unsent_since - adapter->clock_ahead);
	if (told->restored_at)
		html_put(html, "<dt>%L<dd class=bad>%t: %L", "Kho rỗng hoặc cũ", "Store empty or older",
			 told->restored_at - adapter->clock_ahead, "những gì chưa gửi đã mất",
			 "what it had not sent is lost");
	html_put(html, "<dt>%L<dd>%t", "Bộ nối báo lúc", "Told by its adapter at", adapter->told_at);
}

static const struct column columns[] = {
	{ "Lý do", "Reason", "head" },
	{ "Số lần", "Times", "number" },
};

void agency_put_refused(struct visit *visit, const struct lt_agency_view *agency)
{
	struct html *html = &visit->html;
	if (agency->refused_count == 0)
		return;
	html_put(html, "<h2>%L</h2>", "Phong bì của cơ quan bị từ chối từ khi trục khởi động",
		 "Its envelopes that were refused since the broker's start");
	layout_table(visit, "Bị từ chối, theo lý do", "Refused, by reason", columns,
		     sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < agency->refused_count; i++) {
		enum lt_reason reason = agency->refused[i].reason;
		html_raw(html, "<tr>");
		layout_cell(visit, &columns[0]);
		html_put(html, "<code>%s</code> %s", lt_reason_name(reason),
			 html->language == LT_ENGLISH ? lt_reason_text(reason) : lt_reason_vietnamese(reason));
		layout_cell(visit, &columns[1]);
		html_put(html, "%u", agency->refused[i].count);
	}
	layout_table_end(visit);
}

/* ---- what is wrong, by the broker's own word ---- */

/* Causes whose subjects are agencies: the gravest first. */
static const struct {
	enum lt_cause cause;
	bool bad;
	const char *vietnamese, *english;
} troubles[] = {
	{ LT_CAUSE_RECORD_UNREADABLE, true, "thư dừng vì không đọc được bản ghi",
	  "its mail stops at a record that cannot be read" },
	{ LT_CAUSE_MAILBOX_UNANSWERED, true, "có kết nối nhưng không xác nhận gì", "connected, and confirms nothing" },
	{ LT_CAUSE_ITEM_STUCK, true, "không nhận được thư", "could not take an item" },
	{ LT_CAUSE_CERTIFICATE_OVER, true, "không còn chứng thư", "its last certificate has ended" },
	{ LT_CAUSE_ADAPTER_CLOCK, true, "đồng hồ lệch, không gửi được gì mới",
	  "its clock is off: it sends nothing new" },
	{ LT_CAUSE_ADAPTER_RESTORED, false, "kho rỗng hoặc cũ, những gì chưa gửi đã mất",
	  "its store was empty or older: what it had not sent is lost" },
	{ LT_CAUSE_ADAPTER_DISK, false, "ổ đĩa gần đầy", "its disk is nearly full" },
	{ LT_CAUSE_AGENCY_DRAINED, false, "ngừng nhận hồ sơ mới", "takes nothing new" },
	{ LT_CAUSE_MAILBOX_WAITS, false, "thư chờ hơn một giờ", "mail waits for over an hour" },
	{ LT_CAUSE_AGENCY_DISCONNECTED, false, "mất kết nối", "not connected" },
	{ LT_CAUSE_CERTIFICATE_ENDS, false, "chứng thư cuối sắp hết hạn", "its last certificate ends" },
};
enum { TROUBLES = sizeof(troubles) / sizeof(troubles[0]) };

static const struct lt_cause_view *find_cause(const struct lt_status_view *status, enum lt_cause cause)
{
	for (size_t i = 0; status && i < status->cause_count; i++) {
		if (status->causes[i].cause == (uint32_t)cause)
			return &status->causes[i];
	}
	return NULL;
}

static const struct column trouble_columns[] = {
	{ "Cơ quan", "Agency", "head" },
	{ "Sự cố", "Trouble", NULL },
	{ "Lúc", "Time", NULL },
};

static bool put_trouble(struct visit *visit, const struct lt_cause_view *cause, size_t which, bool begun)
{
	struct html *html = &visit->html;
	for (size_t i = 0; cause && i < cause->subject_count; i++) {
		if (!begun)
			layout_table(visit, "Cơ quan có sự cố", "Agencies in trouble", trouble_columns,
				     sizeof(trouble_columns) / sizeof(trouble_columns[0]));
		begun = true;
		html_raw(html, "<tr>");
		layout_cell(visit, &trouble_columns[0]);
		names_put(visit, cause->subjects[i].name);
		layout_cell(visit, &trouble_columns[1]);
		html_put(html, "<span class=%s>%L</span>", troubles[which].bad ? "bad" : "warn",
			 troubles[which].vietnamese, troubles[which].english);
		layout_cell(visit, &trouble_columns[2]);
		html_put(html, "%t", cause->subjects[i].at);
	}
	return begun;
}

void agency_put_troubles(struct visit *visit, const struct lt_status_view *status)
{
	bool begun = false;
	for (size_t i = 0; i < TROUBLES; i++)
		begun = put_trouble(visit, find_cause(status, troubles[i].cause), i, begun);
	if (begun) {
		layout_table_end(visit);
		html_put(&visit->html, "<h2>%L</h2>", "Tất cả", "All of them");
	}
}
