/* form_make.c: JSON in, two passes of layout, PDF out. */
#include "form_make.h"

#include "form_doc.h"

#include <cairo-pdf.h>
#include <lienthong/time.h>
#include <string.h>

#define MARGIN_TOP (15 * FORM_MM)
#define MARGIN_LEFT (25 * FORM_MM)
#define MARGIN_RIGHT (15 * FORM_MM)
#define MARGIN_BOTTOM (20 * FORM_MM)
#define MARGIN_WIDE (12 * FORM_MM) /* both sides of a landscape sheet */

struct sink {
	struct lt_buf *out;
	size_t begin;
	enum lt_err err;
};

static cairo_status_t write_pdf(void *closure, const unsigned char *data, unsigned int len)
{
	struct sink *sink = closure;
	if (sink->err == LT_OK && sink->out->len - sink->begin + len > FORM_PDF_MAX)
		sink->err = LT_EFULL;
	if (sink->err == LT_OK)
		sink->err = lt_buf_append(sink->out, data, len);
	return sink->err == LT_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static void set_sheet(struct form_doc *doc)
{
	bool wide = doc->form >= 7;
	struct form_page *page = &doc->page;
	page->width = wide ? FORM_A4_LONG : FORM_A4_SHORT;
	page->height = wide ? FORM_A4_SHORT : FORM_A4_LONG;
	page->left = wide ? MARGIN_WIDE : MARGIN_LEFT;
	page->right = page->width - (wide ? MARGIN_WIDE : MARGIN_RIGHT);
	page->top = MARGIN_TOP;
	page->bottom = page->height - MARGIN_BOTTOM;
	page->page_word = form_label(doc, "Trang", "Page");
	page->of_word = "/";
	const char *code = form_get(doc, json_object_get(doc->root, "dossier"), "code");
	page->foot = doc->form == FORM_LISTING
			     ? form_get(doc, doc->root, "foot")
			     : form_say(doc, "%s %02u, %s%s%s", form_label(doc, "Mẫu số", "Form"), doc->form,
					"Thông tư 03/2025/TT-VPCP", code[0] ? " · " : "", code);
}

static PangoContext *make_context(void)
{
	PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
	cairo_font_options_t *options = cairo_font_options_create();
	/* Nothing of the machine's screen settings may move a letter. */
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, options);
	cairo_font_options_destroy(options);
	pango_cairo_context_set_resolution(context, 72);
	pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
	pango_context_set_language(context, pango_language_from_string("vi"));
	pango_context_set_round_glyph_positions(context, FALSE);
	return context;
}

static void lay_out(struct form_doc *doc)
{
	form_page_begin(&doc->page);
	if (doc->form <= 5)
		form_letter(doc);
	else if (doc->form == 6)
		form_sheet(doc);
	else if (doc->form == 7)
		form_register(doc);
	else
		form_listing(doc);
	form_page_end(&doc->page);
}

static void set_metadata(cairo_surface_t *surface, struct form_doc *doc)
{
	char time[LT_TIME_TEXT];
	const char *code = form_get(doc, json_object_get(doc->root, "dossier"), "code");
	lt_time_format(doc->time - (doc->time % 1000000 + 1000000) % 1000000, time);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
				       doc->form == FORM_LISTING ? form_get(doc, doc->root, "title")
								 : form_say(doc, "Mẫu số %02u %s", doc->form, code));
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR,
				       form_get_name(doc, json_object_get(doc->root, "agency"), false));
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, code);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "lienthong");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, time);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, time);
}

static enum lt_err print(struct form_doc *doc, struct lt_buf *pdf)
{
	struct sink sink = { .out = pdf, .begin = pdf->len };
	struct form_page *page = &doc->page;
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_pdf, &sink, page->width, page->height);
	set_metadata(surface, doc);
	page->cairo = cairo_create(surface);
	page->total = page->number;
	lay_out(doc);
	cairo_status_t status = cairo_status(page->cairo);
	cairo_destroy(page->cairo);
	page->cairo = NULL;
	cairo_surface_finish(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	if (sink.err != LT_OK)
		return sink.err;
	return status == CAIRO_STATUS_SUCCESS ? LT_OK : LT_ENOMEM;
}

enum lt_err form_make(struct lt_bytes json, struct lt_buf *pdf, char error[FORM_ERROR_MAX])
{
	struct form_doc doc;
	error[0] = '\0';
	enum lt_err err = form_doc_init(json, &doc, error);
	if (err == LT_OK) {
		set_sheet(&doc);
		doc.page.context = make_context();
		lay_out(&doc);
		err = doc.page.full ? LT_EFULL : print(&doc, pdf);
		g_object_unref(doc.page.context);
	}
	form_doc_fini(&doc);
	return err;
}
