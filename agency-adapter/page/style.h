/* style.h: style.css, as the build has put it into the program. */
#ifndef PAGE_STYLE_H
#define PAGE_STYLE_H

#include <stddef.h>

extern const unsigned char page_style[];
extern const size_t page_style_size;

#endif
