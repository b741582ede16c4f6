/* The command line: flags become settings, odd values pass, mistakes are named; the help. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/cli/verb.h"
#include "blueshift/memory.h"
#include "unit/unit_test.h"

enum { WORDS_LIMIT = 24, TERM_LENGTH = 64 };

/* Splits LINE at single spaces into argv after the program's name. */
static int split(const char *line, char *copy, size_t length, char *argv[WORDS_LIMIT])
{
    static char program[] = "blueshift";
    int argc = 0;
    argv[argc++] = program;
    snprintf(copy, length, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        argv[argc++] = word;
    }
    return argc;
}

static char words[1024];

static bs_options parsed(const char *line)
{
    char *argv[WORDS_LIMIT];
    int argc = split(line, words, sizeof words, argv);
    bs_options options;
    bs_status status = bs_options_parse(argc, argv, &options);
    if (status != BS_OK) {
        print_error("%s: %s\n", line, bs_error_text());
    }
    assert_int_equal(status, BS_OK);
    assert_null(options.settings);
    assert_int_equal(bs_options_collect(argc, argv, &options), BS_OK);
    return options;
}

static void assert_settings(const bs_options *options, int count, const char *const *settings)
{
    assert_int_equal(options->setting_count, count);
    for (int i = 0; i < count; i++) {
        assert_string_equal(options->settings[i], settings[i]);
    }
}

static void the_command_line_of_the_readme(void **state)
{
    (void)state;
    bs_options o = parsed("sweep --model_file W.safetensors --dir_file D.h5 --x=-1:1:9 --y=-1:1:5 "
                          "--set data.source=cifar10 --set data.path=DIR --set "
                          "data.file=data_batch_1.bin --set data.first=0 --set data.images=256 "
                          "--surf_file OUT.nc");
    static const char *const settings[] = {"networks.0.weights=W.safetensors",
                                           "path.directions=D.h5",
                                           "grid.x=-1:1:9",
                                           "grid.y=-1:1:5",
                                           "data.source=cifar10",
                                           "data.path=DIR",
                                           "data.file=data_batch_1.bin",
                                           "data.first=0",
                                           "data.images=256",
                                           "output.file=OUT.nc"};
    assert_ptr_equal(o.verb, &bs_verb_sweep);
    assert_null(o.operand);
    assert_settings(&o, 10, settings);
    bs_options_release(&o);
}

static void every_flag_is_a_setting(void **state)
{
    (void)state;
    bs_options o = parsed("sweep e.yaml --x -1:1:51 --z=0:1:2 --xnorm layer --ynorm layer "
                          "--xignore none --yignore=none --model_file2 b --model-file3=c --backend "
                          "reference --shards 2");
    static const char *const settings[] = {
        "grid.x=-1:1:51",           "grid.z=0:1:2",          "path.normalisation=layer",
        "path.normalisation=layer", "path.ignore=none",      "path.ignore=none",
        "networks.0.weights2=b",    "networks.0.weights3=c", "evaluation.backend=reference",
        "parallel.shards=2"};
    assert_string_equal(o.operand, "e.yaml");
    assert_settings(&o, 10, settings);
    bs_options_release(&o);

    o = parsed("sweep --set=a=b --set title= --x= -- --odd.yaml");
    static const char *const odd[] = {"a=b", "title=", "grid.x="};
    assert_settings(&o, 3, odd);
    assert_string_equal(o.operand, "--odd.yaml");
    bs_options_release(&o);
}

static void booleans(void **state)
{
    (void)state;
    bs_options o = parsed("sweep --dry-run -q --defaults");
    assert_true(o.dry_run && o.quiet && o.defaults && !o.verbose && !o.help && !o.version);
    bs_options_release(&o);
    o = parsed("sweep -n -v --dry_run");
    assert_true(o.dry_run && o.verbose && !o.quiet);
    bs_options_release(&o);
    o = parsed("--version");
    assert_true(o.version && o.verb == NULL);
    bs_options_release(&o);
    o = parsed("help");
    assert_true(o.help);
    bs_options_release(&o);
    o = parsed("help plot");
    assert_true(o.help && o.verb == &bs_verb_plot);
    bs_options_release(&o);
    o = parsed("info -h");
    assert_true(o.help && o.verb == &bs_verb_info);
    bs_options_release(&o);
}

static void files_of_info_and_plot(void **state)
{
    (void)state;
    bs_options o = parsed("info a.nc");
    assert_string_equal(o.operand, "a.nc");
    assert_null(o.output);
    bs_options_release(&o);
    static const char *const lines[] = {"plot a.nc -o b.png", "plot -ob.png a.nc",
                                        "plot a.nc --output=b.png", "plot --output b.png a.nc"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        o = parsed(lines[i]);
        assert_ptr_equal(o.verb, &bs_verb_plot);
        assert_string_equal(o.operand, "a.nc");
        assert_string_equal(o.output, "b.png");
        bs_options_release(&o);
    }
}

static void mistakes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "no verb was given; try `blueshift --help`"},
        {"sweap e.yaml",
         "unknown verb 'sweap'; did you mean 'sweep'? Verbs: sweep, train, rerun, analyse, info, "
         "plot, convert, export, theory, demo, check; "
         "`blueshift --help` explains them"},
        {"fly",
         "unknown verb 'fly'. Verbs: sweep, train, rerun, analyse, info, plot, convert, export, "
         "theory, demo, check; `blueshift --help` explains them"},
        {"sweep --surffile=o.nc", "unknown flag '--surffile'; did you mean '--surf_file'? "
                                  "`blueshift sweep --help` lists the flags"},
        {"sweep --quda", "unknown flag '--quda'; `blueshift sweep --help` lists the flags"},
        {"sweep --batch-size=128",
         "--batch-size is a flag of loss-landscape; here: --set "
         "data.batch=N: the images whose batch statistics and sums belong "
         "together"},
        {"sweep --mpi", "--mpi is a flag of loss-landscape; here: a rank is one thread, and the "
                        "launcher starts the ranks: mpirun -n N blueshift sweep ..."},
        {"plot --vmax 3 a.nc", "--vmax is a flag of loss-landscape; here: blueshift plot FILE.nc "
                               "--clip=MIN:MAX limits what is drawn"},
        {"sweep -1:1:51", "unknown flag '-1:1:51'; `blueshift sweep --help` lists the flags"},
        {"sweep -qx", "unknown flag '-qx'; `blueshift sweep --help` lists the flags"},
        {"--hlep", "unknown flag '--hlep'; did you mean '--help'? `blueshift --help` lists the "
                   "flags"},
        {"info --x=0:1:2 a.nc", "--x is a flag of sweep, not of info; leave it out"},
        {"sweep -o a.nc",
         "--output is a flag of rerun, analyse, plot, convert, export, theory, demo, not "
         "of sweep, where --surf_file names the output"},
        {"--x=0:1:2 sweep",
         "--x is a flag of sweep: write it after the verb, as in 'blueshift sweep --x'"},
        {"sweep --x", "--x needs a value: --x=FROM:TO:POINTS"},
        {"sweep --x --y=0:1:2", "--x needs a value: --x=FROM:TO:POINTS"},
        {"sweep --quiet=1", "--quiet takes no value, but '1' was given"},
        {"info f.nc --quiet --verbose",
         "--quiet, --verbose and --log-level exclude each other; give one of them"},
        {"sweep --log-level=warn", "unknown level 'warn'; did you mean 'warning'? Levels: error, "
                                   "warning, info, debug"},
        {"sweep --kernel=auto --backend=reference",
         "--backend=reference and --kernel=auto differ, but set the same; give one of the two"},
        {"sweep --xnorm=filter --ynorm=layer",
         "--xnorm=filter and --ynorm=layer differ, but set the same; give one of the two"},
        {"sweep a.yaml b.yaml",
         "one at a time: 'a.yaml' was given, then 'b.yaml'; flags begin with --"},
        {"info", "info needs a result file: blueshift info FILE"},
        {"plot -o a.png", "plot needs a result file: blueshift plot FILE"},
        {"plot a.nc -o", "--output needs a value: --output=PICTURE"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *argv[WORDS_LIMIT];
        int argc = split(cases[i][0], words, sizeof words, argv);
        bs_options options;
        assert_int_equal(bs_options_parse(argc, argv, &options), BS_ERR_USAGE);
        assert_string_equal(bs_error_text(), cases[i][1]);
        bs_options_release(&options);
    }
}

/* What WRITE has to say of VERB. */
static const char *text_of(void (*write)(FILE *, const bs_verb *), const bs_verb *verb)
{
    static char text[16384];
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    write(out, verb);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* Every flag is in the help of its verbs and only there; no line is wider than a terminal. */
static void help_lists_the_table(void **state)
{
    (void)state;
    const bs_verb *verb = NULL;
    for (int v = 0; (verb = bs_verb_at(v)) != NULL; v++) {
        const char *help = text_of(bs_options_help, verb);
        assert_non_null(strstr(help, verb->usage));
        int wanted = 0;
        int listed = 0;
        const bs_flag *flag = NULL;
        for (int f = 0; (flag = bs_flag_at(verb, f)) != NULL; f++) {
            char term[TERM_LENGTH];
            snprintf(term, sizeof term, " --%s%s", flag->name, flag->argument != NULL ? "=" : " ");
            assert_true((strstr(help, term) != NULL) == (flag->help != NULL));
            wanted += flag->help != NULL;
        }
        for (const char *line = help; *line != '\0'; line += strcspn(line, "\n") + 1) {
            assert_in_range(strcspn(line, "\n"), 0, 80);
            listed += strncmp(line, "  -", 3) == 0;
        }
        assert_int_equal(listed, wanted);
    }
    const char *overview = text_of(bs_options_help, NULL);
    assert_non_null(strstr(overview, "\nVerbs:\n  sweep "));
    assert_non_null(strstr(overview, "--version"));
    assert_null(strstr(overview, "--x="));
}

static void lists_are_for_programs(void **state)
{
    (void)state;
    assert_non_null(strstr(text_of(bs_options_list, NULL), "verb\tinfo\t\tFILE\tshow what"));
    const char *sweep = text_of(bs_options_list, &bs_verb_sweep);
    assert_non_null(strstr(sweep, "\nflag\txnorm\t\tfilter|layer|none\tnormalisation"));
    assert_non_null(strstr(sweep, "\nword\tfilter\t\nword\tlayer\t\nword\tnone\t\n"));
    assert_non_null(strstr(sweep, "\nword\treference\t"));
    assert_null(strstr(sweep, "ynorm"));
    assert_null(strstr(sweep, "kernel"));
    const char *plot = text_of(bs_options_list, &bs_verb_plot);
    assert_non_null(strstr(plot, "\nword\tscan\ta map"));
    assert_non_null(strstr(plot, "N|all\tthis realisation"));
    assert_non_null(strstr(plot, "\nword\tall\t\n"));
    assert_null(strstr(plot, "word\tN"));
    assert_non_null(strstr(text_of(bs_options_list, &bs_verb_theory), "operand\tmoments\thow"));
}

static void levels(void **state)
{
    (void)state;
    static const struct {
        const char *line, *variable;
        bs_log_level level;
        bool unknown;
    } cases[] = {
        {"info f.nc", NULL, BS_LOG_INFO, false},
        {"info f.nc -q", "debug", BS_LOG_WARNING, false},
        {"info f.nc -v", "error", BS_LOG_DEBUG, false},
        {"info f.nc --log-level error", "debug", BS_LOG_ERROR, false},
        {"info f.nc", "debug", BS_LOG_DEBUG, false},
        {"info f.nc", "", BS_LOG_INFO, false},
        {"info f.nc", "loud", BS_LOG_INFO, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *unknown = NULL;
        unsetenv("BLUESHIFT_LOG");
        if (cases[i].variable != NULL) {
            setenv("BLUESHIFT_LOG", cases[i].variable, 1);
        }
        bs_options o = parsed(cases[i].line);
        assert_int_equal(bs_options_level(&o, &unknown), cases[i].level);
        assert_int_equal(unknown != NULL, cases[i].unknown);
        bs_options_release(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_command_line_of_the_readme),
        cmocka_unit_test(every_flag_is_a_setting),
        cmocka_unit_test(booleans),
        cmocka_unit_test(files_of_info_and_plot),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(help_lists_the_table),
        cmocka_unit_test(lists_are_for_programs),
        cmocka_unit_test(levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
