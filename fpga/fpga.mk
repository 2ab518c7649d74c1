# Boards: their simulation (make ulx3s-sim), and the self test on it (make ulx3s-selftest-sim).
FPGA_CORE_RTL := rtl/wc_isa_pkg.sv fpga/link/wc_link_pkg.sv \
                 $(filter-out rtl/wc_isa_pkg.sv,$(sort $(wildcard rtl/wc_*.sv))) \
                 $(filter-out fpga/link/wc_link_pkg.sv,$(sort $(wildcard fpga/link/*.sv))) \
                 $(sort $(wildcard fpga/board/*.sv))
ULX3S_RTL := $(FPGA_CORE_RTL) fpga/ulx3s/ulx3s_top.sv
ULX3S_SIM_RTL := $(ULX3S_RTL) fpga/sim/ecp5_models.sv fpga/sim/ulx3s_pins.sv
ULX3S_SIM := $(BUILD)/ulx3s-sim
ULX3S_SIM_ROWS ?= 4
FPGA_SIM_CXX ?= clang++
GIT_HASH := $(shell git rev-parse --short=8 HEAD 2>/dev/null || echo 0)

# A simulated board. The real PEs, as on the board (FastArray=0).
# $(1) program, $(2) rows and columns, $(3) version of the board interface, $(4) optimisation
define ulx3s_simulator
$(1): $(ULX3S_SIM_RTL) fpga/sim/board_sim.cpp fpga/sim/sdram_model.cpp $(wildcard fpga/sim/*.h) \
      fpga/fpga.mk
	@mkdir -p $$@.d
	$$(Q)verilator --cc --exe --build -j 1 -O3 --x-assign fast --x-initial fast --noassert \
	  --unroll-count 8 -Wno-fatal -Wno-lint -Irtl --prefix Vboard --top-module ulx3s_pins \
	  -GRows=$(2) -GCols=$(2) -GFastArray=0 -GVersion=$(3) \
	  -GGitHash="32'h$(GIT_HASH)" --Mdir $$@.d -o ../$$(@F) \
	  -CFLAGS "-std=c++17 -Wall -I$$(CURDIR)/fpga/sim" \
	  -MAKEFLAGS "-s CXX=$(FPGA_SIM_CXX) LINK=$(FPGA_SIM_CXX) OPT_FAST=$(4) OPT_SLOW=-O0 \
	  OPT_GLOBAL=$(4)" $(ULX3S_SIM_RTL) $$(CURDIR)/fpga/sim/board_sim.cpp \
	  $$(CURDIR)/fpga/sim/sdram_model.cpp > $$@.log 2>&1 || { cat $$@.log; false; }
endef
$(eval $(call ulx3s_simulator,$(ULX3S_SIM),$(ULX3S_SIM_ROWS),65536,-O2))

.PHONY: ulx3s-sim ulx3s-selftest-sim
ulx3s-sim: $(ULX3S_SIM) ## run the simulated ULX3S; prints the name of its serial port
	@$(ULX3S_SIM)

# The smoke test: link and a 2 x 2 array, no memory.
SMOKE_CORE := rtl/wc_isa_pkg.sv fpga/link/wc_link_pkg.sv \
              $(addprefix rtl/,wc_pe.sv wc_pe_add.sv wc_pe_mul.sv wc_pe_round.sv wc_array.sv \
              wc_array_mid.sv wc_ram_1r1w.sv) \
              $(filter-out fpga/link/wc_link_pkg.sv,$(sort $(wildcard fpga/link/*.sv))) \
              fpga/board/wc_board_regs.sv $(sort $(wildcard fpga/smoke/*.sv))
SMOKE_SIM := $(BUILD)/smoke-sim

# $(1) program, $(2) the RTL of ulx3s_smoke_top, $(3) further flags for Verilator
define smoke_simulator
$(1): $(2) fpga/sim/smoke_pins.sv fpga/sim/board_sim.cpp fpga/sim/sdram_model.cpp \
      $(wildcard fpga/sim/*.h) fpga/fpga.mk
	@mkdir -p $$@.d
	$$(Q)verilator --cc --exe --build -j 1 -O3 --x-assign fast --x-initial fast --noassert \
	  -Wno-fatal -Wno-lint -Irtl --prefix Vboard --top-module smoke_pins $(3) --Mdir $$@.d \
	  -o ../$$(@F) -CFLAGS "-std=c++17 -Wall -I$$(CURDIR)/fpga/sim -DWC_CLOCK_MHZ=25.0" \
	  -MAKEFLAGS "-s CXX=$(FPGA_SIM_CXX) LINK=$(FPGA_SIM_CXX) OPT_FAST=-O2 OPT_SLOW=-O0 \
	  OPT_GLOBAL=-O2" $(2) fpga/sim/smoke_pins.sv $$(CURDIR)/fpga/sim/board_sim.cpp \
	  $$(CURDIR)/fpga/sim/sdram_model.cpp > $$@.log 2>&1 || { cat $$@.log; false; }
endef
$(eval $(call smoke_simulator,$(SMOKE_SIM),$(SMOKE_CORE) fpga/ulx3s/ulx3s_smoke_top.sv,))

ulx3s-selftest-sim: $(ULX3S_SIM) $(BUILD)/wavecore ## the self test on the simulated ULX3S
	@tests/rtl/fpga/selftest_sim.sh $(BUILD)
