/* form_head.c: what every form has above its body and below it. */
#include "form_doc.h"

#include "form_text.h"

#include <lienthong/time.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define QR_SIDE (24 * FORM_MM)
#define NAME_MAX_LETTERS 300u /* of an agency in the heading, which stands on one page */
#define SIGN_GAP 10.0

static const struct form_style small = { .size = 10.5, .align = FORM_CENTRE };
static const struct form_style strong = { .size = 10.5, .bold = true, .align = FORM_CENTRE };

static double under_line(struct form_page *page, double middle, double y, double width)
{
	form_page_line(page, middle - width / 2, y + 1.5, middle + width / 2, y + 1.5);
	return y + 5;
}

/* The office at the left; the height that it took. */
static double agency(struct form_doc *doc, double x, double width)
{
	struct form_page *page = &doc->page;
	const json_t *agency = json_object_get(doc->root, "agency");
	char *parent_cut = form_text_clean(form_get(doc, agency, "parent_name"), NAME_MAX_LETTERS);
	/* In two languages the heading is Vietnamese alone: it would be higher than the title. */
	bool english = doc->lang == FORM_EN;
	char *name_cut = form_text_clean(english ? form_get_name(doc, agency, false) : form_get(doc, agency, "name"),
					 NAME_MAX_LETTERS);
	char *parent = form_text_upper(parent_cut), *name = form_text_upper(name_cut);
	double y = page->y;
	if (parent[0])
		y += form_page_box(page, x, y, width, &small, parent);
	y += form_page_box(page, x, y, width, &strong, name);
	char *stop_cut = form_text_clean(form_get(doc, agency, "one_stop"), NAME_MAX_LETTERS);
	char *stop = form_text_upper(stop_cut);
	if (doc->form <= 3 && stop[0])
		y += form_page_box(page, x, y, width, &strong, stop);
	g_free(stop);
	g_free(stop_cut);
	y = under_line(page, x + width / 2, y, width / 4);
	g_free(name);
	g_free(parent);
	g_free(name_cut);
	g_free(parent_cut);
	const char *number = form_get(doc, doc->root, "number");
	if (number[0])
		y += form_page_box(page, x, y + 2, width, &small, form_say(doc, "Số: %s", number)) + 2;
	return y - page->y;
}

static double nation(struct form_doc *doc, double x, double width)
{
	static const struct form_style italic = { .size = 10.5, .italic = true, .align = FORM_CENTRE };
	struct form_page *page = &doc->page;
	double y = page->y;
	char text[LT_TIME_TEXT];
	int year, month, day;
	y += form_page_box(page, x, y, width, &strong, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
	y += form_page_box(page, x, y, width, &strong, "Độc lập - Tự do - Hạnh phúc");
	y = under_line(page, x + width / 2, y, 150);
	lt_time_format(doc->time, text);
	if (sscanf(text, "%d-%d-%d", &year, &month, &day) == 3)
		y += form_page_box(page, x, y + 2, width, &italic,
				   form_say(doc, "ngày %02d tháng %02d năm %04d", day, month, year)) +
		     2;
	return y - page->y;
}

/* A title of several lines is set in lines of about the same length, not with a last word left over. */
static double title(struct form_page *page, double x, double y, double width, const struct form_style *style,
		    const char *text)
{
	PangoLayout *layout = form_page_layout(page, style, FORM_A4_LONG * 4, text, 0, 0);
	PangoRectangle box;
	pango_layout_get_extents(layout, NULL, &box);
	double natural = (double)box.width / PANGO_SCALE, lines = ceil(natural / width);
	double narrow = lines > 1 ? fmin(width, natural / lines * 1.12) : width;
	g_object_unref(layout);
	return form_page_box(page, x + (width - narrow) / 2, y, narrow, style, text);
}

void form_head(struct form_doc *doc, const char *vi, const char *en, const char *code)
{
	static const struct form_style heading = { .size = 14, .bold = true, .align = FORM_CENTRE };
	static const struct form_style second = { .size = 11, .italic = true, .align = FORM_CENTRE };
	struct form_page *page = &doc->page;
	double width = page->right - page->left, left = width * 0.42, right = width * 0.56;
	double height = fmax(agency(doc, page->left, left), nation(doc, page->right - right, right));
	page->y += height + 8;
	double inset = code[0] ? QR_SIDE + 6 : 0, x = page->left + inset, used = 8;
	width -= 2 * inset;
	used += title(page, x, page->y + used, width, &heading, doc->lang == FORM_EN ? en : vi);
	if (doc->lang == FORM_BOTH)
		used += title(page, x, page->y + used, width, &second, en);
	if (code[0]) {
		form_page_qr(page, page->right - QR_SIDE, page->y, QR_SIDE, code);
		used += form_page_box(page, x, page->y + used + 2, width, &strong,
				      form_say(doc, "%s: %s", form_label(doc, "Mã hồ sơ", "Dossier code"), code));
		used = fmax(used, QR_SIDE);
	}
	page->y += used + 8;
}

const char *form_actor(struct form_doc *doc, const json_t *actor)
{
	static const char *const keys[] = { "title", "unit", "officer" };
	const char *text = "";
	for (size_t i = 0; i < 3; i++) {
		const char *value = form_get(doc, actor, keys[i]);
		if (value[0])
			text = text[0] ? form_say(doc, "%s, %s", text, value) : value;
	}
	return text;
}

static const char *signed_by(struct form_doc *doc, const json_t *act)
{
	const char *subject = form_get(doc, act, "signer"), *actor = form_actor(doc, json_object_get(act, "actor"));
	if (subject[0] == '\0')
		return actor;
	return form_say(doc, "%s%s%s: %s\n%s: %s\n%s: %lld", actor, actor[0] ? "\n" : "",
			form_label(doc, "Ký số bởi", "Signed by"), subject, form_label(doc, "Thời điểm", "Time"),
			form_get_short_time(doc, act, "time"), form_label(doc, "Bản ghi nhật ký số", "Journal record"),
			(long long)form_get_number(act, "sequence"));
}

void form_signatures(struct form_doc *doc, const char *left, const char *right, const json_t *act)
{
	static const struct form_style fact = { .size = 9, .align = FORM_CENTRE };
	static const struct form_style hint = { .size = 9, .italic = true, .align = FORM_CENTRE };
	struct form_page *page = &doc->page;
	double width = (page->right - page->left) * 0.48, x = page->right - width;
	page->y += SIGN_GAP;
	form_page_need(page, FORM_SIGN_ROOM - SIGN_GAP);
	double y = page->y;
	if (left[0]) {
		double under = form_page_box(page, page->left, y, width, &strong, left);
		form_page_box(page, page->left, y + under, width, &hint,
			      form_label(doc, "(Ký và ghi rõ họ tên)", "(signature and full name)"));
	}
	y += form_page_box(page, x, y, width, &strong, right);
	const char *facts = signed_by(doc, act);
	y += form_page_box(page, x, y + 4, width, &fact,
			   facts[0] ? facts : form_label(doc, "(Ký và ghi rõ họ tên)", "(signature and full name)"));
	page->y = fmax(y, page->y + FORM_SIGN_ROOM - SIGN_GAP);
}
