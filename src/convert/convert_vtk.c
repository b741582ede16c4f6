/* A result file as VTK XML with raw appended data: an image of evenly spaced points, or a height
 * surface. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "conversion.h"

/* vtkDataSetAttributes::HIDDENPOINT */
enum { HIDDEN = 2 };

enum { VALUE_STATUS = -1, VALUE_HIDDEN = -2 };

/* A VTK file under way. The header names every array and where its data begin; the data follow in
 * the same order. */
typedef struct vtk_file {
    bs_conversion *c;
    FILE *out;
    int64_t points;   /* of one surface */
    uint64_t offset;  /* of the next array in the appended data */
    double low, high; /* finite heights of a height surface */
    bool hides;       /* it has points without a height */
} vtk_file;

static const char *byte_order(void)
{
    const uint16_t one = 1;
    uint8_t first = 0;
    memcpy(&first, &one, 1);
    return first == 1 ? "LittleEndian" : "BigEndian";
}

static void print_escaped(FILE *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
        }
    }
}

/* Name of the variable, and of what is not alone its network and realisation. */
static void print_name(const vtk_file *f, const char *variable, int n, int r)
{
    const bs_conversion *c = f->c;
    print_escaped(f->out, variable);
    if (c->schema->networks > 1) {
        fputc('_', f->out);
        print_escaped(f->out, c->schema->network_names[c->selection.network[n]]);
    }
    if (c->schema->realisations > 1) {
        fprintf(f->out, "_r%d", c->selection.first_realisation + r);
    }
}

static size_t number_bytes(int value)
{
    return value < 0 ? 1 : sizeof(double);
}

static const char *variable_name(const bs_conversion *c, int value)
{
    return value == VALUE_STATUS ? "status" : c->schema->values[value].name;
}

/* Announces an array of BYTES bytes; its data come later. */
static void print_array_end(vtk_file *f, uint64_t bytes)
{
    fprintf(f->out, "\" format=\"appended\" offset=\"%" PRIu64 "\"/>\n", f->offset);
    f->offset += sizeof(uint64_t) + bytes;
}

static void print_array(vtk_file *f, int value, int n, int r)
{
    fprintf(f->out, "        <DataArray type=\"%s\" Name=\"", value < 0 ? "UInt8" : "Float64");
    if (value == VALUE_HIDDEN) {
        fputs("vtkGhostType", f->out);
    } else {
        print_name(f, variable_name(f->c, value), n, r);
    }
    print_array_end(f, (uint64_t)f->points * number_bytes(value));
}

static void print_point_data(vtk_file *f)
{
    const bs_conversion *c = f->c;
    fputs("      <PointData Scalars=\"", f->out);
    print_name(f, variable_name(c, bs_conversion_loss(c)), 0, 0);
    fputs("\">\n", f->out);
    for (int n = 0; n < c->selection.networks; n++) {
        for (int r = 0; r < c->selection.realisations; r++) {
            for (int v = 0; v < c->schema->value_count; v++) {
                print_array(f, v, n, r);
            }
            print_array(f, VALUE_STATUS, n, r);
        }
    }
    if (f->hides) {
        print_array(f, VALUE_HIDDEN, 0, 0);
    }
    fputs("      </PointData>\n", f->out);
}

static void print_extent(const vtk_file *f, const char *name)
{
    const bs_grid *grid = &f->c->schema->grid;
    fprintf(f->out, " %s=\"", name);
    for (int axis = 0; axis < BS_GRID_DIMS; axis++) {
        int64_t last = axis < grid->ndim ? grid->axis[axis].points - 1 : 0;
        fprintf(f->out, "%s0 %" PRId64, axis == 0 ? "" : " ", last);
    }
    fputc('"', f->out);
}

static void print_begin(vtk_file *f, const char *kind)
{
    fprintf(f->out,
            "<?xml version=\"1.0\"?>\n"
            "<VTKFile type=\"%s\" version=\"1.0\" byte_order=\"%s\" header_type=\"UInt64\">\n"
            "  <%s",
            kind, byte_order(), kind);
    print_extent(f, "WholeExtent");
}

static void print_end(vtk_file *f, const char *kind)
{
    fprintf(f->out, "    </Piece>\n  </%s>\n  <AppendedData encoding=\"raw\">\n_", kind);
}

static double height_of(const bs_conversion *c, double loss)
{
    double clipped = isnan(loss) ? loss : fmin(fmax(loss, c->clip[0]), c->clip[1]);
    return c->options->logarithmic ? log10(clipped) : clipped;
}

/* Numbers of a value at points [range) of the file, as the array holds them. */
static bs_status put_numbers(vtk_file *f, int value, bs_range range)
{
    bs_conversion *c = f->c;
    size_t count = (size_t)range.count;
    if (value == VALUE_STATUS) {
        BS_TRY(bs_surface_read_status(c->surface, range, c->status));
        return bs_output_file_put(c->output, f->out, c->status, count);
    }
    BS_TRY(bs_conversion_read(c, value == VALUE_HIDDEN ? bs_conversion_loss(c) : value, range));
    if (value == VALUE_HIDDEN) {
        for (size_t i = 0; i < count; i++) {
            c->status[i] = isfinite(height_of(c, c->numbers[i])) ? 0 : HIDDEN;
        }
        return bs_output_file_put(c->output, f->out, c->status, count);
    }
    return bs_output_file_put(c->output, f->out, c->numbers, count * sizeof *c->numbers);
}

static bs_status put_array(vtk_file *f, int value, int n, int r)
{
    bs_conversion *c = f->c;
    const uint64_t bytes = (uint64_t)f->points * number_bytes(value);
    int64_t first = bs_conversion_first(c, n, r);
    BS_TRY(bs_output_file_put(c->output, f->out, &bytes, sizeof bytes));
    for (int64_t done = 0; done < f->points; done += BS_CONVERSION_CHUNK) {
        bs_range part = bs_conversion_part(f->points, done);
        part.first += first;
        BS_TRY(put_numbers(f, value, part));
    }
    return BS_OK;
}

/* In the order of print_point_data. */
static bs_status put_point_data(vtk_file *f)
{
    const bs_conversion *c = f->c;
    for (int n = 0; n < c->selection.networks; n++) {
        for (int r = 0; r < c->selection.realisations; r++) {
            for (int v = 0; v < c->schema->value_count; v++) {
                BS_TRY(put_array(f, v, n, r));
            }
            BS_TRY(put_array(f, VALUE_STATUS, n, r));
        }
    }
    return f->hides ? put_array(f, VALUE_HIDDEN, 0, 0) : BS_OK;
}

static bs_status print_image(vtk_file *f)
{
    const bs_grid *grid = &f->c->schema->grid;
    print_begin(f, "ImageData");
    fputs(" Origin=\"", f->out);
    for (int axis = 0; axis < BS_GRID_DIMS; axis++) {
        fprintf(f->out, "%s%.17g", axis == 0 ? "" : " ",
                axis < grid->ndim ? grid->axis[axis].from : 0.0);
    }
    fputs("\" Spacing=\"", f->out);
    for (int axis = 0; axis < BS_GRID_DIMS; axis++) {
        fprintf(f->out, "%s%.17g", axis == 0 ? "" : " ",
                axis < grid->ndim ? bs_axis_step(&grid->axis[axis]) : 1.0);
    }
    fputs("\">\n    <Piece", f->out);
    print_extent(f, "Extent");
    fputs(">\n", f->out);
    print_point_data(f);
    print_end(f, "ImageData");
    return put_point_data(f);
}

/* The heights of the surface that is converted, at points [first, first + count) of it. */
static bs_status read_heights(vtk_file *f, bs_range range)
{
    bs_conversion *c = f->c;
    int64_t first = bs_conversion_first(c, 0, 0);
    range.first += first;
    BS_TRY(bs_conversion_read(c, bs_conversion_loss(c), range));
    for (int64_t i = 0; i < range.count; i++) {
        c->numbers[i] = height_of(c, c->numbers[i]);
    }
    return BS_OK;
}

static bs_status find_heights(vtk_file *f)
{
    f->low = INFINITY;
    f->high = -INFINITY;
    for (int64_t done = 0; done < f->points; done += BS_CONVERSION_CHUNK) {
        bs_range part = bs_conversion_part(f->points, done);
        BS_TRY(read_heights(f, part));
        for (int64_t i = 0; i < part.count; i++) {
            double height = f->c->numbers[i];
            if (isfinite(height)) {
                f->low = fmin(f->low, height);
                f->high = fmax(f->high, height);
            } else {
                f->hides = true;
            }
        }
    }
    return BS_OK;
}

/* Coordinates of the points: a hidden one needs a place within the bounds as well. */
static bs_status put_coordinates(vtk_file *f)
{
    bs_conversion *c = f->c;
    const uint64_t bytes = (uint64_t)f->points * 3 * sizeof(double);
    double place = isfinite(f->high) ? f->high : 0.0;
    BS_TRY(bs_output_file_put(c->output, f->out, &bytes, sizeof bytes));
    for (int64_t done = 0; done < f->points; done += BS_CONVERSION_CHUNK) {
        bs_range part = bs_conversion_part(f->points, done);
        BS_TRY(read_heights(f, part));
        for (int64_t i = 0; i < part.count; i++) {
            double xyz[BS_GRID_DIMS];
            bs_grid_coordinates(&c->schema->grid, done + i, xyz);
            xyz[2] = isfinite(c->numbers[i]) ? c->numbers[i] : place;
            BS_TRY(bs_output_file_put(c->output, f->out, xyz, sizeof xyz));
        }
    }
    return BS_OK;
}

static bs_status print_heights(vtk_file *f)
{
    BS_TRY(find_heights(f));
    print_begin(f, "StructuredGrid");
    fputs(">\n    <Piece", f->out);
    print_extent(f, "Extent");
    fputs(">\n", f->out);
    print_point_data(f);
    fputs("      <Points>\n        <DataArray type=\"Float64\" Name=\"Points\" "
          "NumberOfComponents=\"3",
          f->out);
    print_array_end(f, (uint64_t)f->points * 3 * sizeof(double));
    fputs("      </Points>\n", f->out);
    print_end(f, "StructuredGrid");
    BS_TRY(put_point_data(f));
    return put_coordinates(f);
}

static bs_status print_vtk(bs_conversion *c, FILE *out, bs_status (*print)(vtk_file *f))
{
    static const char end[] = "\n  </AppendedData>\n</VTKFile>\n";
    vtk_file f = {.c = c, .out = out, .points = bs_grid_points(&c->schema->grid)};
    BS_TRY(print(&f));
    return bs_output_file_put(c->output, out, end, sizeof end - 1);
}

static bs_status print_vti(bs_conversion *c, FILE *out)
{
    return print_vtk(c, out, print_image);
}

static bs_status print_vts(bs_conversion *c, FILE *out)
{
    return print_vtk(c, out, print_heights);
}

const bs_conversion_format bs_format_vti = {
    .name = "vti",
    .summary = "VTK image for ParaView: an array for each value, network and realisation",
    .suffixes = ".vti",
    .min_axes = 1,
    .max_axes = BS_GRID_DIMS,
    .selects = true,
    .write = print_vti,
};

const bs_conversion_format bs_format_vts = {
    .name = "vts",
    .summary = "VTK height surface of one plane for ParaView",
    .suffixes = ".vts",
    .min_axes = 2,
    .max_axes = 2,
    .selects = true,
    .single = true,
    .heights = true,
    .write = print_vts,
};
