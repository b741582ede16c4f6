/* Experiments and demos that came with the program, found by name. Private to src/cli. */
#ifndef BLUESHIFT_CLI_JOB_FILE_H
#define BLUESHIFT_CLI_JOB_FILE_H

#include "blueshift/output_file.h"

/* OPERAND itself when there is such a file (or it is NULL); otherwise, where it is a bare name or
 * jobs/NAME, with or without .yaml, the job of that name beside the running program, in PATH, and a
 * message says which; failing that OPERAND again. Not collective: the same on every rank that sees
 * the same files. */
const char *bs_job_file(const char *operand, char path[BS_PATH_MAX]);

#endif
