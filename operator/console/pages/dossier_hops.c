/* dossier_hops.c: every act of a dossier's history: who, when, in whose name, what the broker said; behind it signature and receipt. */
#include "dossier_parts.h"

#include <lienthong/time.h>
#include <string.h>

#include "names.h"
#include "words.h"

static const struct column columns[] = {
	{ "Lúc", "At", "head" }, { "Việc", "Act", NULL },         { "Từ", "From", NULL },
	{ "Đến", "To", NULL },   { "Chi tiết", "Details", NULL },
};

static void put_hex(struct html *html, struct lt_bytes bytes)
{
	char text[65] = "";
	if (bytes.len <= 32)
		lt_hex(bytes, text);
	html_put(html, "<code>%s</code>", text);
}

static void put_person(struct html *html, const struct lt_hop *hop)
{
	if (!hop->actor)
		return;
	html_put(html, "<dt>%L<dd>%S", "Người làm", "Person", hop->actor->officer);
	if (hop->actor->title[0])
		html_put(html, ", %S", hop->actor->title);
	if (hop->actor->unit[0])
		html_put(html, " (%S)", hop->actor->unit);
}

static void put_refusal(struct html *html, const struct lt_hop *hop)
{
	char text[LT_SENTENCE_TEXT];
	const char *said = lt_sentence_say(hop->sentence, html->language, text, sizeof(text));
	const char *known = html->language == LT_ENGLISH ? lt_reason_text((enum lt_reason)hop->outcome)
							 : lt_reason_vietnamese((enum lt_reason)hop->outcome);
	html_put(html, "<p class=bad>%L <code>%s</code>: %A</p>", "Bị từ chối", "Refused",
		 lt_reason_name((enum lt_reason)hop->outcome), said && *said ? said : known);
}

static void put_details(struct html *html, const struct lt_hop *hop)
{
	if (hop->outcome)
		put_refusal(html, hop);
	if (hop->erased_by)
		html_put(html, "<p class=warn>%L %u</p>", "Nội dung đã được xóa theo bản ghi", "Erased by record",
			 hop->erased_by);
	if (hop->reason[0])
		html_put(html, "<p>%A</p>", hop->reason);
	if (hop->late_reason)
		html_put(html, "<p>%L %S %A</p>", "Lý do trễ:", "Late because:", hop->late_reason->code,
			 hop->late_reason->words);
	html_put(html, "<details><summary>%L</summary><dl class=facts>", "Chữ ký và biên nhận",
		 "Signature and receipt");
	put_person(html, hop);
	if (hop->sent_at)
		html_put(html, "<dt>%L<dd>%t", "Nơi gửi ghi giờ", "Sender's own time", hop->sent_at);
	if (hop->ground[0])
		html_put(html, "<dt>%L<dd>%S", "Căn cứ", "Ground", hop->ground);
	if (hop->certificate_sha256.len) {
		html_put(html, "<dt>%L<dd>", "Chứng thư (SHA-256)", "Certificate (SHA-256)");
		put_hex(html, hop->certificate_sha256);
		if (hop->trust_stale)
			html_put(html, " <span class=\"tag warn\">%L</span>", "danh sách thu hồi đã quá hạn khi nhận",
				 "admitted on a revocation list past its time");
	}
	if (hop->signed_by)
		html_put(html, "<dt>%L<dd>%L %u", "Ký bởi", "Signed", "máy chủ, bản ghi", "by the broker, record",
			 hop->signed_by);
	html_put(html, "<dt>%L<dd>%L %u, ", "Biên nhận", "Receipt", "bản ghi", "record", hop->sequence);
	put_hex(html, hop->leaf_hash);
	if (hop->id.len == 16) {
		char id[LT_UUID_TEXT];
		lt_uuid_format(hop->id.data, id);
		html_put(html, "<dt>Id<dd><code>%s</code>", id);
	}
	html_put(html, "<dt>%L<dd><code>lienthong envelope export %u DIR</code></dl></details>",
		 "Xuất để kiểm bằng openssl", "Export, for openssl", hop->sequence);
}

static void put_hop(const struct dossier_page *page, const struct lt_hop *hop)
{
	struct html *html = &page->visit->html;
	html_put(html, "<tr id=r%u>", hop->sequence);
	layout_cell(page->visit, &columns[0]);
	html_put(html, "%t<br><span class=dim>%L&nbsp;%u</span>", hop->time, "bản ghi", "record", hop->sequence);
	layout_cell(page->visit, &columns[1]);
	html_put(html, "<strong%s>%s</strong>", hop->outcome ? " class=bad" : "", word_kind(hop->kind, html->language));
	layout_cell(page->visit, &columns[2]);
	if (hop->sender[0])
		names_put(page->visit, hop->sender);
	layout_cell(page->visit, &columns[3]);
	for (size_t i = 0; i < hop->to_count; i++) {
		names_put(page->visit, hop->to[i].agency);
		if (hop->to[i].leg[0])
			html_put(html, " <span class=dim>%S</span>", dossier_leg_name(page, hop->to[i].leg));
		html_raw(html, i + 1 < hop->to_count ? "<br>" : "");
	}
	layout_cell(page->visit, &columns[4]);
	put_details(html, hop);
}

void dossier_put_hops(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	struct html *html = &page->visit->html;
	html_put(html, "<h2>%L <span class=dim>(%u)</span></h2>", "Từng bước, ai ký", "Every act, and who signed it",
		 view->hops_total);
	if (view->hops_total > view->hop_count)
		html_put(html, "<p class=dim>%L</p>", "Chỉ các bước mới nhất; còn lại ở `lienthong trace`.",
			 "The newest alone; `lienthong trace` has the others.");
	layout_table(page->visit, "Từng bước", "Every act", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = view->hop_count; i-- > 0;)
		put_hop(page, &view->hops[i]);
	layout_table_end(page->visit);
}
