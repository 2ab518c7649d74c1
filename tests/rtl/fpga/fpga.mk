# Benches of what surrounds the core on a board.
#
#   make test-fpga     build and run them; SEED=n repeats a run
FPGA_DIR := $(BUILD)/tests/rtl/fpga
FPGA_LINK_RTL := fpga/link/wc_link_pkg.sv \
                 $(filter-out fpga/link/wc_link_pkg.sv,$(sort $(wildcard fpga/link/*.sv)))
FPGA_HDR := $(wildcard tests/rtl/fpga/*.h fpga/sim/*.h) tests/rtl/core/bench.h

# $(1) name, $(2) bench, $(3) top, $(4) RTL, $(5) parameters, $(6) -D flags, $(7) further C++
define fpga_bench
FPGA_TESTS += $(FPGA_DIR)/$(1)
$(FPGA_DIR)/$(1): tests/rtl/fpga/$(2).cpp $(4) $(7) $(FPGA_HDR) tests/rtl/fpga/fpga.mk
	@mkdir -p $$(@D)/$(1).d
	$$(Q)verilator $$(CORE_VFLAGS) --top-module $(3) $(addprefix -G,$(5)) --Mdir $$(@D)/$(1).d \
	  -o ../$(1) -CFLAGS "-std=c++17 -Wall -I$$(CURDIR)/fpga/sim $(addprefix -D,$(6))" \
	  -LDFLAGS -lz -MAKEFLAGS "-s CXX=$$(CORE_CXX) LINK=$$(CORE_CXX) OPT_FAST=-O1 \
	  OPT_SLOW=-O0 OPT_GLOBAL=-O1" $(4) $$(CURDIR)/$$< $(addprefix $$(CURDIR)/,$(7)) \
	  > $$@.log 2>&1 || { cat $$@.log; false; }
endef

# Eight clocks a bit, and a ratio that is not whole.
$(eval $(call fpga_bench,link_8,tb_link,wc_link,rtl/wc_ram_1r1w.sv $(FPGA_LINK_RTL),\
  ClkHz=24000000 BusTimeout=4000,WC_CLOCKS=8.0))
$(eval $(call fpga_bench,link_16,tb_link,wc_link,rtl/wc_ram_1r1w.sv $(FPGA_LINK_RTL),\
  ClkHz=50000000 BusTimeout=4000,WC_CLOCKS=16.6667))
$(eval $(call fpga_bench,sdram,tb_sdram,wc_sdram,rtl/wc_dma_fifo.sv fpga/board/wc_sdram.sv,,,\
  fpga/sim/sdram_model.cpp))

# Boards to break: a small array, and a bitstream of another interface, which is soon built.
BOARD_SIM := $(FPGA_DIR)/board
BOARD_SIM_OTHER := $(FPGA_DIR)/board_other
$(eval $(call ulx3s_simulator,$(BOARD_SIM),2,,-O2))
$(eval $(call ulx3s_simulator,$(BOARD_SIM_OTHER),2,-GVersion=131075,-O0))

$(FPGA_DIR)/board_hang: $(BUILD)/obj/tests/rtl/fpga/board_hang.o $(TEST_LIB) \
                        $(BUILD)/libwavecore.a $(BUILD)/libwcmodel.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
-include $(BUILD)/obj/tests/rtl/fpga/board_hang.d

BOARD_PROGRAMS := $(BOARD_SIM) $(BOARD_SIM_OTHER) $(SMOKE_SIM) $(FPGA_DIR)/board_hang

.PHONY: test-fpga test-board
test-fpga: $(FPGA_TESTS) ## the benches of the board's parts
	@tests/run.sh $(FPGA_DIR)/logs $(FPGA_TESTS)

test-board: $(BOARD_PROGRAMS) $(BUILD)/wavecore ## every fault on the simulated board
	@tests/rtl/fpga/board_faults.sh $(BUILD)
