# blueshift: one Makefile, readable from top to bottom. `make help` lists what it does.

# ---- settings: change them on the command line or in config.mk ---------------------------------
-include config.mk

CC       ?= cc
ifeq ($(origin CC),default)
CC       := gcc
endif
MPICC    ?= mpicc
MPIRUN   ?= mpirun
PREFIX   ?= /usr/local
BUILD    ?= build
OPT      ?= -O2 -g
VERSION  := $(shell cat VERSION)
GIT_HASH := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

NETCDF_PREFIX := $(shell pkg-config --variable=prefix netcdf-pnetcdf 2>/dev/null)

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wvla -Wcast-qual -Wpointer-arith \
            -Wdouble-promotion -Wformat=2 -Wundef -Wwrite-strings -Wnull-dereference -Wswitch-enum \
            -Werror
# Fused multiply-add only where a kernel asks for it: the same bits from every build.
CFLAGS   := -std=c17 $(OPT) -ffp-contract=off $(WARNINGS) $(SANITIZE) -pthread
CPPFLAGS := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Iinclude -MMD -MP
# NetCDF's header through -isystem, so that another flavour in /usr/include never wins.
MPI_CPPFLAGS := -isystem $(NETCDF_PREFIX)/include
SERIAL_LIBS  := -lcyaml -lyaml -ljansson -lcrypto -lm
MPI_LIBS     := $(shell pkg-config --libs netcdf-pnetcdf 2>/dev/null) -lpnetcdf -lfftw3_mpi -lfftw3 \
                -lscalapack-openmpi -lopenblas

# ---- sources: a directory a layer ---------------------------------------------------------------
# Lowest first. The serial layers are built by plain cc without MPI's headers.
SERIAL_LAYERS := base data nn landscape spectrum experiment
MPI_LAYERS    := par dist io sweep
SERIAL_SRC    := $(foreach l,$(SERIAL_LAYERS),$(wildcard src/$(l)/*.c))
MPI_SRC       := $(foreach l,$(MPI_LAYERS),$(wildcard src/$(l)/*.c))
CLI_SRC       := $(wildcard src/cli/*.c)
# Vector code is built once for each instruction set and chosen at run time.
VECTOR_SRC    := $(wildcard src/nn/vector/*.c)
ARCH          := $(shell uname -m)
ifeq ($(ARCH),x86_64)
ISAS          := sse avx2 avx512
else
ISAS          := generic
endif
ISA_sse       := -march=x86-64-v2 -DBS_ISA=sse -DBS_VECTOR=4
ISA_avx2      := -march=x86-64-v3 -DBS_ISA=avx2 -DBS_VECTOR=8
ISA_avx512    := -march=x86-64-v4 -mprefer-vector-width=512 -DBS_ISA=avx512 -DBS_VECTOR=16
ISA_generic   := -DBS_ISA=generic -DBS_VECTOR=4

object      = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(1))
VECTOR_OBJ := $(foreach i,$(ISAS),$(patsubst src/nn/vector/%.c,$(BUILD)/obj/nn/vector/%.$(i).o,$(VECTOR_SRC)))
SERIAL_LIB := $(BUILD)/libblueshift-serial.a
MPI_LIB    := $(BUILD)/libblueshift-mpi.a
PROGRAM    := $(BUILD)/blueshift

.PHONY: all
all: $(PROGRAM) ## build the program (build/blueshift)

$(PROGRAM): $(call object,$(CLI_SRC)) $(MPI_LIB) $(SERIAL_LIB)
	$(MPICC) $(CFLAGS) -o $@ $^ $(MPI_LIBS) $(SERIAL_LIBS)

$(SERIAL_LIB): $(call object,$(SERIAL_SRC)) $(VECTOR_OBJ)
$(MPI_LIB): $(call object,$(MPI_SRC))
$(SERIAL_LIB) $(MPI_LIB):
	@rm -f $@
	ar rcs $@ $^

# ---- rules --------------------------------------------------------------------------------------
$(foreach l,$(MPI_LAYERS) cli,$(BUILD)/obj/$(l)/%.o): COMPILE = $(MPICC) $(MPI_CPPFLAGS)
$(foreach l,$(SERIAL_LAYERS),$(BUILD)/obj/$(l)/%.o): COMPILE = $(CC)

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

define vector_rule
$(BUILD)/obj/nn/vector/%.$(1).o: src/nn/vector/%.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) $$(CFLAGS) -O3 $$(ISA_$(1)) -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call vector_rule,$(i))))

# The build describes itself to the file's provenance.
$(BUILD)/obj/io/provenance.o: CPPFLAGS += -DBS_VERSION='"$(VERSION)"' -DBS_GIT_HASH='"$(GIT_HASH)"' \
  -DBS_FLAGS='"$(strip $(OPT) -ffp-contract=off $(SANITIZE))"'

# Rebuilt when the flags or the commit change.
$(BUILD)/flags: FORCE
	@mkdir -p $(BUILD)
	@echo '$(CC) $(MPICC) $(CFLAGS) $(VERSION)' | cmp -s - $@ || echo '$(CC) $(MPICC) $(CFLAGS) $(VERSION)' > $@
.PHONY: FORCE
FORCE:

# ---- tests --------------------------------------------------------------------------------------
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
MPI_TESTS  := $(patsubst tests/mpi/%.c,$(BUILD)/tests/mpi/%,$(wildcard tests/mpi/test_*.c))
GOLDEN_TESTS := $(patsubst tests/golden/%.c,$(BUILD)/tests/golden/%,$(wildcard tests/golden/test_*.c))
NP         ?= 1 2 3 4
SCRIPTS    := $(foreach n,$(NP),$(MPI_TESTS:%=%.np$(n).t))


$(UNIT_TESTS): $(BUILD)/tests/unit/%: tests/unit/%.c $(SERIAL_LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -Itests -o $@ $< $(SERIAL_LIB) -lcmocka $(SERIAL_LIBS)
$(GOLDEN_TESTS): $(BUILD)/tests/golden/%: tests/golden/%.c $(SERIAL_LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -Itests -o $@ $< $(SERIAL_LIB) -lcmocka $(SERIAL_LIBS)
$(MPI_TESTS): $(BUILD)/tests/mpi/%: tests/mpi/%.c $(MPI_LIB) $(SERIAL_LIB)
	@mkdir -p $(@D)
	$(MPICC) $(CPPFLAGS) $(MPI_CPPFLAGS) $(CFLAGS) -Itests -o $@ $< $(MPI_LIB) $(SERIAL_LIB) $(MPI_LIBS) $(SERIAL_LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
