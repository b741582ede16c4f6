# blueshift: one Makefile, readable from top to bottom. `make help` lists what it does.

# ---- settings: change them on the command line or in config.mk (see config.mk.example) -----------
-include config.mk

.DEFAULT_GOAL := all
# All cores, unless the command line says -jN.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

CC       ?= cc
ifeq ($(origin CC),default)
CC       := gcc
endif
MPICC    ?= mpicc
MPIRUN   ?= mpirun
PREFIX   ?= /usr/local
DESTDIR  ?=
BUILD    ?= build
OPT      ?= -O2 -g
# Of the vector kernels. Instrumented, -O3 takes 7 times as long to compile as -O1, and test_backend as
# long to run.
OPT_VECTOR ?= -O3
# STRICT=1: warnings are errors. Not by default, so that a newer compiler does not break a user's
# build; only a switch that forgets an enumerator never compiles.
STRICT   ?=
# Instrumentation: what `make asan` and `make coverage` compile and link with.
INSTRUMENT ?=
# Folders of libraries that the compiler does not know: -I, and -L and -rpath.
INCLUDES ?=
LDFLAGS  ?=
VERSION  := $(shell cat VERSION)
GIT_HASH := $(shell git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || echo unknown)

NETCDF_PREFIX ?= $(shell pkg-config --variable=prefix netcdf-pnetcdf 2>/dev/null)

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wold-style-definition -Wvla -Wcast-qual -Wpointer-arith \
            -Wdouble-promotion -Wformat=2 -Wundef -Wwrite-strings -Wnull-dereference \
            -Werror=switch-enum $(if $(STRICT),-Werror)
# clang takes NAN for a float and wants every format to be a literal.
ifneq (,$(findstring clang,$(shell $(CC) --version 2>/dev/null)))
WARNINGS += -Wno-double-promotion -Wno-format-nonliteral
endif
# What the libraries are made of can stand anywhere in memory; that a program may put a function in
# the place of one of ours would cost every call.
PIC      := -fPIC -fno-semantic-interposition
# Fused multiply-add only where a backend asks for it: the same bits from every build.
CFLAGS   := -std=c17 $(OPT) -ffp-contract=off $(WARNINGS) $(INSTRUMENT) -pthread
CPPFLAGS := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -Iinclude $(INCLUDES) -MMD -MP
# NetCDF's header through -isystem, so that another flavour in /usr/include never wins.
MPI_CPPFLAGS := -isystem $(NETCDF_PREFIX)/include
# The GPU's kernels are embedded where nvcc is found; CUDA=no builds without them. The program finds
# the driver when it runs, and needs neither CUDA nor a GPU.
CUDA         ?= auto
NVCC         ?= $(firstword $(shell command -v nvcc 2>/dev/null) $(wildcard /usr/local/cuda/bin/nvcc))
CUDA_CODE    ?= -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 \
                -gencode arch=compute_90,code=compute_90
CUDA_TEXT     = $(patsubst code=%,%,$(filter code=%,$(subst $(COMMA), ,$(CUDA_CODE))))
SERIAL_LIBS  ?= -lfftw3 -lpng -lz -lyaml -ljansson -lcrypto -lm -ldl
MPI_LIBS     ?= $(shell pkg-config --libs netcdf-pnetcdf 2>/dev/null) -lpnetcdf -lfftw3_mpi \
                -lscalapack-openmpi -lopenblas

# ---- sources: a directory a layer ---------------------------------------------------------------
# Lowest first. The serial layers are built by plain cc without MPI's headers.
SERIAL_LAYERS := base config data nn/network nn/observe nn/backend nn landscape spectrum learning experiment
MPI_LAYERS    := par linalg netcdf surface convert plot analysis demo sweep train
SERIAL_SRC    := $(foreach l,$(SERIAL_LAYERS),$(wildcard src/$(l)/*.c)) $(wildcard src/nn/backend/cuda/*.c)
MPI_SRC       := $(foreach l,$(MPI_LAYERS),$(wildcard src/$(l)/*.c))
CLI_SRC       := $(wildcard src/cli/*.c)
# Vector code is built once for each instruction set and chosen at run time.
VECTOR_SRC    := $(wildcard src/nn/backend/vector/*.c)
ifeq ($(shell uname -m),x86_64)
ISAS          := sse avx2 avx512
else
ISAS          := generic
endif
ISA_sse       := -march=x86-64-v2 -DBS_ISA=sse -DBS_VECTOR=4
ISA_avx2      := -march=x86-64-v3 -DBS_ISA=avx2 -DBS_VECTOR=8
ISA_avx512    := -march=x86-64-v4 -mprefer-vector-width=512 -DBS_ISA=avx512 -DBS_VECTOR=16
ISA_generic   := -DBS_ISA=generic -DBS_VECTOR=4

object      = $(patsubst src/%.c,$(BUILD)/obj/%.o,$(1))
VECTOR_OBJ := $(foreach i,$(ISAS),$(patsubst src/%.c,$(BUILD)/obj/%.$(i).o,$(VECTOR_SRC)))
SERIAL_LIB := $(BUILD)/libblueshift-serial.a
MPI_LIB    := $(BUILD)/libblueshift-mpi.a
PROGRAM    := $(BUILD)/blueshift
# For other programs: all layers but cli. A minor version may break the interface while the major one is 0.
ABI        := $(shell cut -d. -f1,2 VERSION)
SONAME     := libblueshift.so.$(ABI)
COMMA      := ,
LIBRARIES  := $(BUILD)/libblueshift.a $(BUILD)/libblueshift.so.$(VERSION)

.PHONY: all
all: $(PROGRAM) ## build the program (build/blueshift)

$(PROGRAM): $(call object,$(CLI_SRC)) $(MPI_LIB) $(SERIAL_LIB)
	$(MPICC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(MPI_LIBS) $(SERIAL_LIBS)

$(SERIAL_LIB): $(call object,$(SERIAL_SRC)) $(VECTOR_OBJ)
$(MPI_LIB): $(call object,$(MPI_SRC))
$(SERIAL_LIB) $(MPI_LIB):
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/libblueshift.a: $(call object,$(SERIAL_SRC) $(MPI_SRC)) $(VECTOR_OBJ)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/libblueshift.so.$(VERSION): $(call object,$(SERIAL_SRC) $(MPI_SRC)) $(VECTOR_OBJ) $(BUILD)/libblueshift.map
	$(MPICC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) $(if $(INSTRUMENT),,-Wl$(COMMA)--no-undefined) \
	  -Wl,--version-script=$(BUILD)/libblueshift.map -o $@ $(filter %.o,$^) $(MPI_LIBS) $(SERIAL_LIBS)
$(BUILD)/libblueshift.map: VERSION
	@mkdir -p $(@D)
	@printf 'BLUESHIFT_$(ABI) {\n    global: bs_*;\n    local: *;\n};\n' > $@

# ---- rules --------------------------------------------------------------------------------------
$(foreach l,$(MPI_LAYERS) cli,$(BUILD)/obj/$(l)/%.o): COMPILE = $(MPICC) $(MPI_CPPFLAGS)
$(foreach l,$(SERIAL_LAYERS),$(BUILD)/obj/$(l)/%.o): COMPILE = $(CC)

$(BUILD)/obj/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(CPPFLAGS) $(CFLAGS) $(PIC) -c -o $@ $<

# Plain loops that the compiler makes vectors of (of square roots, too), with the same bits.
$(BUILD)/obj/base/normal.o: private CFLAGS += $(OPT_VECTOR) -fno-math-errno
$(BUILD)/obj/nn/backend/reference_forward.o: private CFLAGS += $(OPT_VECTOR)

define vector_rule
$(BUILD)/obj/nn/backend/vector/%.$(1).o: src/nn/backend/vector/%.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(PIC) $$(OPT_VECTOR) $$(ISA_$(1)) -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call vector_rule,$(i))))

# The GPU's kernels, one file for all kinds of cards. No fused multiply-adds but those that are
# written: the emulation of the tests has the same bits.
ifneq ($(CUDA),no)
ifneq ($(NVCC),)
CUDA_VERSION := $(shell $(NVCC) --version 2>/dev/null | sed -n 's/.*release \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
CUDA_FATBIN  := $(BUILD)/obj/nn/backend/cuda/module.fatbin
$(CUDA_FATBIN): src/nn/backend/cuda/module.cu $(wildcard src/nn/backend/cuda/*.cu*) src/nn/backend/cuda/kernels.h $(BUILD)/nvcc
	@mkdir -p $(@D)
	$(NVCC) -fatbin -O3 -std=c++17 -fmad=false -Iinclude $(CUDA_CODE) -o $@ $<
$(BUILD)/obj/nn/backend/cuda/cuda_image.o: $(CUDA_FATBIN)
$(BUILD)/obj/nn/backend/cuda/cuda_image.o: private CPPFLAGS += -DBS_CUDA_FATBIN='"$(CUDA_FATBIN)"' \
  -DBS_CUDA_TOOLKIT=$(firstword $(CUDA_VERSION))0$(lastword $(CUDA_VERSION))0 \
  -DBS_CUDA_TEXT='"$(CUDA_TEXT), by CUDA $(firstword $(CUDA_VERSION)).$(lastword $(CUDA_VERSION))"'
endif
endif
$(BUILD)/obj/nn/backend/cuda/cuda_image.o: $(BUILD)/nvcc

# The assembler embeds the interactive page, which the compiler does not tell make.
$(BUILD)/obj/plot/html_source.o: $(wildcard src/plot/page/*)

# The build describes itself to the file's provenance.
# Private, or the flags file made on its behalf would record them for all.
$(BUILD)/obj/surface/provenance.o: private CPPFLAGS += -DBS_VERSION='"$(VERSION)"' -DBS_GIT_HASH='"$(GIT_HASH)"' \
  -DBS_FLAGS='"$(strip $(OPT) -ffp-contract=off $(INSTRUMENT))"'
$(BUILD)/obj/surface/provenance.o: $(BUILD)/commit

# Files that change when what they hold changes: the flags rebuild all, the commit provenance.o, nvcc the
# GPU's kernels, emulation those of the tests.
$(BUILD)/flags: STAMP = $(CC) $(MPICC) $(CPPFLAGS) $(MPI_CPPFLAGS) $(CFLAGS) $(PIC) $(OPT_VECTOR)
$(BUILD)/commit: STAMP = $(VERSION) $(GIT_HASH)
$(BUILD)/emulation: STAMP = $(CXX) $(CPPFLAGS) $(EMULATION_FLAGS)
$(BUILD)/nvcc: STAMP = $(if $(CUDA_FATBIN),$(NVCC) $(CUDA_VERSION) $(CUDA_CODE),none)
$(BUILD)/flags $(BUILD)/commit $(BUILD)/nvcc $(BUILD)/emulation: FORCE
	@mkdir -p $(@D)
	@echo '$(STAMP)' | cmp -s - $@ || echo '$(STAMP)' > $@
.PHONY: FORCE
FORCE:

# ---- quick start --------------------------------------------------------------------------------
# A second make after install-deps, so that it sees what pkg-config says then.
.PHONY: quickstart quickstart-run
quickstart: ## install what is missing, build, run the first job on 2 ranks, show its result
	@tools/install-deps
	@echo 'Building build/blueshift ...'
	@$(MAKE) -s --no-print-directory quickstart-run
quickstart-run: $(PROGRAM)
	@run() { printf '\n$$ %s\n' "$$*"; "$$@"; }; . tests/run/env.sh && \
	run $(MPIRUN) -n 2 $(PROGRAM) sweep jobs/quickstart.yaml --surf_file quickstart.nc && \
	run $(PROGRAM) info quickstart.nc && run $(PROGRAM) plot quickstart.nc -o quickstart.png --force
	@printf '\nThe result:  %s (NetCDF; look at it with ncdump -h)\nThe picture: %s\n' \
	  $(CURDIR)/quickstart.nc $(CURDIR)/quickstart.png

# ---- tests --------------------------------------------------------------------------------------
# By question: unit (serial), golden (against PyTorch and published figures), mpi (each at NP ranks),
# cli (end to end), lint (the source itself). tests/run/test runs one of them.
CLI_TESTS    := $(BUILD)/tests/unit/test_options $(BUILD)/tests/mpi/test_verbs_fault
UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
GOLDEN_TESTS := $(patsubst tests/golden/%.c,$(BUILD)/tests/golden/%,$(wildcard tests/golden/test_*.c))
# Those that run the GPU's kernels in an emulation, for which there are models of x86-64 alone.
CUDA_TESTS   := $(foreach t,$(UNIT_TESTS) $(GOLDEN_TESTS),$(if $(findstring /test_cuda,$(t)),$(t)))
ifneq ($(shell uname -m),x86_64)
UNIT_TESTS   := $(filter-out $(CUDA_TESTS),$(UNIT_TESTS))
GOLDEN_TESTS := $(filter-out $(CUDA_TESTS),$(GOLDEN_TESTS))
else
CUDA_STAND_IN := $(BUILD)/tests/emulation/libcuda.so.1
endif
MPI_TESTS    := $(patsubst tests/mpi/%.c,$(BUILD)/tests/mpi/%,$(wildcard tests/mpi/test_*.c))
SIMULATION   := $(BUILD)/tests/simulation/simulate
TEST_TOOLS   := $(patsubst tests/tools/%.c,$(BUILD)/tests/tools/%.so,$(wildcard tests/tools/*.c))
NP           ?= 1 2 3 4
SCRIPTS      := $(foreach n,$(NP),$(MPI_TESTS:%=%.np$(n).t)) $(wildcard tests/cli/*.t)
LINTS        := $(wildcard tests/lint/*.t)
# As many tests at once as there are cores, but few: each runs up to four ranks of its own.
TEST_JOBS    ?= $(shell n=$$(nproc 2>/dev/null || echo 1); echo $$((n < 4 ? n : 4)))
PROVE        ?= prove --timer -j$(TEST_JOBS)

.PHONY: check test lint asan coverage
check: ## install what is missing, build, run all tests (the source has checks of its own: make lint)
	tools/install-deps --test
	@echo 'Building build/blueshift and the tests ...'
	@$(MAKE) -s --no-print-directory test
test: build-tests ## run all tests (without installing anything)
	@$(RUN_TESTS) $(UNIT_TESTS) $(GOLDEN_TESTS) $(SIMULATION) $(SCRIPTS)
.PHONY: check-page
check-page: $(PROGRAM) ## install a browser and plotly.js, and use the interactive page (plot -o PAGE.html) in it
	tools/install-deps --page
	@$(RUN_TESTS) tests/page/page.t
.PHONY: check-readers
check-readers: $(PROGRAM) ## install cdo, R and Octave, and read a file with each
	tools/install-deps --readers
	@$(RUN_TESTS) tests/readers/readers.t
lint: ## check the source: layers, clang-tidy, format, scripts, another compiler, the fuzzer for seconds
	@$(RUN_TESTS) $(LINTS)
coverage: ## which lines the tests run, on 1 and 2 ranks (build-coverage/coverage.txt; needs gcovr)
	@command -v gcovr >/dev/null || { echo 'make coverage needs gcovr (apt-get install gcovr)' >&2; exit 1; }
	@$(MAKE) --no-print-directory test BUILD=build-coverage NP='1 2' OPT='-O0 -g' INSTRUMENT=--coverage; \
	gcovr --root . --filter src/ --print-summary --output build-coverage/coverage.txt build-coverage
asan: ## run all tests under the address and undefined-behaviour sanitizers, on 1 and 2 ranks
	@BS_PATIENCE=$${BS_PATIENCE:-10} $(MAKE) --no-print-directory test BUILD=build-asan NP='1 2' OPT='-O1 -g' OPT_VECTOR=-O1 \
	  INSTRUMENT='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer'

RUN_TESTS = MAKEFLAGS= MPIRUN='$(MPIRUN)' BUILD='$(BUILD)' BS_PROGRAM='$(abspath $(PROGRAM))' \
            $(PROVE) --exec tests/run/test

# Benchmarks are built with the tests, so that none rots.
BENCHES := $(BUILD)/bench-gpu $(BUILD)/bench-backends $(BUILD)/bench-accuracy $(BUILD)/bench-probes $(BUILD)/bench-train
MPI_BENCHES := $(BUILD)/bench-cluster $(BUILD)/bench-engine

# Objects depend on headers only and programs on objects: a changed source relinks the tests and
# compiles none of them again.
.PHONY: build-tests
build-tests: $(PROGRAM) $(LIBRARIES) $(CUDA_STAND_IN) $(UNIT_TESTS) $(GOLDEN_TESTS) $(MPI_TESTS) $(SIMULATION) $(TEST_TOOLS) $(BENCHES) $(MPI_BENCHES)

MPI_TEST_MAIN := $(BUILD)/tests/mpi/mpi_test.o
.SECONDARY: $(addsuffix .o,$(UNIT_TESTS) $(GOLDEN_TESTS) $(MPI_TESTS))
$(BUILD)/tests/mpi/%.o $(BUILD)/tests/simulation/%.o: COMPILE = $(MPICC) $(MPI_CPPFLAGS) -Itests
$(BUILD)/tests/unit/%.o $(BUILD)/tests/golden/%.o: COMPILE = $(CC) -Itests
$(BUILD)/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(filter-out $(CLI_TESTS) $(CUDA_TESTS),$(UNIT_TESTS) $(GOLDEN_TESTS)): %: %.o $(SERIAL_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(SERIAL_LIBS)
$(filter-out $(CLI_TESTS),$(MPI_TESTS)): %: %.o $(MPI_TEST_MAIN) $(MPI_LIB) $(SERIAL_LIB)
	$(MPICC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(MPI_LIBS) $(SERIAL_LIBS)
# The kernels as C++ for the host, and the machine that runs them, which moves among stacks of its own
# and so goes without instrumentation.
CXX            ?= g++
EMULATION_SRC  := $(filter-out %/libcuda.cpp,$(wildcard tests/emulation/*.cpp)) $(addprefix src/nn/backend/cuda/,layers.cu prepare.cu stages.cu)
EMULATION_OBJ  := $(addprefix $(BUILD)/tests/emulation/,$(addsuffix .o,$(notdir $(EMULATION_SRC))))
EMULATION_FLAGS = -std=c++17 $(OPT) -O2 -fPIC -mavx2 -mfma -mf16c -ffp-contract=off -Wall -Wextra -Wshadow \
  $(if $(STRICT),-Werror) -Wno-unknown-pragmas -Itests/emulation -Isrc/nn/backend/cuda
$(BUILD)/tests/emulation/%.o: tests/emulation/% $(BUILD)/emulation
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(EMULATION_FLAGS) -c -o $@ $<
$(BUILD)/tests/emulation/%.o: src/nn/backend/cuda/% $(BUILD)/emulation
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(EMULATION_FLAGS) -x c++ -c -o $@ $<
# The driver's library for LD_LIBRARY_PATH, whose card is that machine.
$(CUDA_STAND_IN): $(BUILD)/tests/emulation/libcuda.cpp.o $(EMULATION_OBJ) $(call object,$(addprefix src/base/,memory.c status.c fault.c))
	$(CXX) $(INSTRUMENT) -shared -o $@ $^
$(CUDA_TESTS): %: %.o $(EMULATION_OBJ) $(SERIAL_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(SERIAL_LIBS) -lstdc++
# Tests of the verbs: with all of the program but its main.
$(BUILD)/tests/mpi/test_verbs_fault: $(MPI_TEST_MAIN)
$(CLI_TESTS): %: %.o $(filter-out %/main.o,$(call object,$(CLI_SRC))) $(MPI_LIB) $(SERIAL_LIB)
	$(MPICC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(MPI_LIBS) $(SERIAL_LIBS)
# The engine, the schedule and the writer as they are, over MPI, threads, disk and clock of our own.
SIMULATION_OBJ := $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/simulation/*.c)) \
  $(foreach m,sweep point_batch pending writer progress,$(BUILD)/obj/sweep/$(m).o) \
  $(foreach m,comm groups schedule schedule_server,$(BUILD)/obj/par/$(m).o) \
  $(BUILD)/obj/surface/status_scan.o
SIMULATED      := pthread_create pthread_join nanosleep aligned_alloc free bs_fault bs_stop_requested
SEEDS          ?= 1000000
.PHONY: simulate
simulate: $(SIMULATION) ## jobs that are delayed, stopped, killed and out of disk, simulated (SEEDS=1000000)
	$(SIMULATION) $(SEEDS)
$(SIMULATION): $(SIMULATION_OBJ) $(SERIAL_LIB)
	$(MPICC) $(CFLAGS) $(LDFLAGS) $(SIMULATED:%=-Wl,--wrap=%) -o $@ $^ -lm
# Libraries for LD_PRELOAD.
$(TEST_TOOLS): $(BUILD)/tests/tools/%.so: tests/tools/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out $(INSTRUMENT),$(CFLAGS)) -shared -fPIC -o $@ $< -ldl

# ---- fuzzing ------------------------------------------------------------------------------------
# The parsers under clang's coverage-guided fuzzer and its sanitizers, in a build of their own: the
# layers that read, without vector code, whose instrumentation takes the compiler minutes.
FUZZ_TARGETS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_LAYERS  := $(filter-out nn nn/backend,$(SERIAL_LAYERS)) par netcdf surface
FUZZ_OBJ     := $(foreach l,$(FUZZ_LAYERS),$(call object,$(wildcard src/$(l)/*.c)))
FUZZ_SECONDS ?= 3600

.PHONY: fuzz fuzz-targets
fuzz: ## feed damaged files to every reader, an hour each (FUZZ_SECONDS=3600)
	@$(MAKE) --no-print-directory fuzz-targets BUILD=build-fuzz CC=clang OMPI_CC=clang OPT='-O1 -g' \
	  INSTRUMENT='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'
	@BUILD=build-fuzz tests/fuzz/run $(FUZZ_SECONDS)
fuzz-targets: $(FUZZ_TARGETS)
.SECONDARY: $(FUZZ_TARGETS:%=%.o)
$(BUILD)/tests/fuzz/%.o: COMPILE = $(MPICC) $(MPI_CPPFLAGS) -Itests
$(FUZZ_TARGETS): %: %.o $(FUZZ_OBJ)
	OMPI_CC=clang $(MPICC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(MPI_LIBS) $(SERIAL_LIBS)

# ---- benchmarks ---------------------------------------------------------------------------------
BENCH   ?=

.PHONY: bench bench-all bench-accuracy bench-cluster bench-engine bench-train
bench-all: $(BENCHES) $(PROGRAM) ## all figures of BENCHMARKS.md but the accuracy, in turn, in ten minutes on an idle machine
	tools/bench-all $(BUILD) | tee $(BUILD)/bench-all.txt
# The battery from which loss_error and relative_error in nn/backend/fused.c come: half an hour, all but
# some minutes of it for the exact losses, which build/exact keeps.
BATTERY := akamaster-resnet20.safetensors akamaster-resnet56.safetensors
bench-accuracy: $(BUILD)/bench-accuracy ## loss errors of the backends, also in build/accuracy.jsonl (needs BLUESHIFT_DATA)
	@mkdir -p $(BUILD)/exact && rm -f $(BUILD)/accuracy.jsonl
	$< -n 100 -p 24 -x $(BUILD)/exact -j $(BUILD)/accuracy.jsonl $(BLUESHIFT_DATA)/cifar-10-batches-bin \
	  $(BATTERY:%=$(BLUESHIFT_DATA)/weights/%) random:20 random:56
.PHONY: check-gpu
check-gpu: $(PROGRAM) $(BUILD)/bench-gpu $(filter %/test_cuda_card,$(UNIT_TESTS)) ## on a machine with a GPU: is its backend right, and how fast? five minutes, build/check-gpu.txt
	@bash -o pipefail -c 'tools/check-gpu $(BUILD) | tee $(BUILD)/check-gpu.txt'
bench-train: $(BUILD)/bench-train ## speed of a training step on one core (BENCH='-N 20 -t'); against PyTorch: tools/bench-pytorch.py
	$< $(BENCH)
bench-cluster: $(BUILD)/bench-cluster ## what a sweep does beside evaluating, and a model of a cluster
	@. tests/run/env.sh && $(MPIRUN) -n 2 $< $(BENCH)
bench-engine: $(BUILD)/bench-engine ## where a sweep's time goes on 16 ranks whose evaluating is sleeping (BENCH='128 0.175 0.05')
	@. tests/run/env.sh && $(MPIRUN) -n 16 --oversubscribe $< $(BENCH)
$(MPI_BENCHES): $(BUILD)/%: tools/%.c $(MPI_LIB) $(SERIAL_LIB)
	$(MPICC) $(CPPFLAGS) $(MPI_CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(MPI_LIB) $(SERIAL_LIB) $(MPI_LIBS) $(SERIAL_LIBS)
bench: $(BENCHES) ## speed of all backends and networks on one core, also in build/bench.jsonl (BENCH='-N resnet56 -r 9')
	$(BUILD)/bench-backends -j $(BUILD)/bench.jsonl $(BENCH)
$(BENCHES): $(BUILD)/%: tools/%.c $(SERIAL_LIB)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(SERIAL_LIB) $(SERIAL_LIBS)

# ---- the source ---------------------------------------------------------------------------------
C_FILES = $(shell find src include tests tools examples -name '*.[ch]' -o -name '*.cu' -o -name '*.cuh' -o -name '*.cpp')

.PHONY: tidy check-layers format format-check
tidy: ## clang-tidy over all sources (only those that changed since they were clean)
	@CPPFLAGS='$(filter-out -MMD -MP,$(CPPFLAGS)) $(MPI_CPPFLAGS)' MPICC='$(MPICC)' BUILD='$(BUILD)' \
	  SERIAL_LAYERS='$(SERIAL_LAYERS)' ISA='$(ISA_$(firstword $(ISAS)))' tools/check-tidy
check-layers: $(PROGRAM) ## do includes and symbols follow the layers, without circles and equal names?
	@tools/check-layers . $(SERIAL_LIB) $(MPI_LIB) $(call object,$(CLI_SRC))
# What clangd and other tools read: the compile commands of a build of everything.
compile_commands.json: Makefile FORCE ## the compile commands, for clangd and other tools
	@MAKEFLAGS= $(MAKE) --always-make --dry-run --no-print-directory build-tests | \
	  tools/compile-commands -v folder='$(CURDIR)' > $@.tmp && mv $@.tmp $@
format: ## clang-format all C files in place
	@clang-format -i $(C_FILES)
format-check: ## are all C files as clang-format would have them?
	@clang-format --dry-run -Werror $(C_FILES)

# ---- install, clean, help -----------------------------------------------------------------------
# SOURCE>DESTINATION below PREFIX, by mode. What install makes is what uninstall removes.
LIBDIR     ?= $(PREFIX)/lib
PAGE       := $(BUILD)/blueshift.1>share/man/man1/blueshift.1
PROGRAMS   := $(PROGRAM)>bin/blueshift tools/fetch-cifar10>bin/blueshift-fetch-cifar10 \
              tools/convert-pytorch.py>bin/blueshift-convert-pytorch \
              tools/evaluate-pytorch.py>bin/blueshift-evaluate-pytorch
HEADERS    := $(wildcard include/blueshift/*.h include/blueshift/*.def)
SHARED     := $(wildcard jobs/*.yaml jobs/*.sbatch examples/*.c)
FILES      := $(PAGE) tools/completion.bash>share/bash-completion/completions/blueshift \
              $(foreach f,$(HEADERS),$(f)>$(f)) $(foreach f,$(SHARED),$(f)>share/blueshift/$(f))
FOLDERS    := $(addprefix $(DESTDIR)$(PREFIX)/,include/blueshift share/blueshift/jobs share/blueshift/examples share/blueshift)
LIB        := $(DESTDIR)$(LIBDIR)
INSTALLED  := $(foreach f,$(PROGRAMS) $(FILES),$(DESTDIR)$(PREFIX)/$(lastword $(subst >, ,$(f)))) \
              $(LIB)/libblueshift.a $(LIB)/libblueshift.so $(LIB)/$(SONAME) $(LIB)/libblueshift.so.$(VERSION) \
              $(LIB)/pkgconfig/blueshift.pc
# install_as MODE,SOURCE>DESTINATION
install_as = install -D -m $(1) $(subst >, $(DESTDIR)$(PREFIX)/,$(2))
define NEWLINE


endef

.PHONY: install uninstall clean help info
install: $(PROGRAM) $(LIBRARIES) $(BUILD)/blueshift.1 ## install program, library, headers, manual page and jobs (PREFIX=/usr/local DESTDIR=)
	$(foreach f,$(PROGRAMS),$(call install_as,755,$(f))$(NEWLINE)	)
	$(foreach f,$(FILES),$(call install_as,644,$(f))$(NEWLINE)	)
	install -D -m 644 $(BUILD)/libblueshift.a $(LIB)/libblueshift.a
	install -D -m 644 $(BUILD)/libblueshift.so.$(VERSION) $(LIB)/libblueshift.so.$(VERSION)
	ln -sf libblueshift.so.$(VERSION) $(LIB)/$(SONAME)
	ln -sf $(SONAME) $(LIB)/libblueshift.so
	install -d $(LIB)/pkgconfig
	sed $(foreach v,PREFIX LIBDIR VERSION MPICC LDFLAGS MPI_LIBS SERIAL_LIBS,-e 's|@$(v)@|$($(v))|') \
	  tools/blueshift.pc >$(LIB)/pkgconfig/blueshift.pc
# The program itself fills in its verbs and flags.
$(BUILD)/blueshift.1: tools/blueshift.1 tools/make-manual $(PROGRAM)
	tools/make-manual $(PROGRAM) $< > $@.tmp && mv $@.tmp $@
uninstall: ## remove what install put there
	rm -f $(INSTALLED)
	-rmdir --ignore-fail-on-non-empty $(FOLDERS) 2>/dev/null
# dpkg-buildpackage wants debian/ in a source of its own: a copy of what git has, as of now.
DEB_SOURCE := $(BUILD)/deb/blueshift-$(VERSION)
.PHONY: deb
deb: ## build Debian packages of this tree (build/deb/*.deb; needs debhelper)
	@command -v dh >/dev/null || { echo 'make deb needs debhelper (apt-get install debhelper)' >&2; exit 1; }
	rm -rf $(BUILD)/deb && mkdir -p $(DEB_SOURCE)
	git ls-files -z | xargs -0 cp --parents -t $(DEB_SOURCE)
	cp -r packaging/debian $(DEB_SOURCE)/debian
	cd $(DEB_SOURCE) && GIT_HASH=$(GIT_HASH) dpkg-buildpackage -us -uc $(DEB_OPTIONS)
clean: ## remove everything that was built
	rm -rf build build-*
help: ## this list
	@awk -F':.*## ' '/^[a-z][a-z_.-]*:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' Makefile
info: ## compilers, flags and libraries of this build
	@echo 'blueshift $(VERSION) ($(GIT_HASH)), vector code for: $(ISAS)'
	@echo 'CC       $(CC): '"$$($(CC) --version | head -1)"
	@echo 'CUDA     '"$(if $(CUDA_FATBIN),$(NVCC): $$($(NVCC) --version | grep release),none: the program has no kernels for GPUs)"
	@echo 'MPICC    $(MPICC): '"$$($(MPICC) --version | head -1)"
	@echo 'MPIRUN   $(MPIRUN): '"$$($(MPIRUN) --version | head -1)"
	@echo 'CPPFLAGS $(CPPFLAGS) $(MPI_CPPFLAGS)'
	@echo 'CFLAGS   $(CFLAGS)'
	@echo 'LIBS     $(SERIAL_LIBS) $(MPI_LIBS)'
	@for p in ompi-c netcdf-pnetcdf pnetcdf fftw3 yaml-0.1 jansson libcrypto; do \
	  printf '  %-16s %s\n' $$p "$$(pkg-config --modversion $$p 2>/dev/null || echo missing)"; done

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
