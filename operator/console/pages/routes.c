/* routes.c: which address is which page. */
#include "pages.h"

const struct door_route pages_routes[] = {
	{ "/", false, false, page_work },
	{ "/search", false, false, page_search },
	{ "/dossiers", false, false, page_dossiers },
	{ "/dossiers.csv", false, false, page_dossiers_csv },
	{ "/dossiers/", false, false, page_dossier },
	{ "/forms/06/", false, false, page_form },
	{ "/agencies", false, false, page_agencies },
	{ "/agencies/", false, false, page_agency },
	{ "/reports", false, false, page_reports },
	{ "/reports/delays.zip", false, false, page_delays },
	{ "/system", false, false, page_system },
	{ "/system/acts", false, false, page_acts },
	{ "/system/procedures/", false, false, page_procedure },
	{ "/live", false, false, page_live },
	{ "/act", true, false, page_act },
	{ "/logout", true, false, page_leave },
	{ "/login", false, true, page_login },
	{ "/login", true, true, page_enter },
	{ "/healthz", false, true, page_health },
	{ "/readyz", false, true, page_ready },
	{ "/console.css", false, true, page_css },
	{ "/console.js", false, true, page_js },
	{ "/icon.svg", false, true, page_icon },
	{ NULL, false, false, NULL },
};
