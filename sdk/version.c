/* version.c: which liblienthong this is. */
#include <lienthong/base.h>

const char *lt_version(void)
{
	return LT_VERSION;
}
