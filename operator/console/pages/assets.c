/* assets.c: style, script and icon, out of assets/ by CMake. */
#include "assets.h"

#include <console_assets.h>
#include <stdio.h>

#include "pages.h"

const char *assets_version(void)
{
	return CONSOLE_ASSETS_VERSION;
}

static void give(struct visit *visit, const uint8_t *bytes, size_t len, const char *type)
{
	visit->fixed = lt_bytes(bytes, len);
	visit->type = type;
	snprintf(visit->tag, sizeof(visit->tag), "\"%s\"", CONSOLE_ASSETS_VERSION);
}

void page_css(struct visit *visit)
{
	give(visit, console_css, sizeof(console_css), "text/css; charset=utf-8");
}

void page_js(struct visit *visit)
{
	give(visit, console_js, sizeof(console_js), "text/javascript; charset=utf-8");
}

void page_icon(struct visit *visit)
{
	give(visit, icon_svg, sizeof(icon_svg), "image/svg+xml");
}
