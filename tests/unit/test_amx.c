/* Tests of matrix tiles: software against the instruction's definition, AMX code against software.
 *
 * Where the processor has no AMX, its instructions trap and this test does what they do: the code
 * that was compiled for AMX runs on any machine with AVX-512, only slowly. */
#define _GNU_SOURCE /* NOLINT: names of registers */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#define BS_VECTOR 4
#include "../../src/nn/backend/vector/amx.h"
#include "winograd_case.h"

static double number(uint32_t bf16)
{
    uint32_t pattern = bf16 << 16;
    float value = 0.0F;
    memcpy(&value, &pattern, sizeof value);
    return fpclassify(value) == FP_SUBNORMAL ? 0.0 : (double)value;
}

/* Rounds to single precision; what becomes denormal is zero. Sums and products of the numbers here
 * are exact, or far from the middle of two neighbours, in double precision. */
static float rounded(double value)
{
    float result = (float)value;
    return fpclassify(result) == FP_SUBNORMAL ? copysignf(0.0F, result) : result;
}

/* TDPBF16PS as the Software Developer's Manual defines it. */
static void multiply_by_definition(uint32_t input[SIDE][SIDE], uint32_t filter[SIDE][SIDE],
                                   float sums[SIDE][SIDE])
{
    for (int m = 0; m < SIDE; m++) {
        float partial[2][SIDE] = {0};
        for (int k = 0; k < SIDE; k++) {
            for (int n = 0; n < SIDE; n++) {
                uint32_t a = input[m][k];
                uint32_t b = filter[k][n];
                partial[0][n] =
                    rounded((double)partial[0][n] + number(a & 0xFFFFU) * number(b & 0xFFFFU));
                partial[1][n] = rounded((double)partial[1][n] + number(a >> 16) * number(b >> 16));
            }
        }
        for (int n = 0; n < SIDE; n++) {
            float sum = rounded((double)partial[0][n] + (double)partial[1][n]);
            sums[m][n] = rounded((double)sums[m][n] + (double)sum);
        }
    }
}

/* Pairs of bf16 with exponents from FIRST on, some of them zero or denormal. */
static void fill_pairs(uint32_t item, uint32_t first, uint32_t exponents, uint32_t *pairs)
{
    const bs_rng rng = {.seed = 3, .stream = BS_STREAM_TEST, .item = item};
    for (uint32_t i = 0; i < PAIRS; i++) {
        double draws[8];
        uint32_t half[2];
        bs_rng_uniform(&rng, 8 * (uint64_t)i, 8, draws);
        for (int h = 0; h < 2; h++) {
            const double *draw = draws + (size_t)4 * (size_t)h;
            uint32_t exponent = first + (uint32_t)(draw[0] * exponents);
            exponent = draw[1] < 0.1 ? 0 : exponent;
            half[h] = (draw[2] < 0.5 ? 0x8000U : 0U) | exponent << 7 | (uint32_t)(draw[3] * 128.0);
        }
        pairs[i] = half[0] | half[1] << 16;
    }
}

/* Three products in turn, so that sums start from others'. */
static void check_products(uint32_t first, uint32_t exponents)
{
    static uint32_t input[SIDE][SIDE];
    static uint32_t filter[SIDE][SIDE];
    static float expected[SIDE][SIDE];
    static float got[SIDE][SIDE];
    memset(expected, 0, sizeof expected);
    tile_clear(2);
    for (uint32_t i = 0; i < 3; i++) {
        float as_floats[2][PAIRS];
        fill_pairs(2 * i, first, exponents, input[0]);
        fill_pairs(2 * i + 1, first, exponents, filter[0]);
        memcpy(as_floats[0], input, sizeof input);
        memcpy(as_floats[1], filter, sizeof filter);
        tile_load_input(as_floats[0]);
        tile_load_filter(as_floats[1]);
        tile_multiply(2);
        multiply_by_definition(input, filter, expected);
    }
    tile_store(2, got[0], SIDE);
    assert_memory_equal(got, expected, sizeof got);
}

/* Numbers around 1; of all sizes; products around the least normal number; and near the largest. */
static void software_tiles_follow_the_definition(void **state)
{
    (void)state;
    tiles_begin();
    check_products(120, 14);
    check_products(1, 180);
    check_products(61, 8);
    check_products(180, 8);
    tiles_end();
}

#if defined(BS_AMX)
enum { TILES = 8, ROW_BYTES = 64, VEX3 = 0xC4, MAP_0F38 = 2, VEX_LENGTH = 3 };

/* Everything AMX, and how often it was asked for. */
static struct {
    bool configured;
    uint32_t tiles[TILES][SIDE][SIDE];
    long multiplied, bad;
} amx;

/* A register by its number in an instruction. */
static int64_t register_of(const ucontext_t *context, int index)
{
    static const int places[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                   REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                   REG_R12, REG_R13, REG_R14, REG_R15};
    return context->uc_mcontext.gregs[places[index]];
}

static int32_t displacement(const uint8_t *at, int mode)
{
    int32_t value = mode == 1 ? (int8_t)*at : 0;
    if (mode == 2) {
        memcpy(&value, at, sizeof value);
    }
    return value;
}

/* TILELOADD and TILESTORED: [base + displacement + row * index]. Returns the length behind the
 * opcode. */
static int move_tile(const ucontext_t *context, const uint8_t *vex, bool to_memory)
{
    const uint8_t *modrm = vex + VEX_LENGTH + 1;
    int mode = modrm[0] >> 6;
    int base = (modrm[1] & 7) | ((vex[1] & 0x20) != 0 ? 0 : 8);
    int index = (modrm[1] >> 3 & 7) | ((vex[1] & 0x40) != 0 ? 0 : 8);
    int64_t first = register_of(context, base) + displacement(modrm + 2, mode);
    int64_t stride = register_of(context, index) << (modrm[1] >> 6);
    amx.bad += (modrm[0] & 7) != 4 || (mode == 0 && (base & 7) == 5) ? 1 : 0;
    for (int m = 0; m < SIDE; m++) {
        void *row = (void *)(intptr_t)(first + m * stride); /* NOLINT(performance-no-int-to-ptr) */
        uint32_t *tile = amx.tiles[modrm[0] >> 3 & 7][m];
        memcpy(to_memory ? row : tile, to_memory ? (void *)tile : row, ROW_BYTES);
    }
    return 2 + (mode == 1 ? 1 : mode == 2 ? 4 : 0);
}

/* LDTILECFG from a place relative to the next instruction: 8 tiles of 16 rows of 64 bytes. */
static int configure(const uint8_t *vex)
{
    const uint8_t *modrm = vex + VEX_LENGTH + 1;
    uint8_t shapes[ROW_BYTES];
    memcpy(shapes, modrm + 5 + displacement(modrm + 1, 2), sizeof shapes);
    amx.bad += (modrm[0] & 0xC7) != 5 || shapes[0] != 1 ? 1 : 0;
    for (int i = 1; i < ROW_BYTES; i++) {
        int expected = i >= 16 && i < 32 && i % 2 == 0 ? ROW_BYTES : i >= 48 && i < 56 ? SIDE : 0;
        amx.bad += shapes[i] != expected ? 1 : 0;
    }
    amx.configured = true;
    memset(amx.tiles, 0, sizeof amx.tiles);
    return 5;
}

static void multiply(const uint8_t *vex)
{
    uint8_t modrm = vex[VEX_LENGTH + 1];
    int filter = ~vex[2] >> 3 & 7;
    float sums[SIDE][SIDE];
    memcpy(sums, amx.tiles[modrm >> 3 & 7], sizeof sums);
    multiply_by_definition(amx.tiles[modrm & 7], amx.tiles[filter], sums);
    memcpy(amx.tiles[modrm >> 3 & 7], sums, sizeof sums);
    amx.multiplied++;
}

/* Does what the instruction at VEX does. Returns its length; 0 when it is none of AMX's. */
static int emulate(const ucontext_t *context, const uint8_t *vex)
{
    enum { PREFIX_NONE, PREFIX_66, PREFIX_F3, PREFIX_F2 };
    int prefix = vex[2] & 3;
    uint8_t opcode = vex[VEX_LENGTH];
    uint8_t modrm = vex[VEX_LENGTH + 1];
    if (vex[0] != VEX3 || (vex[1] & 0x1F) != MAP_0F38) {
        return 0;
    }
    amx.bad += opcode != 0x49 && !amx.configured ? 1 : 0;
    if (opcode == 0x4B && (prefix == PREFIX_F2 || prefix == PREFIX_F3)) {
        return VEX_LENGTH + 1 + move_tile(context, vex, prefix == PREFIX_F3);
    }
    if (opcode == 0x5C && prefix == PREFIX_F3) {
        multiply(vex);
    } else if (opcode == 0x49 && prefix == PREFIX_F2) {
        memset(amx.tiles[modrm >> 3 & 7], 0, sizeof amx.tiles[0]);
    } else if (opcode == 0x49 && prefix == PREFIX_NONE && modrm == 0xC0) {
        amx.configured = false;
    } else if (opcode == 0x49 && prefix == PREFIX_NONE) {
        return VEX_LENGTH + 1 + configure(vex);
    } else {
        return 0;
    }
    return VEX_LENGTH + 2;
}

static void on_illegal_instruction(int number_of_signal, siginfo_t *info, void *opaque)
{
    ucontext_t *context = opaque;
    int length = emulate(context, info->si_addr);
    if (length == 0) {
        (void)signal(number_of_signal, SIG_DFL); /* happens again, and ends the test */
    }
    context->uc_mcontext.gregs[REG_RIP] += length;
}

/* Single channels and paired, every number of vectors at once, sums in place and beside. */
static const shape SHAPES[] = {{32, 32, 16, 16}, {16, 16, 32, 32}, {8, 8, 64, 64}, {8, 8, 48, 48},
                               {8, 8, 96, 32},   {8, 8, 16, 128},  {8, 8, 32, 16}};

enum { SHAPE_COUNT = sizeof SHAPES / sizeof SHAPES[0] };

static void check_shape(const bs_winograd *on_amx, const bs_winograd *emulated, shape s)
{
    problem real = make_problem(on_amx, s);
    problem soft = make_problem(emulated, s);
    size_t pixels = (size_t)s.height * (size_t)s.width * (size_t)s.filters;
    solve(on_amx, &real);
    solve(emulated, &soft);
    assert_memory_equal(real.packed, soft.packed,
                        emulated->filters_size(s.channels, s.filters) * sizeof(float));
    assert_memory_equal(real.out, soft.out, pixels * sizeof(float));
    assert_true(fabsf(real.out[pixels - 1]) > 0.0F);
    free_problem(&real);
    free_problem(&soft);
}
#endif

static void amx_gives_the_bits_of_software(void **state)
{
    (void)state;
#if defined(BS_AMX)
    const bs_backend *backend = NULL;
    struct sigaction before;
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_illegal_instruction;
    if (bs_backend_find("winograd-avx512", &backend) != BS_OK) {
        skip();
    }
    bool native =
        bs_backend_find("amx-split", &backend) == BS_OK; /* with the permission to use it */
    assert_int_equal(sigaction(SIGILL, &action, &before), 0);
    for (int i = 0; i < SHAPE_COUNT; i++) {
        check_shape(&bs_winograd_split_amx, &bs_winograd_split_emulated, SHAPES[i]);
        check_shape(&bs_winograd_preview_amx, &bs_winograd_preview_emulated, SHAPES[i]);
    }
    assert_int_equal(sigaction(SIGILL, &before, NULL), 0);
    assert_int_equal(amx.bad, 0);
    assert_false(amx.configured);
    assert_int_equal(amx.multiplied > 0, !native);
#else
    skip();
#endif
}

/* The backends are offered where the system shows the processor's tiles to its users. */
static void amx_is_offered_where_it_is(void **state)
{
    (void)state;
    const bs_backend *backend = NULL;
    bool expected = false;
    bool known = false;
    char line[8192];
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        known = known || strncmp(line, "flags", 5) == 0;
        expected = expected || (strstr(line, " amx_bf16") != NULL && strstr(line, " amx_tile"));
    }
    if (file == NULL || !known) {
        skip();
    }
    (void)fclose(file);
#if !defined(BS_AMX)
    expected = false;
#endif
    assert_int_equal(bs_backend_find("amx-split", &backend) == BS_OK, expected);
    assert_int_equal(bs_backend_find("amx-preview", &backend) == BS_OK, expected);
    assert_int_equal(bs_backend_find("amx-split-emulated", &backend), BS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(software_tiles_follow_the_definition),
        cmocka_unit_test(amx_gives_the_bits_of_software),
        cmocka_unit_test(amx_is_offered_where_it_is),
    };
    return cmocka_run_group_tests_name("amx", tests, NULL, NULL);
}
