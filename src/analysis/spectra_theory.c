/* What theory says of the logits along a great circle, beside what was measured. */
#include "blueshift/experiment.h"
#include "blueshift/memory.h"
#include "blueshift/theory.h"
#include "spectra.h"

/* POWER [bins] is scratch. */
static bs_status write_network(const bs_spectra *s, int network,
                               const bs_architecture *architecture, double *power)
{
    bs_theory_chain chain;
    const bs_range row = {network, 1};
    double moment = 0.0;
    BS_TRY(bs_theory_chain_of(architecture, &chain));
    BS_TRY(bs_theory_chain_sampled_power(&chain, s->points, s->bins, power));
    for (int64_t k = 0; k < s->bins; k++) {
        moment += s->modes[k] * (double)(k * k) * power[k];
    }
    BS_TRY(bs_spectra_write(s, BS_THEORY_POWER, row, power));
    return bs_spectra_write(s, BS_THEORY_MOMENT, row, &moment);
}

static bs_status write_theory(const bs_spectra *s, const bs_experiment *experiment)
{
    double *power = bs_alloc((size_t)s->bins, sizeof *power);
    bs_status status = power == NULL ? BS_ERR_MEMORY : BS_OK;
    for (int n = 0; n < s->schema->networks && status == BS_OK; n++) {
        const bs_network_spec *spec = &experiment->networks[n];
        /* A circle through trained weights is none between two initialisations. */
        if (!spec->infer && bs_theory_applies(&spec->architecture)) {
            status = write_network(s, n, &spec->architecture, power);
        }
    }
    bs_free(power);
    return status;
}

bs_status bs_spectra_theory(const bs_spectra *s)
{
    bs_experiment *experiment = NULL;
    if (bs_surface_find_array(s->surface, BS_THEORY_POWER) < 0 ||
        !bs_spectra_has_theory(s->schema)) {
        return BS_OK;
    }
    bs_status status = bs_experiment_parse(bs_spectra_attribute(s->schema, "experiment"),
                                           "experiment", 0, NULL, &experiment);
    /* The experiment of another version may not be understood: then there is no theory. */
    if (status == BS_OK && (int)experiment->network_count == s->schema->networks) {
        status = write_theory(s, experiment);
    }
    bs_experiment_destroy(experiment);
    return status == BS_ERR_USAGE ? BS_OK : status;
}
