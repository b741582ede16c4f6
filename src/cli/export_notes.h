/* What an exported file says of itself, as names and texts. Private to src/cli. */
#ifndef BLUESHIFT_CLI_EXPORT_NOTES_H
#define BLUESHIFT_CLI_EXPORT_NOTES_H

#include "blueshift/network_point.h"
#include "export_place.h"

enum { EXPORT_NOTES_MAX = 40 };

/* LIST is name, text, name, text, ..., NULL; the texts are owned. Begins as zeros. */
typedef struct export_notes {
    int count;
    const char *list[2 * EXPORT_NOTES_MAX + 1];
    char *texts[EXPORT_NOTES_MAX];
} export_notes;

/* What is exported. Borrowed. */
typedef struct export_subject {
    const char *file; /* the result file */
    const bs_experiment *experiment;
    const char *identity; /* of the sweep */
    const char *backend;
    int network; /* of the experiment */
    int realisation;
    const bs_point_view *view;
    const export_place *place; /* NULL: directions */
} export_subject;

/* Where it comes from, and what the network is: for every file. The caller releases NOTES, also
 * after a failure. */
bs_status bs_export_notes_origin(const export_subject *subject, export_notes *notes);

/* How a point is evaluated: normalisation, norms, images, and the command that does it. */
bs_status bs_export_notes_evaluation(const export_subject *subject, export_notes *notes);

/* The text of NAME; NULL: none. */
const char *bs_export_notes_find(const export_notes *notes, const char *name);

void bs_export_notes_release(export_notes *notes);

#endif
