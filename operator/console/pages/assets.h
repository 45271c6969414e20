/* assets.h: the console's own files, which are bytes of the program. */
#ifndef PAGES_ASSETS_H
#define PAGES_ASSETS_H

const char *assets_version(void); /* changes with them: stands in their addresses */

#endif
