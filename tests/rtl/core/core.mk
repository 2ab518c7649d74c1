# Benches of everything around the two compute units.
#
#   make test-core     build and run them all; SEED=n repeats a run
#
# CORE_TESTS lists the benches; CORE_SIM_TESTS the runs on whole devices, with their arguments,
# CORE_SIM_PROGRAMS what they need. Each ends in "N passed, N failed"; random ones print their seed.
CORE_CXX ?= clang++
CORE_DIR := $(BUILD)/tests/rtl/core
CORE_VFLAGS := --cc --exe --build -j 1 -O3 --x-assign fast --x-initial fast --assert -Wno-fatal \
               -Wno-lint --unroll-count 8 -Irtl --prefix Vtb
CORE_DMA_RTL := rtl/wc_isa_pkg.sv rtl/wc_ram_1r1w.sv rtl/wc_gbuf.sv sim/wc_axi_monitor.sv \
                $(sort $(wildcard rtl/wc_dma_*.sv))
CORE_SUPPLY_RTL := rtl/wc_isa_pkg.sv rtl/wc_ram_1r1w.sv rtl/wc_dma_fifo.sv rtl/wc_fetch.sv \
                   rtl/wc_queue.sv rtl/wc_tokens.sv
CORE_REGS_RTL := rtl/wc_isa_pkg.sv rtl/wc_regs.sv rtl/wc_ctrl.sv rtl/wc_counters.sv rtl/wc_counter_file.sv
CORE_MUX_RTL := rtl/wc_axi_mux.sv rtl/wc_round_robin.sv rtl/wc_dma_fifo.sv sim/wc_axi_monitor.sv \
                tests/rtl/core/tb_mux.sv
CORE_HDR := $(wildcard tests/rtl/core/*.h sim/*.h)
CORE_ISA_OBJ := $(CORE_DIR)/wc_isa.o $(CORE_DIR)/wc_check.o

$(CORE_DIR)/%.o: cmodel/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O2 -MMD -MP -Icmodel -c -o $@ $<

# $(1) name, $(2) bench, $(3) top, $(4) RTL, $(5) parameters, $(6) -D flags
define core_bench
CORE_TESTS += $(CORE_DIR)/$(1)
$(CORE_DIR)/$(1): tests/rtl/core/$(2).cpp $(4) $(CORE_ISA_OBJ) $(CORE_HDR) tests/rtl/core/core.mk
	@mkdir -p $$(@D)/$(1).d
	$$(Q)verilator $$(CORE_VFLAGS) --top-module $(3) $(addprefix -G,$(5)) --Mdir $$(@D)/$(1).d \
	  -o ../$(1) -CFLAGS "-std=c++17 -Wall -I$$(CURDIR)/cmodel -I$$(CURDIR)/sim \
	  $(addprefix -D,$(6))" -MAKEFLAGS "-s CXX=$$(CORE_CXX) LINK=$$(CORE_CXX) OPT_FAST=-O1 \
	  OPT_SLOW=-O0 OPT_GLOBAL=-O1" $(4) $$(CURDIR)/$$< $$(abspath $(CORE_ISA_OBJ)) \
	  > $$@.log 2>&1 || { cat $$@.log; false; }
endef

$(eval $(call core_bench,gbuf,tb_gbuf,wc_gbuf,rtl/wc_ram_1r1w.sv rtl/wc_gbuf.sv,\
  Banks=4 GbufBytes=4096 Shared=52))
$(foreach w,4 16 64,$(eval $(call core_bench,dma_$(w),tb_dma,tb_dma,\
  $(CORE_DMA_RTL) tests/rtl/core/tb_dma.sv,AxiBytes=$(w),AXI_BYTES=$(w))))
$(foreach w,4 16 64,$(eval $(call core_bench,supply_$(w),tb_supply,tb_supply,\
  $(CORE_SUPPLY_RTL) tests/rtl/core/tb_supply.sv,AxiBytes=$(w),AXI_BYTES=$(w))))
$(eval $(call core_bench,regs,tb_regs,tb_regs,$(CORE_REGS_RTL) tests/rtl/core/tb_regs.sv,,))
$(eval $(call core_bench,regs_shared,tb_regs,tb_regs,$(CORE_REGS_RTL) tests/rtl/core/tb_regs.sv,\
  SharedCounters=1,))
$(eval $(call core_bench,monitor,tb_monitor,wc_axi_monitor,sim/wc_axi_monitor.sv,AxiBytes=8,))
$(foreach n,2 3,$(eval $(call core_bench,mux_$(n),tb_mux,tb_mux,$(CORE_MUX_RTL),Cores=$(n),\
  CORES=$(n))))

-include $(CORE_ISA_OBJ:.o=.d)

# Programs on the driver, against the C model.
CORE_SIM_BIN := $(patsubst %,$(CORE_DIR)/%,faults random_stream waveform dram_platform)
CORE_SIM_PROGRAMS := $(CORE_SIM_BIN) $(BUILD)/lib/wcdev_simtrace_4x4.so \
                     $(BUILD)/lib/wcdev_simtrace_4x4x2.so $(BUILD)/tests/driver/test_cores
CORE_SIM_OBJ := $(patsubst %,$(BUILD)/obj/tests/rtl/core/%.o,faults random_stream waveform \
  dram_platform smoke timeline_check)

$(CORE_SIM_OBJ): $(BUILD)/obj/tests/rtl/core/%.o: tests/rtl/core/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(TEST_CFLAGS) -Itests/rtl/core -c -o $@ $<

$(CORE_SIM_BIN): $(CORE_DIR)/%: $(BUILD)/obj/tests/rtl/core/%.o \
                 $(BUILD)/obj/tests/rtl/core/smoke.o \
                 $(BUILD)/obj/tests/rtl/core/timeline_check.o $(TEST_LIB) $(BUILD)/libwavecore.a \
                 $(BUILD)/libwcmodel.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLAGS) -o $@ $^ $(LDLIBS)

-include $(CORE_SIM_OBJ:.o=.d)

# simtrace has the assertions and the AXI monitor, which stop the program at the first breach.
CORE_SIM_TESTS := \
  "$(CORE_DIR)/faults simtrace:4x4,stall=20" \
  "$(CORE_DIR)/faults sim:8x8" \
  "$(CORE_DIR)/faults sim:small,latency=5" \
  "$(CORE_DIR)/faults systemc:small" \
  "$(CORE_DIR)/faults simtrace:4x4x2,stall=20" \
  "env DEVICE=simtrace:4x4x2,stall=30 $(BUILD)/tests/driver/test_cores" \
  "env DEVICE=sim:small2 $(BUILD)/tests/driver/test_cores" \
  "$(CORE_DIR)/random_stream simtrace:4x4,stall=40,latency=7 dma 60" \
  "$(CORE_DIR)/random_stream simtrace:4x4,stall=30 all 40 600" \
  "$(CORE_DIR)/random_stream sim:8x8,latency=100 dma 60" \
  "$(CORE_DIR)/random_stream sim:8x8,stall=10 all 40 600" \
  "$(CORE_DIR)/random_stream sim:small,latency=3 dma 60" \
  "$(CORE_DIR)/random_stream systemc:small all 20 600" \
  "$(CORE_DIR)/random_stream simtrace:4x4,memory=lpddr4,scale=512 dma 5" \
  "$(CORE_DIR)/dram_platform sim:4x4 $(CORE_DIR)/dram.trace" \
  "$(CORE_DIR)/waveform 4x4 $(CORE_DIR)/waveform.fst"

.PHONY: test-core
test-core: $(CORE_TESTS) $(CORE_SIM_PROGRAMS) \
           $(foreach c,$(SIM_CONFIGS),$(BUILD)/lib/wcdev_sim_$(c).so) \
           $(BUILD)/lib/wcdev_systemc_small.so ## the benches around the compute units
	@WAVECORE_PLUGINS=$(BUILD)/lib tests/run.sh $(CORE_DIR)/logs $(CORE_TESTS) $(CORE_SIM_TESTS)
