/* Flags of another program that people try here. Private to src/cli. */
#ifndef BLUESHIFT_CLI_FOREIGN_FLAGS_H
#define BLUESHIFT_CLI_FOREIGN_FLAGS_H

#include <stddef.h>

/* What does here what the flag NAME (LENGTH bytes, '-' as '_') of loss-landscape's plot_surface.py
 * does there; NULL: it has none such, or ours has the same name. */
const char *bs_foreign_flag(const char *name, size_t length);

#endif
