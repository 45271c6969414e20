/* form_letter.c: forms 01 to 05: a head, lines of facts, a signature. */
#include "form_doc.h"

#include "form_text.h"

static const struct form_style body = { .size = 11 };
static const struct form_style item = { .size = 11, .indent = 18 };

static const json_t *part(const struct form_doc *doc, const char *key)
{
	return json_object_get(doc->root, key);
}

static void pair(struct form_doc *doc, const char *vi, const char *en, const char *value)
{
	form_page_pair(&doc->page, form_label(doc, vi, en), value);
}

static void line(struct form_doc *doc, const char *vi, const char *en)
{
	form_page_text(&doc->page, &body, form_label(doc, vi, en));
}

static void applicant(struct form_doc *doc, const char *vi, const char *en)
{
	const json_t *who = part(doc, "applicant");
	pair(doc, vi, en, form_get(doc, who, "name"));
	pair(doc, "Địa chỉ", "Address", form_get(doc, who, "address"));
	pair(doc, "Số điện thoại", "Telephone", form_get(doc, who, "phone"));
	pair(doc, "Email", "Email", form_get(doc, who, "email"));
}

static void matter(struct form_doc *doc)
{
	const json_t *dossier = part(doc, "dossier");
	const char *subject = form_get(doc, dossier, "subject");
	const char *procedure = form_get_name(doc, json_object_get(dossier, "procedure"), true);
	pair(doc, "Nội dung yêu cầu giải quyết", "Matter", subject[0] ? subject : procedure);
	pair(doc, "Thủ tục hành chính", "Procedure", procedure);
}

static void list_texts(struct form_doc *doc, const json_t *list)
{
	size_t index;
	json_t *entry;
	json_array_foreach(list, index, entry)
	{
		char *text = form_text_clean(json_string_value(entry), FORM_TEXT_MAX);
		form_page_text(&doc->page, &item, form_say(doc, "%zu. %s", index + 1, text));
		g_free(text);
	}
	if (json_array_size(list) == 0)
		form_page_text(&doc->page, &item, form_text_or_dots(""));
}

static void papers(struct form_doc *doc)
{
	const json_t *list = part(doc, "papers");
	size_t index;
	json_t *paper;
	line(doc, "Thành phần hồ sơ nộp gồm:", "Papers handed in:");
	json_array_foreach(list, index, paper)
	{
		json_int_t count = form_get_number(paper, "count");
		const char *name = form_get(doc, paper, "name");
		form_page_text(&doc->page, &item,
			       count > 0 ? form_say(doc, "%zu. %s (%lld %s)", index + 1, name, (long long)count,
						    form_label(doc, "bản", "copies"))
					 : form_say(doc, "%zu. %s", index + 1, name));
	}
	if (json_array_size(list) == 0)
		form_page_text(&doc->page, &item, form_text_or_dots(""));
}

static void receipt(struct form_doc *doc)
{
	const json_t *dossier = part(doc, "dossier"), *book = part(doc, "book");
	json_int_t sets = form_get_number(doc->root, "sets"), limit = form_get_number(dossier, "limit_minutes");
	applicant(doc, "Tiếp nhận hồ sơ của", "Received from");
	matter(doc);
	papers(doc);
	pair(doc, "Số lượng hồ sơ", "Sets",
	     form_say(doc, "%02lld %s", (long long)(sets > 0 ? sets : 1), form_label(doc, "(bộ)", "set(s)")));
	pair(doc, "Thời gian giải quyết hồ sơ theo quy định là", "Time allowed by law",
	     limit > 0 ? form_limit(doc, dossier, "limit_minutes") : "");
	pair(doc, "Thời gian nhận hồ sơ", "Received at", form_get_time(doc, dossier, "received_at"));
	pair(doc, "Thời gian trả kết quả giải quyết hồ sơ", "Result due at", form_get_time(doc, dossier, "due_first"));
	pair(doc, "Đăng ký nhận kết quả tại", "Result to be collected at", form_get(doc, doc->root, "return_place"));
	form_page_text(&doc->page, &body,
		       form_say(doc, "%s: %s    %s: %s", form_label(doc, "Vào Sổ theo dõi hồ sơ, Quyển số", "Register"),
				form_text_or_dots(form_get(doc, book, "volume")),
				form_label(doc, "Số thứ tự", "Number"),
				form_text_or_dots(form_get(doc, book, "number"))));
	form_signatures(doc, form_label(doc, "NGƯỜI NỘP HỒ SƠ", "APPLICANT"),
			form_label(doc, "NGƯỜI TIẾP NHẬN HỒ SƠ", "RECEIVING OFFICER"), part(doc, "act"));
}

static void contact(struct form_doc *doc)
{
	line(doc,
	     "Trong quá trình hoàn thiện hồ sơ, nếu có vướng mắc, xin liên hệ với cơ quan nêu trên để được hướng dẫn.",
	     "For any question on completing the dossier, please contact the office above.");
}

static void supplement(struct form_doc *doc)
{
	const json_t *act = part(doc, "act");
	applicant(doc, "Hồ sơ của", "Dossier of");
	matter(doc);
	line(doc, "Yêu cầu bổ sung, hoàn thiện hồ sơ gồm những nội dung sau:", "To be added or completed:");
	list_texts(doc, json_object_get(act, "items"));
	pair(doc, "Lý do", "Reason", form_get(doc, act, "reason"));
	pair(doc, "Thời hạn bổ sung", "To be brought by", form_get_time(doc, act, "due"));
	contact(doc);
	form_signatures(doc, "", form_label(doc, "NGƯỜI HƯỚNG DẪN", "OFFICER"), act);
}

static void refusal(struct form_doc *doc)
{
	const json_t *act = part(doc, "act");
	applicant(doc, "Hồ sơ của", "Dossier of");
	matter(doc);
	line(doc, "Qua xem xét, cơ quan thông báo từ chối tiếp nhận, giải quyết hồ sơ này với lý do cụ thể như sau:",
	     "The office does not accept this dossier, for this reason:");
	pair(doc, "Lý do", "Reason", form_get(doc, act, "reason"));
	line(doc, "Xin thông báo để ông/bà, tổ chức được biết và thực hiện.", "Please take note.");
	form_signatures(doc, form_label(doc, "NGƯỜI NỘP HỒ SƠ", "APPLICANT"),
			form_label(doc, "NGƯỜI TIẾP NHẬN HỒ SƠ", "OFFICER"), act);
}

static void apology(struct form_doc *doc)
{
	const json_t *act = part(doc, "act"), *dossier = part(doc, "dossier");
	applicant(doc, "Kính gửi", "To");
	pair(doc, "Ngày tiếp nhận", "Received at", form_get_time(doc, dossier, "received_at"));
	pair(doc, "Cơ quan tiếp nhận", "Received by", form_get_name(doc, json_object_get(dossier, "origin"), true));
	matter(doc);
	pair(doc, "Lĩnh vực", "Sector", form_get(doc, json_object_get(dossier, "procedure"), "sector"));
	pair(doc, "Thời gian hẹn trả kết quả", "Was due at", form_get_time(doc, dossier, "due_first"));
	line(doc, "Đến nay, hồ sơ chưa giải quyết xong đúng hạn.", "The dossier is not settled within this time.");
	pair(doc, "Lý do", "Reason", form_get(doc, act, "reason"));
	line(doc, "Cơ quan xin lỗi ông/bà, tổ chức về sự chậm trễ này và đề nghị gia hạn thời gian giải quyết hồ sơ.",
	     "The office apologises for the delay and asks for more time.");
	pair(doc, "Thời gian hẹn trả kết quả mới", "Now due at", form_get_time(doc, act, "due"));
	form_signatures(doc, "", form_label(doc, "THỦ TRƯỞNG CƠ QUAN", "HEAD OF THE OFFICE"), act);
}

/* "150.000 đồng", in groups of three digits. */
static const char *dong(struct form_doc *doc, json_int_t amount)
{
	const char *text = "";
	if (amount <= 0)
		return form_label(doc, "Không", "None");
	for (; amount >= 1000; amount /= 1000)
		text = form_say(doc, ".%03d%s", (int)(amount % 1000), text);
	return form_say(doc, "%d%s %s", (int)amount, text, form_label(doc, "đồng", "dong"));
}

static void stop(struct form_doc *doc)
{
	const json_t *act = part(doc, "act"), *request = part(doc, "request"), *fee = part(doc, "fee");
	applicant(doc, "Kính gửi", "To");
	matter(doc);
	pair(doc, "Ngày tiếp nhận", "Received at", form_get_time(doc, part(doc, "dossier"), "received_at"));
	if (request) {
		pair(doc, "Đề nghị rút hồ sơ lúc", "Withdrawal asked for at", form_get_time(doc, request, "time"));
		pair(doc, "Nội dung đề nghị", "Request", form_get(doc, request, "reason"));
	}
	pair(doc, "Giai đoạn giải quyết khi dừng", "Stage when stopped", form_get(doc, doc->root, "stage"));
	pair(doc, "Cơ quan thông báo dừng giải quyết hồ sơ kể từ", "Stopped from", form_get_time(doc, act, "time"));
	pair(doc, "Lý do", "Reason", form_get(doc, act, "reason"));
	pair(doc, "Phí, lệ phí đã yêu cầu", "Fees asked for", dong(doc, form_get_number(fee, "asked")));
	pair(doc, "Phí, lệ phí đã nộp", "Fees paid", dong(doc, form_get_number(fee, "paid")));
	form_signatures(doc, "", form_label(doc, "THỦ TRƯỞNG CƠ QUAN", "HEAD OF THE OFFICE"), act);
}

void form_letter(struct form_doc *doc)
{
	static const struct {
		const char *vi, *en;
		void (*show)(struct form_doc *doc);
	} letters[] = {
		{ "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "RECEIPT AND APPOINTMENT", receipt },
		{ "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ", "REQUEST FOR SUPPLEMENTS", supplement },
		{ "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ", "REFUSAL OF A DOSSIER", refusal },
		{ "VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT", "APOLOGY AND NEW APPOINTMENT", apology },
		{ "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ", "NOTICE OF STOP", stop },
	};
	form_head(doc, letters[doc->form - 1].vi, letters[doc->form - 1].en,
		  form_get(doc, part(doc, "dossier"), "code"));
	letters[doc->form - 1].show(doc);
}
