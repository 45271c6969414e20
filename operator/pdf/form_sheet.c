/* form_sheet.c: form 06, the control sheet: a dossier's hand-offs, row by row. */
#include "form_doc.h"

#include "form_table.h"
#include "form_text.h"

static const char *side(struct form_doc *doc, const char *who, const json_t *row, const char *time, const char *signer,
			const char *person)
{
	const char *actor = form_actor(doc, json_object_get(row, person));
	const char *at = form_get_time(doc, row, time), *by = form_get(doc, row, signer);
	if (at[0] == '\0')
		return form_say(doc, "%s: %s", who, form_text_or_dots(""));
	return form_say(doc, "%s: %s%s%s%s%s%s%s", who, at, actor[0] ? "\n" : "", actor, by[0] ? "\n" : "",
			by[0] ? form_label(doc, "Ký số", "Signed") : "", by[0] ? ": " : "", by);
}

static const char *result(struct form_doc *doc, const json_t *row)
{
	const char *verdict = form_verdict(doc, form_get_number(row, "verdict"));
	if (verdict[0] == '\0')
		return "";
	return form_say(doc, "%s\n%s: %s\n%s: %s", verdict, form_label(doc, "Quy định", "Allotted"),
			form_limit(doc, row, "allotted"), form_label(doc, "Đã dùng", "Used"),
			form_minutes(doc, form_get_number(row, "used") + form_get_number(row, "carried")));
}

static void show_row(struct form_doc *doc, struct form_table *table, size_t index, const json_t *row)
{
	const char *gives = form_label(doc, "1. Giao", "1. Gives"), *takes = form_label(doc, "2. Nhận", "2. Takes");
	const char *cells[] = {
		form_say(doc, "%zu", index + 1),
		form_say(doc, "%s: %s\n%s: %s", gives, form_get_name(doc, json_object_get(row, "giver"), true), takes,
			 form_get_name(doc, json_object_get(row, "taker"), true)),
		form_say(doc, "%s\n%s", side(doc, gives, row, "given_at", "given_by", "given_actor"),
			 side(doc, takes, row, "taken_at", "taken_by", "taken_actor")),
		result(doc, row),
		form_get(doc, row, "note"),
	};
	form_table_row(table, cells);
}

void form_sheet(struct form_doc *doc)
{
	const struct form_column columns[] = {
		{ form_label(doc, "STT", "No."), 5, FORM_CENTRE },
		{ form_label(doc, "TÊN CƠ QUAN", "OFFICE"), 24, FORM_LEFT },
		{ form_label(doc, "THỜI GIAN GIAO, NHẬN HỒ SƠ, NGƯỜI KÝ", "TIME AND SIGNERS"), 32, FORM_LEFT },
		{ form_label(doc, "KẾT QUẢ GIẢI QUYẾT HỒ SƠ (Trước hạn/Đúng hạn/Quá hạn)", "RESULT"), 16, FORM_CENTRE },
		{ form_label(doc, "GHI CHÚ", "NOTES"), 23, FORM_LEFT },
	};
	const json_t *dossier = json_object_get(doc->root, "dossier"), *list = json_object_get(doc->root, "handoffs");
	struct form_page *page = &doc->page;
	struct form_table table = { .page = page, .columns = columns, .count = 5, .size = 9 };
	form_head(doc, "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ", "CONTROL SHEET OF A DOSSIER",
		  form_get(doc, dossier, "code"));
	form_page_pair(page, form_label(doc, "Thủ tục hành chính", "Procedure"),
		       form_get_name(doc, json_object_get(dossier, "procedure"), true));
	form_page_pair(page, form_label(doc, "Cơ quan giải quyết hồ sơ", "Office in charge"),
		       form_get_name(doc, json_object_get(dossier, "lead"), true));
	form_page_pair(page, form_label(doc, "Cơ quan phối hợp giải quyết hồ sơ", "Offices that cooperate"),
		       form_get(doc, doc->root, "cooperating"));
	form_page_pair(page, form_label(doc, "Ngày tiếp nhận", "Received at"),
		       form_get_time(doc, dossier, "received_at"));
	if (form_get(doc, dossier, "carried_at")[0])
		form_page_pair(page, form_label(doc, "Hồ sơ chuyển tiếp, đưa vào hệ thống", "Carried over at"),
			       form_get_time(doc, dossier, "carried_at"));
	form_page_pair(page, form_label(doc, "Hẹn trả kết quả", "Result due at"),
		       form_get_time(doc, dossier, "appointment"));
	form_page_pair(page, form_label(doc, "Tình trạng", "Status"), form_get(doc, dossier, "status_name"));
	page->y += 4;
	form_table_begin(&table);
	size_t index;
	json_t *row;
	json_array_foreach(list, index, row)
	{
		/* The last row goes with the signature: a page with nothing but that on it could belong to any sheet. */
		table.follow = index > 0 && index + 1 == json_array_size(list) ? FORM_SIGN_ROOM : 0;
		show_row(doc, &table, index, row);
	}
	form_signatures(doc, "", form_label(doc, "NGƯỜI LẬP PHIẾU", "MADE BY"), NULL);
}
