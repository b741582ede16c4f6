/* Stand-in view for the link. */
#include "views.h"
static const char *needs(bs_surface *file)
{
    (void)file;
    return "networks scanned";
}
const plot_view bs_view_scan = {.name = "scan", .summary = "", .needs = needs};
