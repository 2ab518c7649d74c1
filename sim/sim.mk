# Simulated platforms: plug-ins of the driver in $(BUILD)/lib.
#
#   make sim           the Verilated core, configurations small, 4x4, 8x8, and several of them on
#                      one device: small2, 4x4x2
#   make sim-trace     the same cores with waveforms (loaded by trace=FILE)
#
# Each configuration is verilated once, with its parameters. SIM_OPT optimises those that are
# measured, for speed, SIM_OPT_SIDE the others, for a short build; both go to Verilator's own makefile as OPT_FAST and
# OPT_GLOBAL, which would override them in CFLAGS.
#
# Those in SIM_PROFILED are built twice: first to count how often a training step runs through
# each piece of code, then for speed, laid out by that. It needs clang; `make SIM_PROFILED=` does without.
BUILD ?= build
CC ?= gcc
SIM_CXX ?= clang++
VERILATOR ?= verilator
SIM_OPT ?= -O3
SIM_OPT_SIDE ?= -O1
SIM_FAST := small small1w small_f small2s
SIM_PROFILED ?= small
SIM_PROFILE_NET := fmnist-resnet8 --batch 2 --steps 1 --data random
SIM_CONFIGS := small 4x4 8x8 small2 4x4x2
# Not part of `make sim`, to compare with: small2 with one memory port, small with one weight a PE,
# 8x8 and small with folding of narrow GEMMs.
SIM_FURTHER := small2s small1w 8x8f small_f

RTL ?= rtl/wc_isa_pkg.sv $(filter-out rtl/wc_isa_pkg.sv,$(sort $(wildcard rtl/wc_*.sv)))
RTL_DEPS := $(RTL) $(wildcard rtl/*.svh)

# The array as one process simulates fastest; 4x4 keeps the PEs as instances. Equal bit for bit.
SIM_PARAMS_small := Rows=16 Cols=16 GbufBytes=262144 LineBytes=64 AccRows=256 Lanes=16 \
                    AxiBytes=32 QueueDepth=8 FastArray=1
SIM_PARAMS_4x4 := Rows=4 Cols=4 GbufBytes=65536 LineBytes=32 AccRows=64 Lanes=8 AxiBytes=16 \
                  QueueDepth=2 FastArray=0
SIM_PARAMS_8x8 := Rows=8 Cols=8 GbufBytes=131072 LineBytes=32 AccRows=64 Lanes=8 AxiBytes=8 \
                  QueueDepth=4 FastArray=1
SIM_PARAMS_8x8f := $(SIM_PARAMS_8x8) Fold=1
SIM_PARAMS_small_f := $(SIM_PARAMS_small) Fold=1
SIM_PARAMS_small1w := $(SIM_PARAMS_small) DoubleWeights=0
SIM_PARAMS_small2 := $(SIM_PARAMS_small) Cores=2 SharedPort=0
SIM_PARAMS_small2s := $(SIM_PARAMS_small) Cores=2 SharedPort=1
SIM_PARAMS_4x4x2 := $(SIM_PARAMS_4x4) Cores=2 SharedPort=1

# What the harness must know of a configuration's parameters.
sim_param = $(or $(patsubst $(1)=%,%,$(filter $(1)=%,$(SIM_PARAMS_$(2)))),$(3))
sim_top = $(if $(filter 1,$(call sim_param,Cores,$(1),1)),wc_core,wc_chip)

# Loops over the PEs stay loops: unrolled they would outgrow the instruction cache.
SIM_BASE_VFLAGS := -O3 --x-assign fast --x-initial fast --unroll-count 8 -Wno-fatal -Wno-lint \
                   -Werror-USERERROR -Irtl
SIM_VFLAGS := $(SIM_BASE_VFLAGS) --noassert
# The build for waveforms also has the assertions and the AXI monitor.
SIM_TRACE_VFLAGS := $(SIM_BASE_VFLAGS) --assert --trace-fst
SIM_TRACE_RTL := sim/wc_axi_monitor.sv sim/wc_axi_watch.sv
SIM_CXXFLAGS := -std=c++17 $(SIM_OPT) -fPIC -fvisibility=hidden -Wall -Wextra -MMD -MP \
                -Isim -Idriver -Icmodel
SIM_VINC := $(shell $(VERILATOR) --getenv VERILATOR_ROOT 2>/dev/null)/include
SIM_COMMON := $(patsubst %,$(BUILD)/obj/sim/%.o,options backend sibling size dram dram_presets)

$(BUILD)/obj/sim/size.o: driver/size.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O2 -fPIC -fvisibility=hidden -MMD -MP -Idriver -c -o $@ $<

$(addprefix $(BUILD)/obj/sim/dram,.o _presets.o): $(BUILD)/obj/sim/%.o: cmodel/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O2 -fPIC -fvisibility=hidden -MMD -MP -Icmodel -c -o $@ $<

$(BUILD)/obj/sim/%.o: sim/%.cpp
	@mkdir -p $(@D)
	$(Q)$(SIM_CXX) $(SIM_CXXFLAGS) -c -o $@ $<

# $(1) kind (sim, simtrace), $(2) configuration, $(3) Verilator's flags, $(4) run-time objects,
# $(5) further RTL, $(6) optimisation, $(7) what linking needs for it
define sim_plugin
$(BUILD)/sim/$(1)_$(2)/Vcore.mk: $$(RTL_DEPS) $(5) sim/sim.mk
	@mkdir -p $$(@D)
	$$(Q)$$(VERILATOR) --cc $(3) --top-module $$(call sim_top,$(2)) \
	  $$(addprefix -G,$$(SIM_PARAMS_$(2))) --prefix Vcore --Mdir $$(@D) $$(RTL) $(5)
	@touch $$@ # Verilator leaves it alone where nothing has changed

$(BUILD)/sim/$(1)_$(2)/Vcore__ALL.a: $(BUILD)/sim/$(1)_$(2)/Vcore.mk
	@rm -f $$(@D)/*.o # made with other flags, perhaps
	$$(Q)$$(MAKE) -s -C $$(@D) -f Vcore.mk CXX=$$(SIM_CXX) OPT_FAST="$(6)" \
	  OPT_GLOBAL="$(6)" OPT_SLOW=-O1 USER_CPPFLAGS="-fPIC -fvisibility=hidden" \
	  Vcore__ALL.a $(4) >/dev/null

$(BUILD)/obj/$(1)_$(2).o: sim/sim_device.cpp $(BUILD)/sim/$(1)_$(2)/Vcore.mk
	@mkdir -p $$(@D)
	$$(Q)$$(SIM_CXX) $$(SIM_CXXFLAGS) -isystem $$(SIM_VINC) -isystem $$(SIM_VINC)/vltstd \
	  -I$(BUILD)/sim/$(1)_$(2) -DWC_TOP=Vcore -DWC_TOP_HEADER='"Vcore.h"' -DWC_NAME='"$(2)"' \
	  -DWC_AXI_BYTES=$$(call sim_param,AxiBytes,$(2),16) \
	  -DWC_CORES=$$(call sim_param,Cores,$(2),1) \
	  -DWC_SHARED_PORT=$$(call sim_param,SharedPort,$(2),0) \
	  -DWC_TRACED=$(if $(filter simtrace,$(1)),1,0) -c -o $$@ $$<

$(BUILD)/lib/wcdev_$(1)_$(2).so: $(BUILD)/obj/$(1)_$(2).o $$(SIM_COMMON) \
                                 $(BUILD)/sim/$(1)_$(2)/Vcore__ALL.a
	@mkdir -p $$(@D)
	$$(Q)$$(SIM_CXX) -shared -o $$@ $$(filter %.o,$$^) $(BUILD)/sim/$(1)_$(2)/Vcore__ALL.a \
	  $$(addprefix $(BUILD)/sim/$(1)_$(2)/,$(4)) -lpthread -ldl -lz -latomic -Wl,-Bsymbolic $(7)

-include $(BUILD)/obj/$(1)_$(2).d
endef

# The counts of configuration $(1), in a device of its own, which nothing else uses.
sim_profile = $(BUILD)/sim/simprof_$(1)/step.profdata
define sim_profiled
$(call sim_plugin,simprof,$(1),$(SIM_VFLAGS),verilated.o verilated_threads.o,,-O1 -fprofile-instr-generate,-fprofile-instr-generate)

$(call sim_profile,$(1)): $(BUILD)/sim/simprof_$(1)/Vcore__ALL.a | $(BUILD)/lib/wcdev_simprof_$(1).so $(BUILD)/wavecore
	$$(Q)LLVM_PROFILE_FILE=$$(@D)/step.profraw WAVECORE_PLUGINS=$(BUILD)/lib \
	  $(BUILD)/wavecore train $(SIM_PROFILE_NET) --device simprof:$(1) >/dev/null
	$$(Q)llvm-profdata merge -o $$@ $$(@D)/step.profraw

$(BUILD)/sim/sim_$(1)/Vcore__ALL.a: $(call sim_profile,$(1))
endef

$(foreach c,$(SIM_PROFILED),$(eval $(call sim_profiled,$(c))))
sim_opt = $(if $(filter $(SIM_FAST),$(1)),$(SIM_OPT),$(SIM_OPT_SIDE)) $(if $(filter \
  $(SIM_PROFILED),$(1)),-fprofile-instr-use=$(abspath $(call sim_profile,$(1))))
$(foreach c,$(SIM_CONFIGS) $(SIM_FURTHER),$(eval $(call sim_plugin,sim,$(c),$(SIM_VFLAGS),\
  verilated.o verilated_threads.o,,$(call sim_opt,$(c)))))
$(foreach c,$(SIM_CONFIGS),$(eval $(call sim_plugin,simtrace,$(c),$(SIM_TRACE_VFLAGS),\
  verilated.o verilated_threads.o verilated_fst_c.o,$(SIM_TRACE_RTL),$(SIM_OPT_SIDE))))
-include $(SIM_COMMON:.o=.d)

.PHONY: sim sim-trace
sim: $(foreach c,$(SIM_CONFIGS),$(BUILD)/lib/wcdev_sim_$(c).so) ## build the simulators
sim-trace: $(foreach c,$(SIM_CONFIGS),$(BUILD)/lib/wcdev_simtrace_$(c).so) ## simulators with waveforms

include sim/systemc/systemc.mk
