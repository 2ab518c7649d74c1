# Test programs. A cmocka test is one file with its own main: tests/<part>/test_*.c.

TEST_CFLAGS = $(CFLAGS) -Itests/lib
TEST_LIB_SRC := $(wildcard tests/lib/*.c)
TEST_LIB_OBJ := $(TEST_LIB_SRC:%.c=$(BUILD)/obj/%.o)
TEST_LIB := $(BUILD)/libtests.a
CMOCKA_SRC := $(wildcard tests/cmodel/test_*.c tests/sw/test_*.c tests/driver/test_*.c)
CMOCKA_BIN := $(CMOCKA_SRC:tests/%.c=$(BUILD)/tests/%)

$(BUILD)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -c -o $@ $<

# An archive: programs without cmocka take only members that do without it.
$(TEST_LIB): $(TEST_LIB_OBJ)
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(TEST_LIB) $(BUILD)/libwavecore.a $(BUILD)/libwcmodel.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

-include $(CMOCKA_SRC:%.c=$(BUILD)/obj/%.d) $(TEST_LIB_OBJ:.o=.d)

include $(wildcard tests/rtl/*/*.mk)

# All that `make test` runs, the longest first; tests/run.sh adds up.
PLUGINS := $(foreach c,$(SIM_CONFIGS),$(BUILD)/lib/wcdev_sim_$(c).so) \
           $(BUILD)/lib/wcdev_sim_8x8f.so $(BUILD)/lib/wcdev_systemc_small.so
COSIM := $(BUILD)/tests/random_cosim
CYCLES := $(BUILD)/tests/driver/cycles_cosim
STEPS := $(BUILD)/tests/driver/cycles_step
CHAIN := $(BUILD)/tests/driver/chain_cosim
RTL_BENCHES := $(GEMM_TESTS) $(VECTOR_TESTS) $(CORE_TESTS) $(FPGA_TESTS)
SEED_ARG := $(if $(SEED),--seed $(SEED))

.PHONY: test-programs run-tests bench-rtl bench-paper bench-recompute
test-programs: $(CMOCKA_BIN) $(RTL_BENCHES) $(CORE_SIM_PROGRAMS) $(COSIM) $(CYCLES) $(CHAIN) $(STEPS) \
               $(PLUGINS) $(BUILD)/wc_isa_gen $(BOARD_PROGRAMS) $(BUILD)/wavecore $(BUILD)/bench_rtl $(BUILD)/bench_paper $(BUILD)/bench_recompute

run-tests:
	@WAVECORE_PLUGINS=$(BUILD)/lib tests/run.sh $(BUILD)/tests/logs \
	  $(SYNTH_TESTS) tests/lint.sh "tests/network/test_network.sh $(BUILD)" \
	  "tests/network/kill_resume.sh $(BUILD) $(SEED)" \
	  "$(COSIM) --device-b sim:4x4 --commands 5000 $(SEED_ARG)" \
	  "$(COSIM) --device-b sim:8x8 --commands 3000 $(SEED_ARG)" \
	  "$(COSIM) --device-b sim:8x8f --commands 1000 $(SEED_ARG)" \
	  "$(COSIM) --device-b sim:small --commands 2000 $(SEED_ARG)" \
	  "$(COSIM) --device-a cmodel:cores=2 --device-b sim:4x4x2 --commands 500 $(SEED_ARG)" \
	  "$(COSIM) --device-a cmodel:cores=2 --device-b sim:small2 --commands 500 $(SEED_ARG)" \
	  $(foreach k,gemm vec load store,$(foreach d,4x4 8x8 small, \
	    "$(CYCLES) --device sim:$d --kind $k --commands 300 $(SEED_ARG)")) \
	  "$(CYCLES) --device sim:8x8f --kind gemm --states --commands 500 $(SEED_ARG)" \
	  $(foreach k,load store, \
	    "$(CYCLES) --device sim:4x4 --kind $k --memory hbm2 --scale 64 --commands 60 $(SEED_ARG)") \
	  "$(CHAIN) sim:8x8 20 $(SEED)" "$(STEPS) --device sim:small" \
	  "$(STEPS) --device sim:small --plans 40" \
	  "$(STEPS) --device sim:small --memory hbm2 --scale 16" \
	  "$(STEPS) --device sim:small --memory hbm2 --scale 16 --plans 40" \
	  $(foreach d,8x8 small,"$(STEPS) --device sim:$d --random 6 --tolerance 3 $(SEED_ARG)") \
	  tests/rtl/parameters.sh tests/rtl/fpga/link_numbers.sh tests/rtl/fpga/verdict.sh \
	  "tests/rtl/fpga/board_faults.sh $(BUILD) held version closed silent hang" \
	  "tests/rtl/fpga/smoke_sim.sh $(BUILD) $(SMOKE_SIM)" $(CORE_SIM_TESTS) $(CMOCKA_BIN) $(RTL_BENCHES) \
	  "tests/cli/test_cli.sh $(BUILD)/wavecore" "tests/isa/generated.sh check $(BUILD)/wc_isa_gen"

lint: ## Verilator -Wall, Yosys elaboration, clang-format, cppcheck, shellcheck
	@tests/lint.sh

SOAK_SECONDS ?= 3600
soak: $(COSIM) $(PLUGINS) ## random commands on model and RTL for SOAK_SECONDS on each array
	@for device in sim:4x4 sim:8x8 sim:small; do \
	  WAVECORE_PLUGINS=$(BUILD)/lib $(COSIM) --device-b $$device --seconds $(SOAK_SECONDS) \
	    --commands 1000000000 $(SEED_ARG) || exit 1; done

.PHONY: soak-networks train-long
LONG_EPOCHS ?= 15
train-long: $(BUILD)/wavecore ## fmnist-resnet8 and fmnist-resnet20 to convergence: curves in build/long (LONG_EPOCHS)
	@tests/network/long.sh $(BUILD) $(LONG_EPOCHS)

SOAK_NETWORKS ?= resnet50:32 inception3:16
soak-networks: $(BUILD)/wavecore ## steps at full size: baseline, mbs2 and mbs-r leave the same bytes (SOAK_NETWORKS)
	@tests/network/full_size.sh $(BUILD) $(SOAK_NETWORKS)

bench: $(BUILD)/bench_rtl $(BUILD)/wavecore $(PLUGINS) $(BENCH_RTL_PLUGINS) ## measure: the figures of docs/results.md
	@.ci/deps.sh bench
	@tests/bench/bench.sh $(BUILD)

BENCH_RTL_OBJ := $(patsubst %,$(BUILD)/obj/tests/bench/%.o,bench_rtl measure rtl_gemm rtl_step rtl_conv)
$(BUILD)/bench_rtl: $(BENCH_RTL_OBJ) $(BUILD)/libwavecore.a $(BUILD)/libwcmodel.a
	$(Q)$(CC) $(SANFLAGS) -o $@ $^ $(LDLIBS)
-include $(BENCH_RTL_OBJ:.o=.d)

BENCH_RTL_PLUGINS := $(BUILD)/lib/wcdev_sim_small.so $(BUILD)/lib/wcdev_sim_small1w.so \
                     $(BUILD)/lib/wcdev_sim_small_f.so $(BUILD)/lib/wcdev_systemc_small.so
bench-rtl: $(BUILD)/bench_rtl $(BENCH_RTL_PLUGINS) ## array utilisation on the RTL: table and build/bench-rtl.json
	@WAVECORE_PLUGINS=$(BUILD)/lib $(BUILD)/bench_rtl $(BUILD)/bench-rtl.json

$(BUILD)/bench_paper: $(BUILD)/obj/tests/bench/bench_paper.o $(BUILD)/libwavecore.a $(BUILD)/libwcmodel.a
	$(Q)$(CC) $(SANFLAGS) -o $@ $^ $(LDLIBS)
-include $(BUILD)/obj/tests/bench/bench_paper.d

bench-paper: $(BUILD)/bench_paper ## GEMMs of ResNets on the paper's device, by the cycle model: table and build/bench-paper.json
	@$(BUILD)/bench_paper $(BUILD)/bench-paper.json

$(BUILD)/bench_recompute: $(BUILD)/obj/tests/bench/bench_recompute.o $(BUILD)/libwavecore.a $(BUILD)/libwcmodel.a
	$(Q)$(CC) $(SANFLAGS) -o $@ $^ $(LDLIBS)
-include $(BUILD)/obj/tests/bench/bench_recompute.d

MEMORY ?= hbm2
NETS ?= resnet50 resnet101 resnet152 inception3 inception4
bench-recompute: $(BUILD)/bench_recompute ## mbs-r against mbs2 on the paper's device, by the cycle model, on MEMORY
	@$(BUILD)/bench_recompute $(MEMORY) $(NETS)

.PHONY: oracle-full
ORACLE_NET ?= resnet50
oracle-full: $(BUILD)/wavecore ## gradients of a step of ORACLE_NET at full size against PyTorch
	@.ci/deps.sh oracle
	@tests/oracle/full_size.sh $(BUILD) $(ORACLE_NET)

oracle: $(BUILD)/wavecore $(BUILD)/tests/oracle/dump_reference ## gradients against PyTorch
	@.ci/deps.sh oracle
	@tests/oracle/oracle.sh $(BUILD)
