/* form_register.c: form 07, the register of an office over a period. */
#include "form_doc.h"

#include "form_table.h"
#include "form_text.h"

#include <string.h>

static const char *person(struct form_doc *doc, const json_t *row)
{
	static const char *const keys[] = { "name", "address", "phone" };
	const json_t *who = json_object_get(row, "applicant");
	const char *text = "";
	for (size_t i = 0; i < 3; i++) {
		const char *value = form_get(doc, who, keys[i]);
		if (value[0])
			text = text[0] ? form_say(doc, "%s; %s", text, value) : value;
	}
	return text;
}

static const char *note(struct form_doc *doc, const json_t *row)
{
	json_int_t number = form_get_number(row, "verdict");
	const char *verdict = form_verdict(doc, number), *more = form_get(doc, row, "note");
	/* The verdict of an open dossier says its status too. */
	const char *status = number >= 4 ? "" : form_get(doc, row, "status_name");
	const char *of = form_get_name(doc, json_object_get(row, "origin"), true);
	const char *carried =
		form_get(doc, row, "carried_at")[0] ? form_label(doc, "hồ sơ chuyển tiếp; ", "carried over; ") : "";
	return form_say(doc, "%s%s%s%s%s%s%s%s%s", carried, status, status[0] && verdict[0] ? "; " : "", verdict,
			more[0] ? "; " : "", more, of[0] ? "; " : "",
			of[0] ? form_label(doc, "tiếp nhận tại ", "received at ") : "", of);
}

static void show_row(struct form_doc *doc, struct form_table *table, size_t index, const json_t *row)
{
	json_int_t sets = form_get_number(row, "sets");
	const char *cells[] = {
		form_say(doc, "%zu", index + 1),
		form_get(doc, row, "code"),
		form_get_name(doc, json_object_get(row, "procedure"), true),
		form_say(doc, "%lld", (long long)(sets > 0 ? sets : 1)),
		person(doc, row),
		form_get_name(doc, json_object_get(row, "lead"), false),
		form_get_short_time(doc, row, "received_at"),
		form_get_short_time(doc, row, "due_at"),
		form_get_short_time(doc, row, "forwarded_at"),
		form_get_short_time(doc, row, "result_at"),
		form_get_short_time(doc, row, "returned_at"),
		form_get(doc, row, "return_method"),
		"",
		note(doc, row),
	};
	form_table_row(table, cells);
}

static const char *day(struct form_doc *doc, const json_t *object, const char *key)
{
	const char *time = form_get_short_time(doc, object, key);
	return strlen(time) > 6 ? time + 6 : form_text_or_dots("");
}

void form_register(struct form_doc *doc)
{
	static const struct form_style centre = { .size = 10.5, .italic = true, .align = FORM_CENTRE };
	const struct form_column columns[] = {
		{ form_label(doc, "STT", "No."), 4, FORM_CENTRE },
		{ form_label(doc, "Mã hồ sơ", "Dossier"), 9, FORM_LEFT },
		{ form_label(doc, "Tên thủ tục hành chính", "Procedure"), 12, FORM_LEFT },
		{ form_label(doc, "Số bộ", "Sets"), 4, FORM_CENTRE },
		{ form_label(doc, "Tên cá nhân, tổ chức, địa chỉ, số điện thoại", "Applicant"), 13, FORM_LEFT },
		{ form_label(doc, "Cơ quan chủ trì giải quyết", "Lead"), 9, FORM_LEFT },
		{ form_label(doc, "Nhận hồ sơ", "Received"), 7, FORM_CENTRE },
		{ form_label(doc, "Hẹn trả kết quả", "Due"), 7, FORM_CENTRE },
		{ form_label(doc, "Chuyển hồ sơ đến cơ quan giải quyết", "Sent on"), 7, FORM_CENTRE },
		{ form_label(doc, "Nhận kết quả từ cơ quan giải quyết", "Result in"), 7, FORM_CENTRE },
		{ form_label(doc, "Trả kết quả: ngày", "Handed out"), 7, FORM_CENTRE },
		{ form_label(doc, "Phương thức nhận kết quả", "Way"), 7, FORM_LEFT },
		{ form_label(doc, "Ký nhận", "Signed"), 5, FORM_LEFT },
		{ form_label(doc, "Ghi chú", "Notes"), 8, FORM_LEFT },
	};
	const json_t *period = json_object_get(doc->root, "period"), *rows = json_object_get(doc->root, "rows");
	struct form_table table = { .page = &doc->page, .columns = columns, .count = 14, .size = 7 };
	form_head(doc, "SỔ THEO DÕI HỒ SƠ", "REGISTER OF DOSSIERS", "");
	form_page_text(&doc->page, &centre,
		       form_say(doc, "%s %s %s %s", form_label(doc, "Từ ngày", "From"), day(doc, period, "from"),
				form_label(doc, "đến ngày", "to"), day(doc, period, "to")));
	doc->page.y += 4;
	form_table_begin(&table);
	size_t index;
	json_t *row;
	json_array_foreach(rows, index, row)
	{
		guint kept = doc->texts->len;
		show_row(doc, &table, index, row);
		g_ptr_array_set_size(doc->texts, (gint)kept); /* ten thousand rows need no memory of each other */
	}
}
