# Benches of the vector unit: C++ around the Verilated module.
#
#   make test-vector   build and run them all; SEED=n repeats a run
#
# VECTOR_TESTS lists the programs. Each prints its seed and ends in "N passed, N failed".
# FP_COUNT and VEC_COUNT set the length: vectors for each operation and kind of operands,
# random commands.
VECTOR_CXX ?= clang++
VECTOR_DIR := $(BUILD)/tests/rtl/vector
VECTOR_RTL := rtl/wc_isa_pkg.sv $(sort $(wildcard rtl/wc_vec_*.sv)) rtl/wc_vector.sv
VECTOR_DEPS := $(wildcard rtl/*.svh tests/rtl/vector/*.h tests/rtl/vector/*.mk)
VECTOR_ISA_OBJ := $(VECTOR_DIR)/wc_isa.o $(VECTOR_DIR)/wc_check.o
VECTOR_VFLAGS := --cc --exe --build -j 1 -O3 --x-assign unique --x-initial unique -Wno-fatal \
                 -Wno-lint -Irtl

$(VECTOR_DIR)/%.o: cmodel/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O2 -MMD -MP -Icmodel -c -o $@ $<

# $(1) name, $(2) bench, $(3) top, $(4) parameters, $(5) -D flags of the bench
define vector_bench
VECTOR_TESTS += $(VECTOR_DIR)/$(1)
$(VECTOR_DIR)/$(1): tests/rtl/vector/$(2).cpp $$(VECTOR_RTL) $$(VECTOR_DEPS) $$(VECTOR_ISA_OBJ)
	@mkdir -p $$(@D)/$(1).d
	$$(Q)verilator $$(VECTOR_VFLAGS) --top-module $(3) $(addprefix -G,$(4)) --Mdir $$(@D)/$(1).d \
	  -o ../$(1) -CFLAGS "-std=c++17 -O1 -Wall -ffp-contract=off -I$$(CURDIR)/cmodel \
	  $(addprefix -D,$(5))" -MAKEFLAGS "-s CXX=$$(VECTOR_CXX) LINK=$$(VECTOR_CXX) OPT_FAST=-O1 \
	  OPT_SLOW=-O0 OPT_GLOBAL=-O1" $$(filter %.sv,$$^) $$(CURDIR)/$$< \
	  $$(abspath $$(VECTOR_ISA_OBJ)) > $$@.log 2>&1 || { cat $$@.log; false; }
endef

$(eval $(call vector_bench,fp,tb_fp,wc_vec_lanes,,))
$(eval $(call vector_bench,vector_8,tb_vector,wc_vector,\
  Lanes=8 LineBytes=32 GbufBytes=32768,LANES=8 LINE_BYTES=32 GBUF_BYTES=32768))
$(eval $(call vector_bench,vector_narrow,tb_vector,wc_vector,\
  Narrow=1 LineBytes=32 GbufBytes=32768,NARROW=1 LANES=8 LINE_BYTES=32 GBUF_BYTES=32768))
$(eval $(call vector_bench,vector_turns,tb_vector,wc_vector,\
  Narrow=2 LineBytes=32 GbufBytes=32768,NARROW=1 LANES=8 LINE_BYTES=32 GBUF_BYTES=32768))
$(eval $(call vector_bench,vector_16,tb_vector,wc_vector,\
  Lanes=16 LineBytes=128 GbufBytes=131072,LANES=16 LINE_BYTES=128 GBUF_BYTES=131072))

-include $(VECTOR_ISA_OBJ:.o=.d)

.PHONY: test-vector
test-vector: $(VECTOR_TESTS) ## the benches of the vector unit
	@tests/run.sh $(VECTOR_DIR)/logs $(VECTOR_TESTS)
