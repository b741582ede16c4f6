/* The page's own markup, style and script, put into the program as they stand in src/plot/page. */
#include "html_source.h"

/* The assembler copies the files; the compiler never sees them. */
#define BS_PAGE_FILE(name, file)                                                                   \
    __asm__(".section .rodata\n.global bs_page_" #name "\n.hidden bs_page_" #name                  \
            "\nbs_page_" #name ":\n.incbin \"src/plot/page/" file "\"\n.byte 0\n.previous\n")

BS_PAGE_FILE(html, "page.html");
BS_PAGE_FILE(css, "page.css");
BS_PAGE_FILE(js, "page.js");
